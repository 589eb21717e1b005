//! What runs may have left on the host.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Everything that this process could be blamed for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Leftovers {
    /// Processes whose parent is this one.
    children: Vec<u32>,
    mounts: usize,
    descriptors: usize,
    threads: usize,
    /// Cgroups that bear this driver's number.
    cgroups: Vec<String>,
    /// Processes, files and IPC objects that belong to a user whom this driver has made up.
    foreign: Vec<String>,
}

impl Leftovers {
    pub(crate) fn look() -> Self {
        let own = std::process::id();
        let mut cgroups = Vec::new();
        find_cgroups(
            Path::new("/sys/fs/cgroup"),
            &format!("gavel-slot-{own}-"),
            5,
            &mut cgroups,
        );
        let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap();
        Self {
            children: children(own),
            mounts: mounts.lines().count(),
            descriptors: fs::read_dir("/proc/self/fd").unwrap().count(),
            threads: fs::read_dir("/proc/self/task").unwrap().count(),
            cgroups,
            foreign: foreign(own),
        }
    }
}

/// Children of a process.
pub(crate) fn children(of: u32) -> Vec<u32> {
    let parent = |pid: &u32| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        stat.rsplit_once(')')?
            .1
            .split_whitespace()
            .nth(1)?
            .parse::<u32>()
            .ok()
    };
    pids().filter(|pid| parent(pid) == Some(of)).collect()
}

fn pids() -> impl Iterator<Item = u32> {
    let entries = fs::read_dir("/proc").unwrap().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

/// Resident memory of a process, in KiB.
pub(crate) fn resident(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.unwrap().trim().strip_suffix(" kB").unwrap().parse().unwrap()
}

fn find_cgroups(directory: &Path, prefix: &str, depth: u32, found: &mut Vec<String>) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        if entry.file_name().to_string_lossy().starts_with(prefix) {
            found.push(path.display().to_string());
        } else if depth > 0 && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            find_cgroups(&path, prefix, depth - 1, found);
        }
    }
}

/// As root every slot has two users of its own; what bears their number was left by a run.
fn foreign(own: u32) -> Vec<String> {
    let first = 0x6000_0000 + (own % (1 << 22)) * 128;
    let is_ours = |user: u32| (first..first + 128).contains(&user);
    let processes = pids().filter_map(|pid| {
        let user = fs::metadata(format!("/proc/{pid}")).ok()?.uid();
        is_ours(user).then(|| format!("process {pid}"))
    });
    let places = ["/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue", "/run", "/"];
    let entries = places
        .iter()
        .flat_map(|place| fs::read_dir(place).into_iter().flatten().flatten());
    let files = entries.filter_map(|entry| {
        let user = fs::symlink_metadata(entry.path()).ok()?.uid();
        is_ours(user).then(|| entry.path().display().to_string())
    });
    let objects = ["shm", "sem", "msg"].into_iter().flat_map(|kind| {
        let table = fs::read_to_string(format!("/proc/sysvipc/{kind}")).unwrap_or_default();
        let ours = |line: &&str| {
            line.split_whitespace()
                .any(|word| word.parse().is_ok_and(is_ours))
        };
        table
            .lines()
            .filter(ours)
            .map(|line| format!("{kind} {line}"))
            .collect::<Vec<_>>()
    });
    processes.chain(files).chain(objects).collect()
}
