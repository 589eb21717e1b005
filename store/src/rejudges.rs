//! Rejudges: new judgements of a problem's submissions, kept apart until somebody has seen what they would change.
//!
//! ```text
//!   start ──► open ── apply (all have ended) ──► applied: they are the submissions' judgements, all at once
//!               └──── discard ────────────────► discarded: they are cancelled, and forgotten little by little
//! ```
//!
//! A judgement that is kept apart is queued, claimed, swept and committed as any other, so that a rejudge survives what they
//! survive. A problem has one open rejudge at a time.

use domain::{
    Band, JudgementId, LanguageId, PackageHash, ProblemId, RejudgeId, Score, SubmissionId, SubmissionView,
    Timestamp, UserId, Verdict,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::engine::Engine;
use crate::ids::Ids;
use crate::sql::{execute, fetch_all, fetch_optional, query, statements};
use crate::sweep::Waiting;
use crate::views::ViewRow;
use crate::{MAX_PAGE, Result, Store, StoreError, row, sqlite};

const START: &str = "start a rejudge";

/// Which submissions are rejudged; all conditions must hold. Only those that have a verdict are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejudgeFilter {
    /// This one alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub submission: Option<SubmissionId>,
    /// With one of these verdicts; with any where there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub verdicts: Vec<Verdict>,
    /// In this language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<LanguageId>,
    /// Of this user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
    /// Sent at this time or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Whose verdict is by this version's package.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judged_with: Option<u32>,
}

/// A rejudge to be started.
#[derive(Debug, Clone)]
pub struct NewRejudge {
    /// Of submissions to this problem.
    pub problem: ProblemId,
    /// With the package of this version.
    pub version: u32,
    /// The package.
    pub package: PackageHash,
    /// Of which of them.
    pub filter: RejudgeFilter,
    /// The package of `filter.judged_with`.
    pub judged_with: Option<PackageHash>,
    /// Who asks for it.
    pub by: UserId,
    /// When.
    pub at: Timestamp,
    /// So many at most.
    pub most: u32,
}

/// The answer to [`Store::start_rejudge`].
#[derive(Debug)]
pub enum Started {
    /// It is open, and these are queued.
    New(Box<RejudgeRecord>, Vec<Waiting>),
    /// Another one of the problem is open.
    Busy(RejudgeId),
    /// There are more than may be.
    TooMany,
    /// There are none.
    Nothing,
}

/// How a rejudge stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RejudgeState {
    /// Nothing counts yet.
    Open,
    /// Its judgements count.
    Applied,
    /// They never will.
    Discarded,
}

impl RejudgeState {
    /// The id on the wire and in the store.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Applied => "applied",
            Self::Discarded => "discarded",
        }
    }

    fn from_id(id: &str) -> Option<Self> {
        [Self::Open, Self::Applied, Self::Discarded]
            .into_iter()
            .find(|state| state.id() == id)
    }
}

/// A rejudge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejudgeRecord {
    /// Its id.
    pub id: RejudgeId,
    /// Of submissions to this problem.
    pub problem: ProblemId,
    /// With the package of this version.
    pub version: u32,
    /// Of which of them.
    pub filter: RejudgeFilter,
    /// Who started it.
    pub by: UserId,
    /// When.
    pub created_at: Timestamp,
    /// How it stands.
    pub state: RejudgeState,
    /// Who applied or discarded it.
    pub decided_by: Option<UserId>,
    /// When.
    pub decided_at: Option<Timestamp>,
}

/// How many verdicts turn into which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    /// The verdict that counted when the rejudge was started.
    pub before: Verdict,
    /// The new one.
    pub after: Verdict,
    /// Whether the new judgement's score is another one.
    pub is_other_score: bool,
    /// Whether the judging system failed at it: such a judgement never counts.
    pub is_failure: bool,
    /// How many.
    pub count: u64,
}

impl Turn {
    /// Whether something changes for these.
    pub fn is_change(&self) -> bool {
        !self.is_failure && (self.before != self.after || self.is_other_score)
    }
}

/// What a rejudge has found so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RejudgeSummary {
    /// How many submissions it has.
    pub total: u64,
    /// How many of them have their new verdict.
    pub done: u64,
    /// What the verdicts turn into, those of most submissions first.
    pub turns: Vec<Turn>,
}

