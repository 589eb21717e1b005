//! Packages that are broken in one way each, and what their authors are told.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests")]

mod fixture;

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::Path;

use domain::{Limits, ProblemType, Verdict};
use fixture::{PROBLEM_YAML, directory, files, find, write};
use problems::{Comparator, Package, Refused, StatementFormat};

type Files = Vec<(String, String)>;

fn set(files: &mut Files, path: &str, content: &str) {
    files.retain(|(found, _)| found != path);
    files.push((path.to_owned(), content.to_owned()));
}

fn remove(files: &mut Files, path: &str) {
    let before = files.len();
    files.retain(|(found, _)| found != path && !found.starts_with(&format!("{path}/")));
    assert!(files.len() < before, "{path}");
}

fn open(files: &Files) -> Result<Package, Refused> {
    Package::open(&directory(files).path().join("small"))
}

/// The small package with some files added or replaced.
fn with(more: &[(&str, &str)]) -> Result<Package, Refused> {
    let mut files = files();
    for (path, content) in more {
        set(&mut files, path, content);
    }
    open(&files)
}

fn without(path: &str) -> Result<Package, Refused> {
    let mut files = files();
    remove(&mut files, path);
    open(&files)
}

/// With further lines in `problem.yaml`.
fn with_yaml(more: &str) -> Result<Package, Refused> {
    with(&[("problem.yaml", &format!("{PROBLEM_YAML}{more}"))])
}

/// With further lines in the limits of `problem.yaml`.
fn with_limits(more: &str) -> Result<Package, Refused> {
    with_yaml(&format!("  {more}\n"))
}

fn refused(result: Result<Package, Refused>) -> Refused {
    match result {
        Ok(package) => panic!("is accepted: {:?}", package.warnings),
        Err(refused) => refused,
    }
}

fn accepted(result: Result<Package, Refused>) -> Package {
    result.unwrap_or_else(|refused| panic!("is refused: {refused}"))
}

/// One complaint, about that file, line and key, in those words.
fn check(result: Result<Package, Refused>, file: &str, line: u32, key: &str, words: &str) {
    let refused = refused(result);
    let complaint = find(&refused, file, words);
    assert_eq!(refused.0.len(), 1, "{refused}");
    assert_eq!(complaint.line.unwrap_or(0), line, "{complaint}");
    assert_eq!(complaint.key.as_deref().unwrap_or(""), key, "{complaint}");
}

fn check_yaml(more: &str, line: u32, key: &str, words: &str) {
    check(with_yaml(more), "problem.yaml", line, key, words);
}

fn check_warning(package: &Package, file: &str, words: &str) {
    let mut found = package
        .warnings
        .iter()
        .filter(|warning| warning.file == file && warning.what.contains(words));
    assert!(found.next().is_some(), "{file} {words}: {:?}", package.warnings);
}

#[test]
fn the_small_package_is_valid() {
    let package = accepted(open(&files()));
    assert_eq!(package.warnings, []);
    assert_eq!(package.short_name, "small");
    assert_eq!(package.name, "Small");
    assert_eq!(package.uuid, "3f1b2a44-8a0e-4c57-9c86-0a1f6f1a2b3c");
    assert_eq!(package.types, [ProblemType::PassFail]);
    assert_eq!(package.languages, None);
    assert_eq!(package.code_bytes, 128 << 10);
    assert!(!package.allow_file_writing);
    let expected = Limits {
        cpu_us: 1_000_000,
        wall_us: 3_000_000,
        memory_bytes: 2048 << 20,
        output_bytes: 8 << 20,
        processes: 64,
    };
    assert_eq!(package.limits, expected);
    let cases: Vec<(&str, bool)> = package
        .cases
        .iter()
        .map(|case| (case.name.as_str(), case.sample))
        .collect();
    assert_eq!(cases, [("sample/1", true), ("secret/1", false)]);
    assert_eq!(
        fs::read(&package.cases[1].answer).ok(),
        None,
        "the directory is gone by now"
    );
    assert_eq!(package.submissions.len(), 1);
    assert_eq!(package.submissions[0].path, Path::new("accepted/copy.py"));
    assert_eq!(package.submissions[0].expected, [Verdict::Ac]);
    assert_eq!(package.statements.len(), 1);
    assert_eq!(package.statements[0].language, "en");
    assert_eq!(package.statements[0].format, StatementFormat::Markdown);
}

