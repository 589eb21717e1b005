//! Cases that run before their turn, on slots that have nothing else to do.

#![cfg(test)]

mod support;

use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::{Conclusion, Verdict};
use judge::{Grader, Job, Languages};
use problems::Package;
use support::{grader_with, package, source};

/// Inputs 1 to 8, each its own answer.
fn echo(limits: &str) -> (tempfile::TempDir, Arc<Package>) {
    const CASES: [(&str, &str, &str); 8] = [
        ("sample/1", "1\n", "1\n"),
        ("secret/2", "2\n", "2\n"),
        ("secret/3", "3\n", "3\n"),
        ("secret/4", "4\n", "4\n"),
        ("secret/5", "5\n", "5\n"),
        ("secret/6", "6\n", "6\n"),
        ("secret/7", "7\n", "7\n"),
        ("secret/8", "8\n", "8\n"),
    ];
    let directory = tempfile::tempdir().unwrap();
    let package = Arc::new(package(directory.path(), limits, &CASES));
    (directory, package)
}

async fn grade(grader: &Grader, package: &Arc<Package>, code: &str) -> Conclusion {
    let job = Job {
        package: Arc::clone(package),
        language: "python3".parse().unwrap(),
        files: source("a.py", code),
        entry_point: None,
    };
    grader.grade(&job, |_, _| {}).await.unwrap()
}

/// Number, case and verdict of a run.
type Ran<'a> = (u32, &'a str, Verdict);

/// What does not depend on how long anything took.
fn shape(conclusion: &Conclusion) -> (Verdict, Option<&str>, Vec<Ran<'_>>) {
    let runs = conclusion.runs.iter();
    let runs = runs.map(|run| (run.ordinal, run.case.as_str(), run.verdict));
    (conclusion.verdict, conclusion.message.as_deref(), runs.collect())
}

#[tokio::test]
async fn nothing_is_judged_otherwise_than_in_turn() {
    let (_directory, package) = echo("{time_limit: 0.5}");
    let many = grader_with(Languages::builtin(), 4).await;
    let one = many.clone().with_cases_at_once(1);
    for code in [
        "print(input())",
        "n = int(input()); print(n if n < 3 else 0)",
        "n = int(input()); print(n if n < 8 else 0)",
        "n = int(input()); print(n // (n < 4))",
        "n = int(input())\nwhile n == 3: pass\nprint(n)",
        "n = int(input())\nwhile n == 4: pass\nprint(n if n != 3 else 0)",
        "n = int(input()); print('x' * (9 << 20 if n == 5 else 0)); print(n)",
        "print(",
    ] {
        let (ahead, in_turn) = (
            grade(&many, &package, code).await,
            grade(&one, &package, code).await,
        );
        assert_eq!(shape(&ahead), shape(&in_turn), "{code}");
    }
}

#[tokio::test]
async fn idle_slots_run_what_comes_next() {
    let (_directory, package) = echo("{time_limit: 5}");
    let many = grader_with(Languages::builtin(), 4).await;
    let code = "import time; time.sleep(0.2); print(input())";
    let begin = Instant::now();
    let conclusion = grade(&many, &package, code).await;
    let took = begin.elapsed();
    assert_eq!(conclusion.verdict, Verdict::Ac, "{conclusion:?}");
    let one_after_the_other: u64 = conclusion.runs.iter().map(|run| run.wall_us).sum();
    assert!(
        took < Duration::from_micros(one_after_the_other),
        "{took:?} for runs of {one_after_the_other} µs together"
    );
}
