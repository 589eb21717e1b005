//! Sources as they are shown: in lines, and coloured by what stands in them.
//!
//! The words of a language are told apart by a scanner that goes through the text once, with what `dialect` knows of the language.
//! That is less than a grammar knows, and enough to read by; and its cost grows with the length of the text alone, whatever
//! the text says. The engines of grammars take patterns that backtrack, and megabytes of tables that a first page would wait for.

mod dialect;
mod scan;

use dialect::Dialect;
use scan::Scan;

/// A longer source is shown plain, in bytes.
const LONGEST: usize = 100 << 10;

/// A source with more lines is shown plain.
const MOST_LINES: usize = 4000;

/// A source with a longer line is shown plain, in bytes: nobody wrote it by hand.
const LONGEST_LINE: usize = 2000;

/// What a piece of a source is. Its class in the stylesheet is named by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nothing in particular.
    Plain,
    /// A word of the language.
    Keyword,
    /// A type or a constant that the language brings.
    Type,
    /// Text in quotes.
    Text,
    /// A number.
    Number,
    /// A comment.
    Comment,
    /// An instruction to what reads the source first.
    Directive,
}

/// A piece of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Piece<'t> {
    pub(crate) kind: Kind,
    pub(crate) text: &'t str,
}

impl Piece<'_> {
    /// Its class in the stylesheet; empty where it needs none.
    pub(crate) fn class(&self) -> &'static str {
        match self.kind {
            Kind::Plain => "",
            Kind::Keyword => "k",
            Kind::Type => "t",
            Kind::Text => "s",
            Kind::Number => "n",
            Kind::Comment => "c",
            Kind::Directive => "d",
        }
    }
}

/// A source as it is shown.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Listing<'t> {
    /// Line by line, each with its pieces, without their line ends.
    Lines(Vec<Vec<Piece<'t>>>),
    /// As it is: it is too long, or a line of it is.
    Plain(&'t str),
}

/// A source file in that language, as it is shown.
pub(crate) fn listing<'t>(language: &str, name: &str, text: &'t str) -> Listing<'t> {
    let is_sane = text.len() <= LONGEST
        && text.lines().take(MOST_LINES + 1).count() <= MOST_LINES
        && text.lines().all(|line| line.len() <= LONGEST_LINE);
    if !is_sane {
        return Listing::Plain(text);
    }
    let pieces = match Dialect::of(language, name) {
        Some(dialect) => Scan::new(text, dialect).pieces(),
        None => vec![Piece {
            kind: Kind::Plain,
            text,
        }],
    };
    Listing::Lines(in_lines(pieces))
}

