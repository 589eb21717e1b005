//! Scores in the versions before 2025-09: `testdata.yaml`, and `grading` in `problem.yaml`.

use domain::Score;

use super::{Objective, OfGroups, Scheme};
use crate::complaint::Report;
use crate::fields::{self, Fields, Place};
use crate::grading::{CaseScore, Child, Combine, Given, Group, Mode, OnReject, Range, Scores as Rule};
use crate::yaml::{Node, Value};

/// What is said of scores, each of it inherited on its own.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Scores {
    /// Of an accepted test case.
    accepted: Score,
    /// Of another.
    rejected: Score,
    combine: Combine,
    range: Range,
    /// Whether the package's own grader decides.
    is_custom: bool,
    /// The arguments of that.
    flags: Vec<String>,
    draft: Option<Draft>,
    /// Whether a `testdata.yaml` said any of it.
    pub(crate) is_said: bool,
}

/// `grading` as a map, which an early draft had.
#[derive(Debug, Clone, PartialEq, Default)]
struct Draft {
    score: Option<Score>,
    max_score: Option<Score>,
    combine: Option<Combine>,
}

impl Default for Scores {
    fn default() -> Self {
        Self {
            accepted: Score::from(1),
            rejected: Score::ZERO,
            combine: Combine::Sum,
            range: Range::default(),
            is_custom: false,
            flags: Vec::new(),
            draft: None,
            is_said: false,
        }
    }
}

impl Scores {
    /// Whether the package's own grader decides.
    pub(crate) fn is_custom(&self) -> bool {
        self.is_custom
    }

    /// Reads the keys of a group that are about scores.
    pub(crate) fn read(&mut self, fields: &mut Fields<'_>, report: &mut Report) {
        self.is_said = true;
        // Not inherited: it is a map of one group.
        self.draft = None;
        if let Some((node, place)) = fields.take("grading", report) {
            self.read_grading(node, &place, report);
        }
        self.read_plain(fields, report);
    }

    /// The keys that `problem.yaml` once had, too.
    fn read_plain(&mut self, fields: &mut Fields<'_>, report: &mut Report) {
        if let Some((node, place)) = fields.take("accept_score", report) {
            self.accepted = super::score(node, &place, report).unwrap_or(self.accepted);
        }
        if let Some((node, place)) = fields.take("reject_score", report) {
            self.rejected = super::score(node, &place, report).unwrap_or(self.rejected);
        }
        if let Some((node, place)) = fields.take("range", report) {
            self.range = read_range(node, &place, report).unwrap_or(self.range);
        }
    }

    fn read_grading(&mut self, node: &Node, place: &Place<'_>, report: &mut Report) {
        match &node.value {
            Value::Text(text) if text == "default" => self.is_custom = false,
            Value::Text(text) if text == "custom" => self.is_custom = true,
            Value::Map(_) => self.draft = read_draft(node, place, report),
            _ => report.complain(place.complaint(node.line, "must be default or custom")),
        }
    }

    /// Takes the flags of a grader. Those of the default one say how scores are put together, the last of them.
    pub(crate) fn take_flags(&mut self, words: &[String]) {
        self.flags = words.to_vec();
        let combine = words.iter().rev().find_map(|word| match word.as_str() {
            "sum" => Some(Combine::Sum),
            "avg" => Some(Combine::Average),
            "min" => Some(Combine::Min),
            "max" => Some(Combine::Max),
            _ => None,
        });
        self.combine = combine.unwrap_or_default();
    }
}