/// A submission whose verdict or score changes.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Which.
    pub submission: SubmissionId,
    /// Who sent it.
    pub user: UserId,
    /// In which language.
    pub language: LanguageId,
    /// The verdict that counted when the rejudge was started.
    pub before: Verdict,
    /// And the score.
    pub score_before: Option<Score>,
    /// The new verdict.
    pub after: Verdict,
    /// And the score.
    pub score_after: Option<Score>,
    /// A sentence about the new verdict.
    pub message: Option<String>,
}

/// The answer to [`Store::apply_rejudge`] and [`Store::discard_rejudge`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It is done now.
    Done,
    /// It was done before.
    Before,
    /// The other was decided before.
    Otherwise,
    /// Not all have ended, and nothing is done.
    Unfinished,
    /// There is no such rejudge.
    Missing,
}

/// What is to be judged again.
#[derive(Debug, Clone, sqlx::FromRow)]
struct Candidate {
    submission: Uuid,
    judgement: Uuid,
    author: String,
    language: String,
    tag: String,
}

/// The same with its new judgement, as statements read it.
#[derive(Debug, Serialize)]
struct NewRow {
    submission: Uuid,
    former: Uuid,
    latter: Uuid,
}

#[derive(Debug, sqlx::FromRow)]
struct Row {
    id: Uuid,
    problem_id: String,
    version: i64,
    filter: String,
    started_by: String,
    created_at: i64,
    state: String,
    decided_by: Option<String>,
    decided_at: Option<i64>,
}

impl TryFrom<Row> for RejudgeRecord {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self> {
        let decided_by = row.decided_by.as_deref();
        Ok(Self {
            id: RejudgeId(row.id),
            problem: row::parsed("rejudges.problem_id", &row.problem_id)?,
            version: row::number("rejudges.version", row.version)?,
            filter: serde_json::from_str(&row.filter)
                .map_err(|error| row::impossible("rejudges.filter", error))?,
            by: row::parsed("rejudges.started_by", &row.started_by)?,
            created_at: Timestamp(row.created_at),
            state: row::known("rejudges.state", &row.state, RejudgeState::from_id)?,
            decided_by: decided_by
                .map(|user| row::parsed("rejudges.decided_by", user))
                .transpose()?,
            decided_at: row.decided_at.map(Timestamp),
        })
    }
}

#[derive(Debug, sqlx::FromRow)]
struct TurnRow {
    former: String,
    latter: Option<String>,
    is_final: bool,
    is_other_score: bool,
    is_failure: bool,
    count: i64,
}

#[derive(Debug, sqlx::FromRow)]
struct ChangeRow {
    submission_id: Uuid,
    user_id: String,
    language_id: String,
    former: String,
    former_score: Option<f64>,
    latter: String,
    latter_score: Option<f64>,
    message: Option<String>,
}

impl TryFrom<ChangeRow> for Change {
    type Error = StoreError;

    fn try_from(row: ChangeRow) -> Result<Self> {
        Ok(Self {
            submission: SubmissionId(row.submission_id),
            user: row::parsed("submissions.user_id", &row.user_id)?,
            language: row::parsed("submissions.language_id", &row.language_id)?,
            before: row::parsed("judgements.verdict", &row.former)?,
            score_before: row::score("judgements.score", row.former_score)?,
            after: row::parsed("judgements.verdict", &row.latter)?,
            score_after: row::score("judgements.score", row.latter_score)?,
            message: row.message,
        })
    }
}

