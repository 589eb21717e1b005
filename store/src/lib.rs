//! The only SQL: Postgres and SQLite behind one [`Store`]; packages by content hash in an object store.

use std::path::PathBuf;
use std::time::Duration;

use domain::{
    Conclusion, Judgement, JudgementId, Language, Lease, PackageHash, ProblemId, ProblemRecord, Role, Run,
    State, Submission, SubmissionId, SubmissionView, Timestamp, UserId, Verdict, Work, WorkerId,
};

/// Where everything is kept.
#[derive(Debug, Clone)]
pub struct StoreConfig {
    /// `postgres://…` or `sqlite:PATH`.
    pub database_url: String,
    /// The directory of the object store.
    pub objects: PathBuf,
    /// Connections at most.
    pub max_connections: u32,
}

/// What can go wrong with the store itself.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached, or answers too slowly. Trying again can help.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// Anything else: a fault of ours or of the data.
    #[error("{operation}: {reason}")]
    Failed {
        /// What was being done.
        operation: &'static str,
        /// What the database said.
        reason: String,
    },
}

/// Result of a store operation.
pub type Result<T> = std::result::Result<T, StoreError>;

/// The database and the object store. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {}

/// The answer to [`Store::submit`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Submitted {
    /// It is stored and its judgement is queued.
    New(JudgementId),
    /// The same idempotency key and body were stored before, as this submission.
    Before(SubmissionId),
    /// The idempotency key was used for another body.
    KeyReused,
}

/// An idempotency key of a user, with a hash of the request's body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idempotency {
    /// The client's key.
    pub key: String,
    /// BLAKE3 of the body.
    pub request: [u8; 32],
}

/// Which submissions to list; all conditions must hold.
#[derive(Debug, Clone, Default)]
pub struct SubmissionFilter {
    /// Of this user.
    pub user: Option<UserId>,
    /// For this problem.
    pub problem: Option<ProblemId>,
    /// Whose newest judgement is in this state.
    pub state: Option<State>,
    /// Whose newest judgement has this verdict.
    pub verdict: Option<Verdict>,
}

/// What a sweep did.
#[derive(Debug, Clone, Default)]
pub struct Swept {
    /// Judgements that went back to queued because their lease had run out.
    pub returned: Vec<JudgementId>,
    /// Judgements that ended as `JE` because their attempts were used up; they are to be published.
    pub given_up: Vec<SubmissionId>,
    /// Judgements that wait, the oldest first: they belong into the queue.
    pub waiting: Vec<Waiting>,
}

/// A judgement that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// Its id.
    pub judgement: JudgementId,
    /// How urgent it is.
    pub band: domain::Band,
    /// When it was made.
    pub created_at: Timestamp,
}

/// How many judgements wait and run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outstanding {
    /// Waiting.
    pub queued: u64,
    /// Being judged.
    pub running: u64,
}

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

/// A token to be stored; only its hash is.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// Whose.
    pub user: UserId,
    /// What it allows.
    pub role: Role,
    /// For people.
    pub label: String,
    /// When it ends; `None` for never.
    pub expires_at: Option<Timestamp>,
}

impl Store {
    /// Opens both. Fails within seconds where the database cannot be reached.
    pub async fn open(_config: &StoreConfig) -> Result<Self> {
        todo!()
    }
    /// Brings the schema up to date.
    pub async fn migrate(&self) -> Result<()> {
        todo!()
    }
    /// How many migrations are missing; 0 when the schema is up to date.
    pub async fn pending_migrations(&self) -> Result<usize> {
        todo!()
    }
    /// Asks the database for a sign of life.
    pub async fn ping(&self) -> Result<()> {
        todo!()
    }
    /// Closes the pools; without it the last writes of SQLite can vanish.
    pub async fn close(&self) {
        todo!()
    }

    /// Makes a token, stores its hash, and returns its text, which is nowhere else.
    pub async fn create_token(&self, _token: &NewToken) -> Result<String> {
        todo!()
    }
    /// Who a token belongs to, if it is known, not revoked and not expired.
    pub async fn token(&self, _text: &str) -> Result<Option<(UserId, Role)>> {
        todo!()
    }

