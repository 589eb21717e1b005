//! The only Redis: [`Queue`] (who works on what next) and [`Events`] (who is told what), each also in process.

use std::sync::Arc;
use std::time::Duration;

use domain::{Band, JudgementId, SubmissionId, Timestamp, Update, UserId};

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

/// What can go wrong with the bus. Trying again can help.
#[derive(Debug, thiserror::Error)]
pub enum BusError {
    /// Redis cannot be reached, or answers too slowly; whether the operation took place is unknown.
    #[error("Redis is unavailable: {0}")]
    Unavailable(String),
}

/// Result of a bus operation.
pub type Result<T> = std::result::Result<T, BusError>;

/// Connections to one Redis: what the fleet's queue and events are made of.
#[derive(Debug, Clone)]
pub struct Redis {}

impl Redis {
    /// Connects; `wait` bounds the first attempt. Afterwards it reconnects by itself.
    pub async fn connect(_url: &str, _wait: Duration) -> Result<Self> {
        todo!()
    }
}

/// Who works on what next. A hint: the store's row is the truth. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Queue {}

impl Queue {
    /// A queue within this process.
    pub fn in_process() -> Self {
        todo!()
    }
    /// The queue in Redis.
    pub fn redis(_redis: &Redis) -> Self {
        todo!()
    }
    /// Puts judgements in; those that are in it already stay where they are.
    pub async fn push(&self, _entries: &[Entry]) -> Result<()> {
        todo!()
    }
    /// Takes up to `max`, the most urgent first; waits for the first up to `wait`; an empty answer is no error.
    pub async fn pop(&self, _max: usize, _wait: Duration) -> Result<Vec<JudgementId>> {
        todo!()
    }
    /// Takes one out that is no longer wanted; `false` where it was not in it.
    pub async fn remove(&self, _judgement: JudgementId) -> Result<bool> {
        todo!()
    }
    /// How many are before it; `None` where it is not in the queue.
    pub async fn position(&self, _judgement: JudgementId) -> Result<Option<u64>> {
        todo!()
    }
    /// How many are in it, by band, in the order of [`Band::ALL`].
    pub async fn depth(&self) -> Result<[u64; 3]> {
        todo!()
    }
    /// Asks for a sign of life.
    pub async fn ping(&self) -> Result<()> {
        todo!()
    }
}

/// What can be listened to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Topic {
    /// One submission.
    Submission(SubmissionId),
    /// All submissions of a user.
    User(UserId),
}

/// What a listener hears.
#[derive(Debug, Clone)]
pub enum Heard {
    /// Something changed.
    Update(Arc<Update>),
    /// Something may have been missed: read the store again.
    Resync,
}

/// Who is told what. Cheap to clone; all clones share one connection and one table of listeners.
#[derive(Debug, Clone)]
pub struct Events {}

impl Events {
    /// Events within this process.
    pub fn in_process() -> Self {
        todo!()
    }
    /// Events over Redis pub/sub.
    pub fn redis(_redis: &Redis) -> Self {
        todo!()
    }
    /// Tells the submission's and the user's listeners; for a finished judgement also the channel `problem_done`.
    pub async fn publish(&self, _update: &Update) -> Result<()> {
        todo!()
    }
    /// Listens. Once it returns, everything published afterwards is heard (or a `Resync`).
    pub async fn listen(&self, _topic: Topic) -> Result<Listener> {
        todo!()
    }
}

/// A listener; dropping it ends the subscription.
#[derive(Debug)]
pub struct Listener {}

impl Listener {
    /// The next thing. Never blocks the publisher: a listener that does not keep up hears `Resync`.
    pub async fn next(&mut self) -> Heard {
        todo!()
    }
}
