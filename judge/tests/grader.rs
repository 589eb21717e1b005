//! The grader on real slots with real compilers.

#![expect(clippy::unwrap_used, reason = "this is test code")]

mod support;

use std::sync::Arc;

use domain::{Blame, Conclusion, Phase, RecentRun, Verdict};
use judge::{Grader, Job, Languages};
use problems::Package;
use support::{SUM, grader, grader_with, package, source};
use tokio::task::JoinSet;

async fn grade(grader: &Grader, package: &Arc<Package>, language: &str, code: &str) -> Conclusion {
    let job = Job {
        package: Arc::clone(package),
        language: language.parse().unwrap(),
        files: source("solution", code),
        entry_point: None,
    };
    grader.grade(&job, |_, _| {}).await.unwrap()
}

const C: &str = "c";
const CPP: &str = "cpp";
const PYTHON: &str = "python3";

/// Language, source, verdict, how many runs there are, and what the message says.
type Row<'a> = (&'a str, &'a str, Verdict, usize, Option<&'a str>);

const ROWS: [Row<'static>; 22] = [
    (
        C,
        "#include <stdio.h>\nint main() { int a, b; scanf(\"%d%d\", &a, &b); printf(\"%d\\n\", a + b); }",
        Verdict::Ac,
        3,
        None,
    ),
    (
        CPP,
        "#include <bits/stdc++.h>\nint main() { int a, b; std::cin >> a >> b; std::cout << a + b; }",
        Verdict::Ac,
        3,
        None,
    ),
    (
        PYTHON,
        "print(sum(map(int, input().split())))",
        Verdict::Ac,
        3,
        None,
    ),
    (PYTHON, "print(3)", Verdict::Wa, 2, Some("wrong answer in case 2")),
    (
        PYTHON,
        "print(4)",
        Verdict::Wa,
        1,
        Some("case 1, line 1: the output has \"4\" where the answer (line 1) has \"3\""),
    ),
    (PYTHON, " ", Verdict::Ce, 0, Some("the source is empty")),
    (
        PYTHON,
        "print(3); raise SystemExit(7)",
        Verdict::Rte,
        1,
        Some("exit code 7 in case 1"),
    ),
    (
        PYTHON,
        "print(1/0)",
        Verdict::Rte,
        1,
        Some("exit code 1 in case 1"),
    ),
    (
        C,
        "int main() { return 200; }",
        Verdict::Rte,
        1,
        Some("exit code 200 in case 1"),
    ),
    (
        C,
        "int main() { *(volatile int *)0 = 1; }",
        Verdict::Rte,
        1,
        Some("signal 11 (SIGSEGV) in case 1"),
    ),
    (
        C,
        "#include <stdlib.h>\nint main() { abort(); }",
        Verdict::Rte,
        1,
        Some("signal 6 (SIGABRT) in case 1"),
    ),
    (
        C,
        "int main() { for (;;); }",
        Verdict::Tle,
        1,
        Some("more than 0.5 s of CPU time in case 1"),
    ),
    (
        PYTHON,
        "import time; time.sleep(60)",
        Verdict::Tle,
        1,
        Some("did not end within 0.5 s (wall-clock time) in case 1"),
    ),
    (
        PYTHON,
        "x = bytearray(500 << 20); print(len(x))",
        Verdict::Mle,
        1,
        Some("more than 64 MiB of memory in case 1"),
    ),
    (
        C,
        "#include <stdio.h>\nint main() { for (;;) puts(\"flood\"); }",
        Verdict::Ole,
        1,
        Some("more than 1024 KiB of output in case 1"),
    ),
    (
        PYTHON,
        "import sys; sys.stderr.write('x' * (2 << 20)); print(3)",
        Verdict::Ole,
        1,
        Some("more than 1024 KiB of output in case 1"),
    ),
    (
        C,
        "int main() { return x; }",
        Verdict::Ce,
        0,
        Some("the compiler exited with code 1"),
    ),
    (
        CPP,
        "int f(); int main() { return f(); }",
        Verdict::Ce,
        0,
        Some("the compiler exited with code 1"),
    ),
    (
        PYTHON,
        "print(1",
        Verdict::Ce,
        0,
        Some("the compiler exited with code 1"),
    ),
    (
        PYTHON,
        "x = '\\ud800'\nprint(x)",
        Verdict::Rte,
        1,
        Some("exit code 1 in case 1"),
    ),
    (
        PYTHON,
        "(",
        Verdict::Ce,
        0,
        Some("the compiler exited with code 1"),
    ),
    (
        CPP,
        "#include <vector>\nint f(int n) { volatile char a[64] = {}; return n ? f(n - 1) + a[0] : 0; }\n\
      #include <cstdio>\nint main() { int a, b; scanf(\"%d%d\", &a, &b); f(100000); printf(\"%d\", a + b); }",
        Verdict::Ac,
        3,
        None,
    ),
];

