//! The bounded buffer of one listener.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::{Event, Heard};

/// Events that wait for a listener at most. One more, and it is told to read the store again instead: events are
/// cumulative, so that the newest row says all that they would have said.
const CAPACITY: usize = 64;

/// A buffer with many writers, who never wait, and one reader.
#[derive(Debug, Default)]
pub(super) struct Mailbox {
    waiting: Mutex<Waiting>,
    arrived: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    events: VecDeque<Arc<Event>>,
    has_missed: bool,
}

impl Mailbox {
    pub(super) fn put(&self, event: &Arc<Event>) {
        let mut waiting = self.waiting();
        if waiting.has_missed {
            return; // the row will be read later than now
        }
        if waiting.events.back().is_some_and(|last| Arc::ptr_eq(last, event)) {
            return; // heard on its submission's topic already
        }
        if waiting.events.len() < CAPACITY {
            waiting.events.push_back(Arc::clone(event));
        } else {
            waiting.miss();
        }
        drop(waiting);
        self.arrived.notify_one();
    }

    pub(super) fn resync(&self) {
        self.waiting().miss();
        self.arrived.notify_one();
    }

    /// For one reader at a time.
    pub(super) async fn next(&self) -> Heard {
        loop {
            if let Some(heard) = self.take() {
                return heard;
            }
            self.arrived.notified().await;
        }
    }

    /// The next thing, if it is there already.
    pub(super) fn take(&self) -> Option<Heard> {
        let mut waiting = self.waiting();
        if std::mem::take(&mut waiting.has_missed) {
            return Some(Heard::Resync);
        }
        let event = waiting.events.pop_front()?;
        if waiting.events.is_empty() {
            // Ten thousand listeners that once had a burst do not keep its memory.
            waiting.events = VecDeque::new();
        }
        Some(Heard::Update(event))
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn miss(&mut self) {
        self.events = VecDeque::new();
        self.has_missed = true;
    }
}
