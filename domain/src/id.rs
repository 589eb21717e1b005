//! Identifiers, parsed at the edge into types that cannot hold a wrong one.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Why a text is not an identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidId {
    /// Nothing, or only nothing, was given.
    #[error("must not be empty")]
    Empty,
    /// Longer than the kind of identifier allows.
    #[error("must have at most {max} characters, not {found}")]
    TooLong {
        /// The limit, in characters.
        max: usize,
        /// What was given, in characters.
        found: usize,
    },
    /// A character outside the identifier's alphabet.
    #[error("must consist of {allowed}, not {found:?}")]
    Character {
        /// The alphabet, in words.
        allowed: &'static str,
        /// The first character outside it.
        found: char,
    },
    /// A first or last character that the Contest API forbids there.
    #[error("must not begin with '-' or '.', nor end in '.'")]
    Edge,
    /// Not a UUID.
    #[error("must be a UUID")]
    NotUuid,
    /// Not 64 hexadecimal digits.
    #[error("must be 64 lower-case hexadecimal digits")]
    NotHash,
}

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new identifier: a UUID of version 7, so that identifiers sort by the time of their making.
            #[expect(clippy::new_without_default, reason = "a default that differs at each call would surprise")]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Uuid::try_parse(text).map(Self).map_err(|_| InvalidId::NotUuid)
            }
        }
    };
}

uuid_id!(
    /// Names a submission.
    SubmissionId
);
uuid_id!(
    /// Names a judgement.
    JudgementId
);
uuid_id!(
    /// Names one life of a worker process; a restarted worker is another one.
    WorkerId
);

uuid_id!(
    /// Names a verification of a problem's package.
    VerificationId
);
uuid_id!(
    /// Names a rejudge.
    RejudgeId
);

/// The Contest API's alphabet for identifiers.
fn is_api_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')
}

fn check(
    text: &str,
    max: usize,
    allowed: &'static str,
    is_allowed: fn(char) -> bool,
) -> Result<(), InvalidId> {
    if text.is_empty() {
        return Err(InvalidId::Empty);
    }
    let length = text.chars().count();
    if length > max {
        return Err(InvalidId::TooLong { max, found: length });
    }
    if let Some(found) = text.chars().find(|c| !is_allowed(*c)) {
        return Err(InvalidId::Character { allowed, found });
    }
    if text.starts_with(['-', '.']) || text.ends_with('.') {
        return Err(InvalidId::Edge);
    }
    Ok(())
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $max:expr, $allowed:expr, $is_allowed:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The longest identifier of this kind, in characters.
            pub const MAX: usize = $max;

            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                text.to_owned().try_into()
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                check(&text, Self::MAX, $allowed, $is_allowed)?;
                Ok(Self(text))
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }
    };
}

text_id!(
    /// Names a problem. The Contest API's rule for identifiers: at most 36 characters of `[A-Za-z0-9_.-]`.
    ProblemId,
    36,
    "ASCII letters, digits, '_', '.' and '-'",
    is_api_character
);
text_id!(
    /// Names a person or team. As the Contest API's, and longer, and with the characters of a mail address.
    UserId,
    64,
    "ASCII letters, digits, '_', '.', '-', '+' and '@'",
    |c| is_api_character(c) || matches!(c, '+' | '@')
);
text_id!(
    /// Names a language, by the code that the Contest API and Kattis use (`c`, `cpp`, `python3`, …).
    LanguageId,
    36,
    "ASCII letters, digits, '_', '.' and '-'",
    is_api_character
);

text_id!(
    /// Names what only some workers have: quiet cores, much memory, a device. A problem asks for one, and workers serve some.
    WorkerTag,
    36,
    "ASCII letters, digits, '_', '.' and '-'",
    is_api_character
);

impl Default for WorkerTag {
    /// `general`: nothing in particular.
    fn default() -> Self {
        Self("general".to_owned())
    }
}

impl LanguageId {
    /// Names what is no program: see [`Language::text`](crate::Language::text).
    pub fn text() -> Self {
        Self("text".to_owned())
    }
}

/// The content hash that names a package: BLAKE3 over its files, 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PackageHash(pub [u8; 32]);

impl fmt::Display for PackageHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for PackageHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PackageHash({self})")
    }
}

impl FromStr for PackageHash {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let digits = text.as_bytes();
        if digits.len() != 64 || !digits.iter().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(InvalidId::NotHash);
        }
        let mut hash = [0; 32];
        for (byte, pair) in hash.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = pair.iter().fold(0, |value, digit| {
                let nibble = if digit.is_ascii_digit() {
                    digit - b'0'
                } else {
                    digit - b'a' + 10
                };
                value << 4 | nibble
            });
        }
        Ok(Self(hash))
    }
}

impl TryFrom<String> for PackageHash {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, InvalidId> {
        text.parse()
    }
}

impl From<PackageHash> for String {
    fn from(hash: PackageHash) -> String {
        hash.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_problem(text: &str, expected: Result<(), InvalidId>) {
        assert_eq!(text.parse::<ProblemId>().map(|_| ()), expected, "{text:?}");
    }

    #[test]
    fn problem_ids_follow_the_contest_api() {
        check_problem("aplusb", Ok(()));
        check_problem("a.b-c_9", Ok(()));
        check_problem("", Err(InvalidId::Empty));
        check_problem(".git", Err(InvalidId::Edge));
        check_problem("-x", Err(InvalidId::Edge));
        check_problem("x.", Err(InvalidId::Edge));
        check_problem(&"x".repeat(36), Ok(()));
        check_problem(&"x".repeat(37), Err(InvalidId::TooLong { max: 36, found: 37 }));
        for found in ['/', ' ', '\0', 'é', '\n'] {
            let allowed = "ASCII letters, digits, '_', '.' and '-'";
            check_problem(
                &format!("a{found}b"),
                Err(InvalidId::Character { allowed, found }),
            );
        }
    }

    #[test]
    fn a_hash_reads_what_it_prints() {
        let hash = PackageHash(std::array::from_fn(|i| u8::try_from(i * 7 % 256).unwrap()));
        assert_eq!(hash.to_string().parse(), Ok(hash));
        assert_eq!("AB".repeat(32).parse::<PackageHash>(), Err(InvalidId::NotHash));
        assert_eq!("ab".repeat(31).parse::<PackageHash>(), Err(InvalidId::NotHash));
    }

    #[test]
    fn later_ids_sort_later() {
        let ids: Vec<_> = (0..100).map(|_| SubmissionId::new()).collect();
        assert!(ids.is_sorted());
    }
}
