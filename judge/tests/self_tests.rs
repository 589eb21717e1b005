//! Self-tests of languages: what passes, what fails and why, and tools that change meanwhile.

#![expect(clippy::unwrap_used, reason = "this is test code")]

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use domain::LanguageId;
use judge::{Languages, SelfTest};

use support::{grader, grader_with};

fn id(text: &str) -> LanguageId {
    text.parse().unwrap()
}

/// A language that is Python under another name, with these keys besides.
fn python(keys: &str) -> String {
    format!(
        "name = 'Snake'\nextensions = ['snake']\nmain = 'main.snake'\n\
         tools = [{{ program = ['no-such-python', 'python3'], version = ['--version'] }}]\n\
         run.command = ['no-such-python', '{{source}}']\n{keys}"
    )
}

async fn tests_of(definition: &str) -> Vec<SelfTest> {
    let languages = Languages::with_files(&[("snake.toml", definition)]).unwrap();
    let grader = grader_with(languages, 1).await;
    grader.self_test(&id("snake")).await.unwrap()
}

/// The keys of a language, and what its self-tests must complain of.
async fn check(keys: &str, expected: &str) {
    let tests = tests_of(&python(keys)).await;
    let failure = tests.last().unwrap().failure.clone().unwrap();
    assert!(failure.contains(expected), "{failure}");
}

#[tokio::test]
async fn languages_that_work_pass_and_tell_what_it_took() {
    let grader = grader(2).await;
    for language in ["c", "python3", "bash"] {
        let tests = grader.self_test(&id(language)).await.unwrap();
        let names: Vec<_> = tests.iter().map(|test| test.name).collect();
        assert_eq!(names, ["hello", "sum"]);
        for test in tests {
            assert_eq!(test.failure, None, "{language}");
            let run = test.run.unwrap();
            assert!(!run.wall.is_zero() && run.memory > 0, "{run:?}");
        }
    }
}

#[tokio::test]
async fn a_language_without_self_tests_has_none_and_one_of_another_table_is_a_fault() {
    assert!(tests_of(&python("")).await.is_empty());
    let fault = grader(1).await.self_test(&id("klingon")).await.unwrap_err();
    assert!(fault.reason.contains("klingon is not in the table"), "{fault}");
}

#[tokio::test]
async fn wrong_output_and_crashes_are_told() {
    check(
        "self-test.hello = 'print(\"Hello\")'",
        "the program prints \"Hello\\n\" instead of \"Hello, World!\"",
    )
    .await;
    check(
        "self-test.sum = 'print(input())'",
        "the program prints \"17 25\\n\" instead of \"42\"",
    )
    .await;
    check(
        "self-test.hello = 'import sys; sys.exit(\"no way\")'",
        "the program failed: exit code 1: no way",
    )
    .await;
    check(
        "self-test.hello = 'x'\n[compile]\ncommand = ['no-such-python', '-c', 'import sys; sys.exit(\"no compiler\")']",
        "it does not compile: the compiler exited with code 1: no compiler",
    )
    .await;
}

#[tokio::test]
async fn the_first_that_fails_is_the_last_that_is_tried() {
    let tests = tests_of(&python(
        "self-test.hello = 'print(1)'\nself-test.sum = 'print(42)'",
    ))
    .await;
    assert_eq!(tests.len(), 1);
}

/// Computes for so many seconds of CPU time.
fn busy(seconds: &str) -> String {
    format!("import time\nwhile time.process_time() < {seconds}: pass\n")
}

