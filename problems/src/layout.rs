//! Which files and directories a package has at its top.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::complaint::{Complaint, Report};
use crate::problem_yaml::{self, ProblemYaml};
use crate::tree::{Entry, Tree};
use crate::version::Version;
use crate::{domjudge, name};

/// A statement in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The language tag, such as `en` or `pt-BR`.
    pub language: String,
    /// How it is written.
    pub format: StatementFormat,
    /// The file. Its images are beside it.
    pub path: PathBuf,
}

/// How a statement is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum StatementFormat {
    /// Markdown.
    Markdown,
    /// PDF.
    Pdf,
    /// LaTeX.
    Latex,
}

/// Complains about what is missing, about what is not supported yet and would change verdicts if it were ignored, and
/// about what belongs to other versions; warns of the rest.
pub(crate) fn check(tree: &Tree, version: Version, report: &mut Report) {
    if version.is_lenient() {
        return check_leniently(tree, version, report);
    }
    for directory in ["statement", "data/secret", "submissions", "input_validators"] {
        check_there(tree, directory, report, Report::complain);
    }
    for (child, entry) in tree.children("") {
        check_top(child, entry, report);
    }
    for (child, entry) in tree.children("attachments") {
        if entry == Entry::Directory && child != "templates" {
            let what = "is a directory; attachments are files, and a directory `templates`";
            report.complain(Complaint::about(name::join("attachments", child), what));
        }
    }
}

/// Tells of a directory that is missing or empty.
fn check_there(tree: &Tree, directory: &str, report: &mut Report, tell: fn(&mut Report, Complaint)) {
    if !tree.has_directory(directory) {
        tell(report, Complaint::about(directory, "is missing"));
    } else if tree.children(directory).is_empty() {
        tell(report, Complaint::about(directory, "is empty"));
    }
}

/// Only what judging needs has to be there.
fn check_leniently(tree: &Tree, version: Version, report: &mut Report) {
    let without_secrets = if tree.has_directory("data/sample") {
        Report::warn
    } else {
        Report::complain
    };
    check_there(tree, "data/secret", report, without_secrets);
    check_there(tree, "submissions", report, Report::warn);
    for alternatives in [
        &["problem_statement", "statement", "problem.pdf"][..],
        &["input_validators", "input_format_validators"],
    ] {
        let is_there = |path: &&str| tree.has_directory(path) || tree.files.contains_key(*path);
        if let Some(first) = alternatives.first()
            && !alternatives.iter().any(is_there)
        {
            report.warn(Complaint::about(*first, "is missing"));
        }
    }
    for (child, entry) in tree.children("") {
        check_top_leniently(child, entry, version, report);
    }
}

fn check_top_leniently(child: &str, entry: Entry<'_>, version: Version, report: &mut Report) {
    let what = match (child, entry) {
        (
            "problem_statement"
            | "statement"
            | "data"
            | "submissions"
            | "input_validators"
            | "input_format_validators"
            | "output_validators"
            | "output_validator"
            | "attachments"
            | "solution"
            | "solutions"
            | "generators"
            | "input_visualizer"
            | "output_visualizer"
            | "visualizers"
            | "answer_validators"
            | "include"
            | "graders",
            Entry::Directory,
        )
        | (
            problem_yaml::FILE
            | domjudge::INI_FILE
            | domjudge::TIME_LIMIT_FILE
            | "problem.pdf"
            | "submissions.json",
            Entry::File(_),
        ) => return,
        ("static_validator", Entry::Directory) if version == Version::Draft => return,
        ("problem.html" | "problem.txt", Entry::File(_)) => "is ignored: statements are TeX, PDF or Markdown",
        _ => "is not part of the format and is ignored",
    };
    report.warn(Complaint::about(child, what));
}

fn check_top(child: &str, entry: Entry<'_>, report: &mut Report) {
    let is_directory = entry == Entry::Directory;
    match child {
        problem_yaml::FILE if !is_directory => {}
        "statement" | "data" | "submissions" | "input_validators" | "attachments" | "solution"
        | "generators" | "input_visualizer" | "output_visualizer" | "output_validator"
        | "static_validator" | "include"
            if is_directory => {}
        "problem_statement" | "output_validators" | "graders" | "input_format_validators" => {
            let what = "belongs to another version of the format than 2025-09, which problem.yaml names";
            report.complain(Complaint::about(child, what));
        }
        _ => report.warn(Complaint::about(
            child,
            "is not part of the format and is ignored",
        )),
    }
}

/// The statements, one a language, in the order of the languages. Complains where they do not fit the names.
pub(crate) fn statements(tree: &Tree, yaml: &ProblemYaml, report: &mut Report) -> Vec<Statement> {
    let mut statements: BTreeMap<String, Statement> = BTreeMap::new();
    let directory = match yaml.version {
        Version::Y2025M09 => "statement",
        _ if tree.has_directory("problem_statement") => "problem_statement",
        _ if tree.has_directory("statement") => "statement",
        _ => "", // DOMjudge's `problem.pdf`.
    };
    for (child, entry) in tree.children(directory) {
        let Entry::File(file) = entry else { continue };
        let Some((language, format)) = statement_name(child, yaml.version) else {
            continue; // An image, say.
        };
        let path = name::join(directory, child);
        if !problem_yaml::is_language_tag(language) {
            let what = format!("{language:?} is not a language tag such as en or pt-BR");
            report.object(Complaint::about(path, what));
            continue;
        }
        let statement = Statement {
            language: language.to_owned(),
            format,
            path: file.path.clone(),
        };
        let kept = statements
            .entry(language.to_owned())
            .or_insert_with(|| statement.clone());
        if *kept != statement {
            let what =
                "is a second statement in that language; Markdown goes before PDF, and that before LaTeX";
            report.warn(Complaint::about(path, what));
            if statement.format < kept.format {
                *kept = statement;
            }
        }
    }
    if !yaml.version.is_lenient() && tree.has_directory(directory) {
        check_languages(&statements, yaml, report);
    }
    statements.into_values().collect()
}

/// The language and format of `problem.<language>.<ending>`; older versions may leave out the language for English.
fn statement_name(file: &str, version: Version) -> Option<(&str, StatementFormat)> {
    let rest = file.strip_prefix("problem.")?;
    let (language, ending) = match rest.rsplit_once('.') {
        Some(split) => split,
        None if version.is_lenient() => ("en", rest),
        None => return None,
    };
    let format = match ending {
        "md" => StatementFormat::Markdown,
        "pdf" => StatementFormat::Pdf,
        "tex" => StatementFormat::Latex,
        _ => return None,
    };
    Some((language, format))
}

fn check_languages(statements: &BTreeMap<String, Statement>, yaml: &ProblemYaml, report: &mut Report) {
    if statements.is_empty() {
        let what = "has no statement: a file such as problem.en.md";
        return report.complain(Complaint::about("statement", what));
    }
    let name = |language: &str, what: String| Complaint {
        file: problem_yaml::FILE.to_owned(),
        line: Some(yaml.name_line),
        key: Some(format!("name.{language}")),
        what,
    };
    for language in statements
        .keys()
        .filter(|language| !yaml.names.contains_key(*language))
    {
        let what = "is required, as there is a statement in that language".to_owned();
        report.complain(name(language, what));
    }
    for language in yaml
        .names
        .keys()
        .filter(|language| !statements.contains_key(*language))
    {
        let what = format!("has no statement: there is no statement/problem.{language}.md, .pdf or .tex");
        report.complain(name(language, what));
    }
}
