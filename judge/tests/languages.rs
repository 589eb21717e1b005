//! The language table: what the binary brings, what an operator's file may change, and what it is told when it is wrong.

#![expect(clippy::unwrap_used, reason = "this is test code")]

use domain::LanguageId;
use judge::Languages;

fn id(text: &str) -> LanguageId {
    text.parse().unwrap()
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
    assert_eq!(ids(&languages), BUILTIN);
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
        ("", None),
        ("cobol", None),
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
        ("c", None),
        ("x.h", None),
        ("", None),
    ] {
        assert_eq!(languages.of_file(file), expected.map(id), "{file:?}");
    }
    assert_eq!(languages.main_file(&id("cpp")), Some("main.cpp"));
}

/// In the order of their codes.
const BUILTIN: [&str; 7] = ["bash", "c", "cpp", "java", "javascript", "perl", "python3"];

const SED: &str = r#"
[sed]
name = "sed"
extensions = ["sed"]
main = "main.sed"
[[sed.tools]]
program = "sed"
version = ["--version"]
[sed.run]
command = ["sed", "-f", "{source}"]
"#;

#[test]
fn an_operators_file_adds_and_overrides() {
    let languages = Languages::with_file(SED, "mine.toml").unwrap();
    let with_sed = [&BUILTIN[..], &["sed"]].concat();
    assert_eq!(ids(&languages), with_sed);
    let renamed = Languages::with_file("[cpp]\naliases = ['clang']", "mine.toml").unwrap();
    assert_eq!(renamed.find("clang"), Some(id("cpp")));
    assert_eq!(renamed.find("g++"), None, "arrays are replaced");
    assert_eq!(
        renamed.of_file("a.cpp"),
        Some(id("cpp")),
        "what is not named stays"
    );
    assert_eq!(ids(&Languages::with_file("", "mine.toml").unwrap()), BUILTIN);
}

/// The text, and what the complaint must begin with.
fn check(text: &str, expected: &str) {
    let found = Languages::with_file(text, "mine.toml").unwrap_err();
    assert!(
        found.starts_with(&format!("mine.toml:{expected}")),
        "{found}\nfor\n{text}"
    );
}

#[test]
fn what_is_no_table_is_shown_by_file_line_and_key() {
    check("[cpp\n", "1: ");
    check("a = [1,\n2", "");
    check("cpp = 3", "1: cpp: invalid type");
    check(
        "[cpp]\nname = 'C++'\nnmae = 'x'",
        "3: cpp.nmae: unknown field `nmae`, expected one of `name`",
    );
    check("[cpp]\nextensions = 'cpp'", "2: cpp.extensions: invalid type");
    check(
        "[cpp.compile]\n\ncommand = ['g++', 3]",
        "3: cpp.compile.command: invalid type",
    );
    check(
        "[cpp.compile.limits]\ncpu_seconds = -1\nreason = 'x'",
        "2: cpp.compile.limits.cpu_seconds: ",
    );
    check(
        "[[cpp.tools]]\nprogram = 'g++'\nversion = []\nshell = true",
        "4: cpp.tools.shell: unknown field",
    );
    check("['a b']\nname = 'x'", "1: a b: must consist of");
}

#[test]
fn wrong_values_are_shown_by_file_line_and_key() {
    check("[cpp]\nname = ' '", "2: cpp.name: must not be empty");
    check(
        "[cpp]\nextensions = []",
        "2: cpp.extensions: must name at least one",
    );
    check(
        "[cpp]\nextensions = ['.cpp']",
        "2: cpp.extensions: \".cpp\" must be",
    );
    check(
        "[cpp]\nmain = '../main.cpp'",
        "2: cpp.main: \"../main.cpp\" must be",
    );
    check("[cpp]\nmain = 'main.c'", "2: cpp.main: \"main.c\" must be");
    check("[cpp]\ntools = []", "2: cpp.tools: must name at least one");
    check(
        "[[cpp.tools]]\nprogram = 'a/b'\nversion = []",
        "1: cpp.tools: \"a/b\" must be",
    );
    check(
        "[cpp.environment]\n'A=B' = 'x'",
        "1: cpp.environment: \"A=B\" cannot be",
    );
    check(
        "[cpp.compile]\ncommand = []",
        "2: cpp.compile.command: must have at least one word",
    );
    check(
        "[cpp.compile]\ncommand = ['sh', '-c', 'x']",
        "2: cpp.compile.command: begins with \"sh\"",
    );
    check(
        "[cpp.compile]\ncommand = ['g++', '{sauce}']",
        "2: cpp.compile.command: unknown placeholder {sauce}",
    );
    check(
        "[cpp.compile]\noutputs = ['a/b']",
        "2: cpp.compile.outputs: \"a/b\" must be",
    );
    check(
        "[cpp.compile]\noutputs = ['other']",
        "1: cpp.run.command: begins with \"./main\"",
    );
    check(
        "[cpp.compile.limits]\ncpu_seconds = 9",
        "1: cpp.compile.limits.reason: is missing",
    );
    check(
        "[cpp.compile.limits]\nprocesses = 0\nreason = 'x'",
        "2: cpp.compile.limits.processes: must be at least 1",
    );
    check(
        "[cpp.run.adjust]\ntime_factor = 2.0",
        "1: cpp.run.adjust.reason: is missing",
    );
    check(
        "[cpp.run.adjust]\ntime_factor = -2.0\nreason = 'x'",
        "2: cpp.run.adjust.time_factor: must be",
    );
    check(
        "[cpp.run.adjust]\ntime_factor = nan\nreason = 'x'",
        "2: cpp.run.adjust.time_factor: must be",
    );
    check(
        "[cpp]\naliases = ['PYTHON']",
        "2: cpp.aliases: \"PYTHON\" means python3 already",
    );
    check("[cpp]\nname = 'c'", "2: cpp.name: \"c\" means c already");
    check(
        "[cpp.compile]\nwhen = 'never'",
        "2: cpp.compile.when: unknown variant",
    );
    check(
        "[cpp.compile]\nwhen = 'first-case-fails'",
        "2: cpp.compile.when: must be \"first\"",
    );
}

#[test]
fn a_language_of_its_own_is_complete() {
    for key in ["name", "extensions", "main", "tools", "run"] {
        let lines = SED.lines().filter(|line| !line.starts_with(key));
        let without: String = match key {
            "tools" => "[sed]\nname = 'sed'\nextensions = ['sed']\nmain = 'a.sed'".to_owned(),
            "run" => SED.split("[sed.run]").next().unwrap().to_owned(),
            _ => lines.collect::<Vec<_>>().join("\n"),
        };
        let found = Languages::with_file(&without, "mine.toml").unwrap_err();
        assert!(found.ends_with(&format!("sed.{key}: is missing")), "{found}");
    }
}
