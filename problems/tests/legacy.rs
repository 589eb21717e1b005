//! Packages of the versions before 2025-09, as they are in the wild.

mod fixture;

use std::io::Cursor;
use std::path::Path;

use domain::Verdict::{self, Ac, Ce, Rte, Tle, Wa};
use fixture::{Files, accepted, check, check_warning, directory, find, open, refused, remove, set, zip};
use problems::{Caps, Comparator, Mode, OnReject, Package, Refused, Start, StatementFormat, Version};

/// A legacy package as its authors write it.
fn files() -> Files {
    [
        ("problem.yaml", "name: Old\nlimits:\n  memory: 512\n"),
        (".timelimit", "3\n"),
        (
            "problem_statement/problem.tex",
            "\\problemname{Old}\nCopy the input.\n",
        ),
        ("input_format_validators/any.py", "raise SystemExit(42)\n"),
        ("data/sample/1.in", "1\n"),
        ("data/sample/1.ans", "1\n"),
        ("data/secret/group1/1.in", "2\n"),
        ("data/secret/group1/1.ans", "2\n"),
        ("submissions/accepted/copy.py", "print(input())\n"),
    ]
    .map(|(path, content)| (path.to_owned(), content.to_owned()))
    .to_vec()
}

fn with(more: &[(&str, &str)]) -> Result<Package, Refused> {
    let mut files = files();
    for (path, content) in more {
        set(&mut files, path, content);
    }
    open(&files)
}

fn yaml(text: &str) -> Result<Package, Refused> {
    with(&[("problem.yaml", text)])
}

#[test]
fn a_legacy_package_is_read_without_a_word() {
    let package = accepted(open(&files()));
    assert_eq!(package.warnings, []);
    assert_eq!(package.version, Version::Legacy);
    assert_eq!(package.name, "Old");
    assert_eq!(package.uuid, None);
    assert_eq!(package.limits.cpu_us, 3_000_000);
    assert_eq!(package.limits.memory_bytes, 512 << 20);
    assert_eq!(package.statements.len(), 1);
    assert_eq!(package.statements[0].language, "en");
    assert_eq!(package.statements[0].format, StatementFormat::Latex);
    let names: Vec<&str> = package.cases.iter().map(|case| case.name.as_str()).collect();
    assert_eq!(names, ["sample/1", "secret/group1/1"]);
    assert!(package.output_validators.is_empty());
}

#[test]
fn versions_are_told_apart() {
    for (line, version) in [
        ("", Version::Legacy),
        ("problem_format_version: legacy\n", Version::Legacy),
        ("problem_format_version: legacy-icpc\n", Version::LegacyIcpc),
        ("problem_format_version: 2023-07\n", Version::Draft),
        ("problem_format_version: 2023-07-draft\n", Version::Draft),
    ] {
        let package = accepted(yaml(&format!("{line}name: x\n")));
        assert_eq!(package.version, version, "{line}");
        assert_eq!(package.version.to_string(), version.to_string());
    }
}

#[test]
fn a_file_without_any_key_is_a_legacy_one() {
    for text in ["", "# nothing\n", "---\n"] {
        let package = accepted(yaml(text));
        assert_eq!(package.version, Version::Legacy);
        assert_eq!(package.name, "Old", "as the statement says");
        assert_eq!(package.limits.cpu_us, 3_000_000);
        check_warning(&package, "problem.yaml", "is empty");
    }
}

#[test]
fn scores_of_validators_make_a_scoring_problem() {
    let validator = ("output_validators/check.py", "raise SystemExit(42)\n");
    for text in ["", "type: pass-fail\n"] {
        let text = format!("{text}name: x\nvalidation: custom score interactive\n");
        let package = accepted(with(&[("problem.yaml", &text), validator]));
        assert!(package.is_scoring());
        assert!(package.is_interactive());
        check_warning(&package, "problem.yaml", "makes it a scoring problem");
    }
    let text = "name: x\ntype: scoring\nvalidation: custom score\n";
    let package = accepted(with(&[("problem.yaml", text), validator]));
    assert!(package.is_scoring());
    assert_eq!(package.warnings.len(), 0, "{:?}", package.warnings);
}

