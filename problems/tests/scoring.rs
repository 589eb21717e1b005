//! Scores: what packages say of them, what is wrong with that, and what verdicts of cases come to.

#![cfg(test)]

mod fixture;

use domain::{Score, Verdict};
use fixture::{Files, PROBLEM_YAML, accepted, check, files, open, refused, remove, set};
use problems::{CaseResult, Grading, Package, Reported, Step};

const GROUP: &str = "test_group.yaml";

/// The small package as a scoring problem of 2025-09 with those files below `data/secret`: `a/1` is a case, and
/// `a: text` is the group file of `a`.
fn modern(secret: &[(&str, &str)]) -> Files {
    let mut files = files();
    set(
        &mut files,
        "problem.yaml",
        &format!("{PROBLEM_YAML}type: scoring\n"),
    );
    below(&mut files, secret, GROUP);
    files
}

/// The same of an older version.
fn legacy(yaml: &str, secret: &[(&str, &str)]) -> Files {
    let mut files = files();
    remove(&mut files, "statement");
    set(&mut files, "problem_statement/problem.en.tex", "x\n");
    set(
        &mut files,
        "problem.yaml",
        &format!("name: x\ntype: scoring\n{yaml}"),
    );
    below(&mut files, secret, "testdata.yaml");
    files
}

fn below(files: &mut Files, secret: &[(&str, &str)], group_file: &str) {
    files.retain(|(path, _)| !path.starts_with("data/secret"));
    for (name, text) in secret {
        if text.is_empty() {
            set(files, &format!("data/secret/{name}.in"), "1\n");
            set(files, &format!("data/secret/{name}.ans"), "1\n");
        } else {
            set(
                files,
                &format!("data/{name}/{group_file}").replace("//", "/"),
                text,
            );
        }
    }
}

fn with_validator(mut files: Files) -> Files {
    set(&mut files, "output_validator/check.py", "raise SystemExit(42)\n");
    files
}

/// What becomes of a case, as the rows write it: a verdict, and after it `=` a score or `*` a factor of the validator.
fn given(text: &str) -> (Verdict, Reported) {
    let (verdict, rest) = text.split_at(text.find(['=', '*']).unwrap_or(text.len()));
    let number = |sign: char| rest.strip_prefix(sign).and_then(problems::score_of);
    let reported = Reported {
        score: number('='),
        multiplier: number('*'),
    };
    (verdict.parse().unwrap(), reported)
}

/// What becomes of a case by the rows.
fn result_of(name: &str, score: problems::CaseScore, results: &str) -> Result<CaseResult, String> {
    let mut pairs = results.split_whitespace().filter_map(|one| one.split_once(':'));
    let text = pairs
        .find(|(case, _)| name.ends_with(case))
        .map_or("AC", |(_, text)| text);
    let (verdict, reported) = given(text);
    Ok(CaseResult {
        verdict,
        score: score.of(verdict, reported)?,
        is_given: reported.is_any(),
    })
}

/// Judges: the results of cases by their names' ends; what is not named is AC. Custom graders answer with the number of
/// their children. The result as `AC 40: sample=AC a=AC/10/10 …`; what is the package's fault as `JE: …`.
fn judge(package: &Package, results: &str) -> String {
    let mut grading = Grading::new(&package.groups);
    loop {
        let step = match grading.next_step() {
            Ok(Some(step)) => step,
            Ok(None) => break,
            Err(impossible) => return format!("JE: {impossible}"),
        };
        let result = match step {
            Step::Case { case, score } => result_of(&package.cases[case].name, score, results),
            Step::Static(look) => result_of("static", look.score, results),
            Step::Grader { children, args, .. } => Ok(CaseResult {
                verdict: children.last().unwrap().0,
                score: Some(Score::from(
                    u32::try_from(children.len() * 10 + args.len()).unwrap(),
                )),
                is_given: false,
            }),
        };
        match result {
            Ok(result) => grading.record(result),
            Err(what) => return format!("JE: {what}"),
        }
    }
    let outcome = grading.outcome().unwrap();
    let show = |score: Option<Score>| score.map_or("-".to_owned(), |score| score.to_string());
    let groups = grading.results().iter().map(|group| {
        let verdict = group
            .verdict
            .map_or("-".to_owned(), |verdict| verdict.to_string());
        let name = group.name.strip_prefix("secret/").unwrap_or(&group.name);
        match (group.score, group.max_score) {
            (None, None) => format!(" {name}={verdict}"),
            (score, max) => format!(" {name}={verdict}/{}/{}", show(score), show(max)),
        }
    });
    let groups: String = groups.collect();
    format!("{} {}:{groups}", outcome.verdict, show(outcome.score))
}

fn check_judging(files: &Files, rows: &[(&str, &str)]) {
    let package = accepted(open(files));
    for (results, expected) in rows {
        assert_eq!(judge(&package, results), *expected, "{results}");
    }
}

