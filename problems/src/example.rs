//! The example submissions, and the verdicts that the package expects of them.

use std::path::PathBuf;

use domain::Verdict;

use crate::complaint::{Complaint, Report};
use crate::name;
use crate::tree::{Entry, Tree};

/// An example submission.
#[derive(Debug, Clone)]
pub struct Example {
    /// Its path below `submissions/`.
    pub path: PathBuf,
    /// Its files.
    pub files: Vec<PathBuf>,
    /// The verdicts that the package expects of it, in the format's words: AC, WA, TLE and RTE.
    pub expected: Vec<Verdict>,
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

/// The expectation of a directory below `submissions/`: verdicts that the judgement may end with.
///
/// The format says which verdicts the cases may and must have. A judgement ends with its first failure, so it ends with
/// a permitted verdict, and with AC only where that is among the required ones.
fn expected_of_directory(directory: &str) -> Option<Vec<Verdict>> {
    use Verdict::{Ac, Rte, Tle, Wa};
    Some(match directory {
        "accepted" => vec![Ac],
        "wrong_answer" => vec![Wa],
        "time_limit_exceeded" => vec![Tle],
        "run_time_error" => vec![Rte],
        "rejected" => vec![Wa, Tle, Rte],
        "brute_force" => vec![Tle, Rte],
        _ => return None,
    })
}

/// The example submissions in the order of their paths.
pub(crate) fn read(tree: &Tree, report: &mut Report) -> Vec<Example> {
    let mut examples = Vec::new();
    for (directory, entry) in tree.children("submissions") {
        let path = name::join("submissions", directory);
        match (directory, entry, expected_of_directory(directory)) {
            ("submissions.yaml", Entry::File(_), _) => {
                let what = "is not supported yet; the directories alone tell what is expected";
                report.warn(Complaint::about(path, what));
            }
            (_, Entry::File(_), _) => {
                let what = "is ignored: example submissions are in directories such as accepted";
                report.warn(Complaint::about(path, what));
            }
            (_, Entry::Directory, None) => {
                let what = "is ignored: the name of the directory tells no expectation";
                report.warn(Complaint::about(path, what));
            }
            (_, Entry::Directory, Some(expected)) => {
                examples.extend(read_directory(tree, directory, &expected, report));
            }
        }
    }
    if !examples.iter().any(|example| example.agrees_with(Verdict::Ac)) {
        report.warn(Complaint::about("submissions/accepted", "has no submission"));
    }
    examples
}

fn read_directory(tree: &Tree, directory: &str, expected: &[Verdict], report: &mut Report) -> Vec<Example> {
    let path = name::join("submissions", directory);
    let mut examples = Vec::new();
    for (child, _) in tree.children(&path) {
        let path = name::join(&path, child);
        let files = tree.files_at(&path);
        if files.is_empty() {
            report.warn(Complaint::about(path, "has no files"));
            continue;
        }
        examples.push(Example {
            path: PathBuf::from(name::join(directory, child)),
            files,
            expected: expected.to_vec(),
        });
    }
    examples
}
