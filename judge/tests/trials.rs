//! Programs that are tried on samples or on an input of their author's.

#![cfg(test)]

mod support;

use std::sync::Arc;

use domain::{Conclusion, ExamplePart, Trial, Verdict};
use judge::{Grader, Job};
use problems::Package;
use support::{SUM, grader, package, package_of, source};

async fn try_out(grader: &Grader, package: &Arc<Package>, code: &str, trial: &Trial) -> Conclusion {
    let job = Job {
        package: Arc::clone(package),
        language: "python3".parse().unwrap(),
        files: source("solution.py", code),
        entry_point: None,
    };
    grader.run_trial(&job, trial, |_, _| {}).await.unwrap()
}

/// Each run as `case verdict`, and what was written.
fn shown(conclusion: &Conclusion) -> Vec<(String, &str, &str)> {
    let outputs = &conclusion.trial_outputs;
    conclusion
        .runs
        .iter()
        .map(|run| {
            let output = outputs
                .iter()
                .find(|output| output.ordinal == run.ordinal)
                .unwrap();
            let name = format!("{} {}", run.case, run.verdict);
            (name, output.stdout.as_str(), output.stderr.as_str())
        })
        .collect()
}

#[tokio::test]
async fn all_samples_are_run_and_no_secrets() {
    let grader = grader(2).await;
    let directory = tempfile::tempdir().unwrap();
    let cases = [SUM[0], ("sample/2", "5 6\n", "11\n"), SUM[1], SUM[2]];
    let package = Arc::new(package(directory.path(), "{time_limit: 1}", &cases));
    let code = "import sys\na, b = map(int, input().split())\nprint(a, file=sys.stderr)\nprint(a * b + 1)";
    let found = try_out(&grader, &package, code, &Trial::Samples).await;
    assert_eq!(found.verdict, Verdict::Wa, "{found:?}");
    assert_eq!(
        shown(&found),
        [
            ("sample/1 AC".to_owned(), "3\n", "1\n"),
            ("sample/2 WA".to_owned(), "31\n", "5\n")
        ]
    );
    assert_eq!(found.cases_total, 2);
    let code = "print(1 / 0)";
    let found = try_out(&grader, &package, code, &Trial::Samples).await;
    assert_eq!(found.verdict, Verdict::Rte);
    assert!(
        found.trial_outputs[0].stderr.contains("ZeroDivisionError"),
        "{found:?}"
    );
    let found = try_out(&grader, &package, "print(", &Trial::Samples).await;
    assert_eq!((found.verdict, found.trial_outputs.len()), (Verdict::Ce, 0));
    let counted = grader
        .grade(
            &Job {
                package: Arc::clone(&package),
                language: "python3".parse().unwrap(),
                files: source("solution.py", "print(3)"),
                entry_point: None,
            },
            |_, _| {},
        )
        .await
        .unwrap();
    assert_eq!(counted.trial_outputs, [], "what counts is not shown");
}

#[tokio::test]
async fn an_input_of_ones_own_has_no_answer_to_be_wrong() {
    let grader = grader(1).await;
    let directory = tempfile::tempdir().unwrap();
    let package = Arc::new(package(directory.path(), "{time_limit: 1, output: 1}", &SUM));
    let on = |text: &str| Trial::Input(text.to_owned());
    let echo = "import sys\nprint(sys.stdin.read(), end='')";
    let found = try_out(&grader, &package, echo, &on("any\0thing\n")).await;
    assert_eq!(found.verdict, Verdict::Ac, "{found:?}");
    assert_eq!(shown(&found), [("input AC".to_owned(), "any\u{fffd}thing\n", "")]);
    let found = try_out(&grader, &package, "while True: pass", &on("")).await;
    assert_eq!(found.verdict, Verdict::Tle);
    let found = try_out(&grader, &package, "print('é' * 20000)", &on("")).await;
    let output = &found.trial_outputs[0];
    assert!(
        output.is_cut && output.stdout.len() <= 16 << 10,
        "{}",
        output.stdout.len()
    );
    assert!(output.stdout.chars().all(|c| c == 'é'));
}

const ECHO: &str = "import sys
say = lambda *words: print(*words, flush=True)
say('go')
word = sys.stdin.readline().strip()
sys.exit(42 if word == 'gone' else 43)
";

