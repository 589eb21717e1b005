//! Programs of a package other than submissions: a file, or a directory of files, and how to start them.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::PathBuf;

use domain::LanguageId;

use crate::complaint::{Complaint, Report};
use crate::constants::Constants;
use crate::tree::{Entry, File, Tree};
use crate::{language, name};

/// A program that comes with a package.
#[derive(Debug, Clone)]
pub struct Program {
    /// Its base name.
    pub name: String,
    /// Its files, in the order of their names.
    pub files: Vec<ProgramFile>,
    /// How it is started.
    pub start: Start,
    /// Words that stand for others in its files.
    pub constants: Constants,
}

/// A file that comes with a package, to be put where a program runs.
#[derive(Debug, Clone)]
pub struct ProgramFile {
    /// Its path there, such as `validate.cpp` or `lib/tree.h`.
    pub name: String,
    /// Where its content is.
    pub path: PathBuf,
    /// Whether it can be executed.
    pub executable: bool,
}

/// How a program is started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    /// By its language.
    Language(LanguageId),
    /// By its own file `run`, which can be executed.
    Run,
    /// By the file `run` that its own script `build` leaves.
    Build,
}

/// More files than a program of a package has.
const MOST_FILES: usize = 150;

const BUILD: &str = "build";
const RUN: &str = "run";

/// The one program of a directory such as `output_validator`: its files, or those of the only directory in it.
pub(crate) fn read_one(tree: &Tree, directory: &str, report: &mut Report) -> Option<Program> {
    let children = tree.children(directory);
    match children.as_slice() {
        [] => None,
        [(child, Entry::Directory)] => program(tree, child, &name::join(directory, child), report),
        [(child, Entry::File(_))] => {
            let files = files_below(tree, directory);
            of_files(child, &name::join(directory, child), files, report)
        }
        _ => program(tree, directory, directory, report),
    }
}

/// The programs of a directory such as `output_validators`: each file and each directory in it is one. Files that are no
/// sources, such as headers, belong to all that are single files.
pub(crate) fn read_all(tree: &Tree, directory: &str, report: &mut Report) -> Vec<Program> {
    let children = tree.children(directory);
    let has = |wanted: &str| children.iter().any(|(child, _)| *child == wanted);
    if has(BUILD) || has(RUN) {
        return program(tree, directory, directory, report).into_iter().collect();
    }
    let mut sources = Vec::new();
    let mut shared = Vec::new();
    let mut programs = Vec::new();
    for (child, entry) in children {
        let path = name::join(directory, child);
        match entry {
            Entry::Directory => programs.extend(program(tree, child, &path, report)),
            Entry::File(file) => match language::of_file(child) {
                Some(_) => sources.push(file_named(child, file)),
                None => shared.push(file_named(child, file)),
            },
        }
    }
    let count = sources.len() + programs.len();
    for source in sources {
        let path = name::join(directory, &source.name);
        let files = std::iter::once(source.clone()).chain(shared.iter().cloned());
        programs.extend(of_files(&source.name, &path, files.collect(), report));
    }
    if count == 0 && !shared.is_empty() {
        let what = "has no program in a language that is known by its ending";
        report.complain(Complaint::about(directory, what));
    }
    programs.sort_by(|a, b| a.name.cmp(&b.name));
    programs
}

/// Complains where arguments, which are given to programs by their names, would be given to two.
pub(crate) fn check_names(programs: &[Program], directory: &str, report: &mut Report) {
    for (one, next) in programs.iter().zip(programs.iter().skip(1)) {
        if one.name == next.name {
            let what = format!("has two programs of the name {}", one.name);
            report.object(Complaint::about(directory, what));
        }
    }
}

/// The files below a directory, at any depth, by their paths from there.
pub(crate) fn files_below(tree: &Tree, directory: &str) -> Vec<ProgramFile> {
    let files = tree.below(directory);
    files.map(|(path, file)| file_named(path, file)).collect()
}

