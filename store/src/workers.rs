//! Workers: who is there to judge, and what they offer.

use std::collections::HashMap;
use std::time::Duration;

use domain::{Band, Language, Timestamp, WorkerId, WorkerTag};
use uuid::Uuid;

use crate::sql::{execute, fetch_all, statements};
use crate::{Result, Store, StoreError, row, text};

/// Workers listed at most.
const MOST_LISTED: i64 = 10_000;

/// A worker, as it last announced itself.
#[derive(Debug, Clone, PartialEq)]
pub struct WorkerRecord {
    /// Its id.
    pub id: WorkerId,
    /// Host name and process id.
    pub name: String,
    /// Concurrent executions.
    pub slots: u32,
    /// What it offers.
    pub languages: Vec<Language>,
    /// The bands that it serves.
    pub bands: Vec<Band>,
    /// The tags that it serves.
    pub tags: Vec<WorkerTag>,
    /// How long a judgement takes it at present, in microseconds; `None` where it has not judged any.
    pub service_us: Option<u64>,
    /// When it was last heard of.
    pub seen_at: Timestamp,
}

#[derive(Debug, sqlx::FromRow)]
struct Row {
    id: Uuid,
    name: String,
    slots: i64,
    languages: String,
    bands: String,
    tags: String,
    service_us: Option<i64>,
    seen_at: i64,
}

impl Store {
    /// Announces a worker, or that it is still there. `seen_at` is the database's clock, whatever the record says.
    pub async fn announce_worker(&self, worker: &WorkerRecord) -> Result<()> {
        let unwritable = |error| StoreError::failed("announce a worker", error);
        let languages = serde_json::to_string(&worker.languages).map_err(unwritable)?;
        let bands = serde_json::to_string(&worker.bands).map_err(unwritable)?;
        let tags = serde_json::to_string(&worker.tags).map_err(unwritable)?;
        execute!(
            self,
            ANNOUNCE,
            worker.id.0,
            text::clean(&worker.name).into_owned(),
            i64::from(worker.slots),
            languages,
            bands,
            tags,
            worker.service_us.map(row::stored),
        )?;
        Ok(())
    }

    /// Forgets a worker that has stopped.
    pub async fn retire_worker(&self, id: WorkerId) -> Result<()> {
        execute!(self, RETIRE, id.0)?;
        Ok(())
    }

    /// Workers heard of within `within`, by name.
    pub async fn workers(&self, within: Duration) -> Result<Vec<WorkerRecord>> {
        let rows: Vec<Row> = fetch_all!(self, read, LIST, row::micros(within), MOST_LISTED)?;
        Ok(rows.into_iter().filter_map(readable).collect())
    }

    /// How many judgements each worker holds; those that hold none are left out.
    pub async fn held_by_workers(&self) -> Result<HashMap<WorkerId, u64>> {
        let rows: Vec<(Uuid, i64)> = fetch_all!(self, read, HELD)?;
        rows.into_iter()
            .map(|(worker, count)| {
                Ok((
                    WorkerId(worker),
                    row::number("the count of held judgements", count)?,
                ))
            })
            .collect()
    }
}

/// A row of another version's worker may say what we cannot read; the others are still worth listing.
fn readable(row: Row) -> Option<WorkerRecord> {
    let unreadable = |error: &serde_json::Error| {
        tracing::warn!(worker = %row.id, name = row.name, %error, "a worker's announcement cannot be read");
    };
    let languages = serde_json::from_str(&row.languages)
        .inspect_err(unreadable)
        .ok()?;
    let bands = serde_json::from_str(&row.bands).inspect_err(unreadable).ok()?;
    let tags = serde_json::from_str(&row.tags).inspect_err(unreadable).ok()?;
    Some(WorkerRecord {
        id: WorkerId(row.id),
        name: row.name,
        slots: u32::try_from(row.slots).ok()?,
        languages,
        bands,
        tags,
        service_us: row.service_us.and_then(|micros| micros.try_into().ok()),
        seen_at: Timestamp(row.seen_at),
    })
}

statements! {
    /// A partial index finds them.
    HELD(0) = "count what workers hold" [
        "SELECT worker_id, COUNT(*) FROM judgements WHERE state = 'running' GROUP BY worker_id"
    ];
    /// Id, name, slots, languages, bands, tags, service time.
    ANNOUNCE(7) = "announce a worker" [
        "INSERT INTO workers (id, name, slots, languages, bands, tags, service_us, seen_at) VALUES ($1, $2, $3, $4, $5, $6, $7, " now ") \
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, slots = excluded.slots, languages = excluded.languages, \
         bands = excluded.bands, tags = excluded.tags, service_us = excluded.service_us, seen_at = excluded.seen_at"
    ];
    RETIRE(1) = "retire a worker" ["DELETE FROM workers WHERE id = $1"];
    /// Span in microseconds, limit.
    LIST(2) = "list workers" [
        "SELECT id, name, slots, languages, bands, tags, service_us, seen_at FROM workers WHERE seen_at >= " now " - $1 \
         ORDER BY name, id LIMIT $2"
    ];
}
