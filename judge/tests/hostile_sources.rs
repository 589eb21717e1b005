//! Sources that attack their compiler, or are merely strange: a verdict with a reason in bounded time and memory, never an
//! error of ours, nothing of the host in what is shown, and the slot is as good as before.

#![cfg(test)]

mod support;

use std::fs;
use std::sync::Arc;

use domain::{Conclusion, SourceFile, Verdict};
use judge::{Grader, Job, Languages};
use problems::Package;
use support::{SUM, grader_with, package, source};

use Verdict::{Ac, Ce, Mle, Ole, Rte, Tle, Wa};

/// Little enough for a table of bombs, and enough for an honest program.
const LIMITS: &str = "[compile.limits]\ncpu_seconds = 3\nwall_seconds = 90\nmemory_mib = 512\nwork_mib = 64\nreason = 'a test'\n";

/// The language, the source, and which verdicts are fair. Where these are several, it depends on the tools' versions.
type Row<'a> = (&'a str, &'a str, &'a [Verdict]);

/// Judges all of these, and then an honest program in the same slot.
async fn check(rows: &[Row<'_>]) {
    let directory = tempfile::tempdir().unwrap();
    let package = Arc::new(package(directory.path(), "{time_limit: 1, memory: 256}", &SUM));
    let names = ["c", "cpp", "java", "python3", "javascript", "perl", "bash"].map(|id| format!("{id}.toml"));
    let files = names.each_ref().map(|name| (name.as_str(), LIMITS));
    let grader = grader_with(Languages::with_files(&files).unwrap(), 1).await;
    for (language, code, fair) in rows {
        let start: String = code.chars().take(100).collect();
        let found = grade(&grader, &package, language, source("solution", code)).await;
        assert!(fair.contains(&found.verdict), "{language}: {start}: {found:?}");
        if found.verdict == Ce {
            assert!(!found.message.unwrap_or_default().is_empty(), "{start}");
        }
        let shown = found.compiler_output.unwrap_or_default();
        assert!(shown.len() <= (64 << 10) + 8, "{start}");
        assert!(
            !shown.contains("/work") && !shown.contains("/usr/"),
            "{start}: {shown}"
        );
    }
    let honest = "a, b = map(int, input().split())\nprint(a + b)";
    let found = grade(&grader, &package, "python3", source("solution", honest)).await;
    assert_eq!(found.verdict, Ac, "{found:?}");
    assert_eq!(grader.replaced_slots(), 0);
    grader.close().await;
}

async fn grade(
    grader: &Grader,
    package: &Arc<Package>,
    language: &str,
    files: Vec<SourceFile>,
) -> Conclusion {
    let job = Job {
        package: Arc::clone(package),
        language: language.parse().unwrap(),
        files,
        entry_point: None,
    };
    grader.grade(&job, |_, _| {}).await.unwrap()
}

const C: &str =
    "#include <stdio.h>\nint main(void) { int a, b; scanf(\"%d %d\", &a, &b); printf(\"%d\\n\", a + b); }\n";

#[tokio::test]
async fn c_sources_that_blow_up_the_compiler_are_compile_errors() {
    let doubled = (1..40)
        .map(|n| format!("#define A{n} A{} A{}\n", n - 1, n - 1))
        .collect::<Vec<_>>()
        .concat();
    let macros = format!("#define A0 int f(void);\n{doubled}A39\n{C}");
    let floods = format!("int main(void) {{\n{}}}", "x = y +;\n".repeat(20_000));
    let warnings = format!(
        "{C}{}",
        "#warning so it goes on and on and on and on and on\n".repeat(20_000)
    );
    let nested = format!("int x = {}1{};\n{C}", "(".repeat(100_000), ")".repeat(100_000));
    let line = format!("/*{}*/{C}", "x".repeat(1 << 20));
    let strings = format!("const char *s = \"{}\";\n{C}", "x".repeat(900_000));
    check(&[
        ("c", &macros, &[Ce]),
        ("c", &floods, &[Ce]),
        ("c", &warnings, &[Ac, Ce]),
        ("c", &nested, &[Ac, Ce]),
        ("c", &line, &[Ac]),
        ("c", &strings, &[Ac]),
        ("c", "#include __FILE__\n", &[Ce]),
        ("c", "#include \"/dev/zero\"\nint main(void) {}", &[Ce]),
        ("c", "#include \"/dev/urandom\"\nint main(void) {}", &[Ce]),
        ("c", "#include \"/dev/stdin\"\nint main(void) {}", &[Ce, Wa]),
        ("c", "#include \"/proc/self/maps\"\nint main(void) {}", &[Ce, Wa]),
        ("c", "#include \"/proc/self/fd/0\"\nint main(void) {}", &[Ce, Wa]),
        ("c", "#include \".\"\nint main(void) {}", &[Ce]),
        ("c", "int a[1 << 28] = {1};\nint main(void) {}", &[Ce]),
        ("c", "asm(\".fill 1 << 40\");\nint main(void) {}", &[Ce]),
        (
            "c",
            "asm(\".rept 1 << 30\\n.long 0\\n.endr\");\nint main(void) {}",
            &[Ce],
        ),
        ("c", "", &[Ce]),
        ("c", "\0", &[Ce]),
        ("c", "int main(void) {\u{0} }", &[Ce]),
        ("c", "int mian(void) {}", &[Ce]),
        ("c", "int main(void) {} int main(void) {}", &[Ce]),
    ])
    .await;
}

#[tokio::test]
async fn cpp_sources_that_blow_up_the_compiler_are_compile_errors() {
    let empty = "int main() {}";
    let deep = format!("template<int N> struct A {{ A<N + 1> a; }}; A<0> x; {empty}");
    let wide = "template<int N, long M> struct F { static const long v = F<N - 1, 2 * M>::v + F<N - 1, 2 * M + 1>::v; };\n\
                template<long M> struct F<0, M> { static const long v = 1; };\nint main() { return F<30, 0>::v; }";
    let constant = format!(
        "constexpr long f() {{ long s = 0; for (;;) ++s; return s; }} constexpr long x = f(); {empty}"
    );
    let sequence = format!("#include <utility>\nauto x = std::make_index_sequence<100000000>(); {empty}");
    let overloads = format!(
        "template<class T> auto f(T t) -> decltype(f(f(t))); {empty} auto x = f({}1{});",
        "{".repeat(5000),
        "}".repeat(5000)
    );
    let marked = format!("\u{feff}{}", C.replace('\n', "\r\n").replace("(void)", "()"));
    check(&[
        ("cpp", &deep, &[Ce]),
        ("cpp", wide, &[Ce]),
        ("cpp", &constant, &[Ce]),
        ("cpp", &sequence, &[Ce, Wa]),
        ("cpp", &overloads, &[Ce]),
        ("cpp", &marked, &[Ac]),
        ("cpp", "#include \"/proc/self/mem\"\nint main() {}", &[Ce, Wa]),
        (
            "cpp",
            "#pragma GCC optimize(\"-I/ -include /etc/passwd @/x\")\nint main() {}",
            &[Ce, Wa],
        ),
        ("cpp", "#include <main.cpp>\nint main() {}", &[Ce]),
    ])
    .await;
}

const JAVA: &str = "class Main { public static void main(String[] a) { java.util.Scanner in = new java.util.Scanner(System.in); \
                    System.out.println(in.nextInt() + in.nextInt()); } }";

#[tokio::test]
async fn java_sources_that_blow_up_the_compiler_are_compile_errors() {
    let strings = (1..26)
        .map(|n| format!("static final String S{n} = S{} + S{};\n", n - 1, n - 1))
        .collect::<Vec<_>>()
        .concat();
    let strings = format!("class Main {{ static final String S0 = \"0123456789\";\n{strings} }}");
    let nested = format!(
        "class Main {{ int x = {}1{}; }}",
        "(".repeat(50_000),
        ")".repeat(50_000)
    );
    let annotated = format!(
        "@interface A {{ A[] value() default {{}}; }} {}class Main {{}}",
        {
            let begin = "@A(".repeat(20_000);
            format!("{begin}{} ", ")".repeat(20_000))
        }
    );
    let floods = format!("class Main {{ void f() {{\n{}}} }}", "x = y;\n".repeat(20_000));
    let line = format!("/*{}*/{JAVA}", "x".repeat(1 << 20));
    let crlf = JAVA.replace("; ", ";\r\n");
    check(&[
        ("java", &strings, &[Ce]),
        ("java", &nested, &[Ce]),
        ("java", &annotated, &[Ce]),
        ("java", &floods, &[Ce]),
        ("java", &line, &[Ac]),
        ("java", &crlf, &[Ac]),
        ("java", &format!("\u{feff}{JAVA}"), &[Ac, Ce]),
        ("java", &format!("package a.b;\n{JAVA}"), &[Ac]),
        ("java", &format!("package .b;\n{JAVA}"), &[Ce]),
        ("java", &format!("{JAVA} {JAVA}"), &[Ce]),
        ("java", "public class CON { }", &[Ce]),
        ("java", "class Main { static void main() { } }", &[Ce]),
        (
            "java",
            "class Main { public static void main(String[] a) { \u{0} } }",
            &[Ce],
        ),
    ])
    .await;
}

#[tokio::test]
async fn scripts_that_blow_up_their_interpreter_have_a_fair_verdict() {
    let open =
        |what: &str, count: usize, close: &str| format!("{}1{}", what.repeat(count), close.repeat(count));
    let line = format!("#{}\nprint(sum(map(int, input().split())))", "x".repeat(1 << 20));
    let crlf = "\u{feff}a, b = map(int, input().split())\r\nprint(a + b)\r\n";
    let sum =
        "const [a, b] = require('fs').readFileSync(0, 'utf8').split(' ').map(Number); console.log(a + b)";
    check(&[
        ("python3", &open("(", 100_000, ")"), &[Ce]),
        ("python3", &open("[", 100_000, "]"), &[Ce]),
        ("python3", &format!("x = {}1", "-".repeat(200_000)), &[Ce, Rte]),
        (
            "python3",
            &format!("x = {}1", "1 + ".repeat(200_000)),
            &[Ce, Rte, Wa],
        ),
        ("python3", "x = 1 << 10 ** 10", &[Ce, Rte, Mle, Tle]),
        ("python3", "x = 'x' * (1 << 40)", &[Ce, Rte, Mle]),
        ("python3", "x = 10 ** 10 ** 10", &[Ce, Rte, Mle, Tle]),
        ("python3", "# coding: nothing\n", &[Ce]),
        ("python3", "print(1)\n\tprint(2)", &[Ce]),
        ("python3", "x\u{0} = 1", &[Ce]),
        ("python3", &line, &[Ac]),
        ("python3", crlf, &[Ac]),
        ("javascript", &open("(", 100_000, ")"), &[Ce, Rte, Wa]),
        ("javascript", &open("[", 100_000, "]"), &[Ce, Rte, Wa]),
        ("javascript", "(", &[Ce]),
        (
            "javascript",
            "require('child_process').execSync('cat /etc/shadow')",
            &[Rte],
        ),
        (
            "javascript",
            &format!("\u{feff}//{}\r\n{sum}\r\n", "x".repeat(1 << 20)),
            &[Ac],
        ),
        ("perl", &open("(", 100_000, ")"), &[Ce, Rte, Wa]),
        ("perl", "BEGIN { 1 while 1 }", &[Tle]),
        ("perl", "BEGIN { fork while 1 }", &[Tle, Rte, Mle]),
        ("perl", "BEGIN { print STDERR 'x' x 1000 while 1 }", &[Tle]),
        ("perl", "BEGIN { print 'x' x 100000 while 1 }", &[Ole, Tle]),
        ("perl", "BEGIN { open F, '/etc/shadow' or die 'no' }", &[Ce]),
        ("perl", "BEGIN { exit 3 }", &[Ce, Rte]),
        ("bash", &open("((", 20_000, "))"), &[Ce, Rte, Wa, Tle, Mle]),
        ("bash", "while :; do", &[Ce]),
        ("bash", "echo $(", &[Ce, Rte, Wa]),
        ("bash", "source /dev/zero", &[Tle, Mle, Rte]),
        ("bash", "f() { f | f & }; f", &[Tle, Rte, Wa, Mle]),
    ])
    .await;
}

#[tokio::test]
async fn a_source_cannot_take_in_what_lies_on_the_host() {
    let directory = tempfile::tempdir().unwrap();
    let package = Arc::new(package(&directory.path().join("p"), "{time_limit: 2}", &SUM));
    let secret = directory.path().join("secret.h");
    fs::write(&secret, "the words of the host").unwrap();
    let grader = grader_with(Languages::builtin(), 1).await;
    let path = secret.display();
    for (language, code) in [
        ("c", format!("#include \"{path}\"\nint main(void) {{}}")),
        (
            "c",
            format!("asm(\".incbin \\\"{path}\\\"\");\nint main(void) {{}}"),
        ),
        (
            "c",
            "asm(\".incbin \\\"/etc/shadow\\\"\");\nint main(void) {}".to_owned(),
        ),
        (
            "c",
            format!("asm(\".include \\\"{path}\\\"\");\nint main(void) {{}}"),
        ),
        (
            "c",
            format!("#pragma GCC dependency \"{path}\"\nint main(void) {{}}"),
        ),
        (
            "cpp",
            format!("#include \"../../../../../../{path}\"\nint main() {{}}"),
        ),
        ("cpp", "#include \"/proc/1/environ\"\nint main() {}".to_owned()),
        (
            "cpp",
            "#include \"/proc/1/root/etc/shadow\"\nint main() {}".to_owned(),
        ),
        (
            "perl",
            format!("BEGIN {{ open F, '<', '{path}' or die 'not there'; die <F> }}"),
        ),
    ] {
        let found = grade(&grader, &package, language, source("solution", &code)).await;
        assert_eq!(found.verdict, Ce, "{code}: {found:?}");
        assert!(!format!("{found:?}").contains("the words of the host"), "{code}");
    }
    grader.close().await;
}

#[tokio::test]
async fn file_names_that_attack_the_command_line_are_refused_before_anything_runs() {
    let directory = tempfile::tempdir().unwrap();
    let package = Arc::new(package(directory.path(), "{time_limit: 2}", &SUM));
    let grader = grader_with(Languages::builtin(), 1).await;
    for language in ["c", "cpp", "java", "python3", "javascript", "perl", "bash"] {
        for name in [
            "-o",
            "--help",
            "-fplugin=x.c",
            "@args",
            "a b.c",
            "a\nb.c",
            "a\tb.c",
            "../a.c",
            "/a.c",
            ".a.c",
            "a\\b.c",
            "$(id).c",
            "`id`.c",
            "a;b.c",
            "a\"b.c",
            "a'b.c",
            "{source}.c",
            "{prepared}.c",
            "é.c",
            "a\u{202e}c.",
            "",
        ] {
            // Beside another, so that it is not given the name of a lone file.
            let file = |name: &str, content: &str| SourceFile {
                name: name.to_owned(),
                content: content.to_owned(),
            };
            let files = vec![file("main.c", C), file(name, "x")];
            let found = grade(&grader, &package, language, files).await;
            assert_eq!(found.verdict, Ce, "{language}: {name:?}: {found:?}");
            let message = found.message.unwrap();
            assert!(
                message.contains("file name") && !message.contains('\n'),
                "{name:?}: {message}"
            );
        }
    }
    assert_eq!(grader.compilers_started(), 0);
    grader.close().await;
}
