//! Which language a submission is in, where nobody says so: by the endings of its files and, where several languages share
//! one, by what stands in them.
//!
//! The rules are those of the Kattis package format (`.py` by its first line, and what is in no language's list of endings rides
//! along), and for endings that it gives to one of two, marks that the other cannot have.

use crate::{Language, LanguageId, SourceFile};

/// Why there is no guess.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoGuess {
    /// No ending is known.
    #[error("the ending of {0:?} suggests no language")]
    Unknown(String),
    /// The files disagree.
    #[error("the endings of the files suggest several languages: {}", list(.0))]
    Several(Vec<LanguageId>),
}

fn list(ids: &[LanguageId]) -> String {
    let ids: Vec<&str> = ids.iter().map(LanguageId::as_str).collect();
    ids.join(", ")
}

/// The language that the files suggest, among `languages`.
pub fn guess(languages: &[Language], files: &[SourceFile]) -> Result<LanguageId, NoGuess> {
    let is_header = |file: &&SourceFile| ending(&file.name) == Some("h");
    let mut found: Vec<LanguageId> = files
        .iter()
        .filter(|file| !is_header(file))
        .filter_map(|file| of_file(languages, file))
        .collect();
    if found.is_empty() {
        // Headers ride along with what includes them; where there is nothing else, they are what is submitted.
        found.extend(
            files
                .iter()
                .filter(is_header)
                .filter_map(|file| of_file(languages, file)),
        );
    }
    found.sort();
    found.dedup();
    if found.iter().any(|id| id.as_str() == "cpp") {
        found.retain(|id| id.as_str() != "c"); // C++ compilers take C.
    }
    match found.as_slice() {
        [one] => Ok(one.clone()),
        [] => {
            let name = files.first().map(|file| file.name.clone());
            Err(NoGuess::Unknown(name.unwrap_or_default()))
        }
        _ => Err(NoGuess::Several(found)),
    }
}

/// The language that one file suggests.
fn of_file(languages: &[Language], file: &SourceFile) -> Option<LanguageId> {
    let ending = ending(&file.name)?;
    let ruled = by_rule(ending, &file.content);
    let ruled = ruled.and_then(|id| languages.iter().find(|language| language.id.as_str() == id));
    // Case counts where it tells languages apart (`.c` and `.C`).
    let exactly = || languages.iter().find(|language| has(language, ending));
    let lower = ending.to_ascii_lowercase();
    let nearly = || languages.iter().find(|language| has(language, &lower));
    let found = ruled.or_else(exactly).or_else(nearly)?;
    Some(found.id.clone())
}

fn has(language: &Language, ending: &str) -> bool {
    language.extensions.iter().any(|known| known == ending)
}

fn ending(name: &str) -> Option<&str> {
    name.rsplit_once('.').map(|(_, ending)| ending)
}

/// The language by what stands in the file, for endings that several languages use. `None` leaves it to the endings.
fn by_rule(ending: &str, content: &str) -> Option<&'static str> {
    let first = content.lines().next().unwrap_or_default();
    let shebang = first.strip_prefix("#!").unwrap_or_default();
    match ending {
        "py" if shebang.contains("pypy") => Some("pypy3"),
        "py" if shebang.contains("python2") => Some("python2"),
        "py" => Some("python3"),
        "pl" if shebang.contains("perl") => Some("perl"),
        "pl" if shebang.contains("swipl") || is_prolog(content) => Some("prolog"),
        "pl" => Some("perl"),
        "h" if has_line(content, &["@interface", "@protocol", "#import"]) => Some("objectivec"),
        "h" if is_cplusplus(content) => Some("cpp"),
        "h" => Some("c"),
        "m" if is_octave(content) => Some("octave"),
        "m" => Some("objectivec"),
        _ => None,
    }
}

fn has_line(content: &str, beginnings: &[&str]) -> bool {
    let mut lines = content.lines().map(str::trim_start);
    lines.any(|line| beginnings.iter().any(|beginning| line.starts_with(beginning)))
}

/// A clause or directive, which no line of Perl has: `:-` outside of what a comment says.
fn is_prolog(content: &str) -> bool {
    let code = |line: &str| !line.trim_start().starts_with(['#', '%']);
    content.lines().any(|line| {
        let line = line.trim();
        code(line) && (line.starts_with(":- ") || line.ends_with(":-") || line.contains(" :- "))
    })
}

/// What a header for C cannot have.
fn is_cplusplus(content: &str) -> bool {
    let beginnings = [
        "class ",
        "template",
        "namespace ",
        "using ",
        "public:",
        "private:",
    ];
    let standard = |line: &str| {
        let included = line
            .strip_prefix("#include")
            .map(|rest| rest.trim().trim_start_matches('<'));
        included.is_some_and(|name| name.trim_end().ends_with('>') && !name.contains('.'))
    };
    has_line(content, &beginnings)
        || content.contains("std::")
        || content.lines().map(str::trim).any(standard)
}

