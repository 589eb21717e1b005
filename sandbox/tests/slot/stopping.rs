//! Ending a slot from another thread.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::programs::{config, slot, spec};
use rustix::fs::{CWD, FileType, Mode};
use sandbox::{Bind, End, SandboxError, Slot, SlotConfig};
use tempfile::TempDir;

/// A slot, and a fifo that its programs find as `/signs/started`: opening it waits until a program opens it, too.
pub(crate) fn slot_with_sign() -> (Slot, TempDir, PathBuf) {
    let home = tempfile::tempdir().unwrap();
    fs::set_permissions(home.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let fifo = home.path().join("started");
    rustix::fs::mknodat(CWD, &fifo, FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
    fs::set_permissions(&fifo, fs::Permissions::from_mode(0o666)).unwrap();
    let slot = Slot::start(&SlotConfig {
        binds: vec![Bind {
            source: home.path().to_owned(),
            target: "/signs".into(),
        }],
        bind_roots: vec![home.path().to_owned()],
        ..config()
    })
    .unwrap();
    (slot, home, fifo)
}

#[test]
fn a_run_ends_at_once_when_it_is_stopped() {
    let (mut slot, _home, fifo) = slot_with_sign();
    let mut spec = spec(["/bin/sh", "-c", "sleep 1000 & : >/signs/started; sleep 1000"]);
    spec.limits.wall = Duration::from_secs(1000);
    let stopper = slot.stopper();
    let run = std::thread::spawn(move || (slot.run(&spec), slot));
    File::open(&fifo).unwrap();
    let begin = Instant::now();
    stopper.stop();
    let (result, slot) = run.join().unwrap();
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    assert!(matches!(result, Err(SandboxError::Host { .. })), "{result:?}");
    assert!(!slot.is_usable());
    drop(slot);
    // Long after.
    stopper.stop();
}

#[test]
fn a_slot_that_is_stopped_at_rest_fails_its_next_run_and_no_other_slot() {
    let (mut one, mut other) = (slot(), slot());
    one.stopper().stop();
    let command = spec(["/bin/true"]);
    let result = one.run(&command);
    assert!(matches!(result, Err(SandboxError::Host { .. })), "{result:?}");
    assert_eq!(other.run(&command).unwrap().end, End::Exited(0));
}
