//! Groups of the newest version.

use crate::fixture::{Files, accepted, check, open, set};
use crate::{check_judging, legacy, modern, with_validator};
use domain::Score;

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
    let files = crate::fixture::files();
    assert_eq!(best(&files), None);
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
    let mut files = modern(&[
        ("secret", "max_score: unbounded\nstatic_validation_score: 20\n"),
        ("1", ""),
    ]);
    set(&mut files, "static_validator/look.py", "raise SystemExit(42)\n");
    check_judging(
        &with_validator(files),
        &[
            ("secret/1:AC=7", "AC 27: sample=AC secret=AC/27/-"),
            ("static:WA secret/1:AC=7", "AC 7: sample=AC secret=WA/7/-"),
            ("static:AC*0.5 secret/1:AC=7", "AC 17: sample=AC secret=AC/17/-"),
        ],
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
