//! What a first submission costs: compile and ten cases of A+B, beside the bare compiler and ten bare runs with the same options in
//! the same loop; and what a second submission of the same source costs.
//!
//! `cargo bench --package judge --bench compiling`, as root for cgroups. Prints a table in Markdown: a ratio is the median of the
//! ratios of the rounds. What the bare commands have is what the language table has, without what it prepares. Languages
//! whose tools are not here are named. Words after `--` choose languages by their ids.

#![expect(clippy::print_stdout, reason = "a table for people")]

use std::error::Error;
use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::{SourceFile, Verdict};
use judge::{Grader, GraderConfig, Job, Languages};
use problems::Package;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const CASES: usize = 10;
const ROUNDS: usize = 5;

/// A language with a source and its bare commands; `{n}` in the source is another number every round.
struct Subject {
    name: &'static str,
    language: &'static str,
    file: &'static str,
    source: &'static str,
    compile: &'static [&'static str],
    run: &'static [&'static str],
}

const CPP: &[&str] = &[
    "g++",
    "-std=gnu++20",
    "-O2",
    "-pipe",
    "-fmax-errors=100",
    "-fdiagnostics-color=never",
    "-o",
    "main",
    "main.cpp",
];

const SUBJECTS: [Subject; 6] = [
    Subject {
        name: "C++, `<iostream>`",
        language: "cpp",
        file: "main.cpp",
        source: "// {n}\n#include <iostream>\nint main() { long long a, b; std::cin >> a >> b; std::cout << a + b << '\\n'; }\n",
        compile: CPP,
        run: &["./main"],
    },
    Subject {
        name: "C++, `<bits/stdc++.h>`",
        language: "cpp",
        file: "main.cpp",
        source: "// {n}\n#include <bits/stdc++.h>\nint main() { long long a, b; std::cin >> a >> b; std::cout << a + b << '\\n'; }\n",
        compile: CPP,
        run: &["./main"],
    },
    Subject {
        name: "Java",
        language: "java",
        file: "Main.java",
        source: "// {n}\nimport java.util.Scanner;\npublic class Main { public static void main(String[] x) { Scanner in = new Scanner(System.in); System.out.println(in.nextLong() + in.nextLong()); } }\n",
        compile: &[
            "javac",
            "-J-XX:TieredStopAtLevel=1",
            "-J-XX:+UseSerialGC",
            "-J-Xss16m",
            "-J-Xmx1024m",
            "-encoding",
            "UTF-8",
            "-proc:none",
            "-nowarn",
            "-Xmaxerrs",
            "100",
            "-d",
            ".",
            "Main.java",
        ],
        run: &[
            "java",
            "-XX:+UseSerialGC",
            "-XX:-UsePerfData",
            "-Xshare:auto",
            "-Xss256m",
            "-Xmx256m",
            "-Dfile.encoding=UTF-8",
            "-cp",
            ".",
            "Main",
        ],
    },
    Subject {
        name: "Python",
        language: "python3",
        file: "main.py",
        source: "# {n}\na, b = map(int, input().split())\nprint(a + b)\n",
        compile: &[],
        run: &["python3", "-s", "main.py"],
    },
    Subject {
        name: "Rust",
        language: "rust",
        file: "main.rs",
        source: "// {n}\nfn main() { let mut line = String::new(); std::io::stdin().read_line(&mut line).unwrap(); println!(\"{}\", line.split_whitespace().map(|w| w.parse::<i64>().unwrap()).sum::<i64>()); }\n",
        compile: &[
            "rustc",
            "--edition=2021",
            "-C",
            "opt-level=2",
            "-C",
            "codegen-units=1",
            "--color=never",
            "--crate-name",
            "main",
            "-o",
            "main",
            "main.rs",
        ],
        run: &["./main"],
    },
    Subject {
        name: "Go",
        language: "go",
        file: "main.go",
        source: "// {n}\npackage main\nimport \"fmt\"\nfunc main() { var a, b int64; fmt.Scan(&a, &b); fmt.Println(a + b) }\n",
        compile: &["go", "build", "-o", "main", "main.go"],
        run: &["./main"],
    },
];

fn main() -> Result<()> {
    sandbox::init_if_requested();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(measure())
}

async fn measure() -> Result<()> {
    let home = tempfile::tempdir()?;
    fs::set_permissions(home.path(), Permissions::from_mode(0o755))?;
    let slots = std::thread::available_parallelism()?.get();
    let config = GraderConfig {
        slots,
        compiled: Some(home.path().join("compiled")),
        prepare_in: vec![home.path().to_owned()],
        ..GraderConfig::default()
    };
    let grader = Grader::start_with(Arc::new(Languages::builtin()), config).await?;
    let begin = Instant::now();
    let prepared = grader.prepared().await;
    let prepared: Vec<_> = prepared.iter().map(ToString::to_string).collect();
    println!(
        "{slots} slots; prepared in {:.1} s: {}",
        begin.elapsed().as_secs_f64(),
        prepared.join(", ")
    );
    println!("medians of {ROUNDS} rounds, in milliseconds: a compilation and {CASES} cases\n");
    println!(
        "| | bare | judged | ratio | judged in turn | ratio | the same source again |\n|---|---|---|---|---|---|---|"
    );
    let package = Arc::new(package(&home.path().join("package"))?);
    let wanted: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with('-'))
        .collect();
    let is_wanted = |subject: &&Subject| wanted.is_empty() || wanted.iter().any(|id| id == subject.language);
    for subject in SUBJECTS.iter().filter(is_wanted) {
        if let Some(reason) = grader.missing(&subject.language.parse()?).await {
            println!("| {} | missing: {reason} | | | | | |", subject.name);
            continue;
        }
        println!("{}", subject.row(&grader, &package, home.path()).await?);
    }
    grader.close().await;
    Ok(())
}

