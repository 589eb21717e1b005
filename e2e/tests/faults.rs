//! The fault suite in its reduced form: `make faults` runs the same scenarios with thousands of submissions.

#![cfg(test)]

use anyhow::{Context, Result};
use e2e::faults::scenarios::ALL;
use e2e::faults::trial::Scale;

/// Submissions of one scenario.
const SUBMISSIONS: u64 = 300;

async fn run(name: &str) -> Result<()> {
    let seed = e2e::faults::seed();
    let (_, run) = ALL
        .iter()
        .find(|(found, _)| *found == name)
        .with_context(|| format!("there is no scenario {name:?}"))?;
    println!("{name}: seed {seed}");
    let tally = run(Scale {
        submissions: SUBMISSIONS,
        seed,
    })
    .await?;
    println!("{name}: {tally}");
    Ok(())
}

macro_rules! scenarios {
    ($($test:ident: $name:literal,)*) => {
        $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $test() -> Result<()> {
            run($name).await
        })*

        #[test]
        fn every_scenario_is_run() {
            let run = [$($name),*];
            for (name, _) in ALL {
                assert!(run.contains(&name), "{name} is no test");
            }
        }
    };
}

scenarios! {
    killed_processes_lose_nothing: "killed processes",
    workers_that_were_stopped_come_too_late: "stopped workers",
    redis_may_be_lost_at_any_time: "a lost Redis",
    postgres_may_be_restarted_at_any_time: "a restarted Postgres",
    slow_services_delay_and_no_more: "slow services",
    a_way_to_postgres_may_swallow_everything: "no way to Postgres",
    a_way_to_redis_may_swallow_everything: "no way to Redis",
    connections_may_be_reset_at_any_time: "reset connections",
    what_is_delivered_twice_is_judged_once: "double deliveries",
    several_may_sweep_at_once: "several sweepers",
    clocks_of_workers_may_be_wrong: "wrong clocks",
    an_embedded_judge_may_be_killed_at_any_time: "an embedded judge killed",
    real_programs_may_lose_their_worker: "real programs",
    disks_may_be_full: "full disks",
}
