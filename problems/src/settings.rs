//! `test_group.yaml` and the YAML file of a test case: what holds for the cases below, or for one.

use crate::comparator::Comparator;
use crate::complaint::Report;
use crate::fields::{self, Fields, Place};
use crate::yaml::{Node, Value};

/// What cases inherit.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Settings {
    pub(crate) comparator: Comparator,
}

/// Reads a group's file. What it does not say is inherited.
pub(crate) fn read_group(node: &Node, file: &str, inherited: &Settings, report: &mut Report) -> Settings {
    let Some(mut fields) = open(node, file, report) else {
        return inherited.clone();
    };
    for key in ["max_score", "score_aggregation", "require_pass"] {
        if let Some((node, place)) = fields.take(key, report) {
            report.complain(place.complaint(node.line, "is for scoring problems only"));
        }
    }
    if let Some((node, place)) = fields.take("static_validation_score", report) {
        report.complain(place.complaint(node.line, "static validation is not supported yet"));
    }
    read_words(&mut fields, "static_validator_args", report);
    read_common(fields, inherited, report)
}

/// Reads a case's file. What it does not say is inherited.
pub(crate) fn read_case(node: &Node, file: &str, inherited: &Settings, report: &mut Report) -> Settings {
    let Some(mut fields) = open(node, file, report) else {
        return inherited.clone();
    };
    for key in ["hint", "description"] {
        fields.text(key, report);
    }
    read_common(fields, inherited, report)
}

/// `None` for an empty file, too.
fn open<'a>(node: &'a Node, file: &'a str, report: &mut Report) -> Option<Fields<'a>> {
    if matches!(node.value, Value::Null) {
        return None;
    }
    Fields::of(node, Place::top(file), report)
}

fn read_common(mut fields: Fields<'_>, inherited: &Settings, report: &mut Report) -> Settings {
    let mut settings = inherited.clone();
    if let Some((node, place)) = fields.take("args", report)
        && fields::words(node, &place, report).is_some_and(|words| !words.is_empty())
    {
        let what = "arguments for the submission are not supported yet";
        report.complain(place.complaint(node.line, what));
    }
    if let Some((node, place)) = fields.take("output_validator_args", report)
        && let Some(words) = fields::words(node, &place, report)
    {
        match Comparator::from_args(&words) {
            Ok(comparator) => settings.comparator = comparator,
            Err(what) => report.complain(place.complaint(node.line, what)),
        }
    }
    if let Some((node, place)) = fields.take("input_validator_args", report) {
        read_input_validator_args(node, &place, report);
    }
    for key in ["input_visualizer_args", "output_visualizer_args"] {
        read_words(&mut fields, key, report);
    }
    fields.boolean("full_feedback", report);
    fields.finish(hint, report);
    settings
}

fn read_words(fields: &mut Fields<'_>, key: &str, report: &mut Report) {
    if let Some((node, place)) = fields.take(key, report) {
        fields::words(node, &place, report);
    }
}

/// A list for all input validators, or a map from their names to lists.
fn read_input_validator_args(node: &Node, place: &Place<'_>, report: &mut Report) {
    let Value::Map(entries) = &node.value else {
        fields::words(node, place, report);
        return;
    };
    for (key, value) in entries {
        fields::words(value, &place.child(&key.text), report);
    }
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
