//! What waits, what runs, and who works on it.

use std::collections::HashMap;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use domain::{Band, Language, Timestamp, WorkerId, WorkerTag};
use serde::Serialize;
use store::WorkerRecord;
use utoipa::ToSchema;

use crate::app::App;
use crate::asker::Somebody;
use crate::failure::Result;
use crate::openapi::Refusals;
use crate::params::NoParams;
use crate::queue_status::{self, QueueStatus};

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
    /// The bands that it serves.
    #[schema(value_type = Vec<String>, example = json!(["contest", "interactive"]))]
    bands: Vec<Band>,
    /// The tags that it serves.
    #[schema(value_type = Vec<String>, example = json!(["general"]))]
    tags: Vec<WorkerTag>,
    /// How long a judgement takes it at present, in microseconds; null where it has not judged any.
    service_us: Option<u64>,
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
    Ok(Json(queue_status::read(&app, &principal).await?.into()))
}

impl From<QueueStatus> for QueueBody {
    fn from(status: QueueStatus) -> Self {
        let QueueStatus {
            depth,
            oldest,
            outstanding,
            workers,
            held,
            sees_names,
        } = status;
        let micros = |waited: Duration| u64::try_from(waited.as_micros()).unwrap_or(u64::MAX);
        Self {
            depth_unknown: depth.is_none().then(|| {
                "the queue does not answer; submissions are stored and judged when it is back".to_owned()
            }),
            depth: depth.map(DepthBody::from),
            oldest_us: oldest.map(micros).into(),
            outstanding: OutstandingBody {
                queued: outstanding.queued,
                running: outstanding.running,
            },
            workers: workers
                .into_iter()
                .map(|worker| WorkerBody::of(worker, &held, sees_names))
                .collect(),
        }
    }
}

impl From<[u64; 3]> for DepthBody {
    fn from([contest, interactive, bulk]: [u64; 3]) -> Self {
        Self {
            contest,
            interactive,
            bulk,
        }
    }
}

impl WorkerBody {
    fn of(worker: WorkerRecord, held: &HashMap<WorkerId, u64>, sees_names: bool) -> Self {
        let is_offered = |language: &&Language| language.unavailable.is_none();
        Self {
            id: worker.id,
            name: sees_names.then_some(worker.name),
            slots: worker.slots,
            running: held.get(&worker.id).copied().unwrap_or(0),
            languages: worker.languages.iter().filter(is_offered).count(),
            bands: worker.bands,
            tags: worker.tags,
            service_us: worker.service_us,
            seen_at: worker.seen_at,
        }
    }
}
