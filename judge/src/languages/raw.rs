//! A language as it stands in a file, and the checks that make a [`Definition`] of it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path};
use std::time::Duration;

use domain::{LanguageId, SourceFile};
use serde::Deserialize;

use super::command::{Command, MAIN, MEMORY, PREPARED, STACK, WHOLE};
use super::definition::{
    Adjust, Compile, CompileLimits, Definition, Entry, Install, SelfTest, Tool, When, ending,
};
use super::naming::Naming;
use super::preparation::RawPrepare;

/// Compilers get this where the table says nothing else: the typical `compilation_time` and `compilation_memory` of the
/// package format, which packages are promised at least.
const COMPILE: CompileLimits = CompileLimits {
    cpu: Duration::from_mins(1),
    wall: Duration::from_secs(90),
    memory: 2048 << 20,
    processes: 64,
    work_bytes: 512 << 20,
};

/// Where the table says nothing else.
const DEFAULT_ENTRY_RULE: &str =
    "A program begins in its only file, else in the one called `main`, else in the first by name.";

/// Stands for every file that a compiler leaves besides the sources.
pub(crate) const EVERYTHING: &str = "*";

/// A language as it stands in a file. Every key may be missing, because an operator's file may override single ones.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Raw {
    offered: Option<bool>,
    name: Option<String>,
    #[serde(default)]
    aliases: Vec<String>,
    extensions: Option<Vec<String>>,
    #[serde(default)]
    also: Vec<String>,
    main: Option<String>,
    #[serde(default)]
    naming: Naming,
    entry_rule: Option<String>,
    #[serde(default)]
    install: RawInstall,
    tools: Option<Vec<RawTool>>,
    #[serde(default)]
    environment: BTreeMap<String, String>,
    #[serde(default)]
    directories: Vec<String>,
    prepare: Option<RawPrepare>,
    compile: Option<RawCompile>,
    run: Option<RawRun>,
    #[serde(default)]
    self_test: RawSelfTest,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawInstall {
    #[serde(default)]
    apt: Vec<String>,
    #[serde(default)]
    npm: Vec<String>,
    #[serde(default)]
    pip: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSelfTest {
    hello: Option<String>,
    sum: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTool {
    program: OneOrMore,
    version: Vec<String>,
    #[serde(default)]
    input: String,
}

#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "expected a program's name, or a list of names")]
enum OneOrMore {
    One(String),
    More(Vec<String>),
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
    #[serde(default)]
    out_of_memory: Vec<String>,
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

/// What is wrong with a language, and at which key.
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
    /// Whether the language is to be in the table at all.
    pub(crate) fn is_offered(&self) -> bool {
        self.offered != Some(false)
    }

    /// Checks everything and fills in what may be left out.
    pub(crate) fn check(self, id: LanguageId) -> Result<Definition, Wrong> {
        let name = required(self.name, &["name"])?;
        if name.trim().is_empty() {
            return wrong(&["name"], "must not be empty");
        }
        let extensions = required(self.extensions, &["extensions"])?;
        if extensions.is_empty() {
            return wrong(&["extensions"], "must name at least one");
        }
        check_endings("extensions", &extensions)?;
        check_endings("also", &self.also)?;
        let main = required(self.main, &["main"])?;
        let is_known = |found: &str| extensions.iter().chain(&self.also).any(|known| known == found);
        if !is_plain_name(&main) || !ending(&main).is_some_and(is_known) {
            return wrong(
                &["main"],
                format!("{main:?} must be a plain file name with one of the extensions"),
            );
        }
        let tools = check_tools(required(self.tools, &["tools"])?)?;
        check_environment(&self.environment)?;
        check_directories(&self.directories)?;
        // What only a language that prepares something may want.
        let prepared: &[&str] = if self.prepare.is_some() { &[PREPARED] } else { &[] };
        check_variables(&self.environment, prepared)?;
        let compile = self.compile.map(|compile| compile.check(&tools, prepared));
        let compile = compile.transpose()?;
        let limits = compile.as_ref().map_or(COMPILE, |compile| compile.limits);
        let prepare = self.prepare.map(|prepare| prepare.check(&tools, limits));
        let run = required(self.run, &["run"])?;
        let outputs = compile.as_ref().map_or(&[][..], |compile| &compile.outputs);
        if run.entry.is_some() && outputs.is_empty() {
            return wrong(&["run", "entry"], "needs outputs of a compiler to look at");
        }
        Ok(Definition {
            prepare: prepare.transpose()?,
            run: run.check_command(&tools, outputs, prepared)?,
            out_of_memory: run.check_out_of_memory()?,
            entry: run.entry,
            adjust: run.check_adjust()?,
            entry_rule: check_entry_rule(self.entry_rule)?,
            install: self.install.check()?,
            self_test: self.self_test.check()?,
            id,
            name,
            aliases: self.aliases,
            extensions,
            also: self.also,
            main,
            naming: self.naming,
            tools,
            environment: self.environment,
            directories: self.directories.into_iter().map(Into::into).collect(),
            compile,
        })
    }
}

fn check_endings(key: &'static str, endings: &[String]) -> Result<(), Wrong> {
    let is_ending = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'+' | b'-' | b'_');
    match endings
        .iter()
        .find(|ending| ending.is_empty() || !ending.bytes().all(is_ending))
    {
        Some(bad) => wrong(
            &[key],
            format!("{bad:?} must be letters, digits, '+', '-' or '_', without a dot"),
        ),
        None => Ok(()),
    }
}

fn check_tools(raw: Vec<RawTool>) -> Result<Vec<Tool>, Wrong> {
    if raw.is_empty() {
        return wrong(&["tools"], "must name at least one");
    }
    let tool = |raw: RawTool| Tool {
        programs: match raw.program {
            OneOrMore::One(program) => vec![program],
            OneOrMore::More(programs) => programs,
        },
        version: raw.version,
        input: raw.input,
    };
    let tools: Vec<Tool> = raw.into_iter().map(tool).collect();
    if tools.iter().any(|tool| tool.programs.is_empty()) {
        return wrong(&["tools"], "each must have at least one program");
    }
    let mut seen = BTreeSet::new();
    for program in tools.iter().flat_map(|tool| &tool.programs) {
        let is_path = program.starts_with('/') && !program.contains(['\0', '\n']);
        if !is_path && !is_plain_name(program) {
            return wrong(
                &["tools"],
                format!("{program:?} must be a plain name or an absolute path"),
            );
        }
        if !seen.insert(program) {
            return wrong(&["tools"], format!("{program:?} is there twice"));
        }
    }
    Ok(tools)
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

/// What a slot keeps for itself, what tells of the host, and what holds everything: none may be shown, and nothing of the first
/// six.
const NOT_SHOWN: [&str; 6] = ["/proc", "/dev", "/sys", "/run", "/work", "/tmp"];
const TOO_MUCH: [&str; 5] = ["/", "/etc", "/var", "/home", "/root"];

/// Values are taken as they stand, but for what was prepared.
fn check_variables(environment: &BTreeMap<String, String>, prepared: &[&str]) -> Result<(), Wrong> {
    match environment
        .iter()
        .find(|(_, value)| value.contains(PREPARED) && prepared.is_empty())
    {
        Some((name, _)) => wrong(
            &["environment"],
            format!("{name} wants {PREPARED}, and nothing is prepared: [prepare] is missing"),
        ),
        None => Ok(()),
    }
}

fn check_directories(directories: &[String]) -> Result<(), Wrong> {
    for named in directories {
        let path = Path::new(named);
        let is_plain = path.is_absolute()
            && path
                .components()
                .all(|part| matches!(part, Component::RootDir | Component::Normal(_)))
            && !named.contains('\0');
        if !is_plain {
            return wrong(
                &["directories"],
                format!("{named:?} must be an absolute path without `..`"),
            );
        }
        let is_refused = NOT_SHOWN.iter().any(|root| path.starts_with(root))
            || TOO_MUCH.iter().any(|root| path == Path::new(root));
        if is_refused {
            return wrong(
                &["directories"],
                format!("{named:?} would show what a program must not see"),
            );
        }
    }
    Ok(())
}

fn check_entry_rule(rule: Option<String>) -> Result<String, Wrong> {
    let rule = rule.unwrap_or_else(|| DEFAULT_ENTRY_RULE.to_owned());
    if rule.trim().is_empty() || rule.contains('\n') {
        return wrong(&["entry-rule"], "must be one sentence, on one line");
    }
    Ok(rule)
}

impl RawInstall {
    fn check(self) -> Result<Install, Wrong> {
        for (key, packages) in [("apt", &self.apt), ("npm", &self.npm), ("pip", &self.pip)] {
            if let Some(bad) = packages.iter().find(|package| !is_package(package)) {
                return wrong(
                    &["install", key],
                    format!(
                        "{bad:?} must be a package's name: letters, digits and the like, with @VERSION or ==VERSION"
                    ),
                );
            }
        }
        let Self { apt, npm, pip } = self;
        Ok(Install { apt, npm, pip })
    }
}

/// What can be put into a command line of a shell as it is, and be taken for no option.
fn is_package(package: &str) -> bool {
    let is_usual = |c: u8| c.is_ascii_alphanumeric() || b"+-._:/@=".contains(&c);
    let first = package.bytes().next();
    first.is_some_and(|c| c.is_ascii_alphanumeric() || c == b'@') && package.bytes().all(is_usual)
}

impl RawSelfTest {
    fn check(self) -> Result<SelfTest, Wrong> {
        for (key, program) in [("hello", &self.hello), ("sum", &self.sum)] {
            if program
                .as_ref()
                .is_some_and(|text| text.trim().is_empty() || text.contains('\0'))
            {
                return wrong(&["self-test", key], "must be the text of a program");
            }
        }
        let Self { hello, sum } = self;
        Ok(SelfTest { hello, sum })
    }
}

impl RawCompile {
    fn check(self, tools: &[Tool], prepared: &[&str]) -> Result<Compile, Wrong> {
        let command = required(self.command, &["compile", "command"])?;
        let is_tool = |program: &str| tools.iter().any(|tool| tool.program() == program);
        let command = Command::new(&command, is_tool, prepared);
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
    fn check_command(&self, tools: &[Tool], outputs: &[String], prepared: &[&str]) -> Result<Command, Wrong> {
        let Some(words) = &self.command else {
            return wrong(&["run", "command"], "is missing");
        };
        let may_begin = |program: &str| {
            let output = program.strip_prefix("./");
            tools.iter().any(|tool| tool.program() == program)
                || output.is_some_and(|name| outputs.iter().any(|output| output == name))
        };
        let main = self.entry.map(|_| MAIN);
        let later: Vec<&str> = [MEMORY, WHOLE, STACK]
            .into_iter()
            .chain(main)
            .chain(prepared.iter().copied())
            .collect();
        Command::new(words, may_begin, &later).or_else(|what| wrong(&["run", "command"], what))
    }

    fn check_out_of_memory(&self) -> Result<Vec<String>, Wrong> {
        if self.out_of_memory.iter().any(|words| words.trim().is_empty()) {
            return wrong(
                &["run", "out_of_memory"],
                "must be what the run-time says when it has no memory left",
            );
        }
        Ok(self.out_of_memory.clone())
    }

    fn check_adjust(&self) -> Result<Adjust, Wrong> {
        let Some(raw) = &self.adjust else {
            return Ok(Adjust {
                time_factor: 1.0,
                extra_memory: 0,
                extra_processes: 0,
                reason: String::new(),
            });
        };
        let reason = raw.reason.clone().unwrap_or_default();
        if reason.trim().is_empty() {
            return wrong(&["run", "adjust", "reason"], "is missing: other limits need one");
        }
        let time_factor = raw.time_factor.unwrap_or(1.0);
        if !(1.0..=100.0).contains(&time_factor) {
            return wrong(
                &["run", "adjust", "time_factor"],
                format!("must be from 1 to 100, not {time_factor}"),
            );
        }
        Ok(Adjust {
            time_factor,
            extra_memory: raw.extra_memory_mib.map_or(0, mib),
            extra_processes: raw.extra_processes.unwrap_or(0),
            reason,
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
