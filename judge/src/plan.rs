//! What is to be run for a submission, as plain data: made without running anything.

use std::collections::{BTreeMap, HashSet};
use std::ffi::OsString;
use std::sync::Arc;
use std::time::Duration;

use blake3::Hasher;
use domain::{InvalidSource, SourceFile};
use sandbox::{Collect, Content, InputFile, Spec, Stdin, Work};

use crate::compile::{Artefacts, LOG_BYTES, Program, Rejected};
use crate::languages::{
    Command, CompileLimits, Definition, EVERYTHING, Entry, MAIN, MEMORY, Preparation, STACK, Tool, WHOLE,
    When, with_prepared,
};
use crate::tools::{Found, environment};

/// The largest file that a compiler may leave, in bytes.
pub(crate) const OUTPUT_BYTES: u64 = 256 << 20;

/// What a package's build script may use: what the language of a large program would.
const BUILD: CompileLimits = CompileLimits {
    cpu: Duration::from_mins(2),
    wall: Duration::from_mins(5),
    memory: 2 << 30,
    processes: 128,
    work_bytes: 512 << 20,
};

/// The largest stack that a run-time is asked for, in MiB: a JVM takes no more than a gigabyte.
const LARGEST_STACK: u64 = 1000;

/// Files of a submission at most: a slot takes no more at once.
const MOST_FILES: usize = 64;

/// The tools of a language, each with its place.
pub(crate) type Tools<'a> = [(&'a Tool, Found)];

/// What is to be run for a submission.
#[derive(Debug)]
pub(crate) struct Plan {
    /// The command line of the run, but for the main class.
    argv: Vec<String>,
    env: Vec<(OsString, OsString)>,
    /// The same, and the compiler's command line, where something is prepared.
    wanting: Option<Wanting>,
    /// What a run says that fails for want of memory.
    out_of_memory: Arc<[String]>,
    /// The file to begin with.
    first: String,
    sources: Vec<InputFile>,
    /// How to compile, if at all.
    pub(crate) compilation: Option<Compilation>,
}

/// Words and variables in which the place of what was prepared is still to be put.
#[derive(Debug)]
struct Wanting {
    compile: Vec<String>,
    run: Vec<String>,
    of_compiler: BTreeMap<String, String>,
    of_run: BTreeMap<String, String>,
}

/// A source file as it is put into the work directory.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) name: String,
    pub(crate) bytes: Arc<[u8]>,
    pub(crate) executable: bool,
}

/// How to compile.
#[derive(Debug)]
pub(crate) struct Compilation {
    pub(crate) when: When,
    pub(crate) limits: CompileLimits,
    /// Whether a program is what is left, and not only a finding.
    pub(crate) leaves_program: bool,
    /// Whether the sources are part of the program, as they are afterwards.
    pub(crate) keeps_sources: bool,
    /// What to look for in what it makes.
    pub(crate) entry: Option<Entry>,
    /// The file to begin with.
    pub(crate) first: String,
    /// The class to begin with, where one was asked for.
    pub(crate) class: Option<String>,
    pub(crate) spec: Spec,
    /// Names the result: a hash of everything that can change it.
    pub(crate) key: [u8; 32],
}

impl Plan {
    /// Plans a submission in a language, which begins with `entry` where that is said, for runs with so much memory.
    pub(crate) fn new(
        definition: &Definition,
        tools: &Tools<'_>,
        files: &[SourceFile],
        entry: Option<&str>,
        memory_bytes: u64,
    ) -> Result<Self, Rejected> {
        check_files(files).map_err(|message| Rejected { message, log: None })?;
        let names = definition.file_names(files);
        let sources = names.into_iter().zip(files).map(|(name, file)| Source {
            name,
            bytes: file.content.as_bytes().into(),
            executable: false,
        });
        Ok(Self::of_sources(
            definition,
            tools,
            sources.collect(),
            entry,
            memory_bytes,
        ))
    }

