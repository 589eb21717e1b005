//! What a run in a warm slot costs beyond a bare spawn of the same program, paired in one loop.
//!
//! `cargo run --release -p sandbox --example overhead [PAIRS]`, as root for cgroups. Needs gcc and python3.
//!
//! Prints, for each kind of run, medians and 95th percentiles in microseconds, and the ratio of the medians.

#![expect(clippy::print_stdout, reason = "a table for people")]

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use sandbox::{Collect, Content, End, InputFile, Limits, Slot, SlotConfig, Spec, Stdin, Work};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    sandbox::init_if_requested();
    let pairs = std::env::args().nth(1).map_or(Ok(300), |word| word.parse())?;
    // Where any user can read it: tool roots are shown, not copied.
    let directory = PathBuf::from(format!("/var/tmp/gavel-overhead-{}", std::process::id()));
    fs::create_dir_all(&directory)?;
    let result = measure(&directory, pairs);
    fs::remove_dir_all(&directory)?;
    result
}

fn measure(directory: &Path, pairs: usize) -> Result<()> {
    let program = directory.join("exit");
    let source = directory.join("exit.c");
    fs::write(&source, "int main(void) { return 0; }")?;
    let built = command("/usr/bin/gcc")
        .args(["-O2", "-static", "-o"])
        .arg(&program)
        .arg(&source)
        .status()?;
    assert!(built.success(), "gcc");
    let mut config = SlotConfig::default();
    config.tool_roots.push(directory.to_owned());

    let begin = Instant::now();
    let mut slot = Slot::start(&config)?;
    println!(
        "slot start {} us, {:?}",
        begin.elapsed().as_micros(),
        slot.guarantees()
    );
    println!(
        "{:28} {:>9} {:>9} {:>9} {:>9} {:>7}",
        "", "bare", "p95", "slot", "p95", "ratio"
    );

    let shown = spec(&[&program.to_string_lossy()]);
    pair(
        "static",
        pairs,
        Duration::ZERO,
        &mut slot,
        &shown,
        &[&program.to_string_lossy()],
    )?;
    pair(
        "static, 30 ms gap",
        pairs / 3,
        Duration::from_millis(30),
        &mut slot,
        &shown,
        &[&program.to_string_lossy()],
    )?;
    let mut copied = spec(&["exit"]);
    let content = Content::File(Arc::new(fs::File::open(&program)?));
    copied.files.push(InputFile {
        name: "exit".into(),
        content,
        executable: true,
    });
    pair(
        "static, copied in",
        pairs,
        Duration::ZERO,
        &mut slot,
        &copied,
        &[&program.to_string_lossy()],
    )?;
    copied.stdin = Stdin::Bytes(b"1 2\n".as_slice().into());
    copied.collect.push(Collect {
        name: "exit".into(),
        max_bytes: 1 << 20,
    });
    pair(
        "and input, and collected",
        pairs,
        Duration::ZERO,
        &mut slot,
        &copied,
        &[&program.to_string_lossy()],
    )?;
    let python = ["/usr/bin/python3", "-c", "pass"];
    pair(
        "python3 -c pass",
        pairs / 3,
        Duration::ZERO,
        &mut slot,
        &spec(&python),
        &python,
    )?;
    side_by_side(&config, &shown, &program, pairs)
}

/// Runs both in turn and prints a line.
fn pair(what: &str, pairs: usize, gap: Duration, slot: &mut Slot, spec: &Spec, argv: &[&str]) -> Result<()> {
    let (mut bare, mut boxed) = (Vec::new(), Vec::new());
    for _ in 0..pairs.max(10) {
        pause(gap);
        bare.push(run_bare(argv)?);
        pause(gap);
        boxed.push(run_boxed(slot, spec)?);
    }
    let (bare, boxed) = (summary(bare), summary(boxed));
    #[expect(clippy::cast_precision_loss, reason = "microseconds")]
    let ratio = boxed.0 as f64 / bare.0 as f64;
    println!(
        "{what:28} {:>9} {:>9} {:>9} {:>9} {ratio:>7.2}",
        bare.0, bare.1, boxed.0, boxed.1
    );
    Ok(())
}

/// Two slots at once against two threads that spawn.
fn side_by_side(config: &SlotConfig, spec: &Spec, program: &Path, pairs: usize) -> Result<()> {
    let mut slots = [Slot::start(config)?, Slot::start(config)?];
    let begin = Instant::now();
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| (0..pairs).all(|_| run_bare(&[&program.to_string_lossy()]).is_ok()));
        }
    });
    let bare = begin.elapsed();
    let begin = Instant::now();
    thread::scope(|scope| {
        for slot in &mut slots {
            scope.spawn(|| (0..pairs).all(|_| run_boxed(slot, spec).is_ok()));
        }
    });
    let boxed = begin.elapsed();
    println!(
        "two at once: throughput is {:.0} % of bare",
        100.0 * bare.as_secs_f64() / boxed.as_secs_f64()
    );
    Ok(())
}

fn run_bare(argv: &[&str]) -> Result<Duration> {
    let begin = Instant::now();
    let status = command(argv[0])
        .args(&argv[1..])
        .env_clear()
        .stdin(Stdio::null())
        .status()?;
    assert!(status.success(), "{argv:?}");
    Ok(begin.elapsed())
}

fn run_boxed(slot: &mut Slot, spec: &Spec) -> Result<Duration> {
    let begin = Instant::now();
    let outcome = slot.run(spec)?;
    let elapsed = begin.elapsed();
    assert_eq!(outcome.end, End::Exited(0), "{:?}", spec.argv);
    Ok(elapsed)
}

fn command(program: &str) -> Command {
    #[expect(clippy::disallowed_methods, reason = "the bare run is what is compared with")]
    Command::new(program)
}

fn pause(gap: Duration) {
    if !gap.is_zero() {
        #[expect(
            clippy::disallowed_methods,
            reason = "the quiet before a run is what is measured"
        )]
        thread::sleep(gap);
    }
}

/// Median and 95th percentile, in microseconds.
fn summary(mut times: Vec<Duration>) -> (u128, u128) {
    times.sort();
    (
        times[times.len() / 2].as_micros(),
        times[times.len() * 95 / 100].as_micros(),
    )
}

fn spec(argv: &[&str]) -> Spec {
    let limits = Limits {
        cpu: Duration::from_secs(2),
        wall: Duration::from_secs(5),
        memory: 256 << 20,
        stdout: 1 << 20,
        stderr: 64 << 10,
        stack: 8 << 20,
        processes: 64,
        descriptors: 64,
        work_bytes: 64 << 20,
        work_files: 1024,
    };
    Spec {
        argv: argv.iter().map(Into::into).collect(),
        env: Vec::new(),
        stdin: Stdin::Null,
        files: Vec::new(),
        collect: Vec::new(),
        work: Work::default(),
        limits,
    }
}