#[test]
fn programs_in_python_2_say_so() {
    for (first, language) in [
        ("#!/usr/bin/env python2\n", "python2"),
        ("#!/usr/bin/python2.7\r\n", "python2"),
        ("#!/usr/bin/env python\n", "python3"),
        ("#!/usr/bin/env python3\n# python2\n", "python3"),
        ("# python2\n", "python3"),
    ] {
        let package = accepted(with(&[("input_validators/old.py", first)]));
        let old = package
            .input_validators
            .iter()
            .find(|program| program.name == "old");
        let expected = Start::Language(language.parse().unwrap());
        assert_eq!(old.unwrap().start, expected, "{first:?}");
    }
}

#[test]
fn every_key_of_the_wild_passes() {
    let package = accepted(yaml(
        "name: 2048\nauthor: ''\nauthors: [a, b]\nsource:\nsource_url: x\nlicense: cc by-sa\nrights_owner: ''\n\
         uuid: 5\nkeywords: a b c\ntype: pass-fail\ngrading: {objective: max, show_test_data_groups: false}\n\
         validation: default\nvalidator_flags: case_sensitive float_tolerance 1e-6\nlibraries: x\n\
         limits: {time_multiplier: 5, time_safety_margin: 2.5, memory: 1024, output: 4, code: 64, \
         compilation_time: 120, compilation_memory: 4096, validation_time: 30, validation_memory: 1024, validation_output: 2}\n",
    ));
    assert_eq!(package.warnings, []);
    assert_eq!(package.name, "2048");
    assert_eq!(package.uuid.as_deref(), Some("5"));
    assert_eq!(package.code_bytes, 64 << 10);
    assert_eq!(package.validation_limits.cpu_us, 30_000_000);
    assert_eq!(package.validation_limits.memory_bytes, 1024 << 20);
    assert_eq!(package.validation_limits.output_bytes, 2 << 20);
    assert!(package.cases[0].comparator.case_sensitive);

    let package = accepted(yaml(
        "name: x\nshort_name: y\nlimits: {time_for_AC_submissions: 3}\n",
    ));
    check_warning(&package, "problem.yaml", "is ignored");
    assert_eq!(package.warnings.len(), 2, "{:?}", package.warnings);
    assert_eq!(
        package
            .warnings
            .iter()
            .filter_map(|warning| warning.line)
            .collect::<Vec<_>>()
            .len(),
        2
    );
}

#[test]
fn validation_that_says_nothing_known_is_refused() {
    for (text, key, words) in [
        (
            "validation: custom x\n",
            "validation",
            "\"x\" is none of the words",
        ),
        (
            "validation: 5\n",
            "validation",
            "must begin with default or custom",
        ),
    ] {
        let files = [("problem.yaml", text), ("output_validators/a.py", "x\n")];
        check(with(&files), "problem.yaml", 1, key, words);
    }
}

#[test]
fn a_time_limit_follows_from_the_slowest_accepted_submission() {
    let infer = |limits: &str, slowest_us: u64| {
        let mut files = files();
        remove(&mut files, ".timelimit");
        set(
            &mut files,
            "problem.yaml",
            &format!("name: x\nlimits: {limits}\n"),
        );
        let mut package = accepted(open(&files));
        let inferred = package.infer_time_limit(slowest_us);
        assert_eq!(inferred.unwrap_or(package.limits.cpu_us), package.limits.cpu_us);
        inferred
    };
    assert_eq!(infer("{}", 10_000), Some(1_000_000));
    assert_eq!(infer("{}", 200_000), Some(1_000_000));
    assert_eq!(infer("{}", 200_001), Some(2_000_000));
    assert_eq!(infer("{time_multiplier: 2}", 1_400_000), Some(3_000_000));
    assert_eq!(infer("{time_limit: 4}", 10_000), None);
}

