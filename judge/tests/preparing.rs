//! What languages prepare is used where it fits, is made once, and is in nobody's way.

#![cfg(test)]

mod support;

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::{Conclusion, Verdict};
use judge::{Grader, GraderConfig, Job, Languages};
use problems::Package;
use support::{SUM, package, slot_config, source};

/// Languages that say, or insist, that they use what was prepared, and no others that prepare anything.
const TELLING: [(&str, &str); 10] = [
    ("cpp17.toml", "offered = false"),
    ("kotlin.toml", "offered = false"),
    ("scala.toml", "offered = false"),
    ("groovy.toml", "offered = false"),
    ("clojure.toml", "offered = false"),
    (
        "cpp.toml",
        "[compile]\ncommand = ['g++', '-I{prepared}', '-H', '-std=gnu++20', '-O2', '-pipe', '-fmax-errors=100', '-o', 'main', '{sources}']",
    ),
    (
        "java.toml",
        "[compile]\ncommand = ['javac', '-J-XX:SharedArchiveFile={prepared}/javac.jsa', '-J-Xshare:on', '-J-XX:+UseSerialGC', '-J-XX:TieredStopAtLevel=1', '-d', '.', '{sources}']\n\
         [run]\ncommand = ['java', '-XX:SharedArchiveFile={prepared}/java.jsa', '-Xshare:on', '-XX:+UseSerialGC', '-Xss{stack_mib}m', '-Xmx{memory_mib}m', '-cp', '.', '{main}']",
    ),
    // Their preparation fails, in different ways.
    (
        "perl.toml",
        "[prepare]\ncommands = [['perl', '-e', 'exit 3']]\noutputs = ['x']\n[run]\ncommand = ['perl', '-I{prepared}', '{source}']",
    ),
    (
        "bash.toml",
        "[prepare]\ncommands = [['bash', '-c', 'echo > y']]\noutputs = ['x']\n[environment]\nWHERE = '{prepared}/x'",
    ),
    (
        "python3.toml",
        "[prepare]\nfiles = { 'a/b.txt' = 'text' }\ncommands = [['python3', '-c', 'open(\"one\", \"w\").write(\"1\")'], ['python3', '-c', 'open(\"two\", \"w\").write(open(\"one\").read() + open(\"a/b.txt\").read())']]\n\
         outputs = ['two', 'a/b.txt']\n[environment]\nWHERE = '{prepared}'",
    ),
];

/// A process that judges, and prepares in a directory that everybody can look into.
async fn process(home: &Path, files: &[(&str, &str)]) -> Grader {
    fs::set_permissions(home, Permissions::from_mode(0o755)).unwrap();
    start(files, home.join("compiled"), home.to_owned()).await
}

