//! The leases that this worker holds, and the heartbeats that extend them.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::{JudgementId, Lease};
use metrics::WorkerMetrics;
use store::Store;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::patience::Patience;

/// What this worker works on. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Leases {
    held: Arc<Mutex<HashMap<JudgementId, (Lease, CancellationToken)>>>,
    metrics: WorkerMetrics,
}

/// One lease that is extended as long as this lives.
#[derive(Debug)]
pub(crate) struct Held {
    lease: Lease,
    leases: Leases,
    lost: CancellationToken,
}

impl Leases {
    /// None yet; counts those that are lost.
    pub(crate) fn new(metrics: WorkerMetrics) -> Self {
        Self {
            metrics,
            ..Self::default()
        }
    }

    /// Extends the lease from now on.
    pub(crate) fn hold(&self, lease: Lease) -> Held {
        let lost = CancellationToken::new();
        self.table().insert(lease.judgement, (lease, lost.clone()));
        Held {
            lease,
            leases: self.clone(),
            lost,
        }
    }

    /// Whether this very lease is extended.
    pub(crate) fn holds(&self, lease: &Lease) -> bool {
        self.table()
            .get(&lease.judgement)
            .is_some_and(|(held, _)| held == lease)
    }

    /// Extends all leases, three times as often as needed, until `quit`.
    pub(crate) async fn keep(self, store: Store, length: Duration, quit: CancellationToken) {
        let mut patience = Patience::new("extend the leases");
        let mut pause = length / 3;
        while quit
            .run_until_cancelled(tokio::time::sleep(pause))
            .await
            .is_some()
        {
            pause = length / 3;
            let leases = self.all();
            if leases.is_empty() {
                continue;
            }
            match store.heartbeat(&leases, length).await {
                Ok(kept) => {
                    patience.worked();
                    self.give_up_lost(&leases, &kept.into_iter().collect());
                }
                // Nobody else can take them either while the store is away, so the work goes on.
                Err(error) => pause = pause.min(patience.failed(&error)),
            }
        }
    }

    fn all(&self) -> Vec<Lease> {
        self.table().values().map(|(lease, _)| *lease).collect()
    }

    /// Only those that were asked about: others may have been taken meanwhile.
    fn give_up_lost(&self, asked: &[Lease], kept: &HashSet<Lease>) {
        let table = self.table();
        for lease in asked.iter().filter(|lease| !kept.contains(lease)) {
            if let Some((held, lost)) = table.get(&lease.judgement)
                && held == lease
            {
                warn!(judgement = %lease.judgement, attempt = lease.attempt, "lost a lease; giving the judgement up");
                self.metrics.lost_lease();
                lost.cancel();
            }
        }
    }

    fn table(&self) -> MutexGuard<'_, HashMap<JudgementId, (Lease, CancellationToken)>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    /// Waits until the lease is known to be lost.
    pub(crate) async fn lost(&self) {
        self.lost.cancelled().await;
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut table = self.leases.table();
        if table
            .get(&self.lease.judgement)
            .is_some_and(|(lease, _)| *lease == self.lease)
        {
            table.remove(&self.lease.judgement);
        }
    }
}
