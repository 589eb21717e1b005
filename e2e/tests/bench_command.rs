//! `gavel bench` against a real judge: that it measures what it says, not how fast anything is.

#![cfg(test)]

use anyhow::{Context, Result, ensure};
use e2e::gavel::{GavelProcess, gavel};
use serde_json::Value;

#[tokio::test]
async fn every_part_is_measured() -> Result<()> {
    let home = tempfile::tempdir()?;
    let environment = [
        ("GAVEL_DATA", home.path().join("data").display().to_string()),
        ("GAVEL_LOAD_TEST", "yes".to_owned()),
    ];
    let arguments = ["up", "--listen", "127.0.0.1:0", "--judge-nothing"];
    let mut up = GavelProcess::start(&arguments, &environment, home.path().join("up.log"))?;
    let address = up.address()?;
    let arguments = [
        "bench",
        "--server",
        &address,
        "--connections",
        "2",
        "--seconds",
        "1",
        "--rate",
        "3",
        "--sockets",
        "20",
        "--json",
    ];
    let mut command = gavel(&arguments)?;
    let output = tokio::task::spawn_blocking(move || command.output()).await??;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(output.status.success(), "{said}");
    let rows: Vec<Value> = serde_json::from_slice(&output.stdout)?;
    let count = |words: &str| {
        let row = rows
            .iter()
            .find(|row| row["name"].as_str().is_some_and(|name| name.contains(words)));
        row.map(|row| row["value"]["count"].as_u64())
            .context(format!("{words}: {rows:?}"))
    };
    ensure!(count("POST accepted, 2 connections")? > Some(0));
    ensure!(count("whole loop, 2 at a time")? > Some(0));
    ensure!(count("POST to WebSocket, 3 a second")? == Some(3));
    ensure!(count("opening 20 sockets")? == Some(20));
    ensure!(count("first to last of 20 sockets")?.is_none());
    ensure!(count("messages to 20 sockets")? > Some(0));
    up.stop()
}
