//! Faults in the middle of real programs: workers that die with their sandboxes, and disks that are full.

use anyhow::{Context, Result, ensure};

use super::processes::{freeze_with_leases, held_by, silenced};
use super::{NAMED, REAL_SHARE};
use crate::faults::arena::{Setup, aplusb};
use crate::faults::plan::Judging;
use crate::faults::trial::{BRISK, Scale, Tally, Trial};

const REAL: Setup = Setup {
    judging: Judging::Real,
    ..NAMED
};

/// A worker is killed, and another stopped, while programs run in their sandboxes.
pub(super) async fn killed(scale: Scale) -> Result<Tally> {
    let mut trial = Trial::fleet(scale, BRISK, REAL)?;
    let count = scale.submissions / REAL_SHARE;
    let before = silenced(&trial.arena)?;
    trial.submit_and_break_off(count / 2).await?;
    freeze_with_leases(&mut trial, "worker1").await?;
    trial.arena.part("worker1")?.kill()?;
    trial
        .until("what it held is taken from it", |arena| {
            Ok(silenced(arena)? > before)
        })
        .await?;
    trial.arena.part("worker1")?.start()?;
    trial
        .settle("after a worker was killed with its programs")
        .await?;

    trial.submit_and_break_off(count / 2).await?;
    freeze_with_leases(&mut trial, "worker2").await?;
    let id = trial.arena.part("worker2")?.id()?;
    trial
        .until("others have what it held", |arena| Ok(held_by(arena, id)? == 0))
        .await?;
    trial.arena.part("worker2")?.signal("CONT")?;
    trial
        .settle("after a worker was stopped with its programs")
        .await?;
    trial.end().await
}

/// The disk of one worker is full, then that of the packages: nobody's verdict is the worse for it, and both recover.
pub(super) async fn full_disks(scale: Scale) -> Result<Tally> {
    let setup = Setup {
        has_small_disks: true,
        ..REAL
    };
    let mut trial = Trial::fleet(scale, BRISK, setup)?;
    let count = scale.submissions / REAL_SHARE;
    let (work, objects) = (
        trial.arena.home().join("worker1/data"),
        trial.arena.home().join("objects"),
    );
    trial.arena.disks()?.fill(&work)?;
    trial.submit(count / 2);
    trial
        .until("the worker misses its disk", |arena| {
            Ok(arena.part("worker1")?.logged("No space left on device") > 0)
        })
        .await?;
    trial.settle("while the disk of a worker was full").await?;
    trial.arena.disks()?.free(&work)?;
    let id = trial.arena.part("worker1")?.id()?;
    let judged = format!(
        "SELECT count(*) FROM judgements j JOIN workers w ON w.id = j.worker_id \
         WHERE j.state = 'done' AND w.name LIKE '%:{id}'"
    );
    trial.submit(count / 2);
    let load = trial.all_accepted();
    load.await?;
    trial
        .until("the worker judges again", |arena| {
            Ok(arena.sql(&judged)?.parse::<u64>()? > 0)
        })
        .await?;
    trial.settle("after the disk of a worker was full").await?;

    let before = trial.arena.disks()?.files(&objects);
    trial.arena.disks()?.fill(&objects)?;
    let other = other_package(&trial)?;
    let refused = trial.arena.upload(&other).err();
    let refused = refused
        .context("a package was stored on a full disk")?
        .to_string();
    ensure!(refused.contains("a disk of the server is full"), "{refused}");
    trial.submit(count / 4);
    trial.settle("while the disk of the packages was full").await?;
    trial.arena.disks()?.free(&objects)?;
    let after = trial.arena.disks()?.files(&objects);
    ensure!(before == after, "{after:?} was {before:?}");
    trial.arena.upload(&other)?;
    trial.submit(count / 4);
    trial.settle("after the disk of the packages was full").await?;
    trial.end().await
}

/// The same problem with another statement: another package.
fn other_package(trial: &Trial) -> Result<std::path::PathBuf> {
    let place = trial.arena.home().join("aplusb");
    let status = crate::services::command("cp")
        .arg("-r")
        .args([&aplusb(), &place])
        .status()?;
    ensure!(status.success(), "cannot copy the package");
    std::fs::write(place.join("statement/problem.en.md"), "Add two numbers.\n")?;
    Ok(place)
}
