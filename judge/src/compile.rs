//! Compiles in the sandbox, at most once for the same content.
//!
//! The cache is keyed by everything that can change the result (see [`Plan`]). Equal compilations that are wanted at the
//! same time wait for the first one. What is not in memory any more, or was made before a restart, may still be on the `shelf`, a directory
//! of this host. What a compiler said is shown as `log` has it.

mod log;
mod shelf;

use std::ffi::OsString;
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use domain::{Compiled, Fault};
use moka::future::Cache;
use sandbox::{CollectError, Content, End, InputFile, Outcome, SandboxError};
use tokio_util::task::TaskTracker;
use tracing::debug;

use crate::class_file;
use crate::languages::Entry;
use crate::plan::{Compilation, OUTPUT_BYTES, Plan};
use crate::pool::Pool;
use shelf::bytes_of;
pub(crate) use shelf::{Shelf, copy};

/// What is kept of what a compiler says, in bytes: more than anybody reads, and little enough for a database row.
pub(crate) const LOG_BYTES: u64 = 64 << 10;

/// All compiled files in the cache together, in bytes. They are memory of the machine.
const CACHE_BYTES: u64 = 128 << 20;

/// What an entry with files counts at least, in bytes: an open descriptor each, so that there are 256 at most.
const ENTRY_BYTES: u64 = 512 << 10;

/// What a program needs to run: its files, and what the compiler said although it succeeded.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    /// What it begins with: a file, or a class.
    pub(crate) entry: String,
    pub(crate) argv: Vec<String>,
    pub(crate) env: Vec<(OsString, OsString)>,
    pub(crate) files: Vec<InputFile>,
    pub(crate) log: Option<String>,
    /// What it says on standard error where it fails for want of memory.
    pub(crate) out_of_memory: Arc<[String]>,
}

/// The submitter's fault: why there is no program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rejected {
    /// One sentence.
    pub(crate) message: String,
    /// What the compiler said.
    pub(crate) log: Option<String>,
}

/// What a compiler left, as it is kept.
#[derive(Debug, Clone)]
pub(crate) struct Artefacts {
    pub(crate) files: Vec<InputFile>,
    /// The main class, where the language has one.
    pub(crate) main: Option<String>,
    pub(crate) log: Option<String>,
    bytes: u64,
}

/// What is not kept: limits and faults can be otherwise the next time.
#[derive(Debug, Clone)]
enum NotKept {
    Rejected(Rejected),
    Fault(Fault),
}

pub(crate) type Kept = Result<Artefacts, Rejected>;

impl Artefacts {
    /// Files, and nothing that a compiler said of them.
    pub(crate) fn of(files: Vec<InputFile>) -> Self {
        Self {
            bytes: files.iter().map(crate::grader::size).sum(),
            files,
            main: None,
            log: None,
        }
    }
}

/// Compiles, and remembers. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Compiler {
    pool: Pool,
    cache: Cache<[u8; 32], Arc<Kept>>,
    shelf: Option<Arc<Shelf>>,
    /// What is still being written to the shelf.
    writing: TaskTracker,
    started: Arc<AtomicU64>,
}

impl Compiler {
    /// Compiles in these slots, and remembers on the shelf, too, where there is one.
    pub(crate) fn new(pool: Pool, shelf: Option<Shelf>) -> Self {
        let cache = Cache::builder()
            .max_capacity(CACHE_BYTES)
            .weigher(|_, kept: &Arc<Kept>| u32::try_from(weight(kept)).unwrap_or(u32::MAX))
            .build();
        Self {
            pool,
            cache,
            shelf: shelf.map(Arc::new),
            writing: TaskTracker::new(),
            started: Arc::default(),
        }
    }

    /// The same, and what it remembers, in other slots.
    pub(crate) fn aside(&self, pool: Pool) -> Self {
        Self { pool, ..self.clone() }
    }

    /// Where it compiles.
    pub(crate) const fn pool(&self) -> &Pool {
        &self.pool
    }

    /// Waits until all that was made is on the shelf.
    pub(crate) async fn settle(&self) {
        self.writing.close();
        self.writing.wait().await;
    }

    /// How many compilers have been started.
    pub(crate) fn started(&self) -> u64 {
        self.started.load(Ordering::Relaxed)
    }

    /// Makes a program of a submission. `Err` only for a fault of the system.
    pub(crate) async fn compile(&self, plan: &Plan) -> Result<Result<Program, Rejected>, Fault> {
        self.compile_and_tell(plan).await.map(|(made, _)| made)
    }