impl Store {
    /// Makes new judgements of the submissions that a filter names, kept apart, all together or none.
    pub async fn start_rejudge(&self, new: &NewRejudge) -> Result<Started> {
        if let Some(open) = self.open_rejudge(&new.problem).await? {
            return Ok(Started::Busy(open.id));
        }
        let candidates = self.candidates(new).await?;
        if candidates.is_empty() {
            return Ok(Started::Nothing);
        }
        if candidates.len() > new.most as usize {
            return Ok(Started::TooMany);
        }
        let id = RejudgeId::new();
        let rows: Vec<NewRow> = candidates
            .iter()
            .map(|candidate| NewRow {
                submission: candidate.submission,
                former: candidate.judgement,
                latter: JudgementId::new().0,
            })
            .collect();
        if !self.write_rejudge(id, new, &rows).await? {
            let open = self.open_rejudge(&new.problem).await?;
            return open
                .map(|open| Started::Busy(open.id))
                .ok_or_else(|| StoreError::failed(START, "another one was in the way, and is gone"));
        }
        let record = RejudgeRecord {
            id,
            problem: new.problem.clone(),
            version: new.version,
            filter: new.filter.clone(),
            by: new.by.clone(),
            created_at: new.at,
            state: RejudgeState::Open,
            decided_by: None,
            decided_at: None,
        };
        let waiting = candidates.into_iter().zip(&rows).map(|(candidate, row)| {
            Ok(Waiting {
                judgement: JudgementId(row.latter),
                band: Band::Bulk,
                user: row::parsed("submissions.user_id", &candidate.author)?,
                language: row::parsed("submissions.language_id", &candidate.language)?,
                tag: row::parsed("problems.tag", &candidate.tag)?,
                created_at: new.at,
            })
        });
        let waiting = waiting.collect::<Result<_>>()?;
        Ok(Started::New(Box::new(record), waiting))
    }

    async fn candidates(&self, new: &NewRejudge) -> Result<Vec<Candidate>> {
        let filter = &new.filter;
        let verdicts: Vec<&str> = if filter.verdicts.is_empty() {
            Verdict::ALL.iter().map(|verdict| verdict.id()).collect()
        } else {
            filter.verdicts.iter().map(|verdict| verdict.id()).collect()
        };
        let verdicts = serde_json::to_string(&verdicts).map_err(|error| StoreError::failed(START, error))?;
        fetch_all!(
            self,
            read,
            CANDIDATES,
            verdicts.as_str(),
            new.problem.as_str(),
            filter.submission.map(|id| id.0),
            filter.language.as_ref().map(LanguageId::as_str),
            filter.user.as_ref().map(UserId::as_str),
            filter.since.map(|since| since.0),
            new.judged_with.map(|package| package.0.to_vec()),
            i64::from(new.most) + 1
        )
    }

    /// `false` where another one of the problem is open.
    async fn write_rejudge(&self, id: RejudgeId, new: &NewRejudge, rows: &[NewRow]) -> Result<bool> {
        let unwritable = |error| StoreError::failed(START, error);
        let filter = serde_json::to_string(&new.filter).map_err(unwritable)?;
        let chunks = rows.chunks(MAX_PAGE as usize).map(serde_json::to_string);
        let chunks: Vec<String> = chunks
            .collect::<std::result::Result<_, _>>()
            .map_err(unwritable)?;
        macro_rules! both {
            ($engine:ident, $transaction:expr) => {
                self.engine
                    .answer(START, async {
                        let mut transaction = $transaction.await?;
                        let made = query!(
                            $engine,
                            query,
                            INSERT,
                            id.0,
                            new.problem.as_str(),
                            i64::from(new.version),
                            filter.as_str(),
                            new.by.as_str(),
                            new.at.0
                        )
                        .execute(&mut *transaction)
                        .await?;
                        if made.rows_affected() == 0 {
                            return Ok(false);
                        }
                        for chunk in &chunks {
                            query!(
                                $engine,
                                query,
                                INSERT_JUDGEMENTS,
                                chunk.as_str(),
                                new.package.0.to_vec(),
                                i64::from(Band::Bulk.rank())
                            )
                            .execute(&mut *transaction)
                            .await?;
                            query!($engine, query, INSERT_REJUDGED, chunk.as_str(), id.0)
                                .execute(&mut *transaction)
                                .await?;
                        }
                        transaction.commit().await?;
                        Ok(true)
                    })
                    .await
            };
        }
        match &self.engine {
            Engine::Postgres(server) => both!(postgres, server.pool.begin()),
            Engine::Sqlite(file) => both!(sqlite, file.write.begin_with(sqlite::BEGIN)),
        }
    }

    /// One rejudge.
    pub async fn rejudge_record(&self, id: RejudgeId) -> Result<Option<RejudgeRecord>> {
        let row: Option<Row> = fetch_optional!(self, read, FIND, id.0)?;
        row.map(TryInto::try_into).transpose()
    }

    /// The rejudge of a problem that is open.
    pub async fn open_rejudge(&self, problem: &ProblemId) -> Result<Option<RejudgeRecord>> {
        let row: Option<Row> = fetch_optional!(self, read, OPEN, problem.as_str())?;
        row.map(TryInto::try_into).transpose()
    }

