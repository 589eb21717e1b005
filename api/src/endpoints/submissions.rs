//! Submissions: send, read, list.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::{
    LanguageId, ProblemId, Refusal, SourceFile, State as JudgementState, SubmissionId, SubmissionView, Trial,
    UserId, Verdict,
};
use serde::Serialize;
use serde_json::Value;
use store::{Idempotency, SubmissionFilter, expected_wait};
use utoipa::ToSchema;

use super::path::Id;
use crate::app::App;
use crate::asker::{Asker, Somebody};
use crate::body::JsonBody;
use crate::cancelling::cancel as cancel_one;
use crate::failure::{Failure, Result, shorten};
use crate::fields::{Fields, kind_of};
use crate::known_languages::WORKER_LIFE;
use crate::layers::{IDEMPOTENCY_KEY, IDEMPOTENCY_REPLAYED};
use crate::openapi::{BodyRefusals, Refusals};
use crate::page::{self, Page};
use crate::params::{NoParams, Params, whole};
use crate::reading::{listable, visible};
use crate::submit::{Draft, Names, Source, accept};
use crate::timeline;
use crate::wait::until_final;
use crate::wire::{QueuePlace, StateName, SubmissionBody, SubmissionWithRuns, VerdictName};

const PATH: &str = "/api/v1/submissions";

/// How long the queue may take to tell a place.
const QUEUE_PATIENCE: Duration = Duration::from_secs(1);

/// A submission to be made. Either `source` or `files`.
#[expect(dead_code, reason = "the schema of what `read` reads")]
#[derive(ToSchema)]
pub(super) struct NewSubmission {
    /// The problem's id.
    #[schema(example = "aplusb")]
    problem: String,
    /// The language's id, name or alias, in any case of letters. Where it is missing, it is guessed from the files' names.
    #[schema(example = "python3")]
    language: Option<String>,
    /// The source, where it is one file.
    #[schema(example = "print(sum(map(int, input().split())))")]
    source: Option<String>,
    /// The name of that file; the language's usual one where it is missing.
    filename: Option<String>,
    /// The source, where it is several files.
    files: Option<Vec<SourceFileBody>>,
    /// With what the program begins, where the language leaves a choice: one of its files, or the name of a class.
    entry_point: Option<String>,
    /// In whose name; your own where it is missing. Another's only for administrators, and in open mode.
    user: Option<String>,
}

/// A source file.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SourceFile)]
pub(super) struct SourceFileBody {
    /// A plain file name: no directory.
    #[schema(example = "main.py")]
    name: String,
    /// Its text.
    content: String,
}

/// The source of a submission.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Source)]
pub(super) struct SourceBody {
    files: Vec<SourceFileBody>,
}

/// Submits a program.
///
/// It is stored when this answers, and judged afterwards.
#[utoipa::path(
    post, path = "/api/v1/submissions", operation_id = "submit", tag = "submissions",
    params(("Idempotency-Key" = Option<String>, Header,
        description = "A key of the client's own: the same key with the same body is answered with the submission \
                       that the first request made")),
    request_body = NewSubmission,
    responses(
        (status = 202, description = "It is stored and will be judged", body = SubmissionBody,
            headers(("Location" = String, description = "Where to read it"))),
        Refusals, BodyRefusals
    )
)]
pub(super) async fn create(
    State(app): State<App>,
    Somebody(principal): Somebody,
    _: NoParams,
    headers: HeaderMap,
    body: JsonBody,
) -> Result<Response> {
    let key = idempotency(&headers, &body.bytes)?;
    let accepted = accept(&app, principal, read(body.fields, None), key).await?;
    let location = format!("{PATH}/{}", accepted.view.id);
    let body = Json(SubmissionBody::from(accepted.view));
    let mut response = (StatusCode::ACCEPTED, body).into_response();
    if let Ok(location) = HeaderValue::from_str(&location) {
        response.headers_mut().insert(LOCATION, location);
    }
    if accepted.is_replay {
        let replayed = HeaderValue::from_static("true");
        response.headers_mut().insert(IDEMPOTENCY_REPLAYED, replayed);
    }
    Ok(response)
}

