//! Who works on what next.

mod local;
mod score;
mod shared;

use std::sync::Arc;
use std::time::Duration;

use domain::{Band, JudgementId, Timestamp};

use crate::{Redis, Result};
use local::LocalQueue;
use shared::SharedQueue;

/// A judgement to be put into the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Which.
    pub judgement: JudgementId,
    /// How urgent.
    pub band: Band,
    /// When it was made: within a band, the oldest is served first.
    pub created_at: Timestamp,
}

/// Who works on what next. A hint: the store's row is the truth. Cheap to clone; all clones are the same queue.
#[derive(Debug, Clone)]
pub struct Queue {
    place: Place,
}

#[derive(Debug, Clone)]
enum Place {
    Local(Arc<LocalQueue>),
    Shared(Arc<SharedQueue>),
}

impl Queue {
    /// A queue within this process.
    pub fn in_process() -> Self {
        Self {
            place: Place::Local(Arc::default()),
        }
    }

    /// The queue in Redis.
    pub fn redis(redis: &Redis) -> Self {
        Self {
            place: Place::Shared(Arc::new(SharedQueue::new(redis.clone()))),
        }
    }

    /// Puts judgements in; those that are in it already stay where they are.
    pub async fn push(&self, entries: &[Entry]) -> Result<()> {
        match &self.place {
            Place::Local(queue) => queue.push(entries),
            Place::Shared(queue) => queue.push(entries).await?,
        }
        Ok(())
    }

    /// Takes up to `max`, the most urgent first; waits for the first up to `wait`; an empty answer is no error.
    ///
    /// Dropping the future takes nothing out. While Redis is away this fails at once: a caller that asks again and again
    /// pauses after an error.
    pub async fn pop(&self, max: usize, wait: Duration) -> Result<Vec<JudgementId>> {
        if max == 0 {
            return Ok(Vec::new());
        }
        match &self.place {
            Place::Local(queue) => Ok(queue.pop(max, wait).await),
            Place::Shared(queue) => queue.pop(max, wait).await,
        }
    }

    /// Takes one out that is no longer wanted; `false` where it was not in it.
    pub async fn remove(&self, judgement: JudgementId) -> Result<bool> {
        match &self.place {
            Place::Local(queue) => Ok(queue.remove(judgement)),
            Place::Shared(queue) => queue.remove(judgement).await,
        }
    }

    /// How many are before it; `None` where it is not in the queue.
    pub async fn position(&self, judgement: JudgementId) -> Result<Option<u64>> {
        match &self.place {
            Place::Local(queue) => Ok(queue.position(judgement)),
            Place::Shared(queue) => queue.position(judgement).await,
        }
    }

    /// How many are in it, by band, in the order of [`Band::ALL`].
    pub async fn depth(&self) -> Result<[u64; 3]> {
        match &self.place {
            Place::Local(queue) => Ok(queue.depth()),
            Place::Shared(queue) => queue.depth().await,
        }
    }

    /// Asks for a sign of life.
    pub async fn ping(&self) -> Result<()> {
        match &self.place {
            Place::Local(_) => Ok(()),
            Place::Shared(queue) => queue.ping().await,
        }
    }
}
