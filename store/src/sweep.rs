//! The sweep: nothing waits for ever, whatever was lost on the way. Any process may sweep, and several at once.

use std::time::Duration;

use domain::{Band, JudgementId, SubmissionId, Timestamp};
use uuid::Uuid;

use crate::sql::{execute, fetch_all, fetch_optional, statements};
use crate::{Result, Store, StoreError, row};

/// How long a worker that was not heard of stays known, for whoever looks for what became of it.
const FORGET_WORKERS_AFTER: Duration = Duration::from_hours(24);

/// What a sweep did.
#[derive(Debug, Clone, Default)]
pub struct Swept {
    /// Judgements that went back to queued because their lease had run out.
    pub returned: Vec<JudgementId>,
    /// Judgements that ended as `JE` because their attempts were used up; they are to be published.
    pub given_up: Vec<SubmissionId>,
    /// Judgements that wait, the most urgent band first, the oldest first: they belong into the queue. Those that were just
    /// returned are among them.
    pub waiting: Vec<Waiting>,
}

/// A judgement that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// Its id.
    pub judgement: JudgementId,
    /// How urgent it is.
    pub band: Band,
    /// When it was made.
    pub created_at: Timestamp,
}

#[derive(Debug, sqlx::FromRow)]
struct WaitingRow {
    id: Uuid,
    band: i64,
    created_at: i64,
}

impl TryFrom<WaitingRow> for Waiting {
    type Error = StoreError;

    fn try_from(row: WaitingRow) -> Result<Self> {
        Ok(Self {
            judgement: JudgementId(row.id),
            band: Band::from_rank(row.band).ok_or_else(|| row::impossible("judgements.band", row.band))?,
            created_at: Timestamp(row.created_at),
        })
    }
}

impl Store {
    /// Returns expired leases to queued, ends those with `max_attempts` failed attempts, lists up to `limit` that have
    /// waited for longer than `waited`. Each of the three does `limit` at most; the next sweep does the rest.
    pub async fn sweep(&self, max_attempts: u32, waited: Duration, limit: u32) -> Result<Swept> {
        let limit = i64::from(limit);
        let returned: Vec<WaitingRow> = fetch_all!(self, write, RETURN_EXPIRED, limit)?;
        let ended: Vec<(Uuid, Uuid)> =
            fetch_all!(self, write, GIVE_UP, i64::from(max_attempts.max(1)), limit)?;
        let listed: Vec<WaitingRow> = fetch_all!(self, read, WAITING, row::micros(waited), limit)?;
        execute!(self, FORGET_WORKERS, row::micros(FORGET_WORKERS_AFTER))?;

        let is_over = |id: Uuid| ended.iter().any(|(judgement, _)| *judgement == id);
        let mut swept = Swept {
            given_up: ended
                .iter()
                .map(|(_, submission)| SubmissionId(*submission))
                .collect(),
            ..Swept::default()
        };
        for row in returned.into_iter().filter(|row| !is_over(row.id)) {
            let waiting = Waiting::try_from(row)?;
            swept.returned.push(waiting.judgement);
            swept.waiting.push(waiting);
        }
        for row in listed {
            if !swept.returned.contains(&JudgementId(row.id)) {
                swept.waiting.push(row.try_into()?);
            }
        }
        swept
            .waiting
            .sort_by_key(|waiting| (waiting.band.rank(), waiting.created_at, waiting.judgement));
        Ok(swept)
    }

    /// What happened in the failed attempts at a judgement, for operators; empty where none failed. `None` where there is
    /// no such judgement.
    pub async fn story(&self, judgement: JudgementId) -> Result<Option<String>> {
        let story: Option<(String,)> = fetch_optional!(self, read, STORY, judgement.0)?;
        Ok(story.map(|(story,)| story.trim_end_matches("; ").to_owned()))
    }
}

statements! {
    /// Limit.
    RETURN_EXPIRED(1) = "return expired leases" [
        "WITH picked AS MATERIALIZED (SELECT id FROM judgements WHERE state = 'running' AND lease_until <= " now
        " ORDER BY id LIMIT $1 " lock_free ") "
        "UPDATE judgements SET state = 'queued', worker_id = NULL, lease_until = NULL, queued_at = " now ", "
        "failures = failures + 1, story = story || " went_silent
        " WHERE id IN (SELECT id FROM picked) RETURNING id, band, created_at"
    ];
    /// Failures, limit. An expired lease is returned first, so that only queued judgements are ever given up.
    GIVE_UP(2) = "give judgements up" [
        "WITH picked AS MATERIALIZED (SELECT id FROM judgements WHERE state = 'queued' AND failures > 0 \
         AND failures >= $1 ORDER BY id LIMIT $2 " lock_free ") "
        "UPDATE judgements SET state = 'done', verdict = 'JE', blame = 'system', finished_at = " now ", "
        "message = 'the judging system failed at it ' || failures || ' times and gave up: ' || rtrim(story, '; ') "
        "WHERE id IN (SELECT id FROM picked) RETURNING id, submission_id"
    ];
    /// Span, limit.
    WAITING(2) = "list waiting judgements" [
        "SELECT id, band, created_at FROM judgements WHERE state = 'queued' AND queued_at <= " now " - $1 \
         ORDER BY band, created_at, id LIMIT $2"
    ];
    STORY(1) = "read the story of a judgement" ["SELECT story FROM judgements WHERE id = $1"];
    /// Span.
    FORGET_WORKERS(1) = "forget workers" ["DELETE FROM workers WHERE seen_at < " now " - $1"];
}
