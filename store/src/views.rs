//! Reading submissions and judgements.
//!
//! A submission is shown with its newest judgement, the one with the largest id. Lists are paged by key: ids sort by the
//! time of their making, so what is inserted meanwhile is never on a page that is yet to come, and nothing is missed.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use domain::{
    Band, Blame, JudgeMessage, Judgement, JudgementId, LanguageId, ProblemId, Run, State, SubmissionId,
    SubmissionView, Timestamp, UserId, Verdict, WorkerId,
};
use futures_util::future::try_join_all;
use uuid::Uuid;

use crate::engine::Engine;
use crate::ids::Ids;
use crate::sql::{fetch_all, fetch_all_quickly, fetch_optional, statements};
use crate::{MAX_PAGE, Result, Store, StoreError, row};

/// About what a submission that is read weighs, in bytes.
pub(crate) const VIEW_BYTES: usize = 1024;

/// About what those weigh that are asked for, in bytes.
pub(crate) fn weight(ids: &Arc<[SubmissionId]>) -> usize {
    ids.len() * VIEW_BYTES
}

/// What several have asked for together.
pub(crate) async fn find(
    engine: &Engine,
    asked: Vec<Arc<[SubmissionId]>>,
) -> Result<Vec<Vec<SubmissionView>>> {
    let distinct: BTreeSet<Uuid> = asked.iter().flat_map(|ids| ids.iter()).map(|id| id.0).collect();
    let distinct: Vec<Uuid> = distinct.into_iter().collect();
    let mut found = HashMap::with_capacity(distinct.len());
    for chunk in distinct.chunks(MAX_PAGE as usize) {
        let rows: Vec<ViewRow> = fetch_all_quickly!(engine, read, BY_ID, Ids(chunk.to_vec()))?;
        for row in rows {
            let view = SubmissionView::try_from(row)?;
            found.insert(view.id, view);
        }
    }
    let of = |ids: &Arc<[SubmissionId]>| ids.iter().filter_map(|id| found.get(id).cloned()).collect();
    Ok(asked.iter().map(of).collect())
}

/// Whose newest submissions are wanted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum NewestOf {
    /// A user's.
    User(UserId),
    /// A problem's.
    Problem(ProblemId),
    /// All that was submitted in contests.
    Contests,
}

/// What is wanted, and how many of them.
pub(crate) type Newest = (NewestOf, u32);

/// What several want together: each thing that somebody wants is read once.
pub(crate) async fn find_newest(engine: &Engine, wanted: Vec<Newest>) -> Result<Vec<Arc<[SubmissionView]>>> {
    let distinct: HashSet<&Newest> = wanted.iter().collect();
    let reads = distinct.into_iter().map(async |newest| {
        let rows = read_newest(engine, newest).await?;
        let views = rows.into_iter().map(TryInto::try_into);
        Ok::<_, StoreError>((newest, views.collect::<Result<Arc<[_]>>>()?))
    });
    let found: HashMap<&Newest, Arc<[SubmissionView]>> = try_join_all(reads).await?.into_iter().collect();
    let of = |newest: &Newest| found.get(newest).map_or_else(|| Arc::from([]), Arc::clone);
    Ok(wanted.iter().map(of).collect())
}

async fn read_newest(engine: &Engine, (of, limit): &Newest) -> Result<Vec<ViewRow>> {
    let (before, any, limit) = (Uuid::max(), None::<&str>, i64::from(*limit).min(MAX_PAGE.into()));
    match of {
        NewestOf::User(user) => {
            let user = user.as_str();
            fetch_all_quickly!(engine, read, LIST_OF_USER, before, any, any, limit, any, user)
        }
        NewestOf::Problem(problem) => {
            let problem = problem.as_str();
            fetch_all_quickly!(
                engine,
                read,
                LIST_FOR_PROBLEM,
                before,
                any,
                any,
                limit,
                any,
                problem
            )
        }
        NewestOf::Contests => {
            fetch_all_quickly!(engine, read, LIST_OF_CONTESTS, before, any, any, limit, any)
        }
    }
}

/// Which submissions to list; all conditions must hold.
#[derive(Debug, Clone, Default)]
pub struct SubmissionFilter {
    /// Of this user.
    pub user: Option<UserId>,
    /// For this problem.
    pub problem: Option<ProblemId>,
    /// In this language.
    pub language: Option<LanguageId>,
    /// Whose newest judgement is in this state.
    pub state: Option<State>,
    /// Whose newest judgement has this verdict.
    pub verdict: Option<Verdict>,
}

/// How many judgements wait and run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outstanding {
    /// Waiting.
    pub queued: u64,
    /// Being judged.
    pub running: u64,
}

