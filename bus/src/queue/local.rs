//! The queue within one process.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::JudgementId;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use super::fairness::{Fairness, Score};
use super::ranked::Ranked;
use super::{Entry, Lane, Scope, Weights};

#[derive(Debug, Default)]
pub(super) struct LocalQueue {
    waiting: Mutex<Waiting>,
    pushed: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    /// None is empty.
    lanes: BTreeMap<Lane, Ranked<(Score, JudgementId)>>,
    places: HashMap<JudgementId, (Lane, Score)>,
    fairness: Fairness,
}

impl LocalQueue {
    pub(super) fn push(&self, entries: &[Entry], weights: &Weights) -> usize {
        let mut waiting = self.waiting();
        let added = entries
            .iter()
            .filter(|entry| waiting.push(entry, weights))
            .count();
        drop(waiting);
        self.pushed.notify_waiters();
        added
    }

    pub(super) async fn pop(&self, scope: &Scope, max: usize, wait: Duration) -> Vec<JudgementId> {
        let deadline = Instant::now() + wait;
        loop {
            let mut pushed = std::pin::pin!(self.pushed.notified());
            // Registered before the look: a push between look and wait is not missed.
            pushed.as_mut().enable();
            let taken = self.waiting().take(scope, max);
            if !taken.is_empty() || timeout_at(deadline, pushed).await.is_err() {
                return taken;
            }
        }
    }

    pub(super) fn remove(&self, judgement: JudgementId) -> bool {
        self.waiting().remove(judgement).is_some()
    }

    pub(super) fn position(&self, judgement: JudgementId) -> Option<u64> {
        let waiting = self.waiting();
        let (own, score) = waiting.places.get(&judgement)?;
        let lanes = waiting.lanes.iter().filter(|(lane, _)| lane.tag == own.tag);
        let before = lanes.map(|(lane, order)| match lane.cmp(own) {
            // Of equals, the lane that sorts first is served first.
            Ordering::Less => order.count_while(|(other, _)| other <= score),
            Ordering::Equal => order.count_while(|other| *other < (*score, judgement)),
            Ordering::Greater => order.count_while(|(other, _)| other < score),
        });
        Some(before.sum::<usize>().try_into().unwrap_or(u64::MAX))
    }

    pub(super) fn depth(&self) -> [u64; 3] {
        let mut depth = [0; 3];
        for (lane, order) in &self.waiting().lanes {
            depth[usize::from(lane.band.rank())] += u64::try_from(order.len()).unwrap_or(u64::MAX);
        }
        depth
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    /// `false` where it is in already.
    fn push(&mut self, entry: &Entry, weights: &Weights) -> bool {
        let std::collections::hash_map::Entry::Vacant(place) = self.places.entry(entry.judgement) else {
            return false;
        };
        let score = self
            .fairness
            .push(entry.lane.band, &entry.user, weights.turn(&entry.user));
        place.insert((entry.lane.clone(), score));
        let order = self.lanes.entry(entry.lane.clone()).or_default();
        order.insert((score, entry.judgement));
        true
    }

    fn take(&mut self, scope: &Scope, max: usize) -> Vec<JudgementId> {
        let mut taken = Vec::new();
        while taken.len() < max {
            let heads = self.lanes.iter().filter(|(lane, _)| scope.has(lane));
            let heads = heads.filter_map(|(lane, order)| Some((order.first()?, lane)));
            let Some(((score, judgement), lane)) =
                heads.min_by_key(|((score, judgement), lane)| (*score, *lane, *judgement))
            else {
                break;
            };
            self.fairness.pop(lane.band, score);
            self.remove(judgement);
            taken.push(judgement);
        }
        taken
    }

    fn remove(&mut self, judgement: JudgementId) -> Option<()> {
        let (lane, score) = self.places.remove(&judgement)?;
        let order = self.lanes.get_mut(&lane)?;
        order.remove(&(score, judgement));
        if order.is_empty() {
            self.lanes.remove(&lane);
        }
        Some(())
    }
}
