//! What is expected of example submissions: by the directory that they are in, and by `submissions/submissions.yaml`.
//!
//! An entry names submissions by a glob, and says which verdicts their test cases may have (`permitted`) and of which one
//! they must have at least one (`required`). The directories of the format are entries, too. All entries that match count.

use domain::{LanguageId, Verdict};

use crate::complaint::Report;
use crate::demand::{Bound, Demand};
use crate::expected_results::Tags;
use crate::fields::{self, Fields, Place, no_hint};
use crate::glob::Glob;
use crate::score_demand::Wanted;
use crate::version::Version;
use crate::yaml::{Node, Value};

/// The file below `submissions/`.
pub(crate) const FILE: &str = "submissions.yaml";

/// Its path.
pub(crate) const PATH: &str = "submissions/submissions.yaml";

/// The verdicts that the format has words for.
const WORDS: [Verdict; 4] = [Verdict::Ac, Verdict::Wa, Verdict::Tle, Verdict::Rte];

/// All entries.
#[derive(Debug)]
pub(crate) struct Expectations {
    is_scoring: bool,
    /// Whether they speak of the verdict of a judgement first, and not of those of its runs.
    is_by_verdict: bool,
    entries: Vec<Expectation>,
}

#[derive(Debug)]
struct Expectation {
    name: String,
    /// The line of a name in the file; `None` for the format's own entries.
    line: Option<u32>,
    glob: Glob,
    /// Of the runs of all test cases.
    demand: Demand,
    /// Of those of some.
    parts: Vec<Demand>,
    language: Option<LanguageId>,
    entrypoint: Option<String>,
}

/// What the entries say of one submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Expected {
    /// The verdicts that its judgement may end with.
    pub(crate) verdicts: Vec<Verdict>,
    /// What it demands of the runs.
    pub(crate) demands: Vec<Demand>,
    pub(crate) language: Option<LanguageId>,
    pub(crate) entrypoint: Option<String>,
}

impl Expectations {
    /// The format's own entries.
    pub(crate) fn of_directories(version: Version, is_scoring: bool) -> Self {
        use Verdict::{Ac, Rte, Tle, Wa};
        let entry = |name: &str, permitted: &[Verdict], required: &[Verdict]| {
            let some = |verdicts: &[Verdict]| (!verdicts.is_empty()).then(|| verdicts.to_vec());
            let mut entry = Expectation::named(name, Glob::parse(name).ok()?);
            entry.demand.permitted = some(permitted);
            entry.demand.required = some(required);
            Some(entry)
        };
        // Who is too slow somewhere may be wrong elsewhere, by the older versions.
        let slow: &[Verdict] = if version == Version::Y2025M09 {
            &[Ac, Tle]
        } else {
            &[Ac, Wa, Tle]
        };
        // Who crashes somewhere may be anything elsewhere.
        let crashing: &[Verdict] = match version {
            Version::Legacy | Version::LegacyIcpc => &[],
            Version::Draft | Version::Y2025M09 => &[Ac, Rte],
        };
        let mut entries = vec![
            entry("accepted", &[Ac], &[]),
            entry("wrong_answer", &[Ac, Wa], &[Wa]),
            entry("time_limit_exceeded", slow, &[Tle]),
            entry("run_time_error", crashing, &[Rte]),
        ];
        if matches!(version, Version::Draft | Version::Y2025M09) {
            entries.extend([
                entry("rejected", &[], &[Rte, Tle, Wa]),
                entry("brute_force", &[Ac, Rte, Tle], &[Rte, Tle]),
            ]);
        }
        if is_scoring && version != Version::Y2025M09 {
            entries.push(entry("partially_accepted", &[Ac], &[]));
        }
        let mut entries: Vec<Expectation> = entries.into_iter().flatten().collect();
        for entry in &mut entries {
            entry.demand.score = match entry.name.as_str() {
                "accepted" if is_scoring => Some(Wanted::Full),
                "partially_accepted" => Some(Wanted::Partial),
                _ => None,
            };
        }
        Self {
            is_scoring,
            is_by_verdict: version.is_lenient(),
            entries,
        }
    }

