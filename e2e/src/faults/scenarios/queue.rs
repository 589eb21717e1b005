//! What is delivered twice, what names nothing, and several who sweep at once.

use std::time::Duration;

use anyhow::{Result, ensure};
use redis::Connection;

use super::NAMED;
use super::processes::{freeze_with_leases, silenced};
use crate::faults::link::Mode;
use crate::faults::remains::LANES;
use crate::faults::trial::{BRISK, BUSY, Scale, Tally, Trial};

/// Everything that is in Redis is put in again while it is judged, and when it has been.
pub(super) async fn delivered_twice(scale: Scale) -> Result<Tally> {
    let mut trial = Trial::fleet(scale, BRISK, NAMED)?;
    let mut redis = redis::Client::open(trial.arena.services()?.redis.url())?.get_connection()?;
    for _ in 0..2 {
        let workers = ["worker1", "worker2", "worker3"];
        for name in workers {
            trial.arena.part(name)?.signal("STOP")?;
        }
        let delivered = trial.ledger.counts().delivered;
        let count = scale.submissions / 2;
        trial.submit(count);
        trial.all_accepted().await?;
        trial
            .until("the queue is full", |arena| {
                let waiting = arena.sql("SELECT count(*) FROM judgements WHERE state = 'queued'")?;
                Ok(waiting.parse::<u64>()? > 0 && !dump(&mut redis, LANES)?.is_empty())
            })
            .await?;
        let queue = dump(&mut redis, "*:queue:*")?;
        for name in workers {
            trial.arena.part(name)?.signal("CONT")?;
        }
        for share in [4, 3, 2] {
            let some = delivered + count / share;
            let judged = trial
                .ledger
                .until("some are judged", |counts| counts.delivered >= some);
            judged.await?;
            restore(&mut redis, &queue)?;
        }
        trial.settle("after everything was delivered twice").await?;

        let attempts = "SELECT sum(attempt) FROM judgements";
        let before = trial.arena.sql(attempts)?;
        restore(&mut redis, &queue)?;
        add_rubbish(&mut redis)?;
        trial
            .until("the queue is empty", |_| Ok(dump(&mut redis, LANES)?.is_empty()))
            .await?;
        trial
            .settle("after everything was delivered when it was over")
            .await?;
        let after = trial.arena.sql(attempts)?;
        ensure!(before == after, "something was judged again: {before} {after}");
    }
    trial.end().await
}

/// A worker dies, and the others sweep up what it held: at once, overlapping, and each alone. Everything is taken back once.
pub(super) async fn swept(scale: Scale) -> Result<Tally> {
    let mut trial = Trial::fleet(scale, BUSY, NAMED)?;
    for only in ["", "worker2", "worker3"] {
        // Stopped while nothing waits or runs, so that it holds nothing.
        let idle: Vec<&str> = ["worker2", "worker3"]
            .into_iter()
            .filter(|name| !only.is_empty() && *name != only)
            .collect();
        for name in &idle {
            trial.arena.part(name)?.signal("STOP")?;
        }
        let before = silenced(&trial.arena)?;
        trial.submit_and_break_off(scale.submissions / 3).await?;
        freeze_with_leases(&mut trial, "worker1").await?;
        trial.arena.part("worker1")?.kill()?;
        for name in ["worker2", "worker3"] {
            // Slow, so that their sweeps overlap.
            let link = &trial.arena.part(name)?.postgres;
            link.set(Mode::Slow(Duration::from_millis(5)));
        }
        trial
            .until("what it held is taken from it", |arena| {
                Ok(silenced(arena)? > before)
            })
            .await?;
        for name in &idle {
            trial.arena.part(name)?.signal("CONT")?;
        }
        trial.settle("after a worker died").await?;
        for name in ["worker2", "worker3"] {
            let link = &trial.arena.part(name)?.postgres;
            ensure!(link.held_up() > 0, "the database was not slow for {name}");
            link.set(Mode::Open);
        }
        trial.arena.part("worker1")?.start()?;
    }
    let twice =
        "SELECT count(*) FROM judgements WHERE story LIKE '%went silent%went silent%' OR failures > 1";
    ensure!(trial.arena.sql(twice)? == "0", "something was taken back twice");
    trial.end().await
}

/// Keys of the queue, whatever they are, with their contents.
fn dump(redis: &mut Connection, keys: &str) -> Result<Vec<(String, Vec<u8>)>> {
    let keys: Vec<String> = redis::cmd("KEYS").arg(keys).query(redis)?;
    let mut queue = Vec::new();
    for key in keys {
        let content: Option<Vec<u8>> = redis::cmd("DUMP").arg(&key).query(redis)?;
        queue.extend(content.map(|content| (key, content)));
    }
    Ok(queue)
}

fn restore(redis: &mut Connection, queue: &[(String, Vec<u8>)]) -> Result<()> {
    for (key, content) in queue {
        redis::cmd("RESTORE")
            .arg(key)
            .arg(0)
            .arg(content)
            .arg("REPLACE")
            .exec(redis)?;
    }
    Ok(())
}

/// Entries that name no judgement, and one that names a judgement that is not.
fn add_rubbish(redis: &mut Connection) -> Result<()> {
    let keys: Vec<String> = redis::cmd("KEYS").arg(LANES).query(redis)?;
    for key in keys {
        for member in ["", "nonsense", "01a1fa6a-f034-75f0-94d8-f577cc984cc0"] {
            redis::cmd("ZADD").arg(&key).arg(0).arg(member).exec(redis)?;
        }
    }
    Ok(())
}
