//! Test cases with what they inherit, and example submissions.

#![expect(clippy::panic, reason = "helpers of tests are tests")]

mod fixture;

use std::path::Path;

use domain::Verdict::{Ac, Mle, Ole, Rte, Tle, Wa};
use fixture::*;
use problems::{Comparator, Seen, Standing};

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
        "interactive and multi-pass problems only",
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
    assert_eq!(expected("accepted/copy.py"), [Ac]);
    assert_eq!(expected("wrong_answer/a.c"), [Wa]);
    assert_eq!(expected("time_limit_exceeded/a.c"), [Tle]);
    assert_eq!(expected("run_time_error/b"), [Rte]);
    assert_eq!(expected("rejected/a.c"), [Wa, Tle, Rte]);
    assert_eq!(expected("brute_force/a.c"), [Tle, Rte]);
    assert_eq!(package.submissions.len(), 6);
    check_warning(&package, "submissions/mixed/a.c", "tells what is expected");
    check_warning(&package, "submissions/README.md", "is ignored");
    let crash = package
        .submissions
        .iter()
        .find(|example| example.path == Path::new("run_time_error/b"))
        .unwrap();
    assert_eq!(crash.files.len(), 2);
    for (verdict, agrees) in [(Rte, true), (Mle, true), (Ole, true), (Ac, false), (Tle, false)] {
        assert_eq!(crash.agrees_with(verdict), agrees, "{verdict}");
    }
}

fn expected(yaml: &str, path: &str) -> Vec<domain::Verdict> {
    let mut more = vec![("submissions/submissions.yaml", yaml)];
    let full = format!("submissions/{path}");
    more.push((&full, "x\n"));
    let package = accepted(with(&more));
    let example = package
        .submissions
        .iter()
        .find(|example| example.path == Path::new(path));
    example
        .unwrap_or_else(|| panic!("{path}: {:?}", package.warnings))
        .expected
        .clone()
}

#[test]
fn submissions_yaml_adds_to_the_directories() {
    for (yaml, path, verdicts) in [
        ("", "accepted/a.c", vec![Ac]),
        (
            "mixed: {permitted: [AC, WA, TLE], required: [TLE]}\n",
            "mixed/a.c",
            vec![Wa, Tle],
        ),
        ("'mixed/*.c': {permitted: [RTE]}\n", "mixed/a.c", vec![Rte]),
        ("mixed/: {permitted: [RTE]}\n", "mixed/a.c", vec![Rte]),
        (
            "'mixed/{a,b}.c': {required: [AC, WA]}\n",
            "mixed/b.c",
            vec![Ac, Wa, Tle, Rte],
        ),
        ("mixed/a.c: {message: x}\n", "mixed/a.c", vec![Ac, Wa, Tle, Rte]),
        // Key by key: what is permitted in the directory stays.
        (
            "wrong_answer: {required: [AC, WA]}\n",
            "wrong_answer/a.c",
            vec![Ac, Wa],
        ),
        (
            "wrong_answer: {permitted: [WA, RTE]}\n",
            "wrong_answer/a.c",
            vec![Wa, Rte],
        ),
        // Both entries count.
        (
            "rejected/a.c: {permitted: [AC, TLE]}\n",
            "rejected/a.c",
            vec![Tle],
        ),
        (
            "'*/a.c': {permitted: [AC, RTE]}\n'mixed/*': {required: [RTE]}\n",
            "mixed/a.c",
            vec![Rte],
        ),
    ] {
        assert_eq!(expected(yaml, path), verdicts, "{yaml}");
    }
}

#[test]
fn tags_speak_of_the_judgement() {
    let tag = "# @EXPECTED_RESULTS@: WRONG-ANSWER, TIMELIMIT\n";
    let package = accepted(with(&[("submissions/mixed/a.py", tag)]));
    let found = package
        .submissions
        .iter()
        .find(|example| example.path.starts_with("mixed"));
    let example = found.unwrap();
    assert_eq!(example.expected, [Wa, Tle]);
    let runs = [("sample/1", Ac), ("secret/1", Wa)].map(|(case, verdict)| Seen {
        case,
        verdict,
        messages: Vec::new(),
    });
    assert_eq!(example.standing(Wa, &runs, &["secret/2"]), Standing::Met);
    let missed = Standing::Missed("RTE is not permitted".to_owned());
    assert_eq!(example.standing(Rte, &runs, &[]), missed);
}