async fn start(files: &[(&str, &str)], compiled: PathBuf, prepare_in: PathBuf) -> Grader {
    let config = GraderConfig {
        sandbox: slot_config(),
        compiled: Some(compiled),
        prepare_in: vec![prepare_in],
        ..GraderConfig::default()
    };
    let languages = Languages::with_files(files).unwrap();
    Grader::start_with(Arc::new(languages), config).await.unwrap()
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

async fn ready(grader: &Grader) -> Vec<String> {
    let ready = grader.prepared().await;
    ready.into_iter().map(|language| language.to_string()).collect()
}

const MAIN: &str =
    "int main() { std::vector<int> v(2); std::cin >> v[0] >> v[1]; std::cout << v[0] + v[1] << '\\n'; }";

/// What comes before `MAIN`, and whether the precompiled header can be used then.
const HEADERS: [(&str, bool); 7] = [
    ("#include <bits/stdc++.h>\n", true),
    (
        "#include <bits/stdc++.h>\nint x;\n#include <bits/stdc++.h>\n#include <vector>\n",
        true,
    ),
    (
        "#include <bits/stdc++.h>\n#pragma GCC optimize(\"O3\")\n#pragma GCC target(\"sse4\")\n",
        true,
    ),
    ("#pragma GCC optimize(\"O3\")\n#include <bits/stdc++.h>\n", false),
    ("#define _GLIBCXX_DEBUG\n#include <bits/stdc++.h>\n", false),
    ("#include <iostream>\n#include <vector>\n", false),
    ("int x;\n#include <bits/stdc++.h>\n", false),
];

#[tokio::test]
async fn what_is_prepared_is_used_where_it_fits_and_changes_nothing_else() {
    let home = tempfile::tempdir().unwrap();
    let package = Arc::new(package(&home.path().join("package"), "{time_limit: 10}", &SUM));
    let grader = process(home.path(), &TELLING).await;
    // It does not wait.
    let early = format!("#include <iostream>\n#include <vector>\n// early\n{MAIN}");
    assert_eq!(grade(&grader, &package, "cpp", &early).await.verdict, Verdict::Ac);
    assert_eq!(ready(&grader).await, ["cpp", "java", "python3"]);
    for (before, is_used) in HEADERS {
        let found = grade(&grader, &package, "cpp", &format!("{before}{MAIN}")).await;
        assert_eq!(found.verdict, Verdict::Ac, "{before}: {found:?}");
        let log = found.compiler_output.unwrap();
        assert_eq!(log.contains("! stdc++.h.gch"), is_used, "{before}: {log}");
    }
    let wrong = grade(
        &grader,
        &package,
        "cpp",
        "#include <bits/stdc++.h>\nint main() {\n  std::sort(1); }",
    )
    .await;
    let log = wrong.compiler_output.unwrap();
    assert!(
        log.contains("main.cpp:3:12: error:") && !log.contains("/prepared"),
        "{log}"
    );
    let java = "public class Sum { public static void main(String[] a) { var in = new java.util.Scanner(System.in); \
                System.out.println(in.nextInt() + in.nextInt()); } }";
    let python = "import os\nwhere = os.environ['WHERE']\nassert open(where + '/two').read() == '1text'\n\
                  assert sorted(os.listdir(where)) == ['a', 'two']\nassert not os.access(where, os.W_OK)\n\
                  try: open(where + '/two', 'w')\nexcept OSError: print(sum(map(int, input().split())))";
    for (language, code) in [
        ("java", java),
        ("python3", python),
        ("perl", "($a, $b) = split / /, <>; print $a + $b"),
        ("bash", "read a b; echo $((a + b))$WHERE"),
    ] {
        let found = grade(&grader, &package, language, code).await;
        assert_eq!(found.verdict, Verdict::Ac, "{code}: {found:?}");
    }
    grader.close().await;
    // Another process has all of it at once; only what failed is tried again.
    let second = process(home.path(), &TELLING).await;
    assert_eq!(ready(&second).await, ["cpp", "java", "python3"]);
    assert_eq!(second.preparations_started(), 2);
    let found = grade(
        &second,
        &package,
        "cpp",
        &format!("{}// again\n{MAIN}", HEADERS[0].0),
    )
    .await;
    assert!(found.compiler_output.unwrap().contains("! stdc++.h.gch"));
    // What was made before all was ready is still known.
    let started = second.compilers_started();
    assert_eq!(grade(&second, &package, "cpp", &early).await.verdict, Verdict::Ac);
    assert_eq!(second.compilers_started(), started);
    second.close().await;
    let left = fs::read_dir(home.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    assert_eq!(
        left.filter(|name| name.to_string_lossy().contains("prepared"))
            .count(),
        0
    );
}

#[tokio::test]
async fn where_nothing_can_be_prepared_all_is_judged_as_ever() {
    let home = tempfile::tempdir().unwrap();
    let package = Arc::new(package(&home.path().join("package"), "{time_limit: 10}", &SUM));
    let hidden = home.path().join("hidden");
    fs::create_dir(&hidden).unwrap();
    fs::set_permissions(&hidden, Permissions::from_mode(0o700)).unwrap();
    let grader = start(&[], home.path().join("compiled"), hidden).await;
    assert_eq!(ready(&grader).await, Vec::<String>::new());
    let found = grade(
        &grader,
        &package,
        "cpp",
        &format!("#include <iostream>\n#include <vector>\n{MAIN}"),
    )
    .await;
    assert_eq!(found.verdict, Verdict::Ac, "{found:?}");
    grader.close().await;
}

/// A language of the JVM as the table has it, but for a JVM that ends where its archive is of no use, beside no other that prepares
/// anything.
async fn check_archives(language: &str, code: &str) {
    let table = Path::new(env!("CARGO_MANIFEST_DIR")).join("languages");
    let strict = fs::read_to_string(table.join(format!("{language}.toml"))).unwrap();
    let strict = strict.replace("-Xshare:auto", "-Xshare:on");
    let names =
        ["cpp", "cpp17", "java", "kotlin", "scala", "groovy", "clojure"].map(|id| format!("{id}.toml"));
    let files: Vec<(&str, &str)> = names
        .iter()
        .map(|name| {
            let is_it = name.strip_suffix(".toml") == Some(language);
            (
                name.as_str(),
                if is_it { strict.as_str() } else { "offered = false" },
            )
        })
        .collect();
    let home = tempfile::tempdir().unwrap();
    let package = Arc::new(package(&home.path().join("package"), "{time_limit: 10}", &SUM));
    let grader = process(home.path(), &files).await;
    if let Some(reason) = grader.missing(&language.parse().unwrap()).await {
        assert!(reason.contains("not installed"), "{reason}");
        return;
    }
    assert_eq!(ready(&grader).await, [language]);
    let found = grade(&grader, &package, language, code).await;
    assert_eq!(found.verdict, Verdict::Ac, "{found:?}");
    grader.close().await;
}

#[tokio::test]
async fn kotlin_uses_its_archives() {
    let code = "fun main() {\n  val (a, b) = readln().split(\" \").map { it.toInt() }\n  println(a + b)\n}\n";
    check_archives("kotlin", code).await;
}

#[tokio::test]
async fn scala_uses_its_archives() {
    let code = "object Main extends App { println(scala.io.StdIn.readLine().split(\" \").map(_.toInt).sum) }";
    check_archives("scala", code).await;
}

#[tokio::test]
async fn groovy_uses_its_archives() {
    let code = "println System.in.newReader().readLine().split(' ').collect { it as int }.sum()";
    check_archives("groovy", code).await;
}

#[tokio::test]
async fn clojure_uses_its_archive() {
    let code = "(println (apply + (map #(Long/parseLong %) (.split (read-line) \" \"))))";
    check_archives("clojure", code).await;
}
