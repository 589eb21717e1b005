//! A verification: what the package expects of its examples, and what became of them.

use api::{Verification, is_ok};
use askama::Template;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::{SubmissionView, VerificationId};
use serde::Deserialize;
use store::ExampleRecord;

use super::super::submission::REFRESH;
use super::named;
use crate::form::{self, Named};
use crate::site::Site;
use crate::visitor::{Refused, Result, Visitor, show};
use crate::words::{self, Badge};

/// Trials that a page listens to: a verdict of one of them is reason enough to look for all.
const LISTENED_TO: usize = 12;

/// A part of the package in the table.
#[derive(Debug)]
pub(crate) struct Row {
    path: String,
    language: String,
    expected: Vec<Badge>,
    got: Option<Badge>,
    /// A sign and a word for whether it is as expected.
    mark: Mark,
    time: String,
    /// How much of the time limit that is, in percent.
    share: u64,
    memory: String,
    /// What is not as expected, and what else there is to say.
    remarks: Vec<String>,
    compiler_output: String,
}

/// Whether something is as expected: never by colour alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) class: &'static str,
    pub(crate) icon: &'static str,
    pub(crate) words: &'static str,
}

impl Mark {
    pub(crate) const OK: Self = Self {
        class: "ac",
        icon: "✓",
        words: "as expected",
    };
    pub(crate) const BAD: Self = Self {
        class: "wa",
        icon: "✗",
        words: "not as expected",
    };
    pub(crate) const PENDING: Self = Self {
        class: "pending",
        icon: "…",
        words: "not judged yet",
    };
    const SKIPPED: Self = Self {
        class: "je",
        icon: "–",
        words: "skipped",
    };
}

#[derive(Template)]
#[template(path = "setter-verification.html")]
struct VerificationPage {
    visitor: Visitor,
    title: String,
    problem: domain::ProblemRecord,
    version: u32,
    when: String,
    when_exactly: String,
    by: String,
    mark: Mark,
    headline: String,
    is_final: bool,
    refresh: u32,
    path: String,
    listened_to: String,
    done: usize,
    total: usize,
    rows: Vec<Row>,
    warnings: Vec<domain::FieldError>,
}

/// A form without fields.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

pub(crate) async fn start(
    State(site): State<Site>,
    visitor: Visitor,
    Named((id, number)): Named<(String, u32)>,
    request: Request,
) -> Result<Response> {
    let id = named(&visitor, &id)?;
    let Nothing {} = form::read(request).await?;
    let started = site.desk.verify(&visitor.principal, &id, Some(number)).await?;
    let path = format!("/setter/problems/{id}/verifications/{}", started.record.id);
    Ok(Redirect::to(&path).into_response())
}

pub(crate) async fn page(
    State(site): State<Site>,
    visitor: Visitor,
    Named((id, verification)): Named<(String, String)>,
) -> Result<Response> {
    let id = named(&visitor, &id)?;
    let verification: VerificationId = verification
        .parse()
        .map_err(|_| Refused::not_found("verification of this name"))?;
    let problem = site.desk.own_problem(&visitor.principal, &id).await?;
    let found = site
        .desk
        .verification(&visitor.principal, &id, verification)
        .await?;
    let number = found.record.version;
    let mut version = site
        .desk
        .versions(&visitor.principal, &id, number.checked_add(1), 1)
        .await?;
    let warnings = version.pop().map(|version| version.warnings).unwrap_or_default();
    let limit = problem.limits.cpu_us;
    let (mark, headline) = headline(&found);
    let (done, total) = progress(&found);
    Ok(show(&VerificationPage {
        visitor,
        title: format!("{} · {}", mark.words, problem.name),
        path: format!("/setter/problems/{id}/verifications/{verification}"),
        version: number,
        when: words::moment(found.record.created_at),
        when_exactly: found.record.created_at.to_string(),
        by: found.record.by.to_string(),
        mark,
        headline,
        is_final: found.is_final(),
        refresh: REFRESH,
        listened_to: listened_to(&found),
        done,
        total,
        rows: found
            .examples
            .iter()
            .map(|(example, view)| row(example, view.as_ref(), limit))
            .collect(),
        warnings,
        problem,
    }))
}

