//! Which languages come first where they take turns: those that most submissions are written in.
//!
//! By what public judges tell of their submissions; only what is popular needs a place, and compilers that take long are not
//! ahead of those that most people wait for.

use domain::LanguageId;

const POPULAR: [&str; 17] = [
    "cpp",
    "python3",
    "java",
    "c",
    "pypy3",
    "cpp17",
    "javascript",
    "csharp",
    "go",
    "rust",
    "kotlin",
    "typescript",
    "ruby",
    "php",
    "pascal",
    "haskell",
    "scala",
];

/// Less comes first. All that are not popular have the same place.
pub(super) fn rank(id: &LanguageId) -> usize {
    let place = POPULAR.iter().position(|popular| *popular == id.as_str());
    place.unwrap_or(POPULAR.len())
}

#[cfg(test)]
mod tests {
    use super::super::Languages;
    use super::*;

    #[test]
    fn all_that_is_popular_is_in_the_table_and_comes_first() {
        let table = Languages::builtin();
        let ordered: Vec<_> = table
            .by_popularity()
            .map(|definition| definition.id.as_str())
            .collect();
        assert_eq!(ordered[..POPULAR.len()], POPULAR);
        assert_eq!(ordered.len(), table.definitions().count());
        assert!(ordered[POPULAR.len()..].is_sorted());
    }
}
