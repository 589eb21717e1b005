//! Workers: who is there to judge, and what they offer.

use std::time::Duration;

use domain::{Language, Timestamp, WorkerId};
use uuid::Uuid;

use crate::sql::{execute, fetch_all, statements};
use crate::{Result, Store, StoreError, row, text};

/// Workers listed at most.
const MOST_LISTED: i64 = 10_000;

/// A worker, as it last announced itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerRecord {
    /// Its id.
    pub id: WorkerId,
    /// Host name and process id.
    pub name: String,
    /// Concurrent executions.
    pub slots: u32,
    /// What it offers.
    pub languages: Vec<Language>,
    /// When it was last heard of.
    pub seen_at: Timestamp,
}

#[derive(Debug, sqlx::FromRow)]
struct Row {
    id: Uuid,
    name: String,
    slots: i64,
    languages: String,
    seen_at: i64,
}

impl Store {
    /// Announces a worker, or that it is still there. `seen_at` is the database's clock, whatever the record says.
    pub async fn announce_worker(&self, worker: &WorkerRecord) -> Result<()> {
        let languages = serde_json::to_string(&worker.languages)
            .map_err(|error| StoreError::failed("announce a worker", error))?;
        execute!(
            self,
            ANNOUNCE,
            worker.id.0,
            text::clean(&worker.name).into_owned(),
            i64::from(worker.slots),
            languages,
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
}

/// A row of another version's worker may say what we cannot read; the others are still worth listing.
fn readable(row: Row) -> Option<WorkerRecord> {
    let languages = serde_json::from_str(&row.languages)
        .inspect_err(|error| {
            tracing::warn!(worker = %row.id, name = row.name, %error, "a worker's announcement cannot be read");
        })
        .ok()?;
    Some(WorkerRecord {
        id: WorkerId(row.id),
        name: row.name,
        slots: u32::try_from(row.slots).ok()?,
        languages,
        seen_at: Timestamp(row.seen_at),
    })
}

statements! {
    /// Id, name, slots, languages.
    ANNOUNCE(4) = "announce a worker" [
        "INSERT INTO workers (id, name, slots, languages, seen_at) VALUES ($1, $2, $3, $4, " now ") \
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, slots = excluded.slots, \
         languages = excluded.languages, seen_at = excluded.seen_at"
    ];
    RETIRE(1) = "retire a worker" ["DELETE FROM workers WHERE id = $1"];
    /// Span in microseconds, limit.
    LIST(2) = "list workers" [
        "SELECT id, name, slots, languages, seen_at FROM workers WHERE seen_at >= " now " - $1 \
         ORDER BY name, id LIMIT $2"
    ];
}
