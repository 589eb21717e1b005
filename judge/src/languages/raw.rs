//! A language as it stands in a file, and the checks that make a [`Definition`] of it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use domain::{LanguageId, SourceFile};
use serde::Deserialize;

use super::command::{Command, MAIN, MEMORY};
use super::definition::{Adjust, Compile, CompileLimits, Definition, Entry, Tool, When, ending};
use super::naming::Naming;

/// Compilers get this where the table says nothing else: the typical `compilation_time` and `compilation_memory` of the
/// package format, which packages are promised at least.
const COMPILE: CompileLimits = CompileLimits {
    cpu: Duration::from_mins(1),
    wall: Duration::from_secs(90),
    memory: 2048 << 20,
    processes: 64,
    work_bytes: 512 << 20,
};

/// Stands for every file that a compiler leaves besides the sources.
pub(crate) const EVERYTHING: &str = "*";

/// A language as it stands in a file. Every key may be missing, because an operator's file may override single ones.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Raw {
    name: Option<String>,
    #[serde(default)]
    aliases: Vec<String>,
    extensions: Option<Vec<String>>,
    main: Option<String>,
    #[serde(default)]
    naming: Naming,
    tools: Option<Vec<RawTool>>,
    #[serde(default)]
    environment: BTreeMap<String, String>,
    compile: Option<RawCompile>,
    run: Option<RawRun>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTool {
    program: String,
    version: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCompile {
    command: Option<Vec<String>>,
    #[serde(default)]
    outputs: Vec<String>,
    #[serde(default)]
    when: When,
    limits: Option<RawLimits>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLimits {
    cpu_seconds: Option<u32>,
    wall_seconds: Option<u32>,
    memory_mib: Option<u32>,
    processes: Option<u32>,
    work_mib: Option<u32>,
    reason: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRun {
    command: Option<Vec<String>>,
    entry: Option<Entry>,
    adjust: Option<RawAdjust>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAdjust {
    time_factor: Option<f64>,
    extra_memory_mib: Option<u32>,
    extra_processes: Option<u32>,
    reason: Option<String>,
}

/// What is wrong with a language, and at which key below its own.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    pub(crate) key: Vec<&'static str>,
    pub(crate) what: String,
}

fn wrong<T>(key: &[&'static str], what: impl Into<String>) -> Result<T, Wrong> {
    Err(Wrong {
        key: key.to_vec(),
        what: what.into(),
    })
}

fn required<T>(value: Option<T>, key: &[&'static str]) -> Result<T, Wrong> {
    value.map_or_else(|| wrong(key, "is missing"), Ok)
}

impl Raw {
    /// Checks everything and fills in what may be left out.
    pub(crate) fn check(self, id: LanguageId) -> Result<Definition, Wrong> {
        let name = required(self.name, &["name"])?;
        if name.trim().is_empty() {
            return wrong(&["name"], "must not be empty");
        }
        let extensions = required(self.extensions, &["extensions"])?;
        check_extensions(&extensions)?;
        let main = required(self.main, &["main"])?;
        if !is_plain_name(&main) || !ending(&main).is_some_and(|found| extensions.iter().any(|e| e == found))
        {
            return wrong(
                &["main"],
                format!("{main:?} must be a plain file name with one of the extensions"),
            );
        }
        let tools = check_tools(required(self.tools, &["tools"])?)?;
        check_environment(&self.environment)?;
        let compile = self.compile.map(|compile| compile.check(&tools)).transpose()?;
        let run = required(self.run, &["run"])?;
        let outputs = compile.as_ref().map_or(&[][..], |compile| &compile.outputs);
        if run.entry.is_some() && outputs.is_empty() {
            return wrong(&["run", "entry"], "needs outputs of a compiler to look at");
        }
        Ok(Definition {
            run: run.check_command(&tools, outputs)?,
            entry: run.entry,
            adjust: run.check_adjust()?,
            id,
            name,
            aliases: self.aliases,
            extensions,
            main,
            naming: self.naming,
            tools,
            environment: self.environment,
            compile,
        })
    }
}

fn check_extensions(extensions: &[String]) -> Result<(), Wrong> {
    if extensions.is_empty() {
        return wrong(&["extensions"], "must name at least one");
    }
    let is_ending = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'+' | b'-' | b'_');
    match extensions
        .iter()
        .find(|ending| ending.is_empty() || !ending.bytes().all(is_ending))
    {
        Some(bad) => wrong(
            &["extensions"],
            format!("{bad:?} must be letters, digits, '+', '-' or '_', without a dot"),
        ),
        None => Ok(()),
    }
}

fn check_tools(raw: Vec<RawTool>) -> Result<Vec<Tool>, Wrong> {
    if raw.is_empty() {
        return wrong(&["tools"], "must name at least one");
    }
    let mut seen = BTreeSet::new();
    for tool in &raw {
        let is_path = tool.program.starts_with('/') && !tool.program.contains(['\0', '\n']);
        if !is_path && !is_plain_name(&tool.program) {
            return wrong(
                &["tools"],
                format!("{:?} must be a plain name or an absolute path", tool.program),
            );
        }
        if !seen.insert(&tool.program) {
            return wrong(&["tools"], format!("{:?} is there twice", tool.program));
        }
    }
    let tool = |raw: RawTool| Tool {
        program: raw.program,
        version: raw.version,
    };
    Ok(raw.into_iter().map(tool).collect())
}

fn check_environment(environment: &BTreeMap<String, String>) -> Result<(), Wrong> {
    let is_bad = |(name, value): &(&String, &String)| {
        name.is_empty() || name.contains(['=', '\0']) || value.contains('\0')
    };
    match environment.iter().find(is_bad) {
        Some((name, _)) => wrong(
            &["environment"],
            format!("{name:?} cannot be the name of a variable with that value"),
        ),
        None => Ok(()),
    }
}

impl RawCompile {
    fn check(self, tools: &[Tool]) -> Result<Compile, Wrong> {
        let command = required(self.command, &["compile", "command"])?;
        let is_tool = |program: &str| tools.iter().any(|tool| tool.program == program);
        let command = Command::new(&command, is_tool, &[]);
        let command = command.or_else(|what| wrong(&["compile", "command"], what))?;
        let is_everything = self.outputs == [EVERYTHING];
        if let Some(bad) = self
            .outputs
            .iter()
            .find(|name| !is_plain_name(name))
            .filter(|_| !is_everything)
        {
            return wrong(
                &["compile", "outputs"],
                format!("{bad:?} must be a plain file name; {EVERYTHING:?} stands alone"),
            );
        }
        if self.when == When::FirstCaseFails && !self.outputs.is_empty() {
            return wrong(
                &["compile", "when"],
                "must be \"first\" where the run needs outputs of the compiler",
            );
        }
        let limits = self.limits.map_or(Ok(COMPILE), |limits| limits.check())?;
        Ok(Compile {
            command,
            outputs: self.outputs,
            limits,
            when: self.when,
        })
    }
}

impl RawLimits {
    fn check(&self) -> Result<CompileLimits, Wrong> {
        if self.reason.as_ref().is_none_or(|reason| reason.trim().is_empty()) {
            return wrong(
                &["compile", "limits", "reason"],
                "is missing: other limits need one",
            );
        }
        let given = [
            ("cpu_seconds", self.cpu_seconds),
            ("wall_seconds", self.wall_seconds),
            ("memory_mib", self.memory_mib),
            ("processes", self.processes),
            ("work_mib", self.work_mib),
        ];
        if let Some((key, _)) = given.iter().find(|(_, value)| *value == Some(0)) {
            return wrong(&["compile", "limits", key], "must be at least 1");
        }
        let span = |seconds: u32| Duration::from_secs(seconds.into());
        Ok(CompileLimits {
            cpu: self.cpu_seconds.map_or(COMPILE.cpu, span),
            wall: self.wall_seconds.map_or(COMPILE.wall, span),
            memory: self.memory_mib.map_or(COMPILE.memory, mib),
            processes: self.processes.unwrap_or(COMPILE.processes),
            work_bytes: self.work_mib.map_or(COMPILE.work_bytes, mib),
        })
    }
}

impl RawRun {
    fn check_command(&self, tools: &[Tool], outputs: &[String]) -> Result<Command, Wrong> {
        let Some(words) = &self.command else {
            return wrong(&["run", "command"], "is missing");
        };
        let may_begin = |program: &str| {
            let output = program.strip_prefix("./");
            tools.iter().any(|tool| tool.program == program)
                || output.is_some_and(|name| outputs.iter().any(|output| output == name))
        };
        let later: &[&str] = if self.entry.is_some() {
            &[MAIN, MEMORY]
        } else {
            &[MEMORY]
        };
        Command::new(words, may_begin, later).or_else(|what| wrong(&["run", "command"], what))
    }

    fn check_adjust(&self) -> Result<Adjust, Wrong> {
        let Some(raw) = &self.adjust else {
            return Ok(Adjust {
                time_factor: 1.0,
                extra_memory: 0,
                extra_processes: 0,
            });
        };
        if raw.reason.as_ref().is_none_or(|reason| reason.trim().is_empty()) {
            return wrong(&["run", "adjust", "reason"], "is missing: other limits need one");
        }
        let time_factor = raw.time_factor.unwrap_or(1.0);
        if !(0.1..=100.0).contains(&time_factor) {
            return wrong(
                &["run", "adjust", "time_factor"],
                format!("must be from 0.1 to 100, not {time_factor}"),
            );
        }
        Ok(Adjust {
            time_factor,
            extra_memory: raw.extra_memory_mib.map_or(0, mib),
            extra_processes: raw.extra_processes.unwrap_or(0),
        })
    }
}

fn mib(count: u32) -> u64 {
    u64::from(count) << 20
}

/// The same rule as for submitted files: nothing that could be taken for an option or a path.
fn is_plain_name(name: &str) -> bool {
    let file = SourceFile {
        name: name.to_owned(),
        content: "x".to_owned(),
    };
    file.check().is_ok()
}
