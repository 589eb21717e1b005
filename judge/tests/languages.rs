//! The language table: what the binary brings, what an operator's file may change, and what it is told when it is wrong.

#![expect(clippy::unwrap_used, reason = "this is test code")]

use domain::{LanguageId, SourceFile};
use judge::Languages;

fn id(text: &str) -> LanguageId {
    text.parse().unwrap()
}

fn of_file(languages: &Languages, name: &str) -> Option<LanguageId> {
    let file = SourceFile {
        name: name.to_owned(),
        content: "x".to_owned(),
    };
    languages.guess(&[file]).ok()
}

fn ids(languages: &Languages) -> Vec<String> {
    languages
        .list()
        .into_iter()
        .map(|language| language.id.to_string())
        .collect()
}

#[test]
fn the_builtin_table_brings_what_people_write_in() {
    let languages = Languages::builtin();
    let found = ids(&languages);
    assert!(found.is_sorted());
    for id in BUILTIN {
        assert!(found.iter().any(|found| found == id), "{id} is missing");
    }
    for (name, expected) in [
        ("c", Some("c")),
        ("C", Some("c")),
        ("cpp", Some("cpp")),
        ("C++", Some("cpp")),
        ("c++", Some("cpp")),
        ("python", Some("python3")),
        ("py", Some("python3")),
        ("Python 3", Some("python3")),
        ("PYTHON3", Some("python3")),
        ("pypy", Some("pypy3")),
        ("c#", Some("csharp")),
        ("", None),
        ("klingon", None),
    ] {
        assert_eq!(languages.find(name), expected.map(id), "{name:?}");
    }
    for (file, expected) in [
        ("a.c", Some("c")),
        ("a.C", Some("cpp")),
        ("a.b.cc", Some("cpp")),
        ("a.c++", Some("cpp")),
        ("A.CPP", Some("cpp")),
        ("x.py", Some("python3")),
        ("x.PY", Some("python3")),
        ("x.lua", Some("lua")),
        ("x.m", Some("objectivec")),
        ("x.f90", Some("fortran")),
        ("c", None),
        ("x.h", Some("c")),
        ("", None),
    ] {
        assert_eq!(of_file(&languages, file), expected.map(id), "{file:?}");
    }
    assert_eq!(languages.main_file(&id("cpp")), Some("main.cpp"));
}

/// The codes of the Kattis package format with the endings that it detects them by, as far as the table has the languages.
const DETECTED: [(&str, &[&str]); 38] = [
    ("ada", &["adb", "ads"]),
    ("algol68", &["a68"]),
    ("bash", &["sh"]),
    ("c", &["c"]),
    ("cobol", &["cob"]),
    ("cpp", &["cc", "cpp", "cxx", "c++", "C"]),
    ("crystal", &["cr"]),
    ("csharp", &["cs"]),
    ("d", &["d"]),
    ("elixir", &["ex"]),
    ("erlang", &["erl"]),
    ("forth", &["fth", "4th", "forth", "frt"]),
    ("fortran", &["f90"]),
    ("fsharp", &["fs"]),
    ("go", &["go"]),
    ("haskell", &["hs"]),
    ("java", &["java"]),
    ("javascript", &["js"]),
    ("kotlin", &["kt"]),
    ("lisp", &["lisp", "cl"]),
    ("lua", &["lua"]),
    ("nim", &["nim"]),
    ("objectivec", &["m"]),
    ("ocaml", &["ml"]),
    ("pascal", &["pas"]),
    ("perl", &["pm", "pl"]),
    ("php", &["php"]),
    ("prolog", &["pro"]),
    ("python3", &["py", "py3"]),
    ("racket", &["rkt"]),
    ("ruby", &["rb"]),
    ("rust", &["rs"]),
    ("scala", &["scala"]),
    ("sml", &["sml"]),
    ("sql", &["sql"]),
    ("tcl", &["tcl"]),
    ("typescript", &["ts"]),
    ("zig", &["zig"]),
];

