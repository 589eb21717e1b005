//! A rejudge: what would change, and whether it is to count.

use api::{Rejudge, RejudgeWish};
use askama::Template;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::{FieldError, Refusal, RefusalKind, RejudgeId, SubmissionId, Timestamp, Verdict};
use serde::Deserialize;
use store::{Change, RejudgeFilter, RejudgeState, Turn};

use super::super::submission::REFRESH;
use super::named;
use super::problem::{RefusedForm, render};
use super::verification::{Mark, Nothing};
use crate::form::{self, Asked, Named};
use crate::site::Site;
use crate::visitor::{Refused, Result, Visitor, show};
use crate::words::{self, Badge};

/// Changes on a page.
const PAGE: u32 = 50;

/// What is to be rejudged, as it was written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RejudgeForm {
    #[serde(default)]
    pub(crate) verdict: String,
    #[serde(default)]
    pub(crate) language: String,
    #[serde(default)]
    pub(crate) user: String,
    #[serde(default)]
    pub(crate) since: String,
    #[serde(default)]
    pub(crate) judged_with: String,
    #[serde(default)]
    pub(crate) submission: String,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Wanted {
    /// Changes behind the one of this submission.
    after: Option<String>,
}

/// How many verdicts turn into which.
#[derive(Debug)]
struct TurnRow {
    before: Badge,
    after: Badge,
    is_change: bool,
    note: &'static str,
    count: u64,
}

/// A submission that changes.
#[derive(Debug)]
struct ChangeRow {
    id: SubmissionId,
    user: String,
    language: String,
    before: Badge,
    score_before: String,
    after: Badge,
    score_after: String,
    message: String,
}

#[derive(Template)]
#[template(path = "setter-rejudge.html")]
struct RejudgePage {
    visitor: Visitor,
    title: String,
    problem: domain::ProblemRecord,
    version: u32,
    asked_for: Vec<(&'static str, String)>,
    when: String,
    when_exactly: String,
    by: String,
    mark: Mark,
    headline: String,
    path: String,
    is_open: bool,
    is_done: bool,
    is_discarded: bool,
    refresh: u32,
    done: u64,
    total: u64,
    changes: u64,
    turns: Vec<TurnRow>,
    rows: Vec<ChangeRow>,
    next: Option<String>,
}

pub(crate) async fn start(
    State(site): State<Site>,
    visitor: Visitor,
    Named(id): Named<String>,
    request: Request,
) -> Result<Response> {
    let id = named(&visitor, &id)?;
    let form: RejudgeForm = form::read(request).await?;
    let started = match read(&form) {
        Ok(wish) => site.desk.rejudge(&visitor.principal, &id, wish).await,
        Err(refusal) => Err(refusal),
    };
    match started {
        Ok(rejudge) => {
            let path = format!("/setter/problems/{id}/rejudges/{}", rejudge.record.id);
            Ok(Redirect::to(&path).into_response())
        }
        Err(refusal) if matches!(refusal.kind, RefusalKind::Invalid | RefusalKind::Conflict) => {
            render(&site, visitor, &id, Some(RefusedForm::Rejudge(form, refusal))).await
        }
        Err(refusal) => Err(refusal.into()),
    }
}

fn read(form: &RejudgeForm) -> std::result::Result<RejudgeWish, Refusal> {
    let mut errors = Vec::new();
    let mut refuse = |name: &str, detail: String| {
        errors.push(FieldError {
            pointer: name.to_owned(),
            detail,
        });
    };
    /// What a field says; an empty one says nothing.
    macro_rules! parsed {
        ($name:ident) => {
            match form.$name.trim() {
                "" => None,
                text => match text.parse() {
                    Ok(value) => Some(value),
                    Err(error) => {
                        refuse(stringify!($name), format!("{error}"));
                        None
                    }
                },
            }
        };
    }
    let verdict: Option<Verdict> = match form.verdict.trim() {
        "" => None,
        text => {
            let verdict = text.parse().ok();
            if verdict.is_none() {
                refuse("verdict", "is none that there is".to_owned());
            }
            verdict
        }
    };
    let filter = RejudgeFilter {
        verdicts: verdict.into_iter().collect(),
        language: parsed!(language),
        user: parsed!(user),
        judged_with: parsed!(judged_with),
        submission: parsed!(submission),
        since: match since(&form.since) {
            Ok(since) => since,
            Err(detail) => {
                refuse("since", detail);
                None
            }
        },
    };
    if errors.is_empty() {
        return Ok(RejudgeWish {
            filter,
            version: None,
        });
    }
    Err(Refusal::invalid(errors))
}

/// A day, or a day and a time, in UTC, as browsers write them.
fn since(text: &str) -> std::result::Result<Option<Timestamp>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let whole = match text.len() {
        10 => format!("{text}T00:00:00Z"),
        16 => format!("{text}:00Z"),
        _ => text.to_owned(),
    };
    whole
        .parse()
        .map(Some)
        .map_err(|_| "must be a day as in 2026-11-29".to_owned())
}

