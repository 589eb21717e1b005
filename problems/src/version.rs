//! The versions of the format, and what of each other's they read.

use std::fmt;

/// A version of the package format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Version {
    /// `legacy`, also where a package names none.
    Legacy,
    /// `legacy-icpc`, a part of `legacy`.
    LegacyIcpc,
    /// `2023-07` and `2023-07-draft`: never finished, and three different things in the wild. Each file is read as what it
    /// looks like.
    Draft,
    /// `2025-09`.
    Y2025M09,
}

impl Version {
    /// The version that `problem_format_version` names.
    pub(crate) fn of(text: &str) -> Option<Self> {
        Some(match text {
            "legacy" => Self::Legacy,
            "legacy-icpc" => Self::LegacyIcpc,
            "2023-07" | "2023-07-draft" => Self::Draft,
            "2025-09" => Self::Y2025M09,
            _ => return None,
        })
    }

    /// Whether what does not change a verdict is a warning at most. Only 2025-09 is read by the letter: packages of the
    /// others are older than this reader, and were made with tools that let much pass.
    pub(crate) const fn is_lenient(self) -> bool {
        !matches!(self, Self::Y2025M09)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Legacy => "legacy",
            Self::LegacyIcpc => "legacy-icpc",
            Self::Draft => "2023-07-draft",
            Self::Y2025M09 => "2025-09",
        })
    }
}
