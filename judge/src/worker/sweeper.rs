//! The sweeper: whatever was lost on its way to a worker gets there, a moment later.
//!
//! Every worker sweeps; that costs little and needs no agreement on who does. It takes leases back that have run out,
//! ends what has failed too often, and puts what waits into the queue again, which holds each judgement once: the oldest in every
//! sweep, the others page by page. Where most of a page is new to the queue, the queue was lost, and the next page is not waited
//! for: users with few judgements must not wait until those with many have been found.

use std::sync::Arc;
use std::time::Duration;

use bus::{BusError, Entry, Lane};
use domain::Update;
use store::{StoreError, Swept, Waiting, WaitingKey};
use tokio_util::sync::CancellationToken;

use super::Worker;
use super::patience::{Patience, jittered};

/// What has waited for longer may have been lost. Shorter than anybody's patience, longer than an ordinary push takes.
const WAITED: Duration = Duration::from_secs(1);

/// Leases and failures that one sweep sees to.
const AT_ONCE: u32 = 1000;

/// What was tried longer ago is of no use to anybody.
const TRIAL_LIFE: Duration = Duration::from_hours(1);

/// So many trials are forgotten by one sweep: enough to keep up with many who try.
const TRIALS_AT_ONCE: u32 = 500;

/// So many judgements of discarded rejudges are deleted by one sweep.
const PREVIEWS_AT_ONCE: u32 = 500;

/// So many of those that wait are looked at together.
const PAGE: u32 = 500;

/// Where a sweep of those that wait goes on.
#[derive(Debug)]
struct Rounds {
    after: WaitingKey,
    waited: Duration,
}

/// What a sweep of those that wait can fail at.
enum Away {
    Store(StoreError),
    Queue(BusError),
}

impl From<StoreError> for Away {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<BusError> for Away {
    fn from(error: BusError) -> Self {
        Self::Queue(error)
    }
}

impl Worker {
    /// Sweeps now and then, until `stop`. The first sweeps fill the queue of a process that has just begun.
    pub(super) async fn sweep_on(self: Arc<Self>, stop: CancellationToken) {
        let mut store_patience = Patience::new("sweep");
        let mut queue_patience = Patience::new("put into the queue");
        let mut rounds = Rounds {
            after: WaitingKey::START,
            waited: Duration::ZERO,
        };
        loop {
            let mut pause = jittered(self.config.sweep_every);
            match self.sweep_once(&mut rounds).await {
                Ok(()) => {
                    store_patience.worked();
                    queue_patience.worked();
                }
                Err(Away::Store(error)) => pause = pause.min(store_patience.failed(&error)),
                Err(Away::Queue(error)) => {
                    store_patience.worked();
                    pause = pause.min(queue_patience.failed(&error));
                }
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

    async fn sweep_once(&self, rounds: &mut Rounds) -> Result<(), Away> {
        let swept = self.sweep().await?;
        self.queue.push(&entries(&swept.returned)).await?;
        if rounds.after > WaitingKey::START {
            let oldest = self.store.waiting(WaitingKey::START, rounds.waited, PAGE).await?;
            self.queue.push(&entries(&oldest.readable)).await?;
        }
        loop {
            let page = self.store.waiting(rounds.after, rounds.waited, PAGE).await?;
            let new = self.queue.push(&entries(&page.readable)).await?;
            let is_last = page.next.is_none();
            rounds.after = page.next.unwrap_or(WaitingKey::START);
            if is_last {
                // Once everything has been seen, what was pushed a moment ago is somebody else's to push.
                rounds.waited = WAITED;
            }
            if is_last || new * 2 < page.readable.len() {
                return Ok(());
            }
        }
    }

    /// Sweeps once, forgets old trials and discarded rejudges, and tells of those whose state changed by it.
    async fn sweep(&self) -> Result<Swept, StoreError> {
        let swept = self.store.sweep(self.config.max_attempts, AT_ONCE).await?;
        let mut changed = swept.given_up.clone();
        for waiting in &swept.returned {
            let judgement = self.store.judgement(waiting.judgement).await?;
            changed.extend(judgement.map(|judgement| judgement.submission));
        }
        self.store.forget_trials(TRIAL_LIFE, TRIALS_AT_ONCE).await?;
        self.store.forget_previews(PREVIEWS_AT_ONCE).await?;
        for view in self.store.submissions_by_id(&changed).await? {
            // What a rejudge keeps apart is not what its submission shows.
            let is_returned = |waiting: &Waiting| waiting.judgement == view.judgement.id;
            if swept.given_up.contains(&view.id) || swept.returned.iter().any(is_returned) {
                self.teller.tell(&Update::from(&view)).await;
            }
        }
        Ok(swept)
    }
}

fn entries(waiting: &[Waiting]) -> Vec<Entry> {
    let entry = |waiting: &Waiting| Entry {
        judgement: waiting.judgement,
        lane: Lane {
            band: waiting.band,
            language: waiting.language.clone(),
            tag: waiting.tag.clone(),
        },
        user: waiting.user.clone(),
    };
    waiting.iter().map(entry).collect()
}
