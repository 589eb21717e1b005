//! The worker: claim, compile, run, check, commit. And the language table.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bus::{Events, Queue};
use domain::{Conclusion, Fault, Language, LanguageId, Phase, Progress, SourceFile};
use problems::Package;
use store::Store;
use tokio_util::sync::CancellationToken;

/// The language table: what the binary brings, extended and overridden by the operator's own file.
#[derive(Debug, Clone)]
pub struct Languages {}

impl Languages {
    /// The built-in table.
    pub fn builtin() -> Self {
        todo!()
    }
    /// The built-in table with an operator's TOML file over it. The error names file, line and key.
    pub fn with_file(_text: &str, _file: &str) -> Result<Self, String> {
        todo!()
    }
    /// Looks for the tools; fills in versions and what is missing.
    pub async fn detect(&self) -> Vec<Language> {
        todo!()
    }
    /// All languages of the table, without looking for their tools.
    pub fn list(&self) -> Vec<Language> {
        todo!()
    }
    /// The language of a name or alias.
    pub fn find(&self, _name: &str) -> Option<LanguageId> {
        todo!()
    }
    /// The language that a file's ending suggests.
    pub fn of_file(&self, _file_name: &str) -> Option<LanguageId> {
        todo!()
    }
}

/// What is to be judged.
#[derive(Debug, Clone)]
pub struct Job {
    /// The problem.
    pub package: Arc<Package>,
    /// In which language.
    pub language: LanguageId,
    /// The source.
    pub files: Vec<SourceFile>,
}

/// Judges submissions with a number of warm slots; needs no server, database or network.
#[derive(Debug, Clone)]
pub struct Grader {}

impl Grader {
    /// Starts `slots` warm slots.
    pub async fn start(_languages: Arc<Languages>, _slots: usize) -> Result<Self, Fault> {
        todo!()
    }
    /// Compiles and runs. `Err` only for a fault of the system; the problem's and the submitter's faults are conclusions.
    pub async fn grade<F>(&self, _job: &Job, _progress: F) -> Result<Conclusion, Fault>
    where
        F: FnMut(Phase, Progress) + Send,
    {
        todo!()
    }
}

/// Settings of a worker.
#[derive(Debug, Clone)]
pub struct WorkerConfig {
    /// Host name and process id, for people.
    pub name: String,
    /// Concurrent executions.
    pub slots: usize,
    /// Where packages are cached.
    pub cache: PathBuf,
    /// The cache's size, in bytes.
    pub cache_bytes: u64,
    /// Length of a lease.
    pub lease: Duration,
    /// Attempts before a judgement ends as `JE`.
    pub max_attempts: u32,
    /// How often the sweeper looks.
    pub sweep_every: Duration,
    /// How long running judgements may still take once the worker is asked to stop; then they are handed back.
    pub grace: Duration,
}

/// Works until `stop` is cancelled, then finishes or hands back what it holds.
pub async fn work(
    _config: WorkerConfig,
    _languages: Arc<Languages>,
    _store: Store,
    _queue: Queue,
    _events: Events,
    _stop: CancellationToken,
) -> Result<(), Fault> {
    todo!()
}
