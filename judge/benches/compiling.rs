//! What a first submission costs: compile and ten cases of A+B, beside the bare compiler and ten bare runs with the same options in
//! the same loop; and what a second submission of the same source costs.
//!
//! `cargo bench --package judge --bench compiling`, as root for cgroups. Prints a table in Markdown, row by row: a ratio is the
//! median of the ratios of the rounds. What the bare commands have is what the language table has, without what it prepares. Languages
//! whose tools are not here are named. After `--`, ids choose languages, `--rounds N` says how many rounds there are, and
//! `--seconds N` how long a row may take at most: rounds that would go beyond it are left out.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a table for people")]

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
/// Rounds of a row, where nothing else is asked for.
const ROUNDS: usize = 15;
/// How long a row may take, where nothing else is asked for.
const ROW: Duration = Duration::from_mins(3);
/// The clock ticks of a second in which the kernel tells CPU time (proc(5)): it is so on all machines of today.
const TICKS: f64 = 100.0;

/// A language with a source and its bare commands; `{n}` in the source is another number every round.
struct Subject {
    name: &'static str,
    language: &'static str,
    /// The most that it may take, as a ratio to the bare commands.
    goal: f64,
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
        goal: 1.1,
        file: "main.cpp",
        source: "// {n}\n#include <iostream>\nint main() { long long a, b; std::cin >> a >> b; std::cout << a + b << '\\n'; }\n",
        compile: CPP,
        run: &["./main"],
    },
    Subject {
        name: "C++, `<bits/stdc++.h>`",
        language: "cpp",
        goal: 0.5,
        file: "main.cpp",
        source: "// {n}\n#include <bits/stdc++.h>\nint main() { long long a, b; std::cin >> a >> b; std::cout << a + b << '\\n'; }\n",
        compile: CPP,
        run: &["./main"],
    },
    Subject {
        name: "Java",
        language: "java",
        goal: 1.0,
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
        goal: 1.1,
        file: "main.py",
        source: "# {n}\na, b = map(int, input().split())\nprint(a + b)\n",
        compile: &[],
        run: &["python3", "-s", "main.py"],
    },
    Subject {
        name: "Rust",
        language: "rust",
        goal: 1.1,
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
        goal: 1.1,
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

/// What the command line asks for.
struct Wanted {
    languages: Vec<String>,
    rounds: usize,
    row: Duration,
}

impl Wanted {
    fn of(arguments: impl Iterator<Item = String>) -> Result<Self> {
        let mut wanted = Self {
            languages: Vec::new(),
            rounds: ROUNDS,
            row: ROW,
        };
        let mut arguments = arguments;
        while let Some(word) = arguments.next() {
            let mut number = || -> Result<u64> {
                let value = arguments.next().ok_or_else(|| format!("{word} wants a number"))?;
                Ok(value.parse()?)
            };
            match word.as_str() {
                "--rounds" => wanted.rounds = usize::try_from(number()?)?.max(1),
                "--seconds" => wanted.row = Duration::from_secs(number()?),
                "--bench" => {} // Cargo says so.
                id if SUBJECTS.iter().any(|subject| subject.language == id) => wanted.languages.push(word),
                other => {
                    return Err(
                        format!("{other:?} is neither a language of this table nor an option").into(),
                    );
                }
            }
        }
        Ok(wanted)
    }

    fn has(&self, subject: &Subject) -> bool {
        self.languages.is_empty() || self.languages.iter().any(|id| id == subject.language)
    }
}

async fn measure() -> Result<()> {
    let wanted = Wanted::of(std::env::args().skip(1))?;
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
    println!(
        "medians of up to {} rounds: a compilation and {CASES} cases, in milliseconds of time passed; CPU is what the tools and programs \
         took of it\n",
        wanted.rounds
    );
    println!(
        "| | rounds | bare | judged | ratio | goal | | in turn | ratio | CPU: bare | judged | ratio | the same source again |\n\
         |---|---|---|---|---|---|---|---|---|---|---|---|---|"
    );
    let package = Arc::new(package(&home.path().join("package"))?);
    for subject in SUBJECTS.iter().filter(|subject| wanted.has(subject)) {
        if let Some(reason) = grader.missing(&subject.language.parse()?).await {
            println!("| {} | missing: {reason} | | | | | | | | | | | |", subject.name);
            continue;
        }
        eprintln!("measuring {} …", subject.name);
        match subject.measure(&grader, &package, home.path(), &wanted).await {
            Ok(rounds) => println!("{}", subject.row(&rounds)),
            // The other rows are still worth having.
            Err(error) => println!("| {} | failed: {error} | | | | | | | | | | | |", subject.name),
        }
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

/// Time passed, and CPU time of tools and programs.
#[derive(Clone, Copy)]
struct Cost {
    passed: f64,
    cpu: f64,
}

/// What one round measured.
struct Round {
    bare: Cost,
    judged: Cost,
    /// With one case after the other.
    turn: Cost,
    again: Cost,
}

impl Subject {
    async fn measure(
        &self,
        grader: &Grader,
        package: &Arc<Package>,
        home: &Path,
        wanted: &Wanted,
    ) -> Result<Vec<Round>> {
        let in_turn = grader.clone().with_cases_at_once(1);
        let mut rounds = Vec::new();
        let begin = Instant::now();
        // The first round fills the caches of the machine.
        for round in 0..=wanted.rounds {
            let source = |n: usize| self.source.replace("{n}", &n.to_string());
            let bare = self.bare(&source(3 * round), package, home)?;
            let judged = self.judge(grader, package, source(3 * round + 1)).await?;
            let turn = self.judge(&in_turn, package, source(3 * round + 2)).await?;
            let started = grader.compilers_started();
            let again = self.judge(grader, package, source(3 * round + 1)).await?;
            if grader.compilers_started() != started {
                return Err("a compiler started for a known source".into());
            }
            if round > 0 {
                rounds.push(Round {
                    bare,
                    judged,
                    turn,
                    again,
                });
            }
            let next = begin.elapsed() * u32::try_from(round + 2)? / u32::try_from(round + 1)?;
            if round > 0 && next > wanted.row {
                break;
            }
        }
        Ok(rounds)
    }

    fn row(&self, rounds: &[Round]) -> String {
        let of = |value: &dyn Fn(&Round) -> f64| median(rounds.iter().map(value).collect());
        let ratio = of(&|round| round.judged.passed / round.bare.passed);
        // As it is shown.
        let is_met = (ratio * 100.0).round() <= self.goal * 100.0;
        format!(
            "| {} | {} | {:.0} | {:.0} | {ratio:.2} | ≤ {} | {} | {:.0} | {:.2} | {:.0} | {:.0} | {:.2} | {:.0} |",
            self.name,
            rounds.len(),
            of(&|round| round.bare.passed),
            of(&|round| round.judged.passed),
            self.goal,
            if is_met { "met" } else { "missed" },
            of(&|round| round.turn.passed),
            of(&|round| round.turn.passed / round.bare.passed),
            of(&|round| round.bare.cpu),
            of(&|round| round.judged.cpu),
            of(&|round| round.judged.cpu / round.bare.cpu),
            of(&|round| round.again.passed),
        )
    }

    /// The compiler, then each case in turn: run, read the output, compare.
    fn bare(&self, source: &str, package: &Package, home: &Path) -> Result<Cost> {
        let directory = tempfile::tempdir_in(home)?;
        fs::write(directory.path().join(self.file), source)?;
        let (begin, cpu) = (Instant::now(), cpu_of_children()?);
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
        Ok(Cost {
            passed: millis(begin.elapsed()),
            cpu: cpu_of_children()? - cpu,
        })
    }

    async fn judge(&self, grader: &Grader, package: &Arc<Package>, content: String) -> Result<Cost> {
        let job = Job {
            package: Arc::clone(package),
            language: self.language.parse()?,
            files: vec![SourceFile {
                name: self.file.to_owned(),
                content,
            }],
            entry_point: None,
        };
        let (begin, cpu) = (Instant::now(), grader.cpu_used());
        let conclusion = grader.grade(&job, |_, _| {}).await?;
        let cost = Cost {
            passed: millis(begin.elapsed()),
            cpu: millis(grader.cpu_used() - cpu),
        };
        if conclusion.verdict != Verdict::Ac || conclusion.runs.len() != CASES {
            return Err(format!("{conclusion:?}").into());
        }
        Ok(cost)
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

fn millis(span: Duration) -> f64 {
    span.as_secs_f64() * 1000.0
}

/// CPU time of all processes that this one started and waited for, with theirs, in milliseconds. The slots are not among them: they live on.
fn cpu_of_children() -> Result<f64> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let (_, after_name) = stat.rsplit_once(')').ok_or("/proc/self/stat has no name")?;
    // `cutime` and `cstime` of proc(5), of which the name is the second field.
    let fields = after_name.split_whitespace().skip(13).take(2);
    let ticks = fields
        .map(str::parse::<f64>)
        .sum::<std::result::Result<f64, _>>()?;
    Ok(ticks / TICKS * 1000.0)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