#[test]
fn what_is_not_there_is_missed() {
    check(without("problem.yaml"), "problem.yaml", 0, "", "is missing");
    check(without("statement"), "statement", 0, "", "is missing");
    check(
        without("input_validators"),
        "input_validators",
        0,
        "",
        "is missing",
    );
    check(without("submissions"), "submissions", 0, "", "is missing");
    check(without("data/secret"), "data/secret", 0, "", "is missing");
    check(
        without("data/secret/1.ans"),
        "data/secret/1.in",
        0,
        "",
        "there is no 1.ans",
    );
    check(
        without("data/secret/1.in"),
        "data/secret/1.ans",
        0,
        "",
        "there is no 1.in",
    );
    accepted(without("data/sample"));

    let refused = refused(Package::open(Path::new("/nowhere/at/all")));
    find(&refused, "", "cannot be opened");
    let around = directory(&files());
    let file = around.path().join("small/problem.yaml");
    find(&Package::open(&file).unwrap_err(), "", "is not a directory");
}

#[test]
fn everything_is_told_at_once() {
    let mut files = files();
    set(
        &mut files,
        "problem.yaml",
        "problem_format_version: 2025-09\nname: [x]\nlimits: 5\nauthor: me\n",
    );
    remove(&mut files, "data/secret/1.ans");
    set(
        &mut files,
        "data/sample/test_group.yaml",
        "output_validator_args: [x]\n",
    );
    set(&mut files, "output_validator/check.py", "");
    let refused = refused(open(&files));
    find(&refused, "problem.yaml", "must be a string, not a list");
    find(&refused, "problem.yaml", "is required");
    find(&refused, "problem.yaml", "must be a map, not an integer");
    find(&refused, "problem.yaml", "2025-09 has `credits`");
    find(&refused, "data/secret/1.in", "has no answer");
    find(&refused, "data/sample/test_group.yaml", "is not an argument");
    find(&refused, "output_validator", "not supported yet");
    assert_eq!(refused.0.len(), 7, "{refused}");
    assert!(
        refused
            .to_string()
            .contains("\nproblem.yaml:2: name: must be a string"),
        "{refused}"
    );
}

#[test]
fn broken_yaml_is_told_with_its_line() {
    let broken = |content: &str| with(&[("problem.yaml", content)]);
    check(broken("a: 1\n b: 2\n"), "problem.yaml", 2, "", "is not YAML");
    check(broken("a: 1\na: 2\n"), "problem.yaml", 2, "", "is not YAML");
    check(broken(""), "problem.yaml", 1, "", "is empty");
    check(
        broken("just words\n"),
        "problem.yaml",
        1,
        "",
        "must be a map, not a string",
    );
    check(
        broken(&format!("a: {}", "x".repeat(2 << 20))),
        "problem.yaml",
        0,
        "",
        "at most 1048576",
    );
    check(
        with(&[("data/secret/test_group.yaml", "full_feedback: true\nargs: \"\n")]),
        "data/secret/test_group.yaml",
        3,
        "",
        "is not YAML",
    );

    let around = directory(&files());
    let root = around.path().join("small");
    write(&root.join("problem.yaml"), b"a: 1\nb: \xff\n");
    check(Package::open(&root), "problem.yaml", 2, "", "is not UTF-8");
}

#[test]
fn other_versions_are_refused() {
    let version = |line: &str| with(&[("problem.yaml", &format!("{line}\nname: x\n"))]);
    let key = "problem_format_version";
    check(
        version("author: me"),
        "problem.yaml",
        1,
        key,
        "means version `legacy`",
    );
    for name in ["legacy", "legacy-icpc", "2023-07", "2023-07-draft"] {
        let words = format!("version {name} is not supported yet");
        check(version(&format!("{key}: {name}")), "problem.yaml", 1, key, &words);
    }
    check(
        version(&format!("{key}: 2031-01")),
        "problem.yaml",
        1,
        key,
        "is not a version",
    );
    check(
        version(&format!("{key}: 5")),
        "problem.yaml",
        1,
        key,
        "must be a string",
    );
}

