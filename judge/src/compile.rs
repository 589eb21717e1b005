//! Compiles in the sandbox, at most once for the same content.
//!
//! The cache is keyed by everything that can change the result: the language's commands, the tools and their versions,
//! names and texts of the files. Equal compilations that are wanted at the same time wait for the first one.

use std::collections::HashSet;
use std::fmt::Write;
use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use blake3::Hasher;
use domain::{Fault, SourceFile};
use moka::future::Cache;
use sandbox::{Captured, Collect, CollectError, Content, End, InputFile, Outcome, SandboxError, Spec, Stdin};
use tracing::debug;

use crate::languages::{Compile, Definition, Tool};
use crate::pool::Pool;
use crate::tools::{Found, environment};

/// What is kept of what a compiler says, in bytes: more than anybody reads, and little enough for a database row.
const LOG_BYTES: u64 = 64 << 10;

/// The largest file that a compiler may leave, in bytes.
const OUTPUT_BYTES: u64 = 256 << 20;

/// All compiled files in the cache together, in bytes. They are memory of the machine.
const CACHE_BYTES: u64 = 128 << 20;

/// What an entry with files counts at least, in bytes: an open descriptor each, of which a process has some hundred.
const ENTRY_BYTES: u64 = 256 << 10;

/// Files of a submission at most: a slot takes no more at once.
const MOST_FILES: usize = 64;

/// What a program needs to run: its files, and what the compiler said although it succeeded.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    pub(crate) argv: Vec<String>,
    pub(crate) files: Vec<InputFile>,
    pub(crate) log: Option<String>,
}

/// The submitter's fault: why there is no program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rejected {
    /// One sentence.
    pub(crate) message: String,
    /// What the compiler said.
    pub(crate) log: Option<String>,
}

/// A submission in a language, with the tools that were found for it.
#[derive(Debug)]
pub(crate) struct Source<'a> {
    pub(crate) definition: &'a Definition,
    pub(crate) tools: &'a [(&'a Tool, &'a Found)],
    pub(crate) files: &'a [SourceFile],
}

/// What a compiler left, as it is kept.
#[derive(Debug, Clone)]
struct Artefacts {
    files: Vec<(String, Arc<File>)>,
    bytes: u64,
    log: Option<String>,
}

/// What is not kept: limits and faults can be otherwise the next time.
#[derive(Debug, Clone)]
enum NotKept {
    Rejected(Rejected),
    Fault(Fault),
}

type Kept = Result<Artefacts, Rejected>;

/// Compiles, and remembers. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Compiler {
    pool: Pool,
    cache: Cache<[u8; 32], Arc<Kept>>,
    started: Arc<AtomicU64>,
}

impl Compiler {
    pub(crate) fn new(pool: Pool) -> Self {
        let cache = Cache::builder()
            .max_capacity(CACHE_BYTES)
            .weigher(|_, kept: &Arc<Kept>| u32::try_from(weight(kept)).unwrap_or(u32::MAX))
            .build();
        Self {
            pool,
            cache,
            started: Arc::default(),
        }
    }

    /// How many compilers have been started.
    pub(crate) fn started(&self) -> u64 {
        self.started.load(Ordering::Relaxed)
    }

    /// Makes a program of a submission: its files and its command line. `Err` only for a fault of the system.
    pub(crate) async fn compile(&self, source: &Source<'_>) -> Result<Result<Program, Rejected>, Fault> {
        if let Err(message) = check_files(source.files) {
            return Ok(Err(Rejected { message, log: None }));
        }
        let names = source.definition.file_names(source.files);
        let files: Vec<InputFile> = names
            .iter()
            .zip(source.files)
            .map(|(name, file)| input(name, file))
            .collect();
        let sources = source.definition.sources(&names);
        let fill = |command: &crate::languages::Command| source.resolve(command.fill(sources.names()));
        let argv = fill(&source.definition.run);
        let Some(compile) = &source.definition.compile else {
            return Ok(Ok(Program {
                argv,
                files,
                log: None,
            }));
        };
        let spec = compile_spec(source.definition, compile, fill(&compile.command), files.clone());
        let kept = self
            .cache
            .try_get_with(source.key(&spec), self.start(spec, compile))
            .await;
        match kept.as_ref().map(AsRef::as_ref) {
            Ok(Ok(artefacts)) => Ok(Ok(artefacts.program(argv, files))),
            Ok(Err(rejected)) => Ok(Err(rejected.clone())),
            Err(not_kept) => match not_kept.as_ref() {
                NotKept::Rejected(rejected) => Ok(Err(rejected.clone())),
                NotKept::Fault(fault) => Err(fault.clone()),
            },
        }
    }

