//! Which files and directories a package has at its top.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::complaint::{Complaint, Report};
use crate::name;
use crate::problem_yaml::{self, ProblemYaml};
use crate::tree::{Entry, Tree};

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
pub(crate) fn check(tree: &Tree, report: &mut Report) {
    if !tree.files.contains_key(problem_yaml::FILE) {
        report.complain(Complaint::about(problem_yaml::FILE, "is missing"));
    }
    for directory in ["statement", "data/secret", "submissions", "input_validators"] {
        if !tree.has_directory(directory) {
            report.complain(Complaint::about(directory, "is missing"));
        } else if tree.children(directory).is_empty() {
            report.complain(Complaint::about(directory, "is empty"));
        }
    }
    for (child, entry) in tree.children("") {
        check_top(child, entry, tree, report);
    }
    for (child, entry) in tree.children("attachments") {
        if entry == Entry::Directory && child != "templates" {
            let what = "is a directory; attachments are files, and a directory `templates`";
            report.complain(Complaint::about(name::join("attachments", child), what));
        }
    }
}

fn check_top(child: &str, entry: Entry<'_>, tree: &Tree, report: &mut Report) {
    let is_directory = entry == Entry::Directory;
    match child {
        problem_yaml::FILE if !is_directory => {}
        "statement" | "data" | "submissions" | "input_validators" | "attachments" | "solution"
        | "generators" | "input_visualizer" | "output_visualizer"
            if is_directory => {}
        "output_validator" | "static_validator" | "include" if is_directory => {
            if !tree.children(child).is_empty() {
                let what = match child {
                    "output_validator" => "custom output validators are not supported yet",
                    "static_validator" => "static validators are not supported yet",
                    _ => "files that are compiled with submissions are not supported yet",
                };
                report.complain(Complaint::about(child, what));
            }
        }
        "problem_statement" | "output_validators" | "graders" | "input_format_validators" => {
            let what = "belongs to another version of the format, which is not supported yet";
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
    for (child, entry) in tree.children("statement") {
        let Entry::File(file) = entry else { continue };
        let Some((language, format)) = statement_name(child) else {
            continue; // An image, say.
        };
        let path = name::join("statement", child);
        if !problem_yaml::is_language_tag(language) {
            let what = format!("{language:?} is not a language tag such as en or pt-BR");
            report.complain(Complaint::about(path, what));
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
    if tree.has_directory("statement") {
        check_languages(&statements, yaml, report);
    }
    statements.into_values().collect()
}

/// The language and format of `problem.<language>.<ending>`.
fn statement_name(file: &str) -> Option<(&str, StatementFormat)> {
    let (language, ending) = file.strip_prefix("problem.")?.rsplit_once('.')?;
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
