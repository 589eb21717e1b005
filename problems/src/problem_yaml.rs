//! `problem.yaml`: every key typed and checked. Version 2025-09 is here, the others are in `legacy_yaml`.

use std::collections::BTreeMap;

use domain::{LanguageId, Limits, ProblemType};

use crate::complaint::Report;
use crate::constants::{self, Constants};
use crate::domjudge::Extras;
use crate::fields::{self, Fields, Place};
use crate::grading::OnReject;
use crate::limits::{self, Declared, Inference, ValidationLimits};
use crate::scoring::Scheme;
use crate::version::Version;
use crate::yaml::{Node, Value};
use crate::{credits, legacy_yaml};

/// The file's name.
pub(crate) const FILE: &str = "problem.yaml";

const VERSION: &str = "problem_format_version";

/// What `problem.yaml` says, as far as judging or showing needs it.
#[derive(Debug)]
pub(crate) struct ProblemYaml {
    pub(crate) version: Version,
    pub(crate) types: Vec<ProblemType>,
    /// By language tag; a plain name is English.
    pub(crate) names: BTreeMap<String, String>,
    pub(crate) name_line: u32,
    pub(crate) uuid: Option<String>,
    pub(crate) limits: Limits,
    pub(crate) inference: Option<Inference>,
    pub(crate) validation_limits: ValidationLimits,
    /// How often a submission is run on a test case at most.
    pub(crate) passes: u32,
    pub(crate) code_bytes: u64,
    pub(crate) languages: Option<Vec<LanguageId>>,
    pub(crate) allow_file_writing: bool,
    /// Whether outputs are checked by the package's own programs; `None` where their being there tells.
    pub(crate) is_custom: Option<bool>,
    /// What every call of an output validator gets.
    pub(crate) validator_flags: Vec<String>,
    /// Where they stand.
    pub(crate) flags_line: u32,
    pub(crate) constants: Constants,
    /// How scores are read; `None` for problems without.
    pub(crate) scheme: Option<Scheme>,
    /// What follows the first failure in a group that says nothing.
    pub(crate) on_reject: Option<OnReject>,
}

/// The version that the file names, if it names a known one.
pub(crate) fn version(node: &Node) -> Option<Version> {
    let Value::Map(entries) = &node.value else {
        return None;
    };
    let (_, value) = entries.iter().rev().find(|(key, _)| key.text == VERSION)?;
    match &value.value {
        Value::Text(text) => Version::of(text),
        _ => None,
    }
}

/// Whether the file is of an older version; one that names none is.
fn is_old(node: &Node) -> bool {
    let Value::Map(entries) = &node.value else {
        return false;
    };
    let mut keys = entries.iter().map(|(key, _)| key.text.as_str());
    version(node).is_some_and(Version::is_lenient) || !keys.any(|key| key == VERSION)
}

/// The version of the file, and what it says: `None` means that the report has complaints; so it may have with `Some`. From
/// here on the report is as lenient as the version wants.
pub(crate) fn read(
    node: &Node,
    extras: &Extras,
    report: &mut Report,
) -> (Option<Version>, Option<ProblemYaml>) {
    if matches!(node.value, Value::Null) {
        report.complain(Place::top(FILE).complaint(1, "is empty"));
        return (None, None);
    }
    if is_old(node) {
        report.be_lenient();
    }
    let Some(mut fields) = Fields::of(node, Place::top(FILE), report) else {
        return (None, None);
    };
    // Without a version its other keys may mean other things.
    let Some(version) = read_version(&mut fields, report) else {
        return (None, None);
    };
    let yaml = if version.is_lenient() {
        Some(legacy_yaml::read(fields, version, extras, report))
    } else {
        read_strictly(fields, version, report)
    };
    (Some(version), yaml)
}

fn read_strictly(mut fields: Fields<'_>, version: Version, report: &mut Report) -> Option<ProblemYaml> {
    let types = read_types(&mut fields, report);
    let names = read_names(&mut fields, report);
    let uuid = read_uuid(&mut fields, report);
    let declared = read_limits(&mut fields, &types, None, report);
    let languages = read_languages(&mut fields, report);
    let allow_file_writing = fields.boolean("allow_file_writing", report).unwrap_or(false);
    credits::read(&mut fields, report);
    fields.text("version", report);
    read_embargo(&mut fields, report);
    read_keywords(&mut fields, report);
    let constants = constants::read(&mut fields, report);
    for (key, instead) in OUTDATED {
        fields.skip_with_warning(key, instead, report);
    }
    fields.finish(hint, report);
    let (names, name_line) = names?;
    let scheme = types.contains(&ProblemType::Scoring).then(Scheme::default);
    Some(ProblemYaml {
        version,
        types,
        names,
        name_line,
        uuid: Some(uuid?),
        limits: declared.limits,
        inference: declared.inference,
        validation_limits: declared.validation,
        passes: declared.passes,
        code_bytes: declared.code_bytes,
        languages,
        allow_file_writing,
        is_custom: None,
        validator_flags: Vec::new(),
        flags_line: 1,
        constants,
        scheme,
        on_reject: None,
    })
}

