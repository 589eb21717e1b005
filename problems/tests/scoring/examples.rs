//! Scores that packages expect of their example submissions.

use crate::fixture::{accepted, check, open, set};
use crate::{legacy, modern};
use domain::{Score, Verdict};
use problems::Package;

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
    crate::fixture::check_warning(&package, "submissions/tagged/odd.py", "\"much\"");
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
    let mut files = crate::fixture::files();
    set(&mut files, file, "accepted: {score: 3}\n");
    check(
        open(&files),
        file,
        1,
        "accepted.score",
        "is for scoring problems only",
    );
}
