//! Takes work from the queue as soon as a slot is free.

use std::sync::Arc;
use std::time::Duration;

use domain::{JudgementId, Work};
use store::StoreError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::warn;

use super::Worker;
use super::patience::Patience;

/// How long one look into the queue waits. Nothing depends on it: what comes is handed out at once.
const LOOK: Duration = Duration::from_secs(10);

impl Worker {
    /// Takes, claims and starts judgements until `stop`.
    pub(super) async fn dispatch(self: &Arc<Self>, judging: &TaskTracker, stop: &CancellationToken) {
        let free = Arc::new(Semaphore::new(self.config.slots.max(1)));
        let mut patience = Patience::new("take from the queue");
        let mut scope = self.scope.subscribe();
        loop {
            let Some(permits) = stop.run_until_cancelled(free_slots(&free)).await else {
                return;
            };
            let now = scope.borrow_and_update().clone();
            let look = self.queue.pop(&now, permits.len(), LOOK);
            let popped = tokio::select! {
                biased;
                () = stop.cancelled() => return,
                // What it serves has just changed.
                _ = scope.changed() => continue,
                popped = look => popped,
            };
            let ids = match popped {
                Ok(ids) => ids,
                Err(error) => {
                    let pause = patience.failed(&error);
                    stop.run_until_cancelled(tokio::time::sleep(pause)).await;
                    continue;
                }
            };
            patience.worked();
            let mut permits = permits.into_iter();
            let (suspects, others): (Vec<_>, Vec<_>) = self
                .claim(&ids, stop)
                .await
                .into_iter()
                .partition(|work| work.failures > 0);
            for (work, permit) in others.into_iter().zip(&mut permits) {
                let held = self.leases.hold(work.lease);
                judging.spawn(Arc::clone(self).judge(work, held, permit));
            }
            drop(permits);
            self.judge_alone(suspects, &free, judging, stop).await;
        }
    }

    /// What has failed before is judged while nothing else is: should it be what silences its worker, it takes nobody with it, and
    /// is known by it. One of several; the others are given back.
    async fn judge_alone(
        self: &Arc<Self>,
        suspects: Vec<Work>,
        free: &Arc<Semaphore>,
        judging: &TaskTracker,
        stop: &CancellationToken,
    ) {
        let mut suspects = suspects.into_iter();
        let Some(work) = suspects.next() else { return };
        let held = self.leases.hold(work.lease);
        for other in suspects {
            self.release(&other).await;
        }
        let slots = u32::try_from(self.config.slots.max(1)).unwrap_or(u32::MAX);
        let all = Arc::clone(free).acquire_many_owned(slots);
        match stop.run_until_cancelled(all).await {
            Some(Ok(all)) => {
                judging.spawn(Arc::clone(self).judge(work, held, all));
            }
            _ => self.release(&work).await,
        }
    }

    /// Claims what was taken from the queue, however long the store is away. What cannot be claimed was judged, cancelled
    /// or taken by another meanwhile.
    async fn claim(&self, ids: &[JudgementId], stop: &CancellationToken) -> Vec<Work> {
        let ids = &self.without_failed(ids).await;
        if ids.is_empty() {
            return Vec::new();
        }
        let mut patience = Patience::new("claim judgements");
        let mut may_be_claimed = false;
        loop {
            let mut claimed = self.store.claim(ids, self.id, self.config.lease).await;
            if may_be_claimed && claimed.is_ok() {
                claimed = self.claimed_before(ids).await;
            }
            let error = match claimed {
                Ok(claimed) => {
                    patience.worked();
                    return claimed;
                }
                Err(error) => error,
            };
            if !matches!(error, StoreError::Unavailable(_)) {
                warn!(%error, "cannot claim judgements; the sweeper will find them");
                return Vec::new();
            }
            may_be_claimed = true;
            let pause = patience.failed(&error);
            if stop
                .run_until_cancelled(tokio::time::sleep(pause))
                .await
                .is_none()
            {
                return Vec::new();
            }
        }
    }
}

impl Worker {
    /// A claim whose answer was lost may have been written. Without asking, such a judgement would wait for the end of its lease,
    /// and that would count as a failure of nobody's. What this worker works on already is among the ids where the queue has
    /// delivered it twice.
    async fn claimed_before(&self, ids: &[JudgementId]) -> Result<Vec<Work>, StoreError> {
        let mut claimed = self.store.claimed(ids, self.id).await?;
        claimed.retain(|work| !self.leases.holds(&work.lease));
        Ok(claimed)
    }

    /// What this worker has just failed at is left to those who may do better, if there are any. The sweeper puts it into the
    /// queue again.
    async fn without_failed(&self, ids: &[JudgementId]) -> Vec<JudgementId> {
        let mut wanted = Vec::with_capacity(ids.len());
        for id in ids {
            let is_for_others = match self.failed_here.lately(*id, Instant::now()) {
                Some(language) => self.is_offered_elsewhere(&language).await,
                None => false,
            };
            if !is_for_others {
                wanted.push(*id);
            }
        }
        wanted
    }
}

/// Waits for a free slot and takes all that are free.
async fn free_slots(free: &Arc<Semaphore>) -> Vec<OwnedSemaphorePermit> {
    let Ok(first) = Arc::clone(free).acquire_owned().await else {
        return std::future::pending().await;
    };
    let mut permits = vec![first];
    while let Ok(another) = Arc::clone(free).try_acquire_owned() {
        permits.push(another);
    }
    permits
}