#[tokio::test]
async fn a_conversation_is_shown() {
    let grader = grader(1).await;
    let directory = tempfile::tempdir().unwrap();
    let yaml = "problem_format_version: 2025-09\nname: Test\nuuid: 11111111-2222-4333-8444-555555555555\n\
                type: interactive\nlimits: {time_limit: 1}\n";
    let files = [("output_validator/talk.py", ECHO)];
    let cases = [("sample/1", "1\n", ""), ("secret/1", "2\n", "")];
    let package = Arc::new(package_of(directory.path(), yaml, &files, &cases));
    let code = "import sys\ninput()\nprint('gone', flush=True)\nprint('psst', file=sys.stderr)";
    let found = try_out(&grader, &package, code, &Trial::Samples).await;
    assert_eq!(found.verdict, Verdict::Ac, "{found:?}");
    assert_eq!(
        shown(&found),
        [("sample/1 AC".to_owned(), "<go\n>gone\n", "psst\n")]
    );
    let found = try_out(&grader, &package, code, &Trial::Input("x".to_owned())).await;
    assert_eq!(found.verdict, Verdict::Ce);
    assert!(found.message.unwrap().contains("talks with another"));
}

#[tokio::test]
async fn a_problem_without_samples_says_so() {
    let grader = grader(1).await;
    let directory = tempfile::tempdir().unwrap();
    let package = Arc::new(package(directory.path(), "{time_limit: 1}", &SUM[1..]));
    let found = try_out(&grader, &package, "print(3)", &Trial::Samples).await;
    assert_eq!(found.message.as_deref(), Some("the problem has no samples"));
    assert_eq!(found.runs, []);
}

#[tokio::test]
async fn examples_are_compared_with_what_the_package_expects() {
    let grader = grader(2).await;
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../problems/library/aplusb");
    let package = Arc::new(Package::open(&root).unwrap());
    let example = |path: &str| Trial::Example(ExamplePart::Submission(path.to_owned()));
    let right = "a, b = map(int, input().split())\nprint(a + b)\n";
    let wrong = "a, b = map(int, input().split())\nprint(a - b)\n";
    for (path, code, verdict, missed) in [
        ("accepted/add.py", right, Verdict::Ac, None),
        ("wrong_answer/minus.py", wrong, Verdict::Wa, None),
        (
            "wrong_answer/minus.py",
            right,
            Verdict::Ac,
            Some("no case has WA"),
        ),
        ("accepted/add.py", wrong, Verdict::Wa, Some("WA is not permitted")),
        ("accepted/none.py", right, Verdict::Je, Some("no such submission")),
    ] {
        let found = try_out(&grader, &package, code, &example(path)).await;
        assert_eq!(found.verdict, verdict, "{path}: {found:?}");
        let told = found.missed.as_deref();
        assert_eq!(told.is_some(), missed.is_some(), "{path}: {told:?}");
        assert!(
            told.unwrap_or_default().contains(missed.unwrap_or_default()),
            "{told:?}"
        );
    }
    let data = Trial::Example(ExamplePart::Data);
    let found = try_out(&grader, &package, "", &data).await;
    assert_eq!((found.verdict, &found.missed), (Verdict::Ac, &None));
    let directory = tempfile::tempdir().unwrap();
    let copied = |path: &str| directory.path().join(path);
    for file in [
        "problem.yaml",
        "statement/problem.en.md",
        "submissions/accepted/add.py",
    ] {
        std::fs::create_dir_all(copied(file).parent().unwrap()).unwrap();
        std::fs::copy(root.join(file), copied(file)).unwrap();
    }
    for (file, content) in [
        ("data/secret/1.in", "1 2\n"),
        ("data/secret/1.ans", "3\n"),
        (
            "input_validators/never.py",
            "import sys\nsys.exit(\"too long\")\n",
        ),
    ] {
        std::fs::create_dir_all(copied(file).parent().unwrap()).unwrap();
        std::fs::write(copied(file), content).unwrap();
    }
    let package = Arc::new(Package::open(directory.path()).unwrap());
    let found = try_out(&grader, &package, "", &data).await;
    let missed = found.missed.unwrap();
    assert!(
        missed.contains("data/secret/1.in") && missed.contains("too long"),
        "{missed}"
    );
}
