//! What every handler shares.

use std::sync::Arc;

use bus::{Events, Queue};
use domain::ProblemRecord;
use store::Store;
use tokio::sync::{Mutex, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::ApiConfig;
use crate::audit::Keeping;
use crate::hosts::Hosts;
use crate::known_languages::Known;
use crate::settings::Kept;
use crate::telling::Telling;

/// Packages unpacked at once: each takes a core and reads and writes the disk.
const UNPACKING_AT_ONCE: usize = 2;

/// Problems of which is remembered what they were when somebody submitted to them.
const MOST_PROBLEMS: u64 = 1000;

/// What every handler shares. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct App(Arc<Shared>);

/// See [`App`].
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) config: ApiConfig,
    pub(crate) hosts: Hosts,
    pub(crate) store: Store,
    pub(crate) queue: Queue,
    pub(crate) events: Events,
    pub(crate) stop: CancellationToken,
    pub(crate) tasks: TaskTracker,
    pub(crate) unpacking: Semaphore,
    pub(crate) document: bytes::Bytes,
    pub(crate) telling: Telling,
    pub(crate) audit: Keeping,
    pub(crate) settings: Kept,
    /// Problems that were submitted to, as they were then; by the id as it was sent. Only for what is looked at again before it counts.
    pub(crate) problems: moka::sync::Cache<String, Arc<ProblemRecord>>,
    /// The languages, and when they were read.
    pub(crate) languages: Mutex<Option<Known>>,
}

impl std::ops::Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl App {
    pub(crate) fn new(
        config: ApiConfig,
        store: Store,
        queue: Queue,
        events: Events,
        stop: CancellationToken,
        document: utoipa::openapi::OpenApi,
    ) -> Self {
        let tasks = TaskTracker::new();
        let telling = Telling::start(queue.clone(), events.clone(), &tasks);
        Self(Arc::new(Shared {
            hosts: Hosts::new(&config.allowed_hosts),
            config,
            store,
            queue,
            events,
            stop,
            tasks,
            unpacking: Semaphore::new(UNPACKING_AT_ONCE),
            document: crate::openapi::to_json(&document).to_string().into(),
            telling,
            audit: Keeping::default(),
            settings: Kept::default(),
            problems: moka::sync::Cache::new(MOST_PROBLEMS),
            languages: Mutex::new(None),
        }))
    }
}