    /// The rejudges of a problem, the newest first, before `before`; at most [`MAX_PAGE`].
    pub async fn rejudges(
        &self,
        problem: &ProblemId,
        before: Option<RejudgeId>,
        limit: u32,
    ) -> Result<Vec<RejudgeRecord>> {
        let before = before.map_or(Uuid::max(), |id| id.0);
        let limit = i64::from(limit.min(MAX_PAGE));
        let rows: Vec<Row> = fetch_all!(self, read, LIST, problem.as_str(), before, limit)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// What a rejudge has found so far.
    pub async fn rejudge_summary(&self, id: RejudgeId) -> Result<RejudgeSummary> {
        let rows: Vec<TurnRow> = fetch_all!(self, read, TURNS, id.0)?;
        let mut summary = RejudgeSummary::default();
        for row in rows {
            let count = row::number("the count of judgements", row.count)?;
            summary.total += count;
            if !row.is_final {
                continue;
            }
            summary.done += count;
            if let Some(after) = row.latter {
                summary.turns.push(Turn {
                    before: row::parsed("judgements.verdict", &row.former)?,
                    after: row::parsed("judgements.verdict", &after)?,
                    is_other_score: row.is_other_score,
                    is_failure: row.is_failure,
                    count,
                });
            }
        }
        Ok(summary)
    }

    /// The submissions whose verdict or score changes, by id, after `after`; at most [`MAX_PAGE`].
    pub async fn rejudge_changes(
        &self,
        id: RejudgeId,
        after: Option<SubmissionId>,
        limit: u32,
    ) -> Result<Vec<Change>> {
        let after = after.map_or(Uuid::nil(), |id| id.0);
        let limit = i64::from(limit.min(MAX_PAGE));
        let rows: Vec<ChangeRow> = fetch_all!(self, read, CHANGES, id.0, after, limit)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// Makes the judgements of a rejudge count, all at once, if all have ended.
    ///
    /// Those that the judging system failed at never do: their submissions keep the verdict that they have.
    pub async fn apply_rejudge(&self, id: RejudgeId, by: &UserId) -> Result<Decision> {
        let is_done = self
            .decide("apply a rejudge", id, by, RejudgeState::Applied)
            .await?;
        self.decision(id, is_done, RejudgeState::Applied).await
    }

    /// Gives the judgements of a rejudge up: they are cancelled, and [`Store::forget_previews`] deletes them.
    pub async fn discard_rejudge(&self, id: RejudgeId, by: &UserId) -> Result<Decision> {
        let is_done = self
            .decide("discard a rejudge", id, by, RejudgeState::Discarded)
            .await?;
        self.decision(id, is_done, RejudgeState::Discarded).await
    }

    async fn decision(&self, id: RejudgeId, is_done: bool, wanted: RejudgeState) -> Result<Decision> {
        if is_done {
            return Ok(Decision::Done);
        }
        Ok(match self.rejudge_record(id).await? {
            None => Decision::Missing,
            Some(record) if record.state == wanted => Decision::Before,
            Some(record) if record.state == RejudgeState::Open => Decision::Unfinished,
            Some(_) => Decision::Otherwise,
        })
    }

    async fn decide(
        &self,
        operation: &'static str,
        id: RejudgeId,
        by: &UserId,
        state: RejudgeState,
    ) -> Result<bool> {
        let is_applied = state == RejudgeState::Applied;
        macro_rules! both {
            ($engine:ident, $transaction:expr) => {
                self.engine
                    .answer(operation, async {
                        let mut transaction = $transaction.await?;
                        let decided = if is_applied {
                            query!($engine, query, APPLY, id.0, by.as_str())
                        } else {
                            query!($engine, query, DISCARD, id.0, by.as_str())
                        };
                        if decided.execute(&mut *transaction).await?.rows_affected() == 0 {
                            return Ok(false);
                        }
                        let moved = if is_applied {
                            query!($engine, query, COUNT_IN, id.0)
                        } else {
                            query!($engine, query, CANCEL, id.0)
                        };
                        moved.execute(&mut *transaction).await?;
                        transaction.commit().await?;
                        Ok(true)
                    })
                    .await
            };
        }
        match &self.engine {
            Engine::Postgres(server) => both!(postgres, server.pool.begin()),
            Engine::Sqlite(file) => both!(sqlite, file.write.begin_with(sqlite::BEGIN)),
        }
    }

    /// The submissions of an applied rejudge, each with the judgement that it brought, by id, after `after`; at most
    /// [`MAX_PAGE`].
    pub async fn applied(
        &self,
        id: RejudgeId,
        after: Option<SubmissionId>,
        limit: u32,
    ) -> Result<Vec<SubmissionView>> {
        let after = after.map_or(Uuid::nil(), |id| id.0);
        let limit = i64::from(limit.min(MAX_PAGE));
        let rows: Vec<ViewRow> = fetch_all!(self, read, APPLIED, id.0, after, limit)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// Deletes judgements of discarded rejudges, `limit` at most. Returns how many.
    pub async fn forget_previews(&self, limit: u32) -> Result<u64> {
        let limit = i64::from(limit.min(MAX_PAGE));
        let open: Vec<(Uuid,)> = fetch_all!(self, read, TO_FORGET)?;
        if open.is_empty() {
            return Ok(0);
        }
        let old: Vec<(Uuid,)> = fetch_all!(self, read, FORGOTTEN, limit)?;
        if old.is_empty() {
            execute!(self, CLOSE)?;
            return Ok(0);
        }
        let old = Ids(old.into_iter().map(|(id,)| id).collect());
        // From the leaves to the root: what a crash leaves behind is still found by the next sweep.
        execute!(self, DELETE_RUNS, old.clone())?;
        let deleted = execute!(self, DELETE_JUDGEMENTS, old.clone())?;
        execute!(self, DELETE_REJUDGED, old)?;
        Ok(deleted)
    }
}

statements! {
    /// Verdicts, problem; submission, language, user, time, package or NULL; limit.
    CANDIDATES(8) = "look for what to rejudge" [
        "SELECT s.id AS submission, j.id AS judgement, s.user_id AS author, s.language_id AS language, " tag_now " AS tag FROM submissions s \
         JOIN judgements j ON j.id = " newest " WHERE s.problem_id = $2 AND s.trial IS NULL AND j.state = 'done' \
         AND s.id = COALESCE($3, s.id) AND s.language_id = COALESCE($4, s.language_id) \
         AND s.user_id = COALESCE($5, s.user_id) AND s.created_at >= COALESCE($6, s.created_at) \
         AND j.package = COALESCE($7, j.package) AND j.verdict IN " texts " ORDER BY s.id LIMIT $8"
    ];
    /// Id, problem, version, filter, who, when.
    INSERT(6) = "start a rejudge" [
        "INSERT INTO rejudges (id, problem_id, version, filter, started_by, created_at, state) \
         VALUES ($1, $2, $3, $4, $5, $6, 'open') ON CONFLICT (problem_id) WHERE state = 'open' DO NOTHING"
    ];
    /// Judgements, package, band.
    INSERT_JUDGEMENTS(3) = "start a rejudge" [
        "INSERT INTO judgements (id, submission_id, package, band, tag, user_id, language_id, state, created_at, queued_at, is_preview) \
         SELECT i.latter, s.id, $2, $3, " tag_now ", s.user_id, s.language_id, 'queued', " now ", " now ", TRUE FROM " new_judgements
        " JOIN submissions s ON s.id = i.submission"
    ];
    /// Judgements, rejudge.
    INSERT_REJUDGED(2) = "start a rejudge" [
        "INSERT INTO rejudged (rejudge_id, submission_id, old_judgement, new_judgement) \
         SELECT $2, i.submission, i.former, i.latter FROM " new_judgements
    ];
    FIND(1) = "read a rejudge" ["SELECT " rejudge_columns " FROM rejudges WHERE id = $1"];
    OPEN(1) = "look for an open rejudge" ["SELECT " rejudge_columns " FROM rejudges WHERE problem_id = $1 AND state = 'open'"];
    /// Problem, before, limit.
    LIST(3) = "list rejudges" [
        "SELECT " rejudge_columns " FROM rejudges WHERE problem_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3"
    ];
    TURNS(1) = "sum up a rejudge" [
        "SELECT o.verdict AS former, n.verdict AS latter, n.state IN ('done', 'cancelled') AS is_final, \
         o.score IS DISTINCT FROM n.score AS is_other_score, COALESCE(n.blame, '') = 'system' AS is_failure, COUNT(*) AS count \
         FROM rejudged r JOIN judgements o ON o.id = r.old_judgement JOIN judgements n ON n.id = r.new_judgement \
         WHERE r.rejudge_id = $1 GROUP BY 1, 2, 3, 4, 5 ORDER BY COUNT(*) DESC, 1, 2"
    ];
    /// Rejudge, after, limit.
    CHANGES(3) = "list what a rejudge changes" [
        "SELECT r.submission_id, s.user_id, s.language_id, o.verdict AS former, o.score AS former_score, n.verdict AS latter, \
         n.score AS latter_score, n.message FROM rejudged r JOIN judgements o ON o.id = r.old_judgement \
         JOIN judgements n ON n.id = r.new_judgement JOIN submissions s ON s.id = r.submission_id \
         WHERE r.rejudge_id = $1 AND r.submission_id > $2 AND n.state = 'done' AND COALESCE(n.blame, '') <> 'system' \
         AND (o.verdict <> n.verdict OR o.score IS DISTINCT FROM n.score) ORDER BY r.submission_id LIMIT $3"
    ];
    /// Rejudge, who.
    APPLY(2) = "apply a rejudge" [
        "UPDATE rejudges SET state = 'applied', decided_by = $2, decided_at = " now " WHERE id = $1 AND state = 'open' \
         AND NOT EXISTS (SELECT 1 FROM rejudged r JOIN judgements j ON j.id = r.new_judgement WHERE r.rejudge_id = $1 \
         AND j.state IN ('queued', 'running'))"
    ];
    COUNT_IN(1) = "apply a rejudge" [
        "UPDATE judgements SET is_preview = FALSE WHERE id IN (SELECT r.new_judgement FROM rejudged r WHERE r.rejudge_id = $1) \
         AND state = 'done' AND COALESCE(blame, '') <> 'system'"
    ];
    /// Rejudge, who.
    DISCARD(2) = "discard a rejudge" [
        "UPDATE rejudges SET state = 'discarded', decided_by = $2, decided_at = " now " WHERE id = $1 AND state = 'open'"
    ];
    CANCEL(1) = "discard a rejudge" [
        "UPDATE judgements SET state = 'cancelled', lease_until = NULL, finished_at = " now
        " WHERE id IN (SELECT r.new_judgement FROM rejudged r WHERE r.rejudge_id = $1) AND is_preview \
         AND state IN ('queued', 'running')"
    ];
    /// Rejudge, after, limit.
    APPLIED(3) = "read submissions" [
        "SELECT " view_columns " FROM rejudged r JOIN judgements j ON j.id = r.new_judgement \
         JOIN submissions s ON s.id = r.submission_id WHERE r.rejudge_id = $1 AND r.submission_id > $2 AND NOT j.is_preview \
         ORDER BY r.submission_id LIMIT $3"
    ];
    TO_FORGET(0) = "forget rejudges" [
        "SELECT id FROM rejudges WHERE state = 'discarded' AND forgotten_at IS NULL LIMIT 1"
    ];
    /// Limit.
    FORGOTTEN(1) = "forget rejudges" [
        "SELECT r.new_judgement FROM rejudges g JOIN rejudged r ON r.rejudge_id = g.id \
         WHERE g.state = 'discarded' AND g.forgotten_at IS NULL LIMIT $1"
    ];
    DELETE_RUNS(1) = "forget rejudges" ["DELETE FROM runs WHERE judgement_id " in_ids];
    DELETE_JUDGEMENTS(1) = "forget rejudges" ["DELETE FROM judgements WHERE is_preview AND id " in_ids];
    DELETE_REJUDGED(1) = "forget rejudges" [
        "DELETE FROM rejudged WHERE rejudge_id IN (SELECT g.id FROM rejudges g WHERE g.state = 'discarded' \
         AND g.forgotten_at IS NULL) AND new_judgement " in_ids
    ];
    CLOSE(0) = "forget rejudges" [
        "UPDATE rejudges SET forgotten_at = " now " WHERE state = 'discarded' AND forgotten_at IS NULL \
         AND NOT EXISTS (SELECT 1 FROM rejudged r WHERE r.rejudge_id = rejudges.id)"
    ];
}