#[tokio::test]
async fn every_verdict_is_given_where_it_is_due() {
    let grader = grader(2).await;
    let directory = tempfile::tempdir().unwrap();
    let package = package(directory.path(), "{time_limit: 0.5, memory: 64, output: 1}", &SUM);
    // On a busy machine wall-clock time runs away from CPU time, so each is short only where it is meant.
    let long = |package: &Package, cpu_us, wall_us| {
        let mut package = package.clone();
        (package.limits.cpu_us, package.limits.wall_us) = (cpu_us, wall_us);
        Arc::new(package)
    };
    let (busy, sleepy) = (
        long(&package, 500_000, 60_000_000),
        long(&package, 60_000_000, 500_000),
    );
    for (language, code, verdict, runs, message) in ROWS {
        let package = if code.contains("sleep") { &sleepy } else { &busy };
        let found = grade(&grader, package, language, code).await;
        assert_eq!(found.verdict, verdict, "{code}\n{found:?}");
        assert_eq!(found.runs.len(), runs, "{code}\n{found:?}");
        assert_eq!(found.cases_total, 3);
        assert_eq!(found.blame, None);
        let said = found.message.as_deref();
        let is_expected = message.map_or(said.is_none(), |expected| {
            said.is_some_and(|said| said.contains(expected))
        });
        assert!(is_expected, "{code}\n{found:?}");
        assert_eq!(
            found.compiler_output.is_some(),
            said.is_some_and(|said| said.starts_with("the compiler")),
            "{code}\n{found:?}"
        );
    }
    assert_eq!(grader.replaced_slots(), 0);
}

#[tokio::test]
async fn a_compile_error_shows_file_and_line_and_no_path_of_the_host() {
    let grader = grader(1).await;
    let directory = tempfile::tempdir().unwrap();
    let package = Arc::new(package(directory.path(), "{time_limit: 1}", &SUM));
    for (language, code, expected) in [
        (
            C,
            "int main() {\n  return x;\n}",
            "main.c:2:10: error: 'x' undeclared",
        ),
        (CPP, "int main() {\n  retrun 0;\n}", "main.cpp:2:3: error:"),
        (PYTHON, "a = 1\nb = = 2\n", "File \"main.py\", line 2"),
        (PYTHON, "a = 1\nb = = 2\n", "SyntaxError: invalid syntax"),
    ] {
        let found = grade(&grader, &package, language, code).await;
        let log = found.compiler_output.unwrap();
        let log = log.replace(['\u{2018}', '\u{2019}'], "'");
        assert!(log.contains(expected), "{log}");
        assert!(!log.contains("/tmp") && !log.contains("/work"), "{log}");
    }
}

#[tokio::test]
async fn what_the_compiler_knows_is_not_compiled_again() {
    let grader = grader(2).await;
    let directory = tempfile::tempdir().unwrap();
    let package = Arc::new(package(directory.path(), "{time_limit: 1}", &SUM));
    let code = "#include <cstdio>\nint main() { int a, b; scanf(\"%d%d\", &a, &b); printf(\"%d\", a + b); }";
    let mut all = JoinSet::new();
    for _ in 0..4 {
        let (grader, package) = (grader.clone(), Arc::clone(&package));
        all.spawn(async move { grade(&grader, &package, CPP, code).await.verdict });
    }
    assert_eq!(all.join_all().await, [Verdict::Ac; 4]);
    assert_eq!(grader.compilers_started(), 1, "equal ones at the same time");
    assert_eq!(grade(&grader, &package, CPP, code).await.verdict, Verdict::Ac);
    assert_eq!(grader.compilers_started(), 1, "and afterwards");
    for (language, other, started) in [
        (CPP, format!("{code}\n"), 2),
        (C, code.replace("cstdio", "stdio.h"), 3),
        (CPP, "int main() { return x; }".to_owned(), 4),
        (CPP, "int main() { return x; }".to_owned(), 4),
        (PYTHON, "print(1".to_owned(), 5),
        (PYTHON, "print(1".to_owned(), 5),
        (PYTHON, "print(3)".to_owned(), 5),
        (PYTHON, "raise SystemExit(1)".to_owned(), 6),
    ] {
        grade(&grader, &package, language, &other).await;
        assert_eq!(grader.compilers_started(), started, "{other}");
    }
}

