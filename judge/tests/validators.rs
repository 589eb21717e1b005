//! Custom output validators, in real sandboxes, and what else a package brings to the judging of a submission.

#![expect(clippy::unwrap_used, reason = "this is test code")]

mod support;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::{Blame, Conclusion, JudgeMessage, Verdict};
use judge::{Grader, Job};
use problems::Package;
use support::{SUM, grader, package_of, source};

const YAML: &str = "\
problem_format_version: 2025-09
name: Test
uuid: 11111111-2222-4333-8444-555555555555
limits: {time_limit: 10, validation_time: 1, validation_memory: 64, validation_output: 1}
";

const SUM_PY: &str = "print(sum(map(int, input().split())))";

async fn grade_in(
    grader: &Grader,
    package: &Package,
    language: &str,
    code: &str,
) -> (Conclusion, Vec<JudgeMessage>) {
    let job = Job {
        package: Arc::new(package.clone()),
        language: language.parse().unwrap(),
        files: source("solution", code),
        entry_point: None,
    };
    let mut conclusion = grader.grade(&job, |_, _| {}).await.unwrap();
    let messages = std::mem::take(&mut conclusion.judge_messages);
    (conclusion, messages)
}

async fn grade(grader: &Grader, package: &Package, code: &str) -> (Conclusion, Vec<JudgeMessage>) {
    grade_in(grader, package, "python3", code).await
}

/// A validator in Python that has read its arguments.
fn python(rest: &str) -> String {
    format!(
        "import os, sys\nin_file, ans_file, feedback = sys.argv[1:4]\nflags = sys.argv[4:]\noutput = sys.stdin.read()\n{rest}\n"
    )
}

const CPP: &str = r#"
#include "lib.h"
#include <fstream>
#include <iostream>
int main(int, char **argv) {
    int a, b, sum;
    std::ifstream(argv[1]) >> a >> b;
    if (!(std::cin >> sum)) return WRONG;
    std::ofstream(std::string(argv[3]) + "judgemessage.txt") << "sum " << sum;
    return sum == a + b ? RIGHT : WRONG;
}
"#;

const C: &str = r#"
#include <stdio.h>
int main(int argc, char **argv) {
    FILE *in = fopen(argv[1], "r");
    int a, b, sum;
    if (fscanf(in, "%d%d", &a, &b) != 2) return 1;
    return scanf("%d", &sum) == 1 && sum == a + b ? 42 : 43;
}
"#;

const SH: &str =
    "#!/bin/sh\nread -r a b < \"$1\"; read -r sum; [ \"$sum\" = $((a + b)) ] && exit 42; exit 43\n";

#[tokio::test]
async fn validators_in_every_language_accept_and_reject() {
    let grader = grader(2).await;
    let py = python(
        "a, b = map(int, open(in_file).read().split())\nsys.exit(42 if output.split() == [str(a + b)] else 43)",
    );
    for files in [
        vec![("output_validator/check.py", py.as_str())],
        vec![("output_validator/check/check.py", py.as_str())],
        vec![("output_validator/check.c", C)],
        vec![
            ("output_validator/check.cpp", CPP),
            ("output_validator/lib.h", "const int RIGHT = 42, WRONG = 43;\n"),
        ],
        vec![("output_validator/run", SH), ("output_validator/notes.txt", "x")],
    ] {
        let directory = tempfile::tempdir().unwrap();
        let package = package_of(directory.path(), YAML, &files, &SUM);
        for (code, verdict, runs) in [
            (SUM_PY, Verdict::Ac, 3),
            ("print(3)", Verdict::Wa, 2),
            ("print()", Verdict::Wa, 1),
            ("print(1/0)", Verdict::Rte, 1),
        ] {
            let (found, _) = grade(&grader, &package, code).await;
            assert_eq!(found.verdict, verdict, "{files:?} {found:?}");
            assert_eq!(found.runs.len(), runs, "{files:?} {found:?}");
        }
    }
    assert_eq!(grader.replaced_slots(), 0);
}

#[tokio::test]
async fn a_validator_is_compiled_once() {
    let grader = grader(1).await;
    let directory = tempfile::tempdir().unwrap();
    let package = package_of(directory.path(), YAML, &[("output_validator/check.c", C)], &SUM);
    for _ in 0..3 {
        assert_eq!(grade(&grader, &package, SUM_PY).await.0.verdict, Verdict::Ac);
    }
    assert_eq!(grader.compilers_started(), 1);
}

/// Validator, what the conclusion's message says, what judges are told.
type Broken<'a> = (&'a str, &'a str, &'a str);