    /// Plans a program in a language that is not a submission: its files were chosen by people whom we trust.
    pub(crate) fn of_sources(
        definition: &Definition,
        tools: &Tools<'_>,
        sources: Vec<Source>,
        entry: Option<&str>,
        memory_bytes: u64,
    ) -> Self {
        let names: Vec<&str> = sources.iter().map(|source| source.name.as_str()).collect();
        let command_names = definition.sources(&names, entry);
        let command_names = command_names.names();
        let fill = |command: &Command| resolve(command.fill(command_names), tools);
        let inputs: Vec<InputFile> = sources.iter().map(input).collect();
        let memory = memory_bytes >> 20;
        let whole = (memory + (definition.adjust.extra_memory >> 20)).to_string();
        let stack = memory.min(LARGEST_STACK).to_string();
        let memory = memory.to_string();
        let sized = |text: &str| {
            let text = text.replace(MEMORY, &memory).replace(STACK, &stack);
            text.replace(WHOLE, &whole)
        };
        let run = fill(&definition.run).into_iter();
        let run = run.map(|word| sized(&word));
        let of_run = definition.environment.iter();
        let of_run = of_run.map(|(name, value)| (name.clone(), sized(value))).collect();
        let wanting = definition.prepare.as_ref().map(|_| Wanting {
            compile: definition
                .compile
                .as_ref()
                .map_or_else(Vec::new, |compile| fill(&compile.command)),
            run: run.clone().collect(),
            of_compiler: of_compiler(&definition.environment),
            of_run: BTreeMap::clone(&of_run),
        });
        let for_compiler = variables(&of_compiler(&definition.environment), None);
        let is_class = |entry: &&str| definition.entry.is_some() && !names.contains(entry);
        let class = entry.filter(is_class).map(str::to_owned);
        let compilation = definition.compile.as_ref().map(|compile| {
            let spec = compile_spec(
                with_prepared(&fill(&compile.command), None),
                &for_compiler,
                &compile.outputs,
                &compile.limits,
                inputs.clone(),
            );
            Compilation {
                key: key(
                    definition.id.as_str(),
                    tools,
                    (
                        &sources,
                        &[command_names.source, class.as_deref().unwrap_or_default()],
                    ),
                    &spec,
                ),
                when: compile.when,
                limits: compile.limits,
                leaves_program: !compile.outputs.is_empty(),
                keeps_sources: false,
                entry: definition.entry,
                first: command_names.source.to_owned(),
                class: class.clone(),
                spec,
            }
        });
        Self {
            argv: with_prepared(&run.collect::<Vec<_>>(), None),
            env: environment(&variables(&of_run, None)),
            wanting,
            out_of_memory: definition.out_of_memory.as_slice().into(),
            first: command_names.source.to_owned(),
            sources: inputs,
            compilation,
        }
    }

    /// Lets compiler and program use what was prepared there. The name of the result stays: it only comes sooner.
    pub(crate) fn use_prepared(&mut self, place: &str) {
        let Some(wanting) = &self.wanting else { return };
        self.argv = with_prepared(&wanting.run, Some(place));
        self.env = environment(&variables(&wanting.of_run, Some(place)));
        if let Some(compilation) = &mut self.compilation {
            let words = with_prepared(&wanting.compile, Some(place));
            compilation.spec.argv = words.into_iter().map(Into::into).collect();
            compilation.spec.env = environment(&variables(&wanting.of_compiler, Some(place)));
        }
    }

    /// Gives the compiler another variable.
    pub(crate) fn compile_with(&mut self, name: &str, value: &str) {
        if let Some(compilation) = &mut self.compilation {
            compilation.spec.env.push((name.into(), value.into()));
        }
    }

    /// The files that it was planned for.
    pub(crate) fn sources(&self) -> &[InputFile] {
        &self.sources
    }

    /// Plans a program that starts with a file of its own.
    pub(crate) fn of_script(start: &str, sources: Vec<Source>) -> Self {
        Self {
            argv: vec![start.to_owned()],
            env: environment([]),
            wanting: None,
            out_of_memory: Arc::default(),
            first: start.to_owned(),
            sources: sources.iter().map(input).collect(),
            compilation: None,
        }
    }