#[tokio::test]
async fn progress_is_told_case_by_case() {
    let grader = grader(1).await;
    let directory = tempfile::tempdir().unwrap();
    let job = Job {
        package: Arc::new(package(directory.path(), "{time_limit: 1}", &SUM)),
        language: C.parse().unwrap(),
        files: source("a.c", ROWS[0].1),
        entry_point: None,
    };
    let mut told = Vec::new();
    let found = grader
        .grade(&job, |phase, progress| told.push((phase, progress)))
        .await
        .unwrap();
    let steps: Vec<_> = told
        .iter()
        .map(|(phase, progress)| (*phase, progress.cases_done, progress.cases_total))
        .collect();
    let expected = [
        (Phase::Compiling, 0, 3),
        (Phase::Testing, 0, 3),
        (Phase::Testing, 1, 3),
        (Phase::Testing, 2, 3),
        (Phase::Testing, 3, 3),
    ];
    assert_eq!(steps, expected);
    let last = told.last().unwrap().1;
    assert_eq!(Some(last.cpu_us), found.runs.iter().map(|run| run.cpu_us).max());
    assert_eq!(
        Some(last.memory_bytes),
        found.runs.iter().map(|run| run.memory_bytes).max()
    );
    assert!(last.cpu_us > 0 && last.memory_bytes > 0, "{last:?}");
    let names: Vec<_> = found
        .runs
        .iter()
        .map(|run| (run.ordinal, run.case.as_str()))
        .collect();
    assert_eq!(names, [(1, "sample/1"), (2, "secret/1"), (3, "secret/2")]);
    let each: Vec<RecentRun> = told.iter().filter_map(|(_, progress)| progress.last).collect();
    assert_eq!(each, found.runs.iter().map(RecentRun::from).collect::<Vec<_>>());
    assert!(each[0].sample && !each[1].sample, "{each:?}");
}

#[tokio::test]
async fn several_files_are_one_program() {
    let grader = grader(1).await;
    let directory = tempfile::tempdir().unwrap();
    let package = Arc::new(package(directory.path(), "{time_limit: 1}", &SUM));
    let files = |all: &[(&str, &str)]| {
        all.iter()
            .flat_map(|(name, text)| source(name, text))
            .collect::<Vec<_>>()
    };
    for (language, files) in [
        (
            C,
            files(&[
                ("b.c", "#include \"b.h\"\nint add(int a, int b) { return a + b; }"),
                (
                    "a.c",
                    "#include <stdio.h>\n#include \"b.h\"\nint main() { int a, b; scanf(\"%d%d\", &a, &b); printf(\"%d\", add(a, b)); }",
                ),
                ("b.h", "int add(int, int);"),
            ]),
        ),
        (
            PYTHON,
            files(&[
                ("add.py", "def add(a, b): return a + b"),
                (
                    "main.py",
                    "from add import add\nprint(add(*map(int, input().split())))",
                ),
            ]),
        ),
        (
            PYTHON,
            files(&[
                ("other.py", "def add(a, b): return a + b"),
                (
                    "first.py",
                    "from other import add\nprint(add(*map(int, input().split())))",
                ),
            ]),
        ),
    ] {
        let job = Job {
            package: Arc::clone(&package),
            language: language.parse().unwrap(),
            files,
            entry_point: None,
        };
        let found = grader.grade(&job, |_, _| {}).await.unwrap();
        assert_eq!(found.verdict, Verdict::Ac, "{found:?}");
    }
}

