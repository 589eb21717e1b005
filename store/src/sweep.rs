//! The sweep: nothing waits for ever, whatever was lost on the way. Any process may sweep, and several at once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use domain::{Band, JudgementId, LanguageId, SubmissionId, Timestamp, UserId, WorkerTag};
use uuid::Uuid;

use crate::sql::{execute, fetch_all, fetch_optional, statements};
use crate::{MAX_PAGE, Result, Store, StoreError, row};

/// How long a worker that was not heard of stays known, for whoever looks for what became of it.
const FORGET_WORKERS_AFTER: Duration = Duration::from_hours(24);

/// So many workers may one judgement kill: it is not tried on a third.
const MOST_KILLS: i64 = 2;

/// Whether it was said that a row cannot be read.
static IS_SAID: AtomicBool = AtomicBool::new(false);

/// What a sweep did.
#[derive(Debug, Clone, Default)]
pub struct Swept {
    /// Judgements that went back to queued because their lease had run out: they belong into the queue.
    pub returned: Vec<Waiting>,
    /// Judgements that ended as `JE` because their attempts were used up; they are to be published.
    pub given_up: Vec<SubmissionId>,
}

/// A judgement that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Its id.
    pub judgement: JudgementId,
    /// How urgent it is.
    pub band: Band,
    /// Whose it is.
    pub user: UserId,
    /// What it takes.
    pub language: LanguageId,
    /// The workers that may judge it.
    pub tag: WorkerTag,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Some of those that wait, in their order.
#[derive(Debug, Clone, Default)]
pub struct WaitingPage {
    /// Those of them that can be read.
    pub readable: Vec<Waiting>,
    /// What the next page is behind; `None` where this is the last.
    pub next: Option<WaitingKey>,
}

/// A place among the judgements that wait, by band and age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct WaitingKey {
    band: i64,
    created_at: i64,
    id: Uuid,
}

impl WaitingKey {
    /// Before all of them.
    pub const START: Self = Self {
        band: -1,
        created_at: 0,
        id: Uuid::nil(),
    };
}

#[derive(Debug, sqlx::FromRow)]
struct WaitingRow {
    id: Uuid,
    band: i64,
    user_id: String,
    language_id: String,
    tag: String,
    created_at: i64,
}

impl WaitingRow {
    fn key(&self) -> WaitingKey {
        WaitingKey {
            band: self.band,
            created_at: self.created_at,
            id: self.id,
        }
    }
}

impl TryFrom<WaitingRow> for Waiting {
    type Error = StoreError;

    fn try_from(row: WaitingRow) -> Result<Self> {
        Ok(Self {
            judgement: JudgementId(row.id),
            band: Band::from_rank(row.band).ok_or_else(|| row::impossible("judgements.band", row.band))?,
            user: row::parsed("judgements.user_id", &row.user_id)?,
            language: row::parsed("judgements.language_id", &row.language_id)?,
            tag: row::parsed("judgements.tag", &row.tag)?,
            created_at: Timestamp(row.created_at),
        })
    }
}

impl Store {
    /// Returns expired leases to queued, and ends those with `max_attempts` failed attempts or `MOST_KILLS` killed workers. Each
    /// does `limit` at most; the next sweep does the rest.
    pub async fn sweep(&self, max_attempts: u32, limit: u32) -> Result<Swept> {
        let limit = i64::from(limit);
        let returned: Vec<WaitingRow> = fetch_all!(self, write, RETURN_EXPIRED, limit)?;
        let max_attempts = i64::from(max_attempts.max(1));
        let ended: Vec<(Uuid, Uuid, bool)> =
            fetch_all!(self, write, GIVE_UP, max_attempts, limit, MOST_KILLS)?;
        execute!(self, FORGET_WORKERS, row::micros(FORGET_WORKERS_AFTER))?;

        let is_over = |id: Uuid| ended.iter().any(|(judgement, ..)| *judgement == id);
        let returned = returned.into_iter().filter(|row| !is_over(row.id));
        Ok(Swept {
            given_up: ended
                .iter()
                .filter(|(.., is_preview)| !is_preview)
                .map(|(_, submission, _)| SubmissionId(*submission))
                .collect(),
            returned: readable(returned),
        })
    }

