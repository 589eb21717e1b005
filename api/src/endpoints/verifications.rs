//! Verifications: a package's examples, judged by the fleet and compared with what the package expects.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::header::LOCATION;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use domain::{
    LanguageId, ProblemId, State as JudgementState, SubmissionId, SubmissionView, Timestamp, UserId, Verdict,
    VerificationId,
};
use serde::Serialize;
use store::{ExampleRecord, VerificationRecord};
use utoipa::ToSchema;

use super::path::{Id, Of};
use crate::app::App;
use crate::asker::Somebody;
use crate::failure::Result;
use crate::openapi::Refusals;
use crate::page::{self, Page};
use crate::params::{Params, whole};
use crate::seeing::own;
use crate::verifying::{Verification, is_ok, read, start};
use crate::wire::{StateName, VerdictName};

/// A verification of a version of a problem.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = VerificationHead)]
pub(super) struct HeadBody {
    /// Its id.
    #[schema(value_type = String, format = "uuid")]
    id: VerificationId,
    /// Of which problem.
    #[schema(value_type = String, example = "aplusb")]
    problem: ProblemId,
    /// Of which version.
    version: u32,
    /// Who asked for it.
    #[schema(value_type = String, example = "ann")]
    by: UserId,
    /// When.
    #[schema(value_type = String, format = "date-time")]
    created_at: Timestamp,
}

/// A verification as it stands.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Verification)]
pub(super) struct VerificationBody {
    #[serde(flatten)]
    head: HeadBody,
    /// Whether all have been judged.
    is_final: bool,
    /// Whether nothing is otherwise than the package expects; null before that is known.
    ok: Option<bool>,
    /// What is compared: the test data, then the example submissions.
    examples: Vec<ExampleBody>,
}

/// A part of a package that is compared with what the package says of it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Example)]
pub(super) struct ExampleBody {
    /// Its path below `submissions/`; null for the test data, over which the package's validators are run.
    #[schema(example = "accepted/add.py")]
    path: Option<String>,
    /// In which language.
    #[schema(value_type = Option<String>, example = "python3")]
    language: Option<LanguageId>,
    /// The verdicts that its judgement may end with.
    #[schema(value_type = Vec<VerdictName>)]
    expected: Vec<Verdict>,
    /// The submission that it is judged as; its events are told to whom may see it. Null where it is not judged.
    #[schema(value_type = Option<String>, format = "uuid")]
    submission: Option<SubmissionId>,
    /// Where its judgement is in its life.
    #[schema(value_type = Option<StateName>)]
    state: Option<JudgementState>,
    /// What became of it.
    #[schema(value_type = Option<VerdictName>)]
    got: Option<Verdict>,
    /// Whether it is as expected; null before that is known, and where it is not judged.
    ok: Option<bool>,
    /// What is not as expected.
    missed: Option<String>,
    /// Why it is not judged.
    skipped: Option<String>,
    /// A sentence about the verdict.
    message: Option<String>,
    /// What the compiler said.
    compiler_output: Option<String>,
    /// The CPU time of its slowest run, in microseconds.
    slowest_us: Option<u64>,
    /// The largest memory of a run, in bytes.
    memory_bytes: Option<u64>,
}

impl From<VerificationRecord> for HeadBody {
    fn from(record: VerificationRecord) -> Self {
        let VerificationRecord {
            id,
            problem,
            version,
            by,
            created_at,
        } = record;
        Self {
            id,
            problem,
            version,
            by,
            created_at,
        }
    }
}

