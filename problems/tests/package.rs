//! Packages as a whole: what is missing, what is not supported yet, links, names and the hash.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod fixture;

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::Path;

use domain::{Limits, ProblemType, Verdict};
use fixture::*;
use problems::{Package, StatementFormat, Version};

#[test]
fn the_small_package_is_valid() {
    let package = accepted(open(&files()));
    assert_eq!(package.warnings, []);
    assert_eq!(package.short_name, "small");
    assert_eq!(package.name, "Small");
    assert_eq!(package.version, Version::Y2025M09);
    assert_eq!(
        package.uuid.as_deref(),
        Some("3f1b2a44-8a0e-4c57-9c86-0a1f6f1a2b3c")
    );
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
        "output_validator_args: x\n",
    );
    set(&mut files, "output_validator/check.txt", "");
    let refused = refused(open(&files));
    find(&refused, "problem.yaml", "must be a string, not a list");
    find(&refused, "problem.yaml", "is required");
    find(&refused, "problem.yaml", "must be a map, not an integer");
    find(&refused, "data/secret/1.in", "has no answer");
    find(&refused, "data/sample/test_group.yaml", "must be a list");
    find(&refused, "output_validator/check.txt", "no file in a language");
    assert_eq!(refused.0.len(), 6, "{refused}");
    let text = refused.to_string();
    assert!(
        text.starts_with("problem.yaml:2: name: must be a string"),
        "{text}"
    );
    assert!(text.contains("\nproblem.yaml:3: limits: must be a map"), "{text}");
}

#[test]
fn what_would_change_verdicts_is_refused_until_it_is_honoured() {
    let group = "data/secret/test_group.yaml";
    check(
        with(&[(group, "static_validation_score: pass-fail\n")]),
        group,
        1,
        "static_validation_score",
        "wants a program in static_validator/",
    );
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
    let package = accepted(with_yaml("validation: custom\nauthor: me\n"));
    check_warning(&package, "problem.yaml", "has `type`");
    check_warning(&package, "problem.yaml", "2025-09 has `credits`");
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
