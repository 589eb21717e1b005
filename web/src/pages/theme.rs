//! The choice of looks.

use axum::extract::Request;
use axum::http::header::REFERER;
use axum::http::uri::Uri;
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::Refusal;
use serde::Deserialize;

use crate::form;
use crate::visitor::{Refused, Result, THEME, Theme, remember};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Choice {
    theme: String,
}

pub(crate) async fn choose(request: Request) -> Result<Response> {
    let back = request
        .headers()
        .get(REFERER)
        .and_then(|referer| referer.to_str().ok()?.parse::<Uri>().ok())
        .and_then(|uri| uri.path_and_query().map(ToString::to_string))
        .filter(|path| path.starts_with('/') && !path.starts_with("//"));
    let choice: Choice = form::read(request).await?;
    let theme = Theme::from_id(&choice.theme)
        .ok_or_else(|| Refused(Refusal::field("theme", "must be auto, light or dark")))?;
    let mut response = Redirect::to(back.as_deref().unwrap_or("/")).into_response();
    remember(&mut response, THEME, theme.id());
    Ok(response)
}
