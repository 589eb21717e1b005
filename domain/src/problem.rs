//! Problems, as far as people outside a package see them.

use serde::{Deserialize, Serialize};

use crate::{Band, Limits, PackageHash, ProblemId, Score, Timestamp, UserId, WorkerTag};

/// How a problem is judged. Values of the Kattis package format, version 2025-09.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProblemType {
    /// Accepted or not.
    PassFail,
    /// A score.
    Scoring,
    /// The program talks with a validator.
    Interactive,
    /// The program runs several times.
    MultiPass,
    /// What is submitted is the answer itself.
    SubmitAnswer,
}

/// A problem with its current package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProblemRecord {
    /// Its id.
    pub id: ProblemId,
    /// Its name, in English where there is one.
    pub name: String,
    /// How it is judged.
    pub types: Vec<ProblemType>,
    /// What a run may use.
    pub limits: Limits,
    /// The size of all submitted files together, in bytes.
    pub code_bytes: u64,
    /// Languages allowed; `None` for all.
    pub languages: Option<Vec<crate::LanguageId>>,
    /// How many test cases it has.
    pub test_cases: u32,
    /// The best score of a submission; `None` for a problem without scores, or without a bound to them.
    pub max_score: Option<Score>,
    /// What it is about, in its author's words.
    #[serde(default)]
    pub keywords: Vec<String>,
    /// The package that new submissions are judged with.
    pub package: PackageHash,
    /// Who uploaded it first.
    pub owner: UserId,
    /// Whether only its owner and administrators see it.
    #[serde(default)]
    pub is_hidden: bool,
    /// How urgent what is submitted to it is, trials apart; not [`Band::Bulk`].
    #[serde(default = "interactive")]
    pub band: Band,
    /// The workers that judge what is submitted to it from now on.
    #[serde(default)]
    pub tag: WorkerTag,
    /// When it was first uploaded.
    pub created_at: Timestamp,
    /// When its package was last replaced.
    pub updated_at: Timestamp,
}

const fn interactive() -> Band {
    Band::Interactive
}

impl ProblemRecord {
    /// Whether what is submitted to it are outputs, and no program.
    pub fn takes_answers(&self) -> bool {
        self.types.contains(&ProblemType::SubmitAnswer)
    }
}