fn cpu_us(more: &[(&str, &str)]) -> u64 {
    accepted(with(more)).limits.cpu_us
}

#[test]
fn the_time_limit_is_found_where_people_put_it() {
    assert_eq!(cpu_us(&[(".timelimit", " 0.5 ")]), 500_000);
    assert_eq!(
        cpu_us(&[("domjudge-problem.ini", "timelimit = '2'\ncolor=#ff0000\n")]),
        2_000_000
    );
    assert_eq!(
        cpu_us(&[(
            "domjudge-problem.ini",
            "; x\n[p]\nshort-name=a\ntimelimit=\"1.5\"\n"
        )]),
        1_500_000
    );
    assert_eq!(
        cpu_us(&[("problem.yaml", "name: x\nlimits: {time_limit: 7}\n")]),
        7_000_000
    );
    let mut without = files();
    remove(&mut without, ".timelimit");
    let package = accepted(open(&without));
    assert_eq!(package.limits.cpu_us, 10_000_000);
    check_warning(&package, "problem.yaml", "takes 10 seconds");
    for text in ["", "x", "-1", "0", "inf", "3601"] {
        check(
            with(&[(".timelimit", text)]),
            ".timelimit",
            1,
            "",
            "must be more than 0",
        );
    }
    check(
        with(&[("domjudge-problem.ini", "name=x\ntimelimit=soon\n")]),
        "domjudge-problem.ini",
        2,
        "timelimit",
        "not \"soon\"",
    );
    check(
        with(&[("domjudge-problem.ini", "special_compare = check\n")]),
        "domjudge-problem.ini",
        1,
        "special_compare",
        "a program of a DOMjudge server",
    );
}

#[test]
fn a_zip_keeps_the_time_limit_and_a_package_of_domjudge_needs_no_more() {
    let mut small = files();
    remove(&mut small, "problem.yaml");
    remove(&mut small, "problem_statement");
    remove(&mut small, "input_format_validators");
    set(&mut small, "domjudge-problem.ini", "name='Kurz'\nshort-name=A\n");
    set(&mut small, "problem.pdf", "%PDF");
    let entries: Vec<_> = small
        .iter()
        .map(|(path, content)| fixture::file(path, content))
        .collect();
    let into = tempfile::tempdir().unwrap();
    let package = Package::unzip(Cursor::new(zip(&entries)), into.path(), &Caps::default()).unwrap();
    assert_eq!(package.name, "Kurz");
    assert_eq!(package.limits.cpu_us, 3_000_000);
    assert_eq!(package.statements[0].format, StatementFormat::Pdf);
    check_warning(&package, "problem.yaml", "is missing");
    check_warning(&package, "input_validators", "is missing");

    let mut again = Cursor::new(Vec::new());
    package.zip(&mut again).unwrap();
    let into = tempfile::tempdir().unwrap();
    let unzipped = Package::unzip(again, into.path(), &Caps::default()).unwrap();
    assert_eq!(unzipped.limits.cpu_us, 3_000_000);
    assert_eq!(unzipped.hash().unwrap(), package.hash().unwrap());
    // Only at the top, and only that name.
    let package = accepted(with(&[("data/.timelimit", "1"), (".other", "1")]));
    check_warning(&package, "data/.timelimit", "is ignored");
    check_warning(&package, ".other", "is ignored");
}

fn relative(value: f64) -> Comparator {
    Comparator {
        float_relative_tolerance: Some(value),
        float_absolute_tolerance: Some(value),
        ..Comparator::default()
    }
}

