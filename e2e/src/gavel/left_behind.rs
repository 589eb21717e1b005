//! What a process of ours may leave behind: nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::services::pause;

/// The processes below one process, each with its start time, so that a reused id is not mistaken for it.
#[derive(Debug)]
pub(super) struct Descendants {
    root: u32,
    processes: Vec<(u32, u64)>,
}

impl Descendants {
    /// The processes below `root` now.
    pub(super) fn of(root: u32) -> Self {
        let all = all_processes();
        let mut found = BTreeSet::from([root]);
        loop {
            let more: Vec<u32> = all
                .iter()
                .filter(|(id, process)| found.contains(&process.parent) && !found.contains(*id))
                .map(|(id, _)| *id)
                .collect();
            if more.is_empty() {
                break;
            }
            found.extend(more);
        }
        let processes = found
            .iter()
            .filter_map(|id| all.get(id).map(|process| (*id, process.started)))
            .collect();
        Self { root, processes }
    }

    /// Fails if one of them, or a control group of theirs, is still there after `patience`.
    pub(super) fn assert_gone(&self, patience: Duration) -> Result<()> {
        let deadline = Instant::now() + patience;
        loop {
            let all = all_processes();
            let alive: Vec<u32> = self
                .processes
                .iter()
                .filter(|(id, started)| {
                    all.get(id)
                        .is_some_and(|process| process.started == *started && !process.zombie)
                })
                .map(|(id, _)| *id)
                .collect();
            let (groups, mounts) = (control_groups_of(self.root), mounts());
            if alive.is_empty() && groups.is_empty() && mounts.is_empty() {
                return Ok(());
            }
            if Instant::now() > deadline {
                bail!("left behind: processes {alive:?}, control groups {groups:?}, mounts {mounts:?}");
            }
            pause();
        }
    }
}

#[derive(Debug)]
struct Process {
    parent: u32,
    started: u64,
    zombie: bool,
}

fn all_processes() -> BTreeMap<u32, Process> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    entries
        .filter_map(|entry| {
            let id: u32 = entry.file_name().to_str()?.parse().ok()?;
            let stat = std::fs::read_to_string(entry.path().join("stat")).ok()?;
            // The name may hold spaces and parentheses: what counts stands behind the last parenthesis.
            let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
            let (parent, started) = (fields.get(1)?.parse().ok()?, fields.get(19)?.parse().ok()?);
            Some((
                id,
                Process {
                    parent,
                    started,
                    zombie: fields.first() == Some(&"Z"),
                },
            ))
        })
        .collect()
}

/// The control groups whose name says that they belong to the process.
fn control_groups_of(process: u32) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![(PathBuf::from("/sys/fs/cgroup"), 0)];
    while let Some((directory, depth)) = open.pop() {
        for entry in std::fs::read_dir(&directory).into_iter().flatten().flatten() {
            if !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                continue;
            }
            let name = entry.file_name().to_string_lossy().into_owned();
            let belongs = name.contains("gavel")
                && name
                    .split(['-', '.', '_'])
                    .any(|word| word == process.to_string());
            if belongs {
                found.push(entry.path());
            } else if depth < 4 {
                open.push((entry.path(), depth + 1));
            }
        }
    }
    found
}

/// The mounts of this namespace that are ours: there should never be one, as slots have namespaces of their own.
fn mounts() -> Vec<String> {
    let all = std::fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    all.lines()
        .filter(|line| line.contains("gavel"))
        .map(str::to_owned)
        .collect()
}