/// A judgement that has not ended, with its submission.
#[derive(Debug, Clone, PartialEq)]
pub struct InWork {
    /// The submission, with that judgement.
    pub view: SubmissionView,
    /// How urgent it is.
    pub band: Band,
    /// Who has it; `None` where it waits.
    pub worker: Option<WorkerId>,
}

#[derive(Debug, sqlx::FromRow)]
struct InWorkRow {
    #[sqlx(flatten)]
    view: ViewRow,
    band: i64,
    worker_id: Option<Uuid>,
}

impl TryFrom<InWorkRow> for InWork {
    type Error = StoreError;

    fn try_from(row: InWorkRow) -> Result<Self> {
        Ok(Self {
            view: row.view.try_into()?,
            band: Band::from_rank(row.band).ok_or_else(|| row::impossible("judgements.band", row.band))?,
            worker: row.worker_id.map(WorkerId),
        })
    }
}

#[derive(Debug, sqlx::FromRow)]
struct JudgementRow {
    judgement_id: Uuid,
    submission_id: Uuid,
    state: String,
    attempt: i64,
    verdict: Option<String>,
    blame: Option<String>,
    message: Option<String>,
    compiler_output: Option<String>,
    cpu_us: Option<i64>,
    memory_bytes: Option<i64>,
    cases_done: i64,
    cases_total: i64,
    score: Option<f64>,
    max_score: Option<f64>,
    groups: Option<String>,
    missed: Option<String>,
    queued_first_at: i64,
    started_at: Option<i64>,
    finished_at: Option<i64>,
}

/// A submission joined with a judgement of it.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct ViewRow {
    user_id: String,
    problem_id: String,
    language_id: String,
    created_at: i64,
    submitted_band: i64,
    is_trial: bool,
    is_example: bool,
    #[sqlx(flatten)]
    judgement: JudgementRow,
}

impl TryFrom<JudgementRow> for Judgement {
    type Error = StoreError;

    fn try_from(row: JudgementRow) -> Result<Self> {
        let maximum = |column, value: Option<i64>| value.map(|value| row::number(column, value)).transpose();
        Ok(Self {
            id: JudgementId(row.judgement_id),
            submission: SubmissionId(row.submission_id),
            state: row::known("judgements.state", &row.state, State::from_id)?,
            attempt: row::number("judgements.attempt", row.attempt)?,
            verdict: row
                .verdict
                .map(|verdict| row::parsed("judgements.verdict", &verdict))
                .transpose()?,
            blame: row
                .blame
                .map(|blame| row::known("judgements.blame", &blame, Blame::from_id))
                .transpose()?,
            score: row::score("judgements.score", row.score)?,
            max_score: row::score("judgements.max_score", row.max_score)?,
            groups: row::document("judgements.groups", row.groups.as_deref())?,
            message: row.message,
            compiler_output: row.compiler_output,
            missed: row.missed,
            cpu_us: maximum("judgements.cpu_us", row.cpu_us)?,
            memory_bytes: maximum("judgements.memory_bytes", row.memory_bytes)?,
            cases_done: row::number("judgements.cases_done", row.cases_done)?,
            cases_total: row::number("judgements.cases_total", row.cases_total)?,
            created_at: Timestamp(row.queued_first_at),
            started_at: row.started_at.map(Timestamp),
            finished_at: row.finished_at.map(Timestamp),
        })
    }
}

impl TryFrom<ViewRow> for SubmissionView {
    type Error = StoreError;

    fn try_from(row: ViewRow) -> Result<Self> {
        Ok(Self {
            id: SubmissionId(row.judgement.submission_id),
            user: row::parsed("submissions.user_id", &row.user_id)?,
            problem: row::parsed("submissions.problem_id", &row.problem_id)?,
            language: row::parsed("submissions.language_id", &row.language_id)?,
            created_at: Timestamp(row.created_at),
            is_trial: row.is_trial,
            is_example: row.is_example,
            is_contest: row.submitted_band == i64::from(Band::Contest.rank()),
            judgement: row.judgement.try_into()?,
        })
    }
}

#[derive(Debug, sqlx::FromRow)]
struct RunRow {
    ordinal: i64,
    test_case: String,
    verdict: String,
    cpu_us: i64,
    wall_us: i64,
    memory_bytes: i64,
    message: Option<String>,
    score: Option<f64>,
}

impl TryFrom<RunRow> for Run {
    type Error = StoreError;

