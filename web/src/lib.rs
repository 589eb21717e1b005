//! The pages: rendered on the server, useful without JavaScript.
//!
//! A request passes through `guard` (headers, requests of foreign pages) and `visitor` (who is looking, refusals as
//! pages), and is served by one file of `pages`, which asks the [`api::Desk`] for what it shows: a page may do what a
//! client of the interface may do, and no more. Its text is one of `templates/`, its looks are `assets/style.css`.
//!
//! - `booklet` keeps what is shown of packages: unpacked, rendered by `statement`, bounded.
//! - `standing` keeps who solved what.
//! - `brake` slows who guesses passwords; a session is a token in a cookie, which `api` reads.
//! - `source` is how sources are shown, `difference` how two of them differ, and `places` finds the lines that compilers name.
//! - `course` is the timeline of a judgement.
//! - `words` says times and sizes in words; `form` reads forms.
//!
//! Custom elements (`<gavel-editor>`, `<gavel-verdict>`, `<gavel-copy>`, `<gavel-follow>`, `<gavel-upload>`) wrap what works without them.

mod assets;
mod booklet;
mod brake;
mod course;
mod difference;
mod form;
mod guard;
mod pages;
mod places;
mod site;
mod source;
mod standing;
mod statement;
mod visitor;
mod words;

use std::path::PathBuf;

use api::Desk;
use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use tower_http::compression::CompressionLayer;

/// Settings of the pages.
#[derive(Debug, Clone)]
pub struct WebConfig {
    /// Where what is shown of packages is unpacked; emptied as the process goes.
    pub scratch: PathBuf,
}

/// The pages, beside the endpoints of `desk`: see [`Desk::router`].
pub fn router(config: WebConfig, desk: Desk) -> Router {
    let site = site::Site::new(config, desk);
    let pages = pages::routes()
        .fallback(pages::unknown)
        .layer(from_fn_with_state(site.clone(), visitor::around))
        .layer(from_fn(guard::refuse_foreign))
        .with_state(site);
    Router::new()
        .merge(assets::routes())
        .fallback_service(pages)
        .layer(from_fn(guard::headers))
        .layer(CompressionLayer::new().gzip(true))
}