    /// Whether a submission is in a directory whose meaning all versions share, or that the file speaks of: tags do not
    /// count there.
    pub(crate) fn is_official(&self, path: &str) -> bool {
        let directories = [
            "accepted",
            "wrong_answer",
            "time_limit_exceeded",
            "run_time_error",
        ];
        let directory = path.split('/').next().unwrap_or_default();
        let is_named = |entry: &Expectation| entry.line.is_some() && entry.glob.matches(path);
        directories.contains(&directory) || self.entries.iter().any(is_named)
    }

    /// Adds the entries of the file. An entry named as one of the format's replaces what it says, key by key.
    pub(crate) fn add(&mut self, node: &Node, report: &mut Report) {
        if matches!(node.value, Value::Null) {
            return;
        }
        let Some(fields) = Fields::of(node, Place::top(PATH), report) else {
            return;
        };
        for (key, value) in fields.rest() {
            let place = Place::top(PATH).child(&key.text);
            match Glob::parse(&key.text) {
                Ok(glob) => {
                    let entry = Expectation {
                        line: Some(key.line),
                        ..Expectation::named(&key.text, glob)
                    };
                    if let Some(entry) = read_entry(entry, value, place, self.is_scoring, report) {
                        self.put(entry);
                    }
                }
                Err(bad) => report.complain(place.complaint(key.line, bad.to_string())),
            }
        }
    }

    fn put(&mut self, new: Expectation) {
        let Some(old) = self.entries.iter_mut().find(|old| old.name == new.name) else {
            return self.entries.push(new);
        };
        old.line = new.line;
        old.demand.replace_with(new.demand);
        old.parts.extend(new.parts);
        old.language = new.language.or(old.language.take());
        old.entrypoint = new.entrypoint.or(old.entrypoint.take());
    }

    /// What is expected of a submission, by its path below `submissions/`. `None` where no entry matches. Complains where
    /// nothing can meet all entries.
    pub(crate) fn of(&self, path: &str, report: &mut Report) -> Option<Expected> {
        let entries: Vec<&Expectation> = self
            .entries
            .iter()
            .filter(|entry| entry.glob.matches(path))
            .collect();
        let first = entries.first()?;
        let has_parts = self.is_scoring && !self.is_by_verdict;
        let verdicts: Vec<Verdict> = WORDS
            .into_iter()
            .filter(|verdict| {
                entries
                    .iter()
                    .all(|entry| entry.demand.may_end_with(*verdict, has_parts))
            })
            .collect();
        if verdicts.is_empty() {
            let line = entries.iter().find_map(|entry| entry.line).unwrap_or(1);
            let what = format!("leaves no verdict for {path}");
            report.complain(Place::top(PATH).child(&first.name).complaint(line, what));
        }
        let parts = entries.iter().flat_map(|entry| &entry.parts);
        let demands = entries.iter().map(|entry| &entry.demand).chain(parts);
        Some(Expected {
            verdicts,
            demands: demands.cloned().collect(),
            language: entries.iter().rev().find_map(|entry| entry.language.clone()),
            entrypoint: entries.iter().rev().find_map(|entry| entry.entrypoint.clone()),
        })
    }

    /// Warns of entries of the file that name none of the submissions.
    pub(crate) fn warn_of_idle<'a>(&self, paths: impl Iterator<Item = &'a str> + Clone, report: &mut Report) {
        for entry in &self.entries {
            let Some(line) = entry.line else { continue };
            if !paths.clone().any(|path| entry.glob.matches(path)) {
                let what = "names no example submission";
                report.warn(Place::top(PATH).child(&entry.name).complaint(line, what));
            }
        }
    }
}

impl Expected {
    /// What tags say: of verdicts, of scores, or of both.
    pub(crate) fn of(tags: Tags) -> Self {
        let demand = Demand {
            permitted: tags.verdicts.clone(),
            score: tags.scores.map(Wanted::OneOf),
            ..Demand::default()
        };
        let verdicts = tags.verdicts.unwrap_or_else(|| WORDS.to_vec());
        Self {
            verdicts,
            demands: vec![demand],
            language: None,
            entrypoint: None,
        }
    }
}

