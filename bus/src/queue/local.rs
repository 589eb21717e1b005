//! The queue within one process.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::{Band, JudgementId};
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use super::Entry;
use super::score::Score;

#[derive(Debug, Default)]
pub(super) struct LocalQueue {
    waiting: Mutex<Waiting>,
    pushed: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    order: BTreeSet<(Score, JudgementId)>,
    scores: HashMap<JudgementId, Score>,
}

impl LocalQueue {
    pub(super) fn push(&self, entries: &[Entry]) {
        let mut waiting = self.waiting();
        for entry in entries {
            let score = Score::of(entry);
            if let std::collections::hash_map::Entry::Vacant(place) = waiting.scores.entry(entry.judgement) {
                place.insert(score);
                waiting.order.insert((score, entry.judgement));
            }
        }
        drop(waiting);
        self.pushed.notify_waiters();
    }

    pub(super) async fn pop(&self, max: usize, wait: Duration) -> Vec<JudgementId> {
        let deadline = Instant::now() + wait;
        loop {
            let mut pushed = std::pin::pin!(self.pushed.notified());
            // Registered before the look: a push between look and wait is not missed.
            pushed.as_mut().enable();
            let taken = self.take(max);
            if !taken.is_empty() || timeout_at(deadline, pushed).await.is_err() {
                return taken;
            }
        }
    }

    fn take(&self, max: usize) -> Vec<JudgementId> {
        let mut waiting = self.waiting();
        let mut taken = Vec::new();
        while taken.len() < max {
            let Some((_, judgement)) = waiting.order.pop_first() else {
                break;
            };
            waiting.scores.remove(&judgement);
            taken.push(judgement);
        }
        taken
    }

    pub(super) fn remove(&self, judgement: JudgementId) -> bool {
        let mut waiting = self.waiting();
        match waiting.scores.remove(&judgement) {
            Some(score) => waiting.order.remove(&(score, judgement)),
            None => false,
        }
    }

    pub(super) fn position(&self, judgement: JudgementId) -> Option<u64> {
        let waiting = self.waiting();
        let score = *waiting.scores.get(&judgement)?;
        let before = waiting.order.range(..(score, judgement)).count();
        Some(before.try_into().unwrap_or(u64::MAX))
    }

    pub(super) fn depth(&self) -> [u64; 3] {
        let waiting = self.waiting();
        let mut depth = [0; 3];
        for (score, _) in &waiting.order {
            let at = Band::ALL.iter().position(|band| *score < Score::end_of(*band));
            if let Some(count) = at.and_then(|at| depth.get_mut(at)) {
                *count += 1;
            }
        }
        depth
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