#[test]
fn files_suggest_the_languages_of_the_package_format() {
    let languages = Languages::builtin();
    for (language, endings) in DETECTED {
        for ending in endings {
            let name = format!("solution.{ending}");
            assert_eq!(of_file(&languages, &name), Some(id(language)), "{name}");
        }
    }
    for language in languages.list() {
        let main = languages.main_file(&language.id).unwrap();
        assert!(of_file(&languages, main).is_some(), "{main} suggests no language");
    }
}

#[test]
fn what_stands_in_a_file_decides_between_languages_of_the_table() {
    let languages = Languages::builtin();
    for (name, content, expected) in [
        ("a.py", "#!/usr/bin/env python3\nprint(1)", "python3"),
        ("a.py", "#!/usr/bin/python2\nprint 1", "python3"),
        ("a.py", "#!/usr/bin/env pypy3\nprint(1)", "pypy3"),
        ("a.pl", "print 1;", "perl"),
        ("a.pl", "main :-\n  write(1).", "prolog"),
        ("a.h", "int f(void);", "c"),
        ("a.h", "namespace a { }", "cpp"),
        ("a.m", "#import <Foundation/Foundation.h>", "objectivec"),
        ("a.m", "x = input('');", "octave"),
    ] {
        let file = SourceFile {
            name: name.to_owned(),
            content: content.to_owned(),
        };
        assert_eq!(languages.guess(&[file]), Ok(id(expected)), "{name}: {content}");
    }
}

/// Some of them.
const BUILTIN: [&str; 7] = ["bash", "c", "cpp", "java", "javascript", "perl", "python3"];

const SED: &str = r#"
name = "sed"
extensions = ["sed"]
main = "main.sed"
[[tools]]
program = "sed"
version = ["--version"]
[run]
command = ["sed", "-f", "{source}"]
"#;

#[test]
fn an_operators_file_adds_and_overrides() {
    let languages = Languages::with_files(&[("mine/sed.toml", SED)]).unwrap();
    let mut with_sed = ids(&Languages::builtin());
    with_sed.push("sed".to_owned());
    with_sed.sort();
    assert_eq!(ids(&languages), with_sed);
    let renamed = Languages::with_files(&[("mine/cpp.toml", "aliases = ['clang']")]).unwrap();
    assert_eq!(renamed.find("clang"), Some(id("cpp")));
    assert_eq!(renamed.find("g++"), None, "arrays are replaced");
    assert_eq!(
        of_file(&renamed, "a.cpp"),
        Some(id("cpp")),
        "what is not named stays"
    );
}

/// The text, and what the complaint must begin with.
fn check(text: &str, expected: &str) {
    let found = Languages::with_files(&[("mine/cpp.toml", text)]).unwrap_err();
    assert!(
        found.starts_with(&format!("mine/cpp.toml:{expected}")),
        "{found}\nfor\n{text}"
    );
}

#[test]
fn what_is_no_table_is_shown_by_file_line_and_key() {
    check("[cpp\n", "1: ");
    check("a = [1,\n2", "");
    check("compile = 3", "1: compile: invalid type");
    check("[cpp]\nname = 'C++'", "1: cpp: unknown field `cpp`");
    check(
        "name = 'C++'\nnmae = 'x'",
        "2: nmae: unknown field `nmae`, expected one of `offered`, `name`",
    );
    check("extensions = 'cpp'", "1: extensions: invalid type");
    check(
        "[compile]\n\ncommand = ['g++', 3]",
        "3: compile.command: invalid type",
    );
    check(
        "[compile.limits]\ncpu_seconds = -1\nreason = 'x'",
        "2: compile.limits.cpu_seconds: ",
    );
    check(
        "[[tools]]\nprogram = 'g++'\nversion = []\nshell = true",
        "4: tools.shell: unknown field",
    );
}