    /// The same, and how that was done.
    pub(crate) async fn compile_and_tell(
        &self,
        plan: &Plan,
    ) -> Result<(Result<Program, Rejected>, Compiled), Fault> {
        let begin = Instant::now();
        let is_started = AtomicBool::new(false);
        let made = self.compile_once(plan, &is_started).await?;
        let was_cached = !is_started.load(Ordering::Relaxed);
        Ok((made, Compiled::within(begin.elapsed(), was_cached)))
    }

    async fn compile_once(
        &self,
        plan: &Plan,
        is_started: &AtomicBool,
    ) -> Result<Result<Program, Rejected>, Fault> {
        let Some(compilation) = &plan.compilation else {
            return Ok(Ok(plan.program(None)));
        };
        let kept = self
            .cache
            .try_get_with(compilation.key, self.make(compilation, is_started))
            .await;
        match kept.as_ref().map(AsRef::as_ref) {
            Ok(Ok(artefacts)) => Ok(Ok(plan.program(Some(artefacts)))),
            Ok(Err(rejected)) => Ok(Err(rejected.clone())),
            Err(not_kept) => match not_kept.as_ref() {
                NotKept::Rejected(rejected) => Ok(Err(rejected.clone())),
                NotKept::Fault(fault) => Err(fault.clone()),
            },
        }
    }

    /// `is_started` tells whether a compiler was needed for it.
    async fn make(&self, compilation: &Compilation, is_started: &AtomicBool) -> Result<Arc<Kept>, NotKept> {
        let start = async {
            is_started.store(true, Ordering::Relaxed);
            self.start(compilation).await
        };
        self.shelved(compilation.key, start).await
    }

    /// Takes it from the shelf, or makes it and puts it there.
    pub(crate) async fn shelved<E>(
        &self,
        key: [u8; 32],
        make: impl Future<Output = Result<Arc<Kept>, E>>,
    ) -> Result<Arc<Kept>, E> {
        let Some(shelf) = &self.shelf else {
            return make.await;
        };
        let finder = Arc::clone(shelf);
        let found = tokio::task::spawn_blocking(move || finder.find(&key)).await;
        if let Ok(Some(kept)) = found {
            return Ok(Arc::new(kept));
        }
        let made = make.await?;
        let (kept, keeper) = (Arc::clone(&made), Arc::clone(shelf));
        self.writing.spawn_blocking(move || keeper.put(&key, &kept));
        Ok(made)
    }

    async fn start(&self, compilation: &Compilation) -> Result<Arc<Kept>, NotKept> {
        self.started.fetch_add(1, Ordering::Relaxed);
        let outcome = self.pool.run(compilation.spec.clone()).await.map_err(|error| {
            NotKept::Fault(Fault::system(match error {
                SandboxError::Exec { .. } => format!("the compiler was there and is not any more: {error}"),
                SandboxError::Host { .. }
                | SandboxError::Invalid { .. }
                | SandboxError::Unsupported { .. } => format!("cannot run the compiler: {error}"),
            }))
        })?;
        debug!(
            cpu_us = outcome.cpu.as_micros(),
            wall_us = outcome.wall.as_micros(),
            "compiled"
        );
        conclude(outcome, compilation).map(Arc::new)
    }
}

fn weight(kept: &Kept) -> u64 {
    let log = |log: &Option<String>| log.as_ref().map_or(0, String::len) as u64;
    match kept {
        Ok(artefacts) => {
            let least = ENTRY_BYTES * artefacts.files.len() as u64;
            1024 + artefacts.bytes.max(least) + log(&artefacts.log)
        }
        Err(rejected) => 1024 + log(&rejected.log),
    }
}

/// What a compiler's end means. The compiler works on what the submitter sent, so that its end is the submitter's affair.
fn conclude(outcome: Outcome, compilation: &Compilation) -> Result<Kept, NotKept> {
    let limits = &compilation.limits;
    let log = log::of(&outcome.stderr, &outcome.stdout);
    let exceeded = |what: String| {
        Err(NotKept::Rejected(Rejected {
            message: format!("the compiler exceeded its {what}"),
            log: log.clone(),
        }))
    };
    match outcome.end {
        End::CpuLimit => exceeded(format!("CPU time limit of {}", seconds(limits.cpu))),
        End::WallLimit => exceeded(format!("wall-clock time limit of {}", seconds(limits.wall))),
        End::MemoryLimit => exceeded(format!("memory limit of {} MiB", limits.memory >> 20)),
        End::OutputLimit => exceeded(format!("output limit of {} KiB", LOG_BYTES >> 10)),
        End::Stopped => Ok(reject("the compiler was stopped".to_owned(), log)),
        End::Exited(0) => Ok(collected(outcome, compilation, log)),
        End::Exited(code) => Ok(reject(format!("the compiler exited with code {code}"), log)),
        End::Signalled(signal) => Ok(reject(format!("the compiler was ended by signal {signal}"), log)),
    }
}

