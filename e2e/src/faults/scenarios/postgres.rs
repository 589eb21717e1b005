//! A Postgres that crashes, that ends its sessions, and that is slow.

use std::time::Duration;

use anyhow::{Result, ensure};

use super::NAMED;
use crate::faults::arena::{Part, Setup};
use crate::faults::link::{Link, Mode};
use crate::faults::trial::{BRISK, Pace, Scale, Tally, Trial};

/// How often it crashes, and how often all its sessions are ended.
const CRASHES: u64 = 3;
const ENDINGS: u64 = 10;

/// It crashes in the middle of everything, and starts again; then it ends all sessions, again and again.
pub(super) async fn restarted(scale: Scale) -> Result<Tally> {
    let setup = Setup {
        breaks_postgres: true,
        ..NAMED
    };
    let mut trial = Trial::fleet(scale, BRISK, setup)?;
    for _ in 0..CRASHES {
        trial
            .submit_and_break_off(scale.submissions / 2 / CRASHES)
            .await?;
        trial.arena.services()?.postgres.server()?.crash()?;
        let before = trial.ledger.counts().unanswered;
        let missed = trial
            .ledger
            .until("somebody misses it", |counts| counts.unanswered > before);
        missed.await?;
        trial.arena.services()?.postgres.server()?.restart()?;
        trial.settle("after Postgres crashed").await?;
    }
    let mut ended = 0;
    for _ in 0..ENDINGS {
        trial
            .submit_and_break_off(scale.submissions / 2 / ENDINGS)
            .await?;
        let sessions = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
                        WHERE datname = current_database() AND pid <> pg_backend_pid()";
        ended += trial.arena.sql(sessions)?.parse::<u64>()?;
    }
    ensure!(ended > ENDINGS, "only {ended} sessions were ended");
    trial.settle("after sessions were ended").await?;
    trial.end().await
}

/// Every answer of either service takes its time.
pub(super) async fn slow(scale: Scale) -> Result<Tally> {
    // Bounded by the answers' time, not by ours.
    let pace = Pace {
        slow_percent: 0,
        ..BRISK
    };
    let mut trial = Trial::fleet(scale, pace, NAMED)?;
    trial.submit_and_break_off(scale.submissions / 3).await?;
    for (postgres_ms, redis_ms) in [(25, 0), (2, 30)] {
        set(trial.arena.parts(), |part| &part.postgres, postgres_ms);
        set(trial.arena.parts(), |part| &part.redis, redis_ms);
        trial.submit(scale.submissions / 3);
        trial.settle("while the services were slow").await?;
    }
    for part in trial.arena.parts() {
        ensure!(
            part.postgres.held_up() > 0,
            "the database was not slow for {}",
            part.name
        );
        ensure!(part.redis.held_up() > 0, "Redis was not slow for {}", part.name);
    }
    set(trial.arena.parts(), |part| &part.postgres, 0);
    set(trial.arena.parts(), |part| &part.redis, 0);
    trial.end().await
}

fn set(parts: &[Part], link: impl Fn(&Part) -> &Link, millis: u64) {
    for part in parts {
        link(part).set(if millis == 0 {
            Mode::Open
        } else {
            Mode::Slow(Duration::from_millis(millis))
        });
    }
}
