//! Rejudges: new judgements that are looked at before they count.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::header::LOCATION;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use domain::{LanguageId, ProblemId, RejudgeId, Score, SubmissionId, Timestamp, UserId, Verdict};
use serde::Serialize;
use serde_json::Value;
use store::{Change, RejudgeFilter, RejudgeState, Turn};
use utoipa::ToSchema;

use super::path::{Id, Of};
use crate::app::App;
use crate::asker::Somebody;
use crate::body::JsonBody;
use crate::failure::{Result, shorten};
use crate::fields::Fields;
use crate::openapi::{BodyRefusals, Refusals};
use crate::page::{self, Page};
use crate::params::{NoParams, Params, whole};
use crate::rejudging::{Rejudge, RejudgeWish, changes as changes_of, decide, read, start};
use crate::seeing::own;
use crate::wire::VerdictName;

/// Which submissions are rejudged. All conditions must hold; those alone are that have a verdict.
#[expect(dead_code, reason = "the schema of what `wish` reads")]
#[derive(ToSchema)]
pub(super) struct NewRejudge {
    /// This submission alone.
    #[schema(format = "uuid")]
    submission: Option<String>,
    /// Those with one of these verdicts.
    verdicts: Option<Vec<VerdictName>>,
    /// Those in this language.
    #[schema(example = "python3")]
    language: Option<String>,
    /// Those of this user.
    user: Option<String>,
    /// Those sent at this time or later.
    #[schema(format = "date-time")]
    since: Option<String>,
    /// Those whose verdict is by the package of this version.
    judged_with: Option<u32>,
    /// The version that they are judged with; the current one if not given.
    version: Option<u32>,
}

/// A rejudge as it stands.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Rejudge)]
pub(super) struct RejudgeBody {
    /// Its id.
    #[schema(value_type = String, format = "uuid")]
    id: RejudgeId,
    /// Of submissions to which problem.
    #[schema(value_type = String, example = "aplusb")]
    problem: ProblemId,
    /// The version that they are judged with.
    version: u32,
    /// Which submissions were asked for.
    #[schema(value_type = Object)]
    filter: RejudgeFilter,
    /// Who started it.
    #[schema(value_type = String, example = "ann")]
    by: UserId,
    /// When.
    #[schema(value_type = String, format = "date-time")]
    created_at: Timestamp,
    /// `open` while nothing counts yet, then `applied` or `discarded`.
    state: &'static str,
    /// Who applied or discarded it.
    #[schema(value_type = Option<String>)]
    decided_by: Option<UserId>,
    /// When.
    #[schema(value_type = Option<String>, format = "date-time")]
    decided_at: Option<Timestamp>,
    /// How many submissions it has; none any more where it was discarded.
    total: u64,
    /// How many of them are judged: it can be applied when all are.
    done: u64,
    /// How many get another verdict or score.
    changes: u64,
    /// What the verdicts turn into, those of most submissions first.
    turns: Vec<TurnBody>,
}

/// How many verdicts turn into which.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Turn)]
pub(super) struct TurnBody {
    /// The verdict so far.
    #[schema(value_type = VerdictName)]
    before: Verdict,
    /// The new one.
    #[schema(value_type = VerdictName)]
    after: Verdict,
    /// Whether the score is another one.
    is_other_score: bool,
    /// Whether the judging system failed: these submissions keep their verdict.
    is_failure: bool,
    /// How many.
    count: u64,
}

/// A submission that gets another verdict or score.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Change)]
pub(super) struct ChangeBody {
    /// Which.
    #[schema(value_type = String, format = "uuid")]
    submission: SubmissionId,
    /// Who sent it.
    #[schema(value_type = String, example = "ann")]
    user: UserId,
    /// In which language.
    #[schema(value_type = String, example = "python3")]
    language: LanguageId,
    /// The verdict so far.
    #[schema(value_type = VerdictName)]
    before: Verdict,
    /// And the score.
    #[schema(value_type = Option<f64>)]
    score_before: Option<Score>,
    /// The new verdict.
    #[schema(value_type = VerdictName)]
    after: Verdict,
    /// And the score.
    #[schema(value_type = Option<f64>)]
    score_after: Option<Score>,
    /// A sentence about the new verdict.
    message: Option<String>,
}

