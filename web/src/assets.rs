//! What does not change while the process lives: stylesheet, scripts, pictures; embedded in the binary.
//!
//! Their addresses hold a hash of all of them, so that browsers may keep them for ever. It is one hash because scripts and the
//! stylesheet ask for others of them by relative addresses.

use std::sync::LazyLock;

use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use include_dir::{Dir, include_dir};

static DIRECTORY: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/assets");

/// The hash in the addresses.
static HASH: LazyLock<String> = LazyLock::new(|| {
    let mut hasher = blake3::Hasher::new();
    add(&DIRECTORY, &mut hasher);
    hasher.finalize().to_hex()[..16].to_owned()
});

static STYLE: LazyLock<String> = LazyLock::new(|| format!("/assets/{}/style.css", *HASH));

static SCRIPT: LazyLock<String> = LazyLock::new(|| format!("/assets/{}/elements/main.js", *HASH));

fn add(directory: &Dir<'_>, hasher: &mut blake3::Hasher) {
    for file in directory.files() {
        hasher.update(file.path().as_os_str().as_encoded_bytes());
        hasher.update(blake3::hash(file.contents()).as_bytes());
    }
    for below in directory.dirs() {
        add(below, hasher);
    }
}

/// The address of the stylesheet.
pub(crate) fn style() -> &'static str {
    &STYLE
}

/// The address of the script that makes the custom elements.
pub(crate) fn script() -> &'static str {
    &SCRIPT
}

pub(crate) fn routes() -> Router {
    Router::new()
        .route("/assets/{hash}/{*name}", get(file))
        .route("/favicon.ico", get(icon))
}

async fn file(Path((hash, name)): Path<(String, String)>) -> Response {
    // Of another version a browser must not keep this one.
    match DIRECTORY.get_file(&name).filter(|_| hash == *HASH) {
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
    fn the_pages_have_their_stylesheet_and_their_script() {
        for address in [style(), script()] {
            let name = address.splitn(4, '/').last().unwrap();
            assert!(DIRECTORY.get_file(name).is_some(), "{address}");
        }
    }

    #[test]
    fn a_script_finds_the_others_beside_it() {
        let script = DIRECTORY.get_file("elements/main.js").unwrap();
        let text = script.contents_utf8().unwrap();
        let asked: Vec<&str> = text
            .split("import(\"./")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .collect();
        assert!(!asked.is_empty(), "the editor is fetched when it is wanted");
        for name in asked {
            assert!(DIRECTORY.get_file(format!("elements/{name}")).is_some(), "{name}");
        }
    }
}
