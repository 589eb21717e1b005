//! Two submissions beside each other: what was changed, and what became of it.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::{Refusal, RefusalKind, Run, SubmissionId, SubmissionView};

use super::submission::{missing, read_id};
use super::submissions::{Line, lines};
use crate::difference::{self, FileDifference};
use crate::form::Asked;
use crate::site::Site;
use crate::visitor::{Refused, Result, Visitor, show};
use crate::words::{self, Badge};

/// Test cases that are shown at most.
const MOST_CASES: usize = 1000;

/// A test case of one or both.
#[derive(Debug)]
struct Case {
    name: String,
    before: Option<Outcome>,
    after: Option<Outcome>,
}

/// What became of a test case.
#[derive(Debug)]
struct Outcome {
    badge: Badge,
    time: String,
    memory: String,
}

impl Case {
    /// Whether it was run both times, and something else became of it.
    fn is_changed(&self) -> bool {
        let both = self.before.as_ref().zip(self.after.as_ref());
        both.is_some_and(|(before, after)| before.badge.short != after.badge.short)
    }

    fn times(&self) -> String {
        self.both_figures(|outcome| &outcome.time)
    }

    fn memories(&self) -> String {
        self.both_figures(|outcome| &outcome.memory)
    }

    /// One that was run once has one figure.
    fn both_figures(&self, figure: fn(&Outcome) -> &str) -> String {
        match (&self.before, &self.after) {
            (Some(before), Some(after)) => format!("{} → {}", figure(before), figure(after)),
            (Some(only), None) | (None, Some(only)) => figure(only).to_owned(),
            (None, None) => String::new(),
        }
    }
}

#[derive(Template)]
#[template(path = "compare.html")]
struct ComparePage {
    visitor: Visitor,
    title: &'static str,
    before: Line,
    after: Line,
    files: Vec<FileDifference>,
    cases: Vec<Case>,
    hidden_cases: usize,
}

impl ComparePage {
    fn both(&self) -> [(&'static str, &Line); 2] {
        [("Before", &self.before), ("After", &self.after)]
    }
}

pub(crate) async fn page(
    State(site): State<Site>,
    visitor: Visitor,
    Asked(asked): Asked<Vec<(String, String)>>,
) -> Result<Response> {
    let (before, after) = chosen(&asked)?;
    let desk = &site.desk;
    let principal = &visitor.principal;
    let view = async |id| desk.submission(principal, id).await.map_err(missing);
    let (before, after) = (view(before).await?, view(after).await?);
    let sources = (
        desk.source(principal, before.id).await?,
        desk.source(principal, after.id).await?,
    );
    let files = tokio::task::spawn_blocking(move || difference::between(&sources.0, &sources.1));
    let files = files.await.map_err(|error| {
        tracing::error!(%error, "a comparison failed");
        Refusal::new(RefusalKind::Internal, "These two could not be compared.")
    })?;
    let mut cases = cases(&desk.runs(&before).await?, &desk.runs(&after).await?);
    if before.problem != after.problem {
        cases.clear();
    }
    let hidden_cases = cases.len().saturating_sub(MOST_CASES);
    cases.truncate(MOST_CASES);
    Ok(show(&ComparePage {
        before: line(&site, before).await?,
        after: line(&site, after).await?,
        visitor,
        title: "Comparison",
        files,
        cases,
        hidden_cases,
    }))
}

/// The two that are asked for, the older one first.
fn chosen(asked: &[(String, String)]) -> Result<(SubmissionId, SubmissionId)> {
    let ids = asked.iter().filter(|(name, _)| name == "id").map(|(_, id)| id);
    match ids.collect::<Vec<_>>()[..] {
        [one, other] => {
            let (one, other) = (read_id(one)?, read_id(other)?);
            // Ids are in the order of their making.
            Ok((one.min(other), one.max(other)))
        }
        ref several => Err(Refused(Refusal::new(
            RefusalKind::Invalid,
            format!(
                "Choose two submissions to compare. Go back and mark two of them; {} are marked now.",
                match several.len() {
                    0 => "none".to_owned(),
                    count => count.to_string(),
                }
            ),
        ))),
    }
}

async fn line(site: &Site, view: SubmissionView) -> Result<Line> {
    let line = lines(site, vec![view]).await?.pop();
    line.ok_or_else(|| Refused::not_found("submission"))
}

/// The test cases of both, those of the same name together.
fn cases(before: &[Run], after: &[Run]) -> Vec<Case> {
    let others: std::collections::HashMap<&str, &Run> = after.iter().map(|run| (&*run.case, run)).collect();
    let known: std::collections::HashSet<&str> = before.iter().map(|run| &*run.case).collect();
    let mut cases: Vec<Case> = before
        .iter()
        .map(|run| case(run, Some(run), others.get(&*run.case).copied()))
        .collect();
    let new = after.iter().filter(|run| !known.contains(&*run.case));
    cases.extend(new.map(|run| case(run, None, Some(run))));
    cases
}

fn case(of: &Run, before: Option<&Run>, after: Option<&Run>) -> Case {
    let outcome = |run: &Run| Outcome {
        badge: Badge::of(run.verdict),
        time: words::time(run.cpu_us),
        memory: words::size(run.memory_bytes),
    };
    let sample = of.case.strip_prefix("sample/");
    Case {
        name: sample.map_or_else(|| of.ordinal.to_string(), |name| format!("Sample {name}")),
        before: before.map(outcome),
        after: after.map(outcome),
    }
}
