//! How many judgements this worker holds, and how many more it may take.
//!
//! A judgement is claimed, graded in a slot, and committed. The slot is free for the next as soon as the grading ends: a commit waits
//! for a disk, and a slot must not. Where judgements are quick, the next ones are claimed before a slot is free, so that it has none to
//! wait for; where they take long, that would keep them from other workers that have nothing to do, and gain nothing.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

/// Judgements that take longer are not claimed ahead. A claim takes a few milliseconds on a busy machine.
const QUICK: Duration = Duration::from_millis(20);

/// Cheap to clone; all clones are the same room.
#[derive(Debug, Clone)]
pub(crate) struct Room {
    slots: usize,
    free: Arc<Semaphore>,
    held: Arc<Mutex<Held>>,
    changed: Arc<Notify>,
    /// When the slots that are free became so.
    freed: Arc<Mutex<Vec<Instant>>>,
}

#[derive(Debug, Default)]
struct Held {
    /// Claimed, and not graded yet.
    ungraded: usize,
    /// All.
    all: usize,
}

/// A slot that is taken, until it is dropped.
#[derive(Debug)]
pub(crate) struct Slot {
    /// How long it was free before; nothing for its first use.
    pub(crate) idle: Option<Duration>,
    freed: Arc<Mutex<Vec<Instant>>>,
    _permit: OwnedSemaphorePermit,
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut freed = self.freed.lock().unwrap_or_else(PoisonError::into_inner);
        freed.push(Instant::now());
    }
}

/// The room that one judgement takes.
#[derive(Debug)]
pub(crate) struct Place {
    room: Room,
    is_graded: bool,
}

impl Room {
    pub(crate) fn new(slots: usize) -> Self {
        let slots = slots.max(1);
        Self {
            slots,
            free: Arc::new(Semaphore::new(slots)),
            held: Arc::default(),
            changed: Arc::default(),
            freed: Arc::default(),
        }
    }

    /// Waits until there is room; how many more may be claimed, where one takes `mean` at present.
    pub(crate) async fn some(&self, mean: impl Fn() -> Option<Duration>) -> usize {
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            // Registered before the look, so that no change is missed.
            changed.as_mut().enable();
            let is_quick = mean().is_some_and(|mean| mean < QUICK);
            let ahead = if is_quick { self.slots } else { 0 };
            let room = {
                let held = self.held();
                // What waits for a commit is bounded, too: the store may be away.
                let ungraded = (self.slots + ahead).saturating_sub(held.ungraded);
                ungraded.min((4 * self.slots).saturating_sub(held.all))
            };
            if room > 0 {
                return room;
            }
            changed.await;
        }
    }

    /// Waits until nothing is held.
    pub(crate) async fn empty(&self) {
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            if self.held().all == 0 {
                return;
            }
            changed.await;
        }
    }

    /// Takes room for one.
    pub(crate) fn take(&self) -> Place {
        let mut held = self.held();
        held.ungraded += 1;
        held.all += 1;
        drop(held);
        Place {
            room: self.clone(),
            is_graded: false,
        }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Waits for a free slot.
    pub(crate) async fn slot(&self) -> Slot {
        let permit = match Arc::clone(&self.room.free).acquire_owned().await {
            Ok(permit) => permit,
            // Nobody closes it.
            Err(_) => std::future::pending().await,
        };
        let freed = Arc::clone(&self.room.freed);
        let since = freed.lock().unwrap_or_else(PoisonError::into_inner).pop();
        Slot {
            idle: since.map(|since| since.elapsed()),
            freed,
            _permit: permit,
        }
    }

    /// What is left to do needs no slot.
    pub(crate) fn graded(&mut self) {
        if !std::mem::replace(&mut self.is_graded, true) {
            self.room.held().ungraded -= 1;
            self.room.changed.notify_waiters();
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.graded();
        self.room.held().all -= 1;
        self.room.changed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_quick_are_claimed_ahead_and_commits_are_bounded() {
        let room = Room::new(2);
        let slow = || Some(Duration::from_secs(1));
        let quick = || Some(Duration::from_millis(1));
        assert_eq!(room.some(|| None).await, 2);
        assert_eq!(room.some(slow).await, 2);
        let mut places = vec![room.take(), room.take()];
        assert_eq!(room.some(quick).await, 2);
        let (_one, _two) = (places[0].slot().await, places[1].slot().await);
        places[0].graded();
        assert_eq!(room.some(slow).await, 1, "a slot is free before its commit");
        places.extend((0..6).map(|_| room.take()));
        places.iter_mut().for_each(Place::graded);
        let waits = tokio::time::timeout(Duration::from_millis(1), room.some(quick));
        assert!(waits.await.is_err(), "as many wait for their commit as may");
        let (freed, ()) = tokio::join!(room.some(quick), async { places.truncate(5) });
        assert_eq!(freed, 3);
        let ((), ()) = tokio::join!(room.empty(), async { places.clear() });
    }
}