impl From<Rejudge> for RejudgeBody {
    fn from(rejudge: Rejudge) -> Self {
        let changes = rejudge.changes();
        let Rejudge { record, summary } = rejudge;
        Self {
            id: record.id,
            problem: record.problem,
            version: record.version,
            filter: record.filter,
            by: record.by,
            created_at: record.created_at,
            state: record.state.id(),
            decided_by: record.decided_by,
            decided_at: record.decided_at,
            total: summary.total,
            done: summary.done,
            changes,
            turns: summary.turns.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<Turn> for TurnBody {
    fn from(turn: Turn) -> Self {
        let Turn {
            before,
            after,
            is_other_score,
            is_failure,
            count,
        } = turn;
        Self {
            before,
            after,
            is_other_score,
            is_failure,
            count,
        }
    }
}

impl From<Change> for ChangeBody {
    fn from(change: Change) -> Self {
        let Change {
            submission,
            user,
            language,
            before,
            score_before,
            after,
            score_after,
            message,
        } = change;
        Self {
            submission,
            user,
            language,
            before,
            score_before,
            after,
            score_after,
            message,
        }
    }
}

/// Judges submissions to a problem anew, and keeps what comes of it apart until it is applied or discarded.
///
/// They are judged after whatever people wait for. A problem has one such rejudge at a time. The problem's owner and
/// administrators may.
#[utoipa::path(
    post, path = "/api/v1/problems/{id}/rejudges", operation_id = "rejudge", tag = "problems",
    params(("id" = String, Path, description = "The problem's id")),
    request_body = NewRejudge,
    responses(
        (status = 202, description = "It is under way", body = RejudgeBody,
            headers(("Location" = String, description = "Where to read it"))),
        Refusals, BodyRefusals
    )
)]
pub(super) async fn create(
    State(app): State<App>,
    Somebody(principal): Somebody,
    Id(id): Id<ProblemId>,
    _: NoParams,
    body: JsonBody,
) -> Result<Response> {
    let wish = wish(body.fields)?;
    let rejudge = start(&app, &principal, &id, wish).await?;
    let location = format!("/api/v1/problems/{id}/rejudges/{}", rejudge.record.id);
    let body = Json(RejudgeBody::from(rejudge));
    let mut response = (StatusCode::ACCEPTED, body).into_response();
    if let Ok(location) = HeaderValue::from_str(&location) {
        response.headers_mut().insert(LOCATION, location);
    }
    Ok(response)
}

/// Reads a rejudge.
///
/// With `wait`, answers as soon as all are judged, or after that time with what is then known.
#[utoipa::path(
    get, path = "/api/v1/problems/{id}/rejudges/{rejudge}", operation_id = "getRejudge", tag = "problems",
    params(
        ("id" = String, Path, description = "The problem's id"),
        ("rejudge" = String, Path, description = "The rejudge's id"),
        ("wait" = Option<u64>, Query, description = "Seconds to wait for the end; more than the server allows is \
                                                     as much as it allows"),
    ),
    responses((status = 200, description = "The rejudge", body = RejudgeBody), Refusals)
)]
pub(super) async fn get(
    State(app): State<App>,
    Somebody(principal): Somebody,
    Of(id, rejudge): Of<RejudgeId>,
    mut params: Params,
) -> Result<Json<RejudgeBody>> {
    let wait = params.take("wait", |text| whole(text, 0, u64::from(u32::MAX)));
    params.finish()?;
    let wait = Duration::from_secs(wait.unwrap_or(0).min(app.config.max_wait_seconds));
    Ok(Json(read(&app, &principal, &id, rejudge, wait).await?.into()))
}