    fn try_from(row: RunRow) -> Result<Self> {
        Ok(Self {
            ordinal: row::number("runs.ordinal", row.ordinal)?,
            case: row.test_case,
            verdict: row::parsed("runs.verdict", &row.verdict)?,
            score: row::score("runs.score", row.score)?,
            cpu_us: row::number("runs.cpu_us", row.cpu_us)?,
            wall_us: row::number("runs.wall_us", row.wall_us)?,
            memory_bytes: row::number("runs.memory_bytes", row.memory_bytes)?,
            message: row.message,
        })
    }
}

impl Store {
    /// One submission with its newest judgement.
    pub async fn submission(&self, id: SubmissionId) -> Result<Option<SubmissionView>> {
        Ok(self.submissions_by_id(&[id]).await?.pop())
    }

    /// The same for many, in the order asked for; those that do not exist are left out. Those who ask at the same time ask together:
    /// where many listeners wait for verdicts, they do so at the same moments.
    pub async fn submissions_by_id(&self, ids: &[SubmissionId]) -> Result<Vec<SubmissionView>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        self.asked.join(ids.into()).await
    }

    /// The newest submissions of a user, a problem or contests, the newest first, `limit` at most. Those who ask for the same at the same time
    /// ask once: where many listen to one user, they come back together, too.
    pub async fn newest(&self, of: NewestOf, limit: u32) -> Result<Arc<[SubmissionView]>> {
        self.newest.join((of, limit)).await
    }

    /// Submissions, the newest first, before `before`; at most [`MAX_PAGE`].
    pub async fn submissions(
        &self,
        filter: &SubmissionFilter,
        before: Option<SubmissionId>,
        limit: u32,
    ) -> Result<Vec<SubmissionView>> {
        let before = before.map_or(Uuid::max(), |id| id.0);
        let state = filter.state.map(State::id);
        let verdict = filter.verdict.map(Verdict::id);
        let language = filter.language.as_ref().map(LanguageId::as_str);
        let limit = i64::from(limit.min(MAX_PAGE));
        let user = filter.user.as_ref().map(UserId::as_str);
        let problem = filter.problem.as_ref().map(ProblemId::as_str);
        // One statement an index: a condition that is sometimes absent would cost the plan.
        let rows: Vec<ViewRow> = match (user, problem) {
            (None, None) => fetch_all!(self, read, LIST, before, state, verdict, limit, language),
            (Some(user), None) => fetch_all!(
                self,
                read,
                LIST_OF_USER,
                before,
                state,
                verdict,
                limit,
                language,
                user
            ),
            (None, Some(problem)) => {
                fetch_all!(
                    self,
                    read,
                    LIST_FOR_PROBLEM,
                    before,
                    state,
                    verdict,
                    limit,
                    language,
                    problem
                )
            }
            (Some(user), Some(problem)) => {
                fetch_all!(
                    self,
                    read,
                    LIST_OF_USER_FOR_PROBLEM,
                    before,
                    state,
                    verdict,
                    limit,
                    language,
                    user,
                    problem
                )
            }
        }?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// The submissions of these judgements, each with this very judgement, even where a newer one exists.
    pub(crate) async fn views_of(&self, judgements: Vec<Uuid>) -> Result<Vec<SubmissionView>> {
        let rows: Vec<ViewRow> = fetch_all!(self, write, BY_JUDGEMENT, Ids(judgements.clone()))?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// The runs of a judgement, in order.
    pub async fn runs(&self, id: JudgementId) -> Result<Vec<Run>> {
        let rows: Vec<RunRow> = fetch_all!(self, read, RUNS, id.0)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// One judgement.
    pub async fn judgement(&self, id: JudgementId) -> Result<Option<Judgement>> {
        let row: Option<JudgementRow> = fetch_optional!(self, read, JUDGEMENT, id.0)?;
        row.map(TryInto::try_into).transpose()
    }

    /// What programs of the package said for judges about a judgement; `None` where there is no such judgement.
    pub async fn judge_messages(&self, id: JudgementId) -> Result<Option<Vec<JudgeMessage>>> {
        let row: Option<(Option<String>,)> = fetch_optional!(self, read, JUDGE_MESSAGES, id.0)?;
        row.map(|(text,)| row::document("judgements.judge_messages", text.as_deref()))
            .transpose()
    }

    /// What runs, by when it was begun, and what waits, by urgency and age: `limit` of each at most.
    pub async fn in_work(&self, limit: u32) -> Result<(Vec<InWork>, Vec<InWork>)> {
        let limit = i64::from(limit.min(MAX_PAGE));
        let running: Vec<InWorkRow> = fetch_all!(self, read, RUNNING, limit)?;
        let waiting: Vec<InWorkRow> = fetch_all!(self, read, QUEUED, limit)?;
        let read = |rows: Vec<InWorkRow>| rows.into_iter().map(TryInto::try_into).collect::<Result<_>>();
        Ok((read(running)?, read(waiting)?))
    }

    /// How many judgements wait and run. Costs the same however many do.
    pub async fn outstanding(&self) -> Result<Outstanding> {
        let counts: Option<(i64, i64)> = fetch_optional!(self, read, OUTSTANDING)?;
        let (queued, running) = counts.unwrap_or_default();
        Ok(Outstanding {
            queued: row::number("the count of queued judgements", queued)?,
            running: row::number("the count of running judgements", running)?,
        })
    }

    /// How long the oldest queued judgement of each band has waited, in the order of [`Band::ALL`]; zero where none waits.
    pub async fn oldest_waiting(&self) -> Result<[Duration; 3]> {
        let mut oldest = [Duration::ZERO; 3];
        for (at, band) in Band::ALL.into_iter().enumerate() {
            let waited: Option<(i64,)> = fetch_optional!(self, read, OLDEST, i64::from(band.rank()))?;
            let waited = waited.map_or(0, |(waited,)| waited.max(0));
            oldest[at] = Duration::from_micros(row::number("the wait of a judgement", waited)?);
        }
        Ok(oldest)
    }
}

statements! {
    BY_ID(1) = "read submissions" [
        "SELECT " view_columns " FROM submissions s " with_newest " WHERE s.id " in_ids
    ];
    BY_JUDGEMENT(1) = "read submissions" [
        "SELECT " view_columns " FROM judgements j JOIN submissions s ON s.id = j.submission_id WHERE j.id " in_ids
    ];
    /// Before, state or NULL, verdict or NULL, limit, language or NULL.
    LIST(5) = "list submissions" [
        "SELECT " view_columns " FROM submissions s " with_newest " WHERE s.id < $1 " filter " ORDER BY s.id DESC LIMIT $4"
    ];
    /// The same, and the user.
    LIST_OF_USER(6) = "list submissions" [
        "SELECT " view_columns " FROM submissions s " with_newest " WHERE s.user_id = $6 AND s.id < $1 " filter " ORDER BY s.id DESC LIMIT $4"
    ];
    /// The same, and the problem.
    LIST_FOR_PROBLEM(6) = "list submissions" [
        "SELECT " view_columns " FROM submissions s " with_newest " WHERE s.problem_id = $6 AND s.id < $1 " filter " ORDER BY s.id DESC LIMIT $4"
    ];
    /// As for all.
    LIST_OF_CONTESTS(5) = "list submissions" [
        "SELECT " view_columns " FROM submissions s " with_newest " WHERE s.band = 0 AND s.id < $1 " filter " ORDER BY s.id DESC LIMIT $4"
    ];
    /// The same, user and problem.
    LIST_OF_USER_FOR_PROBLEM(7) = "list submissions" [
        "SELECT " view_columns " FROM submissions s " with_newest " WHERE s.user_id = $6 AND s.problem_id = $7 AND s.id < $1 " filter " ORDER BY s.id DESC LIMIT $4"
    ];
    JUDGEMENT(1) = "read a judgement" ["SELECT " judgement_columns " FROM judgements j WHERE j.id = $1"];
    JUDGE_MESSAGES(1) = "read judge messages" ["SELECT judge_messages FROM judgements WHERE id = $1"];
    RUNS(1) = "read runs" [
        "SELECT ordinal, test_case, verdict, cpu_us, wall_us, memory_bytes, message, score FROM runs \
         WHERE judgement_id = $1 ORDER BY ordinal"
    ];
    /// Band. The first entry of an index answers it.
    OLDEST(1) = "look for the oldest judgement" [
        "SELECT " now " - created_at FROM judgements WHERE state = 'queued' AND band = $1 \
         ORDER BY created_at LIMIT 1"
    ];
    /// Limit. A partial index finds them.
    RUNNING(1) = "list what runs" [
        "SELECT " view_columns ", j.band, j.worker_id FROM judgements j JOIN submissions s ON s.id = j.submission_id \
         WHERE j.state = 'running' ORDER BY j.started_at, j.id LIMIT $1"
    ];
    /// Limit. Another one has them in this order.
    QUEUED(1) = "list what waits" [
        "SELECT " view_columns ", j.band, j.worker_id FROM judgements j JOIN submissions s ON s.id = j.submission_id \
         WHERE j.state = 'queued' ORDER BY j.band, j.created_at, j.id LIMIT $1"
    ];
    /// A few rows, which the database keeps, whatever the number of judgements.
    OUTSTANDING(0) = "count judgements" [
        "SELECT CAST(SUM(queued) AS BIGINT), CAST(SUM(running) AS BIGINT) FROM outstanding"
    ];
}
