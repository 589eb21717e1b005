//! Programs of a package other than submissions: a file, or a directory of files, and how to start them.

use std::path::PathBuf;

use domain::LanguageId;

use crate::complaint::{Complaint, Report};
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
}

/// A file of a program.
#[derive(Debug, Clone)]
pub struct ProgramFile {
    /// A plain name.
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
}

/// More files than a program of a package has.
const MOST_FILES: usize = 60;

/// The one program of a directory such as `output_validator`: its files, or those of the only directory in it.
pub(crate) fn read_one(tree: &Tree, directory: &str, report: &mut Report) -> Option<Program> {
    let children = tree.children(directory);
    match children.as_slice() {
        [] => None,
        [(child, Entry::Directory)] => program(tree, child, &name::join(directory, child), report),
        [(child, Entry::File(file))] => of_files(
            child,
            &name::join(directory, child),
            vec![(*child, *file)],
            report,
        ),
        _ => program(tree, directory, directory, report),
    }
}

/// The programs of a directory such as `output_validators`: each file and each directory in it is one. Files that are no
/// sources, such as headers, belong to all that are single files.
pub(crate) fn read_all(tree: &Tree, directory: &str, report: &mut Report) -> Vec<Program> {
    let children = tree.children(directory);
    let has = |wanted: &str| children.iter().any(|(child, _)| *child == wanted);
    if has("build") || has("run") {
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
                Some(_) => sources.push((child, file)),
                None => shared.push((child, file)),
            },
        }
    }
    for (child, file) in &sources {
        let files = std::iter::once((*child, *file)).chain(shared.iter().copied());
        let path = name::join(directory, child);
        programs.extend(of_files(child, &path, files.collect(), report));
    }
    if programs.is_empty() && !shared.is_empty() && report.is_clean() {
        let what = "has no program in a language that is known by its ending";
        report.complain(Complaint::about(directory, what));
    }
    programs.sort_by(|a, b| a.name.cmp(&b.name));
    programs
}

fn program(tree: &Tree, name: &str, directory: &str, report: &mut Report) -> Option<Program> {
    let mut files = Vec::new();
    for (child, entry) in tree.children(directory) {
        match entry {
            Entry::File(file) => files.push((child, file)),
            Entry::Directory => {
                let what = "is a directory within a program, which is not supported yet";
                report.complain(Complaint::about(name::join(directory, child), what));
                return None;
            }
        }
    }
    of_files(name, directory, files, report)
}

fn of_files(name: &str, path: &str, files: Vec<(&str, &File)>, report: &mut Report) -> Option<Program> {
    let mut complain = |what: String| {
        report.complain(Complaint::about(path, what));
        None
    };
    if files.len() > MOST_FILES {
        return complain(format!("has more than {MOST_FILES} files"));
    }
    let find = |wanted: &str| files.iter().find(|(name, _)| *name == wanted);
    let start = if find("build").is_some() {
        return complain("has a build script, which is not supported yet".to_owned());
    } else if let Some((_, run)) = find("run") {
        if !run.executable {
            return complain("has a file `run` that is not executable".to_owned());
        }
        Start::Run
    } else {
        let mut codes: Vec<&str> = files
            .iter()
            .filter_map(|(name, _)| language::of_file(name))
            .collect();
        codes.sort_unstable();
        codes.dedup();
        match codes.as_slice() {
            [code] => Start::Language(code.parse().ok()?),
            [] => return complain("has no file in a language that is known by its ending".to_owned()),
            _ => return complain(format!("has files in several languages: {}", codes.join(", "))),
        }
    };
    let files = files.into_iter().map(|(name, file)| ProgramFile {
        name: name.to_owned(),
        path: file.path.clone(),
        executable: file.executable,
    });
    Some(Program {
        name: stem(name).to_owned(),
        files: files.collect(),
        start,
    })
}

fn stem(name: &str) -> &str {
    name.split_once('.').map_or(name, |(stem, _)| stem)
}
