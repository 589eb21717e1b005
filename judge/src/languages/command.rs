//! Command lines as arrays of words with placeholders. There is no shell anywhere, so nothing needs quoting.

/// Stands for the file to begin with.
const SOURCE: &str = "{source}";
/// Stands for the file to begin with, without its ending: what a compiler makes of `main.ts` is `{stem}.js`.
const STEM: &str = "{stem}";
/// Stands for all files with one of the language's endings; always a word of its own.
const SOURCES: &str = "{sources}";
/// Stands for what [`super::Entry`] finds: the main class.
pub(crate) const MAIN: &str = "{main}";
/// Stands for the memory limit of a run, in MiB.
pub(crate) const MEMORY: &str = "{memory_mib}";
/// Stands for the same with what the language is given beyond it.
pub(crate) const WHOLE: &str = "{whole_mib}";
/// Stands for the stack of a thread that may be as large as the memory limit, in MiB, where a run-time takes such a number.
pub(crate) const STACK: &str = "{stack_mib}";
/// Stands for the place of what the language has prepared. Words with it are left out where that is nothing.
pub(crate) const PREPARED: &str = "{prepared}";

/// Puts the place of what was prepared into words, or leaves out those that want it.
pub(crate) fn with_prepared(words: &[String], place: Option<&str>) -> Vec<String> {
    let fill = |word: &String| match place {
        Some(place) => Some(word.replace(PREPARED, place)),
        None if word.contains(PREPARED) => None,
        None => Some(word.clone()),
    };
    words.iter().filter_map(fill).collect()
}

/// What a command line is made of; checked, so that filling it in cannot fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Command {
    words: Vec<Word>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Word {
    /// As it stands, but for `{source}` and `{stem}`.
    Text(String),
    /// One word for each source.
    Sources,
}

/// The submitted files, as far as a command line needs them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Names<'a> {
    /// The file to begin with.
    pub(crate) source: &'a str,
    /// All files with one of the language's endings.
    pub(crate) sources: &'a [&'a str],
}

impl Command {
    /// Checks the words; `may_begin` says whether a program may be the first, `later` which placeholders are filled in by
    /// others, when more is known.
    pub(crate) fn new(
        words: &[String],
        may_begin: impl Fn(&str) -> bool,
        later: &[&str],
    ) -> Result<Self, String> {
        let Some(program) = words.first() else {
            return Err("must have at least one word, the program".to_owned());
        };
        if !may_begin(program) {
            return Err(format!(
                "begins with {program:?}, which is neither the program of one of the tools nor ./ and an output"
            ));
        }
        let words = words
            .iter()
            .map(|word| Word::new(word, later))
            .collect::<Result<_, _>>()?;
        Ok(Self { words })
    }

    /// For people: what is between the words of a shell is left out, and a word of several lines is cut.
    pub(crate) fn shown(&self) -> String {
        let words = self.words.iter().map(|word| match word {
            Word::Text(text) if text.contains('\n') => "…".to_owned(),
            Word::Text(text) => text.clone(),
            Word::Sources => SOURCES.to_owned(),
        });
        format!("`{}`", words.collect::<Vec<_>>().join(" "))
    }

    /// Whether it matters to it with which file to begin.
    pub(crate) fn begins_somewhere(&self) -> bool {
        let mut words = self.words.iter();
        words.any(|word| matches!(word, Word::Text(text) if text.contains(SOURCE) || text.contains(STEM)))
    }

    /// The program and its arguments.
    pub(crate) fn fill(&self, names: Names<'_>) -> Vec<String> {
        let stem = names
            .source
            .rsplit_once('.')
            .map_or(names.source, |(stem, _)| stem);
        let mut filled = Vec::with_capacity(self.words.len() + names.sources.len());
        for word in &self.words {
            match word {
                Word::Text(text) => {
                    filled.push(text.replace(SOURCE, names.source).replace(STEM, stem));
                }
                Word::Sources => filled.extend(names.sources.iter().map(|name| (*name).to_owned())),
            }
        }
        filled
    }
}

impl Word {
    fn new(word: &str, later: &[&str]) -> Result<Self, String> {
        if word.contains('\0') {
            return Err("has a NUL character in a word".to_owned());
        }
        if word == SOURCES {
            return Ok(Self::Sources);
        }
        match placeholders(word).find(|found| ![SOURCE, STEM].contains(found) && !later.contains(found)) {
            Some(SOURCES) => Err(format!(
                "{SOURCES} must be a word of its own, not part of {word:?}"
            )),
            Some(other) => Err(format!(
                "unknown placeholder {other}; there are {SOURCE}, {STEM} and {SOURCES}"
            )),
            None => Ok(Self::Text(word.to_owned())),
        }
    }
}

/// What looks like a placeholder: lower-case letters and `_` between braces. Other braces are plain text.
fn placeholders(word: &str) -> impl Iterator<Item = &str> {
    word.match_indices('{').filter_map(move |(at, _)| {
        let rest = word.get(at..)?;
        let end = rest.find('}')?;
        let name = rest.get(1..end)?;
        let is_name = !name.is_empty() && name.bytes().all(|c| c.is_ascii_lowercase() || c == b'_');
        if is_name { rest.get(..=end) } else { None }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(words: &[&str], expected: Result<&[&str], &str>) {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let names = Names {
            source: "a.c",
            sources: &["a.c", "b.c"],
        };
        let filled =
            Command::new(&words, |program| program == "cc", &[MEMORY]).map(|command| command.fill(names));
        let filled = filled
            .as_ref()
            .map(|words| words.iter().map(String::as_str).collect::<Vec<_>>());
        match (filled, expected) {
            (Ok(found), Ok(expected)) => assert_eq!(found, expected, "{words:?}"),
            (Err(found), Err(expected)) => assert!(found.contains(expected), "{words:?}: {found}"),
            (found, expected) => panic!("{words:?}: {found:?} instead of {expected:?}"),
        }
    }

    #[test]
    fn words_that_want_what_is_not_prepared_are_left_out() {
        let words = ["cc", "-I{prepared}", "a.c"].map(str::to_owned);
        assert_eq!(with_prepared(&words, None), ["cc", "a.c"]);
        assert_eq!(with_prepared(&words, Some("/x/y")), ["cc", "-I/x/y", "a.c"]);
    }

    #[test]
    fn commands_are_checked_and_filled_in() {
        check(&["cc", "{sources}", "-lm"], Ok(&["cc", "a.c", "b.c", "-lm"]));
        check(&["cc", "{source}"], Ok(&["cc", "a.c"]));
        check(&["cc", "--main={source}"], Ok(&["cc", "--main=a.c"]));
        check(
            &["cc", "{ 1 }", "{}", "{", "{X}", "}{"],
            Ok(&["cc", "{ 1 }", "{}", "{", "{X}", "}{"]),
        );
        check(&[], Err("at least one word"));
        check(&["sh", "-c", "x"], Err("\"sh\""));
        check(&["{source}"], Err("\"{source}\""));
        check(&["cc", "-Xmx{memory_mib}m"], Ok(&["cc", "-Xmx{memory_mib}m"]));
        check(&["cc", "{main}"], Err("unknown placeholder {main}"));
        check(&["cc", "{outputs}"], Err("unknown placeholder {outputs}"));
        check(&["cc", "{x{source}"], Ok(&["cc", "{xa.c"]));
        check(&["cc", "-I{sources}"], Err("a word of its own"));
        check(&["cc", "a\0b"], Err("NUL"));
    }
}
