//! Lists: `{items, next_cursor}`, with the next page in the header `Link` as well.

use std::fmt::{Display, Write as _};

use axum::Json;
use axum::http::HeaderValue;
use axum::http::header::LINK;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::params::{Params, whole};

const MOST: u64 = 200;
const USUAL: u64 = 50;

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Page<T> {
    /// The things themselves.
    pub(crate) items: Vec<T>,
    /// What `?cursor` takes for the next page; null on the last one.
    pub(crate) next_cursor: Option<String>,
}

/// `?limit`.
pub(crate) fn limit(params: &mut Params) -> u32 {
    let limit = params.take("limit", |text| whole(text, 1, MOST)).unwrap_or(USUAL);
    u32::try_from(limit).unwrap_or(u32::MAX)
}

/// Answers with the first `limit` of `items`, which were asked for with one more to see whether there are more.
///
/// `path` and `filters` make the link; `cursor` names an item.
pub(crate) fn answer<T, W: Serialize, C: Display>(
    mut items: Vec<T>,
    limit: u32,
    path: &str,
    filters: &[(&str, Option<String>)],
    cursor: impl Fn(&T) -> C,
    wire: impl Fn(T) -> W,
) -> Response {
    let limit_items = limit as usize;
    let is_last = items.len() <= limit_items;
    items.truncate(limit_items);
    let next = items
        .last()
        .filter(|_| !is_last)
        .map(|item| cursor(item).to_string());
    let link = next.as_deref().map(|next| {
        let mut link = format!("<{path}?limit={limit}");
        for (name, value) in filters {
            if let Some(value) = value {
                let _ = write!(link, "&{name}={}", escape(value));
            }
        }
        let _ = write!(link, "&cursor={}>; rel=\"next\"", escape(next));
        link
    });
    let page = Page {
        items: items.into_iter().map(wire).collect(),
        next_cursor: next,
    };
    let mut response = Json(page).into_response();
    if let Some(link) = link.and_then(|link| HeaderValue::from_str(&link).ok()) {
        response.headers_mut().insert(LINK, link);
    }
    response
}

/// Percent-encodes all but the unreserved characters.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_survive_the_characters_of_mail_addresses() {
        assert_eq!(escape("a+b@c.d-e_f~"), "a%2Bb%40c.d-e_f~");
        assert_eq!(escape("é &"), "%C3%A9%20%26");
    }
}
