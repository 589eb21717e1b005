//! The example submissions, and the verdicts that the package expects of them.

use std::path::PathBuf;

use domain::{LanguageId, Verdict};

use crate::complaint::{Complaint, Report};
use crate::expectation::{self, Expectations, Expected};
use crate::tree::{Entry, Tree};
use crate::version::Version;
use crate::{expected_results, name, text_file};

const DIRECTORY: &str = "submissions";

/// An example submission.
#[derive(Debug, Clone)]
pub struct Example {
    /// Its path below `submissions/`.
    pub path: PathBuf,
    /// Its files.
    pub files: Vec<PathBuf>,
    /// The verdicts that the package expects of it, in the format's words: AC, WA, TLE and RTE; and CE, where a tag
    /// says so.
    pub expected: Vec<Verdict>,
    /// The language, where `submissions.yaml` says it.
    pub language: Option<LanguageId>,
    /// The entry point, where `submissions.yaml` says it.
    pub entrypoint: Option<String>,
}

impl Example {
    /// Whether a verdict is one that the package expects. The format has no words for running out of memory, which it
    /// sees as a runtime error, and for too much output, which it sees as a wrong answer.
    pub fn agrees_with(&self, verdict: Verdict) -> bool {
        let word = match verdict {
            Verdict::Mle => Verdict::Rte,
            Verdict::Ole => Verdict::Wa,
            other => other,
        };
        self.expected.contains(&word)
    }
}

/// The example submissions in the order of their paths.
pub(crate) fn read(tree: &Tree, version: Version, report: &mut Report) -> Vec<Example> {
    let expectations = read_expectations(tree, version, report);
    let paths = paths(tree, report);
    expectations.warn_of_idle(paths.iter().map(String::as_str), report);
    let mut examples = Vec::new();
    for path in paths {
        let full = name::join(DIRECTORY, &path);
        let files = tree.files_at(&full);
        let tagged = if expectations.is_official(&path) {
            None
        } else {
            expected_results::read(tree, &full, report)
        };
        let expected = tagged
            .map(Expected::of)
            .or_else(|| expectations.of(&path, report));
        let Some(expected) = expected else {
            let what = "is ignored: neither its directory nor submissions.yaml nor a tag tells what is expected of it";
            report.warn(Complaint::about(full, what));
            continue;
        };
        if files.is_empty() {
            report.warn(Complaint::about(full, "has no files"));
            continue;
        }
        examples.push(Example {
            path: PathBuf::from(path),
            files,
            expected: expected.verdicts,
            language: expected.language,
            entrypoint: expected.entrypoint,
        });
    }
    if !examples.iter().any(|example| example.expected == [Verdict::Ac]) {
        report.warn(Complaint::about("submissions/accepted", "has no submission"));
    }
    examples
}

fn read_expectations(tree: &Tree, version: Version, report: &mut Report) -> Expectations {
    let mut expectations = Expectations::of_directories(version);
    if let Some(file) = tree.files.get(expectation::PATH)
        && let Some(node) = text_file::read_yaml(file, expectation::PATH, report)
    {
        expectations.add(&node, report);
    }
    expectations
}

/// The paths of all submissions below `submissions/`: each file or directory in one of its directories.
fn paths(tree: &Tree, report: &mut Report) -> Vec<String> {
    let mut paths = Vec::new();
    for (child, entry) in tree.children(DIRECTORY) {
        let full = name::join(DIRECTORY, child);
        match entry {
            Entry::File(_) if child == expectation::FILE => {}
            Entry::File(_) => {
                let what = "is ignored: example submissions are in directories such as accepted";
                report.warn(Complaint::about(full, what));
            }
            Entry::Directory => {
                let submissions = tree.children(&full).into_iter();
                paths.extend(submissions.map(|(submission, _)| name::join(child, submission)));
            }
        }
    }
    paths
}
