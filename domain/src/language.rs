//! Languages, as far as people outside a worker see them.

use serde::{Deserialize, Serialize};

use crate::{LanguageId, SourceFile};

/// A language that a worker offers, or would offer if its tools were there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
    /// Whether it is still to be tried out. What is submitted in it waits meanwhile.
    #[serde(default, skip_serializing_if = "is_false")]
    pub is_untried: bool,
    /// What there is to know for those who write in it; `None` where it is the same as everywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guide: Option<Box<Guide>>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "what serde calls")]
fn is_false(value: &bool) -> bool {
    !value
}

/// What there is to know of a language for those who write in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guide {
    /// One sentence: where a program begins.
    pub entry_rule: String,
    /// What a submission may name to begin with; `None` where there is no choice.
    pub entry_point: Option<EntryPoint>,
    /// A program that prints `Hello, World!`.
    pub hello: Option<String>,
    /// What it changes in a problem's limits.
    pub adjustments: Adjustments,
}

/// What a submission may name to begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EntryPoint {
    /// One of its files.
    File,
    /// A class with a main method.
    Class,
}

/// What a language changes in a problem's limits, to be fair to its run-time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Adjustments {
    /// CPU and wall-clock time are multiplied by it; 1 or more.
    pub time_factor: f64,
    /// Memory beyond the problem's limit, in bytes.
    pub extra_memory_bytes: u64,
    /// Processes and threads beyond the problem's limit.
    pub extra_processes: u32,
    /// Why; empty where nothing is changed.
    pub reason: String,
}

impl EntryPoint {
    /// Checks what a submission with these files names as its entry point. The error completes "must be".
    pub fn check(self, name: &str, files: &[SourceFile]) -> Result<(), String> {
        const LONGEST: usize = 255;
        match self {
            Self::File if files.iter().any(|file| file.name == name) => Ok(()),
            Self::File => {
                let names: Vec<&str> = files.iter().take(10).map(|file| &*file.name).collect();
                Err(format!("one of the submitted files: {}", names.join(", ")))
            }
            Self::Class if name.len() <= LONGEST && name.split('.').all(is_identifier) => Ok(()),
            Self::Class => Err("the name of a class, such as Main or some.place.Main".to_owned()),
        }
    }
}

/// As the Java Language Specification has it (3.8), all letters of the world included.
fn is_identifier(name: &str) -> bool {
    let is_first = |c: char| c.is_alphabetic() || c == '_' || c == '$';
    name.starts_with(is_first) && name.chars().all(|c| is_first(c) || c.is_numeric())
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
            is_untried: false,
            guide: None,
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

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: EntryPoint, name: &str, is_fine: bool) {
        let file = |name: &str| SourceFile {
            name: name.to_owned(),
            content: "x".to_owned(),
        };
        let files = [file("a.py"), file("b.py")];
        assert_eq!(kind.check(name, &files).is_ok(), is_fine, "{name:?}");
    }

    #[test]
    fn an_entry_point_is_one_of_the_files_or_the_name_of_a_class() {
        use EntryPoint::{Class, File};
        for (name, is_fine) in [("a.py", true), ("a", false), ("", false), ("c.py", false)] {
            check(File, name, is_fine);
        }
        for name in ["Main", "some.place.Main", "Été", "_x$1"] {
            check(Class, name, true);
        }
        for name in [
            "",
            ".",
            "a..b",
            "1a",
            "a b",
            "-cp",
            "a/b",
            "a;b",
            "a\0",
            &"x".repeat(256),
        ] {
            check(Class, name, false);
        }
    }
}
