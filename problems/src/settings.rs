//! `test_group.yaml`, `testdata.yaml` of older versions, and the YAML file of a test case: what holds for the cases below,
//! or for one.

use crate::comparator::Comparator;
use crate::complaint::Report;
use crate::constants::Constants;
use crate::fields::{self, Fields, Place};
use crate::grading::{Mode, OnReject};
use crate::scoring::{Objective, OfGroup, Scheme, modern};
use crate::validation::ValidatorArgs;
use crate::yaml::{Node, Value};

/// What cases and groups inherit.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Settings {
    pub(crate) comparator: Comparator,
    pub(crate) validator_args: ValidatorArgs,
    pub(crate) input_validator_args: ValidatorArgs,
    /// What the submission is given.
    pub(crate) args: Vec<String>,
    pub(crate) on_reject: OnReject,
    pub(crate) mode: Mode,
    pub(crate) accept_if_any_accepted: bool,
    /// Counts in `data/` only.
    pub(crate) ignore_sample: bool,
    /// Whether contestants see what is wrong, where it is said.
    pub(crate) full_feedback: Option<bool>,
    /// Of scores; those of older versions are inherited.
    pub(crate) scores: OfGroup,
}

/// What is the same for all cases, and decides how their settings are read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rules {
    /// Whether outputs are checked by the package's own programs.
    pub(crate) is_custom: bool,
    /// Whether samples may show a conversation.
    pub(crate) has_interactions: bool,
    /// What comes before the arguments of groups and cases.
    pub(crate) validator_flags: Vec<String>,
    /// The line of `problem.yaml` that they stand in.
    pub(crate) flags_line: u32,
    /// What stands for words in the settings of groups.
    pub(crate) constants: Constants,
    /// Whether a program of the package can look at the source of submissions.
    pub(crate) has_static_validator: bool,
    /// How scores are read; `None` for problems without.
    pub(crate) scheme: Option<Scheme>,
    /// What follows a failure, where `problem.yaml` says it.
    pub(crate) on_reject: Option<OnReject>,
}

impl Rules {
    /// Which scores are better.
    pub(crate) fn objective(&self) -> Objective {
        self.scheme
            .as_ref()
            .map_or_else(Objective::default, |scheme| scheme.objective)
    }

    /// The settings of the whole package.
    pub(crate) fn settings(&self, report: &mut Report) -> Settings {
        let mut settings = Settings {
            validator_args: ValidatorArgs {
                all: self.validator_flags.clone(),
                ..ValidatorArgs::default()
            },
            on_reject: self.on_reject.unwrap_or_default(),
            ..Settings::default()
        };
        if let Some(scheme) = &self.scheme {
            settings.scores.legacy = scheme.base.clone();
        }
        if !self.is_custom {
            match Comparator::from_old_args(&self.validator_flags) {
                Ok(comparator) => settings.comparator = comparator,
                Err(what) => {
                    let place = Place::top(crate::problem_yaml::FILE).child("validator_flags");
                    report.complain(place.complaint(self.flags_line, what));
                }
            }
        }
        settings
    }

    fn with_flags(&self, words: Vec<String>) -> Vec<String> {
        self.validator_flags.iter().cloned().chain(words).collect()
    }
}

/// Reads the file of a group of an older version, `testdata.yaml`. Each key is inherited on its own.
pub(crate) fn read_testdata(
    node: &Node,
    file: &str,
    inherited: &Settings,
    rules: &Rules,
    report: &mut Report,
) -> Settings {
    let mut settings = inherited.clone();
    let Some(mut fields) = open(node, file, report) else {
        return settings;
    };
    if let Some((node, place)) = fields.take("on_reject", report) {
        match &node.value {
            Value::Text(text) if text == "break" => settings.on_reject = OnReject::Break,
            Value::Text(text) if text == "continue" => settings.on_reject = OnReject::Continue,
            _ => report.complain(place.complaint(node.line, "must be break or continue")),
        }
    }
    settings.scores.legacy.read(&mut fields, report);
    if let Some((node, place)) = fields.take("grader_flags", report)
        && let Some(words) = fields::flags(node, &place, report)
    {
        read_grader_flags(&words, node.line, &place, &mut settings, report);
    }
    for key in ["output_validator_flags", "output_validator_args"] {
        if let Some((node, place)) = fields.take(key, report) {
            read_validator_flags(node, &place, rules, &mut settings, report);
        }
    }
    for key in ["input_validator_flags", "input_validator_args"] {
        if let Some((node, place)) = fields.take(key, report) {
            read_input_validator_flags(node, &place, &mut settings, report);
        }
    }
    fields.finish(fields::no_hint, report);
    settings
}

/// The flags of a grader: the default one's have a meaning, the package's own is given them as they are.
fn read_grader_flags(
    words: &[String],
    line: u32,
    place: &Place<'_>,
    settings: &mut Settings,
    report: &mut Report,
) {
    settings.mode = Mode::default();
    settings.accept_if_any_accepted = false;
    settings.ignore_sample = false;
    settings.scores.legacy.take_flags(words);
    for word in words {
        match word.as_str() {
            "worst_error" | "no_errors" => settings.mode = Mode::WorstError,
            "first_error" => settings.mode = Mode::FirstError,
            "always_accept" => settings.mode = Mode::AlwaysAccept,
            "accept_if_any_accepted" => settings.accept_if_any_accepted = true,
            "ignore_sample" => settings.ignore_sample = true,
            "sum" | "avg" | "min" | "max" => {}
            _ if settings.scores.legacy.is_custom() => {}
            other => {
                let what = format!("{other:?} is not a flag of the default grader");
                report.complain(place.complaint(line, what));
            }
        }
    }
}