    /// Plans a program whose script `build` makes the file that it starts with.
    pub(crate) fn of_build(build: &str, start: &str, sources: Vec<Source>) -> Self {
        let inputs: Vec<InputFile> = sources.iter().map(input).collect();
        let outputs = [EVERYTHING.to_owned()];
        let spec = compile_spec([build.to_owned()], [], &outputs, &BUILD, inputs.clone());
        Self {
            first: start.to_owned(),
            argv: vec![start.to_owned()],
            env: environment([]),
            wanting: None,
            out_of_memory: Arc::default(),
            sources: inputs,
            compilation: Some(Compilation {
                when: When::First,
                limits: BUILD,
                leaves_program: true,
                keeps_sources: true,
                entry: None,
                first: String::new(),
                class: None,
                key: key(build, &[], (&sources, &[start]), &spec),
                spec,
            }),
        }
    }

    /// The program without compiling, where that can be: there is nothing to compile, or it is checked later.
    pub(crate) fn uncompiled(&self) -> Option<Program> {
        let can_be = self.compilation.is_none() || self.is_checked_later();
        can_be.then(|| self.program(None))
    }

    /// Whether a runtime error in the first case may be a compile error.
    pub(crate) fn is_checked_later(&self) -> bool {
        let compilation = self.compilation.as_ref();
        compilation.is_some_and(|compilation| compilation.when == When::FirstCaseFails)
    }

    /// The program with what the compiler left. Where that is nothing, it only checked, and the run gets the sources.
    pub(crate) fn program(&self, made: Option<&Artefacts>) -> Program {
        let files = made.map(|made| &made.files).filter(|files| !files.is_empty());
        let mut argv = self.argv.clone();
        if let Some(main) = made.and_then(|made| made.main.as_deref()) {
            for word in &mut argv {
                *word = word.replace(MAIN, main);
            }
        }
        let main = made.and_then(|made| made.main.clone());
        Program {
            entry: main.unwrap_or_else(|| self.first.clone()),
            argv,
            env: self.env.clone(),
            files: files.unwrap_or(&self.sources).clone(),
            log: made.and_then(|made| made.log.clone()),
            out_of_memory: Arc::clone(&self.out_of_memory),
        }
    }
}

/// How a language prepares what it can use.
#[derive(Debug)]
pub(crate) struct Steps {
    /// One after the other; the files of each are those that the first begins with.
    pub(crate) specs: Vec<Spec>,
    /// Names the result: a hash of everything that can change it.
    pub(crate) key: [u8; 32],
}

/// Plans what a language prepares.
pub(crate) fn preparation(definition: &Definition, preparation: &Preparation, tools: &Tools<'_>) -> Steps {
    let variables = variables(&of_compiler(&definition.environment), None);
    let sources = preparation.files.iter().map(|(name, text)| Source {
        name: name.clone(),
        bytes: text.as_bytes().into(),
        executable: false,
    });
    let sources: Vec<Source> = sources.collect();
    let specs = preparation.commands.iter().map(|command| {
        let argv = resolve(command.clone(), tools);
        let files = sources.iter().map(input).collect();
        compile_spec(argv, &variables, &preparation.outputs, &preparation.limits, files)
    });
    let specs: Vec<Spec> = specs.collect();
    let mut hasher = Hasher::new();
    for spec in &specs {
        hasher.update(&key(
            &format!("prepare {}", definition.id),
            tools,
            (&sources, &[""]),
            spec,
        ));
    }
    Steps {
        specs,
        key: *hasher.finalize().as_bytes(),
    }
}

