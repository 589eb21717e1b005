//! Ways that swallow everything, and ways that break off.

use anyhow::{Result, ensure};

use super::NAMED;
use super::processes::{bounced, held_by, works_on};
use crate::faults::arena::{Part, Role};
use crate::faults::link::Mode;
use crate::faults::trial::{BUSY, Scale, Tally, Trial};

/// How often everything breaks off.
const CUTS: u64 = 12;

/// One worker cannot reach the database: others take what it held, and what it says at last comes too late. Then no api can.
pub(super) async fn without_postgres(scale: Scale) -> Result<Tally> {
    let mut trial = Trial::fleet(scale, BUSY, NAMED)?;
    for name in ["worker1", "worker2"] {
        trial.submit_and_break_off(scale.submissions / 4).await?;
        let id = trial.arena.part(name)?.id()?;
        trial
            .until("it holds a lease", |arena| {
                let link = arena.part(name)?.postgres.clone();
                link.set(Mode::Stalled);
                let holds = works_on(arena, id)?;
                if !holds {
                    link.set(Mode::Open);
                }
                Ok(holds)
            })
            .await?;
        trial
            .until("others have what it held", |arena| Ok(held_by(arena, id)? == 0))
            .await?;
        trial.arena.part(name)?.postgres.set(Mode::Open);
        trial
            .settle(&format!("after {name} was without its database"))
            .await?;
    }
    ensure!(bounced(&trial.arena) > 0, "no verdict came too late");
    trial.submit_and_break_off(scale.submissions / 2).await?;
    each(&trial, Role::Api, |part| part.postgres.set(Mode::Stalled));
    let before = trial.ledger.counts().unanswered;
    let missed = trial
        .ledger
        .until("somebody misses it", |counts| counts.unanswered > before);
    missed.await?;
    each(&trial, Role::Api, |part| part.postgres.set(Mode::Open));
    trial.settle("after the apis were without their database").await?;
    trial.end().await
}

/// Nobody reaches Redis, which itself is well: nothing says that a connection is broken.
pub(super) async fn without_redis(scale: Scale) -> Result<Tally> {
    let mut trial = Trial::fleet(scale, BUSY, NAMED)?;
    for role in [Role::Worker, Role::Gateway, Role::Api] {
        trial.submit_and_break_off(scale.submissions / 3).await?;
        each(&trial, role, |part| part.redis.set(Mode::Stalled));
        trial.all_accepted().await?;
        trial
            .until("somebody misses it", |arena| Ok(arena.of(role).any(misses_redis)))
            .await?;
        each(&trial, role, |part| part.redis.set(Mode::Open));
        trial
            .settle(&format!("after every {role:?} was without Redis"))
            .await?;
    }
    trial.end().await
}

/// Every connection to either service is reset, again and again.
pub(super) async fn reset(scale: Scale) -> Result<Tally> {
    let mut trial = Trial::fleet(scale, BUSY, NAMED)?;
    for _ in 0..CUTS {
        trial.submit_and_break_off(scale.submissions / CUTS).await?;
        for part in trial.arena.parts() {
            part.postgres.cut();
            part.redis.cut();
        }
    }
    trial.settle("after connections were reset").await?;
    for part in trial.arena.parts() {
        let resets = part.postgres.resets() + part.redis.resets();
        ensure!(resets >= CUTS, "{} lost only {resets} connections", part.name);
    }
    trial.end().await
}

fn each(trial: &Trial, role: Role, what: impl Fn(&Part)) {
    trial.arena.of(role).for_each(what);
}

/// Whether it has said in any way that Redis does not answer.
fn misses_redis(part: &Part) -> bool {
    let words = [
        "cannot take from the queue",
        "cannot publish events",
        "cannot put into the queue",
        "events are not heard",
        "cannot subscribe",
        "left to the sweeper",
    ];
    words.iter().any(|words| part.logged(words) > 0)
}
