//! The way through a group.

use std::collections::{HashMap, HashSet};

use domain::{GroupResult, Score, Verdict};

use super::combine::Graded;
use super::{CaseScore, Child, Group, OnReject, Range, Scores, StaticCase};

/// The way through a group. What [`Grading::next_step`] gives is to be done, and its result recorded, before it is asked again.
#[derive(Debug)]
pub struct Grading<'a> {
    /// The groups that we are inside of, the innermost last.
    stack: Vec<Frame<'a>>,
    /// The names of the groups that ended, all of whose cases are accepted.
    passed: HashSet<&'a str>,
    /// One a group, but for the outermost; those that are not judged keep what they begin with.
    results: Vec<GroupResult>,
    /// Where a group is among them, by its name.
    places: HashMap<&'a str, usize>,
    outcome: Option<Outcome>,
}

#[derive(Debug)]
struct Frame<'a> {
    group: &'a Group,
    next: usize,
    children: Vec<Graded>,
    /// Whether the package's own grader was asked.
    is_asked: bool,
    /// What it answered.
    answer: Option<CaseResult>,
}

/// What is to be done next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step<'a> {
    /// Judge a test case.
    Case {
        /// Its place in the package's list.
        case: usize,
        /// What it is worth.
        score: CaseScore,
    },
    /// Look at the source of the submission.
    Static(&'a StaticCase),
    /// Ask the package's own grader.
    Grader {
        /// The name of the group.
        group: &'a str,
        /// The grader's arguments.
        args: &'a [String],
        /// What became of the group's children, in order.
        children: Vec<(Verdict, Score)>,
    },
}

/// What became of a test case, or what a grader says of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CaseResult {
    /// The verdict.
    pub verdict: Verdict,
    /// The score, where it has one.
    pub score: Option<Score>,
    /// Whether a validator gave it.
    pub is_given: bool,
}

/// What became of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// The verdict.
    pub verdict: Verdict,
    /// The score, where there is one.
    pub score: Option<Score>,
}

/// A score that a package gives and does not allow: its own fault.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("the test group {group:?} came to the score {points}, and it allows {allowed}")]
pub struct ImpossibleScore {
    group: String,
    points: f64,
    allowed: String,
}

impl From<Verdict> for CaseResult {
    /// A result without a score.
    fn from(verdict: Verdict) -> Self {
        Self {
            verdict,
            score: None,
            is_given: false,
        }
    }
}

impl<'a> Grading<'a> {
    /// At the beginning.
    pub fn new(group: &'a Group) -> Self {
        let mut results = Vec::new();
        let mut places = HashMap::new();
        list(group, &mut results, &mut places);
        Self {
            stack: vec![Frame::new(group)],
            passed: HashSet::new(),
            results,
            places,
            outcome: None,
        }
    }

    /// What is to be done next; `None` at the end.
    pub fn next_step(&mut self) -> Result<Option<Step<'a>>, ImpossibleScore> {
        while let Some(frame) = self.stack.last_mut() {
            let group = frame.group;
            let Some(child) = group.children.get(frame.next) else {
                if let Some(step) = frame.ask() {
                    return Ok(Some(step));
                }
                self.leave()?;
                continue;
            };
            frame.next += 1;
            match child {
                Child::Case(case) => {
                    let (case, score) = (*case, group.case_score);
                    return Ok(Some(Step::Case { case, score }));
                }
                Child::Static(look) => return Ok(Some(Step::Static(look))),
                Child::Group(group) => self.enter(group),
            }
        }
        Ok(None)
    }

    /// The result of the step that was next.
    pub fn record(&mut self, result: CaseResult) {
        let Some(frame) = self.stack.last_mut() else {
            return;
        };
        if frame.is_asked {
            frame.answer = Some(result);
            return;
        }
        frame.add(Graded {
            verdict: Some(result.verdict),
            score: result.score.unwrap_or_default(),
            is_passed: result.verdict.is_accepted(),
            is_given: result.is_given,
            is_group: false,
        });
    }

    /// What became of all, at the end.
    pub fn outcome(&self) -> Option<Outcome> {
        self.outcome
    }

    /// What became of the groups so far, in the order of judging; without the outermost.
    pub fn results(&self) -> &[GroupResult] {
        &self.results
    }

    fn enter(&mut self, group: &'a Group) {
        let is_passed = |name: &String| self.passed.contains(name.as_str());
        if group.requires.iter().all(is_passed) {
            self.stack.push(Frame::new(group));
        } else if let Some(frame) = self.stack.last_mut() {
            frame.add(Graded {
                verdict: None,
                score: Score::ZERO,
                is_passed: false,
                is_given: false,
                is_group: true,
            });
        }
    }

    /// Ends the innermost group.
    fn leave(&mut self) -> Result<(), ImpossibleScore> {
        let Some(frame) = self.stack.pop() else {
            return Ok(());
        };
        let group = frame.group;
        let Outcome { verdict, score } = frame.outcome()?;
        let is_passed = frame.children.iter().all(|child| child.is_passed);
        if is_passed {
            self.passed.insert(&group.name);
        }
        let place = self.places.get(group.name.as_str());
        if let Some(result) = place.and_then(|place| self.results.get_mut(*place)) {
            result.verdict = Some(verdict);
            result.score = score;
        }
        if let Some(parent) = self.stack.last_mut() {
            parent.add(Graded {
                verdict: Some(verdict),
                score: score.unwrap_or_default(),
                is_passed,
                is_given: false,
                is_group: true,
            });
        } else {
            // Where graders decide, a rejected submission has no score.
            let is_ignored = matches!(group.scores, Scores::Combined(..)) && !verdict.is_accepted();
            self.outcome = Some(Outcome {
                verdict,
                score: score.filter(|_| !is_ignored),
            });
        }
        Ok(())
    }
}

