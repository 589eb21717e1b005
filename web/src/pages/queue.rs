//! What waits, what runs and who works on it, as it is now.

use std::collections::HashMap;
use std::time::Duration;

use askama::Template;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::{Band, SubmissionId, Timestamp, WorkerId, WorkerTag};
use serde::Deserialize;
use store::{InWork, WorkerRecord};

use super::account::now;
use super::submissions;
use crate::form;
use crate::site::Site;
use crate::visitor::{Refused, Result, Visitor, show};
use crate::words;

/// Judgements that are shown of those that run, and of those that wait.
const SHOWN: u32 = 50;

/// How often a page without scripts looks again, in seconds.
const REFRESH: u32 = 5;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CancelForm {
    submission: String,
}

struct BandLine {
    name: &'static str,
    depth: String,
    oldest: String,
}

struct WorkerLine {
    name: String,
    slots: u32,
    running: u64,
    bands: String,
    tags: String,
    languages: Vec<String>,
    pace: String,
    heard: String,
}

/// A judgement that runs or waits.
struct WorkLine {
    line: submissions::Line,
    band: &'static str,
    worker: String,
    /// For how long it runs, or has waited.
    span: String,
    cases: String,
}

#[derive(Template)]
#[template(path = "queue.html")]
struct QueuePage<'a> {
    visitor: &'a Visitor,
    title: &'static str,
    refresh: u32,
    waiting: u64,
    running: u64,
    slots: u32,
    bands: Vec<BandLine>,
    is_away: bool,
    workers: Vec<WorkerLine>,
    runs: Vec<WorkLine>,
    waits: Vec<WorkLine>,
    sees_work: bool,
}

pub(crate) async fn page(State(site): State<Site>, visitor: Visitor) -> Result<Response> {
    let status = site.desk.queue(&visitor.principal).await?;
    let (runs, waits) = site.desk.in_work(&visitor.principal, SHOWN).await?;
    let now = now();
    let names: HashMap<WorkerId, String> = status
        .workers
        .iter()
        .map(|worker| (worker.id, worker.name.clone()))
        .collect();
    let bands = Band::ALL.into_iter().enumerate().map(|(at, band)| BandLine {
        name: name_of(band),
        depth: status
            .depth
            .map_or_else(|| "?".to_owned(), |depth| depth[at].to_string()),
        oldest: Some(status.oldest[at])
            .filter(|waited| !waited.is_zero())
            .map(words::age)
            .unwrap_or_default(),
    });
    Ok(show(&QueuePage {
        title: "Queue",
        refresh: REFRESH,
        waiting: status.outstanding.queued,
        running: status.outstanding.running,
        slots: status.workers.iter().map(|worker| worker.slots).sum(),
        bands: bands.collect(),
        is_away: status.depth.is_none(),
        runs: work(&site, runs, &names, now).await?,
        waits: work(&site, waits, &names, now).await?,
        sees_work: visitor.principal.may_see_all_submissions(),
        workers: status
            .workers
            .into_iter()
            .enumerate()
            .map(|(at, worker)| {
                let running = status.held.get(&worker.id).copied().unwrap_or(0);
                let name = if status.sees_names {
                    worker.name.clone()
                } else {
                    format!("worker {}", at + 1)
                };
                worker_line(worker, name, running, now)
            })
            .collect(),
        visitor: &visitor,
    }))
}

/// Cancels what waits, and shows what is left.
pub(crate) async fn cancel(State(site): State<Site>, visitor: Visitor, request: Request) -> Result<Response> {
    let form: CancelForm = form::read(request).await?;
    let id: SubmissionId = form
        .submission
        .parse()
        .map_err(|_| Refused::not_found("submission of this name"))?;
    site.desk.cancel(&visitor.principal, id).await?;
    Ok(Redirect::to("/queue").into_response())
}

fn worker_line(worker: WorkerRecord, name: String, running: u64, now: Timestamp) -> WorkerLine {
    let bands: Vec<&str> = worker.bands.iter().map(|band| name_of(*band)).collect();
    let offered = worker
        .languages
        .into_iter()
        .filter(|language| language.unavailable.is_none());
    WorkerLine {
        name,
        slots: worker.slots,
        running,
        bands: if bands.len() == Band::ALL.len() {
            "all".to_owned()
        } else {
            bands.join(", ")
        },
        tags: worker
            .tags
            .iter()
            .map(WorkerTag::as_str)
            .collect::<Vec<_>>()
            .join(", "),
        languages: offered.map(|language| language.name).collect(),
        pace: worker.service_us.map(words::time).unwrap_or_default(),
        heard: words::age(now.since(worker.seen_at)),
    }
}

async fn work(
    site: &Site,
    work: Vec<InWork>,
    workers: &HashMap<WorkerId, String>,
    now: Timestamp,
) -> Result<Vec<WorkLine>> {
    let views = work.iter().map(|work| work.view.clone()).collect();
    let lines = submissions::lines(site, views).await?;
    let lines = lines.into_iter().zip(work).map(|(line, work)| {
        let judgement = &work.view.judgement;
        let since = judgement.started_at.unwrap_or(judgement.created_at);
        let span: Duration = now.since(since);
        let worker = work.worker.and_then(|worker| workers.get(&worker));
        WorkLine {
            line,
            band: name_of(work.band),
            worker: worker.cloned().unwrap_or_default(),
            span: words::age(span),
            cases: match judgement.cases_total {
                0 => String::new(),
                total => format!("{} of {total}", judgement.cases_done),
            },
        }
    });
    Ok(lines.collect())
}

const fn name_of(band: Band) -> &'static str {
    match band {
        Band::Contest => "contest",
        Band::Interactive => "interactive",
        Band::Bulk => "bulk",
    }
}
