//! What is compiled is compiled once, on one host: for slots, for processes, and across restarts.

#![cfg(test)]

mod support;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use domain::{Conclusion, Verdict};
use judge::{Grader, GraderConfig, Job, Languages};
use problems::Package;
use support::{SUM, package, slot_config, source};

const SUM_IN_C: &str =
    "#include <stdio.h>\nint main(void) { int a, b; scanf(\"%d %d\", &a, &b); printf(\"%d\\n\", a + b); }\n";

/// A process that judges, as another does that has the same directory.
async fn process(compiled: &Path) -> Grader {
    let config = GraderConfig {
        sandbox: slot_config(),
        compiled: Some(compiled.to_owned()),
        ..GraderConfig::default()
    };
    Grader::start_with(Arc::new(Languages::builtin()), config)
        .await
        .unwrap()
}

async fn grade(grader: &Grader, package: &Arc<Package>, language: &str, code: &str) -> Conclusion {
    let job = Job {
        package: Arc::clone(package),
        language: language.parse().unwrap(),
        files: source("solution", code),
        entry_point: None,
    };
    grader.grade(&job, |_, _| {}).await.unwrap()
}

/// Everything of a conclusion that the compiler has a part in.
fn seen(conclusion: &Conclusion) -> (Verdict, Option<&str>, Option<&str>) {
    let [message, log] = [&conclusion.message, &conclusion.compiler_output];
    (conclusion.verdict, message.as_deref(), log.as_deref())
}

#[tokio::test]
async fn after_a_restart_no_compiler_starts_for_an_equal_source() {
    let home = tempfile::tempdir().unwrap();
    let package = Arc::new(package(&home.path().join("package"), "{time_limit: 5}", &SUM));
    let compiled = home.path().join("compiled");
    let java = "class Sum { static class Inner {} public static void main(String[] a) { \
                var in = new java.util.Scanner(System.in); System.out.println(in.nextInt() + in.nextInt()); } }";
    let rows = [
        ("c", SUM_IN_C, Verdict::Ac),
        ("c", "int main(void) { return x; }", Verdict::Ce),
        ("c", "#warning so\nint main(void) {}", Verdict::Wa),
        ("java", java, Verdict::Ac),
        ("java", "class None {}", Verdict::Ce),
    ];
    let first = process(&compiled).await;
    let mut before = Vec::new();
    for (language, code, verdict) in rows {
        let conclusion = grade(&first, &package, language, code).await;
        assert_eq!(conclusion.verdict, verdict, "{conclusion:?}");
        assert!(!conclusion.timeline.compiled.unwrap().was_cached, "{code}");
        before.push(conclusion);
    }
    assert_eq!(first.compilers_started(), 5);
    first.close().await;
    let second = process(&compiled).await;
    for ((language, code, _), before) in rows.into_iter().zip(&before) {
        let conclusion = grade(&second, &package, language, code).await;
        assert_eq!(seen(&conclusion), seen(before));
        assert!(conclusion.timeline.compiled.unwrap().was_cached, "{code}");
    }
    assert_eq!(second.compilers_started(), 0);
    second.close().await;
}

#[tokio::test]
async fn a_directory_that_is_damaged_costs_a_compilation_and_no_verdict() {
    let home = tempfile::tempdir().unwrap();
    let package = Arc::new(package(&home.path().join("package"), "{time_limit: 5}", &SUM));
    let compiled = home.path().join("compiled");
    let first = process(&compiled).await;
    grade(&first, &package, "c", SUM_IN_C).await;
    first.close().await;
    for entry in fs::read_dir(&compiled).unwrap() {
        let path = entry.unwrap().path();
        let mut bytes = fs::read(&path).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(&path, bytes).unwrap();
    }
    let second = process(&compiled).await;
    assert_eq!(grade(&second, &package, "c", SUM_IN_C).await.verdict, Verdict::Ac);
    assert_eq!(second.compilers_started(), 1);
    second.close().await;
    // No directory at all, but a file of that name: everything is in memory.
    let file = home.path().join("file");
    fs::write(&file, "").unwrap();
    let third = process(&file).await;
    for _ in 0..2 {
        assert_eq!(grade(&third, &package, "c", SUM_IN_C).await.verdict, Verdict::Ac);
    }
    assert_eq!(third.compilers_started(), 1);
    third.close().await;
}