#[test]
fn cases_without_groups_share_the_score() {
    let files = modern(&[("1", ""), ("2", ""), ("3", ""), ("4", "")]);
    check_judging(
        &files,
        &[
            ("", "AC 100: sample=AC secret=AC/100/100"),
            ("secret/2:WA", "AC 75: sample=AC secret=WA/75/100"),
            (
                "secret/1:TLE secret/2:WA secret/3:WA",
                "AC 25: sample=AC secret=TLE/25/100",
            ),
            (
                "secret/1:TLE secret/2:WA secret/3:WA secret/4:WA",
                "TLE 0: sample=AC secret=TLE/0/100",
            ),
            ("sample/1:WA", "AC 100: sample=WA secret=AC/100/100"),
            ("sample/1:AC=5", "AC 100: sample=AC secret=AC/100/100"),
            (
                "sample/1:RTE secret/1:WA secret/2:WA secret/3:WA secret/4:WA",
                "RTE 0: sample=RTE secret=WA/0/100",
            ),
            (
                "secret/1:AC=10 secret/2:AC=0 secret/3:AC*0.5",
                "AC 47.5: sample=AC secret=AC/47.5/100",
            ),
            ("secret/1:AC=25", "AC 100: sample=AC secret=AC/100/100"),
            (
                "secret/1:AC=25.1",
                "JE: gave 25.1 to a test case that is worth 25 at most",
            ),
            ("secret/1:AC=-1", "JE: gave -1, less than 0"),
            (
                "secret/1:AC*1.1",
                "JE: gave the factor 1.1, which is not between 0 and 1",
            ),
            (
                "secret/1:AC*-0.1",
                "JE: gave the factor -0.1, which is not between 0 and 1",
            ),
            (
                "secret/1:WA=1",
                "JE: gave a score to a test case without accepting it",
            ),
            (
                "secret/1:WA*0",
                "JE: gave a score to a test case without accepting it",
            ),
        ],
    );
}

#[test]
fn an_unbounded_score_comes_from_the_validator() {
    let group = "max_score: unbounded\n";
    let files = with_validator(modern(&[("secret", group), ("1", ""), ("2", "")]));
    check_judging(
        &files,
        &[
            (
                "secret/1:AC=1000.5 secret/2:AC=1",
                "AC 1001.5: sample=AC secret=AC/1001.5/-",
            ),
            ("secret/1:AC=3 secret/2:WA", "AC 3: sample=AC secret=WA/3/-"),
            ("secret/1:AC=0 secret/2:AC=0", "AC 0: sample=AC secret=AC/0/-"),
            (
                "secret/1:AC=1",
                "JE: wrote no score.txt for an accepted test case, which has no other score",
            ),
            (
                "secret/1:AC*1",
                "JE: wrote score_multiplier.txt for a test case without a best score",
            ),
            ("secret/1:AC=-1", "JE: gave -1, less than 0"),
            (
                "secret/1:TLE=1",
                "JE: gave a score to a test case without accepting it",
            ),
        ],
    );
    let group = "max_score: unbounded\nscore_aggregation: min\n";
    let files = with_validator(modern(&[("secret", group), ("1", ""), ("2", "")]));
    check_judging(
        &files,
        &[
            ("secret/1:AC=7 secret/2:AC=5", "AC 5: sample=AC secret=AC/5/-"),
            ("secret/1:WA secret/2:AC=5", "WA 0: sample=AC secret=WA/0/-"),
        ],
    );
}

#[test]
fn groups_score_by_pass_fail_sum_and_min() {
    let files = modern(&[
        ("secret/a", "max_score: 20\n"),
        ("secret/b", "max_score: 30\nscore_aggregation: sum\n"),
        ("secret/c", "max_score: 50\nscore_aggregation: min\n"),
        ("a/1", ""),
        ("a/2", ""),
        ("b/1", ""),
        ("b/deep/er/2", ""),
        ("b/3", ""),
        ("c/1", ""),
        ("c/2", ""),
    ]);
    let full = "AC 100: sample=AC secret=AC/100/100 a=AC/20/20 b=AC/30/30 c=AC/50/50";
    check_judging(
        &files,
        &[
            ("", full),
            (
                "a/1:WA",
                "AC 80: sample=AC secret=WA/80/100 a=WA/0/20 b=AC/30/30 c=AC/50/50",
            ),
            (
                "a/2:RTE b/deep/er/2:TLE",
                "AC 70: sample=AC secret=RTE/70/100 a=RTE/0/20 b=TLE/20/30 c=AC/50/50",
            ),
            (
                "c/1:AC*0.5 c/2:AC=40",
                "AC 75: sample=AC secret=AC/75/100 a=AC/20/20 b=AC/30/30 c=AC/25/50",
            ),
            (
                "c/2:WA",
                "AC 50: sample=AC secret=WA/50/100 a=AC/20/20 b=AC/30/30 c=WA/0/50",
            ),
            (
                "a/1:WA b/1:WA b/deep/er/2:WA b/3:WA c/1:WA",
                "WA 0: sample=AC secret=WA/0/100 a=WA/0/20 b=WA/0/30 c=WA/0/50",
            ),
            ("a/1:AC=1", "JE: gave a score to a test case that has none"),
            ("a/1:AC*1", "JE: gave a score to a test case that has none"),
            (
                "a/1:JE",
                "JE 80: sample=AC secret=JE/80/100 a=JE/0/20 b=AC/30/30 c=AC/50/50",
            ),
        ],
    );
}

