//! The life of a judgement.
//!
//! ```text
//!             claim                    commit, give_up
//!   queued ──────────► running ──────────────────────────► done
//!     ▲ │                │  │ ▲                              ▲
//!     │ │                │  └─┘ claim (lease expired)        │
//!     │ └────────────────┼─────── give_up ───────────────────┘
//!     │     hand_back    │
//!     └──────────────────┘
//!     queued or running ── cancel ──► cancelled
//! ```
//!
//! The rules stand here once; the store's conditional updates are the same rules in SQL, and its tests walk this table.

use serde::{Deserialize, Serialize};

/// Where a judgement is in its life. Apart from its verdict: only a done judgement has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Waiting for a worker.
    Queued,
    /// A worker holds a lease on it.
    Running,
    /// It has its verdict; nothing changes any more.
    Done,
    /// Given up on request before it had a verdict; nothing changes any more.
    Cancelled,
}

/// What can happen to a judgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A worker takes it, for the length of a lease.
    Claim {
        /// Whether an earlier lease, if there was one, has run out.
        expired: bool,
    },
    /// The worker that holds the lease writes the verdict.
    Commit,
    /// The worker hands it back, or the sweeper takes it back from a worker that went silent.
    HandBack,
    /// The attempts are used up: it ends with a judging error.
    GiveUp,
    /// Somebody with the right to do so cancels it.
    Cancel,
}

/// A step that the state does not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a judgement that is {from:?} allows no {step:?}")]
pub struct IllegalStep {
    /// The state it was in.
    pub from: State,
    /// What was asked.
    pub step: Step,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Queued, Self::Running, Self::Done, Self::Cancelled];

    /// The state's id on the wire and in the store.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Done => "done",
            Self::Cancelled => "cancelled",
        }
    }

    /// The state of that id.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.id() == id)
    }

    /// Whether nothing can change any more.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Done | Self::Cancelled)
    }

    /// The one place where the state of a judgement moves.
    pub const fn after(self, step: Step) -> Result<Self, IllegalStep> {
        match (self, step) {
            (Self::Queued, Step::Claim { .. }) | (Self::Running, Step::Claim { expired: true }) => {
                Ok(Self::Running)
            }
            (Self::Running, Step::Commit) | (Self::Queued | Self::Running, Step::GiveUp) => Ok(Self::Done),
            (Self::Running, Step::HandBack) => Ok(Self::Queued),
            (Self::Queued | Self::Running, Step::Cancel) => Ok(Self::Cancelled),
            (from, step) => Err(IllegalStep { from, step }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn final_states_allow_nothing() {
        let steps = [
            Step::Claim { expired: false },
            Step::Claim { expired: true },
            Step::Commit,
            Step::HandBack,
            Step::GiveUp,
            Step::Cancel,
        ];
        for from in State::ALL.into_iter().filter(|state| state.is_final()) {
            for step in steps {
                assert_eq!(from.after(step), Err(IllegalStep { from, step }));
            }
        }
    }

    #[test]
    fn a_live_lease_is_not_claimed() {
        assert!(State::Running.after(Step::Claim { expired: false }).is_err());
        assert_eq!(
            State::Running.after(Step::Claim { expired: true }),
            Ok(State::Running)
        );
        assert_eq!(
            State::Queued.after(Step::Claim { expired: false }),
            Ok(State::Running)
        );
    }

    #[test]
    fn only_a_running_judgement_commits() {
        assert!(State::Queued.after(Step::Commit).is_err());
        assert_eq!(State::Running.after(Step::Commit), Ok(State::Done));
    }

    #[test]
    fn ids_read_back() {
        for state in State::ALL {
            assert_eq!(State::from_id(state.id()), Some(state));
        }
        assert_eq!(State::from_id("pending"), None);
    }
}
