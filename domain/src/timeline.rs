//! How a worker came along with a judgement.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{Phase, Progress};

/// Cases of which a timeline tells one by one at most: who has more of them looks at how long they took, and not when.
pub const MOST_CASES: usize = 200;

/// Spans of one attempt, in microseconds since the worker had its claim, by the worker's own monotonic clock. What did not happen is
/// missing.
///
/// Points in time are the database's to say; so this has none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timeline {
    /// Until a slot was free for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_us: Option<u64>,
    /// How its program was made; only of what is compiled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compiled: Option<Compiled>,
    /// Until program and validators were ready, and the cases began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub testing_us: Option<u64>,
    /// Until the first case was judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_case_us: Option<u64>,
    /// Until one, two and more cases were judged: [`MOST_CASES`] of them at most. Where several are judged at once, that is not the order
    /// of their numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cases_us: Vec<u64>,
    /// Until the last case was judged that the verdict needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_case_us: Option<u64>,
    /// Until the verdict was known, and could be committed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub graded_us: Option<u64>,
}

/// How a program was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compiled {
    /// How long that took, in microseconds.
    pub took_us: u64,
    /// Whether it came from the cache: the same had been compiled before, or just was for another.
    pub was_cached: bool,
}

impl Timeline {
    /// One of which nothing is known.
    pub const UNKNOWN: Self = Self {
        started_us: None,
        compiled: None,
        testing_us: None,
        first_case_us: None,
        cases_us: Vec::new(),
        last_case_us: None,
        graded_us: None,
    };

    /// Whether nothing is known.
    pub fn is_unknown(&self) -> bool {
        *self == Self::UNKNOWN
    }

    /// Notes that judging has begun, so long after the claim.
    pub fn start(&mut self, after: Duration) {
        self.started_us = Some(micros(after));
    }

    /// Notes a step of the judging, so long after the claim.
    pub fn step(&mut self, phase: Phase, progress: Progress, after: Duration) {
        if phase != Phase::Testing {
            return;
        }
        let after = micros(after);
        if progress.cases_done == 0 {
            self.testing_us = Some(after);
        } else {
            self.first_case_us.get_or_insert(after);
            self.last_case_us = Some(after);
            let judged = usize::try_from(progress.cases_done).unwrap_or(MOST_CASES);
            let noted = self.cases_us.len().max(judged.min(MOST_CASES));
            self.cases_us.resize(noted, after);
        }
    }

    /// Notes that the verdict is known, so long after the claim, and how its program was made.
    pub fn end(&mut self, compiled: Option<Compiled>, after: Duration) {
        self.compiled = compiled;
        self.graded_us = Some(micros(after));
    }
}

impl Compiled {
    /// Of a span.
    pub fn within(took: Duration, was_cached: bool) -> Self {
        Self {
            took_us: micros(took),
            was_cached,
        }
    }
}

fn micros(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn done(cases_done: u32) -> Progress {
        Progress {
            cases_done,
            cases_total: 3,
            ..Progress::default()
        }
    }

    #[test]
    fn steps_become_spans() {
        let mut timeline = Timeline::UNKNOWN;
        let after = Duration::from_micros;
        timeline.start(after(1));
        timeline.step(Phase::Compiling, done(0), after(2));
        timeline.step(Phase::Testing, done(0), after(30));
        // Two may be judged between two steps.
        for (case, at) in [(1, 40), (3, 60)] {
            timeline.step(Phase::Testing, done(case), after(at));
        }
        timeline.end(Some(Compiled::within(after(27), false)), after(61));
        let expected = Timeline {
            started_us: Some(1),
            compiled: Some(Compiled {
                took_us: 27,
                was_cached: false,
            }),
            testing_us: Some(30),
            first_case_us: Some(40),
            cases_us: vec![40, 60, 60],
            last_case_us: Some(60),
            graded_us: Some(61),
        };
        assert_eq!(timeline, expected);
        timeline.step(Phase::Testing, done(100_000), after(70));
        assert_eq!(timeline.cases_us.len(), MOST_CASES);
        assert_eq!(timeline.last_case_us, Some(70));
    }
}