    async fn start(&self, spec: Spec, compile: &Compile) -> Result<Arc<Kept>, NotKept> {
        self.started.fetch_add(1, Ordering::Relaxed);
        let outcome = self.pool.run(spec).await.map_err(|error| {
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
        conclude(outcome, compile).map(Arc::new)
    }
}

impl Source<'_> {
    /// Puts the places of the tools in: the first word of a command is a tool's name.
    fn resolve(&self, mut argv: Vec<String>) -> Vec<String> {
        if let Some(first) = argv.first_mut()
            && let Some((_, found)) = self.tools.iter().find(|(tool, _)| tool.program == *first)
        {
            first.clone_from(&found.path);
        }
        argv
    }

    /// Names the result of compiling: a hash of everything that can change it, each part led by its length.
    fn key(&self, spec: &Spec) -> [u8; 32] {
        let mut hasher = Hasher::new();
        let mut add = |part: &[u8]| {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        };
        add(self.definition.id.as_str().as_bytes());
        for (_, found) in self.tools {
            add(found.path.as_bytes());
            add(found.version.as_bytes());
        }
        // Debug is exact for plain values, and what is not named here cannot be forgotten.
        add(format!("{:?}", (&spec.argv, &spec.env, &spec.collect, &spec.limits)).as_bytes());
        for (file, source) in spec.files.iter().zip(self.files) {
            add(file.name.as_bytes());
            add(source.content.as_bytes());
        }
        *hasher.finalize().as_bytes()
    }
}

impl Artefacts {
    /// With outputs, the run gets those; without, the compiler only checked the sources.
    fn program(&self, argv: Vec<String>, sources: Vec<InputFile>) -> Program {
        let outputs = self.files.iter().map(|(name, file)| InputFile {
            name: name.clone(),
            content: Content::File(Arc::clone(file)),
            executable: true,
        });
        Program {
            argv,
            files: if self.files.is_empty() {
                sources
            } else {
                outputs.collect()
            },
            log: self.log.clone(),
        }
    }
}

/// The API refuses such submissions; what is judged without it is checked here.
fn check_files(files: &[SourceFile]) -> Result<(), String> {
    if files.is_empty() {
        return Err("there is no source file".to_owned());
    }
    if files.len() > MOST_FILES {
        return Err(format!("{} files are more than {MOST_FILES}", files.len()));
    }
    let mut seen = HashSet::new();
    for file in files {
        file.check()
            .map_err(|error| format!("{:?}: {error}", file.name))?;
        if !seen.insert(&file.name) {
            return Err(format!("{:?} is there twice", file.name));
        }
    }
    Ok(())
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

fn input(name: &str, file: &SourceFile) -> InputFile {
    InputFile {
        name: name.to_owned(),
        content: Content::Bytes(file.content.as_bytes().into()),
        executable: false,
    }
}

fn compile_spec(
    definition: &Definition,
    compile: &Compile,
    argv: Vec<String>,
    files: Vec<InputFile>,
) -> Spec {
    let collect = compile.outputs.iter().map(|name| Collect {
        name: name.clone(),
        max_bytes: OUTPUT_BYTES,
    });
    Spec {
        argv: argv.into_iter().map(Into::into).collect(),
        env: environment(&definition.environment),
        stdin: Stdin::Null,
        files,
        collect: collect.collect(),
        limits: sandbox::Limits {
            cpu: compile.limits.cpu,
            wall: compile.limits.wall,
            memory: compile.limits.memory,
            stdout: LOG_BYTES,
            stderr: LOG_BYTES,
            // Compilers recurse over what people nest; the memory limit is the end of that.
            stack: compile.limits.memory,
            processes: compile.limits.processes,
            descriptors: 1024,
            work_bytes: compile.limits.work_bytes,
            work_files: 16 << 10,
        },
    }
}

/// What a compiler's end means. The compiler works on what the submitter sent, so that its end is the submitter's affair.
fn conclude(outcome: Outcome, compile: &Compile) -> Result<Kept, NotKept> {
    let log = log_of(&outcome.stderr, &outcome.stdout);
    let limits = &compile.limits;
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
        End::Exited(0) => Ok(collected(outcome, log)),
        End::Exited(code) => Ok(reject(format!("the compiler exited with code {code}"), log)),
        End::Signalled(signal) => Ok(reject(format!("the compiler was ended by signal {signal}"), log)),
    }
}

fn reject(message: String, log: Option<String>) -> Kept {
    Err(Rejected { message, log })
}

fn collected(outcome: Outcome, log: Option<String>) -> Kept {
    let mut artefacts = Artefacts {
        files: Vec::new(),
        bytes: 0,
        log,
    };
    for collected in outcome.collected {
        let file = match collected.file {
            Ok(file) => file,
            Err(CollectError::Missing) => {
                return reject(
                    "the compiler succeeded, but left no program".to_owned(),
                    artefacts.log,
                );
            }
            Err(error) => {
                return reject(
                    format!("the compiled program cannot be used: {error}"),
                    artefacts.log,
                );
            }
        };
        artefacts.bytes += file.metadata().map_or(OUTPUT_BYTES, |metadata| metadata.len());
        artefacts.files.push((collected.name, file));
    }
    Ok(artefacts)
}

/// A span for people, such as `1 s` or `1.5 s`.
pub(crate) fn seconds(span: Duration) -> String {
    format!("{} s", span.as_secs_f64())
}

/// What a compiler said, errors first, cut to a bounded size, as text that a database takes.
fn log_of(stderr: &Captured, stdout: &Captured) -> Option<String> {
    let mut log = String::new();
    for captured in [stderr, stdout] {
        log.push_str(&String::from_utf8_lossy(&captured.bytes));
        let dropped = captured.written.saturating_sub(captured.bytes.len() as u64);
        if dropped > 0 {
            let _ = write!(log, "\n… and {dropped} bytes more\n");
        }
    }
    let mut log = storable(log.trim_end().to_owned());
    let room = usize::try_from(LOG_BYTES).unwrap_or(usize::MAX);
    if log.len() > room {
        log.truncate(log.floor_char_boundary(room));
        log.push_str("\n…");
    }
    (!log.is_empty()).then_some(log)
}

/// Postgres refuses NUL in text, and programs write what they like.
pub(crate) fn storable(text: String) -> String {
    if text.contains('\0') {
        text.replace('\0', "\u{fffd}")
    } else {
        text
    }
}
