//! Tells the queue and the listeners of what is stored, beside the answers.
//!
//! Both are hints: what fails here is logged, and the sweeper puts the judgements into the queue later. What comes while a round is
//! under way goes with the next, in one round trip to the queue and one to the listeners.

use std::time::Duration;

use bus::{Entry, Events, Queue};
use domain::Update;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_util::task::TaskTracker;

/// How long either may take before it is left to the sweeper, or left out.
const PATIENCE: Duration = Duration::from_secs(2);

/// Judgements on their way at once; with Redis away, more are left to the sweeper at once.
const WAITING: usize = 4096;

/// Judgements that are told together.
const TOGETHER: usize = 250;

/// Where to tell. The telling ends with it.
#[derive(Debug)]
pub(crate) struct Telling {
    told: mpsc::Sender<(Entry, Update)>,
}

impl Telling {
    pub(crate) fn start(queue: Queue, events: Events, tasks: &TaskTracker) -> Self {
        let (told, mut heard) = mpsc::channel(WAITING);
        tasks.spawn(async move {
            let mut news = Vec::new();
            while heard.recv_many(&mut news, TOGETHER).await > 0 {
                let (entries, updates): (Vec<_>, Vec<_>) = news.drain(..).unzip();
                push(&queue, &entries).await;
                if let Ok(Err(error)) = timeout(PATIENCE, events.publish_all(&updates)).await {
                    tracing::debug!(%error, count = updates.len(), "listeners were not told that something is queued");
                }
            }
        });
        Self { told }
    }

    /// Tells of a judgement that is stored.
    pub(crate) fn tell(&self, entry: Entry, update: Update) {
        let judgement = entry.judgement;
        if self.told.try_send((entry, update)).is_err() {
            tracing::warn!(%judgement, "the queue is too slow: left to the sweeper");
        }
    }
}

async fn push(queue: &Queue, entries: &[Entry]) {
    let count = entries.len();
    match timeout(PATIENCE, queue.push(entries)).await {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => tracing::warn!(count, %error, "not queued: left to the sweeper"),
        Err(_) => tracing::warn!(count, "the queue did not answer: left to the sweeper"),
    }
}