impl<'a> Frame<'a> {
    const fn new(group: &'a Group) -> Self {
        Self {
            group,
            next: 0,
            children: Vec::new(),
            is_asked: false,
            answer: None,
        }
    }

    fn add(&mut self, child: Graded) {
        let is_rejected = child.verdict.is_none_or(|verdict| !verdict.is_accepted());
        self.children.push(child);
        if is_rejected && self.group.on_reject == OnReject::Break {
            self.next = self.group.children.len();
        }
    }

    /// The question to the package's own grader, once, where there is one and something to grade.
    fn ask(&mut self) -> Option<Step<'a>> {
        let args = self.group.grader.as_ref()?;
        if self.is_asked || self.children.is_empty() {
            return None;
        }
        self.is_asked = true;
        let judged = |child: &Graded| Some((child.verdict?, child.score));
        Some(Step::Grader {
            group: &self.group.name,
            args,
            children: self.children.iter().filter_map(judged).collect(),
        })
    }

    fn outcome(&self) -> Result<Outcome, ImpossibleScore> {
        let group = self.group;
        let points = match self.answer {
            Some(answer) => answer.score.map(Score::points),
            None => group.points_of(&self.children),
        };
        let impossible = |points: f64, allowed: String| ImpossibleScore {
            group: group.name.clone(),
            points,
            allowed,
        };
        let score = match points.map(|points| (points, Score::new(points))) {
            None => None,
            Some((_, Some(score))) => Some(score),
            Some((points, None)) => return Err(impossible(points, "finite scores only".to_owned())),
        };
        let verdict = match self.answer {
            Some(answer) => answer.verdict,
            None => group.verdict_of(&self.children, score.unwrap_or_default()),
        };
        if let (Scores::Combined(_, range), Some(score)) = (group.scores, score)
            && verdict.is_accepted()
            // A group with nothing in it has no score that anybody could mean.
            && !self.children.is_empty()
            && !range.has(score)
        {
            return Err(impossible(score.points(), range.to_string()));
        }
        Ok(Outcome { verdict, score })
    }
}

impl std::fmt::Display for Range {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.least, self.most) {
            (None, None) => f.write_str("any score"),
            (Some(least), None) => write!(f, "{least} at least"),
            (None, Some(most)) => write!(f, "{most} at most"),
            (Some(least), Some(most)) => write!(f, "{least} to {most}"),
        }
    }
}

/// A result for each group inside, before it is judged.
fn list<'a>(group: &'a Group, results: &mut Vec<GroupResult>, places: &mut HashMap<&'a str, usize>) {
    for child in &group.children {
        if let Child::Group(group) = child {
            places.insert(&group.name, results.len());
            results.push(GroupResult {
                name: group.name.clone(),
                verdict: None,
                score: (group.scores != Scores::None).then_some(Score::ZERO),
                max_score: group.max_score,
            });
            list(group, results, places);
        }
    }
}
