//! Uploads of problem packages.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use domain::{FieldError, ProblemId};
use serde::Serialize;
use utoipa::ToSchema;

use super::path::Id;
use super::problems::PATH;
use crate::app::App;
use crate::asker::{Asker, lacks_right};
use crate::failure::{Failure, Result};
use crate::openapi::{BodyRefusals, RefusalBody, Refusals};
use crate::params::Params;
use crate::uploading::{Stored, Target, Wishes, creator, refuse_existing, upload};
use crate::wire::ProblemBody;

/// A problem as it was stored, with what is odd about its package.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StoredProblem)]
pub(super) struct StoredProblem {
    #[serde(flatten)]
    problem: ProblemBody,
    /// What is odd but not wrong with the package.
    warnings: Vec<WarningBody>,
}

/// Something odd about a package.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Warning)]
pub(super) struct WarningBody {
    /// A place in the package.
    #[schema(example = "problem.yaml:12 limits.memory")]
    pointer: String,
    /// What, in one sentence.
    detail: String,
}

impl From<FieldError> for WarningBody {
    fn from(FieldError { pointer, detail }: FieldError) -> Self {
        Self { pointer, detail }
    }
}

/// Uploads the package of a new problem, as the body itself or as the field `package` of a form.
///
/// Its id is that of `?id`, else the package's short name, else the name of the form's file. Setters and administrators may.
/// A form may have the parameters as fields.
#[utoipa::path(
    post, path = "/api/v1/problems", operation_id = "createProblem", tag = "problems",
    params(
        ("id" = Option<String>, Query, description = "The problem's id"),
        ("message" = Option<String>, Query, description = "What is to be said about this version, in a line"),
        ("hidden" = Option<bool>, Query, description = "Whether only its owner and administrators see it; false if not given"),
    ),
    request_body(content((String = "application/zip"), (String = "multipart/form-data"))),
    responses(
        (status = 201, description = "The problem", body = StoredProblem,
            headers(("Location" = String, description = "Where to read it"))),
        (status = 409, description = "There is one of that id already; PUT replaces it", body = RefusalBody,
            content_type = "application/problem+json"),
        Refusals, BodyRefusals
    )
)]
pub(super) async fn create(
    State(app): State<App>,
    Asker(principal): Asker,
    mut params: Params,
    request: Request,
) -> Result<Response> {
    let owner = creator(&principal)?;
    let id = params.take("id", str::parse::<ProblemId>);
    let mut wishes = wishes(&mut params);
    params.finish()?;
    if let Some(id) = &id {
        refuse_existing(&app, id).await?;
    }
    wishes.id = id.map(|id| id.to_string());
    let stored = upload(&app, &principal, &owner, Target::New, &mut wishes, request).await?;
    Ok(answer(StatusCode::CREATED, stored))
}

/// Creates a problem, or replaces its package. Owners and administrators may replace.
#[utoipa::path(
    put, path = "/api/v1/problems/{id}", operation_id = "putProblem", tag = "problems",
    params(
        ("id" = String, Path, description = "The problem's id"),
        ("message" = Option<String>, Query, description = "What is to be said about this version, in a line"),
        ("hidden" = Option<bool>, Query, description = "Whether only its owner and administrators see it from now on; as it \
                                                        was if not given"),
    ),
    request_body(content((String = "application/zip"), (String = "multipart/form-data"))),
    responses(
        (status = 200, description = "It is replaced; submissions made before keep their package", body = StoredProblem),
        (status = 201, description = "It is created", body = StoredProblem,
            headers(("Location" = String, description = "Where to read it"))),
        Refusals, BodyRefusals
    )
)]
pub(super) async fn replace(
    State(app): State<App>,
    Asker(principal): Asker,
    Id(id): Id<ProblemId>,
    mut params: Params,
    request: Request,
) -> Result<Response> {
    let owner = creator(&principal)?;
    let mut wishes = wishes(&mut params);
    params.finish()?;
    let status = match app.store.problem(&id).await? {
        None => StatusCode::CREATED,
        Some(problem) if principal.may_replace(&problem) => StatusCode::OK,
        Some(problem) if principal.may_see(&problem) => {
            return Err(lacks_right(
                &principal,
                "only its owner and administrators may replace a problem",
            ));
        }
        Some(_) => {
            return Err(Failure::new(
                domain::RefusalKind::Forbidden,
                format!("the id {id} is taken by a problem that is not yours"),
            ));
        }
    };
    let stored = upload(
        &app,
        &principal,
        &owner,
        Target::Problem(id),
        &mut wishes,
        request,
    )
    .await?;
    Ok(answer(status, stored))
}

/// What a query says beside the package.
fn wishes(params: &mut Params) -> Wishes {
    let as_it_is = |text: &str| Ok::<_, String>(text.to_owned());
    Wishes {
        id: None,
        message: params.take("message", as_it_is),
        hidden: params.take("hidden", as_it_is),
    }
}

fn answer(status: StatusCode, stored: Stored) -> Response {
    let location = format!("{PATH}/{}", stored.problem.id);
    let body = Json(StoredProblem {
        problem: stored.problem.into(),
        warnings: stored.warnings.into_iter().map(Into::into).collect(),
    });
    if status == StatusCode::CREATED {
        return (status, [(LOCATION, location)], body).into_response();
    }
    (status, body).into_response()
}