    /// Up to `limit` judgements behind `after` that have waited for longer than `waited`, the most urgent band first and then the
    /// oldest: they belong into the queue.
    pub async fn waiting(&self, after: WaitingKey, waited: Duration, limit: u32) -> Result<WaitingPage> {
        let WaitingKey { band, created_at, id } = after;
        let (waited, limit) = (row::micros(waited), i64::from(limit.min(MAX_PAGE)));
        let rows: Vec<WaitingRow> = fetch_all!(self, read, WAITING, waited, limit, band, created_at, id)?;
        let is_last = i64::try_from(rows.len()).is_ok_and(|found| found < limit);
        Ok(WaitingPage {
            next: rows.last().filter(|_| !is_last).map(WaitingRow::key),
            readable: readable(rows.into_iter()),
        })
    }

    /// What happened in the failed attempts at a judgement, for operators; empty where none failed. `None` where there is
    /// no such judgement.
    pub async fn story(&self, judgement: JudgementId) -> Result<Option<String>> {
        let story: Option<(String,)> = fetch_optional!(self, read, STORY, judgement.0)?;
        Ok(story.map(|(story,)| story.trim_end_matches("; ").to_owned()))
    }
}

/// A row that cannot be read, or that another version has written, keeps none of the others from the queue.
fn readable(rows: impl Iterator<Item = WaitingRow>) -> Vec<Waiting> {
    let mut readable = Vec::new();
    for row in rows {
        let judgement = row.id;
        match row.try_into() {
            Ok(waiting) => readable.push(waiting),
            // The first time; it is found again with every sweep.
            Err(error) if !IS_SAID.swap(true, Ordering::Relaxed) => {
                let error: StoreError = error;
                tracing::warn!(%judgement, %error, "a judgement that waits cannot be read; more are passed over in silence");
            }
            Err(_) => {}
        }
    }
    readable
}

statements! {
    /// Limit.
    RETURN_EXPIRED(1) = "return expired leases" [
        "WITH picked AS MATERIALIZED (SELECT id FROM judgements WHERE state = 'running' AND lease_until <= " now
        " ORDER BY id LIMIT $1 " lock_free "), " alone
        " UPDATE judgements SET state = 'queued', worker_id = NULL, lease_until = NULL, queued_at = " now ", "
        "failures = failures + 1, kills = kills + " killed ", story = story || " went_silent
        " WHERE id IN (SELECT id FROM picked) RETURNING id, band, user_id, language_id, tag, created_at"
    ];
    /// Failures, limit, kills. An expired lease is returned first, so that only queued judgements are ever given up.
    GIVE_UP(3) = "give judgements up" [
        "WITH picked AS MATERIALIZED (SELECT id FROM judgements WHERE state = 'queued' AND failures > 0 \
         AND (failures >= $1 OR kills >= $3) LIMIT $2 " lock_free ") "
        "UPDATE judgements SET state = 'done', verdict = 'JE', blame = 'system', finished_at = " now ", "
        "message = CASE WHEN kills >= $3 THEN 'quarantined: ' || kills || ' workers went silent that judged this and nothing \
         else; it is not tried again: ' ELSE 'the judging system failed at it ' || failures || ' times and gave up: ' END \
         || rtrim(story, '; ') "
        "WHERE id IN (SELECT id FROM picked) RETURNING id, submission_id, is_preview"
    ];
    /// Span, limit; band, time and id that they are behind.
    WAITING(5) = "list waiting judgements" [
        "SELECT id, band, user_id, language_id, tag, created_at FROM judgements WHERE state = 'queued' \
         AND (band, created_at, id) > ($3, $4, $5) AND queued_at <= " now " - $1 ORDER BY band, created_at, id LIMIT $2"
    ];
    STORY(1) = "read the story of a judgement" ["SELECT story FROM judgements WHERE id = $1"];
    /// Span.
    FORGET_WORKERS(1) = "forget workers" ["DELETE FROM workers WHERE seen_at < " now " - $1"];
}
