//! Events: who is told what about a judgement.

use serde::{Deserialize, Serialize};

use crate::{
    JudgementId, LanguageId, ProblemId, Progress, RecentRun, State, SubmissionId, SubmissionView, UserId,
    Verdict,
};

/// Orders the events of one judgement: of two, the one with the larger number is the newer truth.
///
/// `attempt · 2²⁴ + step`: step 0 is the claim, progress counts from 1, and the last two numbers are the hand-back and
/// the end. So a row of the store knows its own number, nothing has to be counted in the store, and an event of an
/// earlier attempt is older than the next attempt's claim. Fits into the 53 bits of a JSON number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sequence(pub u64);

impl Sequence {
    const STEPS: u64 = 1 << 24;

    /// The number of a row in that state.
    pub const fn of_row(state: State, attempt: u32) -> Self {
        let base = attempt as u64 * Self::STEPS;
        match state {
            State::Running => Self(base),
            State::Queued if attempt == 0 => Self(base),
            State::Queued => Self(base + Self::STEPS - 2),
            State::Done | State::Cancelled => Self(base + Self::STEPS - 1),
        }
    }

    /// The number of the `step`-th progress event (from 1) of an attempt.
    pub const fn of_progress(attempt: u32, step: u32) -> Self {
        let step = if (step as u64) < Self::STEPS - 2 {
            step as u64
        } else {
            Self::STEPS - 3
        };
        Self(attempt as u64 * Self::STEPS + step)
    }
}

/// What a worker is doing with a judgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Compiling the source.
    Compiling,
    /// Running test cases.
    Testing,
}

/// What is told about a judgement, whenever something changes: always the whole picture, never a difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Update {
    /// Orders the updates of a judgement.
    pub seq: Sequence,
    /// The submission.
    pub submission: SubmissionId,
    /// The judgement. Of two judgements of a submission, the one with the larger id is the newer.
    pub judgement: JudgementId,
    /// Whose submission it is.
    pub user: UserId,
    /// For which problem.
    pub problem: ProblemId,
    /// In which language.
    pub language: LanguageId,
    /// Where the judgement is in its life.
    pub state: State,
    /// What the worker does, while running.
    pub phase: Option<Phase>,
    /// What became of it, once done.
    pub verdict: Option<Verdict>,
    /// A sentence about the verdict.
    pub message: Option<String>,
    /// Whether it is a trial, which counts nowhere.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_trial: bool,
    /// Whether it was submitted in a contest.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_contest: bool,
    /// How far it has come.
    #[serde(flatten)]
    pub progress: Progress,
    /// The runs that ended last. None once it is done: then the store has all of them.
    #[serde(default)]
    pub recent: RecentRuns,
}

impl Update {
    /// Notes how far it has come since.
    pub fn advance(&mut self, progress: Progress) {
        self.progress = progress;
        if let Some(last) = progress.last {
            self.recent.add(last);
        }
    }
}

/// The runs that ended last, in order: enough of them that an update can be missed, and bounded.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RecentRuns(pub Vec<RecentRun>);

impl RecentRuns {
    /// How many there are at most.
    pub const MOST: usize = 32;

    /// Adds a run, unless it, or a later one, is known.
    fn add(&mut self, run: RecentRun) {
        if self.0.last().is_some_and(|known| known.ordinal >= run.ordinal) {
            return;
        }
        if self.0.len() == Self::MOST {
            self.0.remove(0);
        }
        self.0.push(run);
    }
}

impl From<&SubmissionView> for Update {
    /// The update that a reader of the row would have been told.
    fn from(view: &SubmissionView) -> Self {
        let judgement = &view.judgement;
        Self {
            seq: judgement.sequence(),
            submission: view.id,
            judgement: judgement.id,
            user: view.user.clone(),
            problem: view.problem.clone(),
            language: view.language.clone(),
            state: judgement.state,
            phase: None,
            verdict: judgement.verdict,
            message: judgement.message.clone(),
            is_trial: view.is_trial,
            is_contest: view.is_contest,
            progress: Progress {
                cases_done: judgement.cases_done,
                cases_total: judgement.cases_total,
                cpu_us: judgement.cpu_us.unwrap_or(0),
                memory_bytes: judgement.memory_bytes.unwrap_or(0),
                last: None,
            },
            recent: RecentRuns::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_life_is_told_in_order() {
        let life = [
            Sequence::of_row(State::Queued, 0),
            Sequence::of_row(State::Running, 1),
            Sequence::of_progress(1, 1),
            Sequence::of_progress(1, 2),
            Sequence::of_progress(1, u32::MAX),
            Sequence::of_row(State::Queued, 1),
            Sequence::of_row(State::Running, 2),
            Sequence::of_progress(2, 1),
            Sequence::of_row(State::Done, 2),
        ];
        assert!(life.is_sorted_by(|a, b| a < b), "{life:?}");
        assert!(Sequence::of_row(State::Done, u32::MAX).0 > 0);
    }

    #[test]
    fn an_update_tells_the_runs_that_ended_last() {
        let run = |ordinal| RecentRun {
            ordinal,
            sample: false,
            verdict: Verdict::Ac,
            cpu_us: 0,
            memory_bytes: 0,
        };
        let mut recent = RecentRuns::default();
        for ordinal in [1, 2, 2, 1, 3] {
            recent.add(run(ordinal));
        }
        assert_eq!(recent.0, [1, 2, 3].map(run), "each once");
        for ordinal in 4..=1000 {
            recent.add(run(ordinal));
        }
        assert_eq!(recent.0.len(), RecentRuns::MOST);
        assert_eq!(recent.0.last(), Some(&run(1000)));
        assert_eq!(serde_json::to_value(&recent).unwrap()[0]["ordinal"], 969);
    }

    #[test]
    fn numbers_stay_exact_in_json_for_any_sane_attempt() {
        assert!(Sequence::of_row(State::Done, 1 << 20).0 < 1 << 53);
    }
}
