//! `gavel sandbox run`: one program in a slot of its own, isolated and measured.

mod quantity;
mod report;

use std::ffi::{OsStr, OsString};
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{FileExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use ::sandbox::{
    Backend, Bind, Collect, Collected, Content, End, InputFile, Limits, Outcome, SandboxError, Slot,
    SlotConfig, Spec, Stdin,
};

use crate::arguments::SandboxRun;
use crate::failure::{Doing, Failure};
use crate::terminal;
use report::Brought;

/// Where programs are looked for that are named without a slash, here and by the program itself.
const PATH: [&str; 3] = ["/usr/local/bin", "/usr/bin", "/bin"];

/// The most that is kept of an output, in bytes: it is held in memory, and is a string of the object.
const MOST_OUTPUT: u64 = 1 << 30;

/// Standard error is for people; in bytes.
const STDERR: u64 = 64 << 10;

/// Runs the command and tells its outcome.
pub(crate) fn run(arguments: &SandboxRun) -> Result<ExitCode, Failure> {
    let config = SlotConfig {
        binds: arguments
            .bind
            .iter()
            .map(|text| bind(text))
            .collect::<Result<_, _>>()?,
        bind_roots: bind_roots(&arguments.bind_roots),
        ..SlotConfig::default()
    };
    let spec = spec(arguments)?;
    let places = places(&arguments.collect, &arguments.into)?;
    let mut slot = Slot::start(&config).map_err(refused)?;
    let outcome = slot.run(&spec).map_err(refused)?;
    let brought = bring(&outcome.collected, &places)?;
    if arguments.json {
        terminal::line(&report::as_json(&outcome, &brought).to_string());
    } else {
        show(&outcome, &brought);
    }
    Ok(match outcome.end {
        End::Exited(0) => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

/// What a backend is called.
pub(crate) fn backend_in_words(backend: Backend) -> &'static str {
    match backend {
        Backend::CgroupV2 => "control group, version 2",
        Backend::CgroupV1 => "control groups, version 1",
        Backend::None => "no control group",
    }
}

fn spec(arguments: &SandboxRun) -> Result<Spec, Failure> {
    let limits = limits(arguments)?;
    limits.check_host().map_err(refused)?;
    let files = arguments
        .files
        .iter()
        .map(|path| file(path))
        .collect::<Result<Vec<_>, _>>()?;
    let mut argv = arguments.command.clone();
    match argv.first_mut() {
        Some(program) => resolve(program, &files)?,
        None => return Err(Failure::new("COMMAND: there is none; give one after `--`")),
    }
    Ok(Spec {
        argv,
        env: environment(&arguments.env)?,
        stdin: match &arguments.stdin {
            Some(path) => Stdin::File(Arc::new(open("--stdin", path)?)),
            None => Stdin::Null,
        },
        collect: arguments
            .collect
            .iter()
            .map(|name| Collect {
                name: name.clone(),
                max_bytes: limits.work_bytes,
            })
            .collect(),
        files,
        work: sandbox::Work::default(),
        limits,
    })
}

fn limits(arguments: &SandboxRun) -> Result<Limits, Failure> {
    let cpu = of("--cpu", quantity::time(&arguments.cpu))?;
    let memory = of("--memory", quantity::size(&arguments.memory))?;
    let output = of("--output", quantity::size(&arguments.output))?;
    if output > MOST_OUTPUT {
        let what = format!("--output: {} is too large, 1GiB is the most", arguments.output);
        return Err(Failure::new(what));
    }
    Ok(Limits {
        cpu,
        wall: match &arguments.wall {
            Some(text) => of("--wall", quantity::time(text))?,
            None => cpu.saturating_mul(2).saturating_add(Duration::from_secs(5)),
        },
        memory,
        stdout: output,
        stderr: STDERR.min(output),
        stack: match &arguments.stack {
            Some(text) => of("--stack", quantity::size(text))?,
            None => memory,
        },
        processes: of("--processes", quantity::count(&arguments.processes))?,
        descriptors: 256,
        work_bytes: of("--work", quantity::size(&arguments.work))?,
        work_files: 4096,
    })
}

fn of<T>(option: &str, parsed: Result<T, String>) -> Result<T, Failure> {
    parsed.map_err(|reason| Failure::new(format!("{option}: {reason}")))
}

/// A regular file, and nothing whose opening could wait.
fn open(option: &str, path: &Path) -> Result<File, Failure> {
    let failed =
        |reason: &dyn std::fmt::Display| Failure::new(format!("{option}: {}: {reason}", path.display()));
    let metadata = path.metadata().map_err(|error| failed(&error))?;
    if metadata.is_dir() {
        return Err(failed(&"it is a directory, not a file"));
    }
    if !metadata.is_file() {
        return Err(failed(&"not a regular file"));
    }
    File::open(path).map_err(|error| failed(&error))
}

fn file(path: &Path) -> Result<InputFile, Failure> {
    let file = open("--files", path)?;
    let name = path.file_name().and_then(OsStr::to_str).ok_or_else(|| {
        let what = format!("--files: {}: its name is not UTF-8", path.display());
        Failure::new(what)
    })?;
    let mode = file.metadata().doing("look at --files")?.permissions().mode();
    Ok(InputFile {
        name: name.to_owned(),
        content: Content::File(Arc::new(file)),
        executable: mode & 0o111 != 0,
    })
}

/// What the program finds in its environment: a fixed beginning, then what was asked for.
fn environment(more: &[OsString]) -> Result<Vec<(OsString, OsString)>, Failure> {
    let mut environment: Vec<(OsString, OsString)> = vec![
        ("PATH".into(), PATH.join(":").into()),
        ("HOME".into(), "/work".into()),
        ("TMPDIR".into(), "/tmp".into()),
        ("LANG".into(), "C.UTF-8".into()),
    ];
    for pair in more {
        let (key, value) = split(pair, b'=').ok_or_else(|| {
            Failure::new(format!("--env: {} is not of the form NAME=VALUE", pair.display()))
        })?;
        environment.retain(|(other, _)| other != key);
        environment.push((key.to_owned(), value.to_owned()));
    }
    Ok(environment)
}

/// Splits at the first separator; the part before it must not be empty.
fn split(text: &OsStr, separator: u8) -> Option<(&OsStr, &OsStr)> {
    let bytes = text.as_bytes();
    let at = bytes
        .iter()
        .position(|byte| *byte == separator)
        .filter(|at| *at > 0)?;
    let (before, after) = bytes.split_at(at);
    Some((OsStr::from_bytes(before), OsStr::from_bytes(&after[1..])))
}

fn bind(text: &OsStr) -> Result<Bind, Failure> {
    let malformed = || Failure::new(format!("--bind: {} is not of the form SRC:DST", text.display()));
    let (source, target) = split(text, b':').ok_or_else(malformed)?;
    Ok(Bind {
        source: source.into(),
        target: target.into(),
    })
}

/// Where `--bind` may take from: what the kinds of directories hold that are there to be shared, and what was named.
fn bind_roots(named: &[PathBuf]) -> Vec<PathBuf> {
    let here = std::env::current_dir().ok().filter(|path| path != Path::new("/"));
    let fixed = ["/usr", "/opt", "/srv"].map(PathBuf::from);
    let mut roots: Vec<_> = fixed.into_iter().chain([std::env::temp_dir()]).collect();
    roots.extend(here);
    roots.extend(named.iter().cloned());
    roots
}

/// A program named without a slash is one of the files, or else is looked for where the sandbox has programs.
fn resolve(program: &mut OsString, files: &[InputFile]) -> Result<(), Failure> {
    let of_work = |name: &OsStr| {
        let name = Path::new(name);
        let name = name
            .strip_prefix("/work")
            .or_else(|_| name.strip_prefix("."))
            .unwrap_or(name);
        files.iter().find(|file| Path::new(&file.name) == name)
    };
    let given = of_work(program);
    if given.is_none() && !program.is_empty() && !program.as_bytes().contains(&b'/') {
        let places = PATH.map(|directory| Path::new(directory).join(&*program));
        if let Some(found) = places.iter().find(|path| path.is_file()) {
            *program = found.into();
        }
    }
    let architecture = match given.map(|file| &file.content) {
        Some(Content::File(file)) => foreign(file),
        None if program.as_bytes().starts_with(b"/") && Path::new(program).is_file() => {
            File::open(&program).ok().and_then(|file| foreign(&file))
        }
        Some(Content::Bytes(_)) | None => None,
    };
    match architecture {
        Some(what) => Err(Failure::new(format!(
            "COMMAND: cannot execute {}: {what}",
            program.display()
        ))),
        None => Ok(()),
    }
}

/// What a program is built for, where that is not this machine. The kernel says so of most, but may start those of an
/// older architecture, which the filter of system calls ends at their first call.
fn foreign(file: &File) -> Option<String> {
    let mut header = [0; 20];
    file.read_exact_at(&mut header, 0).ok()?;
    if !header.starts_with(b"\x7fELF") {
        return None;
    }
    let own = if cfg!(target_arch = "x86_64") { 62 } else { 183 };
    let machine = u16::from_le_bytes([header[18], header[19]]);
    let is_native = header[4] == 2 && header[5] == 1 && machine == own;
    (!is_native).then(|| {
        format!(
            "a program for another architecture (ELF machine {machine}), this one is {}",
            std::env::consts::ARCH
        )
    })
}

/// Where wanted files are put. Nothing that is there is replaced, and that is known before anything runs.
fn places(names: &[String], into: &Path) -> Result<Vec<PathBuf>, Failure> {
    if !names.is_empty() && !into.is_dir() {
        let what = format!("--into: {} is not a directory", into.display());
        return Err(Failure::new(what));
    }
    let place = |name: &String| {
        if name.is_empty() || name == "." || name.ends_with("/.") {
            return Err(Failure::new(format!(
                "--collect: {name:?} is not the name of a file"
            )));
        }
        let path = into.join(name);
        if path.symlink_metadata().is_ok() {
            let what = format!("--collect: {} is there already", path.display());
            return Err(Failure::new(what));
        }
        Ok(path)
    };
    names.iter().map(place).collect()
}

fn bring(collected: &[Collected], places: &[PathBuf]) -> Result<Vec<Brought>, Failure> {
    let one = |(collected, path): (&Collected, &PathBuf)| {
        let brought = match &collected.file {
            Err(reason) => Err(reason.to_string()),
            Ok(file) => {
                let bytes = copy(file, path).doing(format!("write --collect {}", path.display()))?;
                Ok((path.display().to_string(), bytes))
            }
        };
        Ok((collected.name.clone(), brought))
    };
    collected.iter().zip(places).map(one).collect()
}

fn copy(mut file: &File, path: &Path) -> io::Result<u64> {
    let mut target = OpenOptions::new().write(true).create_new(true).open(path)?;
    io::copy(&mut file, &mut target)
}

/// The program's outputs where outputs go, and the table after them.
fn show(outcome: &Outcome, brought: &[Brought]) {
    // A reader that has gone is no failure.
    let _ = io::stdout().lock().write_all(&outcome.stdout.bytes);
    let _ = io::stdout().lock().flush();
    let _ = io::stderr().lock().write_all(&outcome.stderr.bytes);
    terminal::error(&report::as_table(outcome, brought));
}

/// What the sandbox refuses, in the words of the command line.
fn refused(error: SandboxError) -> Failure {
    match error {
        SandboxError::Exec { .. } => Failure::new(format!("COMMAND: {error}")),
        SandboxError::Invalid { field, reason } => Failure::new(format!("{}: {reason}", option_of(field))),
        SandboxError::Unsupported { .. } => Failure::new(format!("{error} (`gavel doctor` tells more)")),
        SandboxError::Host { .. } => Failure::new(error),
    }
}

fn option_of(field: &str) -> &str {
    match field {
        "argv" => "COMMAND",
        "argv, env" => "COMMAND or --env",
        "env" => "--env",
        "stdin" => "--stdin",
        "files" => "--files",
        "collect" => "--collect",
        "binds" => "--bind",
        "limits.cpu" => "--cpu",
        "limits.wall" => "--wall",
        "limits.memory" => "--memory",
        "limits.stack" => "--stack",
        "limits.stdout" | "limits.stderr" => "--output",
        "limits.processes" => "--processes",
        "limits.work_bytes" => "--work",
        other => other,
    }
}