pub(crate) async fn page(
    State(site): State<Site>,
    visitor: Visitor,
    Named((id, rejudge)): Named<(String, String)>,
    Asked(asked): Asked<Wanted>,
) -> Result<Response> {
    let id = named(&visitor, &id)?;
    let rejudge = read_id(&rejudge)?;
    let principal = &visitor.principal;
    let problem = site.desk.own_problem(principal, &id).await?;
    let found = site.desk.rejudge_of(principal, &id, rejudge).await?;
    let after = asked.after.and_then(|after| after.parse().ok());
    let mut changes = site
        .desk
        .rejudge_changes(principal, &id, rejudge, after, PAGE + 1)
        .await?;
    let is_last = changes.len() <= PAGE as usize;
    changes.truncate(PAGE as usize);
    let path = format!("/setter/problems/{id}/rejudges/{rejudge}");
    let next = changes.last().filter(|_| !is_last);
    let next = next.map(|last| format!("{path}?after={}#changes", last.submission));
    let (mark, headline) = headline(&found);
    Ok(show(&RejudgePage {
        title: format!("{headline} · {}", problem.name),
        problem,
        version: found.record.version,
        asked_for: asked_for(&found.record.filter),
        when: words::moment(found.record.created_at),
        when_exactly: found.record.created_at.to_string(),
        by: found.record.by.to_string(),
        mark,
        headline,
        is_open: found.record.state == RejudgeState::Open,
        is_done: found.is_done(),
        is_discarded: found.record.state == RejudgeState::Discarded,
        refresh: REFRESH,
        done: found.summary.done,
        total: found.summary.total,
        changes: found.changes(),
        turns: found.summary.turns.iter().map(turn).collect(),
        rows: changes.into_iter().map(row).collect(),
        path,
        next,
        visitor,
    }))
}

pub(crate) async fn apply(
    State(site): State<Site>,
    visitor: Visitor,
    Named((id, rejudge)): Named<(String, String)>,
    request: Request,
) -> Result<Response> {
    let id = named(&visitor, &id)?;
    let rejudge = read_id(&rejudge)?;
    let Nothing {} = form::read(request).await?;
    site.desk.apply_rejudge(&visitor.principal, &id, rejudge).await?;
    Ok(Redirect::to(&format!("/setter/problems/{id}/rejudges/{rejudge}")).into_response())
}

pub(crate) async fn discard(
    State(site): State<Site>,
    visitor: Visitor,
    Named((id, rejudge)): Named<(String, String)>,
    request: Request,
) -> Result<Response> {
    let id = named(&visitor, &id)?;
    let rejudge = read_id(&rejudge)?;
    let Nothing {} = form::read(request).await?;
    site.desk
        .discard_rejudge(&visitor.principal, &id, rejudge)
        .await?;
    Ok(Redirect::to(&format!("/setter/problems/{id}/rejudges/{rejudge}")).into_response())
}

fn read_id(text: &str) -> Result<RejudgeId> {
    text.parse()
        .map_err(|_| Refused::not_found("rejudge of this name"))
}

fn headline(rejudge: &Rejudge) -> (Mark, String) {
    let count = rejudge.changes();
    let verdicts = match count {
        0 => "no verdict".to_owned(),
        1 => "1 verdict".to_owned(),
        count => format!("{count} verdicts"),
    };
    match rejudge.record.state {
        RejudgeState::Applied => (Mark::OK, format!("Applied: {verdicts} changed")),
        RejudgeState::Discarded => (Mark::BAD, "Discarded".to_owned()),
        RejudgeState::Open if rejudge.is_done() => (Mark::PENDING, format!("Would change {verdicts}")),
        RejudgeState::Open => (
            Mark::PENDING,
            format!("Being judged; would change {verdicts} so far"),
        ),
    }
}

fn asked_for(filter: &RejudgeFilter) -> Vec<(&'static str, String)> {
    let verdicts: Vec<&str> = filter.verdicts.iter().map(|verdict| verdict.id()).collect();
    let all = [
        ("Submission", filter.submission.map(|id| id.to_string())),
        ("Verdict", (!verdicts.is_empty()).then(|| verdicts.join(", "))),
        ("Language", filter.language.as_ref().map(ToString::to_string)),
        ("By", filter.user.as_ref().map(ToString::to_string)),
        ("Since", filter.since.map(words::moment)),
        (
            "Judged with",
            filter.judged_with.map(|number| format!("version {number}")),
        ),
    ];
    all.into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
}

fn turn(turn: &Turn) -> TurnRow {
    TurnRow {
        before: Badge::of(turn.before),
        after: Badge::of(turn.after),
        is_change: turn.is_change(),
        note: match (turn.is_failure, turn.is_other_score) {
            (true, _) => "the judging failed: they keep their verdict",
            (false, true) => "with another score",
            (false, false) if turn.is_change() => "",
            (false, false) => "no change",
        },
        count: turn.count,
    }
}

fn row(change: Change) -> ChangeRow {
    ChangeRow {
        id: change.submission,
        user: change.user.into(),
        language: change.language.into(),
        before: Badge::of(change.before),
        score_before: change
            .score_before
            .map(|score| score.to_string())
            .unwrap_or_default(),
        after: Badge::of(change.after),
        score_after: change
            .score_after
            .map(|score| score.to_string())
            .unwrap_or_default(),
        message: change.message.unwrap_or_default(),
    }
}