/// What there is to say of all of it.
pub(crate) fn headline(verification: &Verification) -> (Mark, String) {
    let bad = verification
        .examples
        .iter()
        .filter(|(example, view)| is_ok(example, view.as_ref()) == Some(false))
        .count();
    let skipped = verification
        .examples
        .iter()
        .filter(|(example, _)| example.judged.is_err())
        .count();
    let without = match skipped {
        0 => String::new(),
        skipped => format!(", {skipped} skipped"),
    };
    match (verification.is_final(), bad) {
        (true, 0) => (Mark::OK, format!("All is as the package expects{without}")),
        (true, bad) => (Mark::BAD, format!("{bad} not as the package expects{without}")),
        (false, 0) => (Mark::PENDING, "Being judged".to_owned()),
        (false, bad) => (
            Mark::PENDING,
            format!("Being judged; {bad} not as the package expects so far"),
        ),
    }
}

/// How many are judged, of how many.
fn progress(verification: &Verification) -> (usize, usize) {
    let judged: Vec<_> = verification
        .examples
        .iter()
        .filter(|(example, _)| example.judged.is_ok())
        .collect();
    let is_final = |view: &SubmissionView| view.judgement.state.is_final();
    let done = judged
        .iter()
        .filter(|(_, view)| view.as_ref().is_some_and(is_final))
        .count();
    (done, judged.len())
}

fn listened_to(verification: &Verification) -> String {
    let views = verification.examples.iter().filter_map(|(_, view)| view.as_ref());
    let unfinished = views.filter(|view| !view.judgement.state.is_final());
    let ids: Vec<String> = unfinished
        .take(LISTENED_TO)
        .map(|view| view.id.to_string())
        .collect();
    ids.join(" ")
}

fn row(example: &ExampleRecord, view: Option<&SubmissionView>, limit_us: u64) -> Row {
    let judgement = view.map(|view| &view.judgement);
    let is_data = example.path.is_empty();
    let mark = match is_ok(example, view) {
        Some(true) => Mark::OK,
        Some(false) => Mark::BAD,
        None if example.judged.is_err() => Mark::SKIPPED,
        None => Mark::PENDING,
    };
    let skipped = example.judged.as_ref().err().cloned();
    let missed = judgement.and_then(|judgement| judgement.missed.clone());
    let message = judgement.and_then(|judgement| judgement.message.clone());
    let remarks = [skipped, missed, message].into_iter().flatten();
    let cpu_us = judgement.and_then(|judgement| judgement.cpu_us);
    let memory = judgement.and_then(|judgement| judgement.memory_bytes);
    Row {
        path: if is_data {
            "Test data".to_owned()
        } else {
            example.path.clone()
        },
        language: example
            .language
            .as_ref()
            .filter(|_| !is_data)
            .map(ToString::to_string)
            .unwrap_or_default(),
        expected: example
            .expected
            .iter()
            .filter(|_| !is_data)
            .map(|verdict| Badge::of(*verdict))
            .collect(),
        got: view.filter(|_| !is_data).map(Badge::of_submission),
        mark,
        time: cpu_us.map(words::time).unwrap_or_default(),
        share: cpu_us.map_or(0, |cpu_us| (cpu_us * 100 / limit_us.max(1)).min(100)),
        memory: memory.map(words::size).unwrap_or_default(),
        remarks: remarks
            .flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>())
            .collect(),
        compiler_output: judgement
            .filter(|judgement| judgement.verdict == Some(domain::Verdict::Ce))
            .and_then(|judgement| judgement.compiler_output.clone())
            .unwrap_or_default(),
    }
}
