//! `faults [ROUNDS [SCENARIO…]]`: breaks the deployment in every way there is, or in these, with thousands of submissions; see
//! docs/faults.md.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, ensure};
use e2e::faults::scenarios::ALL;
use e2e::faults::trial::{Scale, Tally};
use tokio::time::timeout;

/// Submissions of a scenario where nothing is judged.
const SUBMISSIONS: u64 = 1800;

/// No scenario takes longer, but for one that hangs.
const LONGEST: Duration = Duration::from_mins(15);

/// So many in a round are enough to say that nothing is lost.
const ENOUGH: u64 = 20_000;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::print_stdout, reason = "a program for people at a terminal")]
async fn main() -> Result<ExitCode> {
    let rounds: u64 = match std::env::args().nth(1) {
        Some(rounds) => rounds.parse().context("how many rounds?")?,
        None => 1,
    };
    let chosen: Vec<String> = std::env::args().skip(2).collect();
    for name in &chosen {
        ensure!(
            ALL.iter().any(|(known, _)| known == name),
            "there is no scenario {name:?}"
        );
    }
    let is_chosen = |name: &str| chosen.is_empty() || chosen.iter().any(|chosen| chosen == name);
    let seed = e2e::faults::seed();
    let (mut failed, mut all) = (0_u32, Tally::default());
    for round in 0..rounds {
        let scale = Scale {
            submissions: SUBMISSIONS,
            seed: seed + round,
        };
        println!("round {} of {rounds}, GAVEL_TEST_SEED={}", round + 1, scale.seed);
        let mut total = Tally::default();
        for (name, run) in ALL.into_iter().filter(|(name, _)| is_chosen(name)) {
            let begin = Instant::now();
            let run = timeout(LONGEST, run(scale)).await;
            let span = begin.elapsed().as_secs();
            match run
                .unwrap_or_else(|_| Err(anyhow!("it is not over after {} minutes", LONGEST.as_secs() / 60)))
            {
                Ok(tally) => {
                    println!("{name:<24} {tally}, {span} s");
                    total += tally;
                }
                Err(error) => {
                    println!("{name:<24} FAILED: {error:#}");
                    failed += 1;
                }
            }
        }
        println!("{:<24} {total}", "all");
        if chosen.is_empty() && total.submissions < ENOUGH {
            println!("{} submissions are fewer than {ENOUGH}", total.submissions);
            failed += 1;
        }
        all += total;
    }
    if rounds > 1 {
        println!("{:<24} {all}", format!("all {rounds} rounds"));
    }
    Ok(if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