#[test]
fn types_that_are_not_judged_yet_are_refused() {
    for name in ["scoring", "interactive", "multi-pass", "submit-answer"] {
        check_yaml(
            &format!("type: {name}\n"),
            6,
            "type",
            &format!("{name} problems are not supported yet"),
        );
    }
    check_yaml(
        "type: [pass-fail, interactive]\n",
        6,
        "type[1]",
        "not supported yet",
    );
    check_yaml("type: [pass-fail, pass-fail]\n", 6, "type[1]", "named twice");
    check_yaml("type: []\n", 6, "type", "at least one");
    check_yaml("type: easy\n", 6, "type", "is not a type");
    check_yaml("type: 1\n", 6, "type", "must be a string");
    let both = refused(with_yaml("type: [pass-fail, scoring]\n"));
    find(&both, "problem.yaml", "cannot be pass-fail and scoring");
    accepted(with_yaml("type: pass-fail\n"));
    accepted(with_yaml("type: [pass-fail]\n"));
}

#[test]
fn what_would_change_verdicts_is_refused_until_it_is_honoured() {
    for (path, file) in [
        ("output_validator/check.py", "output_validator"),
        ("static_validator/check.py", "static_validator"),
        ("include/cpp/lib.h", "include"),
        ("data/secret/1.files/extra.txt", "data/secret/1.files"),
    ] {
        check(with(&[(path, "x\n")]), file, 0, "", "not supported yet");
    }
    for path in ["data/secret/test_group.yaml", "data/secret/1.yaml"] {
        check(
            with(&[(path, "args: [x]\n")]),
            path,
            1,
            "args",
            "not supported yet",
        );
        accepted(with(&[(path, "args: []\n")]));
    }
    let group = "data/secret/test_group.yaml";
    check(
        with(&[(group, "static_validation_score: 1\n")]),
        group,
        1,
        "static_validation_score",
        "not supported",
    );
    check_yaml("constants: {n: 5}\n", 6, "constants", "not supported yet");
    accepted(with_yaml("constants: {}\n"));
}

#[test]
fn other_versions_leave_traces() {
    for directory in [
        "problem_statement",
        "output_validators",
        "graders",
        "input_format_validators",
    ] {
        let path = format!("{directory}/x");
        check(with(&[(&path, "x\n")]), directory, 0, "", "another version");
    }
    for file in ["data/testdata.yaml", "data/secret/testdata.yaml"] {
        check(with(&[(file, "x: y\n")]), file, 0, "", "another version");
    }
    check_yaml("validation: custom\n", 6, "validation", "has `type`");
    let group = "data/secret/test_group.yaml";
    check(
        with(&[(group, "output_validator_flags: float_tolerance 1e-6\n")]),
        group,
        1,
        "output_validator_flags",
        "2025-09 has `output_validator_args`",
    );
}

#[test]
fn unknown_keys_are_told() {
    check_yaml("colour: red\n", 6, "colour", "is not a key");
    check(
        with_limits("time: 5"),
        "problem.yaml",
        6,
        "limits.time",
        "is not a key",
    );
    check_yaml("credits: {author: me}\n", 6, "credits.author", "is not a key");
    check_yaml("source: {name: x, link: y}\n", 6, "source.link", "is not a key");
    let group = "data/sample/test_group.yaml";
    check(with(&[(group, "\nhint: x\n")]), group, 2, "hint", "is not a key");
    let case = "data/sample/1.yaml";
    check(
        with(&[(case, "max_score: 5\n")]),
        case,
        1,
        "max_score",
        "is not a key",
    );
}

#[test]
fn names_and_statements_belong_together() {
    let yaml = |name: &str| PROBLEM_YAML.replace("name: Small\n", name);
    let named = |name: &str, more: &[(&str, &str)]| {
        let yaml = yaml(name);
        let mut all = vec![("problem.yaml", yaml.as_str())];
        all.extend_from_slice(more);
        with(&all)
    };
    let swedish = ("statement/problem.sv.md", "Kopiera.\n");
    check(named("", &[]), "problem.yaml", 1, "name", "is required");
    check(
        named("name: ''\n", &[]),
        "problem.yaml",
        2,
        "name",
        "must not be empty",
    );
    check(
        named("name: 5\n", &[]),
        "problem.yaml",
        2,
        "name",
        "must be a string, not an integer; put it in quotes",
    );
    check(
        named("name: {}\n", &[]),
        "problem.yaml",
        2,
        "name",
        "at least one language",
    );
    check(
        named("name: {en: [x]}\n", &[]),
        "problem.yaml",
        2,
        "name.en",
        "must be a string",
    );
    check(
        named("name: Small\n", &[swedish]),
        "problem.yaml",
        2,
        "name.sv",
        "is required",
    );
    check(
        named("name: {en: S, sv: L}\n", &[]),
        "problem.yaml",
        2,
        "name.sv",
        "no statement/problem.sv.md",
    );
    let package = accepted(named("name: {sv: Liten, en: Small}\n", &[swedish]));
    assert_eq!(package.name, "Small");
    let languages: Vec<&str> = package
        .statements
        .iter()
        .map(|statement| statement.language.as_str())
        .collect();
    assert_eq!(languages, ["en", "sv"]);

    check(
        with(&[("statement/problem.english.md", "x")]),
        "statement/problem.english.md",
        0,
        "",
        "language tag",
    );
    let package = accepted(with(&[
        ("statement/problem.en.tex", "x"),
        ("statement/problem.en.pdf", "x"),
    ]));
    assert_eq!(package.statements.len(), 1);
    assert_eq!(package.statements[0].format, StatementFormat::Markdown);
    check_warning(&package, "statement/problem.en.tex", "second statement");
    let mut only_image = files();
    remove(&mut only_image, "statement/problem.en.md");
    set(&mut only_image, "statement/picture.png", "x");
    check(open(&only_image), "statement", 0, "", "has no statement");
}

