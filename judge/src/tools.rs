//! Which tools are here, and in which version: each is asked inside the sandbox, because a tool that cannot be seen from
//! there is of no use. It is asked once, when somebody wants to know: a JVM takes its time, and who judges C need not wait.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::time::Duration;

use domain::Language;
use futures_util::future::join_all;
use sandbox::{End, Outcome, SandboxError, Spec, Stdin, Work};
use tokio::sync::OnceCell;

use crate::languages::{Definition, Languages, Tool};
use crate::pool::Pool;

/// Tools are looked for here, in this order, and never in the worker's own `PATH`: a judge must not depend on who
/// started it. It is the `PATH` of compilers and programs, too.
pub(crate) const TOOL_DIRECTORIES: [&str; 3] = ["/usr/local/bin", "/usr/bin", "/bin"];

/// Telling its version takes a compiler a few milliseconds and a JVM some hundred.
const LIMITS: sandbox::Limits = sandbox::Limits {
    cpu: Duration::from_secs(5),
    wall: Duration::from_secs(10),
    memory: 1024 << 20,
    stdout: 64 << 10,
    stderr: 64 << 10,
    stack: 8 << 20,
    processes: 64,
    descriptors: 256,
    work_bytes: 16 << 20,
    work_files: 1024,
};

/// The longest version that is shown, in characters.
const VERSION_LENGTH: usize = 200;

/// The tools of a language table, as far as they have been looked for.
#[derive(Debug)]
pub(crate) struct Tools {
    pool: Pool,
    found: HashMap<Tool, OnceCell<Result<Found, String>>>,
}

/// A tool that is here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    /// Where, inside the sandbox.
    pub(crate) path: String,
    /// The first line of what it says of itself.
    pub(crate) version: String,
}

impl Tools {
    /// Those of the table; nothing has been looked for yet.
    pub(crate) fn new(languages: &Languages, pool: Pool) -> Self {
        let tools = languages.definitions().flat_map(|definition| &definition.tools);
        Self {
            pool,
            found: tools.map(|tool| (tool.clone(), OnceCell::new())).collect(),
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
    pub(crate) async fn of<'a>(
        &'a self,
        definition: &'a Definition,
    ) -> Result<Vec<(&'a Tool, &'a Found)>, String> {
        let mut tools = Vec::with_capacity(definition.tools.len());
        for tool in &definition.tools {
            tools.push((tool, self.get(tool).await?));
        }
        Ok(tools)
    }

    async fn get(&self, tool: &Tool) -> Result<&Found, String> {
        let Some(found) = self.found.get(tool) else {
            return Err(format!("{} is not in the table", tool.program()));
        };
        let found = found.get_or_init(|| ask(tool, &self.pool)).await;
        found.as_ref().map_err(Clone::clone)
    }
}

/// A language as far as it can be told from which files there are.
pub(crate) fn at_first_sight(definition: &Definition) -> Language {
    let missing = definition
        .tools
        .iter()
        .find(|tool| places(&tool.programs).is_empty());
    Language {
        unavailable: missing.map(not_installed),
        ..definition.describe()
    }
}

fn not_installed(tool: &Tool) -> String {
    format!(
        "{} is not installed (looked in {})",
        tool.programs.join(" or "),
        TOOL_DIRECTORIES.join(", ")
    )
}

/// The first place where the tool answers; else the reason of the last that there is.
async fn ask(tool: &Tool, pool: &Pool) -> Result<Found, String> {
    let mut reason = not_installed(tool);
    for path in places(&tool.programs) {
        let Some(path) = path.to_str() else { continue };
        let mut argv = vec![path.into()];
        argv.extend(tool.version.iter().map(Into::into));
        let spec = Spec {
            argv,
            env: environment([]),
            stdin: Stdin::Null,
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
                });
            }
            Err(what) => reason = format!("{path} {what}"),
        }
    }
    Err(reason)
}

/// Where a tool could be: those of the fixed directories in which there is something of one of its names, and absolute paths
/// as they are. The names count first.
fn places(programs: &[String]) -> Vec<PathBuf> {
    let in_directories = |program| TOOL_DIRECTORIES.map(|directory| Path::new(directory).join(program));
    let candidates = programs.iter().flat_map(in_directories);
    // `/bin` is often a link to `/usr/bin`: the same place needs to be asked once. Names that lead to the same file are asked one
    // by one, because some programs do what their name says.
    let mut seen = BTreeSet::new();
    let is_new = |path: &PathBuf| {
        let directory = path.parent().and_then(|parent| parent.canonicalize().ok());
        let place = directory.map(|directory| directory.join(path.file_name().unwrap_or_default()));
        path.exists() && place.is_some_and(|place| seen.insert(place))
    };
    candidates.filter(is_new).collect()
}

fn version(outcome: Result<Outcome, SandboxError>) -> Result<String, String> {
    let outcome = outcome.map_err(|error| match error {
        SandboxError::Exec { reason, .. } => format!("cannot be started in the sandbox: {reason}"),
        SandboxError::Host { .. } | SandboxError::Invalid { .. } | SandboxError::Unsupported { .. } => {
            format!("cannot be asked for its version: {error}")
        }
    })?;
    match outcome.end {
        End::Exited(0) => {}
        End::Exited(code) => return Err(format!("does not tell its version: it exits with code {code}")),
        other => return Err(format!("does not tell its version: {other:?}")),
    }
    // Old JVMs, among others, tell it on standard error.
    let said = [outcome.stdout.bytes, outcome.stderr.bytes];
    let said = said
        .iter()
        .map(|bytes| String::from_utf8_lossy(bytes))
        .collect::<Vec<_>>()
        .join("\n");
    let line = said.lines().map(str::trim).find(|line| !line.is_empty());
    let line = line.ok_or("says nothing when asked for its version")?;
    Ok(line
        .chars()
        .filter(|c| !c.is_control())
        .take(VERSION_LENGTH)
        .collect())
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