/// `grading` of `problem.yaml`: which scores are better, what groups begin with, and what follows a failure.
pub(crate) fn read_grading(
    fields: &mut Fields<'_>,
    scheme: &mut Scheme,
    report: &mut Report,
) -> Option<OnReject> {
    let (node, place) = fields.take("grading", report)?;
    if !matches!(node.value, Value::Map(_)) {
        report.warn(place.complaint(node.line, "is not a map and is ignored"));
        return None;
    }
    let mut fields = Fields::of(node, place, report)?;
    if let Some((node, place)) = fields.take("objective", report) {
        match &node.value {
            Value::Text(text) if text == "max" => scheme.objective = Objective::Max,
            Value::Text(text) if text == "min" => scheme.objective = Objective::Min,
            _ => report.complain(place.complaint(node.line, "must be max or min")),
        }
    }
    fields.boolean("show_test_data_groups", report);
    let on_reject = fields.take("on_reject", report).and_then(|(node, place)| {
        let on_reject = match &node.value {
            Value::Text(text) if text == "first_error" => Some(OnReject::Break),
            Value::Text(text) if matches!(text.as_str(), "worst_error" | "grade") => Some(OnReject::Continue),
            _ => None,
        };
        if on_reject.is_none() {
            report.complain(place.complaint(node.line, "must be first_error, worst_error or grade"));
        }
        on_reject
    });
    scheme.base.read_plain(&mut fields, report);
    fields.finish(fields::no_hint, report);
    on_reject
}

fn read_range(node: &Node, place: &Place<'_>, report: &mut Report) -> Option<Range> {
    let words = fields::flags(node, place, report)?;
    let bound = |word: &String, endless: &[&str]| {
        if endless.contains(&word.as_str()) {
            return Some(None);
        }
        crate::grading::score_of(word).map(Some)
    };
    let range = match words.as_slice() {
        [least, most] => bound(least, &["-inf"])
            .zip(bound(most, &["inf", "+inf"]))
            .map(|(least, most)| Range { least, most }),
        _ => None,
    };
    match range {
        Some(Range {
            least: Some(least),
            most: Some(most),
        }) if least > most => {
            report.complain(place.complaint(node.line, format!("is empty: {least} is more than {most}")));
            None
        }
        Some(range) => Some(range),
        None => {
            let what = "must be two numbers, such as `0 100`; the first can be -inf and the second +inf";
            report.complain(place.complaint(node.line, what));
            None
        }
    }
}

fn read_draft(node: &Node, place: &Place<'_>, report: &mut Report) -> Option<Draft> {
    let mut fields = Fields::of(node, place.clone(), report)?;
    let mut draft = Draft::default();
    if let Some((node, place)) = fields.take("score", report) {
        draft.score = super::score(node, &place, report);
    }
    if let Some((node, place)) = fields.take("max_score", report) {
        draft.max_score = super::score(node, &place, report);
    }
    if let Some((node, place)) = fields.take("aggregation", report) {
        match &node.value {
            Value::Text(text) if text == "sum" => draft.combine = Some(Combine::Sum),
            Value::Text(text) if text == "min" => draft.combine = Some(Combine::Min),
            _ => report.complain(place.complaint(node.line, "must be sum or min")),
        }
    }
    fields.finish(fields::no_hint, report);
    Some(draft)
}

/// Gives all groups their rules.
pub(crate) fn apply(root: &mut Group, said: &OfGroups, scheme: &Scheme) {
    let is_draft = said.values().any(|group| group.legacy.draft.is_some());
    if is_draft {
        shape_draft(root, said);
        root.mode = Mode::AcceptIfWorthy;
        root.scores = Rule::OfLast;
        root.max_score = root.children.last().and_then(best_of_child);
    } else {
        shape(root, said, scheme);
    }
}

/// Gives the groups of a problem without scores their graders.
pub(super) fn add_graders(group: &mut Group, said: &OfGroups) {
    let scores = said.get(&group.name).map(|said| &said.legacy);
    group.grader = scores
        .filter(|scores| scores.is_custom)
        .map(|scores| scores.flags.clone());
    for child in &mut group.children {
        if let Child::Group(group) = child {
            add_graders(group, said);
        }
    }
}

fn shape(group: &mut Group, said: &OfGroups, scheme: &Scheme) {
    let scores = said.get(&group.name).map_or(&scheme.base, |said| &said.legacy);
    if scheme.is_domjudge {
        group.mode = Mode::FirstError;
        group.accept_if_any_accepted = false;
        group.on_reject = OnReject::Continue;
        group.scores = Rule::Once(scores.accepted, scores.combine);
        group.case_score = CaseScore::Fixed {
            accepted: Score::ZERO,
            rejected: Score::ZERO,
            given: Given::EvenIfWrong,
        };
    } else {
        group.scores = Rule::Combined(scores.combine, scores.range);
        group.grader = scores.is_custom.then(|| scores.flags.clone());
        group.case_score = CaseScore::Fixed {
            accepted: scores.accepted,
            rejected: scores.rejected,
            given: scheme.given.unwrap_or(Given::Sometimes),
        };
    }
    for child in &mut group.children {
        if let Child::Group(group) = child {
            shape(group, said, scheme);
        }
    }
    group.max_score = match scheme.objective {
        Objective::Max => best(group, scores, scheme),
        Objective::Min => None,
    };
}