/// What Objective-C does not begin a line with, or call.
fn is_octave(content: &str) -> bool {
    let beginnings = [
        "%",
        "##",
        "function ",
        "disp(",
        "clear",
        "clc",
        "pkg load",
        "fprintf(",
    ];
    let calls = [
        "input('",
        "input(\"",
        "fscanf(stdin",
        "fgetl(stdin",
        "endfunction",
    ];
    has_line(content, &beginnings) || calls.iter().any(|call| content.contains(call))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn languages() -> Vec<Language> {
        let language = |(id, endings): (&str, &[&str])| Language {
            id: id.parse().unwrap(),
            extensions: endings.iter().map(|&ending| ending.to_owned()).collect(),
            ..Language::text()
        };
        let all: [(&str, &[&str]); 8] = [
            ("c", &["c"]),
            ("cpp", &["cpp", "C"]),
            ("objectivec", &["m"]),
            ("octave", &["octave"]),
            ("perl", &["pm", "pl"]),
            ("prolog", &["pro"]),
            ("pypy3", &["pypy3"]),
            ("python3", &["py", "py3"]),
        ];
        all.into_iter().map(language).collect()
    }

    fn check(files: &[(&str, &str)], expected: Result<&str, &str>) {
        let file = |(name, content): &(&str, &str)| SourceFile {
            name: (*name).to_owned(),
            content: (*content).to_owned(),
        };
        let files: Vec<_> = files.iter().map(file).collect();
        let found = guess(&languages(), &files);
        let found = found.map(|id| id.to_string()).map_err(|error| error.to_string());
        let expected = expected.map(str::to_owned).map_err(str::to_owned);
        assert_eq!(found, expected, "{files:?}");
    }

    #[test]
    fn endings_suggest_a_language() {
        check(&[("a.c", "x")], Ok("c"));
        check(&[("a.C", "x")], Ok("cpp"));
        check(&[("A.CPP", "x")], Ok("cpp"));
        check(&[("x.pro", "x")], Ok("prolog"));
        check(&[("notes.txt", "x"), ("a.py3", "x")], Ok("python3"));
        check(&[("a.b.c", "x"), ("b.c", "x"), ("c.h", "class X;")], Ok("c"));
        check(&[("a.c", "x"), ("b.cpp", "x")], Ok("cpp"));
        check(&[("c", "x")], Err("the ending of \"c\" suggests no language"));
        check(&[("x.y", "x")], Err("the ending of \"x.y\" suggests no language"));
        check(&[], Err("the ending of \"\" suggests no language"));
        check(
            &[("a.py", "x"), ("b.c", "x"), ("c.c", "x")],
            Err("the endings of the files suggest several languages: c, python3"),
        );
    }

    #[test]
    fn what_stands_in_a_file_decides_where_languages_share_an_ending() {
        check(&[("x.py", "print(1)")], Ok("python3"));
        check(&[("x.py", "#!/usr/bin/env pypy3\nprint(1)")], Ok("pypy3"));
        // There is no Python 2 here, and nothing is more like it.
        check(&[("x.py", "#!/usr/bin/python2\nprint 1")], Ok("python3"));
        check(&[("x.pl", "use strict;\nprint 1;")], Ok("perl"));
        check(&[("x.pl", "#!/usr/bin/perl\nprint ' :- ';")], Ok("perl"));
        check(&[("x.pl", "# :- is no Perl\nmy $x = <STDIN>;")], Ok("perl"));
        check(&[("x.pl", ":- initialization(main).\n")], Ok("prolog"));
        check(&[("x.pl", "main :-\n  write(1).\n")], Ok("prolog"));
        check(&[("x.h", "int f(int);")], Ok("c"));
        check(&[("x.h", "#include <stdio.h>\nint f(int);")], Ok("c"));
        check(&[("x.h", "#include <vector>\nint f(int);")], Ok("cpp"));
        check(&[("x.h", "  template<typename T> T f();")], Ok("cpp"));
        check(&[("x.h", "std::string f();")], Ok("cpp"));
        check(&[("x.h", "@interface X")], Ok("objectivec"));
        check(&[("x.m", "#import <Foundation/Foundation.h>")], Ok("objectivec"));
        check(&[("x.m", "int main(void) {}")], Ok("objectivec"));
        check(&[("x.m", "x = input('');")], Ok("octave"));
        check(&[("x.m", "% adds\nx = 1;")], Ok("octave"));
    }
}
