//! Problems: list and read.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use domain::{ProblemId, UserId};

use super::path::Id;
use crate::app::App;
use crate::asker::{Asker, Somebody};
use crate::failure::Result;
use crate::openapi::Refusals;
use crate::page::{self, Page};
use crate::params::{NoParams, Params};
use crate::seeing::{problem, seen_by, set_hidden};
use crate::wire::ProblemBody;

pub(super) const PATH: &str = "/api/v1/problems";

/// Lists the problems by id. Hidden ones only to their owners and administrators.
#[utoipa::path(
    get, path = "/api/v1/problems", operation_id = "listProblems", tag = "problems",
    params(
        ("owner" = Option<String>, Query, description = "Only of this owner"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 200, description = "At most so many; 50 if not given"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses(
        (status = 200, description = "A page of them", body = Page<ProblemBody>,
            headers(("Link" = String, description = "The next page, as rel=\"next\", if there is one"))),
        Refusals
    )
)]
pub(super) async fn list(
    State(app): State<App>,
    Asker(principal): Asker,
    mut params: Params,
) -> Result<Response> {
    let limit = page::limit(&mut params);
    let cursor = params.take("cursor", |text| {
        text.parse::<ProblemId>()
            .map_err(|_| "is not the next_cursor of a page".to_owned())
    });
    let owner = params.take("owner", str::parse::<UserId>);
    params.finish()?;
    let problems = app
        .store
        .problems(seen_by(&principal), owner.as_ref(), cursor.as_ref(), limit + 1)
        .await?;
    Ok(page::answer(
        problems,
        limit,
        PATH,
        &[("owner", owner.map(|owner| owner.to_string()))],
        |problem| problem.id.clone(),
        ProblemBody::from,
    ))
}

/// Reads one problem.
#[utoipa::path(
    get, path = "/api/v1/problems/{id}", operation_id = "getProblem", tag = "problems",
    params(("id" = String, Path, description = "The problem's id")),
    responses((status = 200, description = "The problem", body = ProblemBody), Refusals)
)]
pub(super) async fn get(
    State(app): State<App>,
    Asker(principal): Asker,
    Id(id): Id<ProblemId>,
    _: NoParams,
) -> Result<Json<ProblemBody>> {
    Ok(Json(problem(&app, &principal, &id).await?.into()))
}

/// Shows a problem to everybody. Its owner and administrators may.
#[utoipa::path(
    post, path = "/api/v1/problems/{id}/publish", operation_id = "publishProblem", tag = "problems",
    params(("id" = String, Path, description = "The problem's id")),
    responses((status = 200, description = "Everybody sees it", body = ProblemBody), Refusals)
)]
pub(super) async fn publish(
    State(app): State<App>,
    Somebody(principal): Somebody,
    Id(id): Id<ProblemId>,
    _: NoParams,
) -> Result<Json<ProblemBody>> {
    Ok(Json(set_hidden(&app, &principal, &id, false).await?.into()))
}

/// Hides a problem: only its owner and administrators see that there is one. They may do this.
///
/// Submissions that were made stay with those who made them, and are judged to their end.
#[utoipa::path(
    post, path = "/api/v1/problems/{id}/hide", operation_id = "hideProblem", tag = "problems",
    params(("id" = String, Path, description = "The problem's id")),
    responses((status = 200, description = "It is hidden", body = ProblemBody), Refusals)
)]
pub(super) async fn hide(
    State(app): State<App>,
    Somebody(principal): Somebody,
    Id(id): Id<ProblemId>,
    _: NoParams,
) -> Result<Json<ProblemBody>> {
    Ok(Json(set_hidden(&app, &principal, &id, true).await?.into()))
}
