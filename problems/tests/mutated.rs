//! Packages with bytes that are not what they were: whatever they say, reading them ends with a package or with complaints.

mod fixture;

use std::io::Cursor;

use fixture::{Files, directory, files, set, zip};
use problems::{Caps, Package};
use proptest::prelude::*;

/// Packages that have something of everything that is read.
fn packages() -> Vec<Files> {
    let mut newest = files();
    for (path, content) in [
        (
            "problem.yaml",
            "problem_format_version: 2025-09\nname: {en: Small}\nuuid: 3f1b2a44-8a0e-4c57-9c86-0a1f6f1a2b3c\n\
             type: [scoring, multi-pass]\ncredits: {authors: [Ann <a@b.c>, {name: Bob}]}\nlicense: cc0\n\
             limits: {time_limit: 1.5, time_multipliers: {ac_to_time_limit: 2}, memory: 64, validation_passes: 3}\n\
             languages: [c, python3]\nconstants: {n: 5, m: {value: 7, tex: '10^9'}}\nembargo_until: 2030-01-01\n",
        ),
        (
            "data/secret/test_group.yaml",
            "max_score: 100\nscore_aggregation: sum\n",
        ),
        (
            "data/secret/a/test_group.yaml",
            "max_score: 40\nrequire_pass: sample\noutput_validator_args: [float_tolerance, 1e-6]\nstatic_validation_score: pass-fail\n",
        ),
        ("data/secret/a/1.in", "1\n"),
        ("data/secret/a/1.ans", "1\n"),
        (
            "data/secret/a/1.yaml",
            "args: ['{{n}}', 2]\nfull_feedback: true\nhint: x\n",
        ),
        ("output_validator/check.py", "raise SystemExit(42)\n"),
        ("static_validator/look.py", "raise SystemExit(42)\n"),
        (
            "submissions/submissions.yaml",
            "'{accepted,mixed}/*.py': {permitted: [AC, WA], required: [AC], score: [10, 20], secret/a: {message: x}}\n",
        ),
    ] {
        set(&mut newest, path, content);
    }
    newest.retain(|(path, _)| !matches!(path.as_str(), "data/secret/1.in" | "data/secret/1.ans"));
    let mut older = files();
    for (path, content) in [
        (
            "problem.yaml",
            "name: Old\ntype: scoring\nvalidation: custom score\nvalidator_flags: a b\nlimits: {memory: 64, time_multiplier: 2.5}\n\
             grading: {objective: max, on_reject: grade, accept_score: 5, range: 0 10}\n",
        ),
        ("domjudge-problem.ini", "timelimit='2.5'\nname = \"x\" ; y\n"),
        (
            "submissions.json",
            "{\"accepted/copy.py\": {\"entry_point\": \"copy\"}}\n",
        ),
        (
            "data/testdata.yaml",
            "on_reject: continue\ngrader_flags: ignore_sample\nrange: 0 100\n",
        ),
        (
            "data/secret/testdata.yaml",
            "grading: custom\ngrader_flags: min\naccept_score: 1e1\noutput_validator_flags: {name: check, flags: a b}\n",
        ),
        ("output_validators/check.py", "raise SystemExit(42)\n"),
        ("graders/grade.py", "print('AC 1')\n"),
        (
            "submissions/mixed/a.py",
            "# @EXPECTED_RESULTS@: CORRECT, TIMELIMIT\n# @EXPECTED_SCORE@: 5, 7.5\n",
        ),
    ] {
        set(&mut older, path, content);
    }
    vec![newest, older]
}

/// Whether mutations of a file can change how the package is read.
fn is_read(path: &str) -> bool {
    [".yaml", ".ini", ".json", "a.py"]
        .iter()
        .any(|ending| path.ends_with(ending))
}

/// Puts `bytes` in place of `removed` bytes, about there.
fn mutate(content: &mut Vec<u8>, at: usize, removed: usize, bytes: &[u8]) {
    let at = at % (content.len() + 1);
    let end = (at + removed).min(content.len());
    content.splice(at..end, bytes.iter().copied());
}

/// What mutations put in: anything, and what has a meaning.
fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let words = [
        "",
        "\n",
        " ",
        ":",
        "- ",
        "{",
        "}",
        "[",
        "]",
        "\"",
        "'",
        "#",
        "&a",
        "*a",
        "<<: ",
        "!!int ",
        "---\n",
        "|",
        "~",
        "-1",
        "1e999",
        "99999999999999999999",
        "0x10",
        ".inf",
        ".nan",
        "true",
        "\0",
        "\u{feff}",
        "é",
        "\r\n",
        "\t",
        "{{n}}",
        "**",
        "/",
    ];
    prop_oneof![
        proptest::sample::select(words.to_vec()).prop_map(|word| word.as_bytes().to_vec()),
        proptest::collection::vec(any::<u8>(), 0..4),
    ]
}

type Mutation = (usize, usize, usize, Vec<u8>);

fn mutations() -> impl Strategy<Value = Vec<Mutation>> {
    let one = (any::<usize>(), any::<usize>(), 0_usize..6, pieces());
    proptest::collection::vec(one, 1..5)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn settings_with_other_bytes_are_read_or_refused(which in 0_usize..2, mutations in mutations()) {
        let files = packages().swap_remove(which);
        let around = directory(&files);
        let root = around.path().join("small");
        let read: Vec<&String> = files.iter().map(|(path, _)| path).filter(|path| is_read(path)).collect();
        for (file, at, removed, bytes) in mutations {
            let path = root.join(read[file % read.len()]);
            let mut content = std::fs::read(&path).unwrap();
            mutate(&mut content, at, removed, &bytes);
            std::fs::write(&path, content).unwrap();
        }
        if let Err(refused) = Package::open(&root) {
            prop_assert!(!refused.0.is_empty());
            prop_assert!(refused.0.iter().all(|complaint| !complaint.what.is_empty()));
        }
    }

    #[test]
    fn zips_with_other_bytes_are_read_or_refused(which in 0_usize..2, mutations in mutations()) {
        let files = packages().swap_remove(which);
        let entries: Vec<_> = files.iter().map(|(path, content)| fixture::file(path, content)).collect();
        let mut bytes = zip(&entries);
        for (_, at, removed, piece) in mutations {
            mutate(&mut bytes, at, removed, &piece);
        }
        let into = tempfile::tempdir().unwrap();
        if let Err(refused) = Package::unzip(Cursor::new(bytes), into.path(), &Caps::default()) {
            prop_assert!(!refused.0.is_empty());
        }
    }
}

#[test]
fn what_is_mutated_is_read_as_it_is() {
    for files in packages() {
        fixture::accepted(fixture::open(&files));
    }
}