#[test]
fn flags_come_from_the_problem_and_from_groups_key_by_key() {
    let package = accepted(with(&[
        ("problem.yaml", "name: x\nvalidator_flags: float_tolerance 1e-3\n"),
        ("data/testdata.yaml", "on_reject: continue\n"),
        (
            "data/secret/testdata.yaml",
            "output_validator_flags: float_tolerance 1e-6\n",
        ),
        (
            "data/secret/group1/testdata.yaml",
            "on_reject: break\ngrader_flags: first_error\nrange: 0 1\naccept_score: 1\n",
        ),
        ("data/secret/group2/a/1.in", "x\n"),
        ("data/secret/group2/a/1.ans", "x\n"),
        (
            "data/secret/group2/testdata.yaml",
            "output_validator_flags: case_sensitive\ninput_validator_flags: x\n",
        ),
    ]));
    let of = |name: &str| {
        let case = package.cases.iter().find(|case| case.name == name);
        case.unwrap_or_else(|| panic!("{name}")).comparator.clone()
    };
    assert_eq!(of("sample/1"), relative(1e-3));
    // The last one counts, as in the tools of their time.
    assert_eq!(of("secret/group1/1"), relative(1e-6));
    let both = Comparator {
        case_sensitive: true,
        ..relative(1e-3)
    };
    assert_eq!(of("secret/group2/a/1"), both);

    let groups = |group: &problems::Group, path: &[usize]| {
        let mut group = group.clone();
        for index in path {
            match group.children.get(*index) {
                Some(problems::Child::Group(inner)) => group = inner.clone(),
                other => panic!("{other:?}"),
            }
        }
        (group.on_reject, group.mode)
    };
    let root = &package.groups;
    assert_eq!(groups(root, &[]), (OnReject::Continue, Mode::WorstError));
    assert_eq!(groups(root, &[0]), (OnReject::Continue, Mode::WorstError));
    assert_eq!(groups(root, &[1, 0]), (OnReject::Break, Mode::FirstError));
    assert_eq!(groups(root, &[1, 1, 0]), (OnReject::Continue, Mode::WorstError));
    assert_eq!(root.cases(), 3);
    let package = accepted(with(&[(
        "data/testdata.yaml",
        "grader_flags: ignore_sample min\n",
    )]));
    assert_eq!((package.groups.cases(), package.cases.len()), (1, 2));
}

#[test]
fn test_data_settings_are_checked() {
    let file = "data/secret/testdata.yaml";
    for (text, key, words) in [
        ("on_reject: stop\n", "on_reject", "break or continue"),
        ("grading: 5\n", "grading", "default or custom"),
        (
            "grader_flags: best\n",
            "grader_flags",
            "not a flag of the default grader",
        ),
        (
            "output_validator_flags: fuzzy\n",
            "output_validator_flags",
            "is not an argument",
        ),
        ("output_validator_flags: {name: a, flag: b}\n", "", "is not a key"),
    ] {
        let result = with(&[(file, text)]);
        if key.is_empty() {
            check_warning(&accepted(result), file, words);
        } else {
            check(result, file, 1, key, words);
        }
    }
    check(
        yaml("name: x\nvalidator_flags: fuzzy\n"),
        "problem.yaml",
        2,
        "validator_flags",
        "is not an argument",
    );
    check(with(&[(file, "a: [\n")]), file, 1, "", "is not YAML");
    // What else is there is not held to the rules of another version.
    let unreadable = yaml("name: [x\n").unwrap_err().0;
    assert_eq!(unreadable.len(), 1, "{unreadable:?}");
    check(
        with(&[("data/secret/2.in", "1\n")]),
        "data/secret/2.in",
        0,
        "",
        "there is no 2.ans",
    );
    check(
        with(&[("data/secret/2.ans", "1\n")]),
        "data/secret/2.ans",
        0,
        "",
        "there is no 2.in",
    );
    let package = accepted(with(&[
        ("data/secret/group1/1.hint", "x"),
        ("data/secret/group1/1.desc", "x"),
        ("data/sample/2.interaction", "x"),
        (file, "objective: max\n"),
    ]));
    check_warning(&package, "data/sample/2.interaction", "there is no 2.in");
    check_warning(&package, file, "is ignored");
    assert_eq!(package.warnings.len(), 2, "{:?}", package.warnings);
}

