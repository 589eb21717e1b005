//! The pages, one group a file; and the list of them all.

mod account;
mod audit;
mod compare;
mod files;
mod front;
mod languages;
mod people;
mod problem;
mod problems;
mod queue;
mod setter;
mod settings;
mod submission;
mod submissions;
mod submit;
mod theme;
mod trial;
mod user;
mod user_import;
mod users;

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
        .route("/compare", get(compare::page))
        .route("/trials/{id}", get(trial::page))
        .route("/theme", post(theme::choose))
        .route("/sign-in", get(people::sign_in_page).post(people::sign_in))
        .route("/sign-out", post(people::sign_out))
        .route("/register", get(people::register_page).post(people::register))
        .route("/account", get(account::page))
        .route("/account/password", post(account::change_password))
        .route("/account/tokens", post(account::make_token))
        .route("/account/tokens/{id}/revoke", post(account::revoke_token))
        .route("/languages", get(languages::page))
        .route("/queue", get(queue::page))
        .route("/queue/cancel", post(queue::cancel))
        .merge(administration())
        .layer(DefaultBodyLimit::max(FORM_BYTES))
        .merge(setter::routes())
        .merge(
            Router::new()
                .route("/problems/{id}/submit", post(submit::send))
                .route("/problems/{id}/try", post(submit::try_out))
                .route("/admin/new-users", get(user_import::page).post(user_import::import))
                // Bounded where it is read.
                .layer(DefaultBodyLimit::disable()),
        )
}

/// The pages of administrators.
fn administration() -> Router<Site> {
    Router::new()
        .route("/admin", get(users::first))
        .route("/admin/users", get(users::page).post(users::create))
        .route("/admin/users/{name}", get(user::page))
        .route("/admin/users/{name}/role", post(user::set_role))
        .route("/admin/users/{name}/password", post(user::set_password))
        .route("/admin/users/{name}/disabled", post(user::set_disabled))
        .route("/admin/users/{name}/tokens/{id}/revoke", post(user::revoke))
        .route("/admin/settings", get(settings::page).post(settings::change))
        .route("/admin/audit", get(audit::page))
}

/// What is no page. Below `/api` a program is answered in its own language.
pub(crate) async fn unknown(uri: Uri) -> Response {
    if uri.path().starts_with("/api/") {
        return api::Desk::unknown_path(uri.path());
    }
    Refused::not_found("page").into_response()
}