    /// Stores a problem's package (a zip) and makes it current: creates the problem or replaces its package, in one
    /// transaction, after the object is safely stored. `record.created_at`, `owner` of an existing problem stay.
    pub async fn put_problem(
        &self,
        _record: &ProblemRecord,
        _package: tokio::fs::File,
    ) -> Result<ProblemRecord> {
        todo!()
    }
    /// One problem.
    pub async fn problem(&self, _id: &ProblemId) -> Result<Option<ProblemRecord>> {
        todo!()
    }
    /// Problems by id, after `after`.
    pub async fn problems(&self, _after: Option<&ProblemId>, _limit: u32) -> Result<Vec<ProblemRecord>> {
        todo!()
    }
    /// Writes a package's zip to a file; `false` where there is none of that name.
    pub async fn fetch_package(&self, _hash: &PackageHash, _to: &mut tokio::fs::File) -> Result<bool> {
        todo!()
    }

    /// Stores a submission and its first judgement, queued, in one transaction.
    pub async fn submit(&self, _submission: &Submission, _key: Option<&Idempotency>) -> Result<Submitted> {
        todo!()
    }
    /// One submission with its newest judgement.
    pub async fn submission(&self, _id: SubmissionId) -> Result<Option<SubmissionView>> {
        todo!()
    }
    /// The same for many; those that do not exist are left out.
    pub async fn submissions_by_id(&self, _ids: &[SubmissionId]) -> Result<Vec<SubmissionView>> {
        todo!()
    }
    /// The source files of a submission.
    pub async fn source(&self, _id: SubmissionId) -> Result<Option<Vec<domain::SourceFile>>> {
        todo!()
    }
    /// Submissions, the newest first, before `before`.
    pub async fn submissions(
        &self,
        _filter: &SubmissionFilter,
        _before: Option<SubmissionId>,
        _limit: u32,
    ) -> Result<Vec<SubmissionView>> {
        todo!()
    }
    /// The runs of a judgement, in order.
    pub async fn runs(&self, _id: JudgementId) -> Result<Vec<Run>> {
        todo!()
    }
    /// One judgement.
    pub async fn judgement(&self, _id: JudgementId) -> Result<Option<Judgement>> {
        todo!()
    }
    /// How many judgements wait and run.
    pub async fn outstanding(&self) -> Result<Outstanding> {
        todo!()
    }

    /// Takes those of `ids` that can be taken, for the length of a lease. The clock is the database's.
    pub async fn claim(
        &self,
        _ids: &[JudgementId],
        _worker: WorkerId,
        _lease: Duration,
    ) -> Result<Vec<Work>> {
        todo!()
    }
    /// Extends the leases of a worker in one statement; returns those it still holds.
    pub async fn heartbeat(&self, _leases: &[Lease], _lease: Duration) -> Result<Vec<Lease>> {
        todo!()
    }
    /// Writes verdict and runs in one transaction if the lease is still held; returns the submission as it then is, or
    /// `None` where the lease was lost and nothing was written.
    pub async fn commit(&self, _lease: &Lease, _conclusion: &Conclusion) -> Result<Option<SubmissionView>> {
        todo!()
    }
    /// Hands a judgement back: queued again. `false` where the lease was lost.
    pub async fn hand_back(&self, _lease: &Lease, _reason: &str) -> Result<bool> {
        todo!()
    }
    /// Returns expired leases to queued, ends those with `max_attempts` attempts, lists up to `limit` that have waited
    /// for longer than `waited`.
    pub async fn sweep(&self, _max_attempts: u32, _waited: Duration, _limit: u32) -> Result<Swept> {
        todo!()
    }

    /// Announces a worker, or that it is still there.
    pub async fn announce_worker(&self, _worker: &WorkerRecord) -> Result<()> {
        todo!()
    }
    /// Forgets a worker that has stopped.
    pub async fn retire_worker(&self, _id: WorkerId) -> Result<()> {
        todo!()
    }
    /// Workers heard of within `within`.
    pub async fn workers(&self, _within: Duration) -> Result<Vec<WorkerRecord>> {
        todo!()
    }
}