const KLINGON: &str = r#"
name = "Klingon"
extensions = ["klingon"]
main = "main.klingon"
[[tools]]
program = "no-such-compiler"
version = ["--version"]
[run]
command = ["no-such-compiler", "{source}"]
"#;

const BROKEN: &str = r#"
name = "Broken"
extensions = ["broken"]
main = "main.broken"
[[tools]]
program = "false"
version = []
[run]
command = ["false", "{source}"]
"#;

#[tokio::test]
async fn a_missing_tool_makes_a_language_unavailable() {
    let files = [("klingon.toml", KLINGON), ("broken.toml", BROKEN)];
    let grader = grader_with(Languages::with_files(&files).unwrap(), 2).await;
    let languages = grader.languages().await;
    for (id, expected) in [
        (
            "klingon",
            Some("no-such-compiler is not installed (looked in /usr/local/bin, /usr/bin, /bin)"),
        ),
        (
            "broken",
            Some("/usr/bin/false does not tell its version: it exits with code 1"),
        ),
        ("python3", None),
        ("cpp", None),
        ("c", None),
    ] {
        let language = languages
            .iter()
            .find(|language| language.id.as_str() == id)
            .unwrap();
        assert_eq!(language.unavailable.as_deref(), expected);
        assert_eq!(language.version.is_some(), expected.is_none(), "{language:?}");
    }
    let python = languages
        .iter()
        .find(|language| language.id.as_str() == PYTHON)
        .unwrap();
    assert!(
        python.version.as_ref().unwrap().starts_with("Python 3."),
        "{python:?}"
    );
    let directory = tempfile::tempdir().unwrap();
    let package = Arc::new(package(directory.path(), "{time_limit: 1}", &SUM));
    for (language, expected) in [
        ("klingon", "no-such-compiler is not installed"),
        ("vulcan", "not in this worker's table"),
    ] {
        let job = Job {
            package: Arc::clone(&package),
            language: language.parse().unwrap(),
            files: source("a", "x"),
            entry_point: None,
        };
        let fault = grader.grade(&job, |_, _| {}).await.unwrap_err();
        assert_eq!(fault.blame, Blame::System);
        assert!(fault.reason.contains(expected), "{fault}");
    }
}

#[tokio::test]
async fn a_package_that_lacks_an_answer_is_the_problems_fault() {
    let grader = grader(1).await;
    for gone in ["data/secret/1.ans", "data/secret/1.in"] {
        let directory = tempfile::tempdir().unwrap();
        let package = Arc::new(package(directory.path(), "{time_limit: 1}", &SUM));
        std::fs::remove_file(directory.path().join(gone)).unwrap();
        let found = grade(&grader, &package, PYTHON, "print(sum(map(int, input().split())))").await;
        assert_eq!(
            (found.verdict, found.blame),
            (Verdict::Je, Some(Blame::Problem)),
            "{found:?}"
        );
        assert_eq!(found.runs.len(), 1);
        let message = found.message.unwrap();
        assert!(
            message.contains("of case 2 cannot be read") && !message.contains('/'),
            "{message}"
        );
    }
}

/// A language whose compiler runs the source, with these limits.
fn slow(id: &str, limits: &str) -> String {
    format!(
        r#"
name = "{id}"
extensions = ["{id}"]
main = "main.{id}"
[[tools]]
program = "python3"
version = ["--version"]
[compile]
command = ["python3", "-c", "import sys; exec(open(sys.argv[1]).read())", "{{source}}"]
outputs = ["main"]
limits = {{ {limits}, reason = "a test" }}
[run]
command = ["./main"]
"#
    )
}