#[test]
fn the_secret_data_can_be_pass_fail_or_min() {
    let min = ("secret", "max_score: 100\nscore_aggregation: min\n");
    let a = ("secret/a", "max_score: 100\n");
    let b = ("secret/b", "max_score: 100\nscore_aggregation: sum\n");
    let files = modern(&[min, a, b, ("a/1", ""), ("b/1", ""), ("b/2", "")]);
    check_judging(
        &files,
        &[
            (
                "",
                "AC 100: sample=AC secret=AC/100/100 a=AC/100/100 b=AC/100/100",
            ),
            (
                "b/2:WA",
                "AC 50: sample=AC secret=WA/50/100 a=AC/100/100 b=WA/50/100",
            ),
            (
                "a/1:WA",
                "WA 0: sample=AC secret=WA/0/100 a=WA/0/100 b=AC/100/100",
            ),
        ],
    );
    let pass_fail = ("secret", "max_score: 60\nscore_aggregation: pass-fail\n");
    let a = ("secret/a", "max_score: 10\n");
    let b = ("secret/b", "max_score: 0\n");
    check_judging(
        &modern(&[pass_fail, a, b, ("a/1", ""), ("b/1", "")]),
        &[
            ("", "AC 60: sample=AC secret=AC/60/60 a=AC/10/10 b=AC/0/0"),
            ("b/1:TLE", "TLE 0: sample=AC secret=TLE/0/60 a=AC/10/10 b=TLE/0/0"),
        ],
    );
    check_judging(
        &modern(&[pass_fail, ("1", ""), ("2", "")]),
        &[
            ("", "AC 60: sample=AC secret=AC/60/60"),
            ("secret/1:WA", "WA 0: sample=AC secret=WA/0/60"),
        ],
    );
}

#[test]
fn a_group_waits_for_others_to_pass() {
    let files = modern(&[
        ("secret", "require_pass: sample\n"),
        ("secret/a", "max_score: 20\n"),
        ("secret/b", "max_score: 30\nrequire_pass: secret/a\n"),
        (
            "secret/c",
            "max_score: 50\nrequire_pass: [sample, secret/a, secret/b]\n",
        ),
        ("a/1", ""),
        ("b/1", ""),
        ("c/1", ""),
    ]);
    check_judging(
        &files,
        &[
            (
                "",
                "AC 100: sample=AC secret=AC/100/100 a=AC/20/20 b=AC/30/30 c=AC/50/50",
            ),
            (
                "b/1:WA",
                "AC 20: sample=AC secret=WA/20/100 a=AC/20/20 b=WA/0/30 c=-/0/50",
            ),
            (
                "a/1:WA",
                "WA 0: sample=AC secret=WA/0/100 a=WA/0/20 b=-/0/30 c=-/0/50",
            ),
            (
                "sample/1:WA",
                "WA 0: sample=WA secret=-/0/100 a=-/0/20 b=-/0/30 c=-/0/50",
            ),
        ],
    );
}

/// A group file that says nothing of scores.
const NOTHING: &str = "full_feedback: false\n";

/// What `secret` says, what the group in it says; where that is wrong, and in which words.
type Contradiction = (
    &'static str,
    &'static str,
    &'static str,
    u32,
    &'static str,
    &'static str,
);