#[test]
fn output_validators_are_found() {
    let names = |package: &Package| {
        let validators = package.output_validators.iter();
        validators
            .map(|validator| format!("{} {}", validator.name, validator.files.len()))
            .collect::<Vec<_>>()
    };
    let custom = (
        "problem.yaml",
        "name: x\nvalidation: custom\nvalidator_flags: a b\n",
    );
    let package = accepted(with(&[
        custom,
        ("output_validators/b.cc", "x"),
        ("output_validators/lib.h", "x"),
        ("output_validators/a/main.py", "x"),
        ("output_validators/a/words.txt", "x"),
        ("data/secret/testdata.yaml", "output_validator_flags: c\n"),
        (
            "data/secret/group1/testdata.yaml",
            "output_validator_flags: {name: a, flags: d e}\n",
        ),
    ]));
    assert_eq!(names(&package), ["a 2", "b 2"]);
    assert_eq!(
        package.output_validators[0].start,
        Start::Language("python3".parse().unwrap())
    );
    assert_eq!(package.cases[0].validator_args.of("a"), ["a", "b"]);
    assert_eq!(package.cases[1].validator_args.of("b"), ["a", "b", "c"]);
    assert_eq!(package.cases[1].validator_args.of("a"), ["a", "b", "d", "e"]);
    // As DOMjudge has it.
    assert_eq!(
        names(&accepted(with(&[custom, ("output_validator/check.cpp", "x")]))),
        ["check 1"]
    );

    let package = accepted(with(&[("output_validators/b.cc", "x")]));
    assert_eq!(names(&package), [""; 0]);
    check_warning(&package, "output_validators", "is not used");
    check(with(&[custom]), "output_validators", 0, "", "is missing, while");
    for (path, file, words) in [
        (
            "output_validators/a/main.x",
            "output_validators/a",
            "no file in a language",
        ),
        ("output_validators/README", "output_validators", "has no program"),
        (
            "output_validators/a/build",
            "output_validators/a",
            "`build` that is not executable",
        ),
        ("output_validators/a/run", "output_validators/a", "not executable"),
    ] {
        check(with(&[custom, (path, "x")]), file, 0, "", words);
    }
    let two = [
        custom,
        ("output_validators/a/a.py", "x"),
        ("output_validators/a/a.cc", "x"),
    ];
    check(
        with(&two),
        "output_validators/a",
        0,
        "",
        "several languages: cpp, python3",
    );
}

fn expected(path: &str, source: &str) -> Option<Vec<Verdict>> {
    let full = format!("submissions/{path}");
    let package = accepted(with(&[(&full, source)]));
    let program = Path::new(path).iter().take(2).collect::<std::path::PathBuf>();
    let mut examples = package.submissions.into_iter();
    examples
        .find(|example| example.path == program)
        .map(|example| example.expected)
}

#[test]
fn examples_expect_what_their_directories_or_tags_say() {
    let tag = |values: &str| format!("# @EXPECTED_RESULTS@: {values}\nx\n");
    for (path, source, verdicts) in [
        ("accepted/a.c", String::from("x"), Some(vec![Ac])),
        ("wrong_answer/a.c", "x".into(), Some(vec![Wa])),
        ("time_limit_exceeded/a.c", "x".into(), Some(vec![Wa, Tle])),
        // It crashes somewhere; elsewhere it may do anything.
        ("run_time_error/a.c", "x".into(), Some(vec![Wa, Tle, Rte])),
        ("rejected/a.c", "x".into(), None),
        ("slow_accepted/a.c", "x".into(), None),
        (
            "mixed/a.c",
            tag("WRONG-ANSWER, timelimit ,RUN-ERROR"),
            Some(vec![Wa, Tle, Rte]),
        ),
        ("mixed/a.c", tag("CORRECT"), Some(vec![Ac])),
        (
            "mixed/a.c",
            "/* @EXPECTED_RESULTS@: NO-OUTPUT */\n".into(),
            Some(vec![Wa]),
        ),
        ("compiler_error/a.c", tag("COMPILER-ERROR"), Some(vec![Ce])),
        ("mixed/a/main.c", tag("RUN_TIME_ERROR"), Some(vec![Rte])),
        ("mixed/a/expected_result.txt", tag("ACCEPTED"), Some(vec![Ac])),
        ("mixed/a.c", tag("CHECK-MANUALLY"), None),
        // Where the directory says it, tags are ignored.
        ("accepted/a.c", tag("TIMELIMIT"), Some(vec![Ac])),
    ] {
        assert_eq!(expected(path, &source), verdicts, "{path} {source}");
    }
    let twice = format!("{}{}", tag("CORRECT"), tag("TIMELIMIT"));
    let package = accepted(with(&[("submissions/mixed/a.c", &twice)]));
    check_warning(&package, "submissions/mixed/a.c", "has 2 different tags");
    let same = format!("{0}{0}", tag("TIMELIMIT"));
    assert_eq!(expected("mixed/a.c", &same), Some(vec![Tle]));
}

