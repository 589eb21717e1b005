//! What is different between two sources, line by line.

use std::time::Duration;

use domain::SourceFile;
use similar::{ChangeTag, TextDiff};

/// Longer sources are not compared, in bytes of both together.
const LONGEST: usize = 512 << 10;

/// How long one comparison may look for the smallest difference; what it has not found by then is told as it is.
const PATIENCE: Duration = Duration::from_millis(200);

/// Equal lines that are shown around what is different.
const AROUND: usize = 3;

/// Lines that are shown of one file.
const MOST_LINES: usize = 3000;

/// What is shown of a line, in characters.
const LINE: usize = 500;

/// What became of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    Same,
    Removed,
    Added,
}

/// A line of either source, or of both.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) change: Change,
    /// Its number in the first source, and in the second; from 1.
    pub(crate) before: Option<usize>,
    pub(crate) after: Option<usize>,
    pub(crate) text: String,
}

impl Line {
    pub(crate) fn class(&self) -> &'static str {
        match self.change {
            Change::Same => "same",
            Change::Removed => "removed",
            Change::Added => "added",
        }
    }

    /// A sign that can be told apart without colour.
    pub(crate) fn sign(&self) -> &'static str {
        match self.change {
            Change::Same => " ",
            Change::Removed => "−",
            Change::Added => "+",
        }
    }
}

/// How two files differ.
#[derive(Debug)]
pub(crate) struct FileDifference {
    /// The file's name; both, where it has another one.
    pub(crate) name: String,
    /// Stretches of lines with something different in them; between them all is equal.
    pub(crate) stretches: Vec<Vec<Line>>,
    pub(crate) is_too_long: bool,
    /// There is more than is shown.
    pub(crate) is_cut: bool,
}

impl FileDifference {
    pub(crate) fn is_equal(&self) -> bool {
        self.stretches.is_empty() && !self.is_too_long
    }
}

/// How the files of two sources differ: those of the same name, or the only two.
pub(crate) fn between(before: &[SourceFile], after: &[SourceFile]) -> Vec<FileDifference> {
    if let ([one], [other]) = (before, after) {
        let name = if one.name == other.name {
            one.name.clone()
        } else {
            format!("{} → {}", one.name, other.name)
        };
        return vec![of_file(name, &one.content, &other.content)];
    }
    let content = |files: &[SourceFile], name: &str| {
        let found = files.iter().find(|file| file.name == name);
        found.map_or_else(String::new, |file| file.content.clone())
    };
    let is_new = |file: &&SourceFile| before.iter().all(|known| known.name != file.name);
    let names = before
        .iter()
        .chain(after.iter().filter(is_new))
        .map(|file| &file.name);
    names
        .map(|name| of_file(name.clone(), &content(before, name), &content(after, name)))
        .collect()
}

fn of_file(name: String, before: &str, after: &str) -> FileDifference {
    let mut difference = FileDifference {
        name,
        stretches: Vec::new(),
        is_too_long: before.len() + after.len() > LONGEST,
        is_cut: false,
    };
    if difference.is_too_long {
        return difference;
    }
    let diff = TextDiff::configure().timeout(PATIENCE).diff_lines(before, after);
    let mut left = MOST_LINES;
    for group in diff.grouped_ops(AROUND) {
        let changes = group.iter().flat_map(|op| diff.iter_changes(op));
        let mut stretch = Vec::new();
        for change in changes {
            if left == 0 {
                difference.is_cut = true;
                break;
            }
            left -= 1;
            stretch.push(Line {
                change: match change.tag() {
                    ChangeTag::Equal => Change::Same,
                    ChangeTag::Delete => Change::Removed,
                    ChangeTag::Insert => Change::Added,
                },
                before: change.old_index().map(|at| at + 1),
                after: change.new_index().map(|at| at + 1),
                text: cut(change.value()),
            });
        }
        if !stretch.is_empty() {
            difference.stretches.push(stretch);
        }
    }
    difference
}

/// The beginning of a line, without its end.
fn cut(line: &str) -> String {
    let line = line.trim_end_matches(['\n', '\r']);
    match line.char_indices().nth(LINE) {
        Some((at, _)) => format!("{} …", &line[..at]),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, content: &str) -> SourceFile {
        SourceFile {
            name: name.to_owned(),
            content: content.to_owned(),
        }
    }

    fn told(difference: &FileDifference) -> Vec<String> {
        let lines = difference.stretches.iter().flatten();
        lines
            .map(|line| format!("{}{}", line.sign(), line.text))
            .collect()
    }

    #[test]
    fn lines_are_removed_added_or_equal() {
        let before = (1..=20).fold(String::new(), |text, n| text + &format!("line {n}\n"));
        let after = before
            .replace("line 3\n", "line three\n")
            .replace("line 18\n", "");
        let found = between(&[file("a.py", &before)], &[file("b.py", &after)]);
        assert_eq!(found[0].name, "a.py → b.py");
        assert_eq!(found[0].stretches.len(), 2, "what is equal between is left out");
        assert_eq!(
            told(&found[0]),
            [
                " line 1",
                " line 2",
                "−line 3",
                "+line three",
                " line 4",
                " line 5",
                " line 6",
                " line 15",
                " line 16",
                " line 17",
                "−line 18",
                " line 19",
                " line 20"
            ]
        );
        let first = &found[0].stretches[0][3];
        assert_eq!((first.before, first.after), (None, Some(3)));
        assert!(between(&[file("a", &before)], &[file("a", &before)])[0].is_equal());
    }

    #[test]
    fn files_are_compared_by_name() {
        let found = between(
            &[file("a", "1\n"), file("b", "2\n")],
            &[file("b", "2\n"), file("c", "3\n")],
        );
        let names: Vec<_> = found
            .iter()
            .map(|file| (file.name.as_str(), told(file)))
            .collect();
        assert_eq!(
            names,
            [
                ("a", vec!["−1".to_owned()]),
                ("b", vec![]),
                ("c", vec!["+3".to_owned()])
            ]
        );
    }

    #[test]
    fn what_is_long_is_bounded() {
        let long = "x".repeat(LONGEST);
        assert!(between(&[file("a", &long)], &[file("a", "y")])[0].is_too_long);
        // Nothing in common, and very much of it: the search ends in time.
        let before = (0..20_000).fold(String::new(), |text, n| text + &format!("{}\n", n % 7));
        let after = (0..20_000).fold(String::new(), |text, n| text + &format!("{}\n", n * 31 % 11 + 3));
        let found = between(&[file("a", &before)], &[file("a", &after)]);
        assert!(found[0].is_cut);
        assert_eq!(found[0].stretches.iter().map(Vec::len).sum::<usize>(), MOST_LINES);
        let found = between(&[file("a", "")], &[file("a", &"é".repeat(LINE + 1))]);
        assert_eq!(found[0].stretches[0][0].text.chars().count(), LINE + 2);
    }
}
