//! DOMjudge's tags: `@EXPECTED_RESULTS@: WRONG-ANSWER, TIMELIMIT` anywhere in a submission's files; for scoring problems
//! `@EXPECTED_SCORE@: 40`, too.

use std::fs;
use std::io::Read;

use domain::{Score, Verdict};

use crate::complaint::{Complaint, Report};
use crate::tree::Tree;

const TAG: &str = "@EXPECTED_RESULTS@:";

const SCORE_TAG: &str = "@EXPECTED_SCORE@:";

/// A tag further from the beginning of a file is not looked for; in bytes.
const LOOKED_AT: u64 = 1 << 20;

/// What a submission is tagged with; something at least.
#[derive(Debug)]
pub(crate) struct Tags {
    pub(crate) verdicts: Option<Vec<Verdict>>,
    pub(crate) scores: Option<Vec<Score>>,
}

/// The tags of the submission at a path. `None` where there are none, or such that say nothing.
pub(crate) fn read(tree: &Tree, path: &str, is_scoring: bool, report: &mut Report) -> Option<Tags> {
    let (mut verdict_tags, mut score_tags) = (Vec::new(), Vec::new());
    for file in tree.files_at(path) {
        let mut bytes = Vec::new();
        let opened = fs::File::open(&file);
        if let Err(error) = opened.and_then(|open| open.take(LOOKED_AT).read_to_end(&mut bytes)) {
            report.complain(Complaint::about(path, format!("cannot be read: {error}")));
            return None;
        }
        let text = String::from_utf8_lossy(&bytes);
        for (tag, found) in [(TAG, &mut verdict_tags), (SCORE_TAG, &mut score_tags)] {
            let rests = text.split(tag).skip(1);
            found.extend(rests.map(|rest| rest.lines().next().unwrap_or_default().to_owned()));
        }
    }
    let verdicts = the_one(verdict_tags, TAG, path, report);
    let scores = the_one(score_tags, SCORE_TAG, path, report).filter(|_| is_scoring);
    let tags = Tags {
        verdicts: verdicts.and_then(|tag| verdicts_of(&tag, path, report)),
        scores: scores.and_then(|tag| scores_of(&tag, path, report)),
    };
    (tags.verdicts.is_some() || tags.scores.is_some()).then_some(tags)
}

/// A tag that is there once, or several times with the same words.
fn the_one(mut tags: Vec<String>, tag: &str, path: &str, report: &mut Report) -> Option<String> {
    tags.sort_unstable();
    tags.dedup();
    if tags.len() > 1 {
        let what = format!("has {} different tags {tag}, which are ignored", tags.len());
        report.warn(Complaint::about(path, what));
        return None;
    }
    tags.pop()
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

/// Numbers, separated by commas.
fn scores_of(tag: &str, path: &str, report: &mut Report) -> Option<Vec<Score>> {
    let scores: Option<Vec<Score>> = tag
        .split(',')
        .map(|word| crate::grading::score_of(trimmed(word)))
        .collect();
    if scores.is_none() {
        let what = format!("has a tag {SCORE_TAG} with {:?}, which is ignored", tag.trim());
        report.warn(Complaint::about(path, what));
    }
    scores
}

/// What ends a comment may follow in the same line.
fn trimmed(word: &str) -> &str {
    word.trim()
        .trim_end_matches(['*', '/', '-', '>', '"', '\'', ')'])
        .trim()
}

fn verdicts_of(tag: &str, path: &str, report: &mut Report) -> Option<Vec<Verdict>> {
    let mut verdicts = Vec::new();
    for word in tag.split(',') {
        let word = trimmed(word);
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
