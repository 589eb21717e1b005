//! Leases: a worker's right to a judgement, from the claim to the hand-back.
//!
//! Every move is one conditional update, and its conditions are the rules of [`domain::State::after`]. The clock is the
//! database's, and a lease's length an argument, so that a worker whose clock is off neither steals nor loses a lease.
//!
//! Two numbers are counted, and they are not the same. `attempt` grows with every claim and with nothing else: leases and
//! the order of events hang on it. `failures` grows when an attempt came to nothing through a fault: the worker went
//! silent, or handed the judgement back with a reason. Only failures are bounded, so that a judgement that is passed on by
//! workers that merely stop is never given up for it.

use std::time::Duration;

use domain::{
    Band, JudgementId, Lease, PackageHash, Submission, SubmissionId, SubmissionView, Timestamp, Work,
    WorkerId,
};
use serde::Serialize;
use uuid::Uuid;

use crate::engine::Engine;
use crate::ids::Ids;
use crate::sql::{execute, fetch_all, query, statements};
use crate::submissions::read_files;
use crate::{MAX_PAGE, Result, Store, StoreError, row, text};

/// What is kept of the reason of a failure, in bytes.
const REASON_BYTES: usize = 500;

/// A lease, as statements read it.
#[derive(Debug, Serialize)]
pub(crate) struct LeaseRecord {
    judgement: Uuid,
    worker: Uuid,
    attempt: u32,
}

impl From<&Lease> for LeaseRecord {
    fn from(lease: &Lease) -> Self {
        Self {
            judgement: lease.judgement.0,
            worker: lease.worker.0,
            attempt: lease.attempt,
        }
    }
}

#[derive(Debug, sqlx::FromRow)]
struct LeaseRow {
    id: Uuid,
    worker_id: Uuid,
    attempt: i64,
}

impl TryFrom<LeaseRow> for Lease {
    type Error = StoreError;

    fn try_from(row: LeaseRow) -> Result<Self> {
        Ok(Self {
            judgement: JudgementId(row.id),
            worker: WorkerId(row.worker_id),
            attempt: row::number("judgements.attempt", row.attempt)?,
        })
    }
}

#[derive(Debug, sqlx::FromRow)]
struct WorkRow {
    judgement_id: Uuid,
    worker_id: Uuid,
    attempt: i64,
    failures: i64,
    package: Vec<u8>,
    band: i64,
    tag: String,
    submission_id: Uuid,
    user_id: String,
    problem_id: String,
    language_id: String,
    created_at: i64,
    files: String,
    trial: Option<String>,
    entry_point: Option<String>,
    is_preview: bool,
}

impl TryFrom<WorkRow> for Work {
    type Error = StoreError;

    fn try_from(row: WorkRow) -> Result<Self> {
        Ok(Self {
            lease: Lease {
                judgement: JudgementId(row.judgement_id),
                worker: WorkerId(row.worker_id),
                attempt: row::number("judgements.attempt", row.attempt)?,
            },
            submission: Submission {
                id: SubmissionId(row.submission_id),
                user: row::parsed("submissions.user_id", &row.user_id)?,
                problem: row::parsed("submissions.problem_id", &row.problem_id)?,
                package: PackageHash(row::hash("judgements.package", &row.package)?),
                language: row::parsed("submissions.language_id", &row.language_id)?,
                files: read_files(&row.files)?,
                entry_point: row.entry_point,
                band: Band::from_rank(row.band)
                    .ok_or_else(|| row::impossible("judgements.band", row.band))?,
                tag: row::parsed("judgements.tag", &row.tag)?,
                created_at: Timestamp(row.created_at),
                trial: row
                    .trial
                    .map(|trial| {
                        serde_json::from_str(&trial)
                            .map_err(|error| row::impossible("submissions.trial", error))
                    })
                    .transpose()?,
            },
            failures: row::number("judgements.failures", row.failures)?,
            is_preview: row.is_preview,
        })
    }
}

