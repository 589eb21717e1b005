//! Scores, with real validators and graders in real sandboxes.

#![cfg(test)]

mod support;

use std::sync::Arc;

use domain::{Blame, Conclusion, Score, Verdict};
use judge::{Grader, Job};
use problems::Package;
use support::{Case, grader, package_of, source};

const YAML: &str = "\
problem_format_version: 2025-09
name: Test
uuid: 11111111-2222-4333-8444-555555555555
type: scoring
limits: {time_limit: 5, validation_time: 5, validation_memory: 64, validation_output: 1}
";

const LEGACY: &str = "name: Test\ntype: scoring\nlimits: {validation_time: 5, validation_memory: 64}\n";

/// Submissions print what they are told to by their input: a number, or nothing.
const ECHO: &str = "print(input())\n";

const ONE_GROUP: [Case<'static>; 3] = [
    ("sample/1", "1\n", "1\n"),
    ("secret/a/1", "2\n", "2\n"),
    ("secret/a/2", "3\n", "3\n"),
];

/// A validator in Python whose `output` is a text; it is to end with an exit code.
fn python(rest: &str) -> String {
    format!(
        "import sys\nfeedback = sys.argv[3]\noutput = sys.stdin.read().strip()\n\
         def write(name, text): open(feedback + name, 'w').write(text)\n{rest}\n"
    )
}

async fn judge(grader: &Grader, package: &Arc<Package>, code: &str) -> Conclusion {
    let job = Job {
        package: package.clone(),
        language: "python3".parse().unwrap(),
        files: source("solution.py", code),
        entry_point: None,
    };
    grader.grade(&job, |_, _| {}).await.unwrap()
}

