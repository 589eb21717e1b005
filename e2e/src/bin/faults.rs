//! `faults [ROUNDS]`: breaks the deployment in every way there is, with thousands of submissions; see docs/faults.md.

use std::process::ExitCode;

use anyhow::{Context, Result};
use e2e::faults::scenarios::ALL;
use e2e::faults::trial::{Scale, Tally};

/// Submissions of a scenario where nothing is judged.
const SUBMISSIONS: u64 = 1800;

/// So many in a round are enough to say that nothing is lost.
const ENOUGH: u64 = 20_000;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::print_stdout, reason = "a program for people at a terminal")]
async fn main() -> Result<ExitCode> {
    let rounds: u64 = match std::env::args().nth(1) {
        Some(rounds) => rounds.parse().context("how many rounds?")?,
        None => 1,
    };
    let seed = e2e::faults::seed();
    let (mut failed, mut all) = (0_u32, Tally::default());
    for round in 0..rounds {
        let scale = Scale {
            submissions: SUBMISSIONS,
            seed: seed + round,
        };
        println!("round {} of {rounds}, GAVEL_TEST_SEED={}", round + 1, scale.seed);
        let mut total = Tally::default();
        for (name, run) in ALL {
            match run(scale).await {
                Ok(tally) => {
                    println!("{name:<24} {tally}");
                    total += tally;
                }
                Err(error) => {
                    println!("{name:<24} FAILED: {error:#}");
                    failed += 1;
                }
            }
        }
        println!("{:<24} {total}", "all");
        if total.submissions < ENOUGH {
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