impl Store {
    /// Takes those of `ids` that can be taken, for the length of a lease. The clock is the database's.
    ///
    /// `submission.package`, `submission.band` and `submission.tag` of the work are the judgement's: a rejudge may differ from the submission.
    pub async fn claim(&self, ids: &[JudgementId], worker: WorkerId, lease: Duration) -> Result<Vec<Work>> {
        let mut work = Vec::new();
        for chunk in ids.chunks(MAX_PAGE as usize) {
            let chunk = Ids(chunk.iter().map(|id| id.0).collect());
            let lease = row::micros(lease);
            let rows: Vec<WorkRow> = match &self.engine {
                // One round trip: somebody waits for every one of them.
                Engine::Postgres(server) => {
                    let claim = query!(postgres, query_as, CLAIM_WORK, chunk, worker.0, lease);
                    let claim = server.fetch_all(claim);
                    self.engine.answer(CLAIM_WORK.operation, claim).await?
                }
                Engine::Sqlite(file) => {
                    let claim = query!(sqlite, query_as, CLAIM, chunk, worker.0, lease);
                    let claim = claim.fetch_all(&file.write);
                    let taken: Vec<(Uuid,)> = self.engine.answer(CLAIM.operation, claim).await?;
                    if taken.is_empty() {
                        continue;
                    }
                    let taken = Ids(taken.into_iter().map(|(id,)| id).collect());
                    fetch_all!(self, write, WORK, taken, worker.0)?
                }
            };
            work.extend(self.readable(rows).await);
        }
        Ok(work)
    }

    /// Those of `ids` that a worker has: also what it took with a claim whose answer was lost on the way.
    pub async fn claimed(&self, ids: &[JudgementId], worker: WorkerId) -> Result<Vec<Work>> {
        let mut work = Vec::new();
        for chunk in ids.chunks(MAX_PAGE as usize) {
            let chunk = Ids(chunk.iter().map(|id| id.0).collect());
            let rows: Vec<WorkRow> = fetch_all!(self, write, WORK, chunk, worker.0)?;
            work.extend(self.readable(rows).await);
        }
        Ok(work)
    }

    async fn readable(&self, rows: Vec<WorkRow>) -> Vec<Work> {
        let mut work = Vec::with_capacity(rows.len());
        for row in rows {
            let lease = (row.judgement_id, row.worker_id, row.attempt);
            match row.try_into() {
                Ok(readable) => work.push(readable),
                Err(error) => self.return_unreadable(lease, &error).await,
            }
        }
        work
    }

    /// A row that cannot be read keeps nobody from what was claimed with it: it counts as failed, and so comes to its end.
    async fn return_unreadable(&self, (judgement, worker, attempt): (Uuid, Uuid, i64), error: &StoreError) {
        tracing::warn!(%judgement, %error, "a judgement cannot be read, and is handed back");
        let reason = text::clean_and_cut(&error.to_string(), REASON_BYTES).into_owned();
        let returned = execute!(self, HAND_BACK, judgement, worker, attempt, reason);
        if let Err(error) = returned {
            tracing::warn!(%judgement, %error, "it cannot be handed back either: its lease will run out");
        }
    }

    /// Extends the leases of a worker in one statement; returns those it still holds.
    pub async fn heartbeat(&self, leases: &[Lease], lease: Duration) -> Result<Vec<Lease>> {
        let mut held = Vec::with_capacity(leases.len());
        for chunk in leases.chunks(MAX_PAGE as usize) {
            let chunk = to_json(chunk)?;
            let rows: Vec<LeaseRow> = fetch_all!(self, write, HEARTBEAT, chunk.as_str(), row::micros(lease))?;
            for row in rows {
                held.push(row.try_into()?);
            }
        }
        Ok(held)
    }

    /// Hands a judgement back because of a fault of the system: queued again, and counted as a failed attempt; the sweep
    /// bounds these. The reason becomes part of the judgement's story. `false` where the lease was lost.
    pub async fn hand_back(&self, lease: &Lease, reason: &str) -> Result<bool> {
        let returned = execute!(
            self,
            HAND_BACK,
            lease.judgement.0,
            lease.worker.0,
            i64::from(lease.attempt),
            text::clean_and_cut(reason, REASON_BYTES).into_owned(),
        )?;
        Ok(returned > 0)
    }

