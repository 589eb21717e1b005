//! Tells the listeners how a judgement gets on. Telling is a courtesy: it never delays the judging, and a failure of it
//! is logged once an outage and otherwise ignored, because every event is cumulative and the store has the truth.

use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bus::Events;
use domain::{Band, Phase, Progress, Sequence, State, Update, Work};
use tokio::sync::watch;
use tracing::{info, warn};

/// So many events of an attempt are told at once; a judgement with few cases is seen case by case.
const BURST: u32 = 16;
/// Afterwards, one in this time.
const PACE: Duration = Duration::from_millis(50);
/// An event that takes longer is worth nothing any more.
const PATIENCE: Duration = Duration::from_secs(2);

/// Publishes updates, and remembers whether that works.
#[derive(Debug)]
pub(crate) struct Teller {
    events: Events,
    is_away: AtomicBool,
}

impl Teller {
    pub(crate) fn new(events: Events) -> Self {
        Self {
            events,
            is_away: AtomicBool::new(false),
        }
    }

    /// Tells one thing.
    pub(crate) async fn tell(&self, update: &Update) {
        let told = match tokio::time::timeout(PATIENCE, self.events.publish(update)).await {
            Ok(told) => told.map_err(|error| error.to_string()),
            Err(_) => Err(format!("no answer within {} s", PATIENCE.as_secs())),
        };
        let was_away = self.is_away.swap(told.is_err(), Ordering::Relaxed);
        match (told, was_away) {
            (Err(error), false) => warn!(error, "cannot publish events; going on without"),
            (Ok(()), true) => info!("can publish events again"),
            _ => {}
        }
    }

    /// Tells the newest of `updates` whenever there is a newer one, not more often than the pace allows.
    pub(crate) async fn follow(&self, mut updates: watch::Receiver<Update>) -> Infallible {
        let mut told = 0;
        loop {
            let update = updates.borrow_and_update().clone();
            self.tell(&update).await;
            told += 1;
            if told >= BURST {
                tokio::time::sleep(PACE).await;
            }
            if updates.changed().await.is_err() {
                return std::future::pending().await;
            }
        }
    }
}

/// The update of a claimed judgement's row.
pub(crate) fn running(work: &Work) -> Update {
    let submission = &work.submission;
    Update {
        seq: Sequence::of_row(State::Running, work.lease.attempt),
        submission: submission.id,
        judgement: work.lease.judgement,
        user: submission.user.clone(),
        problem: submission.problem.clone(),
        language: submission.language.clone(),
        state: State::Running,
        phase: None,
        verdict: None,
        message: None,
        is_trial: submission.trial.is_some(),
        is_contest: submission.band == Band::Contest,
        progress: Progress::default(),
        recent: domain::RecentRuns::default(),
    }
}

/// The same after it was handed back.
pub(crate) fn queued_again(work: &Work) -> Update {
    Update {
        seq: Sequence::of_row(State::Queued, work.lease.attempt),
        state: State::Queued,
        ..running(work)
    }
}

/// Counts the steps of one attempt.
#[derive(Debug)]
pub(crate) struct Steps {
    attempt: u32,
    step: u32,
    updates: watch::Sender<Update>,
}

impl Steps {
    /// The first update is that of the row; what follows is heard by the receiver.
    pub(crate) fn new(work: &Work) -> (Self, watch::Receiver<Update>) {
        let (updates, heard) = watch::channel(running(work));
        let steps = Self {
            attempt: work.lease.attempt,
            step: 0,
            updates,
        };
        (steps, heard)
    }

    /// The next step.
    pub(crate) fn next(&mut self, phase: Phase, progress: Progress) {
        self.step = self.step.saturating_add(1);
        let seq = Sequence::of_progress(self.attempt, self.step);
        self.updates.send_modify(|update| {
            update.seq = seq;
            update.phase = Some(phase);
            update.advance(progress);
        });
    }
}
