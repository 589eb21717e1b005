//! What DOMjudge adds to packages, and others write, too: `.timelimit` and `domjudge-problem.ini`.

use std::collections::BTreeMap;

use crate::complaint::{Complaint, Report};
use crate::fields::{Fields, Place};
use crate::text_file;
use crate::tree::Tree;

/// Holds the time limit, in seconds. Its name breaks the format's rule for names; it is read all the same.
pub(crate) const TIME_LIMIT_FILE: &str = ".timelimit";

/// Settings as `key = value`.
pub(crate) const INI_FILE: &str = "domjudge-problem.ini";

/// What of it matters here.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Extras {
    /// CPU time of a run, in microseconds.
    pub(crate) cpu_us: Option<u64>,
    pub(crate) name: Option<String>,
}

/// Reads both files. The time limit of the ini file goes first.
pub(crate) fn read(tree: &Tree, report: &mut Report) -> Extras {
    let mut extras = Extras::default();
    if let Some(file) = tree.files.get(INI_FILE)
        && let Some(text) = text_file::read(file, INI_FILE, report)
    {
        let has_validators = ["output_validators", "output_validator"]
            .into_iter()
            .any(|directory| !tree.children(directory).is_empty());
        read_ini(&text, has_validators, &mut extras, report);
    }
    if extras.cpu_us.is_none()
        && let Some(file) = tree.files.get(TIME_LIMIT_FILE)
        && let Some(text) = text_file::read(file, TIME_LIMIT_FILE, report)
    {
        extras.cpu_us = seconds(&text, TIME_LIMIT_FILE, 1, None, report);
    }
    extras
}

/// Names a submission's main file.
const ENTRY_POINTS: &str = "submissions.json";

/// The entry points of example submissions, by their paths below `submissions/`.
pub(crate) fn entry_points(tree: &Tree, report: &mut Report) -> BTreeMap<String, String> {
    let mut points = BTreeMap::new();
    let Some(file) = tree.files.get(ENTRY_POINTS) else {
        return points;
    };
    let Some(node) = text_file::read_yaml(file, ENTRY_POINTS, report) else {
        return points; // JSON is YAML.
    };
    let Some(entries) = Fields::of(&node, Place::top(ENTRY_POINTS), report) else {
        return points;
    };
    for (key, node) in entries.rest() {
        let path = key.text.trim_end_matches('/');
        let path = path.strip_prefix("submissions/").unwrap_or(path);
        if let Some(mut fields) = Fields::of(node, Place::top(ENTRY_POINTS).child(&key.text), report)
            && let Some(point) = fields.text("entry_point", report)
        {
            points.insert(path.to_owned(), point.to_owned());
        }
    }
    points
}

fn read_ini(text: &str, has_validators: bool, extras: &mut Extras, report: &mut Report) {
    for (line, content) in (1..).zip(text.lines().map(str::trim)) {
        if content.is_empty() || content.starts_with([';', '#', '[']) {
            continue;
        }
        let Some((key, value)) = content.split_once('=') else {
            report.warn(Complaint::about(INI_FILE, "is not `key = value` and is ignored").at_line(line));
            continue;
        };
        let (key, value) = (key.trim(), value_of(value.trim()));
        match key {
            "timelimit" if value.is_empty() => {}
            "timelimit" => extras.cpu_us = seconds(value, INI_FILE, line, Some(key), report),
            "name" => extras.name = (!value.is_empty()).then(|| value.to_owned()),
            // The names of programs on some DOMjudge server. Its own comparator does what the format's does.
            "special_compare" | "special_run" if has_validators => {}
            "special_compare" | "special_run" if !matches!(value, "" | "compare" | "run") => {
                let what =
                    format!("names {value:?}, a program of a DOMjudge server that is not in the package");
                report.complain(complaint(line, Some(key), INI_FILE, what));
            }
            _ => {}
        }
    }
}

/// What is in quotes; else what stands before a comment.
fn value_of(text: &str) -> &str {
    for quote in ['"', '\''] {
        if let Some((inner, _)) = text.strip_prefix(quote).and_then(|rest| rest.split_once(quote)) {
            return inner;
        }
    }
    text.split_once(';').map_or(text, |(before, _)| before.trim_end())
}

/// Seconds as text, in microseconds.
fn seconds(text: &str, file: &str, line: u32, key: Option<&str>, report: &mut Report) -> Option<u64> {
    let value = text.trim().parse::<f64>().ok();
    let us = value.and_then(crate::limits::seconds_to_us);
    if us.is_none() {
        let shown: String = text.trim().chars().take(40).collect();
        let what = format!("must be more than 0 and at most 3600 seconds, not {shown:?}");
        report.complain(complaint(line, key, file, what));
    }
    us
}

fn complaint(line: u32, key: Option<&str>, file: &str, what: String) -> Complaint {
    Complaint {
        key: key.map(str::to_owned),
        ..Complaint::about(file, what).at_line(line)
    }
}