    /// Gives leases up for no fault of anybody, as a worker that stops does: queued again, and no failed attempt. Returns
    /// those that were still held.
    pub async fn release(&self, leases: &[Lease]) -> Result<Vec<Lease>> {
        let mut released = Vec::with_capacity(leases.len());
        for chunk in leases.chunks(MAX_PAGE as usize) {
            let chunk_json = to_json(chunk)?;
            let rows: Vec<(Uuid,)> = fetch_all!(self, write, RELEASE, chunk_json.as_str())?;
            released.extend(chunk.iter().filter(|lease| rows.contains(&(lease.judgement.0,))));
        }
        Ok(released)
    }

    /// Cancels a judgement that has no verdict yet. `None` where it is over already, or there is none of that id.
    pub async fn cancel(&self, judgement: JudgementId) -> Result<Option<SubmissionView>> {
        if execute!(self, CANCEL, judgement.0)? == 0 {
            return Ok(None);
        }
        Ok(self.views_of(vec![judgement.0]).await?.pop())
    }
}

fn to_json(leases: &[Lease]) -> Result<String> {
    let records: Vec<LeaseRecord> = leases.iter().map(LeaseRecord::from).collect();
    serde_json::to_string(&records).map_err(|error| StoreError::failed("write down leases", error))
}

statements! {
    /// Judgements, worker, span. Losing a claim in a crash leaves the judgement to the next who asks.
    CLAIM(3) = "claim judgements" sqlite [
        "WITH " picked ", " alone " UPDATE judgements SET " claim_columns " WHERE id " in_picked " RETURNING id"
    ];
    /// The same, with what the worker needs to know.
    CLAIM_WORK(3) = "claim judgements" postgres [
        "WITH " picked ", " alone ", j AS (UPDATE judgements SET " claim_columns " WHERE id " in_picked " AND " unhurried
        " RETURNING judgements.*) SELECT " work_columns " FROM j JOIN submissions s ON s.id = j.submission_id \
         WHERE s.id = ANY(ARRAY(SELECT submission_id FROM j)) ORDER BY j.band, j.created_at, j.id"
    ];
    /// Judgements, worker.
    WORK(2) = "read the work of a claim" [
        "SELECT " work_columns " FROM judgements j JOIN submissions s ON s.id = j.submission_id \
         WHERE j.id " in_ids " AND j.worker_id = $2 AND j.state = 'running' ORDER BY j.band, j.created_at, j.id"
    ];
    /// Leases, span. Rows are locked in order, so that it and a commit of several cannot wait for each other.
    HEARTBEAT(2) = "extend leases" [
        "WITH held AS MATERIALIZED (" held_leases ") "
        "UPDATE judgements SET lease_until = " now " + $2 WHERE id " in_held " AND " unhurried
        " RETURNING id, worker_id, attempt"
    ];
    /// Judgement, worker, attempt, reason.
    HAND_BACK(4) = "hand a judgement back" [
        "UPDATE judgements SET state = 'queued', worker_id = NULL, lease_until = NULL, queued_at = " now ", "
        "failures = failures + 1, story = story || 'attempt ' || attempt || ': ' || CAST($4 AS TEXT) || '; ' "
        "WHERE id = $1 AND worker_id = $2 AND attempt = $3 AND state = 'running'"
    ];
    /// Leases.
    RELEASE(1) = "release leases" [
        "WITH held AS MATERIALIZED (" held_leases ") "
        "UPDATE judgements SET state = 'queued', worker_id = NULL, lease_until = NULL, queued_at = " now
        " WHERE id " in_held " RETURNING id"
    ];
    CANCEL(1) = "cancel a judgement" [
        "UPDATE judgements SET state = 'cancelled', lease_until = NULL, finished_at = " now
        " WHERE id = $1 AND state IN ('queued', 'running')"
    ];
}
