//! What a round trip between the two programs of a pair costs, beside two bare processes joined by pipes.
//!
//! `cargo bench -p sandbox --bench dialogue -- [ROUNDS]`. Needs gcc. Each figure is the median of several dialogues of ROUNDS
//! round trips; both kinds take turns in one loop.

#![expect(clippy::print_stdout, reason = "a table for people")]

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use sandbox::{End, Limits, Pair, Slot, SlotConfig, Spec, Stdin, Work};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Asks as often as it is told, and waits for each answer; answers until nobody asks any more when it is not told.
const TALKER: &str = "
    #include <stdlib.h>
    #include <unistd.h>
    int main(int argc, char **argv) {
        char line[64] = \"123456\\n\";
        if (argc < 2) {
            for (long got; (got = read(0, line, sizeof line)) > 0;) write(1, line, got);
            return 0;
        }
        for (long left = atol(argv[1]); left > 0; left--)
            if (write(1, line, 7) != 7 || read(0, line, sizeof line) != 7) return 1;
        return 42;
    }";

const DIALOGUES: usize = 7;

fn main() -> Result<()> {
    sandbox::init_if_requested();
    let rounds = std::env::args()
        .find_map(|word| word.parse().ok())
        .unwrap_or(10_000);
    // Where any user can read it: tool roots are shown, not copied.
    let directory = PathBuf::from(format!("/var/tmp/gavel-dialogue-{}", std::process::id()));
    fs::create_dir_all(&directory)?;
    let result = measure(&directory, rounds);
    fs::remove_dir_all(&directory)?;
    result
}

fn measure(directory: &Path, rounds: u32) -> Result<()> {
    let (source, program) = (directory.join("talker.c"), directory.join("talker"));
    fs::write(&source, TALKER)?;
    let built = command("/usr/bin/gcc")
        .args(["-O2", "-static", "-w", "-o"])
        .args([&program, &source])
        .status()?;
    assert!(built.success(), "gcc");
    let mut config = SlotConfig::default();
    config.tool_roots.push(directory.to_owned());
    let mut slots = [Slot::start(&config)?, Slot::start(&config)?];
    let program = program.to_string_lossy();
    let (mut bare, mut joined) = (Vec::new(), Vec::new());
    for _ in 0..DIALOGUES {
        bare.push(talk_bare(&program, rounds)?);
        joined.push(talk_in_slots(&mut slots, &program, rounds)?);
    }
    println!("{rounds} round trips, medians of {DIALOGUES}:");
    for (what, mut times) in [("two bare processes", bare), ("a pair of slots", joined)] {
        times.sort();
        let each = times[DIALOGUES / 2].as_secs_f64() / f64::from(rounds);
        println!(
            "{what:20} {:7.1} us each, {:8.0} a second",
            each * 1e6,
            1.0 / each
        );
    }
    Ok(())
}

fn talk_bare(program: &str, rounds: u32) -> Result<Duration> {
    let begin = Instant::now();
    let mut answers = command(program)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut asks = command(program)
        .arg(rounds.to_string())
        .stdin(answers.stdout.take().ok_or("no output")?)
        .stdout(answers.stdin.take().ok_or("no input")?)
        .spawn()?;
    let asked = asks.wait()?;
    assert_eq!(asked.code(), Some(42));
    assert!(answers.wait()?.success());
    Ok(begin.elapsed())
}

fn talk_in_slots([one, other]: &mut [Slot; 2], program: &str, rounds: u32) -> Result<Duration> {
    let pair = Pair {
        program: spec(&[program]),
        peer: spec(&[program, &rounds.to_string()]),
        release_on: Some(42),
        grace: Duration::from_secs(1),
        transcript_bytes: 64 << 10,
    };
    let begin = Instant::now();
    let outcome = Slot::run_pair(one, other, &pair)?;
    assert_eq!(
        (outcome.program.end, outcome.peer.end),
        (End::Exited(0), End::Exited(42))
    );
    Ok(begin.elapsed())
}

fn spec(argv: &[&str]) -> Spec {
    Spec {
        argv: argv.iter().map(Into::into).collect(),
        env: Vec::new(),
        stdin: Stdin::Null,
        files: Vec::new(),
        collect: Vec::new(),
        work: Work::default(),
        limits: Limits {
            cpu: Duration::from_secs(20),
            wall: Duration::from_mins(1),
            memory: 64 << 20,
            stdout: 64 << 20,
            stderr: 64 << 10,
            stack: 8 << 20,
            processes: 4,
            descriptors: 64,
            work_bytes: 1 << 20,
            work_files: 16,
        },
    }
}

#[expect(clippy::disallowed_methods, reason = "what slots are compared with")]
fn command(program: &str) -> Command {
    Command::new(program)
}
