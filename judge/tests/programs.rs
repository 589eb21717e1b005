//! What a package gives to programs: build scripts, arguments, files, words that stand for others.

#![expect(clippy::unwrap_used, reason = "this is test code")]

mod support;

use std::path::Path;
use std::sync::Arc;

use domain::{Conclusion, Verdict};
use judge::{Grader, Job};
use problems::Package;
use support::{grader, package_of, source};

const YAML: &str = "\
problem_format_version: 2025-09
name: Test
uuid: 11111111-2222-4333-8444-555555555555
limits: {time_limit: 10}
";

async fn grade(grader: &Grader, package: &Package, language: &str, code: &str) -> Conclusion {
    let job = Job {
        package: Arc::new(package.clone()),
        language: language.parse().unwrap(),
        files: source("solution", code),
        entry_point: None,
    };
    grader.grade(&job, |_, _| {}).await.unwrap()
}

const ONE: [(&str, &str, &str); 1] = [("secret/1", "1\n", "1\n")];

fn package(root: &Path, files: &[(&str, &str)]) -> Package {
    package_of(root, YAML, files, &ONE)
}

const CHECK: &str = "\
#include <cstdio>
#include \"lib/words.h\"
int main() { int n; return scanf(\"%d\", &n) == 1 && n == ONE ? 42 : 43; }
";

#[tokio::test]
async fn build_scripts_make_validators() {
    let grader = grader(1).await;
    for (build, verdict, words) in [
        ("c++ -o run check/check.cc -I.\n", Verdict::Ac, ""),
        (
            "python3 -c 'open(\"run\", \"w\").write(\"#!/bin/sh\\nexit 42\\n\")'; chmod +x run\n",
            Verdict::Ac,
            "",
        ),
        // What the script does to its own files stays.
        (
            "mv ready.sh run; chmod +x run; echo x > lib/words.h\n",
            Verdict::Ac,
            "",
        ),
        (
            "echo no compiler here >&2; exit 7\n",
            Verdict::Je,
            "does not compile",
        ),
        ("true\n", Verdict::Je, "left no file `run`"),
    ] {
        let directory = tempfile::tempdir().unwrap();
        let build = format!("#!/bin/sh\nset -e\n{build}");
        let package = package(
            directory.path(),
            &[
                ("output_validator/build", &build),
                ("output_validator/ready.sh", "#!/bin/sh\nexit 42\n"),
                ("output_validator/check/check.cc", CHECK),
                ("output_validator/lib/words.h", "#define ONE 1\n"),
            ],
        );
        let found = grade(&grader, &package, "python3", "print(1)").await;
        assert_eq!(found.verdict, verdict, "{build} {found:?}");
        let message = found.message.unwrap_or_default();
        assert!(message.contains(words), "{build} {message}");
    }
}

#[tokio::test]
async fn a_case_gives_arguments_and_files() {
    let grader = grader(1).await;
    let directory = tempfile::tempdir().unwrap();
    let package = package(
        directory.path(),
        &[
            ("data/secret/1.yaml", "args: [-n, 'a b', 1e3]\n"),
            ("data/secret/1.files/number.txt", "1\n"),
            ("data/secret/1.files/deep/more.txt", "more\n"),
            ("include/default/number.txt", "2\n"),
        ],
    );
    let code = "\
import sys
assert sys.argv[1:] == ['-n', 'a b', '1e3'], sys.argv
assert open('deep/more.txt').read() == 'more\\n'
print(open('number.txt').read())
";
    let found = grade(&grader, &package, "python3", code).await;
    assert_eq!(found.verdict, Verdict::Ac, "{found:?}");
}

#[tokio::test]
async fn constants_are_filled_in_everywhere() {
    let grader = grader(1).await;
    let directory = tempfile::tempdir().unwrap();
    let yaml = format!("{YAML}constants: {{n: 1, name: {{value: x, c: y}}}}\n");
    let package = package_of(
        directory.path(),
        &yaml,
        &[
            (
                "output_validator/check.py",
                "raise SystemExit(42 if input() == \"{{n}}\" else 43)\n",
            ),
            (
                "include/c/lib/value.h",
                "static const int {{name.c}} = {{n}}; /* {{other}} */\n",
            ),
        ],
        &ONE,
    );
    // The submissions of contestants are theirs.
    for (code, verdict) in [
        (
            "#include \"lib/value.h\"\nint puts(const char *);\nint main() { return puts(y == 1 ? \"1\" : \"2\") < 0; }",
            Verdict::Ac,
        ),
        (
            "int puts(const char *);\nint main() { puts(\"{{n}}\"); }",
            Verdict::Wa,
        ),
    ] {
        let found = grade(&grader, &package, "c", code).await;
        assert_eq!(found.verdict, verdict, "{code} {found:?}");
    }
}