/// Verdict and score of all, of the groups, and of the runs.
fn shown(conclusion: &Conclusion) -> String {
    let show = |verdict: Option<Verdict>, score: Option<Score>| {
        let verdict = verdict.map_or("-", Verdict::id);
        score.map_or(verdict.to_owned(), |score| format!("{verdict} {score}"))
    };
    let groups = conclusion.groups.iter();
    let groups: Vec<_> = groups.map(|group| show(group.verdict, group.score)).collect();
    let runs: Vec<_> = conclusion
        .runs
        .iter()
        .map(|run| show(Some(run.verdict), run.score))
        .collect();
    let all = show(Some(conclusion.verdict), conclusion.score);
    format!("{all}; {}; {}", groups.join(", "), runs.join(", "))
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_of_the_newest_version_are_scored() {
    let grader = grader(1).await;
    let root = tempfile::tempdir().unwrap();
    let cases = [
        ("sample/1", "1\n", "1\n"),
        ("secret/a/1", "2\n", "2\n"),
        ("secret/b/1", "3\n", "3\n"),
        ("secret/b/2", "4\n", "4\n"),
        ("secret/c/1", "5\n", "5\n"),
    ];
    let files = [
        ("data/secret/a/test_group.yaml", "max_score: 20\n"),
        (
            "data/secret/b/test_group.yaml",
            "max_score: 30\nscore_aggregation: sum\n",
        ),
        (
            "data/secret/c/test_group.yaml",
            "max_score: 50\nrequire_pass: secret/a\n",
        ),
    ];
    let package = Arc::new(package_of(root.path(), YAML, &files, &cases));
    for (code, expected) in [
        (
            ECHO,
            "AC 100; AC, AC 100, AC 20, AC 30, AC 50; AC, AC, AC 15, AC 15, AC",
        ),
        (
            "x = int(input())\nprint(x if x != 4 else 0)\n",
            "AC 85; AC, WA 85, AC 20, WA 15, AC 50; AC, AC, AC 15, WA 0, AC",
        ),
        (
            "x = int(input())\nassert x != 2\nprint(x)\n",
            "AC 30; AC, RTE 30, RTE 0, AC 30, - 0; AC, RTE, AC 15, AC 15",
        ),
        (
            "print(-1)\n",
            "WA 0; WA, WA 0, WA 0, WA 0, - 0; WA, WA, WA 0, WA 0",
        ),
        ("print(1\n", "CE 0; ; "),
    ] {
        let conclusion = judge(&grader, &package, code).await;
        assert_eq!(shown(&conclusion), expected, "{code}");
        assert_eq!(conclusion.max_score, Some(Score::from(100)));
    }
}

const SUM_OF_TEN: &str = "score_aggregation: sum\nmax_score: 10\n";
const UNBOUNDED: &str = "max_score: unbounded\nscore_aggregation: sum\n";

/// Judges what echoes with that group and that validator.
async fn check_validator(grader: &Grader, group: &str, validator: &str, expected: &str) {
    let root = tempfile::tempdir().unwrap();
    let secret = if group == UNBOUNDED {
        "max_score: unbounded\n"
    } else {
        "max_score: 10\n"
    };
    let files = [
        ("data/secret/test_group.yaml", secret),
        ("data/secret/a/test_group.yaml", group),
        ("output_validator/check.py", &python(validator)),
    ];
    let package = Arc::new(package_of(root.path(), YAML, &files, &ONE_GROUP));
    let conclusion = judge(grader, &package, ECHO).await;
    if let Some(words) = expected.strip_prefix("JE: ") {
        let message = conclusion.message.as_deref().unwrap();
        assert!(message.contains(words), "{validator}: {message}");
        assert_eq!(conclusion.verdict, Verdict::Je, "{validator}");
        assert_eq!(conclusion.blame, Some(Blame::Problem));
        assert_eq!(conclusion.score, None);
    } else {
        assert_eq!(shown(&conclusion), expected, "{validator}");
    }
}

fn writes(file: &str, text: &str) -> String {
    format!("write('{file}', '{text}')\nsys.exit(42)")
}

#[tokio::test(flavor = "multi_thread")]
async fn validators_give_scores() {
    let grader = grader(1).await;
    for (group, validator, expected) in [
        (
            SUM_OF_TEN,
            writes("score_multiplier.txt", "0.5\\n"),
            "AC 5; AC, AC 5, AC 5; AC, AC 2.5, AC 2.5",
        ),
        (
            SUM_OF_TEN,
            writes("score.txt", " 4e0 "),
            "AC 8; AC, AC 8, AC 8; AC, AC 4, AC 4",
        ),
        (
            SUM_OF_TEN,
            "sys.exit(42)".to_owned(),
            "AC 10; AC, AC 10, AC 10; AC, AC 5, AC 5",
        ),
        (
            UNBOUNDED,
            "write('score.txt', output + '.25')\nsys.exit(42)".to_owned(),
            "AC 5.5; AC, AC 5.5, AC 5.5; AC, AC 2.25, AC 3.25",
        ),
    ] {
        check_validator(&grader, group, &validator, expected).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn validators_that_give_scores_where_they_may_not_are_told_so() {
    let grader = grader(1).await;
    for (group, validator, expected) in [
        (
            UNBOUNDED,
            writes("score_multiplier.txt", "0.5\\n"),
            "JE: check wrote score_multiplier.txt",
        ),
        (
            UNBOUNDED,
            "sys.exit(42)".to_owned(),
            "JE: check wrote no score.txt for an accepted",
        ),
        (
            SUM_OF_TEN,
            writes("score.txt", "6"),
            "JE: check gave 6 to a test case that is worth 5 at most",
        ),
        (
            SUM_OF_TEN,
            writes("score.txt", "many"),
            "JE: check wrote score.txt with \"many\", which is not a number",
        ),
        (
            SUM_OF_TEN,
            writes("score.txt", ""),
            "JE: check wrote score.txt with \"\"",
        ),
        (
            SUM_OF_TEN,
            writes("score.txt", "1 2"),
            "JE: check wrote score.txt with \"1 2\"",
        ),
        (
            SUM_OF_TEN,
            writes("score.txt", "nan"),
            "JE: check wrote score.txt with \"nan\"",
        ),
        (
            SUM_OF_TEN,
            writes("score_multiplier.txt", "2"),
            "JE: check gave the factor 2",
        ),
        (
            SUM_OF_TEN,
            "write('score.txt', '1')\nwrite('score_multiplier.txt', '1')\nsys.exit(42)".to_owned(),
            "JE: check wrote both",
        ),
        (
            SUM_OF_TEN,
            "write('score.txt', '1')\nsys.exit(42 if output == '1' else 43)".to_owned(),
            "JE: check gave a score to a test case without accepting it",
        ),
        (
            SUM_OF_TEN,
            "open(feedback + 'score.txt', 'w').write('1' * 100000)\nsys.exit(42)".to_owned(),
            "JE: check",
        ),
        (
            "max_score: 10\n",
            writes("score_multiplier.txt", "0.5\\n"),
            "JE: check gave a score to a test case that has none",
        ),
    ] {
        check_validator(&grader, group, &validator, expected).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grader_of_the_package_decides_in_a_sandbox() {
    let grader = grader(1).await;
    let cases = [
        ("sample/1", "1\n", "1\n"),
        ("secret/1", "2\n", "2\n"),
        ("secret/2", "3\n", "3\n"),
    ];
    let count = "import sys\nlines = [line.split() for line in sys.stdin]\n\
        good = sum(verdict == 'AC' for verdict, score in lines)\n\
        assert sys.argv[1:] == ['each', '7'] and all(float(score) in (0, 1) for _, score in lines)\n\
        print('AC' if good else 'WA', good * 7)\n";
    let half = "x = int(input())\nprint(x if x != 2 else 0)\n";
    for (program, code, expected) in [
        (count, ECHO, "AC 14; AC 14; AC 1, AC 1"),
        (count, half, "AC 7; AC 7; WA 0, AC 1"),
        (count, "print(0)\n", "WA 0; WA 0; WA 0, WA 0"),
        (
            "print('AC 5 points')\n",
            ECHO,
            "JE: the grader grade wrote \"AC 5 points\\n\", which is not one line",
        ),
        ("print('AC')\nprint('5')\n", ECHO, "JE: the grader grade wrote"),
        ("pass\n", ECHO, "JE: the grader grade wrote \"\""),
        ("print('JE 0')\n", ECHO, "JE: the grader grade gave up"),
        (
            "print('AC 101')\n",
            ECHO,
            "JE: the test group \"secret\" came to the score 101",
        ),
        (
            "raise SystemExit(3)\n",
            ECHO,
            "JE: the grader grade exited with code 3 for the group \"secret\"",
        ),
        (
            "print('AC', open('/etc/hostname'))\n",
            ECHO,
            "JE: the grader grade",
        ),
    ] {
        let root = tempfile::tempdir().unwrap();
        let files = [
            ("graders/grade.py", program),
            (
                "data/testdata.yaml",
                "on_reject: continue\ngrader_flags: ignore_sample\nrange: 0 100\n",
            ),
            (
                "data/secret/testdata.yaml",
                "grading: custom\ngrader_flags: each 7\n",
            ),
        ];
        let package = Arc::new(package_of(root.path(), LEGACY, &files, &cases));
        let conclusion = judge(&grader, &package, code).await;
        if let Some(words) = expected.strip_prefix("JE: ") {
            let message = conclusion.message.as_deref().unwrap();
            assert!(message.contains(words), "{program}: {message}");
            assert_eq!(conclusion.blame, Some(Blame::Problem), "{program}");
        } else {
            assert_eq!(shown(&conclusion), expected, "{program} {code}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn less_can_be_better() {
    let grader = grader(1).await;
    let root = tempfile::tempdir().unwrap();
    let yaml = format!("{LEGACY}validation: custom score\ngrading: {{objective: min}}\n");
    let validator = python("write('score.txt', output)\nsys.exit(42)");
    let files = [
        ("output_validators/check.py", validator.as_str()),
        ("data/testdata.yaml", "grader_flags: ignore_sample\n"),
    ];
    let package = Arc::new(package_of(
        root.path(),
        &yaml,
        &files,
        &[("secret/1", "2\n", "2\n")],
    ));
    let conclusion = judge(&grader, &package, ECHO).await;
    assert_eq!(shown(&conclusion), "AC 2; AC 2; AC 2");
    assert_eq!(conclusion.max_score, None);
    let rejected = judge(&grader, &package, "raise SystemExit(1)\n").await;
    assert_eq!(rejected.verdict, Verdict::Rte);
    assert_eq!(rejected.score, None);
}
