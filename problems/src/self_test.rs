//! Outputs that the package wants to see accepted or rejected: `data/valid_output` and `data/invalid_output`.
//!
//! They are there to test a package's own output validator. For the built-in comparator they show whether the author
//! means the arguments that the package has.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use crate::complaint::{Complaint, Report};
use crate::settings::Rules;
use crate::test_data::{self, Case};
use crate::tree::Tree;

/// An output of which the package knows whether it is right.
#[derive(Debug, Clone)]
pub struct KnownOutput {
    /// The case that it belongs to.
    pub case: Case,
    /// The file.
    pub output: PathBuf,
    /// Whether it is to be accepted.
    pub is_valid: bool,
}

/// Complains where the comparator finds otherwise than the package.
pub(crate) fn check(tree: &Tree, rules: &Rules, report: &mut Report) -> Vec<KnownOutput> {
    let mut outputs = Vec::new();
    for (directory, is_valid) in [("valid_output", true), ("invalid_output", false)] {
        for case in test_data::read_other(tree, directory, rules, report) {
            let path = format!("data/{}.out", case.name);
            if let Some(file) = tree.files.get(&path) {
                if !rules.is_custom {
                    check_output(&case, &path, &file.path, is_valid, report);
                }
                outputs.push(KnownOutput {
                    output: file.path.clone(),
                    case,
                    is_valid,
                });
            } else {
                let what = "is missing: it is the output that is to be checked";
                report.complain(Complaint::about(path, what));
            }
        }
    }
    outputs
}

fn check_output(case: &Case, path: &str, output: &Path, is_valid: bool, report: &mut Report) {
    let open = |path: &Path| io::Result::Ok(BufReader::with_capacity(64 << 10, File::open(path)?));
    let compared = open(&case.answer)
        .and_then(|answer| Ok((answer, open(output)?)))
        .and_then(|(answer, output)| case.comparator.compare(answer, output));
    let what = match (compared, is_valid) {
        (Ok(None), true) | (Ok(Some(_)), false) => return,
        (Ok(Some(difference)), true) => format!("is to be accepted, but is rejected: {}", difference.what),
        (Ok(None), false) => "is to be rejected, but is accepted".to_owned(),
        (Err(error), _) => format!("cannot be compared: {error}"),
    };
    report.complain(Complaint::about(path, what));
}
