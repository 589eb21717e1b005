//! Trials: run a program on the samples, or on an input of one's own, without submitting it.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::header::LOCATION;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::{SubmissionId, SubmissionView, Trial};
use serde::Serialize;
use utoipa::ToSchema;

use super::path::Id;
use super::submissions::{SourceFileBody, read};
use crate::app::App;
use crate::asker::{Asker, Somebody};
use crate::body::JsonBody;
use crate::failure::Result;
use crate::fields::Fields;
use crate::openapi::{BodyRefusals, Refusals};
use crate::params::{NoParams, Params, whole};
use crate::reading::{trial as visible, trial_runs};
use crate::submit::accept;
use crate::wait::until_final;
use crate::wire::{RunBody, SubmissionBody};

const PATH: &str = "/api/v1/trials";

/// An input of one's own has as many bytes at most.
const MAX_INPUT: usize = 1 << 20;

/// What to try. The fields of a submission, and an input.
#[expect(dead_code, reason = "the schema of what is read")]
#[derive(ToSchema)]
pub(super) struct NewTrial {
    /// The problem's id.
    #[schema(example = "aplusb")]
    problem: String,
    /// The language's id, name or alias, in any case of letters.
    #[schema(example = "python3")]
    language: String,
    /// The source, where it is one file.
    #[schema(example = "print(sum(map(int, input().split())))")]
    source: Option<String>,
    /// The name of that file; the language's usual one where it is missing.
    filename: Option<String>,
    /// The source, where it is several files.
    files: Option<Vec<SourceFileBody>>,
    /// In whose name; your own where it is missing.
    user: Option<String>,
    /// What the program reads, 1 MiB at most. Where it is missing, the program is run on the problem's samples.
    #[schema(example = "1 2\n")]
    input: Option<String>,
}

/// A trial, with what the program wrote.
#[derive(Serialize, ToSchema)]
#[schema(as = Trial)]
pub(super) struct TrialBody {
    /// The fields of a submission. `AC` means of a run on an input of one's own that the program came to its end.
    #[serde(flatten)]
    submission: SubmissionBody,
    /// Its runs so far as they are known, in order.
    runs: Vec<TrialRunBody>,
}

/// A run of a trial.
#[derive(Serialize, ToSchema)]
#[schema(as = TrialRun)]
pub(super) struct TrialRunBody {
    #[serde(flatten)]
    run: RunBody,
    /// What it wrote to standard output. Of an interactive problem, the conversation: `<` before what the program was told, `>`
    /// before what it said. Not UTF-8 is shown as U+FFFD.
    stdout: String,
    /// What it wrote to standard error.
    stderr: String,
    /// Whether more was written than is shown.
    is_cut: bool,
}

/// Tries a program.
///
/// It is run like a submission, but counts nowhere, is in no list, and is forgotten after an hour. Its events are those of a
/// submission of this id.
#[utoipa::path(
    post, path = "/api/v1/trials", operation_id = "tryOut", tag = "submissions",
    request_body = NewTrial,
    responses(
        (status = 202, description = "It will be run", body = TrialBody,
            headers(("Location" = String, description = "Where to read it"))),
        Refusals, BodyRefusals
    )
)]
pub(super) async fn create(
    State(app): State<App>,
    Somebody(principal): Somebody,
    _: NoParams,
    body: JsonBody,
) -> Result<Response> {
    let mut fields = body.fields;
    let trial = trial(&mut fields);
    let accepted = accept(&app, principal, read(fields, Some(trial)), None).await?;
    let location = format!("{PATH}/{}", accepted.view.id);
    let body = Json(TrialBody {
        submission: accepted.view.into(),
        runs: Vec::new(),
    });
    let mut response = (StatusCode::ACCEPTED, body).into_response();
    if let Ok(location) = HeaderValue::from_str(&location) {
        response.headers_mut().insert(LOCATION, location);
    }
    Ok(response)
}

/// Reads a trial, with what the program wrote.
///
/// With `wait`, answers as soon as it has been run, or after that time with what is then known.
#[utoipa::path(
    get, path = "/api/v1/trials/{id}", operation_id = "getTrial", tag = "submissions",
    params(
        ("id" = String, Path, description = "The trial's id"),
        ("wait" = Option<u64>, Query, description = "Seconds to wait for the end; more than the server allows is \
                                                     as much as it allows"),
    ),
    responses((status = 200, description = "The trial", body = TrialBody), Refusals)
)]
pub(super) async fn get(
    State(app): State<App>,
    Asker(principal): Asker,
    Id(id): Id<SubmissionId>,
    mut params: Params,
) -> Result<Json<TrialBody>> {
    let wait = params.take("wait", |text| whole(text, 0, u64::from(u32::MAX)));
    params.finish()?;
    let mut view = visible(&app, &principal, id).await?;
    let wait = wait.unwrap_or(0).min(app.config.max_wait_seconds);
    if wait > 0 && !view.judgement.state.is_final() {
        view = until_final(&app, id, Duration::from_secs(wait)).await?;
    }
    Ok(Json(shown(&app, view).await?))
}

fn trial(fields: &mut Fields) -> Trial {
    match fields.text("input") {
        Some(input) if input.len() > MAX_INPUT => {
            fields.refuse(
                "input",
                format!("has {} bytes; {MAX_INPUT} are allowed", input.len()),
            );
            Trial::Samples
        }
        Some(input) => Trial::Input(input),
        None => Trial::Samples,
    }
}

async fn shown(app: &App, view: SubmissionView) -> Result<TrialBody> {
    let runs = trial_runs(app, &view).await?;
    let runs = runs.into_iter().map(|(run, output)| TrialRunBody {
        run: run.into(),
        stdout: output.stdout,
        stderr: output.stderr,
        is_cut: output.is_cut,
    });
    Ok(TrialBody {
        submission: view.into(),
        runs: runs.collect(),
    })
}