#[test]
fn uuids_are_uuids() {
    for (uuid, words) in [
        ("", "is required"),
        ("uuid: x\n", "must be a UUID"),
        ("uuid: 3f1b2a44-8a0e-4c57-9c86-0a1f6f1a2b3\n", "must be a UUID"),
        ("uuid: 3f1b2a448a0e4c579c860a1f6f1a2b3c\n", "must be a UUID"),
        ("uuid: 7\n", "must be a string"),
    ] {
        let yaml = format!("problem_format_version: 2025-09\n{uuid}name: Small\nlimits: {{time_limit: 1}}\n");
        let line = if uuid.is_empty() { 1 } else { 2 };
        check(
            with(&[("problem.yaml", &yaml)]),
            "problem.yaml",
            line,
            "uuid",
            words,
        );
    }
}

#[test]
fn limits_are_read_with_their_units() {
    let yaml = PROBLEM_YAML.replace("time_limit: 1", "time_limit: 2.5");
    let yaml = format!(
        "{yaml}  memory: 64\n  output: 1\n  code: 16\n  compilation_time: 30\n  validation_time: 600\n"
    );
    let package = accepted(with(&[("problem.yaml", &yaml)]));
    assert_eq!(package.limits.cpu_us, 2_500_000);
    assert_eq!(package.limits.wall_us, 6_000_000);
    assert_eq!(package.limits.memory_bytes, 64 << 20);
    assert_eq!(package.limits.output_bytes, 1 << 20);
    assert_eq!(package.code_bytes, 16 << 10);
    assert_eq!(package.warnings, []);
}

#[test]
fn limits_are_checked() {
    let time = |time: &str| with(&[("problem.yaml", &PROBLEM_YAML.replace("time_limit: 1", time))]);
    for wrong in ["0", "-1", ".nan", ".inf", "1e9"] {
        let result = time(&format!("time_limit: {wrong}"));
        let complaints = refused(result);
        assert_eq!(complaints.0.len(), 1, "{complaints}");
        assert_eq!(complaints.0[0].file, "problem.yaml");
    }
    check(
        time("time_limit: fast"),
        "problem.yaml",
        5,
        "limits.time_limit",
        "must be a number, not a string",
    );
    for (limit, key, words) in [
        ("memory: 0", "memory", "at least 1"),
        ("memory: 1.5", "memory", "must be an integer, not a number"),
        ("memory: 256MB", "memory", "must be an integer, not a string"),
        ("memory: 99999999999999999999", "memory", "must be"),
        ("output: 0", "output", "at least 1"),
        ("code: true", "code", "must be an integer, not a boolean"),
        (
            "compilation_time: 61",
            "compilation_time",
            "at most 60, not 61: more is not supported",
        ),
        ("compilation_memory: 4096", "compilation_memory", "at most 2048"),
        (
            "validation_passes: 2",
            "validation_passes",
            "multi-pass problems only",
        ),
        (
            "time_multipliers: {ac_to_time_limit: 0.5}",
            "time_multipliers.ac_to_time_limit",
            "at least 1",
        ),
        ("time_multipliers: 2", "time_multipliers", "must be a map"),
        ("time_resolution: 0", "time_resolution", "more than 0"),
    ] {
        check(
            with_limits(limit),
            "problem.yaml",
            6,
            &format!("limits.{key}"),
            words,
        );
    }
    accepted(with_limits(
        "time_multipliers: {ac_to_time_limit: 5, time_limit_to_tle: 2}",
    ));
}

