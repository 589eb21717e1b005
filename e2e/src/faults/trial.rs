//! One trial: a deployment under load, the faults of a scenario, and an audit after each.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::arena::{Arena, Setup};
pub use super::audit::Tally;
use super::audit::audit;
use super::ledger::Ledger;
use super::load::Load;
use super::overhear::Overhearing;
use super::plan::{Judging, Plan};
use super::watch::Followers;

/// How long something that must come about may take.
const PATIENCE: Duration = Duration::from_mins(2);

/// Time between two looks at something that gives no signal.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// How much is submitted in a trial, and from which lots.
#[derive(Debug, Clone, Copy)]
pub struct Scale {
    /// Submissions where nothing is judged; real programs are a tenth.
    pub submissions: u64,
    /// The same seed draws the same submissions and followers.
    pub seed: u64,
}

/// A trial that goes on.
#[derive(Debug)]
pub struct Trial {
    /// What is broken.
    pub arena: Arena,
    /// What was promised and told.
    pub ledger: Arc<Ledger>,
    load: Load,
    // The rest listens until the trial ends.
    followers: Followers,
    overhearing: Option<Overhearing>,
}

/// Of a hundred submissions, how many take their time where nothing is judged, and the longest time in milliseconds.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// How many.
    pub slow_percent: u64,
    /// The longest.
    pub slowest_ms: u64,
}

/// Most are judged at once.
pub const BRISK: Pace = Pace {
    slow_percent: 5,
    slowest_ms: 100,
};

/// Workers are busy: whoever is broken holds something.
pub const BUSY: Pace = Pace {
    slow_percent: 40,
    slowest_ms: 600,
};

impl Trial {
    /// On a fleet.
    pub fn fleet(scale: Scale, pace: Pace, setup: Setup) -> Result<Self> {
        Self::on(Arena::fleet(setup)?, scale, pace, setup.judging)
    }

    /// On the embedded deployment.
    pub fn embedded(scale: Scale, pace: Pace) -> Result<Self> {
        let arena = Arena::embedded(Judging::Named)?;
        Self::on(arena, scale, pace, Judging::Named)
    }

    fn on(arena: Arena, scale: Scale, pace: Pace, judging: Judging) -> Result<Self> {
        let plan = Plan {
            seed: scale.seed,
            judging,
            slow_percent: pace.slow_percent,
            slowest_ms: pace.slowest_ms,
        };
        // A second call finds the provider installed, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let ledger = Arc::new(Ledger::default());
        let overhearing = match &arena.services {
            Some(services) => Some(Overhearing::start(&services.redis.url(), Arc::clone(&ledger))?),
            None => None,
        };
        let (accepted, followed) = mpsc::unbounded_channel();
        Ok(Self {
            load: Load::start(plan, arena.apis(), Arc::clone(&ledger), accepted)?,
            followers: Followers::start(
                plan,
                arena.apis(),
                arena.gateways(),
                Arc::clone(&ledger),
                followed,
            )?,
            overhearing,
            arena,
            ledger,
        })
    }

    /// Lets so many submissions in, and goes on.
    pub fn submit(&self, count: u64) {
        self.load.release(count);
    }

    /// Lets so many in, and waits until a third of them has been accepted: the rest is on its way.
    pub async fn submit_and_break_off(&self, count: u64) -> Result<()> {
        let before = self.load.released();
        self.load.release(count);
        let enough = before + count.div_ceil(3);
        self.ledger
            .until("submissions are accepted", |counts| counts.accepted >= enough)
            .await
    }

    /// Waits until all that were let in have been accepted.
    pub async fn all_accepted(&self) -> Result<()> {
        let released = self.load.released();
        self.ledger
            .until("all submissions are accepted", |counts| {
                counts.accepted >= released
            })
            .await
    }

    /// Waits until it is so.
    pub async fn until(
        &mut self,
        what: &str,
        mut is_so: impl FnMut(&mut Arena) -> Result<bool>,
    ) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        while !is_so(&mut self.arena)? {
            if Instant::now() > deadline {
                bail!("it did not come about in {PATIENCE:?} that {what}");
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Ok(())
    }

    /// Waits until everything that was let in is over and known, and audits it.
    pub async fn settle(&mut self, after: &str) -> Result<Tally> {
        self.all_accepted().await.with_context(|| after.to_owned())?;
        let released = self.load.released();
        // The audit says what is not delivered, and more of it.
        let delivered = self
            .ledger
            .until("everything is delivered", |counts| counts.delivered >= released);
        let undelivered = delivered.await.err();
        self.wait_until_idle(after).await?;
        let (tally, words) = audit(&self.arena, &self.ledger).await?;
        ensure!(
            tally.is_clean() && undelivered.is_none(),
            "{after}: {tally}\n{undelivered:?}\n{}",
            words[..words.len().min(20)].join("\n")
        );
        Ok(tally)
    }

    /// Ends everything; fails if anything is left behind.
    pub async fn end(mut self) -> Result<Tally> {
        let tally = self.settle("at the end").await?;
        drop((self.load, self.followers, self.overhearing));
        // The clients' connections end with their tasks, which the runtime drops when it gets to it.
        tokio::task::yield_now().await;
        self.arena.finish()?;
        Ok(tally)
    }

    /// Waits until nothing waits or runs, and the queue is empty.
    async fn wait_until_idle(&self, after: &str) -> Result<()> {
        let (client, _) = self.arena.client()?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            let answer = client.get("/api/v1/queue").await;
            if let Ok((200, queue)) = &answer
                && is_idle(queue)
            {
                return Ok(());
            }
            if Instant::now() > deadline {
                bail!("{after}: it is not idle: {answer:?}");
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}

fn is_idle(queue: &Value) -> bool {
    let none = |part: &Value| {
        part.as_object()
            .is_some_and(|part| part.values().all(|count| *count == 0))
    };
    none(&queue["outstanding"]) && none(&queue["depth"])
}
