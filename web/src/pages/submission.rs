//! The page of a submission: what became of it, and what was sent.

use askama::Template;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use domain::{JudgeMessage, Run, SourceFile, State as JudgementState, SubmissionId, SubmissionView};
use store::SubmissionFilter;

use super::submissions::{Line, lines, score};
use crate::course::{self, Course};
use crate::form::Named;
use crate::guard::Kind;
use crate::places;
use crate::site::Site;
use crate::source::{self, Listing};
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

/// A source file.
#[derive(Debug)]
struct SourceShown {
    name: String,
    content: String,
    /// What the ids of its lines begin with.
    anchor: String,
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
    files: Vec<SourceShown>,
    course: Course,
    /// The one before, by the same person to the same problem.
    previous: Option<SubmissionId>,
}

impl SubmissionPage {
    /// What the compiler said, with the addresses of the lines that it names.
    fn compiler_said(&self) -> Vec<(&str, Option<String>)> {
        let address = |(name, line): (&str, u32)| {
            let only = self.files.len() == 1;
            let file = self.files.iter().find(|file| only || file.name == name);
            file.map(|file| format!("{}{line}", file.anchor))
        };
        places::parts(&self.compiler_output)
            .into_iter()
            .map(|said| (said.text, said.place.and_then(address)))
            .collect()
    }

    fn listing<'f>(&self, file: &'f SourceShown) -> Listing<'f> {
        source::listing(self.view.language.as_str(), &file.name, &file.content)
    }
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
    let timeline = desk.timeline(&visitor.principal, &view).await?;
    let previous = previous(&site, &visitor, &view).await?;
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
        course: course::of(&view, timeline),
        previous,
        visitor,
        line,
        is_final,
        refresh: REFRESH,
        waiting,
        said,
        files: files.into_iter().enumerate().map(shown).collect(),
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

async fn previous(site: &Site, visitor: &Visitor, view: &SubmissionView) -> Result<Option<SubmissionId>> {
    let filter = SubmissionFilter {
        user: Some(view.user.clone()),
        problem: Some(view.problem.clone()),
        ..SubmissionFilter::default()
    };
    let before = site
        .desk
        .submissions(&visitor.principal, filter, Some(view.id), 1);
    Ok(before.await?.first().map(|before| before.id))
}

fn shown((at, file): (usize, SourceFile)) -> SourceShown {
    SourceShown {
        // The usual case has the shortest addresses.
        anchor: if at == 0 {
            "L".to_owned()
        } else {
            format!("{}-L", file.name)
        },
        name: file.name,
        content: file.content,
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
