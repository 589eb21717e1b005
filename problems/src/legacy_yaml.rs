//! `problem.yaml` of the versions before 2025-09: `legacy`, `legacy-icpc`, and the drafts, which have keys of both sides.
//!
//! What judging needs is checked; what only describes the problem is not, and unknown keys are warned of.

use std::collections::BTreeMap;

use domain::ProblemType;

use crate::complaint::Report;
use crate::constants::{self, Constants};
use crate::domjudge::Extras;
use crate::fields::{self, Fields};
use crate::grading::Given;
use crate::problem_yaml::{self, ProblemYaml};
use crate::scoring::{self, Scheme};
use crate::version::Version;
use crate::yaml::{Node, Value};

/// Keys that change no verdict.
const DESCRIPTIVE: [&str; 13] = [
    "author",
    "authors",
    "credits",
    "source",
    "source_url",
    "license",
    "rights_owner",
    "keywords",
    "version",
    "embargo_until",
    "verification",
    "run_samples",
    "libraries",
];

/// Reads the file. The report is lenient already.
pub(crate) fn read(
    mut fields: Fields<'_>,
    version: Version,
    extras: &Extras,
    report: &mut Report,
) -> ProblemYaml {
    for key in DESCRIPTIVE {
        fields.skip(key);
    }
    let mut types = problem_yaml::read_types(&mut fields, report);
    // Before the limits: some of them are for some types only.
    let (is_custom, gives_scores) = read_validation(&mut fields, &mut types, report).unzip();
    let mut scheme = Scheme {
        given: Some(given(version, is_custom, gives_scores)),
        is_modern: version == Version::Draft,
        ..Scheme::default()
    };
    let on_reject = if types.contains(&ProblemType::Scoring) {
        scoring::legacy::read_grading(&mut fields, &mut scheme, report)
    } else {
        fields.skip("grading");
        None
    };
    let name_line = fields.line;
    let mut names = read_names(&mut fields, report);
    if names.is_empty()
        && let Some(name) = &extras.name
    {
        names.insert("en".to_owned(), name.clone());
    }
    let uuid = fields.take("uuid", report);
    let declared = problem_yaml::read_limits(&mut fields, &types, extras.cpu_us, report);
    let languages = problem_yaml::read_languages(&mut fields, report);
    let allow_file_writing = fields.boolean("allow_file_writing", report).unwrap_or(true);
    let constants = constants::read(&mut fields, report);
    let (mut validator_flags, mut flags_line) = (Vec::new(), 1);
    for key in ["validator_flags", "output_validator_args"] {
        if let Some((node, place)) = fields.take(key, report) {
            flags_line = node.line;
            validator_flags.extend(fields::flags(node, &place, report).unwrap_or_default());
        }
    }
    fields.finish(hint, report);
    ProblemYaml {
        version,
        scheme: types.contains(&ProblemType::Scoring).then_some(scheme),
        on_reject,
        types,
        names,
        name_line,
        uuid: uuid.and_then(|(node, _)| plain(node)),
        limits: declared.limits,
        inference: declared.inference,
        validation_limits: declared.validation,
        passes: declared.passes,
        code_bytes: declared.code_bytes,
        languages,
        allow_file_writing,
        is_custom,
        validator_flags,
        flags_line,
        constants,
    }
}

fn hint(key: &str) -> Option<&'static str> {
    match key {
        "time_limit" | "timelimit" => Some("it belongs into `limits`, or into a file `.timelimit`"),
        "memory" | "memory_limit" => Some("`memory` belongs into `limits`"),
        _ => None,
    }
}

/// A name, or names by language. A name that looks like a number is a name.
fn read_names(fields: &mut Fields<'_>, report: &mut Report) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    let Some((node, place)) = fields.take("name", report) else {
        return names;
    };
    if let Value::Map(entries) = &node.value {
        for (key, value) in entries {
            match plain(value) {
                Some(name) => {
                    names.insert(key.text.clone(), name);
                }
                None => report.warn(place.child(&key.text).complaint(value.line, "is not a name")),
            }
        }
    } else if let Some(name) = plain(node) {
        names.insert("en".to_owned(), name);
    } else {
        report.warn(place.complaint(node.line, "is not a name"));
    }
    names
}

fn plain(node: &Node) -> Option<String> {
    let text = match &node.value {
        Value::Text(text) => text.trim(),
        _ => node.raw.as_deref()?,
    };
    (!text.is_empty()).then(|| text.to_owned())
}

/// What validators give. The drafts do not say it any more.
fn given(version: Version, is_custom: Option<bool>, gives_scores: Option<bool>) -> Given {
    if gives_scores == Some(true) {
        Given::Always
    } else if version == Version::Draft && is_custom != Some(false) {
        Given::Sometimes
    } else {
        Given::Never
    }
}

/// Whether validation is custom, and whether it gives scores; what more it says of the problem is added to its types.
fn read_validation(
    fields: &mut Fields<'_>,
    types: &mut Vec<ProblemType>,
    report: &mut Report,
) -> Option<(bool, bool)> {
    let (node, place) = fields.take("validation", report)?;
    let words = fields::flags(node, &place, report)?;
    let mut complain = |what: String| report.complain(place.complaint(node.line, what));
    let is_custom = match words.first().map(String::as_str) {
        Some("default") => false,
        Some("custom") => true,
        _ => {
            complain("must begin with default or custom".to_owned());
            return None;
        }
    };
    let (mut gives_scores, mut scores) = (false, false);
    for word in words.get(1..).unwrap_or_default() {
        match word.as_str() {
            "score" => {
                gives_scores = true;
                scores = !types.contains(&ProblemType::Scoring);
            }
            "interactive" => add(types, ProblemType::Interactive),
            "multi-pass" => add(types, ProblemType::MultiPass),
            other => complain(format!(
                "{other:?} is none of the words after custom: score, interactive and multi-pass"
            )),
        }
    }
    if scores {
        // Before there was a key `type`, this was how a problem came to have scores.
        types.retain(|kind| *kind != ProblemType::PassFail);
        types.insert(0, ProblemType::Scoring);
        report.warn(place.complaint(node.line, "makes it a scoring problem, which `type` does not say"));
    }
    Some((is_custom, gives_scores))
}

fn add(types: &mut Vec<ProblemType>, kind: ProblemType) {
    if !types.contains(&kind) {
        types.push(kind);
    }
}

/// A package that has DOMjudge's settings and no `problem.yaml`.
pub(crate) fn without_file(extras: &Extras, report: &mut Report) -> ProblemYaml {
    report.be_lenient();
    let types = vec![ProblemType::PassFail];
    let declared = crate::limits::defaults(&types, extras.cpu_us, 1, report);
    let names = extras.name.iter().map(|name| ("en".to_owned(), name.clone()));
    ProblemYaml {
        version: Version::Legacy,
        types,
        names: names.collect(),
        name_line: 1,
        uuid: None,
        limits: declared.limits,
        inference: declared.inference,
        validation_limits: declared.validation,
        passes: declared.passes,
        code_bytes: declared.code_bytes,
        languages: None,
        allow_file_writing: true,
        is_custom: None,
        validator_flags: Vec::new(),
        flags_line: 1,
        constants: Constants::default(),
        scheme: None,
        on_reject: None,
    }
}
