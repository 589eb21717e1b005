//! Goes through a source once and tells its words apart.

use std::collections::HashSet;

use super::dialect::{Dialect, Quote};
use super::{Kind, Piece};

/// A scanner of one text.
#[derive(Debug)]
pub(super) struct Scan<'t> {
    text: &'t str,
    dialect: &'static Dialect,
    keywords: HashSet<&'static str>,
    types: HashSet<&'static str>,
    /// How far it has come.
    at: usize,
    /// Where what is nothing in particular began.
    plain: usize,
    pieces: Vec<Piece<'t>>,
}

impl<'t> Scan<'t> {
    pub(super) fn new(text: &'t str, dialect: &'static Dialect) -> Self {
        let words = |lists: &'static [&'static str]| {
            lists
                .iter()
                .flat_map(|list| list.split_ascii_whitespace())
                .collect()
        };
        Self {
            text,
            dialect,
            keywords: words(dialect.keywords),
            types: words(dialect.types),
            at: 0,
            plain: 0,
            pieces: Vec::new(),
        }
    }

    /// All of the text, in pieces.
    pub(super) fn pieces(mut self) -> Vec<Piece<'t>> {
        while let Some(first) = self.rest().chars().next() {
            match self.next(first) {
                Some((kind, length)) => self.push(kind, length.max(first.len_utf8())),
                None => self.at += first.len_utf8(),
            }
        }
        self.push(Kind::Plain, 0);
        self.pieces
    }

    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    /// Ends what was plain, and adds a piece.
    fn push(&mut self, kind: Kind, length: usize) {
        if self.plain < self.at {
            let text = &self.text[self.plain..self.at];
            self.pieces.push(Piece {
                kind: Kind::Plain,
                text,
            });
        }
        let end = (self.at + length).min(self.text.len());
        if self.at < end {
            let text = &self.text[self.at..end];
            self.pieces.push(Piece { kind, text });
        }
        self.at = end;
        self.plain = end;
    }

    /// What begins here and how long it is; `None` for one character that is nothing in particular.
    fn next(&self, first: char) -> Option<(Kind, usize)> {
        if first.is_whitespace() {
            return None;
        }
        if self.dialect.directive == Some(first) && self.begins_line() {
            return Some((Kind::Directive, self.directive()));
        }
        if let Some(length) = self.comment() {
            return Some((Kind::Comment, length));
        }
        if let Some(length) = self.quoted() {
            return Some((Kind::Text, length));
        }
        if first.is_ascii_digit() {
            return Some((Kind::Number, number(self.rest())));
        }
        if self.is_of_word(first) {
            return Some(self.word());
        }
        None
    }

    fn before(&self) -> Option<char> {
        self.text[..self.at].chars().next_back()
    }

    fn begins_line(&self) -> bool {
        let before = &self.text[..self.at];
        let line = before.rsplit('\n').next().unwrap_or(before);
        line.trim().is_empty()
    }

    /// `#include`, `# define`: the sign and its word.
    fn directive(&self) -> usize {
        let rest = self.rest();
        let space = rest[1..].len() - rest[1..].trim_start_matches([' ', '\t']).len();
        let word = rest[1 + space..].find(|c: char| !c.is_ascii_alphabetic());
        1 + space + word.unwrap_or(rest.len() - 1 - space)
    }

    fn comment(&self) -> Option<usize> {
        let rest = self.rest();
        let begun = |blocks: &'static [(&'static str, &'static str)]| {
            blocks.iter().find(|(open, _)| rest.starts_with(open)).copied()
        };
        if let Some((open, close)) = begun(self.dialect.blocks) {
            let inner = &rest[open.len()..];
            let end = inner.find(close).map(|at| open.len() + at + close.len());
            return Some(end.unwrap_or(rest.len()));
        }
        if let Some((open, close)) = begun(self.dialect.nested_blocks) {
            return Some(nested_block(rest, open, close));
        }
        let is_apart = !self.dialect.comments_stand_apart
            || self
                .before()
                .is_none_or(|before| before.is_whitespace() || before == ';');
        (is_apart && self.dialect.lines.iter().any(|sign| rest.starts_with(*sign))).then(|| line_length(rest))
    }

    fn quoted(&self) -> Option<usize> {
        let rest = self.rest();
        let quote = self
            .dialect
            .quotes
            .iter()
            .find(|quote| rest.starts_with(quote.open))?;
        if quote.holds_one_character {
            return one_character(rest);
        }
        let transposes =
            |before: char| self.is_of_word(before) || matches!(before, ')' | ']' | '}' | '.' | '\'');
        if self.dialect.transposes && quote.open == "'" && self.before().is_some_and(transposes) {
            return None;
        }
        Some(quoted(rest, quote))
    }

    fn is_of_word(&self, c: char) -> bool {
        c.is_alphanumeric() || c == '_' || self.dialect.word_signs.contains(c)
    }

    fn word(&self) -> (Kind, usize) {
        let rest = self.rest();
        let length = rest.find(|c: char| !self.is_of_word(c)).unwrap_or(rest.len());
        let word = &rest[..length];
        let lower;
        let word = if self.dialect.ignores_case {
            lower = word.to_ascii_lowercase();
            &lower
        } else {
            word
        };
        let kind = if self.keywords.contains(word) {
            Kind::Keyword
        } else if self.types.contains(word) {
            Kind::Type
        } else {
            Kind::Plain
        };
        (kind, length)
    }
}