#[test]
fn submissions_yaml_is_checked() {
    let yaml = |yaml: &str| with(&[("submissions/submissions.yaml", yaml)]);
    let file = "submissions/submissions.yaml";
    check(
        yaml("accepted: {permitted: [WA]}\naccepted/copy.py: {permitted: [AC]}\n"),
        file,
        1,
        "accepted",
        "leaves no verdict",
    );
    check(yaml("a: 5\n"), file, 1, "a", "must be a map");
    check(
        yaml("\na: {permitted: [XX]}\n"),
        file,
        2,
        "a.permitted[0]",
        "is not one of AC, WA, TLE and RTE",
    );
    check(yaml("a: {required: []}\n"), file, 1, "a.required", "at least one");
    check(
        yaml("a: {required: WA}\n"),
        file,
        1,
        "a.required",
        "must be a list",
    );
    check(
        yaml("a: {language: 'c++'}\n"),
        file,
        1,
        "a.language",
        "must consist of",
    );
    check(
        yaml("a: {score: 5}\n"),
        file,
        1,
        "a.score",
        "scoring problems only",
    );
    check(yaml("a: {speed: 5}\n"), file, 1, "a.speed", "is neither a key");
    check(
        yaml("a: {use_for_time_limit: 5}\n"),
        file,
        1,
        "a.use_for_time_limit",
        "lower or upper",
    );
    let package = accepted(yaml("a: {'secret/*': {permited: [AC]}}\n"));
    check_warning(&package, file, "is not a key");
    check(yaml("a: {'secret/{': {}}\n"), file, 1, "a.secret/{", "braces");
    check(yaml("'a/**': {}\n"), file, 1, "a/**", "has **");
    check(yaml("- a\n"), file, 1, "", "must be a map, not a list");
    let package = accepted(yaml(
        "accepted: {language: python3, entrypoint: main.py, model_solution: true, authors: [Ada]}\nnone: {}\n",
    ));
    assert_eq!(
        package.submissions[0]
            .language
            .as_ref()
            .map(ToString::to_string)
            .as_deref(),
        Some("python3")
    );
    assert_eq!(package.submissions[0].entrypoint.as_deref(), Some("main.py"));
    check_warning(&package, file, "names no example submission");
    accepted(yaml(
        "accepted: {use_for_time_limit: upper, 'secret/*': {required: [AC], message: x}}\n",
    ));
}

#[test]
fn outputs_are_checked_against_what_the_package_says_of_them() {
    let output = |directory: &str, args: &str, answer: &str, output: &str| {
        let path = |ending: &str| format!("data/{directory}/1{ending}");
        with(&[
            (&path(".in"), "1\n"),
            (&path(".ans"), answer),
            (&path(".out"), output),
            (&format!("data/{directory}/test_group.yaml"), args),
        ])
    };
    accepted(output("valid_output", "", "1\n", "1"));
    accepted(output("invalid_output", "", "1\n", "2\n"));
    accepted(output(
        "valid_output",
        "output_validator_args: [float_tolerance, 1]\n",
        "1\n",
        "2\n",
    ));
    check(
        output("valid_output", "", "1\n", "2\n"),
        "data/valid_output/1.out",
        0,
        "",
        "but is rejected: line 1",
    );
    check(
        output("invalid_output", "", "yes\n", "YES\n"),
        "data/invalid_output/1.out",
        0,
        "",
        "but is accepted",
    );
    let pair = [
        ("data/invalid_output/1.in", "1\n"),
        ("data/invalid_output/1.ans", "1\n"),
    ];
    check(with(&pair), "data/invalid_output/1.out", 0, "", "is missing");
    accepted(with(&[("data/invalid_input/1.in", "no\n")]));
}
