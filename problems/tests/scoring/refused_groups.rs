//! Groups of the newest version that contradict themselves.

use crate::fixture::{check, open, set};
use crate::{GROUP, modern};

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
        let mut files = crate::fixture::files();
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
