//! What to run: plain data.

use std::ffi::OsString;
use std::fs::File;
use std::sync::Arc;
use std::time::Duration;

use crate::SandboxError;
use crate::plan::{self, Conflict};
use crate::wire::{MAX_FILES, MAX_MESSAGE};

/// What to run.
#[derive(Debug, Clone)]
pub struct Spec {
    /// Program (absolute inside the sandbox, or relative to where it starts: `/work`, or what `work` says) and arguments.
    pub argv: Vec<OsString>,
    /// The whole environment; nothing is inherited.
    pub env: Vec<(OsString, OsString)>,
    /// Where standard input comes from.
    pub stdin: Stdin,
    /// Files that are put into the work directory before the run.
    pub files: Vec<InputFile>,
    /// What the work directory is like besides.
    pub work: Work,
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
    /// Its path below the work directory, such as `main.py` or `data/words.txt`; directories are made for it.
    pub name: String,
    /// Its content.
    pub content: Content,
    /// Whether it can be executed.
    pub executable: bool,
}

/// What a work directory is like, beside the files in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Work {
    /// Directories that are made in it: paths such as `out` or `a/b`.
    pub directories: Vec<String>,
    /// Where in it the program starts, a path that is made for it; `None` stands for the work directory itself.
    pub start_in: Option<String>,
    /// The input files cannot be written to, nor their rights be changed; they can be removed, and others put in their place.
    /// Where the next run has the very same files, those that nobody has touched are then not copied again. (It takes a host
    /// that gives init and payload a user each; elsewhere the files are as ever, and copied for every run.)
    pub fixed_files: bool,
    /// Nothing can be written, made or removed in it once its files are in place. `/tmp` is as ever.
    pub read_only: bool,
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
    /// A path below the work directory; or [`Collect::ALL`], for every regular file in it and below, or [`Collect::all_in`], for
    /// those of a directory. Such a wish can be had once.
    pub name: String,
    /// The largest size that is taken, in bytes; a larger one is reported and not taken. Of all files, together.
    pub max_bytes: u64,
}

impl Collect {
    /// Stands for every regular file in the work directory and below, up to a bounded number, each told by its path. What is
    /// no regular file of its own, or has a path that is no UTF-8, is left out.
    pub const ALL: &str = ".";

    /// Stands for every regular file in that directory of the work directory, and below.
    pub fn all_in(directory: &str) -> String {
        format!("{directory}/.")
    }

    /// Whether it is a wish for all files of a directory.
    pub(crate) fn is_for_all(&self) -> bool {
        self.name == Self::ALL || self.name.ends_with("/.")
    }
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

/// The longest time limit that is taken: beyond it a mistake in units is likelier than a wish.
pub(crate) const LONGEST: Duration = Duration::from_hours(24);

/// The least memory that is taken, in bytes. Below a few hundred kilobytes the kernel finds no room for the process itself
/// before it has become the program, and then takes the init for the one to blame.
const LEAST_MEMORY: u64 = 1 << 20;

/// What a word or name takes in a message beside its own bytes, at most.
const OVERHEAD: usize = 16;
/// The most bytes of words and names that are taken: what else a message holds fits beside them.
const MAX_NAMES: usize = MAX_MESSAGE - 1024;

/// The longest path of an input file that is taken, in bytes: enough for any package, and a message holds many of them.
pub(crate) const LONGEST_PATH: usize = 512;

impl Spec {
    /// Refuses what cannot be run, naming the field.
    pub(crate) fn validate(&self) -> Result<(), SandboxError> {
        if self.argv.first().is_none_or(|program| program.is_empty()) {
            return Err(invalid("argv", "there is no program"));
        }
        let words = self
            .argv
            .iter()
            .chain(self.env.iter().flat_map(|(key, value)| [key, value]));
        let mut bytes = 0;
        for word in words {
            bytes += word.len() + OVERHEAD;
            if word.as_encoded_bytes().contains(&0) {
                return Err(invalid(
                    "argv, env",
                    format!("a NUL byte in {:?}", word.display().to_string()),
                ));
            }
        }
        if bytes > MAX_MESSAGE / 2 {
            return Err(invalid(
                "argv, env",
                format!("{bytes} bytes, more than {} are not taken", MAX_MESSAGE / 2),
            ));
        }
        if let Some((key, _)) = self
            .env
            .iter()
            .find(|(key, _)| key.is_empty() || key.as_encoded_bytes().contains(&b'='))
        {
            return Err(invalid(
                "env",
                format!("{:?} is not the name of a variable", key.display().to_string()),
            ));
        }
        self.validate_files()?;
        self.validate_names(bytes)?;
        self.limits.validate()
    }