const BROKEN: [Broken<'static>; 14] = [
    (
        "sys.exit(0)",
        "exited with code 0, which is neither 42 nor 43, in case 1",
        "",
    ),
    ("sys.exit(1)", "exited with code 1", ""),
    ("x = 1 / 0", "exited with code 1", "ZeroDivisionError"),
    (
        "os.kill(os.getpid(), 11)",
        "was ended by signal 11 (SIGSEGV) in case 1",
        "",
    ),
    ("while True: pass", "used more than 1 s of CPU time", ""),
    (
        "import time; time.sleep(60)",
        "did not end within 8 s (wall-clock time)",
        "",
    ),
    ("x = bytearray(500 << 20)", "used more than 64 MiB of memory", ""),
    (
        "while True: os.write(1, b'x' * 65536)",
        "wrote more than 1024 KiB",
        "",
    ),
    // Of standard error, only the beginning is kept; how much there is hurts nobody.
    (
        "for _ in range(1 << 14): os.write(2, b'x' * 65536)\nsys.exit(7)",
        "exited with code 7",
        "xxxx",
    ),
    (
        "f = open(feedback + 'judgemessage.txt', 'wb')\nwhile True: f.write(b'x' * 65536)",
        "exited with code 1",
        "No space left",
    ),
    (
        "if os.fork(): os.wait()\nos.kill(os.getppid(), 9)\nwhile True: os.fork()",
        "was ended by signal 9",
        "",
    ),
    (
        "open(feedback + 'score.txt', 'w').write('5')\nsys.exit(42)",
        "gave a score to a test case that has none",
        "",
    ),
    (
        "open(feedback + 'nextpass.in', 'w').write('5')\nsys.exit(42)",
        "another pass",
        "",
    ),
    ("(", "exited with code 1", "SyntaxError"),
];

#[tokio::test]
async fn a_broken_validator_is_its_packages_fault_and_ends_soon() {
    let grader = grader(1).await;
    for (rest, message, said) in BROKEN {
        let directory = tempfile::tempdir().unwrap();
        let validator = python(rest);
        let package = package_of(
            directory.path(),
            YAML,
            &[("output_validator/check.py", &validator)],
            &SUM,
        );
        let begin = Instant::now();
        let (found, messages) = grade(&grader, &package, SUM_PY).await;
        assert!(begin.elapsed() < Duration::from_secs(30), "{rest}");
        assert_eq!(found.verdict, Verdict::Je, "{rest}: {found:?}");
        assert_eq!(found.blame, Some(Blame::Problem), "{rest}: {found:?}");
        let told = found.message.unwrap();
        assert!(told.contains(message), "{rest}: {told}");
        assert!(told.len() < 200, "{told}");
        let all: String = messages.iter().map(|message| message.text.as_str()).collect();
        assert!(all.contains(said) && all.len() < 10_000, "{rest}: {all}");
    }
    // The worker lives on.
    let directory = tempfile::tempdir().unwrap();
    let package = package_of(directory.path(), YAML, &[("output_validator/check.c", C)], &SUM);
    assert_eq!(grade(&grader, &package, SUM_PY).await.0.verdict, Verdict::Ac);
    assert_eq!(grader.replaced_slots(), 0);
}

#[tokio::test]
async fn a_validator_that_cannot_be_made_is_its_packages_fault() {
    let grader = grader(1).await;
    for (file, content, message, said) in [
        (
            "check.c",
            "int main() { return x; }",
            "check does not compile: the compiler exited",
            "undeclared",
        ),
        (
            "check.jl",
            "exit(42)",
            "in julia, a language that is not in the table",
            "",
        ),
        ("run", "#!/nowhere\n", "cannot be started", ""),
    ] {
        let directory = tempfile::tempdir().unwrap();
        let path = format!("output_validator/{file}");
        let package = package_of(directory.path(), YAML, &[(&path, content)], &SUM);
        let (found, messages) = grade(&grader, &package, SUM_PY).await;
        assert_eq!(
            (found.verdict, found.blame),
            (Verdict::Je, Some(Blame::Problem)),
            "{found:?}"
        );
        assert!(found.message.as_deref().unwrap().contains(message), "{found:?}");
        assert_eq!(
            found.compiler_output, None,
            "what the validator's compiler says is not the submitter's"
        );
        let all: String = messages.iter().map(|message| message.text.as_str()).collect();
        assert!(all.contains(said), "{all}");
    }
}