/// Ten cases of A+B.
fn package(home: &Path) -> Result<Package> {
    let write = |file: &str, text: &str| -> Result<()> {
        let path = home.join(file);
        fs::create_dir_all(path.parent().ok_or("no parent")?)?;
        Ok(fs::write(path, text)?)
    };
    write(
        "problem.yaml",
        "problem_format_version: 2025-09\nname: Bench\nuuid: 7b0c1d52-52f0-4b1e-9a53-0d8f3f6d2a12\n\
         limits: {time_limit: 10, memory: 256}\n",
    )?;
    write("statement/problem.en.md", "Bench.\n")?;
    write("input_validators/v.py", "raise SystemExit(42)\n")?;
    write(
        "submissions/accepted/main.py",
        "print(sum(map(int, input().split())))\n",
    )?;
    for case in 0..CASES {
        write(
            &format!("data/secret/{case:03}.in"),
            &format!("{case} {}\n", case * 7),
        )?;
        write(&format!("data/secret/{case:03}.ans"), &format!("{}\n", case * 8))?;
    }
    Ok(Package::open(home)?)
}

impl Subject {
    async fn row(&self, grader: &Grader, package: &Arc<Package>, home: &Path) -> Result<String> {
        let in_turn = grader.clone().with_cases_at_once(1);
        let (mut bare, mut judged, mut turn, mut again) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for round in 0..=ROUNDS {
            let source = |n: usize| self.source.replace("{n}", &n.to_string());
            let baseline = self.bare(&source(3 * round), package, home)?;
            let first = self.judge(grader, package, source(3 * round + 1)).await?;
            let alone = self.judge(&in_turn, package, source(3 * round + 2)).await?;
            let started = grader.compilers_started();
            let second = self.judge(grader, package, source(3 * round + 1)).await?;
            if grader.compilers_started() != started {
                return Err("a compiler started for a known source".into());
            }
            // The first round fills the caches of the machine.
            if round > 0 {
                bare.push(baseline);
                judged.push(first);
                turn.push(alone);
                again.push(second);
            }
        }
        let ratio = |times: &[Duration]| {
            let ratios = bare
                .iter()
                .zip(times)
                .map(|(bare, time)| time.as_secs_f64() / bare.as_secs_f64());
            median(ratios.collect())
        };
        let millis =
            |times: &[Duration]| median(times.iter().map(|time| time.as_secs_f64() * 1000.0).collect());
        Ok(format!(
            "| {} | {:.0} | {:.0} | {:.2} | {:.0} | {:.2} | {:.0} |",
            self.name,
            millis(&bare),
            millis(&judged),
            ratio(&judged),
            millis(&turn),
            ratio(&turn),
            millis(&again)
        ))
    }

    /// The compiler, then each case in turn: run, read the output, compare.
    fn bare(&self, source: &str, package: &Package, home: &Path) -> Result<Duration> {
        let directory = tempfile::tempdir_in(home)?;
        fs::write(directory.path().join(self.file), source)?;
        let begin = Instant::now();
        if let Some((program, arguments)) = self.compile.split_first()
            && !command(program, arguments, directory.path()).status()?.success()
        {
            return Err(format!("the bare {program} failed").into());
        }
        let (program, arguments) = self.run.split_first().ok_or("no command")?;
        for case in &package.cases {
            let output = command(program, arguments, directory.path())
                .stdin(File::open(&case.input)?)
                .stdout(Stdio::piped())
                .output()?;
            if !output.status.success() || output.stdout != fs::read(&case.answer)? {
                return Err(format!("the bare {} is not accepted", self.name).into());
            }
        }
        Ok(begin.elapsed())
    }

    async fn judge(&self, grader: &Grader, package: &Arc<Package>, content: String) -> Result<Duration> {
        let job = Job {
            package: Arc::clone(package),
            language: self.language.parse()?,
            files: vec![SourceFile {
                name: self.file.to_owned(),
                content,
            }],
            entry_point: None,
        };
        let begin = Instant::now();
        let conclusion = grader.grade(&job, |_, _| {}).await?;
        let took = begin.elapsed();
        if conclusion.verdict != Verdict::Ac || conclusion.runs.len() != CASES {
            return Err(format!("{conclusion:?}").into());
        }
        Ok(took)
    }
}

/// The same search path, language and home as in a slot.
fn command(program: &str, arguments: &[&str], directory: &Path) -> std::process::Command {
    #[expect(clippy::disallowed_methods, reason = "the baseline is a bare process")]
    let mut command = std::process::Command::new(program);
    command
        .args(arguments)
        .current_dir(directory)
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("LANG", "C.UTF-8")
        .env("HOME", directory)
        .env("TMPDIR", directory)
        // As the table has it for Go.
        .env("GOCACHE", directory.join(".cache/go"))
        .envs([("GO111MODULE", "off"), ("CGO_ENABLED", "0"), ("GOFLAGS", "-p=2")])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