/// Reads a submission with its newest judgement, that one's runs and its timeline.
///
/// With `wait`, answers as soon as the judgement is final, or after that time with what is then known.
#[utoipa::path(
    get, path = "/api/v1/submissions/{id}", operation_id = "getSubmission", tag = "submissions",
    params(
        ("id" = String, Path, description = "The submission's id"),
        ("wait" = Option<u64>, Query, description = "Seconds to wait for the verdict; more than the server allows is \
                                                     as much as it allows"),
    ),
    responses((status = 200, description = "The submission", body = SubmissionWithRuns), Refusals)
)]
pub(super) async fn get(
    State(app): State<App>,
    Asker(principal): Asker,
    Id(id): Id<SubmissionId>,
    mut params: Params,
) -> Result<Json<SubmissionWithRuns>> {
    let wait = params.take("wait", |text| whole(text, 0, u64::from(u32::MAX)));
    params.finish()?;
    let mut view = visible(&app, &principal, id).await?;
    let wait = wait.unwrap_or(0).min(app.config.max_wait_seconds);
    if wait > 0 && !view.judgement.state.is_final() {
        view = until_final(&app, id, Duration::from_secs(wait)).await?;
    }
    let runs = app.store.runs(view.judgement.id).await?;
    let queue = place(&app, &view).await;
    let timeline = timeline::readable(&app, &principal, &view).await?;
    Ok(Json(SubmissionWithRuns {
        submission: view.into(),
        runs: runs.into_iter().map(Into::into).collect(),
        queue,
        timeline: timeline.into(),
    }))
}

/// Cancels a submission that has no verdict yet: one's own, or for administrators anybody's.
///
/// What waits is taken out of the queue; what runs is given up by its worker within seconds.
#[utoipa::path(
    post, path = "/api/v1/submissions/{id}/cancel", operation_id = "cancelSubmission", tag = "submissions",
    params(("id" = String, Path, description = "The submission's id")),
    responses((status = 200, description = "It is cancelled", body = SubmissionBody), Refusals)
)]
pub(super) async fn cancel(
    State(app): State<App>,
    Somebody(principal): Somebody,
    Id(id): Id<SubmissionId>,
    _: NoParams,
) -> Result<Json<SubmissionBody>> {
    Ok(Json(cancel_one(&app, &principal, id).await?.into()))
}

/// Its place in the queue, while it waits and as far as that is known.
async fn place(app: &App, view: &SubmissionView) -> Option<QueuePlace> {
    if view.judgement.state != JudgementState::Queued {
        return None;
    }
    let position = app.queue.position(view.judgement.id);
    let before = tokio::time::timeout(QUEUE_PATIENCE, position)
        .await
        .ok()?
        .ok()??;
    let workers = app.store.workers(WORKER_LIFE).await.ok()?;
    let problem = app.store.problem(&view.problem).await.ok()??;
    // It may have been submitted when its problem asked for something else; then this is of those that come now.
    let able = workers
        .iter()
        .filter(|worker| worker.serves(problem.band, &problem.tag, &view.language));
    let wait = expected_wait(able, before);
    Some(QueuePlace {
        before,
        expected_wait_seconds: wait.map(|wait| wait.as_secs_f64()),
    })
}

/// Reads the source of a submission.
#[utoipa::path(
    get, path = "/api/v1/submissions/{id}/source", operation_id = "getSource", tag = "submissions",
    params(("id" = String, Path, description = "The submission's id")),
    responses((status = 200, description = "Its source", body = SourceBody), Refusals)
)]
pub(super) async fn source(
    State(app): State<App>,
    Asker(principal): Asker,
    Id(id): Id<SubmissionId>,
    _: NoParams,
) -> Result<Json<SourceBody>> {
    visible(&app, &principal, id).await?;
    let files = app.store.source(id).await?;
    let files = files.ok_or_else(|| Failure::not_found("submission", id))?;
    let files = files
        .into_iter()
        .map(|SourceFile { name, content }| SourceFileBody { name, content })
        .collect();
    Ok(Json(SourceBody { files }))
}

