//! The example submissions, and the verdicts that the package expects of them.

use std::path::PathBuf;

use domain::{GroupResult, LanguageId, Score, Verdict};

use crate::complaint::{Complaint, Report};
use crate::demand::{self, Bound, Demand, Seen, Standing};
use crate::expectation::{self, Expectations, Expected};
use crate::program::{self, ProgramFile};
use crate::score_demand::Best;
use crate::tree::{Entry, Tree};
use crate::version::Version;
use crate::{domjudge, expected_results, name, text_file};

const DIRECTORY: &str = "submissions";

/// An example submission.
#[derive(Debug, Clone)]
pub struct Example {
    /// Its path below `submissions/`.
    pub path: PathBuf,
    /// Its files, by their paths from its own directory.
    pub files: Vec<ProgramFile>,
    /// The verdicts that its judgement may end with, in the format's words: AC, WA, TLE and RTE; and CE, where a tag says so.
    pub expected: Vec<Verdict>,
    /// The language, where the package says it.
    pub language: Option<LanguageId>,
    /// The entry point, where the package says it.
    pub entrypoint: Option<String>,
    demands: Vec<Demand>,
    /// Whether the verdict of the judgement is looked at before those of the runs.
    is_by_verdict: bool,
    /// The best score; `None` for problems without scores.
    best: Option<Best>,
}

impl Example {
    /// Whether a judgement may end with a verdict.
    pub fn agrees_with(&self, verdict: Verdict) -> bool {
        demand::is_among(verdict, &self.expected)
    }

    /// Whether a judgement and its runs are what the package expects. `left` are the cases that have not been run.
    pub fn standing<'a>(&self, verdict: Verdict, runs: &[Seen<'_>], left: &[&'a str]) -> Standing<'a> {
        if matches!(verdict, Verdict::Ce | Verdict::Je) {
            return if self.expected.contains(&verdict) {
                Standing::Met
            } else {
                Standing::Missed(format!("the judgement ends with {verdict}"))
            };
        }
        let verdict = self.is_by_verdict.then_some(verdict);
        let mut open = Standing::Met;
        for demand in &self.demands {
            match demand.standing(verdict, runs, left) {
                missed @ Standing::Missed(_) => return missed,
                found @ Standing::Open(_) => open = found,
                Standing::Met => {}
            }
        }
        open
    }

    /// What is wrong with the scores of a judgement; `None` where they are what the package expects.
    pub fn missed_score(&self, score: Option<Score>, groups: &[GroupResult]) -> Option<String> {
        let best = self.best?;
        let wanted = |demand: &Demand| Some((demand.score.clone()?, demand.cases.clone()));
        let mut wanted = self.demands.iter().filter_map(wanted);
        wanted.find_map(|(wanted, cases)| wanted.missed_by(cases.as_ref(), score, groups, best))
    }

    /// What its times say about the time limit; never [`Bound::AsVerdictsSay`].
    pub fn bound(&self) -> Bound {
        let general = || self.demands.iter().filter(|demand| demand.cases.is_none());
        match general().filter_map(|demand| demand.bound).next_back() {
            None | Some(Bound::AsVerdictsSay) => {}
            Some(bound) => return bound,
        }
        let only_tle = |demand: &Demand| demand.required.as_deref() == Some(&[Verdict::Tle]);
        if general().any(only_tle) {
            return Bound::Upper;
        }
        let is_bound = if self.is_by_verdict {
            self.expected == [Verdict::Ac]
        } else {
            let lacks_tle = |demand: &Demand| {
                let permitted = demand.permitted.as_ref();
                permitted.is_some_and(|permitted| !permitted.contains(&Verdict::Tle))
            };
            general().any(lacks_tle)
        };
        if is_bound { Bound::Lower } else { Bound::None }
    }
}

/// The example submissions in the order of their paths.
pub(crate) fn read(tree: &Tree, version: Version, best: Option<Best>, report: &mut Report) -> Vec<Example> {
    let expectations = read_expectations(tree, version, best.is_some(), report);
    let paths = paths(tree, report);
    let mut entry_points = domjudge::entry_points(tree, report);
    expectations.warn_of_idle(paths.iter().map(String::as_str), report);
    let mut examples = Vec::new();
    for path in paths {
        let full = name::join(DIRECTORY, &path);
        let files = files_of(tree, &full);
        let tagged = if expectations.is_official(&path) {
            None
        } else {
            expected_results::read(tree, &full, best.is_some(), report)
        };
        // A tag speaks of the judgement, in any version.
        let is_by_verdict = version.is_lenient() || tagged.is_some();
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
            entrypoint: expected.entrypoint.or_else(|| entry_points.remove(&path)),
            path: PathBuf::from(path),
            files,
            expected: expected.verdicts,
            demands: expected.demands,
            language: expected.language,
            is_by_verdict,
            best,
        });
    }
    if !examples.iter().any(|example| example.expected == [Verdict::Ac]) {
        report.warn(Complaint::about("submissions/accepted", "has no submission"));
    }
    examples
}

/// The files of a submission: itself, or those below.
fn files_of(tree: &Tree, path: &str) -> Vec<ProgramFile> {
    let (directory, own) = name::split(path);
    if tree.has_directory(path) {
        return program::files_below(tree, path);
    }
    let mut files = program::files_below(tree, directory);
    files.retain(|file| file.name == own);
    files
}

fn read_expectations(tree: &Tree, version: Version, is_scoring: bool, report: &mut Report) -> Expectations {
    let mut expectations = Expectations::of_directories(version, is_scoring);
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
