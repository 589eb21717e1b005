//! Scores in 2025-09: `test_group.yaml`. A group has a best score, or none; what its cases are worth follows from it.

use domain::Score;

use super::OfGroups;
use crate::complaint::{Complaint, Report};
use crate::fields::{self, Fields, Place};
use crate::grading::{CaseScore, Child, Combine, Group, Mode, OnReject, Range, Scores, StaticCase};
use crate::settings::Rules;
use crate::yaml::{Node, Value};

/// The best score of the secret data where nothing is said.
const DEFAULT_MAX: u32 = 100;

/// A best score, or that there is none.
type Bound = Option<Score>;

/// What a group's file says, with the lines.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Own {
    file: String,
    /// The best score; `None` is that there is no bound.
    max_score: Option<(Bound, u32)>,
    aggregation: Option<(Aggregation, u32)>,
    requires: Vec<(String, u32)>,
    /// What a look at the source is worth; `None` is that it has no score.
    static_score: Option<(Option<Score>, u32)>,
    static_args: Vec<String>,
    /// Whether any of it is said.
    pub(super) is_said: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Aggregation {
    PassFail,
    Sum,
    Min,
}

impl Own {
    /// Takes the keys of a group that are about scores.
    pub(crate) fn read(fields: &mut Fields<'_>, rules: &Rules, report: &mut Report) -> Self {
        let is_scoring = rules.scheme.is_some();
        let mut own = Self {
            file: fields.place.file.to_owned(),
            is_said: true,
            ..Self::default()
        };
        if report.is_lenient() && !is_scoring {
            fields.skip("scoring");
        }
        if report.is_lenient()
            && let Some((node, place)) = fields.take("scoring", report)
            && let Some(mut inner) = Fields::of(node, place, report)
        {
            own.read_scores(&mut inner, ["score", "aggregation"], is_scoring, report);
            inner.finish(fields::no_hint, report);
        }
        own.read_scores(fields, ["max_score", "score_aggregation"], is_scoring, report);
        own.read_static(fields, rules, report);
        own
    }

    fn read_scores(
        &mut self,
        fields: &mut Fields<'_>,
        [max_score, aggregation]: [&str; 2],
        is_scoring: bool,
        report: &mut Report,
    ) {
        for key in [max_score, aggregation, "require_pass"] {
            let Some((node, place)) = fields.take(key, report) else {
                continue;
            };
            if !is_scoring {
                report.object(place.complaint(node.line, "is for scoring problems only"));
            } else if key == max_score {
                self.max_score = Some((read_max(node, &place, report), node.line));
            } else if key == aggregation {
                self.aggregation = read_aggregation(node, &place, report).map(|found| (found, node.line));
            } else {
                for (item, place) in fields::one_or_many(node, &place) {
                    let name = fields::text(item, &place, report);
                    self.requires
                        .extend(name.map(|name| (name.to_owned(), item.line)));
                }
            }
        }
    }

    fn read_static(&mut self, fields: &mut Fields<'_>, rules: &Rules, report: &mut Report) {
        if let Some((node, place)) = fields.take("static_validator_args", report) {
            self.static_args = fields::words(node, &place, report).unwrap_or_default();
        }
        if report.is_lenient()
            && let Some((node, place)) = fields.take("static_validation", report)
        {
            match &node.value {
                Value::Bool(false) => {}
                Value::Bool(true) => self.static_score = Some((None, node.line)),
                _ => self.read_static_map(node, place, report),
            }
        }
        let Some((node, place)) = fields.take("static_validation_score", report) else {
            return;
        };
        let score = match &node.value {
            Value::Text(text) if text == "pass-fail" => Some(None),
            _ if rules.scheme.is_some() => read_points(node, &place, report).map(Some),
            _ => {
                report.complain(place.complaint(node.line, "must be pass-fail, as the problem is"));
                None
            }
        };
        self.static_score = score.map(|score| (score, node.line));
        if self.static_score.is_some() && !rules.has_static_validator {
            let what = "wants a program in static_validator/, and there is none";
            report.complain(place.complaint(node.line, what));
        }
    }

