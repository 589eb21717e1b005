//! What waits, what runs and who works on it: asked by the endpoint, and by the pages through the [`Desk`](crate::Desk).

use std::collections::HashMap;
use std::time::Duration;

use domain::{Principal, WorkerId};
use store::{InWork, Outstanding, WorkerRecord};
use tokio::time::timeout;

use crate::app::App;
use crate::asker::lacks_right;
use crate::failure::Result;
use crate::known_languages::WORKER_LIFE;

/// How long the queue may take to tell its depth.
const PATIENCE: Duration = Duration::from_secs(1);

/// The state of the queue.
#[derive(Debug, Clone)]
pub struct QueueStatus {
    /// How many are in the queue, by band; `None` where it does not answer.
    pub depth: Option<[u64; 3]>,
    /// How long the oldest of each band has waited.
    pub oldest: [Duration; 3],
    /// How many judgements wait and run, by the database.
    pub outstanding: Outstanding,
    /// The workers that are alive, by name.
    pub workers: Vec<WorkerRecord>,
    /// How many judgements each holds; those that hold none are left out.
    pub held: HashMap<WorkerId, u64>,
    /// Whether the workers' names may be told.
    pub sees_names: bool,
}

/// What waits, what runs, and who works on it.
pub(crate) async fn read(app: &App, principal: &Principal) -> Result<QueueStatus> {
    if *principal == Principal::Anonymous {
        return Err(lacks_right(
            principal,
            "this server has to know who asks for this",
        ));
    }
    Ok(QueueStatus {
        depth: depth(app).await,
        oldest: app.store.oldest_waiting().await?,
        outstanding: app.store.outstanding().await?,
        workers: app.store.workers(WORKER_LIFE).await?,
        held: app.store.held_by_workers().await?,
        sees_names: principal.may_administer() || *principal == Principal::Open,
    })
}

/// What runs, and what waits, for who may see everybody's submissions; for others nothing.
pub(crate) async fn in_work(
    app: &App,
    principal: &Principal,
    limit: u32,
) -> Result<(Vec<InWork>, Vec<InWork>)> {
    if !principal.may_see_all_submissions() {
        return Ok((Vec::new(), Vec::new()));
    }
    Ok(app.store.in_work(limit).await?)
}

async fn depth(app: &App) -> Option<[u64; 3]> {
    match timeout(PATIENCE, app.queue.depth()).await {
        Ok(Ok(depth)) => Some(depth),
        Ok(Err(error)) => {
            tracing::warn!(%error, "the depth of the queue is not known");
            None
        }
        Err(_) => {
            tracing::warn!("the queue does not tell its depth in time");
            None
        }
    }
}
