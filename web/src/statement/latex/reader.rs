//! LaTeX in pieces: text, commands, groups, formulas, environments. Never further than the end of what was given.

/// A piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// Words, as printed.
    Text(&'a str),
    /// An empty line.
    Paragraph,
    /// A command's name, without the backslash.
    Command(&'a str),
    /// What is between braces.
    Group(&'a str),
    /// A formula, without what is around it.
    Formula { text: &'a str, is_display: bool },
    /// An environment and what is in it.
    Environment { name: &'a str, body: &'a str },
}

/// Reads a text piece by piece.
#[derive(Debug, Clone)]
pub(super) struct Reader<'a> {
    rest: &'a str,
}

/// What is written otherwise than it is printed; the longer first.
const PRINTED: [(&str, &str); 8] = [
    ("---", "—"),
    ("--", "–"),
    ("``", "“"),
    ("''", "”"),
    ("`", "‘"),
    ("'", "’"),
    ("~", "\u{a0}"),
    ("-", "-"),
];

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { rest: text }
    }

    pub(super) fn rest(self) -> &'a str {
        self.rest
    }

    /// The next piece, until there is none.
    pub(super) fn next_token(&mut self) -> Option<Token<'a>> {
        loop {
            let first = self.rest.chars().next()?;
            match first {
                '%' => self.skip_comment(),
                '}' => self.rest = &self.rest[1..],
                '{' => return Some(Token::Group(self.argument())),
                '$' => return Some(self.dollars()),
                '\\' => return Some(self.backslash()),
                c if c.is_whitespace() => return Some(self.space()),
                _ => return Some(self.text()),
            }
        }
    }

    /// The next argument: a group, or one character or command; empty where there is none.
    pub(super) fn argument(&mut self) -> &'a str {
        self.rest = self.rest.trim_start();
        if let Some(inner) = self.rest.strip_prefix('{') {
            let end = closing(inner, '{', '}');
            self.rest = inner.get(end + 1..).unwrap_or_default();
            return &inner[..end];
        }
        let end = if let Some(name) = self.rest.strip_prefix('\\') {
            1 + name_length(name)
        } else {
            self.rest.chars().next().map_or(0, char::len_utf8)
        };
        let (argument, rest) = self.rest.split_at(end);
        self.rest = rest;
        argument
    }

    /// What is between brackets, where they come next.
    pub(super) fn option(&mut self) -> Option<&'a str> {
        let inner = self.rest.trim_start().strip_prefix('[')?;
        let end = closing(inner, '[', ']');
        self.rest = inner.get(end + 1..).unwrap_or_default();
        Some(&inner[..end])
    }

    /// What is between two of the same character, as `\verb` has it.
    pub(super) fn verbatim_argument(&mut self) -> &'a str {
        let Some(mark) = self.rest.chars().next() else {
            return "";
        };
        if mark == '{' {
            return self.argument();
        }
        let inner = &self.rest[mark.len_utf8()..];
        let end = inner.find(mark).unwrap_or(inner.len());
        self.rest = inner.get(end + mark.len_utf8()..).unwrap_or_default();
        &inner[..end]
    }

    fn skip_comment(&mut self) {
        let end = self.rest.find('\n').map_or(self.rest.len(), |end| end + 1);
        self.rest = self.rest[end..].trim_start_matches([' ', '\t']);
    }

    fn space(&mut self) -> Token<'a> {
        let after = self.rest.trim_start();
        let space = &self.rest[..self.rest.len() - after.len()];
        self.rest = after;
        if space.matches('\n').count() > 1 {
            Token::Paragraph
        } else {
            Token::Text(" ")
        }
    }

    fn text(&mut self) -> Token<'a> {
        for (written, printed) in PRINTED {
            if let Some(rest) = self.rest.strip_prefix(written) {
                self.rest = rest;
                return Token::Text(printed);
            }
        }
        let is_special = |c: char| c.is_whitespace() || "%{}$\\-`'~".contains(c);
        let end = self.rest.find(is_special).unwrap_or(self.rest.len());
        let (text, rest) = self.rest.split_at(end);
        self.rest = rest;
        Token::Text(text)
    }

    fn dollars(&mut self) -> Token<'a> {
        let mark = if self.rest.starts_with("$$") { "$$" } else { "$" };
        self.rest = &self.rest[mark.len()..];
        self.formula(mark, mark == "$$")
    }

    /// A formula up to a mark that no backslash stands before.
    fn formula(&mut self, mark: &str, is_display: bool) -> Token<'a> {
        let is_end = |at: usize| mark.starts_with('\\') || !is_escaped(self.rest, at);
        let end = self
            .rest
            .match_indices(mark)
            .map(|(at, _)| at)
            .find(|at| is_end(*at));
        let end = end.unwrap_or(self.rest.len());
        let text = &self.rest[..end];
        self.rest = self.rest.get(end + mark.len()..).unwrap_or_default();
        Token::Formula { text, is_display }
    }

    fn backslash(&mut self) -> Token<'a> {
        let after = &self.rest[1..];
        for (open, close, is_display) in [("(", "\\)", false), ("[", "\\]", true)] {
            if let Some(rest) = after.strip_prefix(open) {
                self.rest = rest;
                return self.formula(close, is_display);
            }
        }
        let length = name_length(after);
        let (name, rest) = after.split_at(length);
        let is_word = name.starts_with(|c: char| c.is_ascii_alphabetic());
        self.rest = if is_word && !rest.starts_with("\n\n") {
            rest.trim_start_matches([' ', '\t'])
        } else {
            rest
        };
        if name == "begin" {
            return self.environment();
        }
        if name == "end" {
            self.argument(); // of nothing that began here
            return Token::Text("");
        }
        Token::Command(name)
    }

    fn environment(&mut self) -> Token<'a> {
        let name = self.argument();
        let (open, close) = (format!("\\begin{{{name}}}"), format!("\\end{{{name}}}"));
        let (mut depth, mut at) = (1_usize, 0);
        while let Some(found) = self.rest[at..].find('\\').map(|found| at + found) {
            let here = &self.rest[found..];
            if here.starts_with(&close) {
                depth -= 1;
                if depth == 0 {
                    let body = &self.rest[..found];
                    self.rest = &self.rest[found + close.len()..];
                    return Token::Environment { name, body };
                }
            } else if here.starts_with(&open) {
                depth += 1;
            }
            at = found + 1;
        }
        let body = std::mem::take(&mut self.rest);
        Token::Environment { name, body }
    }
}

