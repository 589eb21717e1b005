//! What packages say of problems that are more than one run of a program on each test case.

#![cfg(test)]

mod fixture;

use domain::ProblemType::{self, Interactive, MultiPass, PassFail, SubmitAnswer};
use fixture::{accepted, check, find, open, refused, remove, set, with};
use problems::{Package, Refused};

const NEWEST: &str =
    "problem_format_version: 2025-09\nname: Small\nuuid: 3f1b2a44-8a0e-4c57-9c86-0a1f6f1a2b3c\n";
const OLD: &str = "name: Small\n";
const DRAFT: &str = "problem_format_version: 2023-07-draft\nname: {en: Small}\n";

/// A package with such a `problem.yaml`, and with these files beside; those of older versions are in other directories.
fn package(yaml: &str, more: &[(&str, &str)]) -> Result<Package, Refused> {
    let mut files = fixture::files();
    if !yaml.starts_with(NEWEST) {
        remove(&mut files, "statement");
        set(&mut files, "problem_statement/problem.tex", "Copy the input.\n");
    }
    set(&mut files, "problem.yaml", yaml);
    for (path, content) in more {
        set(&mut files, path, content);
    }
    open(&files)
}

const ONE: [(&str, &str); 1] = [("output_validator/check.py", "")];
const MANY: [(&str, &str); 1] = [("output_validators/check.py", "")];

#[test]
fn types_and_passes_are_read_from_every_dialect() {
    let limits = "limits: {time_limit: 1}\n";
    let five = "limits: {time_limit: 1, validation_passes: 5}\n";
    for (start, more, files, types, passes) in [
        (
            NEWEST,
            format!("type: multi-pass\n{limits}"),
            ONE,
            &[PassFail, MultiPass][..],
            2,
        ),
        (
            NEWEST,
            format!("type: [pass-fail, multi-pass]\n{five}"),
            ONE,
            &[PassFail, MultiPass],
            5,
        ),
        (
            NEWEST,
            format!("type: interactive\n{limits}"),
            ONE,
            &[PassFail, Interactive],
            1,
        ),
        (
            NEWEST,
            format!("type: [interactive, multi-pass]\n{five}"),
            ONE,
            &[PassFail, Interactive, MultiPass],
            5,
        ),
        (
            NEWEST,
            format!("type: submit-answer\n{limits}"),
            ONE,
            &[PassFail, SubmitAnswer],
            1,
        ),
        (
            OLD,
            format!("validation: custom interactive\n{limits}"),
            MANY,
            &[PassFail, Interactive],
            1,
        ),
        (
            OLD,
            format!("validation: custom multi-pass\n{limits}"),
            ONE,
            &[PassFail, MultiPass],
            2,
        ),
        (
            OLD,
            format!("validation: custom multi-pass interactive\n{five}"),
            MANY,
            &[PassFail, MultiPass, Interactive],
            5,
        ),
        (
            DRAFT,
            format!("type: interactive\n{limits}"),
            ONE,
            &[PassFail, Interactive],
            1,
        ),
        (
            DRAFT,
            format!("type: [multi-pass]\nvalidation: custom multi-pass\n{five}"),
            MANY,
            &[PassFail, MultiPass],
            5,
        ),
    ] {
        let found = accepted(package(&format!("{start}{more}"), &files));
        assert_eq!(found.types, types, "{more}");
        assert_eq!(found.passes, passes, "{more}");
        assert_eq!(found.output_validators.len(), 1, "{more}");
    }
}

#[test]
fn a_submit_answer_problem_needs_no_validator() {
    let yaml = format!("{NEWEST}type: submit-answer\nlimits: {{time_limit: 1}}\n");
    assert_eq!(accepted(package(&yaml, &[])).types, [PassFail, SubmitAnswer]);
}

#[test]
fn what_does_not_fit_together_is_refused() {
    let newest = |more: &str| format!("{NEWEST}{more}\nlimits: {{time_limit: 1}}\n");
    let old = |more: &str| format!("{OLD}{more}\nlimits: {{time_limit: 1}}\n");
    for (yaml, files, file, line, key, words) in [
        (
            newest("type: interactive"),
            &[][..],
            "output_validator",
            0,
            "",
            "a problem that is interactive has a validator of its own",
        ),
        (
            newest("type: multi-pass"),
            &[],
            "output_validator",
            0,
            "",
            "a problem that is multi-pass has a validator of its own",
        ),
        (
            old("validation: custom interactive"),
            &[],
            "output_validators",
            0,
            "",
            "is missing",
        ),
        (
            old("validation: custom interactive"),
            &[("output_validators/a.py", ""), ("output_validators/b.py", "")],
            "output_validators",
            0,
            "",
            "several programs",
        ),
    ] {
        check(package(&yaml, files), file, line, key, words);
    }
}