    /// Of a draft.
    fn read_static_map(&mut self, node: &Node, place: Place<'_>, report: &mut Report) {
        let Some(mut inner) = Fields::of(node, place, report) else {
            return;
        };
        let score = inner.take("score", report);
        let score = score.and_then(|(node, place)| super::score(node, &place, report));
        self.static_score = Some((score, node.line));
        if let Some((node, place)) = inner.take("args", report) {
            self.static_args = fields::words(node, &place, report).unwrap_or_default();
        }
        inner.finish(fields::no_hint, report);
    }

    fn complaint(&self, key: &str, line: u32, what: impl Into<String>) -> Complaint {
        Place::top(&self.file).child(key).complaint(line, what)
    }

    fn static_case(&self, score: CaseScore) -> Option<Child> {
        self.static_score.map(|_| {
            Child::Static(StaticCase {
                args: self.static_args.clone(),
                score,
            })
        })
    }
}

/// What cannot be read is complained of, once, and counts as nothing.
fn read_max(node: &Node, place: &Place<'_>, report: &mut Report) -> Bound {
    match &node.value {
        Value::Text(text) if text == "unbounded" => None,
        _ => Some(read_points(node, place, report).unwrap_or_default()),
    }
}

/// A whole number of points; a draft has them as texts, too.
fn read_points(node: &Node, place: &Place<'_>, report: &mut Report) -> Option<Score> {
    if !report.is_lenient() {
        let points = fields::integer(node, place, 0, u32::MAX.into(), report)?;
        return u32::try_from(points).ok().map(Score::from);
    }
    let score = super::score(node, place, report)?;
    if score < Score::ZERO {
        report.complain(place.complaint(node.line, format!("must be at least 0, not {score}")));
        return None;
    }
    Some(score)
}

fn read_aggregation(node: &Node, place: &Place<'_>, report: &mut Report) -> Option<Aggregation> {
    match &node.value {
        Value::Text(text) if text == "pass-fail" => Some(Aggregation::PassFail),
        Value::Text(text) if text == "sum" => Some(Aggregation::Sum),
        Value::Text(text) if text == "min" => Some(Aggregation::Min),
        _ => {
            report.complain(place.complaint(node.line, "must be pass-fail, sum or min"));
            None
        }
    }
}

/// Adds the looks at the source to the groups of a problem without scores.
pub(super) fn add_static_cases(group: &mut Group, said: &OfGroups) {
    if let Some(said) = said.get(&group.name) {
        let look = said.own.static_case(CaseScore::None);
        group.children.splice(0..0, look);
    }
    for child in &mut group.children {
        if let Child::Group(group) = child {
            add_static_cases(group, said);
        }
    }
}

/// Gives all groups their rules.
pub(super) fn apply(root: &mut Group, said: &OfGroups, is_custom: bool, report: &mut Report) {
    root.mode = Mode::AcceptIfWorthy;
    root.on_reject = OnReject::Continue;
    root.scores = Scores::OfLast;
    let mut shaper = Shaper {
        said,
        is_custom,
        report,
        earlier: Vec::new(),
    };
    for child in &mut root.children {
        let Child::Group(group) = child else { continue };
        if group.name == "sample" {
            shaper.shape_sample(group);
        } else {
            shaper.shape_secret(group);
            root.max_score = group.max_score;
        }
    }
    if let Some(own) = said.get("").map(|said| &said.own) {
        for (key, line) in keys_of(own) {
            let what = "counts in the files of groups only, not for all data";
            report.object(own.complaint(key, line, what));
        }
    }
}

/// The keys that a group's file has of those that are about scores, with their lines.
fn keys_of(own: &Own) -> Vec<(&'static str, u32)> {
    let mut keys = Vec::new();
    keys.extend(own.max_score.map(|(_, line)| ("max_score", line)));
    keys.extend(own.aggregation.map(|(_, line)| ("score_aggregation", line)));
    keys.extend(own.requires.first().map(|(_, line)| ("require_pass", *line)));
    keys
}

struct Shaper<'a> {
    said: &'a OfGroups,
    is_custom: bool,
    report: &'a mut Report,
    /// The groups that come before, and whether they are pass-fail.
    earlier: Vec<(String, bool)>,
}

