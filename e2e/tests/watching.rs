//! Who watches a submission in a terminal sees its verdict, whatever becomes of the server meanwhile.

#![cfg(test)]

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use e2e::gavel::{Client, GavelProcess, gavel};

/// Nothing that is waited for takes longer.
const PATIENCE: Duration = Duration::from_mins(1);

fn start(home: &Path, address: &str, log: &str) -> Result<GavelProcess> {
    let environment = [
        ("GAVEL_DATA", home.join("data").display().to_string()),
        ("GAVEL_LOAD_TEST", "yes".to_owned()),
        ("GAVEL_LEASE", "3".to_owned()),
    ];
    let arguments = ["up", "--listen", address, "--judge-nothing", "--metrics", "0"];
    GavelProcess::start(&arguments, &environment, home.join(log))
}

/// Waits until one event stream is listened to.
async fn wait_for_listener(up: &GavelProcess) -> Result<()> {
    let log = up.log();
    let page = log
        .lines()
        .find_map(|line| line.strip_prefix("gavel: metrics at "));
    let page = page.context("it has no metrics")?.to_owned();
    let deadline = Instant::now() + PATIENCE;
    loop {
        let text = reqwest::get(&page).await?.text().await?;
        if text.contains("gavel_listeners{transport=\"Stream\"} 1\n") {
            return Ok(());
        }
        ensure!(Instant::now() < deadline, "nobody listens to the stream:\n{text}");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_watcher_comes_back_to_a_server_that_was_killed() -> Result<()> {
    let home = tempfile::tempdir()?;
    let mut up = start(home.path(), "127.0.0.1:0", "up.log")?;
    let address = up.address()?;
    let client = Client::new(&address)?;
    let id = client
        .submit("ann", "aplusb", "python3", "# judge-nothing: WA 4000\n")
        .await?;
    let watch = gavel(&["watch", &id, "--server", &address])?
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    wait_for_listener(&up).await?;
    up.kill()?;
    let host = address.strip_prefix("http://").context("no http://")?;
    let mut up = start(home.path(), host, "up-again.log")?;
    ensure!(up.address()? == address, "it is somewhere else");
    // The stream again, and not the long poll, with which it would have to make do otherwise.
    wait_for_listener(&up).await?;
    let watched = tokio::task::spawn_blocking(|| watch.wait_with_output()).await??;
    let (out, err) = (
        String::from_utf8(watched.stdout)?,
        String::from_utf8(watched.stderr)?,
    );
    ensure!(out.starts_with("WA"), "{out}\n{err}");
    ensure!(
        watched.status.code() == Some(1),
        "{}: {out}\n{err}",
        watched.status
    );
    let view = client.finished(&id).await?;
    ensure!(view["judgement"]["attempt"] == 2, "{view}");
    up.stop()
}
