//! From the results of cases to the result of all: test groups, and in which order they are judged.
//!
//! A [`Group`] is plain data, read from the package: how its verdict ([`Mode`]) and its score ([`Scores`]) come from those
//! of its children, and how the score of a case in it comes from what a validator said ([`CaseScore`], `case_score`). A
//! [`Grading`] (`walk`) goes through it: it says what is next, takes its result, leaves out what nobody needs any more,
//! and has the result of all in the end. `combine` holds the arithmetic.

mod case_score;
mod combine;
#[cfg(test)]
mod tests;
mod walk;

use domain::Score;

pub use case_score::{CaseScore, Given, Reported, score_of};
pub use walk::{CaseResult, Grading, ImpossibleScore, Outcome, Step};

/// A directory of test cases that is graded as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Group {
    /// Its name below `data/`, such as `secret/2-large`; empty for `data/` itself.
    pub name: String,
    /// What follows the first child that is not accepted.
    pub on_reject: OnReject,
    /// Which of its children's verdicts is its own.
    pub mode: Mode,
    /// Whether one accepted child is enough.
    pub accept_if_any_accepted: bool,
    /// The arguments of the package's own grader, where that decides verdict and score.
    pub grader: Option<Vec<String>>,
    /// How its score is made of its children's.
    pub scores: Scores,
    /// What a test case in it is worth.
    pub case_score: CaseScore,
    /// The most that it can be worth, where there is a bound.
    pub max_score: Option<Score>,
    /// The names of earlier groups whose cases must all be accepted for this one to be judged at all.
    pub requires: Vec<String>,
    /// What is in it, in the order of judging.
    pub children: Vec<Child>,
}

/// A part of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Child {
    /// A test case, by its place in the package's list.
    Case(usize),
    /// The static validation of the submission's source.
    Static(StaticCase),
    /// A group in the group.
    Group(Group),
}

/// A look at the source of a submission that counts like a test case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaticCase {
    /// What the static validator is given.
    pub args: Vec<String>,
    /// What it is worth.
    pub score: CaseScore,
}

/// What follows the first child that is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnReject {
    /// The group ends there.
    #[default]
    Break,
    /// The rest is judged all the same.
    Continue,
}

/// Which of its children's verdicts is a group's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// The worst: JE, RTE, MLE, TLE, OLE, WA, in this order.
    #[default]
    WorstError,
    /// The first that is not AC.
    FirstError,
    /// Always AC.
    AlwaysAccept,
    /// AC where it is worth anything, else the first that is not.
    AcceptIfWorthy,
}

/// How a group's score is made of its children's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scores {
    /// There is none.
    #[default]
    None,
    /// All its points where every case is accepted, else none.
    PassFail,
    /// One number of many, within a range.
    Combined(Combine, Range),
    /// As DOMjudge does it: a group of cases of which no validator gave a score has these points, once, where every case is
    /// accepted. Otherwise one number of many.
    Once(Score, Combine),
    /// That of its last child: the secret data's counts, the samples' does not.
    OfLast,
}

/// How one number is made of many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Combine {
    /// All together.
    #[default]
    Sum,
    /// Their mean.
    Average,
    /// The smallest.
    Min,
    /// The largest.
    Max,
}

/// The scores that a package allows a group to have, both ends included. `None` is no bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Range {
    /// The least.
    pub least: Option<Score>,
    /// The most.
    pub most: Option<Score>,
}

impl Group {
    /// The same with one case only, and no score.
    pub(crate) fn only(&self, wanted: usize) -> Self {
        let child = |child: &Child| match child {
            Child::Case(case) => (*case == wanted).then_some(Child::Case(*case)),
            Child::Static(_) => None,
            Child::Group(group) => Some(group.only(wanted))
                .filter(|group| group.cases() > 0)
                .map(Child::Group),
        };
        Self {
            name: self.name.clone(),
            case_score: self.case_score,
            children: self.children.iter().filter_map(child).collect(),
            ..Self::default()
        }
    }

    /// How many cases there are in it.
    pub fn cases(&self) -> usize {
        let count = |child: &Child| match child {
            Child::Case(_) | Child::Static(_) => 1,
            Child::Group(group) => group.cases(),
        };
        self.children.iter().map(count).sum()
    }
}

impl Range {
    /// Whether a score is allowed. What adding up fractions may be off by is.
    pub fn has(self, score: Score) -> bool {
        self.least.is_none_or(|least| !least.exceeds(score))
            && self.most.is_none_or(|most| !score.exceeds(most))
    }
}