#[test]
fn types_and_limits_that_exclude_each_other_are_refused() {
    let newest = |more: &str| format!("{NEWEST}{more}\nlimits: {{time_limit: 1}}\n");
    let old = |more: &str| format!("{OLD}{more}\nlimits: {{time_limit: 1}}\n");
    let problem = "problem.yaml";
    for (yaml, files, file, line, key, words) in [
        (
            newest("type: [submit-answer, interactive]"),
            &ONE[..],
            problem,
            4,
            "type",
            "cannot be submit-answer and interactive",
        ),
        (
            newest("type: [multi-pass, submit-answer]"),
            &ONE,
            problem,
            4,
            "type",
            "cannot be submit-answer and multi-pass",
        ),
        (
            newest("type: submit-answer"),
            &[("static_validator/a.py", "")],
            "static_validator",
            0,
            "",
            "is for programs",
        ),
        (
            old("validation: custom guess"),
            &MANY,
            problem,
            2,
            "validation",
            "none of the words after custom",
        ),
        (
            format!("{NEWEST}limits: {{time_limit: 1, validation_passes: 3}}\n"),
            &ONE,
            problem,
            4,
            "limits.validation_passes",
            "multi-pass problems only",
        ),
        (
            format!("{NEWEST}type: multi-pass\nlimits: {{time_limit: 1, validation_passes: 1}}\n"),
            &ONE,
            problem,
            5,
            "limits.validation_passes",
            "2",
        ),
        (
            format!("{NEWEST}type: multi-pass\nlimits: {{time_limit: 1, validation_passes: 1000000}}\n"),
            &ONE,
            problem,
            5,
            "limits.validation_passes",
            "10000",
        ),
        (
            newest("type: interactive"),
            &[ONE[0], ("static_validator/notes.txt", "x")],
            "static_validator/notes.txt",
            0,
            "",
            "no file in a language",
        ),
    ] {
        check(package(&yaml, files), file, line, key, words);
    }
}

/// The names of the conversations that contestants are shown.
fn interactions(package: &Package) -> Vec<&str> {
    package
        .interactions
        .iter()
        .map(|interaction| interaction.name.as_str())
        .collect()
}

#[test]
fn conversations_of_samples_are_shown() {
    let talk = ("data/sample/1.interaction", "<5\n>6\n");
    let lone = ("data/sample/2.interaction", "<5\n---\n>6\n");
    let secret = ("data/secret/1.interaction", "<5\n");
    let newest = |kind: &str| format!("{NEWEST}type: {kind}\nlimits: {{time_limit: 1}}\n");
    let old = format!("{OLD}validation: custom interactive\nlimits: {{time_limit: 1}}\n");
    for kind in ["interactive", "multi-pass"] {
        let found = accepted(package(&newest(kind), &[ONE[0], talk, secret]));
        assert_eq!(interactions(&found), ["sample/1"]);
    }
    let found = accepted(package(&old, &[MANY[0], talk, lone]));
    assert_eq!(interactions(&found), ["sample/1", "sample/2"]);
    assert_eq!(found.cases.len(), 2, "a conversation makes no test case");
    assert_eq!(found.warnings, []);

    let words = "there is no 2.in";
    check(
        package(&newest("interactive"), &[ONE[0], lone]),
        lone.0,
        0,
        "",
        words,
    );
    let words = "interactive and multi-pass problems only";
    check(with(&[talk]), "data/sample/1.in", 0, "", words);
    for ending in ["out", "in.statement", "ans.statement"] {
        let other = format!("data/sample/1.{ending}");
        let both = package(&newest("interactive"), &[ONE[0], talk, (&other, "1\n")]);
        find(&refused(both), "data/sample/1.in", "all that is shown");
    }
    // What can be downloaded is another matter.
    let (input, answer) = ("data/sample/1.in.download", "data/sample/1.ans.download");
    let files = [ONE[0], talk, (input, "1\n"), (answer, "1\n")];
    accepted(package(&newest("interactive"), &files));
}

#[test]
fn a_static_validator_is_read() {
    for (yaml, is_there) in [
        (format!("{NEWEST}limits: {{time_limit: 1}}\n"), true),
        (format!("{DRAFT}limits: {{time_limit: 1}}\n"), true),
        (format!("{OLD}limits: {{time_limit: 1}}\n"), false),
    ] {
        let found = accepted(package(&yaml, &[("static_validator/look.py", "")]));
        let name = found
            .static_validator
            .as_ref()
            .map(|program| program.name.as_str());
        assert_eq!(name, is_there.then_some("look"), "{yaml}");
        assert!(!found.types.contains(&ProblemType::Scoring));
    }
}
