//! Which tools are here, and in which version: each is asked inside the sandbox, because a tool that cannot be seen from
//! there is of no use. It is asked once, when somebody wants to know: a JVM takes its time, and who judges C need not wait. A tool
//! that is replaced, removed or installed meanwhile is noticed by its file, and asked anew.

use std::collections::HashMap;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::Language;
use futures_util::future::join_all;
use sandbox::{End, Outcome, SandboxError, Spec, Stdin, Work};
use tokio::sync::Mutex;

use crate::languages::{Definition, Languages, Tool};
use crate::pool::Pool;

/// Tools are looked for here, in this order, and never in the worker's own `PATH`: a judge must not depend on who
/// started it. It is the `PATH` of compilers and programs, too.
pub(crate) const TOOL_DIRECTORIES: [&str; 3] = ["/usr/local/bin", "/usr/bin", "/bin"];

/// Telling its version takes a compiler a few milliseconds and a JVM some hundred; on a busy machine it waits for its turn besides.
const LIMITS: sandbox::Limits = sandbox::Limits {
    cpu: Duration::from_secs(5),
    wall: Duration::from_secs(30),
    memory: 1024 << 20,
    stdout: 64 << 10,
    stderr: 64 << 10,
    stack: 8 << 20,
    processes: 64,
    descriptors: 256,
    work_bytes: 16 << 20,
    work_files: 1024,
};

/// A tool that is there and did not answer is asked again so long after.
const AGAIN: Duration = Duration::from_mins(1);

/// The longest version that is shown, in characters.
const VERSION_LENGTH: usize = 200;

/// The tools of a language table, as far as they have been looked for.
#[derive(Debug)]
pub(crate) struct Tools {
    pool: Pool,
    asked: Arc<HashMap<Tool, Mutex<Option<Asked>>>>,
}

/// A tool that is here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    /// Where, inside the sandbox.
    pub(crate) path: String,
    /// The first line of what it says of itself.
    pub(crate) version: String,
    /// Which file it is: one that is replaced is another tool, whatever it says.
    pub(crate) identity: Identity,
}

/// What tells one file from another, and from itself when it is changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) struct Identity {
    device: u64,
    inode: u64,
    bytes: u64,
    /// When it was last changed, in seconds and nanoseconds. Packages bring any time of modification, but not this one.
    changed: (i64, i64),
}

/// What came of asking, and what there was to be asked.
#[derive(Debug)]
struct Asked {
    places: Vec<Place>,
    answer: Result<Found, String>,
    at: Instant,
}

impl Asked {
    /// Whether it still holds: nothing has changed, and a tool that did not answer has not had time to be mended.
    fn holds(&self, places: &[Place]) -> bool {
        self.places == places && (self.answer.is_ok() || places.is_empty() || self.at.elapsed() < AGAIN)
    }
}

/// Where a tool could be.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    path: PathBuf,
    identity: Identity,
}

/// Why there is no version: for good, or because of the sandbox.
enum NoVersion {
    Tool(String),
    System(String),
}

impl Tools {
    /// Those of the table; nothing has been looked for yet.
    pub(crate) fn new(languages: &Languages, pool: Pool) -> Self {
        let tools = languages.definitions().flat_map(|definition| &definition.tools);
        Self {
            pool,
            asked: Arc::new(tools.map(|tool| (tool.clone(), Mutex::default())).collect()),
        }
    }

    /// The same tools, and what is known of them, asked in other slots.
    pub(crate) fn aside(&self, pool: Pool) -> Self {
        Self {
            pool,
            asked: Arc::clone(&self.asked),
        }
    }

    /// A language with its version, or the reason why it cannot be used.
    pub(crate) async fn describe(&self, definition: &Definition) -> Language {
        let tools = self.of(definition).await;
        let first = tools.as_ref().ok().and_then(|tools| tools.first());
        Language {
            version: first.map(|(_, found)| found.version.clone()),
            unavailable: tools.as_ref().err().cloned(),
            ..definition.describe()
        }
    }

    /// All languages of the table, as many asked at once as there are slots.
    pub(crate) async fn describe_all(&self, languages: &Languages) -> Vec<Language> {
        let describing = languages
            .definitions()
            .map(|definition| self.describe(definition));
        join_all(describing).await
    }

    /// The tools of a language: all are here, or the reason why not.
    pub(crate) async fn of<'a>(&self, definition: &'a Definition) -> Result<Vec<(&'a Tool, Found)>, String> {
        let mut tools = Vec::with_capacity(definition.tools.len());
        for tool in &definition.tools {
            tools.push((tool, self.get(tool).await?));
        }
        Ok(tools)
    }

    /// The tool as it is now: it is asked again only where something has changed where it could be.
    async fn get(&self, tool: &Tool) -> Result<Found, String> {
        let Some(asked) = self.asked.get(tool) else {
            return Err(format!("{} is not in the table", tool.program()));
        };
        let mut asked = asked.lock().await;
        let places = places(tool);
        if let Some(asked) = asked.as_ref().filter(|asked| asked.holds(&places)) {
            return asked.answer.clone();
        }
        let answer = match ask(tool, &places, &self.pool).await {
            Ok(found) => Ok(found),
            Err(NoVersion::Tool(reason)) => Err(reason),
            Err(NoVersion::System(reason)) => {
                *asked = None;
                return Err(reason);
            }
        };
        *asked = Some(Asked {
            places,
            answer: answer.clone(),
            at: Instant::now(),
        });
        answer
    }
}