#[test]
fn wrong_values_are_shown_by_file_line_and_key() {
    check("name = ' '", "1: name: must not be empty");
    check("extensions = []", "1: extensions: must name at least one");
    check("extensions = ['.cpp']", "1: extensions: \".cpp\" must be");
    check("main = '../main.cpp'", "1: main: \"../main.cpp\" must be");
    check("main = 'main.c'", "1: main: \"main.c\" must be");
    check("tools = []", "1: tools: must name at least one");
    check(
        "[[tools]]\nprogram = 'a/b'\nversion = []",
        "1: tools: \"a/b\" must be",
    );
    check("[environment]\n'A=B' = 'x'", "1: environment: \"A=B\" cannot be");
    check(
        "[compile]\ncommand = []",
        "2: compile.command: must have at least one word",
    );
    check(
        "[compile]\ncommand = ['sh', '-c', 'x']",
        "2: compile.command: begins with \"sh\"",
    );
    check(
        "[compile]\ncommand = ['g++', '{sauce}']",
        "2: compile.command: unknown placeholder {sauce}",
    );
    check(
        "[compile]\noutputs = ['a/b']",
        "2: compile.outputs: \"a/b\" must be",
    );
    check(
        "[compile]\noutputs = ['other']",
        "1: run.command: begins with \"./main\"",
    );
    check(
        "[compile.limits]\ncpu_seconds = 9",
        "1: compile.limits.reason: is missing",
    );
    check(
        "[compile.limits]\nprocesses = 0\nreason = 'x'",
        "2: compile.limits.processes: must be at least 1",
    );
    check(
        "[run.adjust]\ntime_factor = 2.0",
        "1: run.adjust.reason: is missing",
    );
    check(
        "[run.adjust]\ntime_factor = -2.0\nreason = 'x'",
        "2: run.adjust.time_factor: must be",
    );
    check(
        "[run.adjust]\ntime_factor = nan\nreason = 'x'",
        "2: run.adjust.time_factor: must be",
    );
    check(
        "aliases = ['PYTHON']",
        "1: aliases: \"PYTHON\" means python3 already",
    );
    check("name = 'c'", "1: name: \"c\" means c already");
    check("[compile]\nwhen = 'never'", "2: compile.when: unknown variant");
    check(
        "[compile]\nwhen = 'first-case-fails'",
        "2: compile.when: must be \"first\"",
    );
}

#[test]
fn what_the_table_says_beside_commands_is_checked() {
    check(
        "[run.adjust]\ntime_factor = 0.5\nreason = 'x'",
        "2: run.adjust.time_factor: must be from 1 to 100, not 0.5",
    );
    check("entry-rule = ''", "1: entry-rule: must be one sentence");
    check("[[tools]]\nprogram = 3\nversion = []", "2: tools.program: ");
    check(
        "[[tools]]\nprogram = []\nversion = []",
        "1: tools: each must have at least one program",
    );
    check(
        "[[tools]]\nprogram = ['g++', '/usr/bin/g++', 'g++']\nversion = []",
        "1: tools: \"g++\" is there twice",
    );
    check(
        "[install]\nnpm = ['x']\napt = ['g++; rm']",
        "3: install.apt: \"g++; rm\" must be a package's name",
    );
    check("[install]\npip = ['-e']", "2: install.pip: \"-e\" must be");
    check("[install]\ncargo = ['x']", "2: install.cargo: unknown field");
    check("[self-test]\nhello = ' '", "2: self-test.hello: must be the text");
    check("[self-test]\nbye = 'x'", "2: self-test.bye: unknown field");
    for path in ["opt/x", "/opt/../etc", "/", "/etc", "/proc/1", "/work/x", ""] {
        check(
            &format!("directories = ['{path}']"),
            &format!("1: directories: \"{path}\" "),
        );
    }
}

/// The path of a lone file, its text, and the whole complaint.
fn check_file(path: &str, text: &str, expected: &str) {
    let found = Languages::with_files(&[(path, text)]).unwrap_err();
    assert_eq!(found, expected);
}