/// Keys of older packages that change no verdict, and what is there instead.
const OUTDATED: [(&str, &str); 3] = [
    ("author", "2025-09 has `credits`"),
    ("source_url", "2025-09 has `source` with `name` and `url`"),
    (
        "validation",
        "2025-09 has `type` and the directory `output_validator/`",
    ),
];

/// Keys of older packages that do.
fn hint(key: &str) -> Option<&'static str> {
    Some(match key {
        "validator_flags" | "output_validator_args" => {
            "2025-09 has `output_validator_args` in `data/test_group.yaml` files"
        }
        "grading" => "2025-09 has `test_group.yaml`",
        "time_limit" | "memory" => "it belongs into `limits`",
        _ => return None,
    })
}

/// The version; `legacy` where there is none.
fn read_version(fields: &mut Fields<'_>, report: &mut Report) -> Option<Version> {
    let Some((node, place)) = fields.take(VERSION, report) else {
        return Some(Version::Legacy);
    };
    let text = fields::text(node, &place, report)?;
    let version = Version::of(text);
    if version.is_none() {
        let what = format!(
            "{text:?} is not a version of the format: there are legacy, legacy-icpc, 2023-07-draft and 2025-09"
        );
        report.complain(place.complaint(node.line, what));
    }
    version
}

pub(crate) fn read_types(fields: &mut Fields<'_>, report: &mut Report) -> Vec<ProblemType> {
    let mut types = Vec::new();
    let Some((node, place)) = fields.take("type", report) else {
        return vec![ProblemType::PassFail];
    };
    for (item, place) in fields::one_or_many(node, &place) {
        let Some(word) = fields::text(item, &place, report) else {
            continue;
        };
        let Some(kind) = type_of(word) else {
            let what = format!(
                "{word:?} is not a type: there are pass-fail, scoring, multi-pass, interactive and submit-answer"
            );
            report.complain(place.complaint(item.line, what));
            continue;
        };
        if types.contains(&kind) {
            report.complain(place.complaint(item.line, format!("{word} is named twice")));
            continue;
        }
        types.push(kind);
    }
    if matches!(&node.value, Value::List(items) if items.is_empty()) {
        report.complain(place.complaint(node.line, "must name at least one type"));
    }
    complain_about_exclusions(&types, node.line, &place, report);
    if !types.contains(&ProblemType::Scoring) && !types.contains(&ProblemType::PassFail) {
        types.insert(0, ProblemType::PassFail);
    }
    types
}

fn type_of(word: &str) -> Option<ProblemType> {
    Some(match word {
        "pass-fail" => ProblemType::PassFail,
        "scoring" => ProblemType::Scoring,
        "multi-pass" => ProblemType::MultiPass,
        "interactive" => ProblemType::Interactive,
        "submit-answer" => ProblemType::SubmitAnswer,
        _ => return None,
    })
}

fn complain_about_exclusions(types: &[ProblemType], line: u32, place: &Place<'_>, report: &mut Report) {
    use ProblemType::{Interactive, MultiPass, PassFail, Scoring, SubmitAnswer};
    for (one, other, what) in [
        (PassFail, Scoring, "cannot be pass-fail and scoring"),
        (SubmitAnswer, MultiPass, "cannot be submit-answer and multi-pass"),
        (
            SubmitAnswer,
            Interactive,
            "cannot be submit-answer and interactive",
        ),
    ] {
        if types.contains(&one) && types.contains(&other) {
            report.complain(place.complaint(line, what));
        }
    }
}

fn read_names(fields: &mut Fields<'_>, report: &mut Report) -> Option<(BTreeMap<String, String>, u32)> {
    let (node, place) = fields.require("name", report)?;
    let mut names = BTreeMap::new();
    match &node.value {
        Value::Map(entries) if entries.is_empty() => {
            report.complain(place.complaint(node.line, "must hold at least one language"));
            return None;
        }
        Value::Map(entries) => {
            for (key, value) in entries {
                let place = place.child(&key.text);
                if !is_language_tag(&key.text) {
                    let what = format!("{:?} is not a language tag such as en or pt-BR", key.text);
                    report.complain(place.complaint(key.line, what));
                }
                let name = fields::text(value, &place, report)?;
                names.insert(key.text.clone(), name.to_owned());
            }
        }
        Value::Text(_) => {
            names.insert("en".to_owned(), fields::text(node, &place, report)?.to_owned());
        }
        _ => {
            fields::text(node, &place, report); // Complains about the type.
            return None;
        }
    }
    Some((names, node.line))
}