const CONTRADICTIONS: [Contradiction; 14] = [
    (
        NOTHING,
        NOTHING,
        "secret/a",
        1,
        "max_score",
        "must be a number, since secret has one, 100",
    ),
    (
        NOTHING,
        "max_score: unbounded\n",
        "secret/a",
        1,
        "max_score",
        "must be a number, since secret",
    ),
    (
        NOTHING,
        "\nmax_score: -1\n",
        "secret/a",
        2,
        "max_score",
        "at least 0",
    ),
    (
        NOTHING,
        "max_score: 1.5\n",
        "secret/a",
        1,
        "max_score",
        "must be an integer",
    ),
    (
        NOTHING,
        "max_score: all\n",
        "secret/a",
        1,
        "max_score",
        "must be an integer",
    ),
    (
        NOTHING,
        "max_score: 5\nscore_aggregation: max\n",
        "secret/a",
        2,
        "score_aggregation",
        "must be pass-fail, sum or min",
    ),
    (
        "score_aggregation: pass-fail\n",
        "max_score: 5\nscore_aggregation: sum\n",
        "secret/a",
        2,
        "score_aggregation",
        "must be pass-fail, as secret is",
    ),
    (
        "max_score: unbounded\n",
        NOTHING,
        "secret/a",
        1,
        "max_score",
        "must be a number, since the group is pass-fail",
    ),
    (
        "max_score: unbounded\n",
        "score_aggregation: sum\n",
        "secret/a",
        1,
        "max_score",
        "is unbounded, so that an output validator must give the scores",
    ),
    (
        NOTHING,
        "max_score: 101\n",
        "secret",
        1,
        "max_score",
        "worth 101 together",
    ),
    (
        "\nmax_score: 7\n",
        "max_score: 8\n",
        "secret",
        2,
        "max_score",
        "is 7, but the groups",
    ),
    (
        NOTHING,
        "max_score: 5\nrequire_pass: secret/b\n",
        "secret/a",
        2,
        "require_pass",
        "which is no group before secret/a",
    ),
    (
        NOTHING,
        "max_score: 5\nrequire_pass: [sample,\n secret/a]\n",
        "secret/a",
        3,
        "require_pass",
        "which is no group before secret/a",
    ),
    (
        "require_pass: secret/a\n",
        "max_score: 5\n",
        "secret",
        1,
        "require_pass",
        "no group before secret",
    ),
];

#[test]
fn groups_that_contradict_themselves_are_refused() {
    for (secret, a, file, line, key, words) in CONTRADICTIONS {
        let files = modern(&[("secret", secret), ("secret/a", a), ("a/1", "")]);
        check(open(&files), &format!("data/{file}/{GROUP}"), line, key, words);
    }
    let files = modern(&[
        ("secret/a", "max_score: 5\nscore_aggregation: sum\n"),
        ("secret/b", "max_score: 5\nrequire_pass: secret/a\n"),
        ("a/1", ""),
        ("b/1", ""),
    ]);
    check(
        open(&files),
        "data/secret/b/test_group.yaml",
        2,
        "require_pass",
        "which is not pass-fail",
    );
    for key in ["max_score: 5", "score_aggregation: sum", "require_pass: sample"] {
        let files = modern(&[("sample", &format!("{key}\n")), ("1", "")]);
        let key = key.split(':').next().unwrap();
        check(
            open(&files),
            "data/sample/test_group.yaml",
            1,
            key,
            "not for samples",
        );
        let mut files = fixture::files();
        set(
            &mut files,
            "data/secret/test_group.yaml",
            &format!("{key}: sum\n"),
        );
        check(
            open(&files),
            "data/secret/test_group.yaml",
            1,
            key,
            "is for scoring problems only",
        );
    }
}

/// The idiom of Swedish and other olympiads.
const ROOT: &str = "on_reject: continue\ngrader_flags: ignore_sample\nrange: 0 100\n";
const SECRET: &str = "on_reject: continue\ngrader_flags: first_error accept_if_any_accepted\n";
const SUBTASK: &str = "on_reject: break\ngrader_flags: min\n";

#[test]
fn the_default_grader_does_the_idiom_of_olympiads() {
    let a = format!("{SUBTASK}accept_score: 40\nrange: 0 40\n");
    let b = format!("{SUBTASK}accept_score: 60\nrange: 0 60\n");
    let files = legacy(
        "",
        &[
            ("/", ROOT),
            ("secret", SECRET),
            ("secret/a", &a),
            ("secret/b", &b),
            ("a/1", ""),
            ("a/2", ""),
            ("b/1", ""),
            ("b/2", ""),
        ],
    );
    check_judging(
        &files,
        &[
            ("", "AC 100: secret=AC/100/100 a=AC/40/40 b=AC/60/60"),
            ("a/1:WA", "AC 60: secret=AC/60/100 a=WA/0/40 b=AC/60/60"),
            ("b/2:TLE", "AC 40: secret=AC/40/100 a=AC/40/40 b=TLE/0/60"),
            ("a/2:RTE b/1:WA", "RTE -: secret=RTE/0/100 a=RTE/0/40 b=WA/0/60"),
        ],
    );
}