#[tokio::test]
async fn limits_that_are_too_tight_are_told_with_what_is_needed() {
    let hello = format!("self-test.hello = '''{}print('Hello, World!')'''", busy("1.25"));
    let tests = tests_of(&python(&hello)).await;
    let failure = tests[0].failure.as_ref().unwrap();
    assert!(
        failure.starts_with("its limits are too tight: running it needs 1.")
            && failure.ends_with(" s of CPU time where 1 s are allowed"),
        "{failure}"
    );
    let compile = format!(
        "self-test.hello = 'print(\"Hello, World!\")'\n[compile]\ncommand = ['no-such-python', '-c', '''{}''']\n\
         [compile.limits]\ncpu_seconds = 1\nreason = 'a test'",
        busy("1.25")
    );
    check(&compile, "compiling it needs 1.").await;
    let memory = "self-test.hello = 'print(\"Hello, World!\")'\n[compile]\n\
         command = ['no-such-python', '-c', 'x = b\"x\" * (100 << 20)']\n\
         [compile.limits]\nmemory_mib = 64\nreason = 'a test'";
    check(memory, "MiB of memory where 64 are allowed").await;
    // With more time for the language, all is well.
    let more = format!("{hello}\n[run.adjust]\ntime_factor = 3.0\nreason = 'it is slow'");
    let tests = tests_of(&python(&more)).await;
    assert_eq!(tests[0].failure, None);
}

#[tokio::test]
async fn a_tool_that_is_there_and_does_not_work_is_told_with_what_it_says() {
    let directory = tempfile::tempdir_in("/var/tmp").unwrap();
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let shown = directory.path().display();
    let definition = format!(
        "name = 'Tool'\nextensions = ['tool']\nmain = 'main.tool'\ndirectories = ['{shown}']\n\
         tools = [{{ program = '{shown}/tool', version = [] }}]\nrun.command = ['{shown}/tool']\n"
    );
    for (content, expected) in [
        (
            "#!/bin/sh\necho >&2; echo cannot load libx.so >&2; exit 127\n",
            "does not tell its version: it exits with code 127: cannot load libx.so",
        ),
        (
            "#!/bin/sh\nkill -SEGV $$\n",
            "does not tell its version: it is ended by signal 11",
        ),
        ("#!/bin/sh\n", "says nothing when asked for its version"),
        ("#!/no/such/interpreter\n", "cannot be started in the sandbox: "),
    ] {
        let path = directory.path().join("tool");
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        let grader = grader_with(Languages::with_files(&[("tool.toml", &definition)]).unwrap(), 1).await;
        let reason = grader.missing(&id("tool")).await.unwrap();
        assert!(reason.contains(expected), "{reason}");
        grader.close().await;
    }
}

fn write_tool(directory: &Path, version: &str) {
    let path = directory.join("tool");
    // Not in place: a program that is run cannot be written to.
    let next = directory.join("next");
    fs::write(&next, format!("#!/bin/sh\necho {version}\n")).unwrap();
    fs::set_permissions(&next, fs::Permissions::from_mode(0o755)).unwrap();
    fs::rename(next, path).unwrap();
}

#[tokio::test]
async fn tools_are_found_where_a_language_says_and_again_when_they_change() {
    // Not in /tmp: programs have one of their own.
    let directory = tempfile::tempdir_in("/var/tmp").unwrap();
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let shown = directory.path().display();
    let definition = format!(
        "name = 'Tool'\nextensions = ['tool']\nmain = 'main.tool'\ndirectories = ['{shown}']\n\
         tools = [{{ program = '{shown}/tool', version = [] }}]\nrun.command = ['{shown}/tool']\n"
    );
    let languages = Languages::with_files(&[("tool.toml", &definition)]).unwrap();
    let grader = grader_with(languages, 1).await;
    let missing = format!("{shown}/tool is not installed");
    assert_eq!(grader.missing(&id("tool")).await, Some(missing.clone()));
    for version in ["one", "two"] {
        write_tool(directory.path(), version);
        let language = grader.language(&id("tool")).await.unwrap();
        assert_eq!(language.version.as_deref(), Some(version));
    }
    fs::remove_file(directory.path().join("tool")).unwrap();
    assert_eq!(grader.missing(&id("tool")).await, Some(missing));
}
