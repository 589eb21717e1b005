//! The only SQL: Postgres and SQLite behind one [`Store`]; packages by content hash in an object store.
//!
//! | module | what it is |
//! |---|---|
//! | `engine`, `postgres`, `sqlite` | connections, and what their failures mean |
//! | `group` | what comes at the same time goes together: one commit for many |
//! | `sql`, `ids`, `row`, `text` | one statement for both engines; binds, rows, and text at the border |
//! | `migrations` | the schema's versions |
//! | `tokens`, `tickets`, `people`, `workers` | who is asking; who judges |
//! | `problems`, `versions`, `packages` | problems, what they were and are, and the zips they are judged with |
//! | `submissions`, `views`, `standing` | taking submissions in, showing them, and who solved what |
//! | `audit`, `settings` | who did what; what administrators have set |
//! | `weights`, `wait` | whose turns are shorter, and how long what waits will wait |
//! | `trials` | what is run and shown, and soon forgotten |
//! | `verifications` | a package's examples, compared with what it expects |
//! | `rejudges` | new judgements that are looked at before they count |
//! | `claims`, `conclusions`, `sweep` | the life of a judgement: leases, verdicts, and what is done when they fail |
//!
//! The row is the truth: queue and events are hints. Every move of a judgement is a conditional update whose conditions
//! are the rules of [`domain::State::after`], and every clock that matters is the database's. What a judgement costs does not
//! depend on how many others wait: `plans` holds every statement on its way to an index.

mod audit;
mod claims;
mod conclusions;
mod engine;
mod error;
mod group;
mod ids;
mod migrations;
mod packages;
mod people;
#[cfg(test)]
mod plans;
mod postgres;
mod problems;
mod rejudges;
mod row;
mod settings;
mod sql;
mod sqlite;
mod standing;
mod submissions;
mod sweep;
mod text;
mod tickets;
mod timelines;
mod tokens;
mod trials;
mod verifications;
mod versions;
mod views;
mod wait;
mod weights;
mod workers;

use std::path::PathBuf;
use std::sync::Arc;

use domain::{ProblemId, ProblemRecord, SubmissionId, SubmissionView};
use object_store::ObjectStore;

pub use crate::audit::{AuditEntry, AuditFilter, NewAuditEntry};
use crate::conclusions::Ending;
use crate::engine::Engine;
pub use crate::error::{Result, StoreError};
use crate::group::Group;
pub use crate::people::{Changed, Credentials, NewPerson, PersonFilter, PersonRecord};
pub use crate::problems::SeenBy;
pub use crate::rejudges::{
    Change, Decision, NewRejudge, RejudgeFilter, RejudgeRecord, RejudgeState, RejudgeSummary, Started, Turn,
};
pub use crate::settings::StoredSetting;
pub use crate::standing::ProblemCount;
use crate::submissions::Newcomer;
pub use crate::submissions::{Idempotency, Submitted};
pub use crate::sweep::{Swept, Waiting, WaitingKey, WaitingPage};
pub use crate::timelines::TimelineRecord;
pub use crate::tokens::{Holder, NewToken, TokenRecord};
pub use crate::verifications::{ExampleRecord, VerificationRecord};
pub use crate::versions::{Upload, VersionRecord};
use crate::views::Newest;
pub use crate::views::{InWork, NewestOf, Outstanding, SubmissionFilter};
pub use crate::wait::expected_wait;
pub use crate::workers::WorkerRecord;

/// The longest page of a list; whoever asks for more gets this many.
pub const MAX_PAGE: u32 = 1000;

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

/// The database and the object store. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    pub(crate) engine: Engine,
    pub(crate) objects: Arc<dyn ObjectStore>,
    pub(crate) newcomers: Group<Newcomer, Option<i64>>,
    pub(crate) endings: Group<Ending, Option<SubmissionView>>,
    pub(crate) known: Group<ProblemId, Option<ProblemRecord>>,
    pub(crate) asked: Group<Arc<[SubmissionId]>, Vec<SubmissionView>>,
    pub(crate) newest: Group<Newest, Arc<[SubmissionView]>>,
}

/// Rounds of a group that Postgres writes at once: while one waits for the disk, the next is worked out. SQLite has one writer.
const AT_ONCE: usize = 2;

impl Store {
    /// Opens both. Fails within seconds where the database cannot be reached.
    pub async fn open(config: &StoreConfig) -> Result<Self> {
        let engine = Engine::open(&config.database_url, config.max_connections).await?;
        let objects = packages::open(&config.objects)?;
        let at_once = match &engine {
            Engine::Postgres(_) => AT_ONCE,
            Engine::Sqlite(_) => 1,
        };
        let [writer, ender, reader, shower, lister] = std::array::from_fn(|_| engine.clone());
        Ok(Self {
            newcomers: Group::start(at_once, Newcomer::weight, move |newcomers| {
                let engine = writer.clone();
                async move { submissions::admit(&engine, newcomers).await }
            }),
            endings: Group::start(at_once, Ending::weight, move |endings| {
                let engine = ender.clone();
                async move { conclusions::conclude(&engine, endings).await }
            }),
            known: Group::start(
                AT_ONCE,
                |_| 1,
                move |ids| {
                    let engine = reader.clone();
                    async move { problems::find(&engine, ids).await }
                },
            ),
            asked: Group::start(AT_ONCE, views::weight, move |asked| {
                let engine = shower.clone();
                async move { views::find(&engine, asked).await }
            }),
            newest: Group::start(
                AT_ONCE,
                |(_, limit)| *limit as usize * views::VIEW_BYTES,
                move |wanted| {
                    let engine = lister.clone();
                    async move { views::find_newest(&engine, wanted).await }
                },
            ),
            engine,
            objects,
        })
    }

    /// Asks the database for a sign of life.
    pub async fn ping(&self) -> Result<()> {
        let _: Option<(i64,)> = sql::fetch_optional!(self, read, PING)?;
        Ok(())
    }

    /// Closes the pools; without it the last writes of SQLite can vanish.
    pub async fn close(&self) {
        self.engine.close().await;
    }
}

sql::statements! {
    PING(0) = "ask the database for a sign of life" ["SELECT CAST(1 AS BIGINT)"];
}
