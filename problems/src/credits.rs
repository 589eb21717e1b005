//! Who made a problem and under which terms: `credits`, `source`, `license` and `rights_owner`.

use crate::complaint::Report;
use crate::fields::{self, Fields, Place, no_hint};
use crate::yaml::{Node, Value};

const LICENSES: [&str; 7] = [
    "unknown",
    "public domain",
    "cc0",
    "cc by",
    "cc by-sa",
    "educational",
    "permission",
];

/// Checks the keys. Nothing of them is needed for judging.
pub(crate) fn read(fields: &mut Fields<'_>, report: &mut Report) {
    let has_authors = fields
        .take("credits", report)
        .is_some_and(|(node, place)| read_credits(node, place, report));
    let source = fields.take("source", report);
    if let Some((node, place)) = &source {
        for (item, place) in fields::one_or_many(node, place) {
            read_source(item, place, report);
        }
    }
    read_license(fields, has_authors || source.is_some(), report);
}

/// Whether authors are named.
fn read_credits<'a>(node: &'a Node, place: Place<'a>, report: &mut Report) -> bool {
    if matches!(node.value, Value::Text(_)) {
        return read_person(node, &place, report);
    }
    let Some(mut fields) = Fields::of(node, place, report) else {
        return false;
    };
    let mut has_authors = false;
    for role in [
        "authors",
        "contributors",
        "testers",
        "packagers",
        "acknowledgements",
    ] {
        if let Some((node, place)) = fields.take(role, report) {
            read_people(node, &place, report);
            has_authors |= role == "authors";
        }
    }
    if let Some((node, place)) = fields.take("translators", report)
        && let Some(languages) = Fields::of(node, place.clone(), report)
    {
        for (language, people) in languages.rest() {
            let place = place.child(&language.text);
            if !crate::problem_yaml::is_language_tag(&language.text) {
                let what = format!("{:?} is not a language tag such as en or pt-BR", language.text);
                report.complain(place.complaint(language.line, what));
            }
            read_people(people, &place, report);
        }
    }
    fields.finish(no_hint, report);
    has_authors
}

/// A person, or a list of them.
pub(crate) fn read_people(node: &Node, place: &Place<'_>, report: &mut Report) {
    for (person, place) in fields::one_or_many(node, place) {
        read_person(person, &place, report);
    }
}

/// `Name`, `Name <mail>`, or a map. Whether it is one.
fn read_person(node: &Node, place: &Place<'_>, report: &mut Report) -> bool {
    if !matches!(node.value, Value::Map(_)) {
        return fields::text(node, place, report).is_some();
    }
    let Some(mut fields) = Fields::of(node, place.clone(), report) else {
        return false;
    };
    let name = fields.require("name", report);
    let is_named = name.is_some_and(|(node, place)| fields::text(node, &place, report).is_some());
    for key in ["email", "orcid", "kattis"] {
        fields.text(key, report);
    }
    fields.finish(no_hint, report);
    is_named
}

fn read_source(node: &Node, place: Place<'_>, report: &mut Report) {
    if !matches!(node.value, Value::Map(_)) {
        fields::text(node, &place, report);
        return;
    }
    let Some(mut fields) = Fields::of(node, place, report) else {
        return;
    };
    if let Some((node, place)) = fields.require("name", report) {
        fields::text(node, &place, report);
    }
    fields.text("url", report);
    fields.finish(no_hint, report);
}

fn read_license(fields: &mut Fields<'_>, has_owner_to_fall_back_on: bool, report: &mut Report) {
    let mut license = "unknown";
    let mut line = fields.line;
    if let Some((node, place)) = fields.take("license", report)
        && let Some(text) = fields::text(node, &place, report)
    {
        line = node.line;
        if LICENSES.contains(&text) {
            license = text;
        } else {
            let what = format!("{text:?} is not one of {}", LICENSES.join(", "));
            report.complain(place.complaint(node.line, what));
        }
    }
    let place = fields.place.child("rights_owner");
    let owner = fields.take("rights_owner", report);
    if let Some((node, place)) = &owner {
        read_people(node, place, report);
    }
    match (license, owner) {
        ("public domain", Some((node, _))) => {
            report.complain(place.complaint(node.line, "must be absent where the license is public domain"));
        }
        ("unknown" | "public domain", _) | (_, Some(_)) => {}
        (_, None) if has_owner_to_fall_back_on => {}
        (_, None) => {
            let what =
                format!("is required by the license {license}, as there are neither authors nor a source");
            report.complain(place.complaint(line, what));
        }
    }
}
