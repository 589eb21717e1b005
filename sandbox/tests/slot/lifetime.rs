//! Beginnings and ends: of slots, of inits, of drivers, and what they leave.

use std::fs;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags};
use rustix::process::{Pid, PidfdFlags, Signal};
use sandbox::{Backend, End, SandboxError, Slot, SlotConfig};

use crate::programs::{c, config, driver, python, slot, slow, spec};

/// Parent and command line of a process, as `/proc` tells.
fn describe(process: &str) -> Option<(u32, String)> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let parent = stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()?;
    let command = fs::read_to_string(format!("/proc/{process}/cmdline")).ok()?;
    Some((parent, command.replace('\0', " ").trim().to_owned()))
}

/// Processes with this parent whose command line begins with `command`.
fn children(parent: u32, command: &str) -> Vec<u32> {
    let entries = fs::read_dir("/proc").unwrap().flatten();
    let pids = entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| name.parse::<u32>().is_ok());
    pids.filter(|pid| describe(pid).is_some_and(|(of, words)| of == parent && words.starts_with(command)))
        .map(|pid| pid.parse().unwrap())
        .collect()
}

/// Looks until it is there; what is awaited has no event of its own.
fn awaited<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + slow(Duration::from_secs(10));
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "{what} did not come about");
        std::thread::yield_now();
    }
}

fn pidfd(pid: u32) -> OwnedFd {
    let pid = Pid::from_raw(pid.try_into().unwrap()).unwrap();
    rustix::process::pidfd_open(pid, PidfdFlags::empty()).unwrap()
}

fn ends(process: &OwnedFd) -> bool {
    let patience = rustix::time::Timespec {
        tv_sec: 5,
        tv_nsec: 0,
    };
    rustix::event::poll(&mut [PollFd::new(process, PollFlags::IN)], Some(&patience)).unwrap() == 1
}

/// Our cgroups of a driver, in any hierarchy.
fn cgroups_of(driver: u32) -> Vec<PathBuf> {
    let entries = |directory| fs::read_dir(directory).into_iter().flatten().flatten();
    let hierarchies = entries(PathBuf::from("/sys/fs/cgroup"));
    // In a hierarchy of version 1, in a group of the unified one, or at its top.
    let groups = hierarchies.flat_map(|top| entries(top.path()).chain([top]));
    groups
        .map(|group| group.path())
        .filter(|path| {
            path.file_name().is_some_and(|name| {
                name.to_string_lossy()
                    .starts_with(&format!("gavel-slot-{driver}-"))
            })
        })
        .collect()
}

fn init_of_this_process() -> u32 {
    let [init] = children(std::process::id(), "gavel-slot")[..] else {
        panic!("one slot, one init")
    };
    init
}

#[test]
fn a_driver_that_dies_leaves_nothing_behind() {
    let mut driver = driver(&["--", "/bin/sleep", "61"]);
    // The stage, which bears the same name, has ended when there is a payload.
    let (init, payload) = awaited("a payload", || {
        let inits = children(driver.id(), "gavel-slot").into_iter();
        inits
            .flat_map(|init| {
                children(init, "/bin/sleep 61")
                    .into_iter()
                    .map(move |payload| (init, payload))
            })
            .next()
    });
    let (init, payload) = (pidfd(init), pidfd(payload));
    driver.kill().unwrap();
    driver.wait().unwrap();
    assert!(ends(&payload), "the payload lives on");
    assert!(ends(&init), "the init lives on");

    // Nobody was there to remove the cgroups. The next driver is.
    drop(slot());
    assert_eq!(cgroups_of(driver.id()), Vec::<PathBuf>::new());
}

#[test]
fn a_program_that_lives_removes_what_a_killed_one_left() {
    let mut slot = slot();
    let mut driver = driver(&["--", "/bin/sleep", "63"]);
    let init = awaited("an init", || {
        children(driver.id(), "gavel-slot").into_iter().next()
    });
    let init = pidfd(init);
    awaited("cgroups", || (!cgroups_of(driver.id()).is_empty()).then_some(()));
    driver.kill().unwrap();
    driver.wait().unwrap();
    assert!(ends(&init), "the init lives on");

    // A process that has ended leaves its cgroup a moment later.
    awaited("their removal", || {
        sandbox::remove_left_behind();
        cgroups_of(driver.id()).is_empty().then_some(())
    });
    // It has kept its own.
    assert_eq!(slot.run(&spec(["/bin/true"])).unwrap().end, End::Exited(0));
    assert!(!cgroups_of(std::process::id()).is_empty());
}

#[test]
fn a_slot_that_is_dropped_leaves_nothing_behind() {
    let mut slot = slot();
    slot.run(&python("import os\nif os.fork() == 0:\n  while True: pass"))
        .unwrap();
    let expected = match slot.guarantees().backend {
        Backend::CgroupV1 => 3,
        Backend::CgroupV2 => 1,
        Backend::None => panic!("the tests need a host with cgroups"),
    };
    assert_eq!(cgroups_of(std::process::id()).len(), expected);
    let init = pidfd(init_of_this_process());
    drop(slot);
    assert!(ends(&init));
    assert_eq!(
        children(std::process::id(), ""),
        Vec::<u32>::new(),
        "not even a zombie"
    );
    assert_eq!(cgroups_of(std::process::id()), Vec::<PathBuf>::new());
}

