//! stub
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bus::{Events, Queue};
use domain::Fault;
use store::Store;
use tokio_util::sync::CancellationToken;

use crate::Languages;

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