#[test]
fn the_default_grader_has_every_flag() {
    let check = |flags: &str, more: &str, results: &str, expected: &str| {
        let secret = format!("on_reject: continue\ngrader_flags: {flags}\n{more}");
        let root = "on_reject: continue\ngrader_flags: ignore_sample\n";
        let files = legacy(
            "",
            &[("/", root), ("secret", &secret), ("1", ""), ("2", ""), ("3", "")],
        );
        assert_eq!(
            judge(&accepted(open(&files)), results),
            expected,
            "{flags} {results}"
        );
    };
    let mixed = "secret/1:WA secret/2:RTE";
    check("''", "", "", "AC 3: secret=AC/3/3");
    check("sum", "accept_score: 2.5\n", "", "AC 7.5: secret=AC/7.5/7.5");
    check("avg", "accept_score: 6\n", "", "AC 6: secret=AC/6/6");
    check(
        "avg always_accept",
        "accept_score: 6\n",
        mixed,
        "AC 2: secret=AC/2/6",
    );
    check(
        "min always_accept",
        "accept_score: 6\nreject_score: 1\n",
        mixed,
        "AC 1: secret=AC/1/6",
    );
    check(
        "max always_accept",
        "accept_score: 6\n",
        mixed,
        "AC 6: secret=AC/6/6",
    );
    check("min max always_accept", "", mixed, "AC 1: secret=AC/1/1");
    check(
        "sum always_accept",
        "reject_score: -1\n",
        mixed,
        "AC -1: secret=AC/-1/3",
    );
    check("worst_error", "", mixed, "RTE -: secret=RTE/1/3");
    check("no_errors", "", mixed, "RTE -: secret=RTE/1/3");
    check("first_error", "", mixed, "WA -: secret=WA/1/3");
    check("always_accept first_error", "", mixed, "WA -: secret=WA/1/3");
    check("accept_if_any_accepted", "", mixed, "AC 1: secret=AC/1/3");
    check(
        "accept_if_any_accepted",
        "",
        "secret/1:WA secret/2:WA secret/3:WA",
        "WA -: secret=WA/0/3",
    );
    check(
        "sum",
        "range: 0 2\n",
        "",
        "JE: the test group \"secret\" came to the score 3, and it allows 0 to 2",
    );
    check(
        "sum",
        "range: 4 +inf\n",
        "",
        "JE: the test group \"secret\" came to the score 3, and it allows 4 at least",
    );
    check("sum", "range: -inf 3\n", "", "AC 3: secret=AC/3/3");
    check("sum", "range: 0 2\n", mixed, "RTE -: secret=RTE/1/2");
}

#[test]
fn groups_of_older_versions_inherit_key_by_key() {
    // Without files: samples count, the first failure ends the group, a case is worth 1.
    check_judging(
        &legacy("", &[("1", ""), ("2", "")]),
        &[
            ("", "AC 3: sample=AC/1/1 secret=AC/2/2"),
            ("sample/1:WA", "WA -: sample=WA/0/1 secret=-/0/2"),
            ("secret/1:TLE", "TLE -: sample=AC/1/1 secret=TLE/0/2"),
        ],
    );
    let grading = "grading:\n  on_reject: grade\n  accept_score: 10\n  reject_score: 1\n  range: 0 100\n";
    check_judging(
        &legacy(
            grading,
            &[("/", "grader_flags: always_accept\n"), ("1", ""), ("2", "")],
        ),
        &[
            ("", "AC 30: sample=AC/10/10 secret=AC/20/20"),
            ("secret/1:WA", "AC 21: sample=AC/10/10 secret=AC/11/20"),
        ],
    );
    let a = "accept_score: 7\n";
    check_judging(
        &legacy(
            "",
            &[
                ("/", ROOT),
                ("secret", "grader_flags: sum\n"),
                ("secret/a", a),
                ("a/1", ""),
                ("b/1", ""),
            ],
        ),
        &[("", "AC 8: secret=AC/8/8 a=AC/7/7 b=AC/1/1")],
    );
}

#[test]
fn validators_of_older_versions_give_scores() {
    let package = |validation: &str| {
        let mut files = legacy(validation, &[("/", ROOT), ("1", ""), ("2", "")]);
        set(&mut files, "output_validators/check.py", "raise SystemExit(42)\n");
        files
    };
    check_judging(
        &package("validation: custom score\n"),
        &[
            ("secret/1:AC=30 secret/2:AC=12.5", "AC 42.5: secret=AC/42.5/100"),
            ("secret/1:AC=0 secret/2:AC=1", "AC 1: secret=AC/1/100"),
            (
                "secret/1:AC=3",
                "JE: wrote no score.txt for an accepted test case",
            ),
            (
                "secret/1:WA=3",
                "JE: gave a score to a test case without accepting it",
            ),
            ("secret/1:WA secret/2:AC=3", "WA -: secret=WA/3/100"),
            (
                "secret/1:AC=60 secret/2:AC=60",
                "JE: the test group \"secret\" came to the score 120, and it allows 0 to 100",
            ),
        ],
    );
    check_judging(
        &package("validation: custom\n"),
        &[
            ("", "AC 2: secret=AC/2/2"),
            (
                "secret/1:AC=1",
                "JE: gave a score, which problem.yaml does not say: `validation: custom score`",
            ),
        ],
    );
    // The drafts have no such key.
    check_judging(
        &package("problem_format_version: 2023-07-draft\n"),
        &[
            ("secret/1:AC=5", "AC 6: secret=AC/6/100"),
            ("", "AC 2: secret=AC/2/100"),
        ],
    );
}