/// Lists the rejudges of a problem, the newest first.
#[utoipa::path(
    get, path = "/api/v1/problems/{id}/rejudges", operation_id = "listRejudges", tag = "problems",
    params(
        ("id" = String, Path, description = "The problem's id"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 200, description = "At most so many; 50 if not given"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses(
        (status = 200, description = "A page of them", body = Page<RejudgeBody>,
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
        text.parse::<RejudgeId>()
            .map_err(|_| "is not the next_cursor of a page".to_owned())
    });
    params.finish()?;
    own(&app, &principal, &id).await?;
    let mut rejudges = Vec::new();
    for record in app.store.rejudges(&id, before, limit + 1).await? {
        let summary = app.store.rejudge_summary(record.id).await?;
        rejudges.push(Rejudge { record, summary });
    }
    Ok(page::answer(
        rejudges,
        limit,
        &format!("/api/v1/problems/{id}/rejudges"),
        &[],
        |rejudge| rejudge.record.id,
        RejudgeBody::from,
    ))
}

/// Lists the submissions that get another verdict or score by a rejudge.
#[utoipa::path(
    get, path = "/api/v1/problems/{id}/rejudges/{rejudge}/changes", operation_id = "listChanges", tag = "problems",
    params(
        ("id" = String, Path, description = "The problem's id"),
        ("rejudge" = String, Path, description = "The rejudge's id"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 200, description = "At most so many; 50 if not given"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses(
        (status = 200, description = "A page of them", body = Page<ChangeBody>,
            headers(("Link" = String, description = "The next page, as rel=\"next\", if there is one"))),
        Refusals
    )
)]
pub(super) async fn changes(
    State(app): State<App>,
    Somebody(principal): Somebody,
    Of(id, rejudge): Of<RejudgeId>,
    mut params: Params,
) -> Result<Response> {
    let limit = page::limit(&mut params);
    let after = params.take("cursor", |text| {
        text.parse::<SubmissionId>()
            .map_err(|_| "is not the next_cursor of a page".to_owned())
    });
    params.finish()?;
    let found = changes_of(&app, &principal, &id, rejudge, after, limit + 1).await?;
    Ok(page::answer(
        found,
        limit,
        &format!("/api/v1/problems/{id}/rejudges/{rejudge}/changes"),
        &[],
        |change| change.submission,
        ChangeBody::from,
    ))
}

/// Makes the new judgements count, all at once, when all are judged. Who listens to a submission is told of its new judgement.
///
/// Where the judging system failed, a submission keeps its verdict. To apply what was applied before changes nothing.
#[utoipa::path(
    post, path = "/api/v1/problems/{id}/rejudges/{rejudge}/apply", operation_id = "applyRejudge", tag = "problems",
    params(
        ("id" = String, Path, description = "The problem's id"),
        ("rejudge" = String, Path, description = "The rejudge's id"),
    ),
    responses((status = 200, description = "It counts", body = RejudgeBody), Refusals)
)]
pub(super) async fn apply(
    State(app): State<App>,
    Somebody(principal): Somebody,
    Of(id, rejudge): Of<RejudgeId>,
    _: NoParams,
) -> Result<Json<RejudgeBody>> {
    let decided = decide(&app, &principal, &id, rejudge, RejudgeState::Applied).await?;
    Ok(Json(decided.into()))
}

/// Gives the new judgements up: what is not judged yet never is, and what is judged is forgotten.
#[utoipa::path(
    post, path = "/api/v1/problems/{id}/rejudges/{rejudge}/discard", operation_id = "discardRejudge", tag = "problems",
    params(
        ("id" = String, Path, description = "The problem's id"),
        ("rejudge" = String, Path, description = "The rejudge's id"),
    ),
    responses((status = 200, description = "It is discarded", body = RejudgeBody), Refusals)
)]
pub(super) async fn discard(
    State(app): State<App>,
    Somebody(principal): Somebody,
    Of(id, rejudge): Of<RejudgeId>,
    _: NoParams,
) -> Result<Json<RejudgeBody>> {
    let decided = decide(&app, &principal, &id, rejudge, RejudgeState::Discarded).await?;
    Ok(Json(decided.into()))
}

fn wish(mut fields: Fields) -> Result<RejudgeWish> {
    let number = |number: Option<u64>| number.and_then(|number| u32::try_from(number).ok());
    let most = u64::from(u32::MAX);
    let submission = fields.text("submission");
    let language = fields.text("language");
    let user = fields.text("user");
    let since = fields.text("since");
    let filter = RejudgeFilter {
        submission: fields.parsed("submission", submission),
        verdicts: verdicts(&mut fields),
        language: fields.parsed("language", language),
        user: fields.parsed("user", user),
        since: fields.parsed("since", since),
        judged_with: number(fields.whole("judged_with", 1, most)),
    };
    let version = number(fields.whole("version", 1, most));
    let errors = fields.finish();
    if errors.is_empty() {
        return Ok(RejudgeWish { filter, version });
    }
    Err(domain::Refusal::invalid(errors).into())
}

fn verdicts(fields: &mut Fields) -> Vec<Verdict> {
    const NAME: &str = "verdicts";
    let all = || Verdict::ALL.map(Verdict::id).join(", ");
    let Some(value) = fields.value(NAME) else {
        return Vec::new();
    };
    let Value::Array(list) = value else {
        fields.refuse(NAME, format!("must be an array of {}", all()));
        return Vec::new();
    };
    let mut verdicts = Vec::new();
    for value in list {
        if let Some(verdict) = value.as_str().and_then(|text| text.parse().ok()) {
            verdicts.push(verdict);
        } else {
            let found = shorten(&value.to_string());
            fields.refuse(NAME, format!("must have none but {}, not {found}", all()));
        }
    }
    verdicts
}
