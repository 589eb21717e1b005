//! Checkers and interactors that are written with testlib, of which there are several.

#![cfg(test)]

mod support;

use std::sync::Arc;

use domain::Verdict::{self, Ac, Je, Wa};
use domain::{Conclusion, LanguageId};
use judge::{Grader, Job};
use problems::Package;
use support::{grader, package_of, source};

const YAML: &str = "\
problem_format_version: 2025-09
name: Test
uuid: 11111111-2222-4333-8444-555555555555
limits: {time_limit: 5, validation_time: 5}
";

const CASES: [support::Case<'static>; 1] = [("secret/1", "5\n", "25\n")];

async fn grade(grader: &Grader, package: &Arc<Package>, code: &str) -> Conclusion {
    let language: LanguageId = "python3".parse().unwrap();
    let job = Job {
        package: Arc::clone(package),
        language,
        files: source("solution.py", code),
        entry_point: None,
    };
    grader.grade(&job, |_, _| {}).await.unwrap()
}

/// Program, verdict, words of the message or of what judges are told.
type Row<'a> = (&'a str, Verdict, &'a str);

async fn check(grader: &Grader, yaml: &str, files: &[(&str, &str)], rows: &[Row<'_>]) {
    let directory = tempfile::tempdir().unwrap();
    let package = Arc::new(package_of(directory.path(), yaml, files, &CASES));
    for (code, verdict, words) in rows {
        let found = grade(grader, &package, code).await;
        assert_eq!(found.verdict, *verdict, "{code}: {found:?}");
        let said = format!("{:?} {:?}", found.message, found.judge_messages);
        assert!(said.contains(words), "{code}: {said}");
    }
}

const CHECKER: &str = r#"
#include HEADER
int main(int argc, char *argv[]) {
    registerTestlibCmd(argc, argv);
    int n = inf.readInt(), right = ans.readInt(), found = ouf.readInt();
    if (right != n * n) quitf(_fail, "the answer is wrong");
    if (found == 99) quitf(_fail, "the jury has no such answer");
    if (found == 50) quitf(_pc(100), "half of it");
    if (found == 51) quitp(2.5, "some of it");
    if (found != right) quitf(_wa, "expected %d, found %d", right, found);
    quitf(_ok, "it is %d", found);
}
"#;

#[tokio::test]
async fn a_checker_that_does_not_bring_testlib_is_given_it() {
    let grader = grader(1).await;
    for header in ["\"testlib.h\"", "<testlib.h>"] {
        let checker = CHECKER.replace("HEADER", header);
        let rows = [
            ("print(25)", Ac, "it is 25"),
            ("print(24)", Wa, "expected 25, found 24"),
            ("print('x')", Wa, "Expected integer"),
            ("print(25, 25)", Wa, "Extra information"),
            ("pass", Wa, "Unexpected end of file"),
            (
                "print(99)",
                Je,
                "found a mistake in the problem (testlib's FAIL) in case 1",
            ),
            ("print(50)", Je, "gave a score to a test case that has none"),
            ("print(51)", Je, "gave a score to a test case that has none"),
        ];
        check(&grader, YAML, &[("output_validator/check.cpp", &checker)], &rows).await;
    }
    assert_eq!(grader.compilers_started(), 2);
}

#[tokio::test]
async fn an_interactor_may_be_written_with_testlib_too() {
    let interactor = r#"
#include "testlib.h"
#include <iostream>
int main(int argc, char *argv[]) {
    registerInteraction(argc, argv);
    std::cout << inf.readInt() << std::endl;
    int found = ouf.readInt();
    if (found != ans.readInt()) quitf(_wa, "that is not the square");
    quitf(_ok, "that is it");
}
"#;
    let yaml = YAML.replace("limits", "type: interactive\nlimits");
    let rows = [
        ("print(int(input()) ** 2)", Ac, ""),
        ("print(int(input()) ** 3)", Wa, "that is not the square"),
        ("input()", Wa, "Unexpected end of file"),
    ];
    check(
        &grader(1).await,
        &yaml,
        &[("output_validator/talk.cpp", interactor)],
        &rows,
    )
    .await;
}

/// As much of testlib as it takes, called and answering as its author has it.
const STOCK: &str = r#"
#include <cstdio>
#include <cstdlib>
#include <cstring>
static int fail(const char *what) { fprintf(stderr, "FAIL %s\n", what); exit(3); }
static int number(const char *path) {
    FILE *file = fopen(path, "r");
    int number;
    if (!file || fscanf(file, "%d", &number) != 1) { fprintf(stderr, "wrong output format no number\n"); exit(2); }
    return number;
}
"#;

#[tokio::test]
async fn a_checker_that_brings_testlib_is_called_as_testlib_wants_it() {
    let checker = r#"
#include "testlib.h"
int main(int argc, char *argv[]) {
    if (argc != 4) fail("usage: INPUT OUTPUT ANSWER");
    int n = number(argv[1]), found = number(argv[2]), right = number(argv[3]);
    if (right != n * n) fail("the answer is wrong");
    if (found == 99) fail("the jury has no such answer");
    if (found == 50) { fprintf(stderr, "partially correct (100) half of it\n"); return 116; }
    if (found == 51) { fprintf(stderr, "points 2.5 some of it\n"); return 7; }
    if (found == 52) return 9;
    if (found == 53) abort();
    fprintf(stderr, found == right ? "ok it is %d\n" : "wrong answer it is not %d\n", found);
    return found == right ? 0 : 1;
}
"#;
    let files = [
        ("output_validator/check.cpp", checker),
        ("output_validator/testlib.h", STOCK),
    ];
    let rows = [
        ("print(25)", Ac, "ok it is 25"),
        ("print(24)", Wa, "wrong answer it is not 24"),
        ("print('x')", Wa, "wrong output format no number"),
        ("pass", Wa, "no number"),
        ("print(99)", Je, "the jury has no such answer"),
        ("print(50)", Je, "gave a score to a test case that has none"),
        ("print(51)", Je, "gave a score to a test case that has none"),
        ("print(52)", Je, "exited with code 9, which is none of testlib's,"),
        ("print(53)", Je, "was ended by signal 6 (SIGABRT)"),
    ];
    check(&grader(1).await, YAML, &files, &rows).await;
}

#[tokio::test]
async fn an_interactor_that_brings_testlib_is_called_as_testlib_wants_it() {
    let interactor = r#"
#include "testlib.h"
int main(int argc, char *argv[]) {
    if (argc != 4) fail("usage: INPUT OUTPUT ANSWER");
    FILE *log = fopen(argv[2], "w");
    if (!log) fail("cannot write the log");
    printf("%d\n", number(argv[1]));
    fflush(stdout);
    int found;
    if (scanf("%d", &found) != 1) return 2;
    fprintf(log, "%d\n", found);
    return found == number(argv[3]) ? 0 : 1;
}
"#;
    let files = [
        ("output_validator/talk.cpp", interactor),
        ("output_validator/testlib.h", STOCK),
    ];
    let yaml = YAML.replace("limits", "type: interactive\nlimits");
    let rows = [
        ("print(int(input()) ** 2)", Ac, ""),
        ("print(int(input()) ** 3)", Wa, ""),
        ("input()", Wa, ""),
        (
            "print(int(input()) ** 2, flush=True)\n1 / 0",
            Verdict::Rte,
            "exit code 1",
        ),
    ];
    check(&grader(1).await, &yaml, &files, &rows).await;
}

#[tokio::test]
async fn a_header_that_was_adapted_is_called_like_any_validator() {
    let header = "#define OK_EXIT_CODE 42\n#define WA_EXIT_CODE 43\n";
    let checker = "#include \"testlib.h\"\n#include <cstdio>\nint main(int argc, char **argv) { int n; if (argc != 4) return 3; return scanf(\"%d\", &n) == 1 && n == 25 ? OK_EXIT_CODE : n == 0 ? 0 : WA_EXIT_CODE; }\n";
    let files = [
        ("output_validator/check.cpp", checker),
        ("output_validator/testlib.h", header),
    ];
    let rows = [
        ("print(25)", Ac, ""),
        ("print(24)", Wa, ""),
        ("print(0)", Je, "exited with code 0"),
    ];
    check(&grader(1).await, YAML, &files, &rows).await;
}