/// Two letters (else three), and perhaps a country: `en`, `sv`, `pt-BR`.
pub(crate) fn is_language_tag(text: &str) -> bool {
    let (language, country) = text
        .split_once('-')
        .map_or((text, None), |(language, country)| (language, Some(country)));
    matches!(language.len(), 2 | 3)
        && language.bytes().all(|c| c.is_ascii_lowercase())
        && country.is_none_or(|country| country.len() == 2 && country.bytes().all(|c| c.is_ascii_uppercase()))
}

fn read_uuid(fields: &mut Fields<'_>, report: &mut Report) -> Option<String> {
    let (node, place) = fields.require("uuid", report)?;
    let text = fields::text(node, &place, report)?;
    let groups: Vec<usize> = text.split('-').map(str::len).collect();
    if groups == [8, 4, 4, 4, 12] && text.bytes().all(|c| c == b'-' || c.is_ascii_hexdigit()) {
        return Some(text.to_ascii_lowercase());
    }
    let what = "must be a UUID such as 1b4e28ba-2fa1-41d2-883f-0016d3cca427";
    report.complain(place.complaint(node.line, what));
    None
}

/// `elsewhere` is the time limit of another file, in microseconds.
pub(crate) fn read_limits(
    fields: &mut Fields<'_>,
    types: &[ProblemType],
    elsewhere: Option<u64>,
    report: &mut Report,
) -> Declared {
    let line = fields.line;
    let Some((node, place)) = fields.take("limits", report) else {
        return limits::defaults(types, elsewhere, line, report);
    };
    match Fields::of(node, place, report) {
        Some(inner) => limits::read(inner, types, elsewhere, report),
        None => limits::defaults(types, elsewhere, line, report),
    }
}

pub(crate) fn read_languages(fields: &mut Fields<'_>, report: &mut Report) -> Option<Vec<LanguageId>> {
    let (node, place) = fields.take("languages", report)?;
    if matches!(&node.value, Value::Text(text) if text == "all") {
        return None;
    }
    let mut codes = Vec::new();
    match &node.value {
        // Of a draft: one string with all.
        Value::Text(text) if report.is_lenient() => {
            codes.extend(
                text.split([' ', ','])
                    .filter(|code| !code.is_empty())
                    .map(|code| (code, node, place.clone())),
            );
        }
        _ => {
            for (item, place) in fields::list(node, &place, report)? {
                if let Some(code) = fields::text(item, &place, report) {
                    codes.push((code, item, place));
                }
            }
        }
    }
    let mut languages: Vec<LanguageId> = Vec::new();
    for (code, item, place) in codes {
        match code.parse::<LanguageId>() {
            Ok(language) if languages.contains(&language) => {
                report.complain(place.complaint(item.line, format!("{code} is named twice")));
            }
            Ok(language) => {
                if !crate::language::is_known(code) {
                    let what = format!("{code:?} is not a language code of the format");
                    report.warn(place.complaint(item.line, what));
                }
                languages.push(language);
            }
            Err(error) => report.complain(place.complaint(item.line, error.to_string())),
        }
    }
    if languages.is_empty() && report.is_clean() {
        report.complain(place.complaint(node.line, "must name at least one language, or be `all`"));
    }
    Some(languages)
}

fn read_embargo(fields: &mut Fields<'_>, report: &mut Report) {
    let Some((node, place)) = fields.take("embargo_until", report) else {
        return;
    };
    let Some(text) = fields::text(node, &place, report) else {
        return;
    };
    let is_date = text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok();
    let is_time = text.len() == 20 && text.ends_with('Z') && text.parse::<jiff::Timestamp>().is_ok();
    if !is_date && !is_time {
        let what = "must be a date as YYYY-MM-DD, or a time as YYYY-MM-DDThh:mm:ssZ";
        report.complain(place.complaint(node.line, what));
    }
}

fn read_keywords(fields: &mut Fields<'_>, report: &mut Report) {
    let Some((node, place)) = fields.take("keywords", report) else {
        return;
    };
    for (item, place) in fields::list(node, &place, report).unwrap_or_default() {
        fields::text(item, &place, report);
    }
}