#[test]
fn input_validators_are_found_and_refuse_nothing() {
    let package = accepted(with(&[
        ("input_validators/check/main.py", "x"),
        ("input_validators/grammar/check.ctd", "x"),
        ("data/secret/testdata.yaml", "input_validator_flags: a b\n"),
        (
            "data/secret/group1/testdata.yaml",
            "input_validator_flags: {name: check, flags: c}\n",
        ),
        ("data/invalid_input/1.in", "x"),
    ]));
    let names: Vec<&str> = package
        .input_validators
        .iter()
        .map(|validator| validator.name.as_str())
        .collect();
    assert_eq!(names, ["check", "any"]);
    check_warning(&package, "input_validators/grammar", "it is not run");
    assert_eq!(package.cases[1].input_validator_args.of("check"), ["c"]);
    assert_eq!(package.cases[1].input_validator_args.of("any"), ["a", "b"]);
    assert_eq!(package.cases[0].input_validator_args.of("any"), [""; 0]);
    assert_eq!(package.invalid_inputs.len(), 1);
    assert_eq!(package.invalid_inputs[0].name, "data/invalid_input/1.in");
}

#[test]
fn drafts_are_read_by_what_they_look_like() {
    let draft = (
        "problem.yaml",
        "problem_format_version: 2023-07-draft\nname: {en: X, sv: Y}\nuuid: x\ntype: [pass-fail]\nlimits: {time_limit: 2}\n",
    );
    // Of a kind that is nearly 2025-09.
    let mut files = files();
    for gone in [
        "problem_statement",
        ".timelimit",
        "input_format_validators",
        "problem.yaml",
    ] {
        remove(&mut files, gone);
    }
    set(&mut files, draft.0, draft.1);
    set(&mut files, "statement/problem.en.md", "x\n");
    set(&mut files, "input_validators/a.py", "x\n");
    set(&mut files, "output_validator/check.py", "x\n");
    set(
        &mut files,
        "data/secret/test_group.yaml",
        "output_validator_args: [a]\nscoring: {score: 5}\n",
    );
    set(&mut files, "submissions/rejected/a.py", "x\n");
    let package = accepted(open(&files));
    assert_eq!(package.warnings, []);
    assert_eq!(package.limits.cpu_us, 2_000_000);
    assert!(package.allow_file_writing);
    assert_eq!(package.output_validators.len(), 1);
    assert_eq!(package.cases[1].validator_args.of("check"), ["a"]);
    assert_eq!(package.submissions[1].expected, [Wa, Tle, Rte]);
    // Of a kind that is nearly legacy.
    let package = accepted(with(&[
        (
            "problem.yaml",
            "problem_format_version: 2023-07\nname: X\nvalidation: default\nrun_samples: true\n",
        ),
        (
            "data/testdata.yaml",
            "grading: {score: 1, aggregation: min}\non_reject: continue\n",
        ),
    ]));
    assert_eq!(package.warnings, []);
    assert_eq!(package.groups.on_reject, OnReject::Continue);
}

