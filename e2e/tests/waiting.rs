//! Who waits is told for how long, and that is true within a factor of two.

#![cfg(test)]

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use e2e::gavel::{Client, GavelProcess};

/// How long each judgement takes.
const TAKES: Duration = Duration::from_millis(500);

/// Judgements before the one that is looked at.
const BEFORE: usize = 30;

async fn submit(client: &Client, number: usize) -> Result<String> {
    let user = format!("user{}", number % 7);
    let source = format!("# judge-nothing: AC {}\n", TAKES.as_millis());
    client.submit(&user, "aplusb", "python3", &source).await
}

/// The last of many, and what it is told; nothing where it is not known yet how long anything takes.
async fn last_of_many(client: &Client) -> Result<(String, Option<f64>)> {
    for number in 0..BEFORE {
        submit(client, number).await?;
    }
    let last = submit(client, BEFORE).await?;
    let (_, view) = client.get(&format!("/api/v1/submissions/{last}")).await?;
    Ok((last, view["queue"]["expected_wait_seconds"].as_f64()))
}

#[tokio::test]
async fn an_estimate_of_the_wait_is_within_a_factor_of_two() -> Result<()> {
    let home = tempfile::tempdir()?;
    let environment = [
        ("GAVEL_DATA", home.path().join("data").display().to_string()),
        ("GAVEL_LOAD_TEST", "yes".to_owned()),
    ];
    let arguments = ["up", "--listen", "127.0.0.1:0", "--judge-nothing", "--slots", "2"];
    let mut up = GavelProcess::start(&arguments, &environment, home.path().join("up.log"))?;
    let client = Client::new(&up.address()?)?;
    // A worker tells its pace every few seconds.
    for _ in 0..5 {
        let (last, expected) = last_of_many(&client).await?;
        let begin = Instant::now();
        client.finished(&last).await?;
        let waited = begin.elapsed().saturating_sub(TAKES).as_secs_f64();
        if let Some(expected) = expected {
            let factor = expected / waited;
            ensure!(
                (0.5..=2.0).contains(&factor),
                "told {expected} s, and waited {waited} s"
            );
            return up.stop();
        }
    }
    anyhow::bail!("nothing is told of the wait")
}