/// A language as far as it can be told from which files there are.
pub(crate) fn at_first_sight(definition: &Definition) -> Language {
    let missing = definition.tools.iter().find(|tool| places(tool).is_empty());
    Language {
        unavailable: missing.map(not_installed),
        ..definition.describe()
    }
}

fn not_installed(tool: &Tool) -> String {
    let programs = tool.programs.join(" or ");
    if tool.programs.iter().all(|program| program.starts_with('/')) {
        return format!("{programs} is not installed");
    }
    format!(
        "{programs} is not installed (looked in {})",
        TOOL_DIRECTORIES.join(", ")
    )
}

/// The first place where the tool answers; else the reason of the last that there is.
async fn ask(tool: &Tool, places: &[Place], pool: &Pool) -> Result<Found, NoVersion> {
    let mut reason = not_installed(tool);
    for place in places {
        let Some(path) = place.path.to_str() else { continue };
        let mut argv = vec![path.into()];
        argv.extend(tool.version.iter().map(Into::into));
        let spec = Spec {
            argv,
            env: environment([]),
            stdin: Stdin::Bytes(tool.input.as_bytes().into()),
            files: Vec::new(),
            collect: Vec::new(),
            work: Work::default(),
            limits: LIMITS,
        };
        match version(pool.run(spec).await) {
            Ok(version) => {
                return Ok(Found {
                    path: path.to_owned(),
                    version,
                    identity: place.identity,
                });
            }
            Err(NoVersion::Tool(what)) => reason = format!("{path} {what}"),
            Err(NoVersion::System(what)) => return Err(NoVersion::System(format!("{path} {what}"))),
        }
    }
    Err(NoVersion::Tool(reason))
}

/// Where a tool could be: those of the fixed directories in which there is something of one of its names, and absolute paths
/// as they are. The names count first.
pub(crate) fn places(tool: &Tool) -> Vec<Place> {
    let mut places: Vec<Place> = Vec::new();
    for program in &tool.programs {
        for path in TOOL_DIRECTORIES.map(|directory| Path::new(directory).join(program)) {
            let Ok(metadata) = path.metadata() else { continue };
            let identity = Identity::of(&metadata);
            // `/bin` is often a link to `/usr/bin`: the same file needs to be asked once by the same name. By another name it may
            // be another program.
            let is_known =
                |place: &Place| place.identity == identity && place.path.file_name() == path.file_name();
            if !places.iter().any(is_known) {
                places.push(Place { path, identity });
            }
        }
    }
    places
}

impl Identity {
    fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            bytes: metadata.size(),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}

fn version(outcome: Result<Outcome, SandboxError>) -> Result<String, NoVersion> {
    let outcome = outcome.map_err(|error| match error {
        SandboxError::Exec { reason, .. } => {
            NoVersion::Tool(format!("cannot be started in the sandbox: {reason}"))
        }
        SandboxError::Host { .. } | SandboxError::Invalid { .. } | SandboxError::Unsupported { .. } => {
            NoVersion::System(format!("cannot be asked for its version: {error}"))
        }
    })?;
    let silent = |what: String| Err(NoVersion::Tool(format!("does not tell its version: {what}")));
    let complaint = first_line([&outcome.stderr.bytes, &outcome.stdout.bytes]);
    let complaint = complaint.map_or(String::new(), |line| format!(": {line}"));
    match outcome.end {
        End::Exited(0) => {}
        End::Exited(code) => return silent(format!("it exits with code {code}{complaint}")),
        // A machine that is busy today is no reason for ever.
        End::WallLimit => {
            let seconds = LIMITS.wall.as_secs();
            return Err(NoVersion::System(format!(
                "does not tell its version within {seconds} s"
            )));
        }
        End::Signalled(signal) => return silent(format!("it is ended by signal {signal}{complaint}")),
        other => return silent(format!("{other:?}{complaint}")),
    }
    // Old JVMs, among others, tell it on standard error.
    first_line([&outcome.stdout.bytes, &outcome.stderr.bytes])
        .ok_or_else(|| NoVersion::Tool("says nothing when asked for its version".to_owned()))
}

/// The first line with something in it, as far as it is shown.
fn first_line(said: [&Vec<u8>; 2]) -> Option<String> {
    let said = said.map(|bytes| String::from_utf8_lossy(bytes));
    let mut lines = said.iter().flat_map(|text| text.lines()).map(str::trim);
    let line = lines.find(|line| !line.is_empty())?;
    let shown = line.chars().filter(|c| !c.is_control());
    Some(shown.take(VERSION_LENGTH).collect())
}

/// The environment of every program that is run: fixed, so that nothing of the worker's own gets in, then `more`.
pub(crate) fn environment<'a, M>(more: M) -> Vec<(std::ffi::OsString, std::ffi::OsString)>
where
    M: IntoIterator<Item = (&'a String, &'a String)>,
{
    let path = TOOL_DIRECTORIES.join(":");
    let fixed = [
        ("PATH", path.as_str()),
        ("HOME", "/work"),
        ("TMPDIR", "/work"),
        ("LANG", "C.UTF-8"),
    ];
    let more: Vec<_> = more
        .into_iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let is_kept = |(name, _): &(&str, &str)| !more.iter().any(|(other, _)| other == name);
    fixed
        .into_iter()
        .filter(is_kept)
        .chain(more.iter().copied())
        .map(|(n, v)| (n.into(), v.into()))
        .collect()
}
