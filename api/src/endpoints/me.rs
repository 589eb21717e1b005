//! Who the server takes the asker for.

use axum::Json;
use axum::extract::State;
use domain::{Role, UserId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::asker::Somebody;
use crate::openapi::Refusals;
use crate::params::NoParams;

/// Who you are.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Me)]
pub(super) struct MeBody {
    /// The user that the token belongs to; null without a token, in open mode.
    #[schema(value_type = Option<String>, example = "ann")]
    user: Option<UserId>,
    /// For which role rights are granted.
    #[schema(value_type = String, example = "user")]
    role: Role,
    /// Whether this server takes requests without a token ("open mode").
    open: bool,
}

/// Tells who the server takes you for; 401 where that is nobody.
#[utoipa::path(
    get, path = "/api/v1/me", operation_id = "getMe", tag = "server",
    responses((status = 200, description = "You", body = MeBody), Refusals)
)]
pub(super) async fn get(State(app): State<App>, Somebody(principal): Somebody, _: NoParams) -> Json<MeBody> {
    Json(MeBody {
        user: principal.user().cloned(),
        role: principal.role(),
        open: app.config.open,
    })
}