#[tokio::test]
async fn messages_reach_whom_they_are_for() {
    let grader = grader(1).await;
    let directory = tempfile::tempdir().unwrap();
    let validator = python(
        "open(feedback + 'judgemessage.txt', 'w').write('the answer is ' + open(ans_file).read())\n\
         open(feedback + 'teammessage.txt', 'wb').write(b'look at\\0 ' + flags[0].encode() + b'x' * 10000)\n\
         assert feedback.endswith('/') and in_file != ans_file\n\
         sys.exit(43 if output == 'bad\\n' else 42)",
    );
    let files = [
        ("output_validator/check.py", validator.as_str()),
        (
            "data/sample/test_group.yaml",
            "output_validator_args: [the, sample]\n",
        ),
        ("data/secret/test_group.yaml", "output_validator_args: [1e-6]\n"),
    ];
    let package = package_of(directory.path(), YAML, &files, &SUM);
    let (found, messages) = grade(&grader, &package, "print('bad')").await;
    assert_eq!(found.verdict, Verdict::Wa);
    let message = found.message.unwrap();
    assert!(message.starts_with("case 1, look at\u{fffd} thexxx"), "{message}");
    assert!(
        message.len() < 5000 && message.ends_with('…'),
        "{} bytes",
        message.len()
    );
    assert_eq!(messages.len(), 1);
    assert_eq!(
        (messages[0].case.as_str(), messages[0].validator.as_str()),
        ("sample/1", "check")
    );
    assert_eq!(messages[0].text, "the answer is 3");
    let (found, _) = grade(&grader, &package, "print('good')").await;
    assert_eq!(found.message, None);
    assert!(
        found.runs[2].message.as_deref().unwrap().contains("1e-6x"),
        "{found:?}"
    );
    assert!(!format!("{found:?}").contains("the answer is"), "{found:?}");
}

#[tokio::test]
async fn of_several_validators_all_must_accept() {
    let grader = grader(1).await;
    let directory = tempfile::tempdir().unwrap();
    let even = python("sys.exit(42 if int(output) % 2 == 0 else 43)");
    let small = python("sys.exit(42 if int(output) < int(flags[0]) else 43)");
    let yaml = "validation: custom\nvalidator_flags: 100\nlimits: {time_limit: 10}\n";
    let files = [
        ("output_validators/even.py", even.as_str()),
        ("output_validators/small/check.py", small.as_str()),
        (
            "data/secret/testdata.yaml",
            "output_validator_flags: {name: small, flags: '7'}\n",
        ),
    ];
    let package = package_of(directory.path(), yaml, &files, &SUM);
    // The flags of the problem come first, and those of the group after them.
    for (output, verdict) in [
        (4, Verdict::Ac),
        (3, Verdict::Wa),
        (200, Verdict::Wa),
        (98, Verdict::Ac),
    ] {
        let (found, _) = grade(&grader, &package, &format!("print({output})")).await;
        assert_eq!(found.verdict, verdict, "{output}: {found:?}");
    }
}

fn legacy(root: &Path, files: &[(&str, &str)]) -> Package {
    package_of(root, "name: Old\nlimits: {time_limit: 10}\n", files, &SUM)
}

#[tokio::test]
async fn groups_of_older_versions_have_their_say() {
    let grader = grader(1).await;
    let odd = "a, b = map(int, input().split())\nif a < 0: 1 / 0\nprint(3)";
    for (testdata, verdict, runs) in [
        ("", Verdict::Wa, 2),
        ("on_reject: continue\n", Verdict::Rte, 3),
        ("on_reject: continue\ngrader_flags: first_error\n", Verdict::Wa, 3),
        (
            "on_reject: continue\ngrader_flags: always_accept\n",
            Verdict::Ac,
            3,
        ),
        ("grader_flags: ignore_sample\n", Verdict::Wa, 1),
        ("grader_flags: accept_if_any_accepted sum\n", Verdict::Ac, 2),
    ] {
        let directory = tempfile::tempdir().unwrap();
        let package = legacy(directory.path(), &[("data/testdata.yaml", testdata)]);
        let (found, _) = grade(&grader, &package, odd).await;
        assert_eq!(found.verdict, verdict, "{testdata}: {found:?}");
        assert_eq!(found.runs.len(), runs, "{testdata}: {found:?}");
    }
}

#[tokio::test]
async fn included_files_are_compiled_with_submissions() {
    let grader = grader(1).await;
    let directory = tempfile::tempdir().unwrap();
    let main = "#include <stdio.h>\n#include \"sum.h\"\nint main() { int a, b; scanf(\"%d%d\", &a, &b); printf(\"%d\", sum(a, b)); }\n";
    let files = [
        ("include/c/main.c", main),
        ("include/c/sum.h", "int sum(int, int);\n"),
        ("include/python3/lib.py", "def add(a, b):\n    return a + b\n"),
    ];
    let package = legacy(directory.path(), &files);
    for (language, code, verdict) in [
        (
            "c",
            "#include \"sum.h\"\nint sum(int a, int b) { return a + b; }",
            Verdict::Ac,
        ),
        (
            "c",
            "#include \"sum.h\"\nint sum(int a, int b) { return a - b; }",
            Verdict::Wa,
        ),
        (
            "python3",
            "import lib\nprint(lib.add(*map(int, input().split())))",
            Verdict::Ac,
        ),
        ("cpp", "#include \"sum.h\"\n", Verdict::Ce),
    ] {
        let job = Job {
            package: Arc::new(package.clone()),
            language: language.parse().unwrap(),
            files: source(if language == "c" { "solution.c" } else { "solution" }, code),
            entry_point: None,
        };
        let found = grader.grade(&job, |_, _| {}).await.unwrap();
        assert_eq!(found.verdict, verdict, "{code}: {found:?}");
    }
}
