//! What is particular to the unified hierarchy (cgroup v2). These need one: `make test-vm` runs them in a machine that has
//! nothing else, as root and as an ordinary user.

use std::fs;
use std::path::PathBuf;

use sandbox::{Backend, End, MemoryKind, SandboxError};

use crate::programs::{c, python, slot};

const MIB: u64 = 1 << 20;

/// The delegated group that this test is in: the parent of its leaf.
fn group() -> PathBuf {
    let own = fs::read_to_string("/proc/self/cgroup").unwrap();
    let own = own.lines().find_map(|line| line.strip_prefix("0::/")).unwrap();
    PathBuf::from("/sys/fs/cgroup").join(own.strip_suffix("/gavel-driver").unwrap_or(own))
}

/// The one group of a slot in it.
fn slots_group() -> PathBuf {
    let mut entries = fs::read_dir(group())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().contains("/gavel-slot-"));
    let found = entries.next().unwrap();
    assert_eq!(entries.next(), None);
    found
}

fn read(file: &str) -> String {
    fs::read_to_string(slots_group().join(file))
        .unwrap()
        .trim()
        .to_owned()
}

#[test]
fn a_slot_lives_in_one_group_with_all_limits() {
    let mut slot = slot();
    assert_eq!(slot.guarantees().backend, Backend::CgroupV2);
    assert!(slot.guarantees().memory_enforced && slot.guarantees().cpu_complete);
    let mut spec = python("pass");
    spec.limits.memory = 100 * MIB;
    spec.limits.processes = 7;
    assert_eq!(slot.run(&spec).unwrap().end, End::Exited(0));
    assert_eq!(read("memory.swap.max"), "0");
    // Init and launching thread are two tasks, and the init has a little memory of its own.
    assert_eq!(read("pids.max"), "9");
    let limit: u64 = read("memory.max").parse().unwrap();
    assert!((100 * MIB..110 * MIB).contains(&limit), "{limit}");
    assert_eq!(read("cgroup.procs").lines().count(), 1, "the init alone");
    // All die together where the init is exempt, which takes root.
    let together = if rustix::process::geteuid().is_root() {
        "1"
    } else {
        "0"
    };
    assert_eq!(read("memory.oom.group"), together);
}

#[test]
fn nothing_is_swapped_out_to_escape_the_limit() {
    assert!(
        fs::read_to_string("/proc/swaps").unwrap().lines().count() > 1,
        "the host has swap"
    );
    let mut slot = slot();
    let mut hog = python("b = [bytearray(b'x' * (1 << 20)) for _ in range(200)]");
    hog.limits.memory = 64 * MIB;
    assert_eq!(slot.run(&hog).unwrap().end, End::MemoryLimit);
    assert_eq!(read("memory.swap.current"), "0");
}

#[test]
fn the_peak_of_one_run_is_not_that_of_the_next() {
    let mut slot = slot();
    let program = |mebibytes: u64| {
        c(&format!(
            "#include <stdlib.h>
             #include <string.h>
             int main(void) {{ memset(malloc({mebibytes} << 20), 1, {mebibytes} << 20); return 0; }}"
        ))
    };
    // A kernel that cannot reset its peak says so by what it tells then.
    let probe = fs::File::options()
        .write(true)
        .open(slots_group().join("memory.peak"));
    let resets = probe.is_ok_and(|mut file| std::io::Write::write_all(&mut file, b"reset").is_ok());
    let later = if resets {
        MemoryKind::Charged
    } else {
        MemoryKind::Resident
    };
    for (mebibytes, kind) in [
        (60, MemoryKind::Charged),
        (20, later),
        (5, later),
        (100, MemoryKind::Charged),
    ] {
        let outcome = slot.run(&program(mebibytes)).unwrap();
        assert_eq!(
            (outcome.end, outcome.memory_kind),
            (End::Exited(0), kind),
            "{mebibytes} MiB"
        );
        let expected = mebibytes * MIB - MIB / 2..mebibytes * MIB + 2 * MIB;
        assert!(
            expected.contains(&outcome.memory),
            "{mebibytes} MiB: {}",
            outcome.memory
        );
    }
    // Memory that is in no process's resident size, and in several processes at once, is seen all the same.
    let mut family = python(
        "import os, time\nfd = os.memfd_create('m')\nfor _ in range(16): os.write(fd, bytes(1 << 20))\n\
         for _ in range(3):\n  if os.fork() == 0: b = b'x' * (16 << 20); time.sleep(5); os._exit(0)\ntime.sleep(3)",
    );
    family.limits.memory = 200 * MIB;
    let outcome = slot.run(&family).unwrap();
    assert_eq!(outcome.end, End::Exited(0));
    assert!(
        (64 * MIB..90 * MIB).contains(&outcome.memory),
        "{}",
        outcome.memory
    );
}

#[test]
fn a_host_without_memory_is_no_fault_of_the_program() {
    let mut slot = slot();
    let limit = group().join("memory.max");
    // Only root may tighten the group that it was given; another user's is out of its own reach.
    if fs::write(&limit, (40 * MIB).to_string()).is_err() {
        assert!(!rustix::process::geteuid().is_root());
        return;
    }
    let mut hog = python("b = [bytearray(b'x' * (1 << 20)) for _ in range(100)]");
    hog.limits.memory = 200 * MIB;
    let error = slot.run(&hog).unwrap_err();
    fs::write(&limit, "max").unwrap();
    assert!(
        matches!(&error, SandboxError::Host { .. }) && error.to_string().contains("the host, not the run"),
        "{error}"
    );
    assert!(!slot.is_usable());
}