/// The most that a group can be worth, where that is known.
fn best(group: &Group, scores: &Scores, scheme: &Scheme) -> Option<Score> {
    let of_case = match scheme.given.unwrap_or(Given::Sometimes) {
        Given::Never | Given::Factor => Some(scores.accepted.max(scores.rejected)),
        Given::Always | Given::Sometimes | Given::EvenIfWrong => None,
    };
    let is_leaf = group.children.iter().all(|child| matches!(child, Child::Case(_)));
    let computed = if group.grader.is_some() {
        None
    } else if scheme.is_domjudge && is_leaf {
        Some(scores.accepted)
    } else {
        let bests = group.children.iter().map(|child| match child {
            Child::Group(group) => group.max_score,
            Child::Case(_) | Child::Static(_) => of_case,
        });
        combined(scores.combine, &bests.collect::<Vec<_>>())
    };
    match (computed, scores.range.most.filter(|_| !scheme.is_domjudge)) {
        (Some(computed), Some(most)) => Some(computed.min(most)),
        (computed, most) => computed.or(most),
    }
}

fn combined(combine: Combine, bests: &[Option<Score>]) -> Option<Score> {
    let known = || bests.iter().flatten().copied();
    let sum = || {
        let all = bests.iter().copied().collect::<Option<Vec<Score>>>()?;
        Some(all.iter().map(|best| best.points()).sum::<f64>())
    };
    match combine {
        Combine::Min => known().min(),
        Combine::Max if known().count() < bests.len() => None,
        Combine::Max => known().max(),
        Combine::Sum => sum().and_then(Score::new),
        #[expect(clippy::cast_precision_loss, reason = "nobody has 2^53 test cases")]
        Combine::Average => sum().and_then(|sum| Score::new(sum / bests.len().max(1) as f64)),
    }
}

/// An early draft: what a case is worth is that of its group, times what the validator gives.
fn shape_draft(group: &mut Group, said: &OfGroups) {
    let draft = said.get(&group.name).and_then(|said| said.legacy.draft.clone());
    let draft = draft.unwrap_or_default();
    let has_groups = group
        .children
        .iter()
        .any(|child| matches!(child, Child::Group(_)));
    let combine = draft
        .combine
        .unwrap_or(if has_groups { Combine::Sum } else { Combine::Min });
    let whole = draft.max_score.filter(|_| combine == Combine::Min);
    let points = draft.score.or(whole).unwrap_or(Score::from(1));
    group.mode = Mode::FirstError;
    group.on_reject = if combine == Combine::Min && !has_groups {
        OnReject::Break
    } else {
        OnReject::Continue
    };
    group.scores = Rule::Combined(
        combine,
        Range {
            least: None,
            most: draft.max_score,
        },
    );
    group.case_score = CaseScore::Fixed {
        accepted: points,
        rejected: Score::ZERO,
        given: Given::Factor,
    };
    if group.name == "sample" {
        group.scores = Rule::None;
        group.case_score = CaseScore::Ignored;
    }
    for child in &mut group.children {
        if let Child::Group(group) = child {
            shape_draft(group, said);
        }
    }
    let bests: Vec<Option<Score>> = group.children.iter().map(best_of_child).collect();
    let of_cases = bests.iter().map(|best| best.or(Some(points))).collect::<Vec<_>>();
    let computed = combined(combine, if has_groups { &bests } else { &of_cases });
    group.max_score = draft
        .max_score
        .or(computed)
        .filter(|_| group.scores != Rule::None);
}

fn best_of_child(child: &Child) -> Option<Score> {
    match child {
        Child::Group(group) => group.max_score,
        Child::Case(_) | Child::Static(_) => None,
    }
}
