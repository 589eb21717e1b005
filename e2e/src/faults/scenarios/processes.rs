//! Processes that are killed, and processes that are stopped and go on as if nothing had been.

use anyhow::{Result, ensure};

use super::NAMED;
use crate::faults::arena::{Arena, Role};
use crate::faults::trial::{BUSY, Scale, Tally, Trial};

/// Every kind of process is killed twice, and comes back while the others go on.
pub(super) async fn killed(scale: Scale) -> Result<Tally> {
    let mut trial = Trial::fleet(scale, BUSY, NAMED)?;
    let names = ["worker1", "api1", "gateway1", "worker2", "api2", "gateway2"];
    for name in names {
        let before = (trial.ledger.counts(), silenced(&trial.arena)?);
        trial
            .submit_and_break_off(scale.submissions / names.len() as u64)
            .await?;
        if name.starts_with("worker") {
            freeze_with_leases(&mut trial, name).await?;
        }
        trial.arena.part(name)?.kill()?;
        if name.starts_with("worker") {
            // Before it comes back: the others do its work.
            trial
                .until("what it held is taken from it", |arena| {
                    Ok(silenced(arena)? > before.1)
                })
                .await?;
        }
        trial.arena.part(name)?.start()?;
        trial.settle(&format!("after {name} was killed")).await?;
        let counts = trial.ledger.counts();
        match trial.arena.part(name)?.role {
            Role::Api => ensure!(counts.unanswered > before.0.unanswered, "nobody missed {name}"),
            Role::Gateway => ensure!(
                counts.reconnections > before.0.reconnections,
                "nobody missed {name}"
            ),
            Role::Worker | Role::Up => {}
        }
    }
    trial.end().await
}

/// A worker that was stopped for longer than its leases last comes back and commits: too late.
pub(super) async fn stopped(scale: Scale) -> Result<Tally> {
    let mut trial = Trial::fleet(scale, BUSY, NAMED)?;
    let names = ["worker1", "worker2", "worker3"];
    for name in names {
        trial
            .submit_and_break_off(scale.submissions / names.len() as u64)
            .await?;
        freeze_with_leases(&mut trial, name).await?;
        let id = trial.arena.part(name)?.id()?;
        trial
            .until("others have what it held", |arena| Ok(held_by(arena, id)? == 0))
            .await?;
        trial.arena.part(name)?.signal("CONT")?;
        trial.settle(&format!("after {name} was stopped")).await?;
    }
    ensure!(bounced(&trial.arena) > 0, "no verdict came too late");
    trial.end().await
}

/// Verdicts that came too late.
pub(super) fn bounced(arena: &Arena) -> usize {
    let workers = arena.of(Role::Worker);
    workers
        .map(|part| part.logged("the lease was lost; the verdict is dropped"))
        .sum()
}

/// Stops a worker at a moment when it holds leases.
pub(super) async fn freeze_with_leases(trial: &mut Trial, name: &str) -> Result<()> {
    trial
        .until("it holds a lease", |arena| {
            let part = arena.part(name)?;
            part.signal("STOP")?;
            let id = part.id()?;
            let holds = works_on(arena, id)?;
            if !holds {
                arena.part(name)?.signal("CONT")?;
            }
            Ok(holds)
        })
        .await
}

/// Judgements that the worker of a process id has.
pub(super) fn held_by(arena: &Arena, id: u32) -> Result<u64> {
    let count = format!(
        "SELECT count(*) FROM judgements j JOIN workers w ON w.id = j.worker_id \
         WHERE j.state = 'running' AND w.name LIKE '%:{id}'"
    );
    Ok(arena.sql(&count)?.parse()?)
}

/// Whether it has had one for so long that it must know, and be about to say what became of it.
pub(super) fn works_on(arena: &Arena, id: u32) -> Result<bool> {
    let count = format!(
        "SELECT count(*) FROM judgements j JOIN workers w ON w.id = j.worker_id \
         WHERE j.state = 'running' AND w.name LIKE '%:{id}' \
         AND j.started_at < extract(epoch FROM clock_timestamp()) * 1000000 - 100000"
    );
    Ok(arena.sql(&count)? != "0")
}

/// Judgements whose worker went silent.
pub(super) fn silenced(arena: &Arena) -> Result<u64> {
    let count = "SELECT count(*) FROM judgements WHERE story LIKE '%went silent%'";
    Ok(arena.sql(count)?.parse()?)
}