#[test]
fn many_runs_leave_no_more_than_one() {
    let mut slot = slot();
    let mut messy = c(
        "#include <fcntl.h>
         #include <stdlib.h>
         #include <string.h>
         #include <unistd.h>
         int main(void) {
             for (int i = 0; i < 5; i++) if (!fork()) { setsid(); memset(malloc(1 << 20), 1, 1 << 20); for (;;) pause(); }
             for (int i = 0; i < 50; i++) { char n[9] = {'a' + i % 26, 'a' + i / 26, 0}; write(open(n, O_CREAT | O_WRONLY, 0600), n, 9); }
             return 0;
         }",
    );
    messy.collect = vec![sandbox::Collect {
        name: "aa".into(),
        max_bytes: 100,
    }];
    let init = init_of_this_process();
    let count = |path: String| fs::read_dir(path).unwrap().count();
    let measure = || {
        // An undumpable process shows descriptors and mounts to root alone.
        let kept = rustix::process::geteuid().is_root().then(|| {
            let mounts = fs::read_to_string(format!("/proc/{init}/mountinfo")).unwrap();
            (mounts.lines().count(), count(format!("/proc/{init}/fd")))
        });
        let status = fs::read_to_string(format!("/proc/{init}/status")).unwrap();
        let resident = status.lines().find_map(|line| {
            line.strip_prefix("VmRSS:")?
                .trim()
                .strip_suffix(" kB")?
                .parse::<u64>()
                .ok()
        });
        (
            count("/proc/self/fd".into()),
            kept,
            children(init, "").len(),
            resident.unwrap(),
        )
    };
    let run = |slot: &mut Slot| assert_eq!(slot.run(&messy).unwrap().end, End::Exited(0));
    // The init replies before it clears away, and after a run that leaves nothing there is nothing to clear.
    let rest = |slot: &mut Slot| assert_eq!(slot.run(&spec(["/bin/true"])).unwrap().end, End::Exited(0));
    run(&mut slot);
    rest(&mut slot);
    let (descriptors, kept, processes, resident) = measure();
    for _ in 0..200 {
        run(&mut slot);
    }
    rest(&mut slot);
    let after = measure();
    assert_eq!((after.0, after.1, after.2), (descriptors, kept, processes));
    assert!(
        after.3 <= resident + 64,
        "the init has grown from {resident} to {} kB",
        after.3
    );
    assert_eq!(processes, 0);
}

#[test]
fn an_init_that_is_killed_or_stopped_is_an_error_and_no_hang() {
    for signal in [Signal::KILL, Signal::STOP] {
        let mut slot = Slot::start(&SlotConfig {
            patience: slow(Duration::from_millis(300)),
            ..config()
        })
        .unwrap();
        let init = init_of_this_process();
        let hit = std::thread::spawn(move || {
            awaited("a payload", || children(init, "/bin/sleep 62").first().copied());
            rustix::process::pidfd_send_signal(pidfd(init), signal).unwrap();
        });
        let mut sleeper = spec(["/bin/sleep", "62"]);
        sleeper.limits.wall = slow(Duration::from_millis(700));
        let error = slot.run(&sleeper).unwrap_err();
        hit.join().unwrap();
        assert!(matches!(error, SandboxError::Host { .. }), "{error}");
        assert!(!slot.is_usable());
        assert!(
            matches!(slot.run(&python("pass")), Err(SandboxError::Host { .. })),
            "a broken slot stays broken"
        );
        drop(slot);
        assert_eq!(children(std::process::id(), ""), Vec::<u32>::new());
    }
}

#[test]
fn a_program_that_is_no_init_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let mute = directory.path().join("mute");
    fs::write(&mute, "#!/bin/sh\nexec /bin/sleep 63\n").unwrap();
    fs::set_permissions(&mute, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let mute = mute.to_string_lossy().into_owned();
    let rows = [
        // Ends at once; is not there; never says anything.
        ("/bin/true", "did not become the init"),
        ("/no/such/program", "No such file"),
        (mute.as_str(), "wait for"),
    ];
    for (program, expected) in rows {
        let config = SlotConfig {
            init_program: Some(program.into()),
            patience: slow(Duration::from_millis(300)),
            ..SlotConfig::default()
        };
        let error = Slot::start(&config).unwrap_err().to_string();
        assert!(error.contains(expected), "{program}: {error}");
    }
    assert_eq!(cgroups_of(std::process::id()), Vec::<PathBuf>::new());
}

#[test]
fn tool_roots_that_would_show_too_much_are_refused() {
    for path in [
        "/",
        "usr",
        "/usr/../etc",
        "/proc",
        "/proc/sys",
        "/dev",
        "/tmp",
        "/tmp/tools",
        "/work",
    ] {
        let config = SlotConfig {
            tool_roots: vec![path.into()],
            ..config()
        };
        let error = Slot::start(&config).unwrap_err();
        assert!(
            matches!(
                error,
                SandboxError::Invalid {
                    field: "tool_roots",
                    ..
                }
            ),
            "{path}: {error}"
        );
    }
}

#[test]
fn slots_run_side_by_side() {
    let threads: Vec<_> = (0..4)
        .map(|index| {
            std::thread::spawn(move || {
                let mut slot = slot();
                for _ in 0..5 {
                    assert_eq!(
                        slot.run(&python(&format!("exit({index})"))).unwrap().end,
                        End::Exited(index)
                    );
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
}