#[test]
fn a_grader_of_the_package_makes_results_of_groups() {
    let custom = "on_reject: continue\ngrading: custom\ngrader_flags: one two\n";
    let mut files = legacy(
        "",
        &[("/", ROOT), ("secret", custom), ("1", ""), ("2", ""), ("3", "")],
    );
    let refusal = refused(open(&files));
    fixture::find(&refusal, "graders", "is missing");
    set(&mut files, "graders/grade.py", "print('AC 5')\n");
    let package = accepted(open(&files));
    assert_eq!(package.grader.as_ref().unwrap().name, "grade");
    assert_eq!(judge(&package, ""), "AC 32: secret=AC/32/100");
    assert_eq!(judge(&package, "secret/3:WA"), "WA -: secret=WA/32/100");
    assert_eq!(judge(&package, "secret/1:WA"), "AC 32: secret=AC/32/100");
}

#[test]
fn the_drafts_have_their_own_groups() {
    // The first: a map.
    let early = "problem_format_version: 2023-07-draft\n";
    let a = "grading: {score: 10, max_score: 10, aggregation: min}\n";
    let b = "grading: {score: 5, aggregation: sum}\n";
    check_judging(
        &legacy(
            early,
            &[
                ("secret/a", a),
                ("secret/b", b),
                ("a/1", ""),
                ("a/2", ""),
                ("b/1", ""),
                ("b/2", ""),
            ],
        ),
        &[
            ("", "AC 20: sample=AC secret=AC/20/20 a=AC/10/10 b=AC/10/10"),
            (
                "a/2:WA b/1:WA",
                "AC 5: sample=AC secret=WA/5/20 a=WA/0/10 b=WA/5/10",
            ),
            (
                "a/1:AC=0.5",
                "AC 15: sample=AC secret=AC/15/20 a=AC/5/10 b=AC/10/10",
            ),
        ],
    );
    // The second: a map of another name, in another file; what is not said is shared.
    let mut files = legacy(early, &[]);
    below(
        &mut files,
        &[
            ("secret/a", "scoring: {score: 40}\n"),
            (
                "secret/b",
                "scoring: {aggregation: sum, require_pass: secret/a}\n",
            ),
            ("secret/c", "scoring: {aggregation: min}\n"),
            ("a/1", ""),
            ("b/1", ""),
            ("b/2", ""),
            ("c/1", ""),
        ],
        GROUP,
    );
    check_judging(
        &files,
        &[
            (
                "",
                "AC 100: sample=AC secret=AC/100/100 a=AC/40/40 b=AC/30/30 c=AC/30/30",
            ),
            (
                "b/1:WA",
                "AC 85: sample=AC secret=WA/85/100 a=AC/40/40 b=WA/15/30 c=AC/30/30",
            ),
            (
                "a/1:WA",
                "AC 30: sample=AC secret=WA/30/100 a=WA/0/40 b=-/0/30 c=AC/30/30",
            ),
        ],
    );
}

#[test]
fn where_domjudge_has_been_its_rules_hold() {
    let a = "accept_score: 40\n";
    let b = "accept_score: 60\n";
    let mut files = legacy(
        "",
        &[
            ("/", "grader_flags: ignore_sample\n"),
            ("secret/a", a),
            ("secret/b", b),
            ("a/1", ""),
            ("a/2", ""),
            ("b/1", ""),
            ("b/2", ""),
        ],
    );
    let rows = [
        ("", "AC 100: secret=AC/100/100 a=AC/40/40 b=AC/60/60"),
        ("b/2:WA", "WA 40: secret=WA/40/100 a=AC/40/40 b=WA/0/60"),
        ("a/1:TLE b/1:WA", "TLE 0: secret=TLE/0/100 a=TLE/0/40 b=WA/0/60"),
        (
            "a/1:AC=3 a/2:WA=4 b/1:AC",
            "WA 67: secret=WA/67/100 a=WA/7/40 b=AC/60/60",
        ),
        ("a/1:TLE=3", "TLE 60: secret=TLE/60/100 a=TLE/0/40 b=AC/60/60"),
        ("a/1:AC=-3", "JE: gave -3, less than 0"),
    ];
    assert_eq!(
        judge(&accepted(open(&files)), ""),
        "AC 200: secret=AC/200/200 a=AC/80/80 b=AC/120/120"
    );
    let mut with_ini = files.clone();
    set(&mut with_ini, "domjudge-problem.ini", "timelimit = 1\n");
    check_judging(&with_ini, &rows);
    set(
        &mut files,
        "submissions/accepted/tagged.py",
        "# @EXPECTED_SCORE@: 100\n",
    );
    check_judging(&files, &rows);
}

