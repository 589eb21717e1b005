//! The sweeper: whatever was lost on its way to a worker gets there, a moment later.
//!
//! Every worker sweeps; that costs little and needs no agreement on who does. It takes leases back that have run out,
//! ends what has failed too often, and puts what waits into the queue again, which holds each judgement once.

use std::sync::Arc;
use std::time::Duration;

use bus::Entry;
use domain::Update;
use store::{StoreError, Swept, Waiting};
use tokio_util::sync::CancellationToken;

use super::Worker;
use super::patience::{Patience, jittered};

/// What has waited for longer may have been lost. Shorter than anybody's patience, longer than an ordinary push takes.
const WAITED: Duration = Duration::from_secs(1);

/// So many are put into the queue by one sweep, the oldest first: those behind them are not next anyway.
const AT_ONCE: u32 = 1000;

/// What was tried longer ago is of no use to anybody.
const TRIAL_LIFE: Duration = Duration::from_hours(1);

/// So many trials are forgotten by one sweep: enough to keep up with many who try.
const TRIALS_AT_ONCE: u32 = 500;

impl Worker {
    /// Sweeps now and then, until `stop`. The first sweep fills the queue of a process that has just begun.
    pub(super) async fn sweep_on(self: Arc<Self>, stop: CancellationToken) {
        let mut store_patience = Patience::new("sweep");
        let mut queue_patience = Patience::new("put into the queue");
        let mut waited = Duration::ZERO;
        loop {
            let mut pause = jittered(self.config.sweep_every);
            match self.sweep(waited).await {
                Ok(swept) => {
                    store_patience.worked();
                    match self.queue.push(&entries(&swept)).await {
                        Ok(()) => {
                            queue_patience.worked();
                            waited = WAITED;
                        }
                        Err(error) => pause = pause.min(queue_patience.failed(&error)),
                    }
                }
                Err(error) => pause = pause.min(store_patience.failed(&error)),
            }
            if stop
                .run_until_cancelled(tokio::time::sleep(pause))
                .await
                .is_none()
            {
                return;
            }
        }
    }

    /// Sweeps once, forgets old trials, and tells of those whose state changed by it.
    async fn sweep(&self, waited: Duration) -> Result<Swept, StoreError> {
        let swept = self
            .store
            .sweep(self.config.max_attempts, waited, AT_ONCE)
            .await?;
        let mut changed = swept.given_up.clone();
        for id in &swept.returned {
            let judgement = self.store.judgement(*id).await?;
            changed.extend(judgement.map(|judgement| judgement.submission));
        }
        self.store.forget_trials(TRIAL_LIFE, TRIALS_AT_ONCE).await?;
        for view in self.store.submissions_by_id(&changed).await? {
            self.teller.tell(&Update::from(&view)).await;
        }
        Ok(swept)
    }
}

fn entries(swept: &Swept) -> Vec<Entry> {
    let entry = |waiting: &Waiting| Entry {
        judgement: waiting.judgement,
        band: waiting.band,
        created_at: waiting.created_at,
    };
    swept.waiting.iter().map(entry).collect()
}