/// How long a command's name is: letters and perhaps a star, or one character.
fn name_length(after: &str) -> usize {
    let letters = after.bytes().take_while(u8::is_ascii_alphabetic).count();
    match letters {
        0 => after.chars().next().map_or(0, char::len_utf8),
        letters if after[letters..].starts_with('*') => letters + 1,
        letters => letters,
    }
}

/// Where what was opened before `text` is closed; its end, where it is not.
fn closing(text: &str, open: char, close: char) -> usize {
    let mut depth = 0_usize;
    let mut is_escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            c if c == open => depth += 1,
            c if c == close && depth == 0 => return at,
            c if c == close => depth -= 1,
            _ => {}
        }
    }
    text.len()
}

fn is_escaped(text: &str, at: usize) -> bool {
    text[..at].bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1
}

/// The parts of a text between a separator, but for those within braces and environments.
pub(super) fn split<'a>(text: &'a str, separator: &str) -> Vec<&'a str> {
    let mut parts = Vec::new();
    let (mut depth, mut begin, mut at) = (0_usize, 0, 0);
    while at < text.len() {
        let rest = &text[at..];
        let is_word = separator.ends_with(|c: char| c.is_ascii_alphabetic());
        let goes_on = |rest: &str| rest[separator.len()..].starts_with(|c: char| c.is_ascii_alphabetic());
        let step = if depth == 0 && rest.starts_with(separator) && !(is_word && goes_on(rest)) {
            parts.push(&text[begin..at]);
            begin = at + separator.len();
            separator.len()
        } else if rest.starts_with("\\begin{") {
            depth += 1;
            6 // The braces around the name are counted on their own, and cancel out.
        } else if rest.starts_with("\\end{") {
            depth = depth.saturating_sub(1);
            4
        } else if let Some(after) = rest.strip_prefix('\\') {
            1 + after.chars().next().map_or(0, char::len_utf8)
        } else {
            match rest.as_bytes().first() {
                Some(b'{') => depth += 1,
                Some(b'}') => depth = depth.saturating_sub(1),
                _ => {}
            }
            rest.chars().next().map_or(1, char::len_utf8)
        };
        at += step;
    }
    parts.push(&text[begin.min(text.len())..]);
    parts
}

/// The items of a list.
pub(super) fn items(body: &str) -> Vec<&str> {
    split(body, "\\item").into_iter().skip(1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_within_something_else_separate_nothing() {
        assert_eq!(split("a & {b & c} & \\& d", "&"), ["a ", " {b & c} ", " \\& d"]);
        assert_eq!(split("a \\\\ \\begin{x} b \\\\ c \\end{x}", "\\\\").len(), 2);
        assert_eq!(items("\\item a \\itemsep \\item{b}"), [" a \\itemsep ", "{b}"]);
    }

    #[test]
    fn whatever_is_not_closed_ends_with_the_text() {
        for text in [
            "{",
            "}",
            "$",
            "$$",
            "\\",
            "\\begin",
            "\\begin{",
            "\\begin{a",
            "\\begin{a}",
            "\\(",
            "\\[é",
            "\\verb",
            "[",
            "\\end{",
            "%",
            "\\é",
        ] {
            let mut reader = Reader::new(text);
            let mut count = 0;
            while reader.next_token().is_some() {
                reader.option();
                count += 1;
                assert!(count < 10, "{text:?}");
            }
        }
    }
}
