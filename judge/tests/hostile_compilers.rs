//! Sources that attack the compilers that only some machines have. As in `hostile_sources`: a verdict with a reason in bounded time
//! and memory, never an error of ours, nothing of the host in what is shown, and the slot is as good as before.

#![cfg(test)]

mod support;

use std::sync::Arc;

use domain::{Conclusion, Verdict};
use judge::{Grader, Job, Languages};
use problems::Package;
use support::{SUM, grader_with, package, source};

use Verdict::{Ac, Ce, Mle, Rte};

/// Little enough for a table of bombs, and enough for an honest program.
const LIMITS: &str = "[compile.limits]\ncpu_seconds = 8\nwall_seconds = 240\nmemory_mib = 1536\nwork_mib = 64\nreason = 'a test'\n";

/// A source, and which verdicts are fair. Where these are several, it depends on the tools' versions.
type Row = (String, &'static [Verdict]);

fn row(code: impl Into<String>, fair: &'static [Verdict]) -> Row {
    (code.into(), fair)
}

/// Judges all of these, where the language is here, and then an honest program in the same slot.
async fn check(language: &str, honest: &str, rows: Vec<Row>) {
    let directory = tempfile::tempdir().unwrap();
    let package = Arc::new(package(directory.path(), "{time_limit: 5, memory: 256}", &SUM));
    let name = format!("{language}.toml");
    let grader = grader_with(Languages::with_files(&[(&name, LIMITS)]).unwrap(), 1).await;
    if let Some(reason) = grader.missing(&language.parse().unwrap()).await {
        assert!(reason.contains("not installed"), "{reason}");
        return;
    }
    let all = strange(honest).into_iter().chain(rows);
    let mut failed = Vec::new();
    for (code, fair) in all.chain([row(honest, &[Ac])]) {
        let start: String = code.chars().take(120).collect();
        let found = grade(&grader, &package, language, &code).await;
        if let Some(what) = complaint(&found, fair) {
            let verdict = found.verdict;
            failed.push(format!("{start:?}: {verdict:?}: {what}"));
        }
    }
    assert_eq!(grader.replaced_slots(), 0);
    grader.close().await;
    assert!(failed.is_empty(), "{language}:\n{}", failed.join("\n"));
}

/// What editors and careless people make of an honest program, and of none.
fn strange(honest: &str) -> Vec<Row> {
    vec![
        row(honest.replace('\n', "\r\n"), &[Ac]),
        row(format!("\u{feff}{honest}"), &[Ac, Ce]),
        row(format!("{honest}\n\u{0}"), &[Ce]),
        // Pascal ends with the full stop, whatever comes then.
        row(format!("{honest}\n)"), &[Ce, Ac]),
    ]
}

fn complaint(found: &Conclusion, fair: &[Verdict]) -> Option<String> {
    let message = found.message.clone().unwrap_or_default();
    let shown = found.compiler_output.clone().unwrap_or_default();
    if !fair.contains(&found.verdict) {
        return Some(format!("not fair: {found:?}"));
    }
    if found.verdict == Ce && message.is_empty() {
        return Some("without a reason".to_owned());
    }
    if shown.len() > (64 << 10) + 8 {
        return Some(format!("{} bytes are shown", shown.len()));
    }
    // Zig calls a program's beginning so.
    let shown = shown.replace("root: start.zig:", "");
    let of_host = ["/work/", "root:", "/tmp/bash"]
        .into_iter()
        .find(|word| shown.contains(word));
    of_host.map(|word| format!("shows {word}: {shown}"))
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

/// Constants that double: `first` is the first, `next` makes another of the one before.
fn doubling(count: usize, first: &str, next: impl Fn(usize, usize) -> String) -> String {
    let rest: String = (1..count).map(|n| next(n, n - 1)).collect();
    format!("{first}{rest}")
}

fn nested(open: &str, count: usize, close: &str) -> String {
    format!("{}1{}", open.repeat(count), close.repeat(count))
}

#[tokio::test]
async fn csharp_compilers_end() {
    let honest = "using System; using System.Linq;\nclass Sum { static void Main() { Console.WriteLine(Console.ReadLine().Split(' ').Select(int.Parse).Sum()); } }\n";
    let constants = doubling(
        27,
        "class S { const string S0 = \"0123456789\";\n",
        |n, before| format!("const string S{n} = S{before} + S{before};\n"),
    );
    let generics = "class A<T> { class B : A<A<A<T>>> { B b; } }\nclass C : A<A<A<C>>> {}\n";
    check(
        "csharp",
        honest,
        vec![
            row(format!("/*{}*/{honest}", "x".repeat(1 << 20)), &[Ac]),
            row(honest.replace("Main", "Mian"), &[Ce]),
            row(
                format!("{honest}class Other {{ static void Main() {{ }} }}"),
                &[Ce],
            ),
            row(format!("{honest}{constants}}}"), &[Ce]),
            row(
                format!("{honest}class S {{ int x = {}; }}", nested("(", 50_000, ")")),
                &[Ce, Ac],
            ),
            row(format!("{honest}{generics}"), &[Ce, Ac, Rte]),
            row(
                format!("class S {{ void F() {{ {} }} }}", "x = y;\n".repeat(20_000)),
                &[Ce],
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn typescript_compilers_end() {
    let honest = "import { readFileSync } from \"fs\";\nconst [a, b] = readFileSync(0, \"utf8\").split(\" \").map(Number);\nconsole.log(a + b);\n";
    let digits = "type D = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;\ntype N = `${D}${D}${D}${D}${D}${D}${D}${D}`;\nlet n: N = \"1\";\n";
    let tuple = "type R<N extends number, A extends 1[] = []> = A[\"length\"] extends N ? A : R<N, [...A, 1]>;\nlet r: R<1000000> = [1];\n";
    let wide = "type W<T> = T extends [infer A, ...infer B] ? W<B> | W<[...B, A]> | A : never;\nlet w: W<[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]> = 1;\n";
    check(
        "typescript",
        honest,
        vec![
            row(format!("/*{}*/{honest}", "x".repeat(1 << 20)), &[Ac]),
            row(format!("{honest}{digits}"), &[Ce]),
            row(format!("{honest}{tuple}"), &[Ce]),
            row(format!("{honest}{wide}"), &[Ce, Ac]),
            row(
                format!("{honest}const x = {};", nested("[", 20_000, "]")),
                &[Ce, Ac, Rte],
            ),
            row(format!("/// <reference path=\"/etc/passwd\" />\n{honest}"), &[Ce]),
            row(format!("import x from \"/etc/passwd\";\n{honest}"), &[Ce]),
            row("let x: string = 1;\n".repeat(20_000), &[Ce]),
        ],
    )
    .await;
}

#[tokio::test]
async fn haskell_compilers_end() {
    let honest = "main :: IO ()\nmain = interact $ \\input -> show (sum (map read (words input)) :: Integer) ++ \"\\n\"\n";
    let pairs = doubling(40, "f0 x = (x, x)\n", |n, before| {
        format!("f{n} x = f{before} (f{before} x)\n")
    });
    check(
        "haskell",
        honest,
        vec![
            row(format!("-- {}\n{honest}", "x".repeat(1 << 20)), &[Ac]),
            row(honest.replace("main", "mian"), &[Ce]),
            row(format!("module Other where\n{honest}"), &[Ce]),
            row(format!("{honest}{pairs}"), &[Ce]),
            row(format!("{{-# LANGUAGE TemplateHaskell #-}}\nimport Language.Haskell.TH\n{honest}$(let f = f in f)\n"), &[Ce]),
            row(
                format!("{{-# LANGUAGE TemplateHaskell #-}}\nimport Language.Haskell.TH\n{honest}$(runIO (readFile \"/etc/shadow\") >>= fail)\n"),
                &[Ce],
            ),
            row(format!("{{-# OPTIONS_GHC -F -pgmF /bin/cat #-}}\n{honest}"), &[Ce, Ac]),
            row(format!("{{-# OPTIONS_GHC -o /etc/passwd #-}}\n{honest}"), &[Ce, Ac]),
            row(format!("{{-# LANGUAGE CPP #-}}\n#include \"/dev/zero\"\n{honest}"), &[Ce]),
            row(format!("{honest}{}", "x = y\n".repeat(5000)), &[Ce]),
        ],
    )
    .await;
}

#[tokio::test]
async fn ocaml_compilers_end() {
    let honest = "let () = Scanf.scanf \" %d %d\" (fun a b -> print_int (a + b); print_newline ())\n";
    let pairs = doubling(40, "let f0 x = (x, x)\n", |n, before| {
        format!("let f{n} x = f{before} (f{before} x)\n")
    });
    check(
        "ocaml",
        honest,
        vec![
            row(format!("(*{}*){honest}", "x".repeat(1 << 20)), &[Ac]),
            row(format!("{pairs}{honest}"), &[Ce]),
            row(
                format!("let x = {}\n{honest}", nested("(", 100_000, ")")),
                &[Ce, Ac],
            ),
            row(format!("#use \"/etc/passwd\"\n{honest}"), &[Ce]),
            row("let f () = x + \"\"\n".repeat(20_000), &[Ce]),
        ],
    )
    .await;
}

#[tokio::test]
async fn d_compilers_end() {
    let honest = "import std.stdio;\nvoid main() { int a, b; readf(\" %d %d\", &a, &b); writeln(a + b); }\n";
    check(
        "d",
        honest,
        vec![
            row(
                format!("{honest}enum x = () {{ long s; for (;;) ++s; return s; }}();\n"),
                &[Ce],
            ),
            row(
                format!("{honest}enum x = () {{ string s = \"x\"; for (;;) s ~= s; return s; }}();\n"),
                &[Ce],
            ),
            row(
                format!("{honest}template T(int n) {{ enum T = T!(n + 1) + 1; }}\nenum x = T!0;\n"),
                &[Ce],
            ),
            row(format!("{honest}enum x = import(\"/etc/shadow\");\n"), &[Ce]),
            row(
                format!("{honest}int x = {};\n", nested("(", 50_000, ")")),
                &[Ce, Ac],
            ),
            row(format!("{honest}ubyte[1L << 40] x;\n"), &[Ce, Rte, Mle, Ac]),
            row(honest.replace("main", "mian"), &[Ce]),
        ],
    )
    .await;
}

#[tokio::test]
async fn nim_compilers_end() {
    let honest = "import std/[strutils, sequtils]\nlet n = stdin.readLine().splitWhitespace().map(parseInt)\necho n[0] + n[1]\n";
    check(
        "nim",
        honest,
        vec![
            row(format!("{honest}static:\n  while true: discard\n"), &[Ce]),
            row(
                format!("{honest}static:\n  var s = \"x\"\n  while true: s.add s\n"),
                &[Ce],
            ),
            row(
                format!("{honest}const x = staticRead(\"/etc/shadow\")\necho x\n"),
                &[Ce],
            ),
            row(
                format!("{honest}const x = staticExec(\"cat /etc/shadow; kill -9 -1\")\n"),
                &[Ce, Ac],
            ),
            row(format!("{honest}{{.compile: \"/etc/shadow\".}}\n"), &[Ce]),
            row(format!("template t() = t()\nt()\n{honest}"), &[Ce]),
            row(format!("include \"/etc/shadow\"\n{honest}"), &[Ce]),
            row("let x: int = \"\"\n".repeat(5000), &[Ce]),
        ],
    )
    .await;
}

#[tokio::test]
async fn zig_compilers_end() {
    let languages = Languages::builtin();
    let zig = languages
        .list()
        .into_iter()
        .find(|language| language.id.as_str() == "zig");
    let hello = zig.and_then(|language| language.guide?.hello).unwrap();
    // To greet shows as well as to add that the compiler works, and the table has such a program.
    let directory = tempfile::tempdir().unwrap();
    let package = Arc::new(package(
        directory.path(),
        "{time_limit: 5, memory: 256}",
        &[("secret/1", "1 2\n", "Hello, World!\n")],
    ));
    // It compiles its library anew every time.
    let limits = LIMITS.replace("cpu_seconds = 8", "cpu_seconds = 40");
    let grader = grader_with(Languages::with_files(&[("zig.toml", &limits)]).unwrap(), 1).await;
    if grader.missing(&"zig".parse().unwrap()).await.is_some() {
        return;
    }
    let rows = [
        row(format!("{hello}comptime {{ while (true) {{}} }}\n"), &[Ce]),
        row(
            format!(
                "{hello}comptime {{ @setEvalBranchQuota(4294967295); var i: u64 = 0; while (true) i += 1; }}\n"
            ),
            &[Ce],
        ),
        row(
            format!("{hello}comptime {{ _ = @embedFile(\"/etc/shadow\"); }}\n"),
            &[Ce],
        ),
        row(
            format!("{hello}comptime {{ _ = @import(\"/dev/zero\"); }}\n"),
            &[Ce],
        ),
        row(
            format!("{hello}fn f(comptime n: u64) u64 {{ return f(n + 1); }}\ncomptime {{ _ = f(0); }}\n"),
            &[Ce],
        ),
        row(hello.replace("main", "mian"), &[Ce]),
        row(hello, &[Ac]),
    ];
    for (code, fair) in rows {
        let found = grade(&grader, &package, "zig", &code).await;
        assert_eq!(complaint(&found, fair), None, "{code}");
    }
    grader.close().await;
}

#[tokio::test]
async fn go_compilers_end() {
    let honest = "package main\n\nimport \"fmt\"\n\nfunc main() {\n\tvar a, b int\n\tfmt.Scan(&a, &b)\n\tfmt.Println(a + b)\n}\n";
    let constants = doubling(30, "const S0 = \"0123456789\"\n", |n, before| {
        format!("const S{n} = S{before} + S{before}\n")
    });
    check(
        "go",
        honest,
        vec![
            row(format!("{honest}/*{}*/\n", "x".repeat(1 << 20)), &[Ac]),
            row(honest.replace("func main", "func mian"), &[Ce]),
            row(honest.replace("package main", "package other"), &[Ce]),
            row(format!("{honest}var a [1 << 50]int\n"), &[Ce]),
            row(format!("{honest}{constants}var s = S29\n"), &[Ce, Ac]),
            row(
                format!("{honest}var x = {}\n", nested("(", 50_000, ")")),
                &[Ce, Ac],
            ),
            row(
                honest.replace("import", "// #include \"/etc/shadow\"\nimport \"C\"\nimport"),
                &[Ce],
            ),
            row(
                format!("{honest}{}", "func f() { x = y }\n".repeat(20_000)),
                &[Ce],
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn rust_compilers_end() {
    let honest = "fn main() {\n    let mut line = String::new();\n    std::io::stdin().read_line(&mut line).unwrap();\n    \
                  println!(\"{}\", line.split_whitespace().map(|w| w.parse::<i64>().unwrap()).sum::<i64>());\n}\n";
    let macros = doubling(40, "macro_rules! m0 { () => { 1 } }\n", |n, before| {
        format!("macro_rules! m{n} {{ () => {{ m{before}!() + m{before}!() }} }}\n")
    });
    check(
        "rust",
        honest,
        vec![
            row(format!("/*{}*/{honest}", "x".repeat(1 << 20)), &[Ac]),
            row(honest.replace("main", "mian"), &[Ce]),
            row(format!("{macros}const X: u64 = m39!();\n{honest}"), &[Ce]),
            row(
                format!("macro_rules! m {{ ($($x:tt)*) => {{ m!($($x)* $($x)* x) }} }}\nm!(x);\n{honest}"),
                &[Ce],
            ),
            row(
                format!("{honest}const X: u64 = {{ loop {{}} }};\nstatic Y: u64 = X;\n"),
                &[Ce],
            ),
            row(
                format!("{honest}static S: &str = include_str!(\"/etc/shadow\");\n"),
                &[Ce],
            ),
            row(
                format!("{honest}static S: &[u8] = include_bytes!(\"/dev/zero\");\n"),
                &[Ce],
            ),
            row(
                format!("{honest}const X: u64 = {};\n", nested("(", 50_000, ")")),
                &[Ce, Ac],
            ),
            row(
                format!("{honest}static A: [u8; 1 << 47] = [1; 1 << 47];\n"),
                &[Ce],
            ),
            row("fn f() { x = y }\n".repeat(5000), &[Ce]),
        ],
    )
    .await;
}

#[tokio::test]
async fn pascal_compilers_end() {
    let pascal = "var a, b: longint;\nbegin\n  read(a, b);\n  writeln(a + b)\nend.\n";
    check(
        "pascal",
        pascal,
        vec![
            row(format!("{{$I /dev/zero}}\n{pascal}"), &[Ce, Ac]),
            row(format!("{{$I main.pas}}\n{pascal}"), &[Ce]),
            row(format!("{{$I /etc/shadow}}\n{pascal}"), &[Ce]),
            row("begin x := y; end;\n".repeat(20_000), &[Ce]),
        ],
    )
    .await;
}
