//! The interface's own description.

use axum::extract::State;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{Html, IntoResponse};

use crate::app::App;

/// The OpenAPI document of this interface.
#[utoipa::path(
    get, path = "/api/v1/openapi.json", operation_id = "getOpenApi", tag = "server",
    responses((status = 200, description = "The document", body = Object))
)]
pub(super) async fn openapi(State(app): State<App>) -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], app.document.clone())
}

/// A page that shows the document, with nothing from elsewhere.
#[utoipa::path(
    get, path = "/api/docs", operation_id = "getDocs", tag = "server",
    responses((status = 200, description = "The page", body = String, content_type = "text/html"))
)]
pub(super) async fn page() -> impl IntoResponse {
    const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; \
                          connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    (
        [(CONTENT_SECURITY_POLICY, POLICY)],
        Html(include_str!("document.html")),
    )
}