#[test]
fn what_is_wrong_with_older_scores_is_told_where_it_stands() {
    let check_group = |text: &str, line: u32, key: &str, words: &str| {
        let files = legacy("", &[("secret", text), ("1", "")]);
        check(open(&files), "data/secret/testdata.yaml", line, key, words);
    };
    check_group(
        "accept_score: much\n",
        1,
        "accept_score",
        "must be a number, not \"much\"",
    );
    check_group("\nreject_score: [1]\n", 2, "reject_score", "must be a number");
    check_group("range: 5\n", 1, "range", "must be two numbers");
    check_group("range: 5 x\n", 1, "range", "must be two numbers");
    check_group("range: 5 4\n", 1, "range", "is empty: 5 is more than 4");
    check_group("range: +inf 4\n", 1, "range", "must be two numbers");
    check_group("grading: own\n", 1, "grading", "must be default or custom");
    check_group(
        "grading: {aggregation: max}\n",
        1,
        "grading.aggregation",
        "must be sum or min",
    );
    check_group(
        "grader_flags: sums\n",
        1,
        "grader_flags",
        "is not a flag of the default grader",
    );
    for (yaml, key, words) in [
        (
            "grading: {objective: most}\n",
            "grading.objective",
            "must be max or min",
        ),
        (
            "grading: {on_reject: never}\n",
            "grading.on_reject",
            "must be first_error, worst_error or grade",
        ),
        ("grading: {range: 1}\n", "grading.range", "must be two numbers"),
    ] {
        check(open(&legacy(yaml, &[("1", "")])), "problem.yaml", 3, key, words);
    }
}

#[test]
fn the_best_score_is_known_where_it_can_be() {
    let best = |files: &Files| accepted(open(files)).groups.max_score.map(Score::points);
    assert_eq!(best(&modern(&[("1", "")])), Some(100.0));
    assert_eq!(
        best(&modern(&[("secret", "max_score: 7\n"), ("1", "")])),
        Some(7.0)
    );
    let unbounded = with_validator(modern(&[("secret", "max_score: unbounded\n"), ("1", "")]));
    assert_eq!(best(&unbounded), None);
    assert_eq!(best(&legacy("", &[("1", "")])), Some(2.0));
    assert_eq!(best(&legacy("grading: {objective: min}\n", &[("1", "")])), None);
    let files = fixture::files();
    assert_eq!(best(&files), None);
}

/// What is wrong with a score of an example submission of that package; `groups` have 10 points each.
fn missed_score(package: &Package, path: &str, points: f64) -> Option<String> {
    let mut examples = package.submissions.iter();
    let example = examples
        .find(|example| example.path.to_str() == Some(path))
        .unwrap();
    let groups: Vec<_> = ["secret", "secret/a", "secret/b"]
        .map(|name| domain::GroupResult {
            name: name.to_owned(),
            verdict: Some(Verdict::Ac),
            score: Score::new(10.0),
            max_score: None,
        })
        .into();
    example.missed_score(Score::new(points), &groups)
}

#[test]
fn directories_and_tags_expect_scores() {
    let mut files = legacy("", &[("1", ""), ("2", "")]); // With the sample, 3 points.
    for path in [
        "partially_accepted/half.py",
        "wrong_answer/not.py",
        "tagged/one.py",
        "tagged/two.py",
        "tagged/odd.py",
    ] {
        set(&mut files, &format!("submissions/{path}"), "print(1)\n");
    }
    set(
        &mut files,
        "submissions/tagged/one.py",
        "# @EXPECTED_SCORE@: 2\n# @EXPECTED_RESULTS@: CORRECT\n",
    );
    set(
        &mut files,
        "submissions/tagged/two.py",
        "/* @EXPECTED_SCORE@: 1, 2.5 */\n",
    );
    set(
        &mut files,
        "submissions/tagged/odd.py",
        "# @EXPECTED_SCORE@: much\n",
    );
    // Evidence for DOMjudge's rules: a group has its points once.
    let package = accepted(open(&files));
    assert_eq!(package.groups.max_score, Score::new(2.0));
    fixture::check_warning(&package, "submissions/tagged/odd.py", "\"much\"");
    for (path, points, expected) in [
        ("accepted/copy.py", 2.0, None),
        ("accepted/copy.py", 1.0, None), // Who is accepted may have less, by the tools of older versions.
        ("partially_accepted/half.py", 1.0, None),
        (
            "partially_accepted/half.py",
            2.0,
            Some("the score is 2, and less than 2 is expected"),
        ),
        ("wrong_answer/not.py", 0.0, None),
        ("tagged/one.py", 2.0, None),
        ("tagged/one.py", 1.0, Some("the score is 1, and 2 is expected")),
        ("tagged/two.py", 2.5, None),
        (
            "tagged/two.py",
            2.0,
            Some("the score is 2, and 1 or 2.5 is expected"),
        ),
    ] {
        let missed = missed_score(&package, path, points);
        assert_eq!(missed.as_deref(), expected, "{path} {points}");
    }
    let example = |path: &str| {
        let mut examples = package.submissions.iter();
        examples
            .find(|example| example.path.to_str() == Some(path))
            .cloned()
    };
    assert_eq!(
        example("partially_accepted/half.py").unwrap().expected,
        [Verdict::Ac]
    );
    assert!(example("tagged/two.py").unwrap().agrees_with(Verdict::Wa));
    assert!(!example("tagged/one.py").unwrap().agrees_with(Verdict::Wa));
    assert!(example("tagged/odd.py").is_none());
}