#[test]
fn a_missing_time_limit_is_ten_seconds_with_a_warning() {
    for limits in ["", "limits: {memory: 64}\n"] {
        let yaml = PROBLEM_YAML.replace("limits:\n  time_limit: 1\n", limits);
        let package = accepted(with(&[("problem.yaml", &yaml)]));
        assert_eq!(package.limits.cpu_us, 10_000_000);
        check_warning(&package, "problem.yaml", "so it is 10 seconds");
    }
}

#[test]
fn languages_are_codes() {
    let languages = |package: Package| {
        let languages = package.languages.unwrap_or_default();
        languages.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(accepted(with_yaml("languages: all\n")).languages, None);
    assert_eq!(
        languages(accepted(with_yaml("languages: [c, python3]\n"))),
        ["c", "python3"]
    );
    let package = accepted(with_yaml("languages: [brainfuck]\n"));
    check_warning(&package, "problem.yaml", "is not a language code");
    check_yaml("languages: []\n", 6, "languages", "at least one");
    check_yaml("languages: c\n", 6, "languages", "must be a list, not a string");
    check_yaml("languages: [c, c]\n", 6, "languages[1]", "named twice");
    check_yaml("languages: ['c++']\n", 6, "languages[0]", "must consist of");
    check_yaml("languages: [5]\n", 6, "languages[0]", "must be a string");
}

#[test]
fn credits_and_terms_are_checked() {
    for fine in [
        "credits: Ada Lovelace\n",
        "credits: {authors: Ada <ada@example.org>, testers: [{name: Bob, email: b@example.org}]}\n",
        "credits: {translators: {sv: [Cecilia, David]}, acknowledgements: Eve, packagers: Fay}\n",
        "source: Some contest\n",
        "source: {name: Some contest, url: https://example.org}\n",
        "source: [One, {name: Other}]\n",
        "license: public domain\n",
        "license: cc by-sa\nrights_owner: Ada\n",
        "license: cc by\nsource: Some contest\n",
        "license: cc by\ncredits: Ada\n",
        "embargo_until: 2027-02-28\n",
        "embargo_until: 2027-02-28T09:00:00Z\n",
        "keywords: [graph, dp]\nversion: '1.0'\nallow_file_writing: true\n",
    ] {
        accepted(with_yaml(fine));
    }
    check_yaml("credits: 5\n", 6, "credits", "must be a map");
    check_yaml(
        "credits: {authors: [{email: x}]}\n",
        6,
        "credits.authors[0].name",
        "is required",
    );
    check_yaml(
        "credits: {authors: [[x]]}\n",
        6,
        "credits.authors[0]",
        "must be a string, not a list",
    );
    check_yaml(
        "credits: {translators: {Swedish: x}}\n",
        6,
        "credits.translators.Swedish",
        "language tag",
    );
    check_yaml(
        "source: {url: https://example.org}\n",
        6,
        "source.name",
        "is required",
    );
    check_yaml("license: mine\n", 6, "license", "is not one of");
    check_yaml(
        "license: cc by\n",
        6,
        "rights_owner",
        "is required by the license cc by",
    );
    check_yaml(
        "license: public domain\nrights_owner: Ada\n",
        7,
        "rights_owner",
        "must be absent",
    );
    for date in [
        "tomorrow",
        "2027-02-30",
        "2027-2-3",
        "2027-02-28T09:00:00",
        "2027-02-28T09:00:00+01:00",
    ] {
        check_yaml(
            &format!("embargo_until: {date}\n"),
            6,
            "embargo_until",
            "must be a date",
        );
    }
    check_yaml("keywords: graph\n", 6, "keywords", "must be a list");
    check_yaml("keywords: [5]\n", 6, "keywords[0]", "must be a string");
    check_yaml("version: 1.0\n", 6, "version", "put it in quotes");
    check_yaml(
        "allow_file_writing: yes\n",
        6,
        "allow_file_writing",
        "must be true or false",
    );
}

#[test]
fn a_key_without_a_value_is_absent() {
    let package = accepted(with_yaml("keywords:\n"));
    check_warning(&package, "problem.yaml", "has no value");
    check(
        with(&[("problem.yaml", &PROBLEM_YAML.replace("name: Small", "name:"))]),
        "problem.yaml",
        1,
        "name",
        "is required",
    );
}

#[test]
fn cases_are_in_order() {
    let mut files = files();
    for name in ["10", "2", "a", "a-b", "a.b", "a/x", "b/1", "b/10", "b/c/0", "Z"] {
        set(&mut files, &format!("data/secret/{name}.in"), "1\n");
        set(&mut files, &format!("data/secret/{name}.ans"), "1\n");
    }
    let package = accepted(open(&files));
    let names: Vec<&str> = package.cases.iter().map(|case| case.name.as_str()).collect();
    let expected = [
        "sample/1",
        "secret/1",
        "secret/10",
        "secret/2",
        "secret/Z",
        "secret/a",
        "secret/a/x",
        "secret/a-b",
        "secret/a.b",
        "secret/b/1",
        "secret/b/10",
        "secret/b/c/0",
    ];
    assert_eq!(names, expected);
}

fn tolerance(value: f64) -> Comparator {
    Comparator {
        float_relative_tolerance: Some(value),
        float_absolute_tolerance: Some(value),
        ..Comparator::default()
    }
}

#[test]
fn arguments_are_inherited_by_groups_and_cases() {
    let mut files = files();
    remove(&mut files, "data/secret");
    for (path, content) in [
        (
            "test_group.yaml",
            "output_validator_args: [float_tolerance, 1e-3]\n",
        ),
        ("g1/test_group.yaml", "full_feedback: true\n"),
        ("g2/test_group.yaml", "output_validator_args: [case_sensitive]\n"),
        (
            "g2/2.yaml",
            "output_validator_args: [float_tolerance, '0.5']\nhint: h\ndescription: d\n",
        ),
        ("g2/3.yaml", "output_validator_args: []\n"),
        ("g2/4.yaml", ""),
    ] {
        set(&mut files, &format!("data/secret/{path}"), content);
    }
    for case in ["g1/1", "g2/1", "g2/2", "g2/3", "g2/4"] {
        set(&mut files, &format!("data/secret/{case}.in"), "1\n");
        set(&mut files, &format!("data/secret/{case}.ans"), "1\n");
    }
    let package = accepted(open(&files));
    let case_sensitive = Comparator {
        case_sensitive: true,
        ..Comparator::default()
    };
    for (name, expected) in [
        ("sample/1", Comparator::default()),
        ("secret/g1/1", tolerance(1e-3)),
        ("secret/g2/1", case_sensitive.clone()),
        ("secret/g2/2", tolerance(0.5)),
        ("secret/g2/3", Comparator::default()),
        ("secret/g2/4", case_sensitive),
    ] {
        let case = package.cases.iter().find(|case| case.name == name).unwrap();
        assert_eq!(case.comparator, expected, "{name}");
    }

    let package = accepted(with(&[(
        "data/test_group.yaml",
        "output_validator_args: [float_tolerance, 1]\n",
    )]));
    assert!(package.cases.iter().all(|case| case.comparator == tolerance(1.0)));
    check_warning(&package, "data/test_group.yaml", "counts for sample and secret");
}

#[test]
fn groups_keep_their_rules() {
    let group = "data/secret/g/test_group.yaml";
    check(
        with(&[
            (group, ""),
            ("data/secret/g/1.in", "1\n"),
            ("data/secret/g/1.ans", "1\n"),
        ]),
        "data/secret",
        0,
        "",
        "beside its test groups",
    );
    let mut grouped = files();
    remove(&mut grouped, "data/secret");
    set(&mut grouped, group, "");
    set(&mut grouped, "data/secret/g/1.in", "1\n");
    set(&mut grouped, "data/secret/g/1.ans", "1\n");
    let package = accepted(open(&grouped));
    assert_eq!(package.cases[1].name, "secret/g/1");

    let broken = |path: &str, content: &str| {
        let mut files = grouped.clone();
        set(&mut files, path, content);
        open(&files)
    };
    check(
        broken("data/secret/h/1.txt", ""),
        "data/secret/h",
        0,
        "",
        "has no test_group.yaml",
    );
    check(
        broken("data/secret/g/h/test_group.yaml", ""),
        "data/secret/g/h/test_group.yaml",
        0,
        "",
        "only a direct subdirectory of secret",
    );
    check(
        broken("data/sample/g/test_group.yaml", ""),
        "data/sample/g/test_group.yaml",
        0,
        "",
        "only a direct subdirectory of secret",
    );
    for key in ["max_score: 5", "score_aggregation: sum", "require_pass: sample"] {
        let name = key.split(':').next().unwrap();
        check(broken(group, key), group, 1, name, "scoring problems only");
    }
}

#[test]
fn test_data_is_checked() {
    let reserved = [
        ("data/secret/test_group.in", "1\n"),
        ("data/secret/test_group.ans", "1\n"),
    ];
    let refused = refused(with(&reserved));
    find(&refused, "data/secret/test_group.in", "reserved");
    check(
        with(&[("data/secret/2.yaml", "")]),
        "data/secret/2.yaml",
        0,
        "",
        "there is no 2.in",
    );
    check(
        with(&[("data/sample/1.interaction", "")]),
        "data/sample/1.in",
        0,
        "",
        "interactive problems only",
    );
    check(
        with(&[("data/sample/1.in.statement", "")]),
        "data/sample/1.in",
        0,
        "",
        "without .in.download",
    );
    check(
        with(&[("data/sample/1.ans.statement", "")]),
        "data/sample/1.in",
        0,
        "",
        "without .ans.download",
    );
    let two = [("data/sample/1.png", ""), ("data/sample/1.svg", "")];
    check(with(&two), "data/sample/1.in", 0, "", "more than one image");
    let package = accepted(with(&[
        ("data/secret/1.hint", "x\n"),
        ("data/notes.txt", "x\n"),
        ("notes.txt", "x\n"),
    ]));
    for file in ["data/secret/1.hint", "data/notes.txt", "notes.txt"] {
        check_warning(&package, file, "is ignored");
    }
    let package = accepted(with(&[
        ("data/sample/1.in.statement", "x\n"),
        ("data/sample/1.in.download", "x\n"),
    ]));
    assert!(
        package.cases[0]
            .shown_input
            .as_ref()
            .unwrap()
            .ends_with("data/sample/1.in.statement")
    );
    assert_eq!(package.cases[0].shown_answer, None);

    let mut empty = files();
    remove(&mut empty, "data/secret");
    set(&mut empty, "data/secret/README", "later\n");
    check(open(&empty), "data/secret", 0, "", "has no test case");
}

#[test]
fn arguments_are_checked_where_they_stand() {
    let group = "data/secret/test_group.yaml";
    let key = "output_validator_args";
    for (value, words) in [
        ("[float_tolerance]", "needs a number"),
        ("[fuzzy]", "is not an argument"),
        ("float_tolerance 1e-6", "must be a list, not a string"),
        ("{a: b}", "must be a list, not a map"),
    ] {
        check(
            with(&[(group, &format!("{key}: {value}\n"))]),
            group,
            1,
            key,
            words,
        );
    }
    let nested = format!("{key}: [[x]]\n");
    check(
        with(&[(group, &nested)]),
        group,
        1,
        "output_validator_args[0]",
        "must be a string",
    );
    let package = accepted(with(&[(
        group,
        "output_validator_args: [float_tolerance, 1e-6]\n",
    )]));
    assert_eq!(package.cases[0].comparator, Comparator::default());
    assert_eq!(package.cases[1].comparator, tolerance(1e-6));
    accepted(with(&[(
        group,
        "input_validator_args: {any: [a, 5]}\ninput_visualizer_args: [a]\n",
    )]));
}

#[test]
fn examples_expect_what_their_directories_say() {
    let package = accepted(with(&[
        ("submissions/wrong_answer/a.c", "x\n"),
        ("submissions/time_limit_exceeded/a.c", "x\n"),
        ("submissions/run_time_error/b/main.c", "x\n"),
        ("submissions/run_time_error/b/more/part.h", "x\n"),
        ("submissions/rejected/a.c", "x\n"),
        ("submissions/brute_force/a.c", "x\n"),
        ("submissions/mixed/a.c", "x\n"),
        ("submissions/README.md", "x\n"),
    ]));
    let expected = |path: &str| {
        let example = package
            .submissions
            .iter()
            .find(|example| example.path == Path::new(path));
        example.unwrap_or_else(|| panic!("{path}")).expected.clone()
    };
    use Verdict::{Ac, Mle, Ole, Rte, Tle, Wa};
    assert_eq!(expected("accepted/copy.py"), [Ac]);
    assert_eq!(expected("wrong_answer/a.c"), [Wa]);
    assert_eq!(expected("time_limit_exceeded/a.c"), [Tle]);
    assert_eq!(expected("run_time_error/b"), [Rte]);
    assert_eq!(expected("rejected/a.c"), [Wa, Tle, Rte]);
    assert_eq!(expected("brute_force/a.c"), [Tle, Rte]);
    assert_eq!(package.submissions.len(), 6);
    check_warning(&package, "submissions/mixed", "tells no expectation");
    check_warning(&package, "submissions/README.md", "is ignored");
    let crash = package
        .submissions
        .iter()
        .find(|example| example.path == Path::new("run_time_error/b"))
        .unwrap();
    assert_eq!(crash.files.len(), 2);
    for (verdict, agrees) in [(Rte, true), (Mle, true), (Ole, false), (Ac, false), (Tle, false)] {
        assert_eq!(crash.agrees_with(verdict), agrees, "{verdict}");
    }
}

#[test]
fn bad_names_are_ignored_with_a_warning() {
    let around = directory(&files());
    let root = around.path().join("small");
    let plain = Package::open(&root).unwrap().hash().unwrap();
    write(&root.join(".git/config"), b"x");
    write(&root.join("data/secret/2 .in"), b"x");
    write(
        &root.join("data/secret").join(OsStr::from_bytes(b"\xff.in")),
        b"x",
    );
    let package = Package::open(&root).unwrap();
    for file in [".git", "data/secret/2 .in", "data/secret/\u{fffd}.in"] {
        check_warning(&package, file, "is ignored");
    }
    assert_eq!(package.cases.len(), 2);
    assert_eq!(package.hash().unwrap(), plain);

    fs::rename(&root, around.path().join("Not Small")).unwrap();
    let package = Package::open(&around.path().join("Not Small")).unwrap();
    check_warning(&package, "", "lower-case letters and digits only");
}

#[test]
fn links_stay_inside_or_are_refused() {
    let around = directory(&files());
    let root = around.path().join("small");
    symlink("../sample/1.in", root.join("data/secret/2.in")).unwrap();
    symlink("1.ans", root.join("data/secret/2.ans")).unwrap();
    symlink("../sample", root.join("data/secret/more")).unwrap();
    let package = Package::open(&root).unwrap();
    let names: Vec<&str> = package.cases.iter().map(|case| case.name.as_str()).collect();
    assert_eq!(names, ["sample/1", "secret/1", "secret/2", "secret/more/1"]);
    assert_eq!(
        package.hash().unwrap(),
        Package::open(&root).unwrap().hash().unwrap()
    );

    for (name, target, words) in [
        ("absolute", "/etc/passwd", "absolute path"),
        ("up", "../../x", "leaves the package"),
        ("again", "../small/problem.yaml", "leaves the package"),
        ("nothing", "nowhere", "to nothing"),
        ("circle", "circle", "in a circle"),
        ("data/secret/deep", "../..", "in a circle"),
        ("hidden", ".git/config", "does not allow"),
    ] {
        let at = root.join(name);
        symlink(target, &at).unwrap();
        let refused = Package::open(&root).unwrap_err();
        find(&refused, name, words);
        fs::remove_file(at).unwrap();
    }
}

#[test]
fn the_depth_is_bounded() {
    let deep = format!("attachments/templates/{}x", "d/".repeat(19));
    let refused = refused(with(&[(&deep, "")]));
    assert_eq!(refused.0.len(), 1, "{refused}");
    assert!(
        refused.0[0].what.contains("more than 20 directories deep"),
        "{refused}"
    );
    accepted(with(&[(&deep[..deep.len() - 2], "")]));
}

#[test]
fn complaints_are_bounded() {
    let mut files = files();
    for i in 0..1000 {
        set(&mut files, &format!("data/secret/{i}x.ans"), "");
    }
    let refused = refused(open(&files));
    assert_eq!(refused.0.len(), 201);
    assert_eq!(refused.0[200].what, "and 800 more like these");
}

#[test]
fn the_hash_knows_every_file() {
    let base = accepted_hash(&files());
    let mut changed = files();
    set(&mut changed, "data/secret/1.in", "3\n");
    let content = accepted_hash(&changed);
    let mut changed = files();
    set(&mut changed, "solution/idea.md", "");
    let empty_file = accepted_hash(&changed);
    let mut changed = files();
    remove(&mut changed, "submissions/accepted/copy.py");
    set(&mut changed, "submissions/accepted/copy2.py", "print(input())\n");
    let name = accepted_hash(&changed);
    let all = [base.clone(), content, empty_file, name];
    for (i, one) in all.iter().enumerate() {
        assert!(all[..i].iter().all(|other| other != one), "{all:?}");
    }
    assert_eq!(base, accepted_hash(&files()), "whatever the directory");
}

fn accepted_hash(files: &Files) -> String {
    let around = directory(files);
    let package = Package::open(&around.path().join("small")).unwrap();
    package.hash().unwrap().to_string()
}
