//! What `problem.yaml` may say, and what its authors are told.

mod fixture;

use fixture::*;
use problems::{Package, StatementFormat};

#[test]
fn broken_yaml_is_told_with_its_line() {
    let broken = |content: &str| with(&[("problem.yaml", content)]);
    check(broken("a: 1\n b: 2\n"), "problem.yaml", 2, "", "is not YAML");
    check(broken(""), "problem.yaml", 1, "", "is empty");
    check(broken("# nothing\n"), "problem.yaml", 1, "", "is empty");
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
fn unknown_versions_are_refused() {
    let version = |line: &str| with(&[("problem.yaml", &format!("{line}\nname: x\n"))]);
    let key = "problem_format_version";
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
fn types_that_do_not_go_together_are_refused() {
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
fn unknown_keys_are_told() {
    let told = |package: Result<Package, problems::Refused>, file: &str, line: u32, key: &str| {
        let warnings = accepted(package).warnings;
        let is_told = warnings.iter().any(|warning| {
            let place = (warning.file.as_str(), warning.line, warning.key.as_deref());
            place == (file, Some(line), Some(key)) && warning.what.contains("is not a key")
        });
        assert!(
            is_told && warnings.len() == 1,
            "{file}:{line} {key}: {warnings:?}"
        );
    };
    let yaml = "problem.yaml";
    told(with_yaml("colour: red\n"), yaml, 6, "colour");
    told(with_limits("time: 5"), yaml, 6, "limits.time");
    told(with_yaml("credits: {author: me}\n"), yaml, 6, "credits.author");
    told(with_yaml("source: {name: x, link: y}\n"), yaml, 6, "source.link");
    let group = "data/sample/test_group.yaml";
    told(with(&[(group, "\nhint: x\n")]), group, 2, "hint");
    let case = "data/sample/1.yaml";
    told(with(&[(case, "max_score: 5\n")]), case, 1, "max_score");
    // Ignoring these would change verdicts.
    check_yaml("time_limit: 3\n", 6, "time_limit", "is not a key");
    check_yaml("validator_flags: x\n", 6, "validator_flags", "is not a key");
}

#[test]
fn a_key_that_is_there_twice_is_told() {
    check_yaml("name: Other\n", 6, "name", "is there twice, in line 2 before");
    check(
        with_limits("memory: 5\n  memory: 6"),
        "problem.yaml",
        7,
        "limits.memory",
        "is there twice",
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
        check_warning(&package, "problem.yaml", "takes 10 seconds");
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