/// The pieces line by line; one that goes over several is in each of them.
fn in_lines(pieces: Vec<Piece<'_>>) -> Vec<Vec<Piece<'_>>> {
    let mut lines = vec![Vec::new()];
    for Piece { kind, text } in pieces {
        for (at, part) in text.split('\n').enumerate() {
            if at > 0 {
                lines.push(Vec::new());
            }
            let part = part.strip_suffix('\r').unwrap_or(part);
            if let (false, Some(line)) = (part.is_empty(), lines.last_mut()) {
                line.push(Piece { kind, text: part });
            }
        }
    }
    // A text ends with its last line's end, and no line begins there.
    if lines.last().is_some_and(Vec::is_empty) {
        lines.pop();
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pieces that are something, as `CLASS:TEXT`, a space between two.
    fn check(name: &str, text: &str, expected: &str) {
        check_in("", name, text, expected);
    }

    fn check_in(language: &str, name: &str, text: &str, expected: &str) {
        let Listing::Lines(lines) = listing(language, name, text) else {
            panic!("{text:?} is shown plain");
        };
        let whole: Vec<String> = lines
            .iter()
            .map(|line| line.iter().map(|piece| piece.text).collect())
            .collect();
        let lines_of_text: Vec<&str> = text.lines().collect();
        assert_eq!(whole, lines_of_text, "what is shown is what was sent");
        let told: Vec<String> = lines
            .iter()
            .flatten()
            .filter(|piece| piece.kind != Kind::Plain)
            .map(|piece| format!("{}:{}", piece.class(), piece.text))
            .collect();
        assert_eq!(told.join(" "), expected, "{text:?}");
    }

    #[test]
    fn words_are_told_apart() {
        check(
            "a.py",
            "def f(x): # no 'text'\n    return 'it''s' + \"#\" * 0x1F",
            "k:def c:# no 'text' k:return s:'it' s:'s' s:\"#\" n:0x1F",
        );
        check(
            "a.py",
            "x = \"\"\"one\ntwo\"\"\" if None else 1e-9",
            "s:\"\"\"one s:two\"\"\" k:if k:None k:else n:1e-9",
        );
        check(
            "a.cpp",
            "#include <cstdio>\nint main() { return '\\''; } // \"end",
            "d:#include t:int k:return s:'\\'' c:// \"end",
        );
        check(
            "a.c",
            "/* int\n */ char c = '\"';",
            "c:/* int c: */ t:char s:'\"'",
        );
        check(
            "a.rs",
            "fn f<'a>(x: &'a str) -> char { 'x' } /* a /* b */ c */ 1..2",
            "k:fn t:str t:char s:'x' c:/* a /* b */ c */ n:1 n:2",
        );
        check(
            "a.rs",
            "r#\"a \" b\"# + \"c\\\"d\"",
            "s:r#\"a \" b\"# s:\"c\\\"d\"",
        );
        check(
            "a.hs",
            "f' x = if x then 'y' else \"\" -- f'",
            "k:if k:then s:'y' k:else s:\"\" c:-- f'",
        );
        check("a.go", "var s = `a\n\"b` // c", "k:var s:`a s:\"b` c:// c");
        check("a.sh", "echo $# \"a # b\" # c", "k:echo s:\"a # b\" c:# c");
        check(
            "a.sql",
            "select 'it''s' FROM t -- x",
            "k:select s:'it''s' k:FROM c:-- x",
        );
        check(
            "a.pas",
            "BEGIN { no } writeln('a''b') (* end *) END.",
            "k:BEGIN c:{ no } k:writeln s:'a''b' c:(* end *) k:END",
        );
        check(
            "a.lisp",
            "(defun f (x) \"a\" ; b\n 1)",
            "k:defun s:\"a\" c:; b n:1",
        );
        check(
            "a.lua",
            "local x = [[a\nb]] --[[ c\nd ]] 2",
            "k:local s:[[a s:b]] c:--[[ c c:d ]] n:2",
        );
        check("a.adb", "X'First; C := 'x'; -- end", "s:'x' c:-- end");
        check_in("octave", "a.m", "a' * b'; c = 'd'; % e", "s:'d' c:% e");
        check_in("prolog", "a.pl", "f(X) :- X is 1. % g", "k:is n:1 c:% g");
        check("a.unknown", "if \"x\" # y", "");
    }

    #[test]
    fn what_does_not_end_is_no_trouble() {
        for name in [
            "a.py", "a.cpp", "a.rs", "a.hs", "a.sh", "a.lua", "a.pas", "a.lisp", "a.js",
        ] {
            for text in [
                "\"", "'", "/*", "(*", "{-", "\"\"\"", "\\", "\"\\", "r#\"", "[[", "é'", "'é'", "0x", "1e",
                "#", "日本", "`",
            ] {
                let Listing::Lines(lines) = listing("", name, text) else {
                    panic!("{text:?} is shown plain");
                };
                let whole: String = lines.concat().iter().map(|piece| piece.text).collect();
                assert_eq!(whole, text, "{name}");
            }
        }
        let Listing::Lines(lines) = listing("", "a.c", "a\r\n\n\"b\n") else {
            panic!("shown plain");
        };
        assert_eq!(lines.len(), 3);
        assert_eq!(listing("", "a.c", ""), Listing::Lines(Vec::new()));
    }

    #[test]
    fn what_nobody_reads_is_shown_plain() {
        for text in [
            "x".repeat(LONGEST_LINE + 1),
            "\n".repeat(MOST_LINES + 1),
            "x\n".repeat(LONGEST / 2 + 1),
        ] {
            assert_eq!(listing("", "a.c", &text), Listing::Plain(&text));
        }
    }
}
