//! Languages, as far as people outside a worker see them.

use serde::{Deserialize, Serialize};

use crate::LanguageId;

/// A language that a worker offers, or would offer if its tools were there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Language {
    /// The Contest API's and Kattis' code.
    pub id: LanguageId,
    /// For people, such as `C++`.
    pub name: String,
    /// Other names that a submission may use, such as `c++` or `python`.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// File name endings without the dot, the usual one first.
    pub extensions: Vec<String>,
    /// The version of the tool, as it prints it; `None` where it is missing.
    pub version: Option<String>,
    /// Why it cannot be used now; `None` where it can.
    pub unavailable: Option<String>,
}

impl Language {
    /// The language of what is submitted where no program is wanted, but the outputs themselves. No table has it, and every
    /// worker can judge it.
    pub fn text() -> Self {
        Self {
            id: LanguageId::text(),
            name: "Text".to_owned(),
            aliases: vec!["txt".to_owned(), "plain".to_owned()],
            extensions: ["txt", "out", "ans"].map(str::to_owned).to_vec(),
            version: None,
            unavailable: None,
        }
    }

    /// Whether a file's name has one of its endings.
    pub fn is_ending_of(&self, file: &str) -> bool {
        let ending = file.rsplit_once('.').map(|(_, ending)| ending);
        ending.is_some_and(|ending| self.extensions.iter().any(|known| known == ending))
    }

    /// Whether `name` means this language: its id, its name or an alias, in any case of letters.
    pub fn answers_to(&self, name: &str) -> bool {
        self.id.as_str().eq_ignore_ascii_case(name)
            || self.name.eq_ignore_ascii_case(name)
            || self.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(name))
    }
}