impl Shaper<'_> {
    /// What the file of a group says, be it there or not.
    fn own(&self, group: &Group) -> Own {
        let mut own = self
            .said
            .get(&group.name)
            .map_or_else(Own::default, |said| said.own.clone());
        if own.file.is_empty() {
            own.file = format!("data/{}/test_group.yaml", group.name);
        }
        own
    }

    /// The samples are judged, all of them, and score nothing.
    fn shape_sample(&mut self, group: &mut Group) {
        self.flatten(group);
        let own = self.own(group);
        for (key, line) in keys_of(&own) {
            self.report
                .object(own.complaint(key, line, "is not for samples, which score nothing"));
        }
        group.mode = Mode::FirstError;
        group.on_reject = OnReject::Continue;
        group.case_score = CaseScore::Ignored;
        group.children.splice(0..0, own.static_case(CaseScore::Ignored));
        self.earlier.push((group.name.clone(), true));
    }

    fn shape_secret(&mut self, group: &mut Group) {
        let own = self.own(group);
        let default = Some(Score::from(DEFAULT_MAX));
        let bound = own.max_score.map_or(default, |(max, _)| max);
        let aggregation = own.aggregation.map_or(Aggregation::Sum, |(found, _)| found);
        self.shape(group, &own, aggregation, bound);
    }

    /// Gives a group its rules, and the groups in it.
    fn shape(&mut self, group: &mut Group, own: &Own, aggregation: Aggregation, bound: Bound) {
        self.flatten(group);
        group.max_score = bound;
        group.mode = Mode::FirstError;
        group.requires = own.requires.iter().map(|(name, _)| name.clone()).collect();
        self.check_requires(group, own);
        self.check_bound(group, own, aggregation, bound);
        let most = Range {
            least: None,
            most: bound,
        };
        group.scores = match aggregation {
            Aggregation::PassFail => Scores::PassFail,
            Aggregation::Sum => Scores::Combined(Combine::Sum, most),
            Aggregation::Min => Scores::Combined(Combine::Min, most),
        };
        let has_groups = group
            .children
            .iter()
            .any(|child| matches!(child, Child::Group(_)));
        // Where one failure decides, the rest need not be judged; but what each group came to is always told.
        group.on_reject = if has_groups || aggregation == Aggregation::Sum {
            OnReject::Continue
        } else {
            OnReject::Break
        };
        self.shape_groups(group, own, aggregation, bound);
        self.shape_cases(group, own, aggregation, bound);
        self.earlier
            .push((group.name.clone(), aggregation == Aggregation::PassFail));
    }

    fn shape_groups(&mut self, group: &mut Group, own: &Own, aggregation: Aggregation, bound: Bound) {
        let share = self.share(group, aggregation, bound);
        let mut sum = 0.0;
        for child in &mut group.children {
            let Child::Group(inner) = child else { continue };
            let of_inner = self.own(inner);
            let default = if self.report.is_lenient() { share } else { None };
            let inner_bound = of_inner.max_score.map_or(default, |(max, _)| max);
            let inner_aggregation = of_inner
                .aggregation
                .map_or(Aggregation::PassFail, |(found, _)| found);
            if aggregation == Aggregation::PassFail && inner_aggregation != Aggregation::PassFail {
                let line = of_inner.aggregation.map_or(1, |(_, line)| line);
                let what = format!("must be pass-fail, as {} is", group.name);
                self.report
                    .complain(of_inner.complaint("score_aggregation", line, what));
            }
            let inner_bound = match (bound, inner_bound) {
                (Some(bound), None) => {
                    self.complain_of_missing_bound(&of_inner, bound);
                    Some(Score::ZERO)
                }
                _ => inner_bound,
            };
            sum += inner_bound.map_or(0.0, Score::points);
            self.shape(inner, &of_inner, inner_aggregation, inner_bound);
        }
        let too_much = |bound: Score| Score::new(sum).is_some_and(|sum| sum.exceeds(bound));
        if aggregation == Aggregation::Sum
            && let Some(bound) = bound
            && too_much(bound)
        {
            let line = own.max_score.map_or(1, |(_, line)| line);
            let what = format!(
                "is {bound}, but the groups of {} are worth {sum} together",
                group.name
            );
            self.report.complain(own.complaint("max_score", line, what));
        }
    }

    fn complain_of_missing_bound(&mut self, own: &Own, bound: Score) {
        let line = own.max_score.map_or(1, |(_, line)| line);
        let what = format!("must be a number, since secret has one, {bound}");
        self.report.complain(own.complaint("max_score", line, what));
    }

    /// What is left for each part of a group that does not say what it is worth; of a draft.
    fn share(&self, group: &Group, aggregation: Aggregation, bound: Bound) -> Bound {
        let bound = bound?;
        if aggregation != Aggregation::Sum {
            return Some(bound);
        }
        let (mut taken, mut parts) = (0.0, 0.0);
        for child in &group.children {
            let max = match child {
                Child::Group(inner) => self.own(inner).max_score,
                Child::Case(_) | Child::Static(_) => None,
            };
            match max {
                Some((Some(max), _)) => taken += max.points(),
                Some((None, _)) => {}
                None => parts += 1.0,
            }
        }
        Score::new((bound.points() - taken).max(0.0) / f64::max(parts, 1.0))
    }

    /// What the cases of a group are worth, and the look at the source among them.
    fn shape_cases(&mut self, group: &mut Group, own: &Own, aggregation: Aggregation, bound: Bound) {
        let cases = group
            .children
            .iter()
            .filter(|child| matches!(child, Child::Case(_)));
        let cases = cases.count();
        let static_score = own.static_score.and_then(|(score, _)| score);
        group.case_score = match (aggregation, bound) {
            (Aggregation::PassFail, _) => CaseScore::None,
            (_, None) => CaseScore::Unbounded,
            (Aggregation::Min, Some(bound)) => CaseScore::UpTo(bound),
            (Aggregation::Sum, Some(bound)) => {
                let rest = bound.points() - static_score.unwrap_or_default().points();
                #[expect(clippy::cast_precision_loss, reason = "nobody has 2^53 test cases")]
                let share = rest.max(0.0) / cases.max(1) as f64;
                CaseScore::UpTo(Score::new(share).unwrap_or_default())
            }
        };
        let Some((_, line)) = own.static_score else {
            return;
        };
        let is_lenient = self.report.is_lenient();
        let mut complain = |what: String| {
            let key = "static_validation_score";
            self.report.complain(own.complaint(key, line, what));
        };
        let look = match (static_score, aggregation) {
            (Some(_), Aggregation::PassFail) => {
                complain("must be pass-fail, as the group is".to_owned());
                CaseScore::None
            }
            (None, Aggregation::Sum | Aggregation::Min) if !is_lenient => {
                complain("must be a number, since the group is not pass-fail".to_owned());
                CaseScore::None
            }
            (None, _) => CaseScore::Ignored,
            // Where the other cases have no bound, it has its own all the same.
            (Some(score), _) => {
                if bound.is_some_and(|bound| score > bound) {
                    complain(format!("is {score}, more than the group is worth"));
                }
                CaseScore::UpTo(score)
            }
        };
        group.children.splice(0..0, own.static_case(look));
    }

    fn check_bound(&mut self, group: &Group, own: &Own, aggregation: Aggregation, bound: Bound) {
        let line = own.max_score.map_or(1, |(_, line)| line);
        let has_cases = group.children.iter().any(|child| matches!(child, Child::Case(_)));
        let what = match (aggregation, bound) {
            (Aggregation::PassFail, None) => "must be a number, since the group is pass-fail",
            (_, None) if has_cases && !self.is_custom => {
                "is unbounded, so that an output validator must give the scores, and there is none"
            }
            _ => return,
        };
        self.report.complain(own.complaint("max_score", line, what));
    }

    fn check_requires(&mut self, group: &Group, own: &Own) {
        for (name, line) in &own.requires {
            let what = match self.earlier.iter().find(|(earlier, _)| earlier == name) {
                Some((_, true)) => continue,
                Some((_, false)) if self.report.is_lenient() => continue,
                Some((_, false)) => format!("names {name:?}, which is not pass-fail"),
                None => format!("names {name:?}, which is no group before {}", group.name),
            };
            self.report.complain(own.complaint("require_pass", *line, what));
        }
    }

    /// Directories that are no groups are there for order only.
    fn flatten(&self, group: &mut Group) {
        let mut flat = Vec::new();
        for child in group.children.drain(..) {
            match child {
                Child::Group(mut inner) if !self.is_group(&inner) => {
                    self.flatten(&mut inner);
                    flat.append(&mut inner.children);
                }
                other => flat.push(other),
            }
        }
        group.children = flat;
    }

    fn is_group(&self, group: &Group) -> bool {
        let is_declared = self.said.get(&group.name).is_some_and(|said| said.is_declared);
        is_declared || (self.report.is_lenient() && !group.name.starts_with("sample"))
    }
}