fn reject(message: String, log: Option<String>) -> Kept {
    Err(Rejected { message, log })
}

fn collected(outcome: Outcome, compilation: &Compilation, log: Option<String>) -> Kept {
    let mut artefacts = Artefacts {
        files: Vec::new(),
        main: None,
        log,
        bytes: 0,
    };
    let is_source = |name: &str| {
        !compilation.keeps_sources && compilation.spec.files.iter().any(|file| file.name == name)
    };
    for collected in outcome.collected {
        let file = match collected.file {
            Ok(_) if is_source(&collected.name) => continue,
            Ok(file) if !compilation.keeps_sources && is_library(&file) => {
                // As Go's does of a package that is not called main.
                return reject(
                    "the compiler left a library, and no program".to_owned(),
                    artefacts.log,
                );
            }
            Ok(file) => file,
            Err(CollectError::Missing) => return nothing_left(artefacts.log),
            Err(error) => {
                let message = format!("the compiled program cannot be used: {error}");
                return reject(message, artefacts.log);
            }
        };
        artefacts.bytes += file.metadata().map_or(OUTPUT_BYTES, |metadata| metadata.len());
        artefacts.files.push(InputFile {
            name: collected.name,
            content: Content::File(file),
            executable: true,
        });
    }
    if compilation.leaves_program && artefacts.files.is_empty() {
        return nothing_left(artefacts.log);
    }
    if compilation.entry == Some(Entry::MainClass) {
        match main_class(&artefacts.files, &compilation.first, compilation.class.as_deref()) {
            Ok(main) => artefacts.main = Some(main),
            Err(message) => return reject(message, artefacts.log),
        }
    }
    Ok(artefacts)
}

/// By what such files begin with (ar(5)).
fn is_library(file: &File) -> bool {
    let mut begin = [0; 8];
    file.read_exact_at(&mut begin, 0).is_ok() && begin == *b"!<arch>\n"
}

fn nothing_left(log: Option<String>) -> Kept {
    reject("the compiler succeeded, but left no program".to_owned(), log)
}

/// The class to begin with: the one that was asked for, else the only one with a main method, else that of the file to begin
/// with, else `Main`.
fn main_class(files: &[InputFile], first: &str, asked: Option<&str>) -> Result<String, String> {
    let mut classes: Vec<String> = files.iter().filter_map(main_class_of).collect();
    classes.sort_unstable();
    let stem = first.split_once('.').map_or(first, |(stem, _)| stem);
    let simple_name = |class: &str| class.rsplit('.').next().unwrap_or_default().to_owned();
    if let Some(asked) = asked.filter(|_| !classes.is_empty()) {
        let exactly = classes.iter().find(|class| *class == asked);
        let found = exactly.or_else(|| classes.iter().find(|class| simple_name(class) == asked));
        return found.cloned().ok_or_else(|| {
            let classes = classes.join(", ");
            format!("the entry point {asked} is no class with a main method, as are: {classes}")
        });
    }
    let preferred = [stem, "Main"];
    let mut preferred = preferred
        .iter()
        .filter_map(|name| classes.iter().find(|class| simple_name(class) == *name));
    match (classes.as_slice(), preferred.next()) {
        ([], _) => Err("no class has a method `public static void main(String[] args)`".to_owned()),
        ([class], _) | (_, Some(class)) => Ok(class.clone()),
        (several, None) => Err(format!(
            "several classes have a main method: {}; call one of them Main",
            several.join(", ")
        )),
    }
}

fn main_class_of(file: &InputFile) -> Option<String> {
    let Content::File(content) = &file.content else {
        return None;
    };
    if content.metadata().ok()?.len() > class_file::LARGEST {
        return None;
    }
    class_file::main_class(&bytes_of(&file.content).ok()?)
}

/// A span for people, such as `1 s` or `1.5 s`.
pub(crate) fn seconds(span: Duration) -> String {
    format!("{} s", span.as_secs_f64())
}

/// Postgres refuses NUL in text, and programs write what they like.
pub(crate) fn storable(text: String) -> String {
    if text.contains('\0') {
        text.replace('\0', "\u{fffd}")
    } else {
        text
    }
}
