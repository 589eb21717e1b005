//! The endpoints, one group a file; and the list of them all.

mod audit;
mod document;
mod health;
mod judge_messages;
mod languages;
mod me;
mod path;
mod problems;
mod queue;
mod rejudges;
mod routing;
mod settings;
mod submissions;
mod tickets;
mod tokens;
mod trials;
mod tutorial;
mod upload;
mod user_bodies;
mod users;
mod verifications;
mod versions;

use axum::extract::DefaultBodyLimit;
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::openapi::Document;

pub(crate) use tutorial::PATH as TUTORIAL_PATH;

/// Every route. What is not added by `routes!` is missing in the OpenAPI document.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(submissions::list, submissions::create))
        .routes(routes!(submissions::get))
        .routes(routes!(submissions::cancel))
        .routes(routes!(submissions::source))
        .routes(routes!(judge_messages::get))
        .routes(routes!(trials::create))
        .routes(routes!(trials::get))
        .routes(routes!(problems::list, upload::create))
        .routes(routes!(problems::get, upload::replace))
        .routes(routes!(problems::publish))
        .routes(routes!(problems::hide))
        .routes(routes!(routing::get, routing::change))
        .routes(routes!(versions::list))
        .routes(routes!(versions::package))
        .routes(routes!(versions::restore))
        .routes(routes!(verifications::list, verifications::create))
        .routes(routes!(verifications::get))
        .routes(routes!(rejudges::list, rejudges::create))
        .routes(routes!(rejudges::get))
        .routes(routes!(rejudges::changes))
        .routes(routes!(rejudges::apply))
        .routes(routes!(rejudges::discard))
        .routes(routes!(languages::list))
        .routes(routes!(me::get))
        .routes(routes!(queue::get))
        .routes(routes!(tokens::list, tokens::create))
        .routes(routes!(tokens::revoke))
        .routes(routes!(tickets::create))
        .routes(routes!(users::list, users::create))
        .routes(routes!(users::create_many))
        .routes(routes!(users::get, users::change))
        .routes(routes!(users::set_password))
        .routes(routes!(users::revoke))
        .routes(routes!(settings::get, settings::change))
        .routes(routes!(audit::list))
        .routes(routes!(document::openapi))
        .routes(routes!(document::page))
        .routes(routes!(tutorial::submit))
        .merge(health())
        // Every body is bounded where it is read, with a refusal that names the bound.
        .layer(DefaultBodyLimit::disable())
}

/// The routes by which a process is watched.
pub(crate) fn health() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(health::alive))
        .routes(routes!(health::ready))
}
