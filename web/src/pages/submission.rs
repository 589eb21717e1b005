//! The page of a submission: what became of it, and what was sent.

use askama::Template;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use domain::{JudgeMessage, Run, SourceFile, State as JudgementState, SubmissionId, SubmissionView, Verdict};

use super::submissions::{Line, lines, score};
use crate::form::Named;
use crate::guard::Kind;
use crate::site::Site;
use crate::visitor::{Refused, Result, Visitor, show};
use crate::words::{self, Badge};

/// Seconds between two looks of a browser without JavaScript.
pub(crate) const REFRESH: u32 = 2;

/// A test case.
#[derive(Debug)]
struct Case {
    ordinal: u32,
    /// Its name, where it is a sample; else only its number is told.
    name: String,
    badge: Badge,
    time: String,
    memory: String,
    score: String,
    message: String,
}

/// A group of test cases.
#[derive(Debug)]
struct Group {
    name: String,
    badge: Option<Badge>,
    score: String,
    most: String,
    /// In percent of the most.
    share: u32,
}

/// A moment in the life of the judgement.
#[derive(Debug)]
struct Step {
    what: String,
    at: String,
    exactly: String,
    /// How long after the one before.
    after: String,
}

#[derive(Template)]
#[template(path = "submission.html")]
struct SubmissionPage {
    visitor: Visitor,
    title: String,
    line: Line,
    view: SubmissionView,
    is_final: bool,
    refresh: u32,
    waiting: u64,
    message: String,
    compiler_output: String,
    cases: Vec<Case>,
    hidden_cases: u32,
    groups: Vec<Group>,
    score: String,
    said: Vec<JudgeMessage>,
    files: Vec<SourceFile>,
    steps: Vec<Step>,
}

pub(crate) async fn page(
    State(site): State<Site>,
    visitor: Visitor,
    Named(id): Named<String>,
) -> Result<Response> {
    let id = read_id(&id)?;
    let desk = &site.desk;
    let view = desk.submission(&visitor.principal, id).await.map_err(missing)?;
    let runs = desk.runs(&view).await?;
    let said = desk.judge_messages(&visitor.principal, &view).await?;
    let files = desk.source(&visitor.principal, id).await?;
    let is_final = view.judgement.state.is_final();
    let waiting = if view.judgement.state == JudgementState::Queued {
        desk.outstanding().await?.queued
    } else {
        0
    };
    let line = lines(&site, vec![view.clone()])
        .await?
        .pop()
        .ok_or_else(|| Refused::not_found("submission"))?;
    let judgement = &view.judgement;
    let cases: Vec<Case> = runs.iter().map(case).collect();
    Ok(show(&SubmissionPage {
        title: format!("{} · {}", line.badge.words, line.problem_name),
        message: judgement.message.clone().unwrap_or_default(),
        compiler_output: judgement.compiler_output.clone().unwrap_or_default(),
        hidden_cases: judgement
            .cases_total
            .saturating_sub(u32::try_from(cases.len()).unwrap_or(0)),
        cases,
        groups: judgement.groups.iter().map(group).collect(),
        score: score(&view),
        steps: steps(&view),
        visitor,
        line,
        is_final,
        refresh: REFRESH,
        waiting,
        said,
        files,
        view,
    }))
}

/// A file of the source, to be saved.
pub(crate) async fn file(
    State(site): State<Site>,
    visitor: Visitor,
    Named((id, name)): Named<(String, String)>,
) -> Result<Response> {
    let files = site
        .desk
        .source(&visitor.principal, read_id(&id)?)
        .await
        .map_err(missing)?;
    let file = files.into_iter().find(|file| file.name == name);
    let file = file.ok_or_else(|| Refused::not_found("file of this name"))?;
    // Names of sources have only letters, digits, '_', '.', '-' and '+'.
    let headers = [
        (CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()),
        (
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"{}\"", file.name),
        ),
    ];
    let mut response = (headers, file.content).into_response();
    response.extensions_mut().insert(Kind::File);
    Ok(response)
}

pub(crate) fn read_id(text: &str) -> Result<SubmissionId> {
    text.parse()
        .map_err(|_| Refused::not_found("submission of this name"))
}

pub(crate) fn missing(refusal: domain::Refusal) -> Refused {
    match refusal.kind {
        domain::RefusalKind::NotFound => Refused::not_found("submission of this name that you may see"),
        _ => refusal.into(),
    }
}

fn case(run: &Run) -> Case {
    let sample = run.case.strip_prefix("sample/");
    Case {
        ordinal: run.ordinal,
        name: sample.map(|name| format!("Sample {name}")).unwrap_or_default(),
        badge: Badge::of(run.verdict),
        time: words::time(run.cpu_us),
        memory: words::size(run.memory_bytes),
        score: run.score.map(|score| score.to_string()).unwrap_or_default(),
        message: run.message.clone().unwrap_or_default(),
    }
}

fn group(group: &domain::GroupResult) -> Group {
    let share = match (group.score, group.max_score) {
        (Some(score), Some(most)) if most.points() > 0.0 => percent(score.points() / most.points()),
        _ => 0,
    };
    Group {
        name: group
            .name
            .strip_prefix("secret/")
            .unwrap_or(&group.name)
            .to_owned(),
        badge: group.verdict.map(Badge::of),
        score: group.score.map(|score| score.to_string()).unwrap_or_default(),
        most: group.max_score.map(|most| most.to_string()).unwrap_or_default(),
        share,
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it is from 0 to 100"
)]
fn percent(share: f64) -> u32 {
    (share.clamp(0.0, 1.0) * 100.0).round() as u32
}

fn steps(view: &SubmissionView) -> Vec<Step> {
    let judgement = &view.judgement;
    let mut steps = Vec::new();
    let mut before = None;
    let attempt = match judgement.attempt {
        0 | 1 => "taken by a worker".to_owned(),
        attempt => format!("taken by a worker, the {attempt}. time"),
    };
    let queued = (judgement.created_at != view.created_at).then_some(judgement.created_at);
    let end = match judgement.verdict {
        Some(Verdict::Je) => "given up",
        _ => "judged",
    };
    for (what, at) in [
        ("sent".to_owned(), Some(view.created_at)),
        ("put into the queue".to_owned(), queued),
        (attempt, judgement.started_at),
        (end.to_owned(), judgement.finished_at),
    ] {
        let Some(at) = at else { continue };
        steps.push(Step {
            what,
            at: words::moment(at),
            exactly: at.to_string(),
            after: before.map(|before| words::span(before, at)).unwrap_or_default(),
        });
        before = Some(at);
    }
    steps
}
