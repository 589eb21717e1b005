//! The globs of `submissions.yaml`: `*` stands for anything within one name, `{a,b}` for each of its words, and what
//! matches a directory matches everything below it. There is neither `**` nor `[…]`.

/// More words than this from one glob's braces are nobody's intention.
const MOST_WORDS: usize = 1000;

/// Longer than a glob is, in bytes; bounds how deep braces are in each other, too.
const LONGEST: usize = 1024;

/// A glob, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Glob {
    /// Without braces, as names with stars.
    alternatives: Vec<Vec<String>>,
}

/// Why a text is no glob.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadGlob {
    #[error("is not a path: it is empty, begins with a slash, or has two in a row")]
    Path,
    #[error("has braces that do not match")]
    Braces,
    #[error("stands for more than {MOST_WORDS} paths")]
    TooMany,
    #[error("has more than {LONGEST} bytes")]
    TooLong,
    #[error("has ** or brackets, which these globs do not have")]
    Unknown,
}

impl Glob {
    /// Reads a glob. What names a directory may end with a slash.
    pub(crate) fn parse(text: &str) -> Result<Self, BadGlob> {
        let text = text.strip_suffix('/').unwrap_or(text);
        if text.len() > LONGEST {
            return Err(BadGlob::TooLong);
        }
        if text.contains("**") || text.contains(['[', ']']) {
            return Err(BadGlob::Unknown);
        }
        let mut words = Vec::new();
        expand(text, &mut words)?;
        let mut alternatives = Vec::new();
        for word in words {
            let names: Vec<String> = word.split('/').map(str::to_owned).collect();
            if names.iter().any(String::is_empty) {
                return Err(BadGlob::Path);
            }
            alternatives.push(names);
        }
        Ok(Self { alternatives })
    }

    /// Whether a path, or a directory that it is in, matches.
    pub(crate) fn matches(&self, path: &str) -> bool {
        let path: Vec<&str> = path.split('/').collect();
        self.alternatives.iter().any(|names| {
            names.len() <= path.len()
                && names
                    .iter()
                    .zip(&path)
                    .all(|(glob, name)| matches_name(glob, name))
        })
    }
}

/// Writes out the first pair of braces, and so on.
fn expand(text: &str, words: &mut Vec<String>) -> Result<(), BadGlob> {
    let Some(open) = text.find('{') else {
        if text.contains('}') {
            return Err(BadGlob::Braces);
        }
        if words.len() == MOST_WORDS {
            return Err(BadGlob::TooMany);
        }
        words.push(text.to_owned());
        return Ok(());
    };
    let (before, rest) = (&text[..open], &text[open + 1..]);
    if before.contains('}') {
        return Err(BadGlob::Braces);
    }
    let (mut depth, mut begin, mut choices) = (0, 0, Vec::new());
    for (at, c) in rest.char_indices() {
        match (c, depth) {
            ('{', _) => depth += 1,
            ('}', 0) => {
                choices.push(&rest[begin..at]);
                for choice in choices {
                    expand(&format!("{before}{choice}{}", &rest[at + 1..]), words)?;
                }
                return Ok(());
            }
            ('}', _) => depth -= 1,
            (',', 0) => {
                choices.push(&rest[begin..at]);
                begin = at + 1;
            }
            _ => {}
        }
    }
    Err(BadGlob::Braces)
}

/// Stars match greedily from the left; only the last one has ever to be moved.
fn matches_name(glob: &str, name: &str) -> bool {
    let mut parts = glob.split('*');
    let Some(mut rest) = parts.next().and_then(|first| name.strip_prefix(first)) else {
        return false;
    };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty(); // No star at all.
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(glob: &str, path: &str, expected: bool) {
        assert_eq!(
            Glob::parse(glob).unwrap().matches(path),
            expected,
            "{glob} {path}"
        );
    }

    #[test]
    fn globs_match_whole_paths() {
        check("accepted", "accepted/a.c", true);
        check("accepted/a.c", "accepted/a.c", true);
        check("accepted/a", "accepted/a.c", false);
        check("a.c", "accepted/a.c", false);
        check("*/a.c", "accepted/a.c", true);
        check("*", "accepted/a.c", true);
        check("*.c", "accepted/a.c", false);
        check("accepted/*.c", "accepted/a.c", true);
        check("accepted/*.c", "accepted/x/a.c", false);
        check("accepted/a/b", "accepted/a", false);
        check("acc*ed/a*", "accepted/a.c", true);
        check("*c*p*d", "accepted", true);
        check("a*a", "a", false);
        check("a*", "a", true);
        check("a*b*c", "abbc", true);
        check("accepted/", "accepted/a.c", true);
        check("accepted/a/", "accepted/a.c", false);
        check("a*bc*c", "abc", false);
    }

    #[test]
    fn braces_stand_for_each_of_their_words() {
        check("{accepted,wrong_answer}/a.{c,py}", "wrong_answer/a.py", true);
        check("{accepted,wrong_answer}/a.{c,py}", "rejected/a.py", false);
        check("a{b,c{d,e}}f", "acef", true);
        check("a{b,c{d,e}}f", "abf", true);
        check("a{b,c{d,e}}f", "acf", false);
        check("a{,b}", "a", true);
        check("{accepted/a,wrong_answer/b}.c", "wrong_answer/b.c", true);
    }

    #[test]
    fn what_is_no_glob_is_refused() {
        for (glob, expected) in [
            ("", BadGlob::Path),
            ("/a", BadGlob::Path),
            ("a//b", BadGlob::Path),
            ("/", BadGlob::Path),
            ("a//", BadGlob::Path),
            ("a{b", BadGlob::Braces),
            ("a}b{", BadGlob::Braces),
            ("a}", BadGlob::Braces),
            ("a{b,{c}", BadGlob::Braces),
            ("**/a", BadGlob::Unknown),
            ("[ab]", BadGlob::Unknown),
            (&"{a,b}".repeat(10), BadGlob::TooMany),
            (&"{".repeat(100_000), BadGlob::TooLong),
        ] {
            assert_eq!(Glob::parse(glob), Err(expected), "{glob}");
        }
    }
}
