//! A Redis that is killed, emptied, stopped and paused. What is accepted meanwhile is judged afterwards.

use std::time::Instant;

use anyhow::{Result, ensure};

use super::NAMED;
use crate::faults::arena::Role;
use crate::faults::trial::{BRISK, Scale, Tally, Trial};

/// How long it is paused, in milliseconds: longer than anybody waits for its answer.
const PAUSE_MS: u64 = 2500;

/// What a worker says where it gets nothing from the queue.
const NOTICED: &str = "cannot take from the queue";

/// All four, one after the other.
pub(super) async fn lost(scale: Scale) -> Result<Tally> {
    let mut trial = Trial::fleet(scale, BRISK, NAMED)?;
    let count = scale.submissions / 4;
    trial.submit_and_break_off(count).await?;
    let before = noticed(&trial);
    trial.arena.services()?.redis.crash()?;
    missed(&mut trial, before).await?;
    trial.arena.services()?.redis.restart()?;
    trial.settle("after Redis was killed and came back empty").await?;

    signal_workers(&mut trial, "STOP")?;
    trial.submit(count);
    trial.all_accepted().await?;
    let mut redis = redis::Client::open(trial.arena.services()?.redis.url())?.get_connection()?;
    trial
        .until("something is in Redis", |_| {
            let keys: u64 = redis::cmd("DBSIZE").query(&mut redis)?;
            Ok(keys > 0)
        })
        .await?;
    redis::cmd("FLUSHALL").exec(&mut redis)?;
    signal_workers(&mut trial, "CONT")?;
    trial.settle("after Redis was emptied").await?;

    trial.submit_and_break_off(count).await?;
    let before = noticed(&trial);
    trial.arena.services()?.redis.signal("STOP")?;
    missed(&mut trial, before).await?;
    trial.arena.services()?.redis.signal("CONT")?;
    trial.settle("after Redis was stopped").await?;

    trial.submit_and_break_off(count).await?;
    let started = Instant::now();
    redis::cmd("CLIENT")
        .arg("PAUSE")
        .arg(PAUSE_MS)
        .arg("ALL")
        .exec(&mut redis)?;
    trial.all_accepted().await?;
    redis::cmd("PING").exec(&mut redis)?;
    let waited = started.elapsed().as_millis();
    ensure!(
        waited + 100 > u128::from(PAUSE_MS),
        "Redis answered after {waited} ms"
    );
    trial.settle("after Redis was paused").await?;
    trial.end().await
}

/// Everything is accepted without Redis, and the workers say that they miss it, more often than before.
async fn missed(trial: &mut Trial, before: usize) -> Result<()> {
    trial.all_accepted().await?;
    trial
        .until("the workers miss Redis", |arena| {
            let now: usize = arena.of(Role::Worker).map(|part| part.logged(NOTICED)).sum();
            Ok(now > before)
        })
        .await
}

fn noticed(trial: &Trial) -> usize {
    let workers = trial.arena.of(Role::Worker);
    workers.map(|part| part.logged(NOTICED)).sum()
}

fn signal_workers(trial: &mut Trial, signal: &str) -> Result<()> {
    for name in ["worker1", "worker2", "worker3"] {
        trial.arena.part(name)?.signal(signal)?;
    }
    Ok(())
}
