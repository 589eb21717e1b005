//! What operators see of a running judge.

#![cfg(test)]

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use e2e::gavel::{Client, GavelProcess};
use serde_json::json;

async fn page(address: &str) -> Result<String> {
    let client = Client::new(address)?;
    let response = client.request(reqwest::Method::GET, "/metrics").send().await?;
    let media = response.headers()["content-type"].to_str()?.to_owned();
    ensure!(media.starts_with("application/openmetrics-text"), "{media}");
    Ok(response.text().await?)
}

#[tokio::test]
async fn a_judgement_leaves_its_figures() -> Result<()> {
    let home = tempfile::tempdir()?;
    let environment = [("GAVEL_DATA", home.path().join("data").display().to_string())];
    let arguments = ["up", "--listen", "127.0.0.1:0", "--metrics", "0"];
    let mut up = GavelProcess::start(&arguments, &environment, home.path().join("up.log"))?;
    let client = Client::new(&up.address()?)?;
    let log = up.log();
    let metrics = log
        .lines()
        .find_map(|line| line.strip_prefix("gavel: metrics at "))
        .context(log.clone())?
        .trim_end_matches("/metrics")
        .to_owned();
    ensure!(
        metrics.starts_with("http://127.0.0.1:"),
        "a port alone is one of the loopback address: {metrics}"
    );

    let mut socket = client.socket("/api/v1/ws").await?;
    socket.send(&json!({"type": "subscribe", "user": "ann"})).await?;
    socket.until(|message| message["type"] == "snapshot").await?;
    socket.send(&json!({"type": "shout"})).await?;
    let source = "print(sum(map(int, input().split())))";
    client.submit("ann", "aplusb", "python3", source).await?;
    socket.until(|message| message["state"] == "done").await?;

    let text = page(&metrics).await?;
    for expected in [
        "gavel_build_info{",
        "gavel_verdicts_total{language=\"python3\",verdict=\"AC\"} 1\n",
        "gavel_queue_wait_seconds_count{band=\"interactive\"} 1\n",
        "gavel_judging_seconds_count{language=\"python3\"} 1\n",
        "gavel_queue_depth{band=\"interactive\"} 0\n",
        "gavel_queue_oldest_seconds{band=\"interactive\"} 0.0\n",
        "gavel_judgements_outstanding{state=\"queued\"} 0\n",
        "gavel_up{part=\"database\"} 1\n",
        "gavel_workers 1\n",
        "gavel_listeners{transport=\"WebSocket\"} 1\n",
        "gavel_refused_messages_total{kind=\"invalid\"} 1\n",
        "gavel_http_requests_total{method=\"POST\",route=\"/api/v1/submissions\",status=\"202\"} 1\n",
        "gavel_sandbox_setup_seconds_count",
        "# TYPE gavel_slots gauge\n",
    ] {
        ensure!(text.contains(expected), "{expected:?} is not in\n{text}");
    }
    // Tools may still be asked for their versions.
    let deadline = Instant::now() + Duration::from_mins(1);
    while !page(&metrics).await?.contains("gavel_slots_busy 0\n") {
        ensure!(
            Instant::now() < deadline,
            "the slots are busy though nothing is judged"
        );
        tokio::task::yield_now().await;
    }
    ensure!(!text.contains("user=") && !text.contains("aplusb"), "{text}");
    let public = client.request(reqwest::Method::GET, "/metrics").send().await?;
    ensure!(public.status() == 404, "the public listener does not have them");
    up.stop()
}