/// The variables of a compiler: the limits of a run are none of its business.
fn of_compiler(environment: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let of_run = |value: &str| [MEMORY, WHOLE, STACK].iter().any(|limit| value.contains(limit));
    let all = environment.iter().filter(|(_, value)| !of_run(value));
    all.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// Variables with the place of what was prepared, or without those that want it.
fn variables(environment: &BTreeMap<String, String>, place: Option<&str>) -> BTreeMap<String, String> {
    let fill = |(name, value): (&String, &String)| {
        let value = with_prepared(std::slice::from_ref(value), place).pop()?;
        Some((name.clone(), value))
    };
    environment.iter().filter_map(fill).collect()
}

/// The API refuses such submissions; what is judged without it is checked here.
fn check_files(files: &[SourceFile]) -> Result<(), String> {
    if files.is_empty() {
        return Err("there is no source file".to_owned());
    }
    if files.len() > MOST_FILES {
        return Err(format!("{} files are more than {MOST_FILES}", files.len()));
    }
    if files.iter().all(|file| file.content.trim().is_empty()) {
        return Err(InvalidSource::Empty.to_string());
    }
    let mut seen = HashSet::new();
    for file in files {
        check_file(file).map_err(|error| format!("{:?}: {error}", file.name))?;
        if !seen.insert(&file.name) {
            return Err(format!("{:?} is there twice", file.name));
        }
    }
    Ok(())
}

/// As [`SourceFile::check`] does, but for example submissions: these have directories, and files with nothing in them.
pub(crate) fn check_file(file: &SourceFile) -> Result<(), InvalidSource> {
    if !is_path(&file.name) {
        return Err(InvalidSource::Name);
    }
    file.content
        .find('\0')
        .map_or(Ok(()), |at| Err(InvalidSource::Nul(at)))
}

/// Plain names with slashes between them.
pub(crate) fn is_path(name: &str) -> bool {
    name.split('/').all(SourceFile::is_name)
}

fn input(source: &Source) -> InputFile {
    InputFile {
        name: source.name.clone(),
        content: Content::Bytes(Arc::clone(&source.bytes)),
        executable: source.executable,
    }
}

/// Puts the place of the tool in: the first word of a command is its name.
fn resolve(mut argv: Vec<String>, tools: &Tools<'_>) -> Vec<String> {
    if let Some(first) = argv.first_mut()
        && let Some((_, found)) = tools.iter().find(|(tool, _)| tool.program() == first)
    {
        first.clone_from(&found.path);
    }
    argv
}

fn compile_spec<'a>(
    argv: impl IntoIterator<Item = String>,
    variables: impl IntoIterator<Item = (&'a String, &'a String)>,
    outputs: &[String],
    limits: &CompileLimits,
    files: Vec<InputFile>,
) -> Spec {
    let collect = outputs.iter().map(|name| Collect {
        name: if name == EVERYTHING { Collect::ALL } else { name }.to_owned(),
        max_bytes: OUTPUT_BYTES,
    });
    Spec {
        argv: argv.into_iter().map(Into::into).collect(),
        env: environment(variables),
        stdin: Stdin::Null,
        files,
        collect: collect.collect(),
        work: Work::default(),
        limits: sandbox::Limits {
            cpu: limits.cpu,
            wall: limits.wall,
            memory: limits.memory,
            stdout: LOG_BYTES,
            stderr: LOG_BYTES,
            // Compilers recurse over what people nest; the memory limit is the end of that.
            stack: limits.memory,
            processes: limits.processes,
            descriptors: 1024,
            work_bytes: limits.work_bytes,
            work_files: 16 << 10,
        },
    }
}

