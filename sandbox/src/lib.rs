//! Runs one program isolated and measured. Knows nothing of problems, languages or verdicts.

use std::ffi::OsString;
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Must be the very first statement of `main`: where this process was started as the init of a slot, serves it and
/// never returns.
pub fn init_if_requested() {}

/// What a host offers and a slot is given, the same for every run in it.
#[derive(Debug, Clone)]
pub struct SlotConfig {
    /// Host directories shown read-only at the same place (`/usr`, `/bin`, `/lib`, …); missing ones are left out.
    pub tool_roots: Vec<PathBuf>,
}

impl Default for SlotConfig {
    fn default() -> Self {
        todo!()
    }
}

/// What to run.
#[derive(Debug, Clone)]
pub struct Spec {
    /// Program (absolute inside the sandbox, or relative to the work directory `/work`) and arguments.
    pub argv: Vec<OsString>,
    /// The whole environment; nothing is inherited.
    pub env: Vec<(OsString, OsString)>,
    /// Where standard input comes from.
    pub stdin: Stdin,
    /// Files that are put into the work directory before the run.
    pub files: Vec<InputFile>,
    /// Files of the work directory that are wanted afterwards.
    pub collect: Vec<Collect>,
    /// What the program may use.
    pub limits: Limits,
}

/// Where standard input comes from.
#[derive(Debug, Clone)]
pub enum Stdin {
    /// `/dev/null`.
    Null,
    /// An open file, read from its start. The program gets a read-only view and cannot disturb other readers' offset.
    File(Arc<File>),
    /// Bytes.
    Bytes(Arc<[u8]>),
}

/// A file that is put into the work directory.
#[derive(Debug, Clone)]
pub struct InputFile {
    /// A plain name.
    pub name: String,
    /// Its content.
    pub content: Content,
    /// Whether it can be executed.
    pub executable: bool,
}

/// The content of a file.
#[derive(Debug, Clone)]
pub enum Content {
    /// In memory.
    Bytes(Arc<[u8]>),
    /// An open file, copied from its start by the kernel.
    File(Arc<File>),
}

/// A file that is wanted after the run.
#[derive(Debug, Clone)]
pub struct Collect {
    /// A plain name in the work directory.
    pub name: String,
    /// The largest size that is taken, in bytes; a larger one is reported and not taken.
    pub max_bytes: u64,
}

/// What the program may use. All of it always applies to the whole process tree.
#[derive(Debug, Clone)]
pub struct Limits {
    /// CPU time.
    pub cpu: Duration,
    /// Wall-clock time.
    pub wall: Duration,
    /// Memory, in bytes.
    pub memory: u64,
    /// Standard output, in bytes; the program is ended when it writes more.
    pub stdout: u64,
    /// Standard error, in bytes; what is beyond it is dropped and counted.
    pub stderr: u64,
    /// Stack of the main thread, in bytes.
    pub stack: u64,
    /// Processes and threads at once.
    pub processes: u32,
    /// Open descriptors of a process.
    pub descriptors: u32,
    /// Size of the work directory, in bytes.
    pub work_bytes: u64,
    /// Files in the work directory.
    pub work_files: u32,
}

/// What happened.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Why it ended.
    pub end: End,
    /// CPU time of the whole process tree: user and system.
    pub cpu: Duration,
    /// Wall-clock time from exec to the end.
    pub wall: Duration,
    /// Peak memory in bytes, and what was counted says `memory_kind`.
    pub memory: u64,
    /// Standard output, at most the limit.
    pub stdout: Captured,
    /// Standard error, at most the limit.
    pub stderr: Captured,
    /// The files asked for that were there, in the order asked for.
    pub collected: Vec<Collected>,
}

/// Why a program ended. What the supervisor did, never a guess from the status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// It exited by itself.
    Exited(i32),
    /// A signal that was not ours ended it.
    Signalled(i32),
    /// Ended at the CPU limit.
    CpuLimit,
    /// Ended at the wall limit.
    WallLimit,
    /// The kernel found no more memory under the limit.
    MemoryLimit,
    /// Ended because it wrote too much to standard output.
    OutputLimit,
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
    /// Its name.
    pub name: String,
    /// What became of it.
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
}

/// A fault of the sandbox or the host, never of the program that ran in it.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The program cannot be started as asked: the caller's mistake (no such file, not executable, …).
    #[error("cannot execute {program}: {reason}")]
    Exec {
        /// What was to be executed.
        program: String,
        /// Why it cannot.
        reason: String,
    },
    /// Anything else.
    #[error("{operation} ({subject}): {source}")]
    Host {
        /// What was being done.
        operation: &'static str,
        /// To what.
        subject: String,
        /// What the kernel said.
        source: std::io::Error,
    },
}

/// A warm slot: one program at a time. Blocking; use it from a thread that may block.
#[derive(Debug)]
pub struct Slot {}

impl Slot {
    /// Sets up a slot: an init process in namespaces and a root of its own.
    pub fn start(_config: &SlotConfig) -> Result<Self, SandboxError> {
        todo!()
    }

    /// Runs one program. After a [`SandboxError::Host`] the slot must be thrown away.
    pub fn run(&mut self, _spec: &Spec) -> Result<Outcome, SandboxError> {
        todo!()
    }
}
