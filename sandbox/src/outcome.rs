//! What happened: plain data.

use std::fs::File;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::spec::LONGEST_PATH;
use crate::wire::MAX_FILES;

/// What happened.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Why it ended.
    pub end: End,
    /// CPU time of the whole process tree: user and system.
    pub cpu: Duration,
    /// The part of `cpu` that the kernel spent on behalf of the programs; the rest they spent themselves. The kernel tells
    /// the two apart by the scheduler's tick (1 to 10 ms): a short run may show all of its time as one of them.
    pub cpu_system: Duration,
    /// Wall-clock time from exec to the end.
    pub wall: Duration,
    /// Peak memory in bytes, and what was counted says `memory_kind`.
    pub memory: u64,
    /// What `memory` counts.
    pub memory_kind: MemoryKind,
    /// Processes and threads that were started, the program itself included, and those whose start the limit refused.
    /// `None` where the kernel does not tell.
    pub tasks: Option<u64>,
    /// Which of the promises were kept by the kernel in this run.
    pub guarantees: Guarantees,
    /// Standard output, at most the limit.
    pub stdout: Captured,
    /// Standard error, at most the limit.
    pub stderr: Captured,
    /// The files asked for, in the order asked for. Where all were asked for, those that were there, in the order of their
    /// paths, or one entry that tells why they were not taken.
    pub collected: Vec<Collected>,
}

impl Outcome {
    /// The part of `cpu` that the programs spent themselves.
    pub fn cpu_user(&self) -> Duration {
        self.cpu.saturating_sub(self.cpu_system)
    }

    /// How much was written to standard output and standard error together, as far as is known, in bytes.
    pub fn written(&self) -> u64 {
        self.stdout.written.saturating_add(self.stderr.written)
    }
}

/// Why a program ended. What the supervisor did or measured, never a guess from the status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// It exited by itself, within all limits.
    Exited(i32),
    /// A signal that was not ours ended it.
    Signalled(i32),
    /// Ended at the CPU limit, or had used more than it when it ended by itself.
    CpuLimit,
    /// Ended at the wall limit.
    WallLimit,
    /// The kernel found no more memory under the limit.
    MemoryLimit,
    /// Ended because it wrote too much to standard output.
    OutputLimit,
    /// Ended by us, within all limits, because its peer had ended: only in a pair.
    Stopped,
}

/// How the process tree is held together and counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Backend {
    /// A delegated subtree of the unified hierarchy.
    CgroupV2,
    /// The memory, cpuacct and pids hierarchies.
    CgroupV1,
    /// No cgroup: resource limits, the PID namespace, and looking every few milliseconds.
    None,
}

/// What the figure for memory counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemoryKind {
    /// Peak of what the whole tree was charged, without the page cache that was left at its end: anonymous and shared
    /// memory, the work directory, and what the kernel keeps for the tree.
    Charged,
    /// What was seen: the largest resident size of any one process, which the kernel keeps exactly, and more where the whole
    /// tree was seen to have more when it was looked at, every few milliseconds without a cgroup, every 100 with one. On
    /// cgroup v2 before Linux 6.12, whose peaks cannot be reset, this is told of a run whose peak is not above those of all
    /// earlier runs in its slot.
    Resident,
}

/// Which promises the host let us keep.
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent answers of the host, each shown by name"
)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guarantees {
    /// How the tree was held and counted.
    pub backend: Backend,
    /// The kernel holds the whole tree, its shared memory and its files under the memory limit; without it the supervisor
    /// looks every few milliseconds and ends what exceeds.
    pub memory_enforced: bool,
    /// The CPU time of every process is counted, reaped by whomever; without it, that of a child whose parent ignores its
    /// end is counted only as long as it was seen.
    pub cpu_complete: bool,
    /// The payload runs under a host user id of its own, other than that of the init and of the caller.
    pub own_user: bool,
    /// `/proc` shows the slot's own processes; where the host forbids it, `/proc` is empty.
    pub proc_mounted: bool,
}

/// Captured output.
#[derive(Debug, Clone, Default)]
pub struct Captured {
    /// What was kept.
    pub bytes: Vec<u8>,
    /// How much was written, as far as is known, in bytes.
    pub written: u64,
}

/// A collected file.
#[derive(Debug, Clone)]
pub struct Collected {
    /// Its path below the work directory.
    pub name: String,
    /// Whether it can be executed; of single files that is not looked at.
    pub executable: bool,
    /// What became of it. The file is sealed: nobody can change it any more.
    pub file: Result<Arc<File>, CollectError>,
}

/// Why a file was not collected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CollectError {
    /// There is none.
    #[error("the file is missing")]
    Missing,
    /// Not a regular file of one link that belongs to the slot.
    #[error("it is not a regular file of its own")]
    NotRegular,
    /// Too large.
    #[error("it has {found} bytes, more than {max}")]
    TooLarge {
        /// Its size, in bytes.
        found: u64,
        /// The cap, in bytes.
        max: u64,
    },
    /// Everything was asked for, and there is too much of it.
    #[error("there are more than {MAX_FILES} files, or longer paths than {LONGEST_PATH} bytes")]
    TooMany,
}
