//! What does not change while the process lives: stylesheet, scripts, pictures; embedded in the binary.
//!
//! Their addresses hold a hash of their content, so that browsers may keep them for ever.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use include_dir::{Dir, include_dir};

static DIRECTORY: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/assets");

/// Addresses by file name.
static ADDRESSES: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    DIRECTORY
        .files()
        .filter_map(|file| {
            let name = file.path().to_str()?.to_owned();
            let hash = blake3::hash(file.contents()).to_hex();
            let address = format!("/assets/{}/{name}", &hash[..16]);
            Some((name, address))
        })
        .collect()
});

/// The address of a file of `assets/`; empty where there is none.
pub(crate) fn address(name: &str) -> &'static str {
    ADDRESSES.get(name).map_or("", String::as_str)
}

/// The address of the stylesheet.
pub(crate) fn style() -> &'static str {
    address("style.css")
}

pub(crate) fn routes() -> Router {
    Router::new()
        .route("/assets/{hash}/{name}", get(file))
        .route("/favicon.ico", get(icon))
}

async fn file(Path((hash, name)): Path<(String, String)>) -> Response {
    let is_current = address(&name) == format!("/assets/{hash}/{name}");
    match DIRECTORY.get_file(&name).filter(|_| is_current) {
        Some(file) => {
            let headers = [
                (CONTENT_TYPE, content_type(&name)),
                (CACHE_CONTROL, "public, max-age=31536000, immutable"),
            ];
            (headers, file.contents()).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn icon() -> Response {
    let headers = [
        (CONTENT_TYPE, "image/svg+xml"),
        (CACHE_CONTROL, "public, max-age=86400"),
    ];
    let icon = DIRECTORY.get_file("icon.svg").map(include_dir::File::contents);
    (headers, icon.unwrap_or_default()).into_response()
}

/// The type of a file by its ending; what is not known is bytes.
pub(crate) fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("gif") => "image/gif",
        Some("webp") => "image/webp",
        Some("woff2") => "font/woff2",
        Some("pdf") => "application/pdf",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stylesheet_has_an_address() {
        assert!(
            style().starts_with("/assets/") && style().ends_with("/style.css"),
            "{}",
            style()
        );
    }
}
