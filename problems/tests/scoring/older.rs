//! Groups of older versions, and of the drafts between.

use crate::fixture::{accepted, check, open, refused, set};
use crate::{GROUP, below, check_judging, judge, legacy};

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
fn a_group_with_nothing_in_it_is_worth_nothing() {
    let mut files = legacy("", &[("a/1", "")]);
    set(&mut files, "data/secret/b/testdata.yaml", "range: 5 5\n");
    check_judging(
        &files,
        &[("", "AC 2: sample=AC/1/1 secret=AC/1/1 a=AC/1/1 b=AC/0/0")],
    );
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
    crate::fixture::find(&refusal, "graders", "is missing");
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