#[tokio::test]
async fn a_compiler_at_its_limits_is_a_compile_error() {
    let files = [
        ("slow.toml", &*slow("slow", "cpu_seconds = 1, memory_mib = 64")),
        ("sleepy.toml", &*slow("sleepy", "wall_seconds = 1")),
    ];
    let grader = grader_with(Languages::with_files(&files).unwrap(), 1).await;
    let directory = tempfile::tempdir().unwrap();
    let package = Arc::new(package(directory.path(), "{time_limit: 1}", &SUM));
    for (language, code, message) in [
        (
            "slow",
            "while True: pass",
            "the compiler exceeded its CPU time limit of 1 s",
        ),
        (
            "sleepy",
            "import time; time.sleep(60)",
            "the compiler exceeded its wall-clock time limit of 1 s",
        ),
        (
            "slow",
            "x = bytearray(200 << 20)",
            "the compiler exceeded its memory limit of 64 MiB",
        ),
        (
            "slow",
            "while True: print('flood')",
            "the compiler exceeded its output limit of 64 KiB",
        ),
        ("slow", "pass", "the compiler succeeded, but left no program"),
        (
            "slow",
            "import os; os.symlink('/etc/passwd', 'main')",
            "the compiled program cannot be used: it is not a regular file of its own",
        ),
    ] {
        let found = grade(&grader, &package, language, code).await;
        assert_eq!(found.verdict, Verdict::Ce, "{found:?}");
        assert_eq!(found.message.as_deref(), Some(message));
        assert!(found.compiler_output.is_none_or(|log| log.len() <= 66 << 10));
    }
    let log = grade(
        &grader,
        &package,
        "slow",
        "import sys; sys.stderr.write('a\\0' * (1 << 20)); sys.exit(1)",
    )
    .await
    .compiler_output;
    let log = log.unwrap();
    assert!(log.len() <= 66 << 10 && !log.contains('\0'), "{}", log.len());
    let written = "open('main', 'w').write('#!/no/such/interpreter'); import os; os.chmod('main', 0o755)";
    let found = grade(&grader, &package, "slow", written).await;
    assert_eq!(found.verdict, Verdict::Rte, "{found:?}");
    assert!(
        found
            .message
            .unwrap()
            .starts_with("the program cannot be started")
    );
}

#[tokio::test]
async fn a_slot_that_dies_is_replaced_and_nobody_is_judged_by_it() {
    let grader = grader(1).await;
    let directory = tempfile::tempdir().unwrap();
    let package = Arc::new(package(directory.path(), "{time_limit: 1}", &SUM));
    for deaths in 0..3 {
        assert_eq!(
            grade(&grader, &package, PYTHON, ROWS[2].1).await.verdict,
            Verdict::Ac
        );
        assert_eq!(grader.replaced_slots(), deaths);
        kill_children();
    }
}

/// Kills the init processes of all slots.
fn kill_children() {
    let threads = std::fs::read_dir("/proc/self/task").unwrap();
    let children =
        threads.map(|thread| std::fs::read_to_string(thread.unwrap().path().join("children")).unwrap());
    let children: Vec<String> = children
        .flat_map(|line| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
        .collect();
    assert!(!children.is_empty());
    #[expect(clippy::disallowed_methods, reason = "the judge itself has no way to kill")]
    let killed = std::process::Command::new("kill")
        .arg("-KILL")
        .args(&children)
        .status();
    assert!(killed.unwrap().success());
}

/// Whether a process of the host has this word among its arguments.
fn is_running(word: &str) -> bool {
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    let mut commands = entries.filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok());
    commands.any(|command| {
        String::from_utf8_lossy(&command)
            .split('\0')
            .any(|one| one == word)
    })
}

#[tokio::test]
async fn a_run_that_nobody_waits_for_is_ended_and_not_waited_for() {
    let grader = grader(1).await;
    let directory = tempfile::tempdir().unwrap();
    let name = format!("endless_{}.py", std::process::id());
    let job = Job {
        package: Arc::new(package(directory.path(), "{time_limit: 100}", &SUM)),
        language: PYTHON.parse().unwrap(),
        files: source(&name, "while True: pass"),
        entry_point: None,
    };
    tokio::select! {
        conclusion = grader.grade(&job, |_, _| {}) => panic!("it ended: {conclusion:?}"),
        () = async { while !is_running(&name) { tokio::task::yield_now().await } } => {}
    }
    // Another slot has stepped in, and the one that was given up goes with its program.
    let job = Job {
        files: source("sum.py", "print(sum(map(int, input().split())))"),
        ..job
    };
    let conclusion = grader.grade(&job, |_, _| {}).await.unwrap();
    assert_eq!(conclusion.verdict, Verdict::Ac, "{conclusion:?}");
    grader.close().await;
    assert!(!is_running(&name));
    assert_eq!(grader.replaced_slots(), 0);
}