/// To the end of a block that may have blocks in it.
fn nested_block(text: &str, open: &str, close: &str) -> usize {
    let mut depth = 1_usize;
    let mut at = open.len();
    while let Some(first) = text[at..].chars().next() {
        let here = &text[at..];
        if here.starts_with(close) {
            at += close.len();
            depth -= 1;
            if depth == 0 {
                return at;
            }
        } else if here.starts_with(open) {
            at += open.len();
            depth += 1;
        } else {
            at += first.len_utf8();
        }
    }
    text.len()
}

fn line_length(text: &str) -> usize {
    text.find('\n').unwrap_or(text.len())
}

/// The length of `'x'` or `'\n'`; a sign that is not that is no quote: a lifetime, an attribute, a variable of types.
fn one_character(text: &str) -> Option<usize> {
    let inner = &text[1..];
    let mut characters = inner.char_indices();
    let (_, first) = characters.next()?;
    if first == '\\' {
        let line = &inner[..line_length(inner)];
        let end = line.char_indices().skip(2).take(10).find(|(_, c)| *c == '\'')?;
        return Some(end.0 + 2);
    }
    let (at, second) = characters.next()?;
    (second == '\'' && first != '\'' && first != '\n').then_some(at + 2)
}

fn quoted(text: &str, quote: &Quote) -> usize {
    let mut at = quote.open.len();
    while let Some(c) = text[at..].chars().next() {
        let here = &text[at..];
        if quote.escape == Some(c) {
            at += c.len_utf8();
            at += text[at..].chars().next().map_or(0, char::len_utf8);
        } else if here.starts_with(quote.close) {
            at += quote.close.len();
            // Twice the sign stands for one of them.
            if !(quote.doubles && text[at..].starts_with(quote.close)) {
                return at;
            }
            at += quote.close.len();
        } else if c == '\n' && !quote.spans_lines {
            return at;
        } else {
            at += c.len_utf8();
        }
    }
    text.len()
}

/// The length of a number: with its base, its exponent and what tells its type; but not over the dots of a range.
fn number(text: &str) -> usize {
    let bytes = text.as_bytes();
    let is_in_base = text.starts_with("0x") || text.starts_with("0X");
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let next = bytes.get(at + 1);
        let is_exponent = !is_in_base && matches!(byte, b'e' | b'E');
        if is_exponent
            && matches!(next, Some(b'+' | b'-'))
            && bytes.get(at + 2).is_some_and(u8::is_ascii_digit)
        {
            at += 2;
        } else if byte.is_ascii_alphanumeric()
            || byte == b'_'
            || byte == b'.' && next.is_some_and(u8::is_ascii_digit)
        {
            at += 1;
        } else {
            break;
        }
    }
    at
}
