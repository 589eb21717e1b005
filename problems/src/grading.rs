//! From the verdicts of cases to the verdict of all: test groups, and in which order they are judged.
//!
//! A [`Group`] is plain data, read from the package. A [`Grading`] walks through it: it says which case is next, takes its
//! verdict, leaves out what nobody needs any more, and has the verdict of all in the end.

use domain::Verdict;

/// A directory of test cases that is graded as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Group {
    /// What follows the first child that is not accepted.
    pub on_reject: OnReject,
    /// Which of its children's verdicts is its own.
    pub mode: Mode,
    /// Whether one accepted child is enough.
    pub accept_if_any_accepted: bool,
    /// What is in it, in the order of judging.
    pub children: Vec<Child>,
}

/// A part of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Child {
    /// A test case, by its place in the package's list.
    Case(usize),
    /// A group in the group.
    Group(Group),
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
}

impl Group {
    /// How many cases there are in it.
    pub fn cases(&self) -> usize {
        let count = |child: &Child| match child {
            Child::Case(_) => 1,
            Child::Group(group) => group.cases(),
        };
        self.children.iter().map(count).sum()
    }

    fn verdict(&self, verdicts: &[Verdict]) -> Verdict {
        if verdicts.contains(&Verdict::Je) {
            return Verdict::Je;
        }
        if self.accept_if_any_accepted && verdicts.contains(&Verdict::Ac) {
            return Verdict::Ac;
        }
        let mut errors = verdicts.iter().copied().filter(|verdict| !verdict.is_accepted());
        let error = match self.mode {
            Mode::WorstError => errors.min_by_key(|verdict| rank(*verdict)),
            Mode::FirstError => errors.next(),
            Mode::AlwaysAccept => None,
        };
        error.unwrap_or(Verdict::Ac)
    }
}

/// The worse, the smaller.
const fn rank(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Je => 0,
        Verdict::Ce => 1,
        Verdict::Rte => 2,
        Verdict::Mle => 3,
        Verdict::Tle => 4,
        Verdict::Ole => 5,
        Verdict::Wa => 6,
        Verdict::Ac => 7,
    }
}

/// The way through a group.
#[derive(Debug)]
pub struct Grading<'a> {
    /// The groups that we are inside of, the innermost last.
    stack: Vec<Frame<'a>>,
    verdict: Option<Verdict>,
}

#[derive(Debug)]
struct Frame<'a> {
    group: &'a Group,
    next: usize,
    verdicts: Vec<Verdict>,
}

impl<'a> Grading<'a> {
    /// At the beginning.
    pub fn new(group: &'a Group) -> Self {
        Self {
            stack: vec![Frame::new(group)],
            verdict: None,
        }
    }

    /// The case to be judged next; `None` at the end. Its verdict is to be recorded before the next one is asked for.
    pub fn next_case(&mut self) -> Option<usize> {
        while let Some(frame) = self.stack.last_mut() {
            let Some(child) = frame.group.children.get(frame.next) else {
                self.leave();
                continue;
            };
            frame.next += 1;
            match child {
                Child::Case(case) => return Some(*case),
                Child::Group(group) => self.stack.push(Frame::new(group)),
            }
        }
        None
    }

    /// The verdict of the case that was next.
    pub fn record(&mut self, verdict: Verdict) {
        if let Some(frame) = self.stack.last_mut() {
            frame.verdicts.push(verdict);
            if !verdict.is_accepted() && frame.group.on_reject == OnReject::Break {
                frame.next = frame.group.children.len();
            }
        }
    }

    /// The verdict of all, at the end.
    pub fn verdict(&self) -> Option<Verdict> {
        self.verdict
    }

    fn leave(&mut self) {
        if let Some(frame) = self.stack.pop() {
            let verdict = frame.group.verdict(&frame.verdicts);
            if self.stack.is_empty() {
                self.verdict = Some(verdict);
            }
            self.record(verdict);
        }
    }
}

impl<'a> Frame<'a> {
    const fn new(group: &'a Group) -> Self {
        Self {
            group,
            next: 0,
            verdicts: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Verdict::{Ac, Je, Ole, Rte, Tle, Wa};

    fn group(on_reject: OnReject, mode: Mode, children: Vec<Child>) -> Group {
        Group {
            on_reject,
            mode,
            children,
            ..Group::default()
        }
    }

    fn cases(range: std::ops::Range<usize>) -> Vec<Child> {
        range.map(Child::Case).collect()
    }

    /// `verdicts` are those of the cases by number; gives the cases that were judged and the verdict of all.
    fn grade(group: &Group, verdicts: &[Verdict]) -> (Vec<usize>, Verdict) {
        let mut grading = Grading::new(group);
        let mut judged = Vec::new();
        while let Some(case) = grading.next_case() {
            assert_eq!(grading.verdict(), None);
            judged.push(case);
            grading.record(verdicts[case]);
        }
        (judged, grading.verdict().unwrap())
    }

    #[test]
    fn a_group_has_one_verdict_of_many() {
        use Mode::{AlwaysAccept, FirstError, WorstError};
        use OnReject::{Break, Continue};
        for (on_reject, mode, verdicts, judged, expected) in [
            (Break, WorstError, &[][..], 0, Ac),
            (Break, WorstError, &[Ac, Ac], 2, Ac),
            (Break, WorstError, &[Ac, Wa, Rte], 2, Wa),
            (Continue, WorstError, &[Ac, Wa, Rte], 3, Rte),
            (Continue, WorstError, &[Wa, Tle, Ole], 3, Tle),
            (Continue, WorstError, &[Wa, Ole, Ac], 3, Ole),
            (Continue, FirstError, &[Ac, Wa, Rte], 3, Wa),
            (Continue, AlwaysAccept, &[Wa, Rte], 2, Ac),
            (Break, AlwaysAccept, &[Wa, Rte], 1, Ac),
            (Continue, AlwaysAccept, &[Je, Ac], 2, Je),
        ] {
            let group = group(on_reject, mode, cases(0..verdicts.len()));
            let (found, verdict) = grade(&group, verdicts);
            assert_eq!(found.len(), judged, "{group:?} {verdicts:?}");
            assert_eq!(verdict, expected, "{group:?} {verdicts:?}");
        }
    }

    #[test]
    fn groups_are_children_like_cases() {
        let subtask = |range| Child::Group(group(OnReject::Break, Mode::WorstError, cases(range)));
        let mut all = group(
            OnReject::Continue,
            Mode::FirstError,
            vec![subtask(0..2), subtask(2..4), Child::Case(4)],
        );
        assert_eq!(all.cases(), 5);
        assert_eq!(grade(&all, &[Wa, Ac, Ac, Tle, Ac]), (vec![0, 2, 3, 4], Wa));
        all.accept_if_any_accepted = true;
        assert_eq!(grade(&all, &[Wa, Ac, Ac, Tle, Ac]), (vec![0, 2, 3, 4], Ac));
        assert_eq!(grade(&all, &[Wa, Ac, Ac, Tle, Rte]).1, Wa);
        all.on_reject = OnReject::Break;
        assert_eq!(grade(&all, &[Wa, Ac, Ac, Tle, Ac]), (vec![0], Wa));
        let empty = group(
            OnReject::Break,
            Mode::WorstError,
            vec![Child::Group(Group::default())],
        );
        assert_eq!(grade(&empty, &[]), (vec![], Ac));
    }
}