/// The flags for all output validators, or `{name, flags}` for one.
fn read_validator_flags(
    node: &Node,
    place: &Place<'_>,
    rules: &Rules,
    settings: &mut Settings,
    report: &mut Report,
) {
    if let Value::Map(_) = &node.value {
        if let Some((name, words)) = read_named_flags(node, place, report) {
            let words = rules.with_flags(words);
            settings.validator_args.named.insert(name, words);
        }
        return;
    }
    let Some(words) = fields::flags(node, place, report) else {
        return;
    };
    let words = rules.with_flags(words);
    if !rules.is_custom {
        match Comparator::from_old_args(&words) {
            Ok(comparator) => settings.comparator = comparator,
            Err(what) => report.complain(place.complaint(node.line, what)),
        }
    }
    settings.validator_args = ValidatorArgs {
        all: words,
        ..ValidatorArgs::default()
    };
}

/// Reads a group's file. What it does not say is inherited.
pub(crate) fn read_group(
    node: &Node,
    file: &str,
    inherited: &Settings,
    rules: &Rules,
    report: &mut Report,
) -> Settings {
    let Some(mut fields) = open(node, file, report) else {
        return inherited.clone();
    };
    let own = modern::Own::read(&mut fields, rules, report);
    let mut settings = read_common(fields, inherited, rules, report);
    settings.scores.own = own;
    settings
}

/// Reads a case's file. What it does not say is inherited.
pub(crate) fn read_case(
    node: &Node,
    file: &str,
    inherited: &Settings,
    rules: &Rules,
    report: &mut Report,
) -> Settings {
    let Some(mut fields) = open(node, file, report) else {
        return inherited.clone();
    };
    for key in ["hint", "description"] {
        fields.text(key, report);
    }
    read_common(fields, inherited, rules, report)
}

/// `None` for an empty file, too.
fn open<'a>(node: &'a Node, file: &'a str, report: &mut Report) -> Option<Fields<'a>> {
    if matches!(node.value, Value::Null) {
        return None;
    }
    Fields::of(node, Place::top(file), report)
}

fn read_common(mut fields: Fields<'_>, inherited: &Settings, rules: &Rules, report: &mut Report) -> Settings {
    let mut settings = inherited.clone();
    if let Some((node, place)) = fields.take("args", report)
        && let Some(words) = fields::words(node, &place, report)
    {
        settings.args = words;
    }
    if let Some((node, place)) = fields.take("output_validator_args", report)
        && let Some(words) = fields::words(node, &place, report)
    {
        if !rules.is_custom {
            match Comparator::from_args(&words) {
                Ok(comparator) => settings.comparator = comparator,
                Err(what) => report.complain(place.complaint(node.line, what)),
            }
        }
        settings.validator_args = ValidatorArgs {
            all: rules.with_flags(words),
            ..ValidatorArgs::default()
        };
    }
    if let Some((node, place)) = fields.take("input_validator_args", report) {
        settings.input_validator_args = read_input_validator_args(node, &place, report);
    }
    for key in ["input_visualizer_args", "output_visualizer_args"] {
        read_words(&mut fields, key, report);
    }
    settings.full_feedback = fields.boolean("full_feedback", report).or(settings.full_feedback);
    fields.finish(hint, report);
    settings
}

fn read_words(fields: &mut Fields<'_>, key: &str, report: &mut Report) {
    if let Some((node, place)) = fields.take(key, report) {
        fields::words(node, &place, report);
    }
}

/// A list for all input validators, or a map from their names to lists.
fn read_input_validator_args(node: &Node, place: &Place<'_>, report: &mut Report) -> ValidatorArgs {
    let mut args = ValidatorArgs::default();
    let Value::Map(entries) = &node.value else {
        args.all = fields::words(node, place, report).unwrap_or_default();
        return args;
    };
    for (key, value) in entries {
        let words = fields::words(value, &place.child(&key.text), report);
        args.named.insert(key.text.clone(), words.unwrap_or_default());
    }
    args
}

/// The flags for all input validators, or `{name, flags}` for one.
fn read_input_validator_flags(node: &Node, place: &Place<'_>, settings: &mut Settings, report: &mut Report) {
    if !matches!(node.value, Value::Map(_)) {
        settings.input_validator_args = ValidatorArgs {
            all: fields::flags(node, place, report).unwrap_or_default(),
            ..ValidatorArgs::default()
        };
    } else if let Some((name, words)) = read_named_flags(node, place, report) {
        settings.input_validator_args.named.insert(name, words);
    }
}

/// `{name, flags}`.
fn read_named_flags(node: &Node, place: &Place<'_>, report: &mut Report) -> Option<(String, Vec<String>)> {
    let mut inner = Fields::of(node, place.clone(), report)?;
    let name = inner.text("name", report);
    let flags = inner.take("flags", report);
    let words = flags.and_then(|(node, place)| fields::flags(node, &place, report));
    inner.finish(fields::no_hint, report);
    Some((name?.to_owned(), words?))
}

/// What the authors of older packages look for.
fn hint(key: &str) -> Option<&'static str> {
    Some(match key {
        "output_validator_flags" => "2025-09 has `output_validator_args`, a list",
        "input_validator_flags" => "2025-09 has `input_validator_args`, a list",
        "grading" | "grader_flags" | "scoring" | "on_reject" | "accept_score" | "reject_score" | "range" => {
            "it belongs to another version of the format"
        }
        _ => return None,
    })
}
