//! Workers whose clocks are wrong.

use anyhow::{Context, Result, ensure};

use super::NAMED;
use super::processes::{freeze_with_leases, held_by, silenced};
use crate::faults::arena::{Part, Setup};
use crate::faults::trial::{BUSY, Scale, Tally, Trial};
use crate::services::command;

/// By how much they are wrong, in seconds.
const WRONG_BY: i64 = 660;

/// What is put before the system's own clock: the kernel's, and a few minutes.
const CLOCK: &str = r"
#define _GNU_SOURCE
#include <time.h>
#include <unistd.h>
#include <sys/syscall.h>
int clock_gettime(clockid_t clock, struct timespec *now) {
    int result = syscall(SYS_clock_gettime, clock, now);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += WRONG_BY;
    return result;
}
";

/// One worker's clock is ahead and another's behind: neither loses a lease by it, and neither keeps one by it.
pub(super) async fn wrong(scale: Scale) -> Result<Tally> {
    let setup = Setup {
        adapt: Some(mislead),
        ..NAMED
    };
    let mut trial = Trial::fleet(scale, BUSY, setup)?;
    let right = time_of_start(trial.arena.part("worker3")?)?;
    for (name, sign) in [("worker1", 1), ("worker2", -1)] {
        // They start within a minute of each other.
        let off = (time_of_start(trial.arena.part(name)?)? - right - sign * WRONG_BY).rem_euclid(86_400);
        ensure!(off.min(86_400 - off) < 120, "the clock of {name} is not wrong");
    }
    trial.submit(scale.submissions / 3);
    trial.settle("while clocks were wrong").await?;
    for name in ["worker1", "worker2"] {
        let before = silenced(&trial.arena)?;
        trial.submit_and_break_off(scale.submissions / 3).await?;
        freeze_with_leases(&mut trial, name).await?;
        let id = trial.arena.part(name)?.id()?;
        trial
            .until("others have what it held", |arena| Ok(held_by(arena, id)? == 0))
            .await?;
        ensure!(silenced(&trial.arena)? > before, "nothing was taken from {name}");
        trial.arena.part(name)?.signal("CONT")?;
        trial
            .settle(&format!("after {name} with its wrong clock was stopped"))
            .await?;
    }
    trial.end().await
}

fn mislead(part: &mut Part) -> Result<()> {
    let wrong_by = match part.name.as_str() {
        "worker1" => WRONG_BY,
        "worker2" => -WRONG_BY,
        _ => return Ok(()),
    };
    let (source, library) = (part.home().join("clock.c"), part.home().join("clock.so"));
    std::fs::write(&source, CLOCK)?;
    let output = command("gcc")
        .arg(format!("-DWRONG_BY=({wrong_by})"))
        .args(["-shared", "-fPIC", "-O1", "-o"])
        .args([&library, &source])
        .output()
        .context("cannot run gcc")?;
    ensure!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let library = library.display().to_string();
    part.environment.push(("LD_PRELOAD", library));
    Ok(())
}

/// The time of day in seconds at which a worker says that it is ready, by its own clock.
fn time_of_start(part: &Part) -> Result<i64> {
    let log = part.log();
    let line = log.lines().find(|line| line.contains("a worker is ready"));
    let stamp = line.and_then(|line| line.split_once('T')).context("no time")?.1;
    let mut parts = stamp.splitn(3, ':').map(|part| part.get(..2));
    let mut next = || -> Result<i64> { Ok(parts.next().flatten().context("no time")?.parse()?) };
    Ok(next()? * 3600 + next()? * 60 + next()?)
}
