//! Problems: list and read.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use domain::ProblemId;

use super::path::Id;
use crate::app::App;
use crate::asker::Asker;
use crate::failure::{Failure, Result};
use crate::openapi::Refusals;
use crate::page::{self, Page};
use crate::params::{NoParams, Params};
use crate::wire::ProblemBody;

pub(super) const PATH: &str = "/api/v1/problems";

/// Lists the problems by id.
#[utoipa::path(
    get, path = "/api/v1/problems", operation_id = "listProblems", tag = "problems",
    params(
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 200, description = "At most so many; 50 if not given"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses(
        (status = 200, description = "A page of them", body = Page<ProblemBody>,
            headers(("Link" = String, description = "The next page, as rel=\"next\", if there is one"))),
        Refusals
    )
)]
pub(super) async fn list(State(app): State<App>, _: Asker, mut params: Params) -> Result<Response> {
    let limit = page::limit(&mut params);
    let cursor = params.take("cursor", |text| {
        text.parse::<ProblemId>()
            .map_err(|_| "is not the next_cursor of a page".to_owned())
    });
    params.finish()?;
    let problems = app.store.problems(cursor.as_ref(), limit + 1).await?;
    Ok(page::answer(
        problems,
        limit,
        PATH,
        &[],
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
    _: Asker,
    Id(id): Id<ProblemId>,
    _: NoParams,
) -> Result<Json<ProblemBody>> {
    let problem = app.store.problem(&id).await?;
    let problem = problem.ok_or_else(|| Failure::not_found("problem", id))?;
    Ok(Json(problem.into()))
}
