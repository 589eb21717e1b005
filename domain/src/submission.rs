//! Submissions: what a person sent. They never change.

use serde::{Deserialize, Serialize};

use crate::{Judgement, LanguageId, PackageHash, ProblemId, SubmissionId, Timestamp, UserId, WorkerTag};

/// One submitted source file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceFile {
    /// A plain file name: no directory.
    pub name: String,
    /// Its text.
    pub content: String,
}

/// Why a source file is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSource {
    /// The package format's rule for file names.
    #[error(
        "a file name has 1 to 255 characters of ASCII letters, digits, '_', '.', '-' and '+', and begins with a letter, digit or '_'"
    )]
    Name,
    /// Nothing in it.
    #[error("the source is empty")]
    Empty,
    /// A NUL, which no language's source holds.
    #[error("the source has a NUL character at byte {0}")]
    Nul(usize),
}

impl SourceFile {
    /// Whether a file may have the name.
    pub fn is_name(name: &str) -> bool {
        let bytes = name.as_bytes();
        let first = bytes.first().copied().unwrap_or(b'.');
        bytes.len() <= 255
            && (first.is_ascii_alphanumeric() || first == b'_')
            && bytes
                .iter()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'.' | b'-' | b'+'))
    }

    /// Checks name and content.
    pub fn check(&self) -> Result<(), InvalidSource> {
        if !Self::is_name(&self.name) {
            return Err(InvalidSource::Name);
        }
        if self.content.trim().is_empty() {
            return Err(InvalidSource::Empty);
        }
        self.content
            .find('\0')
            .map_or(Ok(()), |at| Err(InvalidSource::Nul(at)))
    }
}

/// Who is served first. Within a band, it is first come, first served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Band {
    /// A running contest.
    Contest,
    /// A person waiting at a screen.
    Interactive,
    /// Rejudges and other work that nobody watches.
    Bulk,
}

impl Band {
    /// Every band, the most urgent first.
    pub const ALL: [Self; 3] = [Self::Contest, Self::Interactive, Self::Bulk];

    /// The band's number in the store and the queue; the lower, the more urgent.
    pub const fn rank(self) -> u8 {
        match self {
            Self::Contest => 0,
            Self::Interactive => 1,
            Self::Bulk => 2,
        }
    }

    /// Its name on the wire.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Contest => "contest",
            Self::Interactive => "interactive",
            Self::Bulk => "bulk",
        }
    }

    /// The band of that name.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|band| band.id() == id)
    }

    /// The band of that number.
    pub fn from_rank(rank: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|band| i64::from(band.rank()) == rank)
    }
}

/// What a person sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submission {
    /// Its id.
    pub id: SubmissionId,
    /// Who sent it.
    pub user: UserId,
    /// For which problem.
    pub problem: ProblemId,
    /// The package that was the problem's when it was sent.
    pub package: PackageHash,
    /// In which language.
    pub language: LanguageId,
    /// The source, at least one file.
    pub files: Vec<SourceFile>,
    /// With what it begins, a file or a class, where that was said.
    pub entry_point: Option<String>,
    /// How urgent it is.
    pub band: Band,
    /// The workers that may judge it.
    pub tag: WorkerTag,
    /// When it was accepted for judging.
    pub created_at: Timestamp,
    /// What it is merely tried on; `None` for one that counts.
    pub trial: Option<Trial>,
}

/// What a program is tried on, instead of the tests that give a verdict. A trial is judged like any submission, shows what the
/// program wrote, counts nowhere and is soon forgotten.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Trial {
    /// The problem's samples, all of them, whatever became of the ones before.
    Samples,
    /// An input of the submitter's own, for which no answer is known.
    Input(String),
    /// All of the problem's tests, to see whether the package is what it says of itself. Unlike other trials, it is kept, and
    /// is for those alone who may read the problem's secrets.
    Example(ExamplePart),
}

/// A part of a package that is compared with what the package says of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ExamplePart {
    /// The test data, by the package's validators.
    Data,
    /// The example submission of that path below `submissions/`.
    Submission(String),
}

/// A submission with its newest judgement: what most readers want, without the source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubmissionView {
    /// Its id.
    pub id: SubmissionId,
    /// Who sent it.
    pub user: UserId,
    /// For which problem.
    pub problem: ProblemId,
    /// In which language.
    pub language: LanguageId,
    /// When it was accepted for judging.
    pub created_at: Timestamp,
    /// Whether it is a trial.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_trial: bool,
    /// Whether it is that of an example of a package: see [`Trial::Example`].
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_example: bool,
    /// Whether it was submitted in a contest: see [`Band::Contest`].
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_contest: bool,
    /// Its newest judgement.
    pub judgement: Judgement,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, content: &str, expected: Result<(), InvalidSource>) {
        let file = SourceFile {
            name: name.into(),
            content: content.into(),
        };
        assert_eq!(file.check(), expected, "{name:?}");
    }

    #[test]
    fn names_that_attack_a_command_line_are_refused() {
        check("main.cpp", "int main(){}", Ok(()));
        for name in [
            "",
            ".",
            "..",
            "-o",
            "a/b.c",
            "../a",
            "a b",
            "a\0",
            "é.c",
            "a\n",
            "$(x)",
            &"x".repeat(256),
        ] {
            check(name, "x", Err(InvalidSource::Name));
        }
    }

    #[test]
    fn a_source_has_text() {
        check("a.c", " \n", Err(InvalidSource::Empty));
        check("a.c", "int\0", Err(InvalidSource::Nul(3)));
    }
}
