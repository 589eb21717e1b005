//! What packages say of scores, and what becomes of it: [`apply`] gives every [`Group`] its rules.
//!
//! There are two families. In `modern`, that of 2025-09, a group has a best score, and what its cases are worth follows
//! from it. In `legacy`, a case is worth something, and the group's score follows from what a grader makes of it; DOMjudge
//! and one of the drafts have variants of that.

pub(crate) mod legacy;
pub(crate) mod modern;

use std::collections::BTreeMap;

use domain::Score;

use crate::complaint::{Complaint, Report};
use crate::fields::{self, Place};
use crate::grading::{Child, Given, Group};
use crate::program::{self, Program};
use crate::tree::Tree;
use crate::yaml::{Node, Value};

/// What is the same for all groups of a scoring problem.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scheme {
    pub(crate) objective: Objective,
    /// Whether `problem.yaml` says that validators give scores; only older versions do.
    pub(crate) given: Option<Given>,
    /// What groups begin with.
    pub(crate) base: legacy::Scores,
    /// Whether DOMjudge's rules hold instead of those of the format's older versions.
    pub(crate) is_domjudge: bool,
    /// Whether groups that say nothing are read by the rules of 2025-09.
    pub(crate) is_modern: bool,
}

/// Which scores are better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Objective {
    /// The larger.
    #[default]
    Max,
    /// The smaller.
    Min,
}

/// What the files of a group say of its scores.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct OfGroup {
    /// By older versions. Each key is inherited on its own.
    pub(crate) legacy: legacy::Scores,
    /// By 2025-09. Nothing is inherited.
    pub(crate) own: modern::Own,
    /// Whether it is a test group of 2025-09, and not just a directory.
    pub(crate) is_declared: bool,
}

/// What the files of groups say, by the groups' names.
pub(crate) type OfGroups = BTreeMap<String, OfGroup>;

/// Gives all groups of the test data their rules. `scheme` is that of a scoring problem.
pub(crate) fn apply(
    root: &mut Group,
    said: &OfGroups,
    scheme: Option<&Scheme>,
    is_custom: bool,
    report: &mut Report,
) {
    let Some(scheme) = scheme else {
        legacy::add_graders(root, said);
        return modern::add_static_cases(root, said);
    };
    if is_modern(said, scheme, report) {
        modern::apply(root, said, is_custom, report);
    } else {
        legacy::apply(root, said, scheme);
    }
}

/// In the drafts, the files that are there tell whose rules hold.
fn is_modern(said: &OfGroups, scheme: &Scheme, report: &Report) -> bool {
    if !report.is_lenient() {
        return true;
    }
    if said.values().any(|group| group.legacy.is_said) {
        return false;
    }
    scheme.is_modern || said.values().any(|group| group.own.is_said)
}

/// A number, as one or as a text.
fn score(node: &Node, place: &Place<'_>, report: &mut Report) -> Option<Score> {
    let text = match (&node.value, &node.raw) {
        (Value::Text(text), _) => text,
        (_, Some(raw)) => raw,
        _ => {
            fields::number(node, place, report); // Complains about the type.
            return None;
        }
    };
    let score = crate::grading::score_of(text);
    if score.is_none() {
        report.complain(place.complaint(node.line, format!("must be a number, not {text:?}")));
    }
    score
}

/// The package's own grader, where a group wants it.
pub(crate) fn read_grader(tree: &Tree, groups: &Group, report: &mut Report) -> Option<Program> {
    const DIRECTORY: &str = "graders";
    if !wants_grader(groups) {
        if !tree.children(DIRECTORY).is_empty() {
            let what = "is not used: no group says `grading: custom`";
            report.warn(Complaint::about(DIRECTORY, what));
        }
        return None;
    }
    if tree.children(DIRECTORY).is_empty() {
        let what = "is missing, while groups say `grading: custom`";
        report.complain(Complaint::about(DIRECTORY, what));
    }
    program::read_one(tree, DIRECTORY, report)
}

fn wants_grader(group: &Group) -> bool {
    let wants = |child: &Child| matches!(child, Child::Group(group) if wants_grader(group));
    group.grader.is_some() || group.children.iter().any(wants)
}
