//! Versions of problems: list, fetch, make current again.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use domain::{PackageHash, ProblemId, Timestamp, UserId};
use serde::Serialize;
use store::VersionRecord;
use utoipa::ToSchema;

use super::path::{Id, Of};
use super::upload::WarningBody;
use crate::app::App;
use crate::asker::Somebody;
use crate::failure::Result;
use crate::openapi::Refusals;
use crate::page::{self, Page};
use crate::params::{NoParams, Params};
use crate::seeing::{own, restore as set_current};
use crate::versions::open;
use crate::wire::ProblemBody;

/// An upload of a problem's package. It never changes.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Version)]
pub(super) struct VersionBody {
    /// Its number, from 1.
    number: u32,
    /// The content hash of its package.
    #[schema(value_type = String)]
    package: PackageHash,
    /// What the problem is called in it.
    name: String,
    /// Who uploaded it.
    #[schema(value_type = String, example = "ann")]
    by: UserId,
    /// What they said about it; empty where nothing was.
    message: String,
    /// What is odd but not wrong with it.
    warnings: Vec<WarningBody>,
    /// The length of its zip, in bytes.
    size: u64,
    /// When it was uploaded.
    #[schema(value_type = String, format = "date-time")]
    created_at: Timestamp,
    /// Whether it is what new submissions are judged with.
    is_current: bool,
}

impl From<VersionRecord> for VersionBody {
    fn from(record: VersionRecord) -> Self {
        let VersionRecord {
            number,
            package,
            name,
            by,
            message,
            warnings,
            size,
            created_at,
            is_current,
        } = record;
        Self {
            number,
            package,
            name,
            by,
            message,
            warnings: warnings.into_iter().map(Into::into).collect(),
            size,
            created_at,
            is_current,
        }
    }
}

/// Lists the versions of a problem, the newest first. Its owner and administrators may.
#[utoipa::path(
    get, path = "/api/v1/problems/{id}/versions", operation_id = "listVersions", tag = "problems",
    params(
        ("id" = String, Path, description = "The problem's id"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 200, description = "At most so many; 50 if not given"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses(
        (status = 200, description = "A page of them", body = Page<VersionBody>,
            headers(("Link" = String, description = "The next page, as rel=\"next\", if there is one"))),
        Refusals
    )
)]
pub(super) async fn list(
    State(app): State<App>,
    Somebody(principal): Somebody,
    Id(id): Id<ProblemId>,
    mut params: Params,
) -> Result<Response> {
    let limit = page::limit(&mut params);
    let before = params.take("cursor", |text| {
        text.parse::<u32>()
            .map_err(|_| "is not the next_cursor of a page".to_owned())
    });
    params.finish()?;
    own(&app, &principal, &id).await?;
    let versions = app.store.versions(&id, before, limit + 1).await?;
    Ok(page::answer(
        versions,
        limit,
        &format!("/api/v1/problems/{id}/versions"),
        &[],
        |version| version.number,
        VersionBody::from,
    ))
}

/// Fetches the package of a version, as a zip. The problem's owner and administrators may: its tests are in it.
#[utoipa::path(
    get, path = "/api/v1/problems/{id}/versions/{number}/package", operation_id = "getPackage", tag = "problems",
    params(
        ("id" = String, Path, description = "The problem's id"),
        ("number" = u32, Path, description = "The version's number"),
    ),
    responses((status = 200, description = "The zip", body = String, content_type = "application/zip"), Refusals)
)]
pub(super) async fn package(
    State(app): State<App>,
    Somebody(principal): Somebody,
    Of(id, number): Of<u32>,
    _: NoParams,
) -> Result<Response> {
    let (body, size) = open(&app, &principal, &id, number).await?;
    Ok(sent(&id, number, body, size))
}

/// A zip to be saved.
pub(crate) fn sent(id: &ProblemId, number: u32, body: Body, size: u64) -> Response {
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/zip"));
    headers.insert(CONTENT_LENGTH, size.into());
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    // Ids have only letters, digits, '_', '.' and '-'.
    let disposition = HeaderValue::try_from(format!("attachment; filename=\"{id}-{number}.zip\""));
    headers.insert(
        CONTENT_DISPOSITION,
        disposition.unwrap_or(HeaderValue::from_static("attachment")),
    );
    response
}

/// Makes an older version current again: new submissions are judged with it. The problem's owner and administrators may.
#[utoipa::path(
    post, path = "/api/v1/problems/{id}/versions/{number}/restore", operation_id = "restoreVersion", tag = "problems",
    params(
        ("id" = String, Path, description = "The problem's id"),
        ("number" = u32, Path, description = "The version's number"),
    ),
    responses((status = 200, description = "It is current", body = ProblemBody), Refusals)
)]
pub(super) async fn restore(
    State(app): State<App>,
    Somebody(principal): Somebody,
    Of(id, number): Of<u32>,
    _: NoParams,
) -> Result<Json<ProblemBody>> {
    Ok(Json(set_current(&app, &principal, &id, number).await?.into()))
}