#[test]
fn values_are_read_as_other_readers_read_them() {
    let package = accepted(yaml(
        "name: Old\nlanguages: c cpp python3\nlimits: {memory: '512', output: 4.0, time_multiplier: \"3\", time_limit: '2'}\n\
         allow_file_writing: yes\nsource: a\nsource: b\nvalidator_flags: [case_sensitive]\n",
    ));
    let languages: Vec<String> = package
        .languages
        .iter()
        .flatten()
        .map(ToString::to_string)
        .collect();
    assert_eq!(languages, ["c", "cpp", "python3"]);
    assert_eq!(package.limits.memory_bytes, 512 << 20);
    assert_eq!(package.limits.output_bytes, 4 << 20);
    assert_eq!(package.limits.cpu_us, 2_000_000);
    assert!(package.cases[0].comparator.case_sensitive);
    for line in [
        "limits: {memory: 1.5}",
        "limits: {memory: x}",
        "limits: {time_limit: x}",
        "allow_file_writing: maybe",
    ] {
        refused(yaml(&format!("name: Old\n{line}\n")));
    }
    let mut files = files();
    remove(&mut files, ".timelimit");
    set(
        &mut files,
        "problem.yaml",
        "name: Old\nlimits: {time_multiplier: '3', time_safety_margin: 4}\n",
    );
    let inference = accepted(open(&files)).inference.unwrap();
    assert_eq!((inference.multiplier, inference.margin), (3.0, 4.0));
}

#[test]
fn a_statement_names_the_problem_where_nothing_else_does() {
    let statement = |path| (path, "\\problemname{Blue \\& Red}\n");
    for (path, yaml, expected) in [
        ("problem_statement/problem.tex", "author: me\n", "Blue & Red"),
        ("problem_statement/problem.sv.tex", "author: me\n", "Old"), // The English one goes first.
        ("problem_statement/problem.tex", "name: Given\n", "Given"),
    ] {
        let package = accepted(with(&[statement(path), ("problem.yaml", yaml)]));
        assert_eq!(package.name, expected, "{path} {yaml}");
    }
}

#[test]
fn settings_of_domjudge_give_way_to_the_package() {
    let ini = (
        "domjudge-problem.ini",
        "timelimit = '4' ; seconds\nspecial_compare=checker\n",
    );
    check(
        with(&[ini]),
        "domjudge-problem.ini",
        2,
        "special_compare",
        "names \"checker\"",
    );
    let package = accepted(with(&[
        ini,
        ("problem.yaml", "name: Old\nvalidation: custom\n"),
        ("output_validators/check.py", "x\n"),
    ]));
    assert_eq!(package.limits.cpu_us, 4_000_000);
    let package = accepted(with(&[
        (
            "submissions.json",
            "{\n\t\"submissions/accepted/many/\": {\"entry_point\": \"go.py\"}\n}\n",
        ),
        ("submissions/accepted/many/go.py", "x\n"),
        ("submissions/accepted/many/main.py", "x\n"),
    ]));
    let mut points = package
        .submissions
        .iter()
        .filter_map(|example| example.entrypoint.as_deref());
    assert_eq!(points.next(), Some("go.py"));
}

#[test]
fn everything_is_told_at_once() {
    let mut files = files();
    set(
        &mut files,
        "problem.yaml",
        "validation: sometimes\nlimits: 5\ntype: [x]\n",
    );
    set(&mut files, ".timelimit", "soon");
    set(&mut files, "data/testdata.yaml", "on_reject: x\n");
    remove(&mut files, "data/secret/group1/1.ans");
    remove(&mut files, "submissions");
    let around = directory(&files);
    let refused = refused(Package::open(&around.path().join("small")));
    find(&refused, "problem.yaml", "must begin with default or custom");
    find(&refused, "problem.yaml", "must be a map, not an integer");
    find(&refused, "problem.yaml", "is not a type");
    find(&refused, ".timelimit", "must be more than 0");
    find(&refused, "data/testdata.yaml", "break or continue");
    find(&refused, "data/secret/group1/1.in", "has no answer");
    assert_eq!(refused.0.len(), 6, "{refused}");
}
