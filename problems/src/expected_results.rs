//! DOMjudge's tags: `@EXPECTED_RESULTS@: WRONG-ANSWER, TIMELIMIT` anywhere in a submission's files.

use std::fs;
use std::io::Read;

use domain::Verdict;

use crate::complaint::{Complaint, Report};
use crate::tree::Tree;

const TAG: &str = "@EXPECTED_RESULTS@:";

const SCORE_TAG: &str = "@EXPECTED_SCORE@:";

/// A tag further from the beginning of a file is not looked for; in bytes.
const LOOKED_AT: u64 = 1 << 20;

/// The verdicts that the submission at a path is tagged with. `None` where it is not, or in a way that says nothing.
pub(crate) fn read(tree: &Tree, path: &str, report: &mut Report) -> Option<Vec<Verdict>> {
    let mut tags = Vec::new();
    for file in tree.files_at(path) {
        let mut bytes = Vec::new();
        let opened = fs::File::open(&file);
        if let Err(error) = opened.and_then(|open| open.take(LOOKED_AT).read_to_end(&mut bytes)) {
            report.complain(Complaint::about(path, format!("cannot be read: {error}")));
            return None;
        }
        let text = String::from_utf8_lossy(&bytes);
        let found = text.split(TAG).skip(1);
        tags.extend(found.map(|rest| rest.lines().next().unwrap_or_default().to_owned()));
    }
    tags.sort_unstable();
    tags.dedup();
    match tags.as_slice() {
        [] => None,
        [tag] => verdicts(tag, path, report),
        _ => {
            let what = format!("has {} different tags {TAG}, which are ignored", tags.len());
            report.warn(Complaint::about(path, what));
            None
        }
    }
}

/// Whether any submission is tagged with a score.
pub(crate) fn has_scores(tree: &Tree) -> bool {
    tree.files_at("submissions").iter().any(|file| {
        let mut bytes = Vec::new();
        let opened = fs::File::open(file);
        opened
            .and_then(|open| open.take(LOOKED_AT).read_to_end(&mut bytes))
            .is_ok_and(|_| String::from_utf8_lossy(&bytes).contains(SCORE_TAG))
    })
}

fn verdicts(tag: &str, path: &str, report: &mut Report) -> Option<Vec<Verdict>> {
    let mut verdicts = Vec::new();
    for word in tag.split(',') {
        // What ends a comment may follow in the same line.
        let word = word
            .trim()
            .trim_end_matches(['*', '/', '-', '>', '"', '\'', ')'])
            .trim();
        let Some(verdict) = verdict(&word.to_ascii_uppercase()) else {
            let what = format!("has a tag {TAG} with {word:?}, which is ignored");
            report.warn(Complaint::about(path, what));
            return None;
        };
        if !verdicts.contains(&verdict) {
            verdicts.push(verdict);
        }
    }
    Some(verdicts)
}

fn verdict(word: &str) -> Option<Verdict> {
    Some(match word {
        "CORRECT" | "ACCEPTED" => Verdict::Ac,
        "WRONG-ANSWER" | "WRONG_ANSWER" | "NO-OUTPUT" | "NO_OUTPUT" | "OUTPUT-LIMIT" | "OUTPUT_LIMIT" => {
            Verdict::Wa
        }
        "TIMELIMIT" | "TIME_LIMIT_EXCEEDED" => Verdict::Tle,
        "RUN-ERROR" | "RUN_TIME_ERROR" | "MEMORY-LIMIT" | "MEMORY_LIMIT" => Verdict::Rte,
        "COMPILER-ERROR" | "COMPILER_ERROR" => Verdict::Ce,
        _ => return None, // CHECK-MANUALLY, and what we do not know.
    })
}