fn file_named(name: &str, file: &File) -> ProgramFile {
    ProgramFile {
        name: name.to_owned(),
        path: file.path.clone(),
        executable: file.executable,
    }
}

fn program(tree: &Tree, name: &str, directory: &str, report: &mut Report) -> Option<Program> {
    of_files(name, directory, files_below(tree, directory), report)
}

fn of_files(name: &str, path: &str, mut files: Vec<ProgramFile>, report: &mut Report) -> Option<Program> {
    if files.len() > MOST_FILES {
        let what = format!("has more than {MOST_FILES} files");
        report.complain(Complaint::about(path, what));
        return None;
    }
    let has = |wanted: &str| files.iter().position(|file| file.name == wanted);
    let script = match has(BUILD) {
        Some(at) => Some((at, Start::Build)),
        None => has(RUN).map(|at| (at, Start::Run)),
    };
    let start = if let Some((at, start)) = script {
        check_script(files.get_mut(at)?, path, report)?;
        start
    } else {
        Start::Language(language_of(&files, path, report)?)
    };
    Some(Program {
        name: stem(name).to_owned(),
        files,
        start,
        constants: Constants::default(), // The package fills them in.
    })
}

/// Sees to it that a script can be executed; `None` where it cannot be.
fn check_script(file: &mut ProgramFile, path: &str, report: &mut Report) -> Option<()> {
    let name = &file.name;
    if !file.executable && is_script(file) {
        // Archives that were made on other systems have no such bits.
        let what = format!("has a script `{name}` that is not executable; it is run all the same");
        report.warn(Complaint::about(path, what));
        file.executable = true;
    } else if !file.executable {
        let what = format!("has a file `{name}` that is not executable");
        report.complain(Complaint::about(path, what));
        return None;
    }
    Some(())
}

fn is_script(file: &ProgramFile) -> bool {
    let mut first = [0; 2];
    let read = fs::File::open(&file.path).and_then(|mut open| open.read_exact(&mut first));
    read.is_ok() && first == *b"#!"
}

/// The language of most files. Other files ride along, be they sources of some other program or not.
fn language_of(files: &[ProgramFile], path: &str, report: &mut Report) -> Option<LanguageId> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for code in files.iter().filter_map(|file| language::of_file(&file.name)) {
        *counts.entry(code).or_default() += 1;
    }
    // C++ compilers take C, not the other way round.
    if let (Some(c), true) = (counts.get("c").copied(), counts.contains_key("cpp")) {
        counts.remove("c");
        *counts.entry("cpp").or_default() += c;
    }
    let most = counts.values().max().copied().unwrap_or(0);
    let leaders: Vec<&str> = counts
        .iter()
        .filter(|(_, count)| **count == most)
        .map(|(code, _)| *code)
        .collect();
    match leaders.as_slice() {
        ["python3"] if files.iter().any(is_python2) => "python2".parse().ok(),
        [code] => {
            if counts.len() > 1 {
                let what = format!("has files in several languages, and is taken to be in {code}");
                report.warn(Complaint::about(path, what));
            }
            code.parse().ok()
        }
        [] => {
            let what = "has no file in a language that is known by its ending";
            report.complain(Complaint::about(path, what));
            None
        }
        _ => {
            let what = format!("has files in several languages: {}", leaders.join(", "));
            report.complain(Complaint::about(path, what));
            None
        }
    }
}

/// Whether a file says in its first line that it is in Python 2, as older packages tell it.
fn is_python2(file: &ProgramFile) -> bool {
    let mut first = Vec::new();
    let read = fs::File::open(&file.path).and_then(|open| open.take(200).read_to_end(&mut first));
    let first = first.split(|byte| *byte == b'\n').next().unwrap_or_default();
    read.is_ok() && first.starts_with(b"#!") && String::from_utf8_lossy(first).contains("python2")
}

/// The name without its endings.
pub(crate) fn stem(name: &str) -> &str {
    name.split_once('.').map_or(name, |(stem, _)| stem)
}
