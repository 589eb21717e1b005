//! What judging costs beyond the runs themselves: a whole judgement, beside bare runs of the same program on the same inputs
//! with the same comparisons, in turn within one loop.
//!
//! `cargo bench --package judge`, as root for cgroups; needs gcc. Prints a table in Markdown: a ratio is the median of the ratios of
//! the rounds, so that a machine that is slow for a moment is slow for both.

#![expect(clippy::print_stdout, reason = "a table for people")]

use std::error::Error;
use std::fs::{self, File};
use std::io::{BufReader, Cursor};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::{SourceFile, Verdict};
use judge::{Grader, Job, Languages};
use problems::Package;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const ROUNDS: usize = 15;

/// Adds up all numbers of the input.
const SOURCE: &str = "#include <stdio.h>\nint main(void) { long long s = 0, x; while (scanf(\"%lld\", &x) == 1) s += x; printf(\"%lld\\n\", s); }\n";

/// Gives the input back.
const ECHO: &str = "#include <stdio.h>\n#include <unistd.h>\nstatic char b[1 << 16];\nint main(void) { ssize_t n; while ((n = read(0, b, sizeof b)) > 0) if (write(1, b, n) != n) return 1; }\n";

/// A package and a program that solves it.
struct Subject {
    name: &'static str,
    home: PathBuf,
    cases: usize,
    source: &'static str,
}

fn main() -> Result<()> {
    sandbox::init_if_requested();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(measure())
}

async fn measure() -> Result<()> {
    let home = tempfile::tempdir()?;
    let small = |case: usize| format!("{case} {}\n", case * case);
    // 25 MB each; with their answers 100 MB of test data.
    let large = |case: usize| format!("{case}{}\n", " 1234567".repeat(3_125_000));
    let sum = |text: &str| {
        let numbers = text
            .split_whitespace()
            .filter_map(|word| word.parse::<i64>().ok());
        format!("{}\n", numbers.sum::<i64>())
    };
    let subjects = [
        subject(home.path(), "100 cases of a line", 100, SOURCE, small, &sum)?,
        subject(
            home.path(),
            "4 cases of 25 MB, one number out",
            4,
            SOURCE,
            large,
            &sum,
        )?,
        subject(
            home.path(),
            "2 cases of 25 MB, all of it out",
            2,
            ECHO,
            large,
            &str::to_owned,
        )?,
    ];
    let slots = std::thread::available_parallelism()?.get();
    let grader = Grader::start(Arc::new(Languages::builtin()), slots).await?;
    println!("{slots} slots; medians of {ROUNDS} rounds, in milliseconds\n");
    println!(
        "| | bare runs and comparisons | judged in turn | ratio | judged on idle slots | ratio |\n|---|---|---|---|---|---|"
    );
    for subject in &subjects {
        println!("{}", subject.row(&grader).await?);
    }
    grader.close().await;
    println!(
        "\nresident memory of the process at its peak: {} MiB",
        peak_bytes()? >> 20
    );
    Ok(())
}

fn subject(
    home: &Path,
    name: &'static str,
    cases: usize,
    source: &'static str,
    input: impl Fn(usize) -> String,
    answer: &impl Fn(&str) -> String,
) -> Result<Subject> {
    let home = home.join(format!("p{cases}"));
    let write = |file: &str, text: &str| -> Result<()> {
        let path = home.join(file);
        fs::create_dir_all(path.parent().ok_or("no parent")?)?;
        Ok(fs::write(path, text)?)
    };
    write(
        "problem.yaml",
        "problem_format_version: 2025-09\nname: Bench\nuuid: 7b0c1d52-52f0-4b1e-9a53-0d8f3f6d2a11\n\
         limits: {time_limit: 10, memory: 256, output: 64}\n",
    )?;
    write("statement/problem.en.md", "Bench.\n")?;
    write("input_validators/v.py", "raise SystemExit(42)\n")?;
    write("submissions/accepted/main.c", source)?;
    for case in 0..cases {
        let text = input(case);
        write(&format!("data/secret/{case:03}.in"), &text)?;
        write(&format!("data/secret/{case:03}.ans"), &answer(&text))?;
    }
    #[expect(clippy::disallowed_methods, reason = "the baseline is a bare compiler")]
    let status = std::process::Command::new("gcc")
        .args(["-O2", "-o"])
        .arg(home.join("main"))
        .arg(home.join("submissions/accepted/main.c"))
        .status()?;
    if !status.success() {
        return Err("gcc failed".into());
    }
    Ok(Subject {
        name,
        home,
        cases,
        source,
    })
}

impl Subject {
    async fn row(&self, grader: &Grader) -> Result<String> {
        let package = Arc::new(Package::open(&self.home)?);
        let in_turn = grader.clone().with_cases_at_once(1);
        let (mut bare, mut turn, mut idle) = (Vec::new(), Vec::new(), Vec::new());
        for round in 0..=ROUNDS {
            let baseline = self.bare(&package)?;
            let judged = [
                self.judge(&in_turn, &package).await?,
                self.judge(grader, &package).await?,
            ];
            // The first round compiles, and fills the caches.
            if round > 0 {
                bare.push(baseline);
                turn.push(judged[0]);
                idle.push(judged[1]);
            }
        }
        let ratio = |judged: &[Duration]| {
            let ratios = bare
                .iter()
                .zip(judged)
                .map(|(bare, judged)| judged.as_secs_f64() / bare.as_secs_f64());
            median(ratios.collect())
        };
        let millis =
            |times: &[Duration]| median(times.iter().map(|time| time.as_secs_f64() * 1000.0).collect());
        Ok(format!(
            "| {} | {:.1} | {:.1} | {:.2} | {:.1} | {:.2} |",
            self.name,
            millis(&bare),
            millis(&turn),
            ratio(&turn),
            millis(&idle),
            ratio(&idle)
        ))
    }

    /// Each case in turn: run, read the output, compare.
    fn bare(&self, package: &Package) -> Result<Duration> {
        let begin = Instant::now();
        for case in &package.cases {
            #[expect(clippy::disallowed_methods, reason = "the baseline is a bare process")]
            let output = std::process::Command::new(self.home.join("main"))
                .stdin(File::open(&case.input)?)
                .stderr(Stdio::null())
                .output()?;
            let answer = BufReader::new(File::open(&case.answer)?);
            let difference = case.comparator.compare(answer, Cursor::new(output.stdout))?;
            if !output.status.success() || difference.is_some() {
                return Err("the bare run is not accepted".into());
            }
        }
        Ok(begin.elapsed())
    }

    async fn judge(&self, grader: &Grader, package: &Arc<Package>) -> Result<Duration> {
        let job = Job {
            package: Arc::clone(package),
            language: "c".parse()?,
            files: vec![SourceFile {
                name: "main.c".to_owned(),
                content: self.source.to_owned(),
            }],
            entry_point: None,
        };
        let begin = Instant::now();
        let conclusion = grader.grade(&job, |_, _| {}).await?;
        let took = begin.elapsed();
        if conclusion.verdict != Verdict::Ac || conclusion.runs.len() != self.cases {
            return Err(format!("{conclusion:?}").into());
        }
        Ok(took)
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

fn peak_bytes() -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib: u64 = line.ok_or("no VmHWM")?.trim().trim_end_matches(" kB").parse()?;
    Ok(kib << 10)
}
