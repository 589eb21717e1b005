//! Where submissions to a problem go.

use axum::Json;
use axum::extract::State;
use domain::{Band, ProblemId, Refusal, WorkerTag};
use serde::Serialize;
use utoipa::ToSchema;

use super::path::Id;
use crate::app::App;
use crate::asker::Somebody;
use crate::body::JsonBody;
use crate::failure::Result;
use crate::openapi::{BodyRefusals, Refusals};
use crate::params::NoParams;
use crate::routing::{self, Routing, RoutingWish};

/// Where submissions to a problem go.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Routing)]
pub(super) struct RoutingBody {
    /// How urgent they are: `contest` or `interactive`.
    #[schema(value_type = String, example = "contest")]
    band: Band,
    /// The workers that judge them are those that serve this tag.
    #[schema(value_type = String, example = "general")]
    tag: WorkerTag,
    /// How many workers that are alive take such. With none, submissions wait until one comes.
    workers: usize,
}

/// What is to be changed. What is missing stays.
#[expect(dead_code, reason = "the schema of what `change` reads")]
#[derive(ToSchema)]
pub(super) struct RoutingRequest {
    /// `contest`, before everything else, or `interactive`.
    #[schema(example = "contest")]
    band: Option<String>,
    /// A tag that workers serve (`gavel worker --tags`); `general` is that of workers of which nothing is said.
    #[schema(example = "general", max_length = 36)]
    tag: Option<String>,
}

/// Tells where submissions to a problem go. For its owner and administrators.
#[utoipa::path(
    get, path = "/api/v1/problems/{id}/routing", operation_id = "getRouting", tag = "problems",
    params(("id" = String, Path, description = "The problem's id")),
    responses((status = 200, description = "Where they go", body = RoutingBody), Refusals)
)]
pub(super) async fn get(
    State(app): State<App>,
    Somebody(principal): Somebody,
    Id(id): Id<ProblemId>,
    _: NoParams,
) -> Result<Json<RoutingBody>> {
    Ok(Json(routing::read(&app, &principal, &id).await?.into()))
}

/// Sends what is submitted to a problem from now on elsewhere; what waits already stays where it is. For administrators.
///
/// Trials of programs are never more urgent than `interactive`.
#[utoipa::path(
    patch, path = "/api/v1/problems/{id}/routing", operation_id = "changeRouting", tag = "problems",
    params(("id" = String, Path, description = "The problem's id")),
    request_body = RoutingRequest,
    responses((status = 200, description = "Where they go now", body = RoutingBody), Refusals, BodyRefusals)
)]
pub(super) async fn change(
    State(app): State<App>,
    Somebody(principal): Somebody,
    Id(id): Id<ProblemId>,
    _: NoParams,
    body: JsonBody,
) -> Result<Json<RoutingBody>> {
    let mut fields = body.fields;
    let wish = RoutingWish {
        band: fields.text("band"),
        tag: fields.text("tag"),
    };
    match fields.finish() {
        errors if errors.is_empty() => {}
        errors => return Err(Refusal::invalid(errors).into()),
    }
    Ok(Json(routing::change(&app, &principal, &id, wish).await?.into()))
}

impl From<Routing> for RoutingBody {
    fn from(Routing { band, tag, workers }: Routing) -> Self {
        Self { band, tag, workers }
    }
}
