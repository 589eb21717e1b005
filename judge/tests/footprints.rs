//! Memory: what a run-time takes for itself is not held against the program, what the program takes is. A program of each language
//! takes as many MiB as its input says, and writes to all of them.

#![cfg(test)]

mod support;

use std::sync::Arc;

use domain::{Conclusion, Verdict};
use judge::{Grader, Job, Languages};
use problems::Package;
use support::{grader, package, source};
use tokio::task::JoinSet;

use Verdict::{Ac, Mle, Rte};

/// The problem's memory limit, in MiB: little, so that a run-time of some size would not fit into it.
const LIMIT: &str = "{time_limit: 10, memory: 64}";
/// What the program takes of it: most.
const WITHIN: &str = "48";
/// More than the problem's limit and what any language is given beyond it.
const BEYOND: &str = "640";

async fn grade(grader: &Grader, package: &Arc<Package>, language: &str, code: &str) -> Conclusion {
    let job = Job {
        package: Arc::clone(package),
        language: language.parse().unwrap(),
        files: source("solution", code),
        entry_point: None,
    };
    grader.grade(&job, |_, _| {}).await.unwrap()
}

/// Tries those of these whose tools are here.
async fn check(programs: &[(&str, &str)]) {
    let directory = tempfile::tempdir().unwrap();
    let of = |mebibytes: &str| {
        let input = format!("{mebibytes}\n");
        let root = directory.path().join(mebibytes);
        Arc::new(package(&root, LIMIT, &[("secret/1", &input, "ok\n")]))
    };
    let (within, beyond) = (of(WITHIN), of(BEYOND));
    let grader = grader(1).await;
    let mut failed = Vec::new();
    for (language, code) in programs {
        if grader.missing(&language.parse().unwrap()).await.is_some() {
            continue;
        }
        let found = grade(&grader, &within, language, code).await;
        let bytes = found.runs.first().map(|run| run.memory_bytes);
        println!("{language}: {WITHIN} MiB: {:?}, {bytes:?}", found.verdict);
        if found.verdict != Ac {
            failed.push(format!("{language}, {WITHIN} MiB: {found:?}"));
            continue;
        }
        let found = grade(&grader, &beyond, language, code).await;
        println!("{language}: {BEYOND} MiB: {:?}", found.verdict);
        if ![Mle, Rte].contains(&found.verdict) {
            failed.push(format!("{language}, {BEYOND} MiB: {found:?}"));
        }
    }
    grader.close().await;
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[tokio::test]
async fn a_greeting_fits_into_a_small_limit_in_every_language() {
    let directory = tempfile::tempdir().unwrap();
    let case = ("secret/1", "", "Hello, World!\n");
    let package = Arc::new(package(directory.path(), LIMIT, &[case]));
    let grader = grader(2).await;
    let mut greeting = JoinSet::new();
    for language in Languages::builtin().list() {
        let (grader, package) = (grader.clone(), Arc::clone(&package));
        let hello = language.guide.unwrap().hello.unwrap();
        greeting.spawn(async move {
            if grader.missing(&language.id).await.is_some() {
                return None;
            }
            let found = grade(&grader, &package, language.id.as_str(), &hello).await;
            let bytes = found.runs.first().map(|run| run.memory_bytes);
            println!("{}: {:?}, {bytes:?}", language.id, found.verdict);
            (found.verdict != Ac).then(|| format!("{}: {found:?}", language.id))
        });
    }
    let failed: Vec<String> = greeting.join_all().await.into_iter().flatten().collect();
    grader.close().await;
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[tokio::test]
async fn compiled_programs_have_what_the_problem_allows() {
    check(&[
        (
            "c",
            "#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\nint main(void) { int n; if (scanf(\"%d\", &n) != 1) return 1; \
             char *p = malloc((size_t)n << 20); if (!p) return 2; memset(p, 1, (size_t)n << 20); puts(p[n] ? \"ok\" : \"no\"); }",
        ),
        (
            "cpp",
            "#include <iostream>\n#include <vector>\nint main() { int n; std::cin >> n; std::vector<int> v(n << 18, 1); \
             std::cout << (v[n] ? \"ok\\n\" : \"no\\n\"); }",
        ),
        (
            "rust",
            "fn main() { let mut s = String::new(); std::io::stdin().read_line(&mut s).unwrap(); let n: usize = s.trim().parse().unwrap();\n\
             let v = vec![1u8; n << 20]; println!(\"{}\", if v[n] == 1 { \"ok\" } else { \"no\" }); }",
        ),
        (
            "pascal",
            "var a: array of byte; n: longint;\nbegin read(n); setlength(a, n * 1048576); fillchar(a[0], n * 1048576, 1); \
             if a[n] = 1 then writeln('ok') end.",
        ),
        (
            "fortran",
            "program p\n integer :: n\n integer(1), allocatable :: a(:)\n read(*,*) n\n allocate(a(n * 1048576))\n a = 1\n \
             if (a(n) == 1) print '(a)', 'ok'\nend program",
        ),
        (
            "d",
            "import std.stdio; void main() { int n; readf(\" %d\", &n); auto a = new ubyte[](n << 20); a[] = 1; writeln(a[n] ? \"ok\" : \"no\"); }",
        ),
        (
            "nim",
            "import std/strutils\nlet n = parseInt(strip(readLine(stdin)))\nvar a = newSeq[byte](n shl 20)\nfor i in 0 ..< a.len: a[i] = 1\n\
             echo(if a[n] == 1: \"ok\" else: \"no\")\n",
        ),
        (
            "crystal",
            "n = gets.not_nil!.strip.to_i\na = Slice(UInt8).new(n << 20, 1_u8)\nputs a[n] == 1 ? \"ok\" : \"no\"\n",
        ),
        (
            "ocaml",
            "let () = Scanf.scanf \" %d\" (fun n -> let a = Bytes.make (n lsl 20) 'x' in print_endline (if Bytes.get a n = 'x' then \"ok\" else \"no\"))",
        ),
        (
            "haskell",
            "import qualified Data.ByteString as B\nmain :: IO ()\nmain = do\n  n <- readLn\n  let a = B.replicate (n * 1048576) 1\n  \
             putStrLn (if B.index a n == 1 then \"ok\" else \"no\")\n",
        ),
    ])
    .await;
}

/// Its collector would double what is in use, if it did not know the limit.
#[tokio::test]
async fn a_collector_keeps_to_the_limit() {
    check(&[(
        "go",
        "package main\nimport \"fmt\"\nvar keep [][]byte\nvar sink []byte\nfunc main() { var n int; fmt.Scan(&n)\n\
         for i := 0; i < n; i++ { b := make([]byte, 1<<20); for j := range b { b[j] = 1 }; keep = append(keep, b)\n\
         for k := 0; k < 8; k++ { sink = make([]byte, 1<<20); sink[k] = 1 } }\nfmt.Println(\"ok\") }",
    )])
    .await;
}

#[tokio::test]
async fn virtual_machines_are_not_held_against_the_submitter() {
    let script = "const n = Number(require('fs').readFileSync(0, 'utf8'));\nconst a = new Array(n << 17); \
                  for (let i = 0; i < a.length; i++) a[i] = i + 0.5;\nconsole.log(a[n] ? 'ok' : 'no')";
    let typed = script
        .replace(
            "const n = Number(require('fs').",
            "import { readFileSync } from 'fs';\nconst n = Number(",
        )
        .replace("new Array(n", "new Array<number>(n");
    check(&[
        ("javascript", script),
        ("typescript", &typed),
        (
            "csharp",
            "class P { static void Main() { int n = int.Parse(System.Console.ReadLine()); var a = new byte[n << 20]; \
             for (int i = 0; i < a.Length; i++) a[i] = 1; System.Console.WriteLine(a[n] == 1 ? \"ok\" : \"no\"); } }",
        ),
        (
            "erlang",
            "-module(main).\n-export([main/0]).\nmain() -> {ok, [N]} = io:fread(\"\", \"~d\"), A = binary:copy(<<1>>, N bsl 20), \
             1 = binary:at(A, N), io:format(\"ok~n\").\n",
        ),
        (
            "elixir",
            "n = String.to_integer(String.trim(IO.gets(\"\")))\na = :binary.copy(<<1>>, n * 1048576)\n1 = :binary.at(a, n)\nIO.puts(\"ok\")\n",
        ),
        (
            "racket",
            "#lang racket/base\n(define n (read))\n(define a (make-bytes (* n 1048576) 1))\n(displayln (if (= (bytes-ref a n) 1) \"ok\" \"no\"))\n",
        ),
        (
            "lisp",
            "(let* ((n (read)) (a (make-array (* n 1048576) :element-type '(unsigned-byte 8) :initial-element 1)))\n  \
             (format t \"~a~%\" (if (= (aref a n) 1) \"ok\" \"no\")))\n",
        ),
        (
            "scheme",
            "(use-modules (rnrs bytevectors))\n(let* ((n (read)) (a (make-bytevector (* n 1048576) 1)))\n  \
             (display (if (= (bytevector-u8-ref a n) 1) \"ok\" \"no\"))\n  (newline))\n",
        ),
        (
            "sml",
            "fun main () = let val n = valOf (TextIO.scanStream (Int.scan StringCvt.DEC) TextIO.stdIn)\n\
             val a = Word8Array.array (n * 1048576, 0w1) in print (if Word8Array.sub (a, n) = 0w1 then \"ok\\n\" else \"no\\n\") end\n",
        ),
    ])
    .await;
}

#[tokio::test]
async fn interpreters_are_not_held_against_the_submitter() {
    let python = "n = int(input())\na = bytearray(b'x') * (n << 20)\nprint('ok' if a[n] else 'no')";
    check(&[
        ("python3", python),
        ("pypy3", python),
        ("ruby", "n = gets.to_i\na = 'x' * (n << 20)\nputs(a[n] == 'x' ? 'ok' : 'no')"),
        ("perl", "my $n = <STDIN>; my $s = 'x'; $s x= ($n << 20); print substr($s, $n, 1) eq 'x' ? 'ok' : 'no';"),
        (
            "php",
            "<?php $n = intval(fgets(STDIN)); $a = str_repeat('x', $n << 20); echo $a[$n] === 'x' ? \"ok\\n\" : \"no\\n\";",
        ),
        (
            "lua",
            "local n = io.read('n')\nlocal t = {}\nfor i = 1, n do t[i] = string.rep('x', 1 << 20) .. i end\nprint(#t == n and 'ok' or 'no')",
        ),
        (
            "luajit",
            "local ffi = require('ffi')\nlocal n = io.read('*n')\nlocal a = ffi.new('uint8_t[?]', n * 1048576)\nffi.fill(a, n * 1048576, 1)\n\
             print(a[n] == 1 and 'ok' or 'no')",
        ),
        (
            "r",
            "n <- as.integer(readLines(file('stdin'), n = 1))\na <- rep(1, n * 131072)\ncat(if (a[n] == 1) 'ok' else 'no', '\\n')",
        ),
        ("octave", "n = input('');\na = rand(1, n * 131072);\ndisp('ok')\n"),
        (
            "prolog",
            "main :- read_line_to_string(user_input, Line), number_string(N, Line), M is N * 43690, numlist(1, M, L), last(L, M), write(ok), nl.\n",
        ),
    ])
    .await;
}