/// Lists submissions, the newest first: one's own, or for administrators and in open mode everybody's; the owner of a problem may
/// list everybody's to it.
#[utoipa::path(
    get, path = "/api/v1/submissions", operation_id = "listSubmissions", tag = "submissions",
    params(
        ("user" = Option<String>, Query, description = "Only of this user"),
        ("problem" = Option<String>, Query, description = "Only for this problem"),
        ("language" = Option<String>, Query, description = "Only in this language, by its id"),
        ("state" = Option<StateName>, Query, description = "Only in this state"),
        ("verdict" = Option<VerdictName>, Query, description = "Only with this verdict"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 200, description = "At most so many; 50 if not given"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses(
        (status = 200, description = "A page of them", body = Page<SubmissionBody>,
            headers(("Link" = String, description = "The next page, as rel=\"next\", if there is one"))),
        Refusals
    )
)]
pub(super) async fn list(
    State(app): State<App>,
    Somebody(principal): Somebody,
    mut params: Params,
) -> Result<Response> {
    let limit = page::limit(&mut params);
    let cursor = params.take("cursor", |text| {
        text.parse::<SubmissionId>()
            .map_err(|_| "is not the next_cursor of a page".to_owned())
    });
    let mut filter = SubmissionFilter {
        user: params.take("user", str::parse::<UserId>),
        problem: params.take("problem", str::parse::<ProblemId>),
        language: params.take("language", str::parse::<LanguageId>),
        state: params.take("state", state),
        verdict: params.take("verdict", verdict),
    };
    params.finish()?;
    let filters = [
        ("user", filter.user.as_ref().map(ToString::to_string)),
        ("problem", filter.problem.as_ref().map(ToString::to_string)),
        ("language", filter.language.as_ref().map(ToString::to_string)),
        ("state", filter.state.map(|state| state.id().to_owned())),
        ("verdict", filter.verdict.map(|verdict| verdict.id().to_owned())),
    ];
    filter.user = listable(&app, &principal, &filter).await?;
    let views = app.store.submissions(&filter, cursor, limit + 1).await?;
    Ok(page::answer(
        views,
        limit,
        PATH,
        &filters,
        |view| view.id,
        SubmissionBody::from,
    ))
}

fn state(text: &str) -> std::result::Result<JudgementState, String> {
    JudgementState::from_id(text).ok_or_else(|| {
        let all = JudgementState::ALL.map(JudgementState::id).join(", ");
        format!("must be one of {all}, not {:?}", shorten(text))
    })
}

fn verdict(text: &str) -> std::result::Result<Verdict, String> {
    text.parse().map_err(|_| {
        let all = Verdict::ALL.map(Verdict::id).join(", ");
        format!("must be one of {all}, not {:?}", shorten(text))
    })
}

fn idempotency(headers: &HeaderMap, body: &[u8]) -> Result<Option<Idempotency>> {
    let mut values = headers.get_all(&IDEMPOTENCY_KEY).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let key = value
        .to_str()
        .ok()
        .filter(|key| (1..=255).contains(&key.len()) && values.next().is_none())
        .ok_or_else(|| {
            Refusal::field(
                "Idempotency-Key",
                "must be given once, with 1 to 255 visible ASCII characters",
            )
        })?;
    Ok(Some(Idempotency {
        key: key.to_owned(),
        request: *blake3::hash(body).as_bytes(),
    }))
}

pub(super) fn read(mut fields: Fields, trial: Option<Trial>) -> Draft {
    let problem = fields.required("problem");
    let language = fields.text("language");
    let entry_point = fields.text("entry_point");
    let user = fields.text("user");
    let user = fields.parsed("user", user);
    let text = fields.value("source");
    let filename = fields.text("filename");
    let files = fields.value("files");
    let source = match (text, files) {
        (Some(Value::String(text)), None) => Source::Text(text, filename),
        (Some(other), None) => {
            fields.refuse("source", format!("must be a string, not {}", kind_of(&other)));
            Source::Unread
        }
        (None, Some(Value::Array(list))) => {
            if filename.is_some() {
                fields.refuse("filename", "belongs to `source`; each of `files` has a `name`");
            }
            read_files(&mut fields, list)
        }
        (None, Some(other)) => {
            fields.refuse("files", format!("must be an array, not {}", kind_of(&other)));
            Source::Unread
        }
        (Some(_), Some(_)) => {
            fields.refuse("files", "cannot be given together with `source`");
            Source::Unread
        }
        (None, None) => {
            fields.refuse("source", "is missing; give `source` or `files`");
            Source::Unread
        }
    };
    Draft {
        user,
        problem,
        language,
        source,
        trial,
        entry_point,
        errors: fields.finish(),
        names: Names {
            user: "/user",
            problem: "/problem",
            language: "/language",
            source: "/source",
        },
    }
}

fn read_files(fields: &mut Fields, list: Vec<Value>) -> Source {
    if list.is_empty() {
        fields.refuse("files", "must not be empty");
        return Source::Unread;
    }
    let count = list.len();
    let mut files = Vec::with_capacity(count);
    for (at, value) in list.into_iter().enumerate() {
        let Value::Object(map) = value else {
            fields.refuse(
                "files",
                format!("entry {at} must be an object, not {}", kind_of(&value)),
            );
            continue;
        };
        let mut entry = Fields::at(format!("/files/{at}"), map);
        let name = entry.required("name");
        let content = entry.required("content");
        fields.adopt(entry);
        if let (Some(name), Some(content)) = (name, content) {
            files.push(SourceFile { name, content });
        }
    }
    if files.len() < count {
        return Source::Unread;
    }
    Source::Files(files)
}
