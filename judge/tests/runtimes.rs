//! What is particular about single languages: how files are named, where a run begins, and what a run-time takes of limits
//! that are meant for the program.

#![cfg(test)]

mod support;

use std::sync::Arc;

use domain::{SourceFile, Verdict};
use judge::{Grader, Job};
use problems::Package;
use support::{SUM, grader, package};

/// Language, files, verdict and what the message says.
type Row<'a> = (&'a str, &'a [(&'a str, &'a str)], Verdict, &'a str);

async fn check(grader: &Grader, package: &Arc<Package>, rows: &[Row<'_>]) {
    for (language, files, verdict, message) in rows {
        let file = |(name, content): &(&str, &str)| SourceFile {
            name: (*name).to_owned(),
            content: (*content).to_owned(),
        };
        let job = Job {
            package: Arc::clone(package),
            language: language.parse().unwrap(),
            files: files.iter().map(file).collect(),
            entry_point: None,
        };
        let conclusion = grader.grade(&job, |_, _| {}).await.unwrap();
        assert_eq!(conclusion.verdict, *verdict, "{files:?}: {conclusion:?}");
        let found = conclusion.message.unwrap_or_default();
        assert!(found.contains(message), "{files:?}: {found}");
    }
}

const READ: &str = "java.util.Scanner in = new java.util.Scanner(System.in); \
                    System.out.println(in.nextInt() + in.nextInt());";

#[tokio::test]
async fn java_begins_with_the_class_that_has_a_main_method() {
    let directory = tempfile::tempdir().unwrap();
    let package = Arc::new(package(directory.path(), "{time_limit: 5}", &SUM));
    let main = |before: &str| format!("{before} {{ public static void main(String[] a) {{ {READ} }} }}");
    let (plain, public, packed) = (
        main("class A"),
        main("public class Sum"),
        main("package x.y; public class Sum"),
    );
    let inner = format!("{public} class Helper {{ class Inner {{}} }}");
    let two = format!("{} {}", main("class A"), main("class B"));
    let two_and_main = format!("{} {}", main("class A"), main("class Main"));
    let two_and_first = format!("{} {}", main("class First"), main("class B"));
    let other = "class Other { static int none() { return 0; } }";
    check(
        &grader(2).await,
        &package,
        &[
            ("java", &[("solution", &plain)], Verdict::Ac, ""),
            ("java", &[("solution.java", &public)], Verdict::Ac, ""),
            ("java", &[("Sum.java", &packed)], Verdict::Ac, ""),
            ("java", &[("Main.java", &inner)], Verdict::Ac, ""),
            (
                "java",
                &[("a.java", &public), ("Other.java", other)],
                Verdict::Ac,
                "",
            ),
            (
                "java",
                &[("Main.java", &two)],
                Verdict::Ce,
                "A, B; call one of them Main",
            ),
            ("java", &[("x.java", &two_and_main)], Verdict::Ac, ""),
            ("java", &[("First.java", &two_and_first)], Verdict::Ac, ""),
            (
                "java",
                &[("Main.java", other)],
                Verdict::Ce,
                "no class has a method",
            ),
            (
                "java",
                &[("Main.java", "class Main {")],
                Verdict::Ce,
                "exited with code 1",
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_virtual_machine_is_not_held_against_the_submitter() {
    let directory = tempfile::tempdir().unwrap();
    let limits = "{time_limit: 5, memory: 64}";
    let package = Arc::new(package(directory.path(), limits, &SUM));
    let java = |body: &str| {
        format!(
            "class Main {{ static int deep(int n) {{ return n == 0 ? 0 : 1 + deep(n - 1); }} public static void main(String[] a) {{ {body} {READ} }} }}"
        )
    };
    let within = java("byte[] some = new byte[40 << 20]; some[1] = 1;");
    let beyond = java("byte[] much = new byte[80 << 20]; much[1] = 1;");
    let caught =
        java("try { byte[] much = new byte[80 << 20]; much[1] = 1; } catch (OutOfMemoryError error) { }");
    let deep = java("deep(200000);");
    let node = "const read = require('fs').readFileSync(0, 'utf8').split(' ').map(Number);
                const deep = n => n == 0 ? 0 : 1 + deep(n - 1); deep(100000);
                console.log(read[0] + read[1])";
    check(
        &grader(2).await,
        &package,
        &[
            ("java", &[("Main.java", &within)], Verdict::Ac, ""),
            (
                "java",
                &[("Main.java", &beyond)],
                Verdict::Mle,
                "ran out of memory: java.lang.OutOfMemoryError",
            ),
            ("java", &[("Main.java", &caught)], Verdict::Ac, ""),
            ("java", &[("Main.java", &deep)], Verdict::Ac, ""),
            ("javascript", &[("main.js", node)], Verdict::Ac, ""),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_recursion_may_take_all_of_the_memory() {
    let directory = tempfile::tempdir().unwrap();
    let package = Arc::new(package(
        directory.path(),
        "{time_limit: 10, memory: 600}",
        &SUM[1..2],
    ));
    // Some 450 MiB of stack, interpreted or compiled.
    let deep = format!(
        "class Main {{ static long deep(int n, long a, long b, long c, long d) {{ \
         return n == 0 ? a : 1 + deep(n - 1, b, c, d, a) - a; }} \
         public static void main(String[] x) {{ if (deep(3_500_000, 0, 0, 0, 0) == 0) return; {READ} }} }}"
    );
    // To unwind so large a stack takes several times its size.
    let endless = "class Main { static int deep(int n) { return 1 + deep(n + 1); } public static void main(String[] x) { deep(0); } }";
    let rows: [Row<'_>; 2] = [
        ("java", &[("Main.java", &deep)], Verdict::Ac, ""),
        ("java", &[("Main.java", endless)], Verdict::Mle, "MiB of memory"),
    ];
    check(&grader(1).await, &package, &rows).await;
}

#[tokio::test]
async fn scripts_run_and_their_syntax_errors_are_compile_errors() {
    let directory = tempfile::tempdir().unwrap();
    let package = Arc::new(package(directory.path(), "{time_limit: 2}", &SUM));
    check(
        &grader(2).await,
        &package,
        &[
            ("bash", &[("a.sh", "read a b; echo $((a + b))")], Verdict::Ac, ""),
            ("bash", &[("a.sh", "if")], Verdict::Ce, ""),
            ("bash", &[("a.sh", "exit 3")], Verdict::Rte, "exit code 3"),
            (
                "perl",
                &[("a.pl", "($a, $b) = split / /, <>; print $a + $b")],
                Verdict::Ac,
                "",
            ),
            ("perl", &[("a.pl", "print (")], Verdict::Ce, ""),
            ("javascript", &[("a.js", "console.log(")], Verdict::Ce, ""),
            ("javascript", &[("a.js", "console.log(3)")], Verdict::Wa, "case 2"),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_busy_machine_costs_no_verdict() {
    let directory = tempfile::tempdir().unwrap();
    let package = Arc::new(package(directory.path(), "{time_limit: 0.5}", &SUM));
    // It computes, and then waits longer than the two seconds that half a second of CPU time may take, as it would for a
    // processor that others have.
    let starved = "import time\nwhile time.process_time() < 0.3: pass\ntime.sleep(2.2)\nprint(sum(map(int, input().split())))";
    let idle = "import time\ntime.sleep(2.2)\nprint(sum(map(int, input().split())))";
    check(
        &grader(2).await,
        &package,
        &[
            ("python3", &[("a.py", starved)], Verdict::Ac, ""),
            ("python3", &[("a.py", idle)], Verdict::Tle, "wall-clock time"),
        ],
    )
    .await;
}