#[test]
fn submissions_yaml_expects_scores_of_all_and_of_groups() {
    let groups = [
        ("secret/a", "max_score: 50\n"),
        ("secret/b", "max_score: 50\n"),
        ("a/1", ""),
        ("b/1", ""),
    ];
    let with = |yaml: &str| {
        let mut files = modern(&groups);
        set(&mut files, "submissions/submissions.yaml", yaml);
        files
    };
    for (yaml, points, expected) in [
        ("accepted: {score: 20}\n", 20.0, None),
        (
            "accepted: {score: 20}\n",
            21.0,
            Some("the score is 21, and 20 is expected"),
        ),
        ("accepted: {score: [20, 30.5]}\n", 30.5, None),
        (
            "accepted: {score: [20, 30.5]}\n",
            31.0,
            Some("the score is 31, and 20 to 30.5 is expected"),
        ),
        ("accepted/*.py: {secret/a: {score: 10}}\n", 100.0, None),
        (
            "accepted/*.py: {'secret/*': {score: [11, 12]}}\n",
            100.0,
            Some("the score of secret/a is 10, and 11 to 12 is expected"),
        ),
        (
            "accepted/copy.py: {secret: {score: 20}}\n",
            100.0,
            Some("the score of secret is 10, and 20 is expected"),
        ),
        (
            "accepted/copy.py: {secret/c: {score: 20}}\n",
            100.0,
            Some("a score of secret/c is expected, and there is no such group"),
        ),
    ] {
        let missed = missed_score(&accepted(open(&with(yaml))), "accepted/copy.py", points);
        assert_eq!(missed.as_deref(), expected, "{yaml}");
    }
    let file = "submissions/submissions.yaml";
    check(
        open(&with("accepted: {score: [3, 1]}\n")),
        file,
        1,
        "accepted.score",
        "the smaller one first",
    );
    check(
        open(&with("accepted: {score: much}\n")),
        file,
        1,
        "accepted.score",
        "must be a number",
    );
    let mut files = fixture::files();
    set(&mut files, file, "accepted: {score: 3}\n");
    check(
        open(&files),
        file,
        1,
        "accepted.score",
        "is for scoring problems only",
    );
}

#[test]
fn a_look_at_the_source_is_a_case_with_a_score_of_its_own() {
    let package = |group: &str| {
        let mut files = modern(&[
            ("secret", "max_score: 100\n"),
            ("secret/a", group),
            ("a/1", ""),
            ("a/2", ""),
        ]);
        set(&mut files, "static_validator/look.py", "raise SystemExit(42)\n");
        files
    };
    check_judging(
        &package("max_score: 100\nscore_aggregation: sum\nstatic_validation_score: 20\n"),
        &[
            ("", "AC 100: sample=AC secret=AC/100/100 a=AC/100/100"),
            ("static:WA", "AC 80: sample=AC secret=WA/80/100 a=WA/80/100"),
            ("a/1:WA", "AC 60: sample=AC secret=WA/60/100 a=WA/60/100"),
            ("static:AC*0.5", "AC 90: sample=AC secret=AC/90/100 a=AC/90/100"),
            (
                "static:AC=21",
                "JE: gave 21 to a test case that is worth 20 at most",
            ),
        ],
    );
    check_judging(
        &package("max_score: 100\nstatic_validation_score: pass-fail\n"),
        &[("static:WA", "WA 0: sample=AC secret=WA/0/100 a=WA/0/100")],
    );
    let file = "data/secret/a/test_group.yaml";
    let key = "static_validation_score";
    for (group, words) in [
        (
            "max_score: 9\nstatic_validation_score: 5\n",
            "must be pass-fail, as the group is",
        ),
        (
            "max_score: 9\nstatic_validation_score: pass-fail\nscore_aggregation: sum\n",
            "must be a number, since the group is not pass-fail",
        ),
        (
            "max_score: 9\nstatic_validation_score: 10\nscore_aggregation: sum\n",
            "is 10, more than the group is worth",
        ),
    ] {
        check(open(&package(group)), file, 2, key, words);
    }
}
