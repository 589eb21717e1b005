//! The embedded deployment, which is one process: killed, and asked to end.

use anyhow::{Result, ensure};

use crate::faults::trial::{BUSY, Scale, Tally, Trial};

/// How often it is killed.
const KILLS: u64 = 4;

/// Killed in the middle of everything and started on the same files; then ended gently, in the middle of everything, too.
pub(super) async fn killed(scale: Scale) -> Result<Tally> {
    let mut trial = Trial::embedded(scale, BUSY)?;
    for kill in 0..=KILLS {
        let before = trial.ledger.counts();
        trial
            .submit_and_break_off(scale.submissions / (KILLS + 1))
            .await?;
        let up = trial.arena.part("up")?;
        if kill < KILLS {
            up.kill()?;
        } else {
            up.stop()?;
        }
        let missed = trial.ledger.until("somebody misses it", |counts| {
            counts.unanswered > before.unanswered && counts.reconnections > before.reconnections
        });
        missed.await?;
        trial.arena.part("up")?.start()?;
        trial.settle("after it was started again").await?;
    }
    let counts = trial.ledger.counts();
    ensure!(counts.unanswered > KILLS, "only {counts:?}");
    trial.end().await
}
