//! Blame: whose failure a failure is.

use serde::{Deserialize, Serialize};

/// Whose failure a failure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Blame {
    /// The submitter's: becomes a verdict.
    Submitter,
    /// The problem's (a package that contradicts itself, a checker that crashes): becomes `JE`, and its owner is told.
    Problem,
    /// The system's (no memory for the sandbox, the database away): tried again elsewhere, never a contestant's verdict.
    System,
}

impl Blame {
    /// The id on the wire and in the store.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Submitter => "submitter",
            Self::Problem => "problem",
            Self::System => "system",
        }
    }

    /// The blame of that id.
    pub fn from_id(id: &str) -> Option<Self> {
        [Self::Submitter, Self::Problem, Self::System]
            .into_iter()
            .find(|blame| blame.id() == id)
    }

    /// Whether trying again elsewhere can help.
    pub const fn is_worth_a_retry(self) -> bool {
        matches!(self, Self::System)
    }
}

/// A failure with its owner and one sentence for whoever has to act on it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Fault {
    /// Whose failure it is.
    pub blame: Blame,
    /// One sentence; for a submitter's fault it may be shown to the submitter.
    pub reason: String,
}

impl Fault {
    /// A failure of the submitter.
    pub fn submitter(reason: impl Into<String>) -> Self {
        Self {
            blame: Blame::Submitter,
            reason: reason.into(),
        }
    }

    /// A failure of the problem.
    pub fn problem(reason: impl Into<String>) -> Self {
        Self {
            blame: Blame::Problem,
            reason: reason.into(),
        }
    }

    /// A failure of the system.
    pub fn system(reason: impl Into<String>) -> Self {
        Self {
            blame: Blame::System,
            reason: reason.into(),
        }
    }
}
