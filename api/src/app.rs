//! What every handler shares, and the work that goes on beside an answer.

use std::sync::Arc;
use std::time::Duration;

use bus::{Entry, Events, Queue};
use domain::Update;
use store::Store;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;

use crate::ApiConfig;
use crate::hosts::Hosts;

/// How long the queue may take to accept an entry before the sweeper has to do it.
const TELLING: Duration = Duration::from_secs(2);

/// Entries on their way to the queue at once; with Redis away, more are left to the sweeper at once.
const TELLING_AT_ONCE: usize = 256;

/// Packages unpacked at once: each takes a core and reads and writes the disk.
const UNPACKING_AT_ONCE: usize = 2;

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
    telling: Arc<Semaphore>,
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
        Self(Arc::new(Shared {
            hosts: Hosts::new(&config.allowed_hosts),
            config,
            store,
            queue,
            events,
            stop,
            tasks: TaskTracker::new(),
            unpacking: Semaphore::new(UNPACKING_AT_ONCE),
            document: crate::openapi::to_json(&document).to_string().into(),
            telling: Arc::new(Semaphore::new(TELLING_AT_ONCE)),
        }))
    }

    /// Tells the queue and the listeners of a judgement that is stored, beside the answer. Both are hints: what fails
    /// here is logged, and the sweeper puts the judgement into the queue later.
    pub(crate) fn tell(&self, entry: Entry, update: Update) {
        let judgement = entry.judgement;
        let Ok(permit) = Arc::clone(&self.telling).try_acquire_owned() else {
            tracing::warn!(%judgement, "the queue is too slow: left to the sweeper");
            return;
        };
        let app = self.clone();
        let task = async move {
            let _permit = permit;
            match tokio::time::timeout(TELLING, app.queue.push(&[entry])).await {
                Ok(Ok(_)) => {}
                Ok(Err(error)) => tracing::warn!(%judgement, %error, "not queued: left to the sweeper"),
                Err(_) => tracing::warn!(%judgement, "the queue did not answer: left to the sweeper"),
            }
            if let Ok(Err(error)) = tokio::time::timeout(TELLING, app.events.publish(&update)).await {
                tracing::debug!(%judgement, %error, "listeners were not told that it is queued");
            }
        };
        self.tasks.spawn(task.in_current_span());
    }
}
