//! Programs of packages, what is added to submissions, and what a case gives them.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod fixture;

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use fixture::{accepted, check, check_warning, check_yaml, directory, files, set, with, with_yaml};
use problems::{Case, Package, ProgramFile, Start};

fn names(files: &[ProgramFile]) -> Vec<&str> {
    files.iter().map(|file| file.name.as_str()).collect()
}

fn case<'a>(package: &'a Package, name: &str) -> &'a Case {
    package.cases.iter().find(|case| case.name == name).unwrap()
}

/// The package with a script in it, which may be executable.
fn with_script(path: &str, content: &str, mode: u32) -> Result<Package, problems::Refused> {
    let mut files = files();
    set(&mut files, path, content);
    set(&mut files, "output_validator/check.cpp", "x\n");
    let around = directory(&files);
    let root = around.path().join("small");
    fs::set_permissions(root.join(path), Permissions::from_mode(mode)).unwrap();
    Package::open(&root)
}

#[test]
fn programs_have_directories_and_scripts() {
    let package = accepted(with(&[
        ("output_validator/check/main.cpp", "x\n"),
        ("output_validator/check/lib/tree.h", "x\n"),
        ("output_validator/check/lib/deep/tree.cpp", "x\n"),
    ]));
    let validator = &package.output_validators[0];
    assert_eq!(validator.name, "check");
    assert_eq!(
        names(&validator.files),
        ["lib/deep/tree.cpp", "lib/tree.h", "main.cpp"]
    );
    assert_eq!(validator.start, Start::Language("cpp".parse().unwrap()));

    for (name, mode, content, start) in [
        ("build", 0o755, "#!/bin/sh\n", Start::Build),
        ("run", 0o755, "#!/bin/sh\n", Start::Run),
        ("run", 0o755, "\x7fELF", Start::Run),
        ("build", 0o644, "#!/bin/sh\n", Start::Build),
        ("run", 0o644, "#!/usr/bin/env python3\n", Start::Run),
    ] {
        let package = accepted(with_script(&format!("output_validator/{name}"), content, mode));
        let validator = &package.output_validators[0];
        assert_eq!(validator.start, start);
        let script = validator.files.iter().find(|file| file.name == name).unwrap();
        assert!(script.executable);
        assert_eq!(package.warnings.len(), usize::from(mode == 0o644), "{name}");
    }
    check(
        with_script("output_validator/run", "x", 0o644),
        "output_validator",
        0,
        "",
        "`run` that is not executable",
    );
}

#[test]
fn a_program_is_in_the_language_of_most_of_its_files() {
    for (files, expected) in [
        (&["a.cpp", "b.c", "c.c"][..], Some("cpp")),
        (&["a.cpp", "b.cc", "gen.py"], Some("cpp")),
        (&["a.cpp", "table.txt"], Some("cpp")),
        (&["a.py", "b.cpp"], None),
    ] {
        let files: Vec<_> = files
            .iter()
            .map(|file| (format!("output_validator/{file}"), "x\n"))
            .collect();
        let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), *text)).collect();
        match expected {
            Some(code) => {
                let package = accepted(with(&files));
                let start = &package.output_validators[0].start;
                assert_eq!(*start, Start::Language(code.parse().unwrap()));
            }
            None => check(with(&files), "output_validator", 0, "", "several languages"),
        }
    }
}

#[test]
fn input_validators_of_one_name_cannot_be_told_apart() {
    check(
        with(&[("input_validators/any.cpp", "x\n")]),
        "input_validators",
        0,
        "",
        "two programs of the name any",
    );
    let package = accepted(with(&[
        ("input_validators/format.ctd", "EOF\n"),
        ("input_validators/other.viva", "x\n"),
        ("input_validators/deep/format.ctd", "EOF\n"),
    ]));
    for (file, words) in [
        ("input_validators/format.ctd", "Checktestdata"),
        ("input_validators/other.viva", "VIVA"),
        ("input_validators/deep/format.ctd", "Checktestdata"),
    ] {
        check_warning(&package, file, words);
    }
    assert_eq!(package.input_validators.len(), 1);
}

