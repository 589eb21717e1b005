//! What waits, what runs, and who works on it.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use domain::{Principal, Timestamp, WorkerId};
use serde::Serialize;
use tokio::time::timeout;
use utoipa::ToSchema;

use crate::app::App;
use crate::asker::Somebody;
use crate::failure::Result;
use crate::known_languages::WORKER_LIFE;
use crate::openapi::Refusals;
use crate::params::NoParams;

/// How long the queue may take to tell its depth.
const PATIENCE: Duration = Duration::from_secs(1);

/// The state of the queue.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QueueStatus)]
pub(super) struct QueueBody {
    /// How many are in the queue, by band; null where the queue does not answer.
    depth: Option<DepthBody>,
    /// Why the depth is not known; null where it is. What is stored is judged when the queue is back.
    depth_unknown: Option<String>,
    /// How long the oldest of each band has waited, in microseconds; 0 where none waits.
    oldest_us: DepthBody,
    /// How many judgements wait and run, by the database.
    outstanding: OutstandingBody,
    /// The workers that are alive.
    workers: Vec<WorkerBody>,
}

/// A number for each band.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QueueDepth)]
struct DepthBody {
    /// Of running contests.
    contest: u64,
    /// Of people waiting at a screen.
    interactive: u64,
    /// Of rejudges and the like.
    bulk: u64,
}

/// Judgements that are not done.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Outstanding)]
struct OutstandingBody {
    /// Waiting.
    queued: u64,
    /// Being judged.
    running: u64,
}

/// A worker.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Worker)]
struct WorkerBody {
    /// Its id.
    #[schema(value_type = String, format = "uuid")]
    id: WorkerId,
    /// Host and process; only for administrators and in open mode.
    name: Option<String>,
    /// Concurrent executions.
    slots: u32,
    /// How many judgements it holds.
    running: u64,
    /// How many languages it can judge.
    languages: usize,
    /// When it was last heard of.
    #[schema(value_type = String, format = "date-time")]
    seen_at: Timestamp,
}

/// Tells what waits, what runs, and who works on it.
#[utoipa::path(
    get, path = "/api/v1/queue", operation_id = "getQueue", tag = "server",
    responses((status = 200, description = "The state of the queue", body = QueueBody), Refusals)
)]
pub(super) async fn get(
    State(app): State<App>,
    Somebody(principal): Somebody,
    _: NoParams,
) -> Result<Json<QueueBody>> {
    let depth = depth(&app).await;
    let outstanding = app.store.outstanding().await?;
    let sees_names = principal.may_administer() || principal == Principal::Open;
    let workers = app.store.workers(WORKER_LIFE).await?.into_iter();
    let held = app.store.held_by_workers().await?;
    let oldest = app.store.oldest_waiting().await?;
    let [contest, interactive, bulk] =
        oldest.map(|waited| u64::try_from(waited.as_micros()).unwrap_or(u64::MAX));
    Ok(Json(QueueBody {
        depth_unknown: depth.is_none().then(|| {
            "the queue does not answer; submissions are stored and judged when it is back".to_owned()
        }),
        depth,
        oldest_us: DepthBody {
            contest,
            interactive,
            bulk,
        },
        outstanding: OutstandingBody {
            queued: outstanding.queued,
            running: outstanding.running,
        },
        workers: workers
            .map(|worker| WorkerBody {
                id: worker.id,
                name: sees_names.then_some(worker.name),
                slots: worker.slots,
                running: held.get(&worker.id).copied().unwrap_or(0),
                languages: worker
                    .languages
                    .iter()
                    .filter(|language| language.unavailable.is_none())
                    .count(),
                seen_at: worker.seen_at,
            })
            .collect(),
    }))
}

async fn depth(app: &App) -> Option<DepthBody> {
    match timeout(PATIENCE, app.queue.depth()).await {
        Ok(Ok([contest, interactive, bulk])) => Some(DepthBody {
            contest,
            interactive,
            bulk,
        }),
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