/// Hashes everything that can change what a compiler makes, each part led by its length.
fn key(maker: &str, tools: &Tools<'_>, (sources, starts): (&[Source], &[&str]), spec: &Spec) -> [u8; 32] {
    let mut hasher = Hasher::new();
    let mut add = |part: &[u8]| {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    };
    add(maker.as_bytes());
    add(format!("{starts:?}").as_bytes());
    for (_, found) in tools {
        add(found.path.as_bytes());
        add(found.version.as_bytes());
        add(format!("{:?}", found.identity).as_bytes());
    }
    // Debug is exact for plain values, and a field that is added later is not forgotten.
    add(format!("{:?}", (&spec.argv, &spec.env, &spec.collect, &spec.limits)).as_bytes());
    for source in sources {
        add(source.name.as_bytes());
        add(&source.bytes);
        add(&[u8::from(source.executable)]);
    }
    *hasher.finalize().as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Languages;
    use crate::tools::Identity;

    fn file(name: &str, content: &str) -> SourceFile {
        SourceFile {
            name: name.to_owned(),
            content: content.to_owned(),
        }
    }

    fn plan<T>(
        language: &str,
        version: &str,
        files: &[SourceFile],
        look: impl Fn(Result<Plan, Rejected>) -> T,
    ) -> T {
        let languages = Languages::builtin();
        let definition = languages.get(&language.parse().unwrap()).unwrap();
        let found = Found {
            path: "/usr/bin/tool".to_owned(),
            version: version.to_owned(),
            identity: Identity::default(),
        };
        let tools: Vec<_> = definition
            .tools
            .iter()
            .map(|tool| (tool, found.clone()))
            .collect();
        look(Plan::new(definition, &tools, files, None, 256 << 20))
    }

    #[test]
    fn tools_are_called_by_their_place_and_outputs_by_their_name() {
        plan("cpp", "1", &[file("a", "x")], |plan| {
            let plan = plan.unwrap();
            let spec = &plan.compilation.as_ref().unwrap().spec;
            assert_eq!(spec.argv.first().unwrap(), "/usr/bin/tool");
            assert_eq!(spec.argv.last().unwrap(), "main.cpp");
            assert_eq!(spec.files[0].name, "main.cpp");
            assert_eq!(plan.argv, ["./main"]);
            assert!(plan.uncompiled().is_none());
        });
        plan("python3", "1", &[file("a.py", "x")], |plan| {
            let program = plan.unwrap().uncompiled().unwrap();
            assert_eq!(program.argv, ["/usr/bin/tool", "-s", "a.py"]);
            assert_eq!(program.files[0].name, "a.py");
            assert!(
                program
                    .env
                    .contains(&("PATH".into(), "/usr/local/bin:/usr/bin:/bin".into()))
            );
        });
    }

    #[test]
    fn a_variable_with_a_limit_is_of_the_run_and_not_of_the_compiler() {
        plan("go", "1", &[file("a.go", "x")], |plan| {
            let plan = plan.unwrap();
            let limit = ("GOMEMLIMIT".into(), "256MiB".into());
            assert!(plan.env.contains(&limit));
            let compiler = &plan.compilation.as_ref().unwrap().spec.env;
            assert!(compiler.iter().all(|(name, _)| name != "GOMEMLIMIT"));
            assert!(compiler.iter().any(|(name, _)| name == "GOCACHE"));
        });
    }

    #[test]
    fn everything_that_can_change_the_result_changes_its_name() {
        let key = |language, version, files: &[SourceFile]| {
            plan(language, version, files, |plan| {
                plan.unwrap().compilation.unwrap().key
            })
        };
        let base = key("c", "1", &[file("a.c", "xy")]);
        assert_eq!(base, key("c", "1", &[file("a.c", "xy")]));
        for other in [
            key("cpp", "1", &[file("a.c", "xy")]),
            key("c", "2", &[file("a.c", "xy")]),
            key("c", "1", &[file("b.c", "xy")]),
            key("c", "1", &[file("a.c", "xyz")]),
            key("c", "1", &[file("a.c", "x"), file("y.c", "y")]),
        ] {
            assert_ne!(base, other);
        }
    }

    #[test]
    fn files_that_no_slot_should_see_are_refused() {
        let many: Vec<_> = (0..65).map(|n| file(&format!("{n}.c"), "x")).collect();
        for (files, expected) in [
            (&[][..], "there is no source file"),
            (&many, "65 files are more than 64"),
            (&[file("-o", "x")], "\"-o\": a file name"),
            (&[file("a.c", " ")], "the source is empty"),
            (&[file("a.c", "x\0")], "\"a.c\": the source has a NUL"),
            (&[file("a.c", "x"), file("a.c", "y")], "\"a.c\" is there twice"),
        ] {
            let rejected = plan("c", "1", files, |plan| plan.map(|_| ()).unwrap_err());
            assert!(rejected.message.starts_with(expected), "{rejected:?}");
        }
    }
}
