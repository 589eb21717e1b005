//! The pages, one group a file; and the list of them all.

mod account;
mod files;
mod front;
mod people;
mod problem;
mod problems;
mod setter;
mod submission;
mod submissions;
mod submit;
mod theme;
mod trial;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::Uri;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};

use crate::site::Site;
use crate::visitor::Refused;

/// A form of the pages but for files, in bytes.
pub(crate) const FORM_BYTES: usize = 64 << 10;

/// Every page.
pub(crate) fn routes() -> Router<Site> {
    Router::new()
        .route("/", get(front::page))
        .route("/problems", get(problems::page))
        .route("/problems/{id}", get(problem::page))
        .route("/problems/{id}/statement.pdf", get(files::statement))
        .route("/problems/{id}/files/{name}", get(files::picture))
        .route("/problems/{id}/attachments/{name}", get(files::attachment))
        .route("/submissions", get(submissions::page))
        .route("/submissions/{id}", get(submission::page))
        .route("/submissions/{id}/{file}", get(submission::file))
        .route("/trials/{id}", get(trial::page))
        .route("/theme", post(theme::choose))
        .route("/sign-in", get(people::sign_in_page).post(people::sign_in))
        .route("/sign-out", post(people::sign_out))
        .route("/register", get(people::register_page).post(people::register))
        .route("/account", get(account::page))
        .route("/account/password", post(account::change_password))
        .route("/account/tokens", post(account::make_token))
        .route("/account/tokens/{id}/revoke", post(account::revoke_token))
        .layer(DefaultBodyLimit::max(FORM_BYTES))
        .merge(setter::routes())
        .merge(
            Router::new()
                .route("/problems/{id}/submit", post(submit::send))
                .route("/problems/{id}/try", post(submit::try_out))
                // Bounded where it is read.
                .layer(DefaultBodyLimit::disable()),
        )
}

/// What is no page. Below `/api` a program is answered in its own language.
pub(crate) async fn unknown(uri: Uri) -> Response {
    if uri.path().starts_with("/api/") {
        return api::Desk::unknown_path(uri.path());
    }
    Refused::not_found("page").into_response()
}
