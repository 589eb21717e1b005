//! The page of a trial: what a program wrote on the samples, or on an input of one's own.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::{Run, SubmissionView, TrialOutput, Verdict};

use super::submission::{REFRESH, missing, read_id};
use super::submissions::{Line, lines};
use crate::form::Named;
use crate::site::Site;
use crate::visitor::{Refused, Result, Visitor, show};
use crate::words::{self, Badge};

/// What names of samples begin with.
const SAMPLE: &str = "sample/";

/// A run of the program.
#[derive(Debug)]
struct Shown {
    name: String,
    badge: Badge,
    time: String,
    memory: String,
    message: String,
    output: TrialOutput,
}

#[derive(Template)]
#[template(path = "trial.html")]
struct TrialPage {
    visitor: Visitor,
    title: String,
    line: Line,
    view: SubmissionView,
    is_final: bool,
    refresh: u32,
    /// What became of it.
    words: &'static str,
    message: String,
    compiler_output: String,
    runs: Vec<Shown>,
}

pub(crate) async fn page(
    State(site): State<Site>,
    visitor: Visitor,
    Named(id): Named<String>,
) -> Result<Response> {
    let (view, runs) = site
        .desk
        .trial(&visitor.principal, read_id(&id)?)
        .await
        .map_err(missing)?;
    let line = lines(&site, vec![view.clone()])
        .await?
        .pop()
        .ok_or_else(|| Refused::not_found("trial"))?;
    let judgement = &view.judgement;
    // Nobody knows what is right on an input of one's own.
    let is_on_samples = runs.iter().any(|(run, _)| run.case.starts_with(SAMPLE));
    let words = match (judgement.verdict, is_on_samples) {
        (Some(Verdict::Ac), true) => "right on the samples",
        (Some(Verdict::Ac), false) => "ran to its end",
        _ => line.badge.words,
    };
    Ok(show(&TrialPage {
        title: format!("Trial · {}", line.problem_name),
        message: judgement.message.clone().unwrap_or_default(),
        compiler_output: judgement.compiler_output.clone().unwrap_or_default(),
        is_final: judgement.state.is_final(),
        runs: runs.into_iter().map(shown).collect(),
        refresh: REFRESH,
        words,
        visitor,
        line,
        view,
    }))
}

fn shown((run, output): (Run, TrialOutput)) -> Shown {
    let name = run
        .case
        .strip_prefix(SAMPLE)
        .map_or_else(|| "Your input".to_owned(), |name| format!("Sample {name}"));
    Shown {
        name,
        badge: Badge::of(run.verdict),
        time: words::time(run.cpu_us),
        memory: words::size(run.memory_bytes),
        message: run.message.unwrap_or_default(),
        output,
    }
}