    /// Refuses names that cannot all be there at once, or do not fit a message beside the `bytes` of the words.
    fn validate_names(&self, mut bytes: usize) -> Result<(), SandboxError> {
        let files = || self.files.iter().map(|file| &file.name);
        let directories = || self.work.directories.iter().chain(&self.work.start_in);
        let wanted = self.collect.iter().map(|wanted| &wanted.name);
        bytes += files()
            .chain(directories())
            // It is told once as a directory and once whole.
            .chain(&self.work.start_in)
            .chain(wanted)
            .map(|name| name.len() + OVERHEAD)
            .sum::<usize>();
        if bytes > MAX_NAMES {
            return Err(invalid(
                "argv, env, files, work, collect",
                format!("{bytes} bytes of words and names, more than {MAX_NAMES} are not taken"),
            ));
        }
        let directories = directories().map(String::as_bytes);
        match plan::filling(files().map(String::as_bytes), directories) {
            Ok(_) => Ok(()),
            Err(Conflict(path)) => {
                let path = String::from_utf8_lossy(path);
                let reason = format!("two files of one name, or a file where a directory is to be: {path:?}");
                Err(invalid("files", reason))
            }
        }
    }

    fn validate_files(&self) -> Result<(), SandboxError> {
        for (field, count) in [("files", self.files.len()), ("collect", self.collect.len())] {
            if count > MAX_FILES {
                return Err(invalid(
                    field,
                    format!("{count} files, more than {MAX_FILES} are not taken"),
                ));
            }
        }
        if let Some(file) = self.files.iter().find(|file| !is_path(&file.name)) {
            let reason = format!("{:?} is not a path below the work directory", file.name);
            return Err(invalid("files", reason));
        }
        let directories = self.work.directories.iter().chain(&self.work.start_in);
        if let Some(path) = directories.into_iter().find(|path| !is_path(path)) {
            let reason = format!("{path:?} is not a path below the work directory");
            return Err(invalid("work", reason));
        }
        let mut is_all_wanted = false;
        for wanted in &self.collect {
            if wanted.is_for_all() && std::mem::replace(&mut is_all_wanted, true) {
                return Err(invalid("collect", "everything is asked for twice"));
            }
            let path = wanted.name.strip_suffix("/.").unwrap_or(&wanted.name);
            if wanted.name != Collect::ALL && !is_path(path) {
                let reason = format!("{:?} is not a path below the work directory", wanted.name);
                return Err(invalid("collect", reason));
            }
        }
        Ok(())
    }
}

impl Limits {
    fn validate(&self) -> Result<(), SandboxError> {
        for (field, time) in [("limits.cpu", self.cpu), ("limits.wall", self.wall)] {
            if time.is_zero() || time > LONGEST {
                return Err(invalid(
                    field,
                    format!("{time:?} is not between zero and {LONGEST:?}"),
                ));
            }
        }
        // A run needs at least one process, three descriptors, a page of stack and the root of the work directory.
        let sizes = [
            ("limits.memory", self.memory, LEAST_MEMORY),
            ("limits.stack", self.stack, 16 << 10),
            ("limits.processes", self.processes.into(), 1),
            ("limits.descriptors", self.descriptors.into(), 4),
            ("limits.work_bytes", self.work_bytes, 4096),
            ("limits.work_files", self.work_files.into(), 1),
        ];
        for (field, found, least) in sizes {
            if found < least || found > i64::MAX.unsigned_abs() / 2 {
                return Err(invalid(
                    field,
                    format!("{found} is out of range, it begins at {least}"),
                ));
            }
        }
        Ok(())
    }
}

impl Limits {
    /// Refuses what is more than this host has at all, naming the field. A slot takes such limits too, as ones that are
    /// never reached: a worker's table of languages is the same on small and large hosts.
    pub fn check_host(&self) -> Result<(), SandboxError> {
        let host = rustix::system::sysinfo();
        let memory = host.totalram.saturating_mul(host.mem_unit.into());
        let sizes = [
            ("limits.memory", self.memory),
            ("limits.stack", self.stack),
            ("limits.stdout", self.stdout),
            ("limits.stderr", self.stderr),
            ("limits.work_bytes", self.work_bytes),
        ];
        if let Some((field, size)) = sizes.into_iter().find(|(_, size)| *size > memory) {
            let reason = format!("{size} bytes are more than the {memory} that this host has");
            return Err(invalid(field, reason));
        }
        // Where it cannot be read, the kernel's own default for large machines.
        let most = std::fs::read_to_string("/proc/sys/kernel/pid_max")
            .ok()
            .and_then(|text| text.trim().parse().ok())
            .unwrap_or(4 << 20);
        if self.processes > most {
            let reason = format!(
                "{} are more than the {most} that this host allows",
                self.processes
            );
            return Err(invalid("limits.processes", reason));
        }
        Ok(())
    }
}

/// A few plain names with slashes between them.
fn is_path(name: &str) -> bool {
    name.len() <= LONGEST_PATH && name.split('/').all(is_plain_name)
}

fn is_plain_name(name: &str) -> bool {
    !matches!(name, "" | "." | "..")
        && name.len() <= 255
        && !name.bytes().any(|byte| byte == b'/' || byte == 0)
}

fn invalid(field: &'static str, reason: impl Into<String>) -> SandboxError {
    SandboxError::Invalid {
        field,
        reason: reason.into(),
    }
}