impl From<Verification> for VerificationBody {
    fn from(verification: Verification) -> Self {
        Self {
            is_final: verification.is_final(),
            ok: verification.is_ok(),
            head: verification.record.into(),
            examples: verification.examples.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<(ExampleRecord, Option<SubmissionView>)> for ExampleBody {
    fn from((example, view): (ExampleRecord, Option<SubmissionView>)) -> Self {
        let ok = is_ok(&example, view.as_ref());
        let is_data = example.path.is_empty();
        let judgement = view.map(|view| view.judgement);
        let judgement = judgement.as_ref();
        Self {
            ok,
            path: Some(example.path).filter(|path| !path.is_empty()),
            language: example.language.filter(|_| !is_data),
            expected: example.expected,
            submission: example.judged.as_ref().ok().copied(),
            skipped: example.judged.err(),
            state: judgement.map(|judgement| judgement.state),
            got: judgement.and_then(|judgement| judgement.verdict),
            missed: judgement.and_then(|judgement| judgement.missed.clone()),
            message: judgement.and_then(|judgement| judgement.message.clone()),
            compiler_output: judgement.and_then(|judgement| judgement.compiler_output.clone()),
            slowest_us: judgement.and_then(|judgement| judgement.cpu_us),
            memory_bytes: judgement.and_then(|judgement| judgement.memory_bytes),
        }
    }
}

/// Verifies a version of a problem: its validators are run over its test data, its example submissions are judged by the
/// workers as any submission, and what becomes of each is compared with what the package expects.
///
/// It counts nowhere. Where the same version is being verified already, that is what is answered. The problem's owner and
/// administrators may.
#[utoipa::path(
    post, path = "/api/v1/problems/{id}/verifications", operation_id = "verify", tag = "problems",
    params(
        ("id" = String, Path, description = "The problem's id"),
        ("version" = Option<u32>, Query, description = "The version's number; the current one if not given"),
    ),
    responses(
        (status = 202, description = "It is under way", body = VerificationBody,
            headers(("Location" = String, description = "Where to read it"))),
        Refusals
    )
)]
pub(super) async fn create(
    State(app): State<App>,
    Somebody(principal): Somebody,
    Id(id): Id<ProblemId>,
    mut params: Params,
) -> Result<Response> {
    let version = params.take("version", version);
    params.finish()?;
    let verification = start(&app, &principal, &id, version).await?;
    let location = format!("/api/v1/problems/{id}/verifications/{}", verification.record.id);
    let body = Json(VerificationBody::from(verification));
    let mut response = (StatusCode::ACCEPTED, body).into_response();
    if let Ok(location) = HeaderValue::from_str(&location) {
        response.headers_mut().insert(LOCATION, location);
    }
    Ok(response)
}

/// Reads a verification.
///
/// With `wait`, answers as soon as it is through, or after that time with what is then known.
#[utoipa::path(
    get, path = "/api/v1/problems/{id}/verifications/{verification}", operation_id = "getVerification", tag = "problems",
    params(
        ("id" = String, Path, description = "The problem's id"),
        ("verification" = String, Path, description = "The verification's id"),
        ("wait" = Option<u64>, Query, description = "Seconds to wait for the end; more than the server allows is \
                                                     as much as it allows"),
    ),
    responses((status = 200, description = "The verification", body = VerificationBody), Refusals)
)]
pub(super) async fn get(
    State(app): State<App>,
    Somebody(principal): Somebody,
    Of(id, verification): Of<VerificationId>,
    mut params: Params,
) -> Result<Json<VerificationBody>> {
    let wait = params.take("wait", |text| whole(text, 0, u64::from(u32::MAX)));
    params.finish()?;
    let wait = Duration::from_secs(wait.unwrap_or(0).min(app.config.max_wait_seconds));
    let verification = read(&app, &principal, &id, verification, wait).await?;
    Ok(Json(verification.into()))
}

/// Lists the verifications of a problem, the newest first.
#[utoipa::path(
    get, path = "/api/v1/problems/{id}/verifications", operation_id = "listVerifications", tag = "problems",
    params(
        ("id" = String, Path, description = "The problem's id"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 200, description = "At most so many; 50 if not given"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses(
        (status = 200, description = "A page of them", body = Page<HeadBody>,
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
        text.parse::<VerificationId>()
            .map_err(|_| "is not the next_cursor of a page".to_owned())
    });
    params.finish()?;
    own(&app, &principal, &id).await?;
    let found = app.store.verifications(&id, before, limit + 1).await?;
    Ok(page::answer(
        found,
        limit,
        &format!("/api/v1/problems/{id}/verifications"),
        &[],
        |verification| verification.id,
        HeadBody::from,
    ))
}

/// The number of a version.
pub(super) fn version(text: &str) -> std::result::Result<u32, String> {
    let number = whole(text, 1, u64::from(u32::MAX))?;
    u32::try_from(number).map_err(|error| error.to_string())
}