#[test]
fn cases_give_arguments_and_files() {
    let package = accepted(with(&[
        (
            "data/secret/test_group.yaml",
            "args: [--fast, 1e-6, true]\ninput_validator_args: {any: [a], other.py: [b]}\n",
        ),
        ("data/secret/2.in", "x\n"),
        ("data/secret/2.ans", "x\n"),
        ("data/secret/2.yaml", "args: []\nhint: Look.\ndescription: Two.\n"),
        ("data/secret/2.files/words.txt", "x\n"),
        ("data/secret/2.files/deep/more.txt", "x\n"),
        ("data/invalid_input/bad.in", "x\n"),
        ("data/invalid_input/bad.yaml", "args: [z]\n"),
        ("data/invalid_input/bad.files/words.txt", "x\n"),
        (
            "data/invalid_input/test_group.yaml",
            "input_validator_args: [w]\n",
        ),
    ]));
    assert_eq!(package.warnings, []);
    assert_eq!(case(&package, "sample/1").args, [""; 0]);
    let one = case(&package, "secret/1");
    assert_eq!(one.args, ["--fast", "1e-6", "true"]);
    assert_eq!(one.input_validator_args.of("any"), ["a"]);
    assert_eq!(one.input_validator_args.of("other"), ["b"]);
    assert_eq!(one.input_validator_args.of("third"), [""; 0]);
    assert!(one.files.is_empty());
    let two = case(&package, "secret/2");
    assert_eq!(two.args, [""; 0]);
    assert_eq!(names(&two.files), ["deep/more.txt", "words.txt"]);
    let invalid = &package.invalid_inputs[0];
    assert_eq!(invalid.name, "data/invalid_input/bad.in");
    assert_eq!(
        (invalid.args.as_slice(), invalid.files.len()),
        (&["z".to_owned()][..], 1)
    );
    assert_eq!(invalid.validator_args.of("any"), ["w"]);

    check(
        with(&[("data/secret/3.files/a", "x\n")]),
        "data/secret/3.files",
        0,
        "",
        "belongs to no test case",
    );
    check(
        with(&[("data/secret/1.yaml", "args: x\n")]),
        "data/secret/1.yaml",
        1,
        "args",
        "must be a list",
    );
}

#[test]
fn includes_have_directories() {
    let package = accepted(with(&[
        ("include/cpp/lib/a.h", "x\n"),
        ("include/cpp/main.cpp", "x\n"),
        ("include/default/note.txt", "x\n"),
    ]));
    let of = |code: &str| names(package.includes.of(&code.parse().unwrap())).join(" ");
    assert_eq!(of("cpp"), "lib/a.h main.cpp");
    assert_eq!(of("python3"), "note.txt");
}

#[test]
fn constants_stand_for_words() {
    let constants = "constants:\n  n: 1e5\n  mod: {value: 007, tex: '10^9', pi: 3.1400}\n  unit: cm\n";
    let mut all = files();
    set(
        &mut all,
        "problem.yaml",
        &format!("{}{constants}", fixture::PROBLEM_YAML),
    );
    set(
        &mut all,
        "data/secret/test_group.yaml",
        "args: ['{{n}}', '{{mod}}', '{{mod.value}}', '{{mod.tex}}', '{{mod.pi}}', '{{unit}}', '{{x}}']\n",
    );
    let package = accepted(fixture::open(&all));
    assert_eq!(
        case(&package, "secret/1").args,
        ["1e5", "007", "007", "10^9", "3.1400", "cm", "{{x}}"]
    );
    assert_eq!(package.constants.fill(b"{{n}} {{unit}}").as_ref(), b"1e5 cm");
    accepted(with_yaml("constants: {}\n"));
    check_yaml("constants: 5\n", 6, "constants", "must be a map");
    check_yaml("constants: {n: [5]}\n", 6, "constants.n", "number or a string");
    check_yaml("constants: {n: true}\n", 6, "constants.n", "number or a string");
    check_yaml("constants: {1n: 5}\n", 6, "constants.1n", "is not a name");
    check_yaml(
        "constants: {n: {tex: 5}}\n",
        6,
        "constants.n.value",
        "is required",
    );
}
