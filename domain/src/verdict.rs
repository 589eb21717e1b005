//! Verdicts: what became of a run or a judgement.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What became of a run or a judgement, by the judgement-type ids of the ICPC Contest API.
///
/// There is no bare `RE`: the Contest API reads it as "rejected" and most judges as "runtime error".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Verdict {
    /// Accepted.
    Ac,
    /// Wrong answer.
    Wa,
    /// Time limit exceeded (CPU or wall).
    Tle,
    /// Memory limit exceeded.
    Mle,
    /// Output limit exceeded.
    Ole,
    /// Runtime error: a signal or a non-zero exit code.
    Rte,
    /// Compile error.
    Ce,
    /// Judging error: the problem's or the system's fault, never the submitter's.
    Je,
}

impl Verdict {
    /// Every verdict.
    pub const ALL: [Self; 8] = [
        Self::Ac,
        Self::Wa,
        Self::Tle,
        Self::Mle,
        Self::Ole,
        Self::Rte,
        Self::Ce,
        Self::Je,
    ];

    /// The Contest API's id, such as `AC`.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Ac => "AC",
            Self::Wa => "WA",
            Self::Tle => "TLE",
            Self::Mle => "MLE",
            Self::Ole => "OLE",
            Self::Rte => "RTE",
            Self::Ce => "CE",
            Self::Je => "JE",
        }
    }

    /// The verdict in words, such as "time limit exceeded".
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ac => "accepted",
            Self::Wa => "wrong answer",
            Self::Tle => "time limit exceeded",
            Self::Mle => "memory limit exceeded",
            Self::Ole => "output limit exceeded",
            Self::Rte => "runtime error",
            Self::Ce => "compile error",
            Self::Je => "judging error",
        }
    }

    /// Whether the submission solves the problem.
    pub const fn is_accepted(self) -> bool {
        matches!(self, Self::Ac)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.id())
    }
}

/// A text that is no verdict's id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a verdict")]
pub struct UnknownVerdict(String);

impl FromStr for Verdict {
    type Err = UnknownVerdict;

    fn from_str(text: &str) -> Result<Self, UnknownVerdict> {
        Self::ALL
            .into_iter()
            .find(|verdict| verdict.id() == text)
            .ok_or_else(|| UnknownVerdict(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verdict_reads_what_it_prints() {
        for verdict in Verdict::ALL {
            assert_eq!(verdict.id().parse(), Ok(verdict));
            assert_eq!(
                serde_json::to_string(&verdict).unwrap(),
                format!("\"{}\"", verdict.id())
            );
        }
        assert!("RE".parse::<Verdict>().is_err());
    }
}
