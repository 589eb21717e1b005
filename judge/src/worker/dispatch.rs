//! Takes work from the queue as soon as there is room for it.

use std::sync::Arc;
use std::time::Duration;

use domain::{JudgementId, Work};
use store::StoreError;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::warn;

use super::Worker;
use super::patience::Patience;
use super::room::Room;

/// How long one look into the queue waits. Nothing depends on it: what comes is handed out at once.
const LOOK: Duration = Duration::from_secs(10);

impl Worker {
    /// Takes, claims and starts judgements until `stop`.
    pub(super) async fn dispatch(self: &Arc<Self>, judging: &TaskTracker, stop: &CancellationToken) {
        let room = Room::new(self.config.slots);
        let mut patience = Patience::new("take from the queue");
        let mut scope = self.scope.subscribe();
        loop {
            let some = room.some(|| self.pace.mean());
            let Some(most) = stop.run_until_cancelled(some).await else {
                return;
            };
            let now = scope.borrow_and_update().clone();
            let look = self.queue.pop(&now, most, LOOK);
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
            let (suspects, others): (Vec<_>, Vec<_>) = self
                .claim(&ids, stop)
                .await
                .into_iter()
                .partition(|work| work.failures > 0);
            for work in others {
                let held = self.leases.hold(work.lease);
                judging.spawn(Arc::clone(self).judge(work, held, room.take()));
            }
            self.judge_alone(suspects, &room, judging, stop).await;
        }
    }

    /// What has failed before is judged while nothing else is: should it be what silences its worker, it takes nobody with it, and
    /// is known by it. One of several; the others are given back.
    async fn judge_alone(
        self: &Arc<Self>,
        suspects: Vec<Work>,
        room: &Room,
        judging: &TaskTracker,
        stop: &CancellationToken,
    ) {
        let mut suspects = suspects.into_iter();
        let Some(work) = suspects.next() else { return };
        let held = self.leases.hold(work.lease);
        for other in suspects {
            self.release(&other).await;
        }
        if stop.run_until_cancelled(room.empty()).await.is_none() {
            self.release(&work).await;
            return;
        }
        judging.spawn(Arc::clone(self).judge(work, held, room.take()));
        stop.run_until_cancelled(room.empty()).await;
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
                Some(lane) => self.is_served_elsewhere(&lane).await,
                None => false,
            };
            if !is_for_others {
                wanted.push(*id);
            }
        }
        wanted
    }
}