#[test]
fn a_files_name_is_the_id() {
    check_file(
        "mine/a b.toml",
        "",
        "mine/a b.toml:1: the file's name is the language's id, which must consist of ASCII letters, digits, '_', '.' and '-', \
         not ' '",
    );
    check_file(
        "text.toml",
        "",
        "text.toml:1: text is the language of outputs, and of no program",
    );
    check_file("cobol85.toml", "", "cobol85.toml:1: name: is missing");
}

#[test]
fn an_operator_takes_a_language_away() {
    let languages = Languages::with_files(&[("perl.toml", "offered = false")]).unwrap();
    assert_eq!(languages.find("perl"), None);
    assert_eq!(of_file(&languages, "a.pm"), None);
    // Its names are free.
    let files = [("perl.toml", "offered = false"), ("c.toml", "aliases = ['perl']")];
    assert_eq!(Languages::with_files(&files).unwrap().find("perl"), Some(id("c")));
    check_file(
        "nothing.toml",
        "offered = false",
        "nothing.toml:1: offered: there is no language nothing to be taken away",
    );
    check("offered = 'no'", "1: offered: invalid type");
}

#[test]
fn a_directory_is_read_and_what_is_wrong_in_it_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    let refused = |expected: &str| {
        let found = Languages::with_directory(directory.path()).unwrap_err();
        assert!(found.contains(expected), "{found}");
    };
    std::fs::write(path("sed.toml"), SED).unwrap();
    std::fs::write(path("README"), "no language").unwrap();
    std::fs::write(path(".sed.toml"), "of an editor").unwrap();
    let languages = Languages::with_directory(directory.path()).unwrap();
    assert_eq!(languages.find("sed"), Some(id("sed")));
    std::fs::write(path("awk.toml"), b"name = '\xff'").unwrap();
    refused("awk.toml: stream did not contain valid UTF-8");
    std::fs::write(path("awk.toml"), "x".repeat(2 << 20)).unwrap();
    refused("awk.toml is larger than 1048576 bytes");
    std::fs::remove_file(path("awk.toml")).unwrap();
    std::fs::create_dir(path("awk.toml")).unwrap();
    refused("awk.toml is no regular file");
    let file = path("sed.toml");
    let found = Languages::with_directory(&file).unwrap_err();
    assert!(found.contains("sed.toml is a file: give a directory"), "{found}");
    let found = Languages::with_directory(&path("nowhere")).unwrap_err();
    assert!(found.contains("nowhere: No such file"), "{found}");
}

#[test]
fn a_language_of_its_own_is_complete() {
    for key in ["name", "extensions", "main", "tools", "run"] {
        let lines = SED.lines().filter(|line| !line.starts_with(key));
        let without: String = match key {
            "tools" => "name = 'sed'\nextensions = ['sed']\nmain = 'a.sed'".to_owned(),
            "run" => SED.split("[run]").next().unwrap().to_owned(),
            _ => lines.collect::<Vec<_>>().join("\n"),
        };
        let found = Languages::with_files(&[("sed.toml", without.as_str())]).unwrap_err();
        assert!(found.ends_with(&format!("{key}: is missing")), "{found}");
    }
}

#[test]
fn the_manual_is_that_of_the_table() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/languages.md");
    let found = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        found.trim_end() == Languages::builtin().manual().trim_end(),
        "docs/languages.md is not of this table any more: cargo run -p cli -- languages --manual > docs/languages.md"
    );
}

#[test]
fn every_builtin_language_says_where_it_begins_and_has_self_tests_and_packages() {
    let languages = Languages::builtin();
    for language in languages.list() {
        let guide = language.guide.unwrap();
        assert!(
            !guide.entry_rule.contains("its only file, else"),
            "{}",
            language.id
        );
        assert!(guide.hello.is_some(), "{}", language.id);
        let install = languages.install(&language.id).unwrap();
        let count = install.apt.len() + install.npm.len() + install.pip.len();
        assert!(count > 0, "{}", language.id);
    }
}