impl Expectation {
    fn named(name: &str, glob: Glob) -> Self {
        Self {
            name: name.to_owned(),
            line: None,
            glob,
            demand: Demand::default(),
            parts: Vec::new(),
            language: None,
            entrypoint: None,
        }
    }
}

fn read_entry(
    mut entry: Expectation,
    node: &Node,
    place: Place<'_>,
    is_scoring: bool,
    report: &mut Report,
) -> Option<Expectation> {
    let mut fields = Fields::of(node, place, report)?;
    if let Some((node, place)) = fields.take("language", report)
        && let Some(code) = fields::text(node, &place, report)
    {
        match code.parse() {
            Ok(language) => entry.language = Some(language),
            Err(error) => report.complain(place.complaint(node.line, error.to_string())),
        }
    }
    entry.entrypoint = fields.text("entrypoint", report).map(str::to_owned);
    if let Some((node, place)) = fields.take("authors", report) {
        crate::credits::read_people(node, &place, report);
    }
    fields.boolean("model_solution", report);
    read_demand(&mut fields, &mut entry.demand, is_scoring, report);
    entry.parts = read_cases(fields, is_scoring, report);
    Some(entry)
}

fn read_verdicts(fields: &mut Fields<'_>, key: &str, report: &mut Report) -> Option<Vec<Verdict>> {
    let (node, place) = fields.take(key, report)?;
    let mut verdicts = Vec::new();
    for (item, place) in fields::list(node, &place, report)? {
        let word = fields::text(item, &place, report)?;
        let Some(verdict) = WORDS.into_iter().find(|verdict| verdict.id() == word) else {
            let what = format!("{word:?} is not one of AC, WA, TLE and RTE");
            report.complain(place.complaint(item.line, what));
            return None;
        };
        verdicts.push(verdict);
    }
    if verdicts.is_empty() {
        report.complain(place.complaint(node.line, "must name at least one verdict"));
        return None;
    }
    Some(verdicts)
}

fn read_demand(fields: &mut Fields<'_>, demand: &mut Demand, is_scoring: bool, report: &mut Report) {
    demand.permitted = read_verdicts(fields, "permitted", report);
    demand.required = read_verdicts(fields, "required", report);
    demand.message = fields.text("message", report).map(str::to_owned);
    demand.bound = read_bound(fields, report);
    demand.score = Wanted::read(fields, is_scoring, report);
}

fn read_bound(fields: &mut Fields<'_>, report: &mut Report) -> Option<Bound> {
    let (node, place) = fields.take("use_for_time_limit", report)?;
    match &node.value {
        Value::Bool(true) => Some(Bound::AsVerdictsSay),
        Value::Bool(false) => Some(Bound::None),
        Value::Text(text) if text == "lower" => Some(Bound::Lower),
        Value::Text(text) if text == "upper" => Some(Bound::Upper),
        _ => {
            report.complain(place.complaint(node.line, "must be true, false, lower or upper"));
            None
        }
    }
}

/// What is left are globs for test cases, with demands of their own.
fn read_cases(fields: Fields<'_>, is_scoring: bool, report: &mut Report) -> Vec<Demand> {
    let mut demands = Vec::new();
    let above = fields.place.clone();
    for (key, node) in fields.rest() {
        let place = above.child(&key.text);
        if !matches!(node.value, Value::Map(_)) {
            let what = "is neither a key of this format nor a glob for test cases with a map";
            report.complain(place.complaint(key.line, what));
            continue;
        }
        let glob =
            Glob::parse(&key.text).map_err(|bad| report.complain(place.complaint(key.line, bad.to_string())));
        let Some(mut fields) = Fields::of(node, place, report) else {
            continue;
        };
        let mut demand = Demand {
            cases: glob.ok().map(|glob| (key.text.clone(), glob)),
            ..Demand::default()
        };
        read_demand(&mut fields, &mut demand, is_scoring, report);
        fields.finish(no_hint, report);
        demands.push(demand);
    }
    demands
}
