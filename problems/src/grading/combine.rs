//! One verdict and one score of many.

use domain::{Score, Verdict};

use super::{Combine, Group, Mode, Scores};

/// What became of a child of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Graded {
    /// `None` where it was not judged.
    pub(super) verdict: Option<Verdict>,
    pub(super) score: Score,
    /// Whether every case in it is accepted.
    pub(super) is_passed: bool,
    /// Whether a validator gave a score to any case in it.
    pub(super) is_given: bool,
    /// Whether it is a group itself.
    pub(super) is_group: bool,
}

impl Group {
    /// The verdict of its children's, where its own score is `score`.
    pub(super) fn verdict_of(&self, children: &[Graded], score: Score) -> Verdict {
        let verdicts = || children.iter().filter_map(|child| child.verdict);
        if verdicts().any(|verdict| verdict == Verdict::Je) {
            return Verdict::Je;
        }
        if self.accept_if_any_accepted && verdicts().any(Verdict::is_accepted) {
            return Verdict::Ac;
        }
        let mut errors = verdicts().filter(|verdict| !verdict.is_accepted());
        let error = match self.mode {
            Mode::WorstError => errors.min_by_key(|verdict| rank(*verdict)),
            Mode::AcceptIfWorthy if score > Score::ZERO => None,
            Mode::FirstError | Mode::AcceptIfWorthy => errors.next(),
            Mode::AlwaysAccept => None,
        };
        error.unwrap_or(Verdict::Ac)
    }

    /// The points of its children's; `None` for a group without a score. They can be too many for a number.
    pub(super) fn points_of(&self, children: &[Graded]) -> Option<f64> {
        let is_passed = children.iter().all(|child| child.is_passed);
        let if_passed = |points: Score| if is_passed { points.points() } else { 0.0 };
        let has_scores = || children.iter().any(|child| child.is_group || child.is_given);
        match self.scores {
            Scores::None => None,
            Scores::PassFail => Some(if_passed(self.max_score.unwrap_or_default())),
            Scores::Combined(combine, _) => Some(combine.of(children)),
            Scores::Once(_, combine) if has_scores() => Some(combine.of(children)),
            Scores::Once(points, _) => Some(if_passed(points)),
            Scores::OfLast => Some(children.last().map_or(0.0, |child| child.score.points())),
        }
    }
}

impl Combine {
    fn of(self, children: &[Graded]) -> f64 {
        let points = || children.iter().map(|child| child.score.points());
        match self {
            Self::Sum => points().sum(),
            #[expect(clippy::cast_precision_loss, reason = "nobody has 2^53 test cases")]
            Self::Average => points().sum::<f64>() / children.len().max(1) as f64,
            Self::Min => points().reduce(f64::min).unwrap_or_default(),
            Self::Max => points().reduce(f64::max).unwrap_or_default(),
        }
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
