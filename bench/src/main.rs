//! The first benchmark: what Gavel adds to a bare run, and what it costs to have it stand by.
//!
//! Each figure of a run is paired with its baseline in the same loop, so that a machine that is slow for a moment is
//! slow for both. Run it with `make bench`; `bench delivery`, `bench queue` and `bench outside` measure the way of a submission instead.

mod delivery;
mod line;
mod node;
mod outside;
mod queue;
mod statistics;

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use e2e::gavel::{Client, GavelProcess};
use reqwest::Method;
use serde_json::json;
use statistics::Samples;

/// Pairs of a bare run and a judged one.
const PAIRS: usize = 50;
/// Starts that are timed.
const STARTS: usize = 10;
const HELLO: &str = "print('Hello, world')\n";

#[tokio::main]
async fn main() -> Result<()> {
    let home = tempfile::tempdir()?;
    match std::env::args().nth(1).as_deref() {
        Some("delivery") => return delivery::run(home.path()).await,
        Some("queue") => return queue::run(home.path()).await,
        Some("outside") => return outside::run(home.path()),
        Some(other) => anyhow::bail!("there is no benchmark {other:?}: delivery, queue, outside, or none"),
        None => {}
    }
    show(&format!("{:<44} {:>9} {:>9}", "", "median", "p95"));
    starts(home.path()).await?;
    verdicts(home.path()).await
}

#[expect(clippy::print_stdout, reason = "a benchmark prints its table")]
fn show(line: &str) {
    println!("{line}");
}

fn start(home: &Path) -> Result<(GavelProcess, Client)> {
    let environment = [("GAVEL_DATA", home.join("data").display().to_string())];
    let mut up = GavelProcess::start(
        &["up", "--listen", "127.0.0.1:0"],
        &environment,
        home.join("up.log"),
    )?;
    let client = Client::new(&up.address()?)?;
    Ok((up, client))
}

async fn wait_until_ready(client: &Client) -> Result<()> {
    let (status, answer) = client.get("/readyz").await?;
    ensure!(status == 200, "not ready: {answer}");
    Ok(())
}

/// From the start of the process to the first `/readyz` that says yes; and the memory of an idle one.
async fn starts(home: &Path) -> Result<()> {
    let mut first = Samples::default();
    let mut later = Samples::default();
    for _ in 0..STARTS {
        let fresh = tempfile::tempdir_in(home)?;
        for samples in [&mut first, &mut later] {
            let begin = Instant::now();
            let (up, client) = start(fresh.path())?;
            wait_until_ready(&client).await?;
            samples.add(begin.elapsed());
            up.stop()?;
        }
    }
    show(&first.row("start to ready, empty data directory"));
    show(&later.row("start to ready, existing data directory"));
    Ok(())
}

/// A package whose only case expects what `HELLO` prints.
fn upload_hello(client: &Client, admin: &str, home: &Path) -> Result<()> {
    let files = [
        (
            "problem.yaml",
            "problem_format_version: 2025-09\nname: Hello\nuuid: 3c9f8a52-5d0e-4a0b-8c56-0b9d3c1c5a10\n\
             limits:\n  time_limit: 2.0\n",
        ),
        ("statement/problem.en.md", "Print the greeting.\n"),
        ("input_validators/validate.py", "import sys\nsys.exit(42)\n"),
        ("data/secret/1.in", "\n"),
        ("data/secret/1.ans", "Hello, world\n"),
        ("submissions/accepted/main.py", HELLO),
    ];
    for (name, content) in files {
        let path = home.join("hello").join(name);
        std::fs::create_dir_all(path.parent().context("no parent")?)?;
        std::fs::write(path, content)?;
    }
    let package = home.join("hello").display().to_string();
    let status = e2e::gavel::gavel(&[
        "upload",
        "--no-verify",
        "--server",
        client.address(),
        "--token",
        admin,
        &package,
    ])?
    .stdout(Stdio::null())
    .status()?;
    ensure!(status.success(), "cannot upload the package");
    Ok(())
}

fn bare(program: &Path) -> Result<Duration> {
    let begin = Instant::now();
    #[expect(clippy::disallowed_methods, reason = "the baseline is a bare process")]
    let status = std::process::Command::new("/usr/bin/python3")
        .arg(program)
        .stdout(Stdio::null())
        .status()?;
    ensure!(status.success(), "python3 failed");
    Ok(begin.elapsed())
}

/// From POST to the verdict on a WebSocket, beside a bare `python3` that runs the same program.
async fn verdicts(home: &Path) -> Result<()> {
    let (mut up, client) = start(home)?;
    let admin = up.printed(|line| {
        line.trim()
            .strip_prefix("Admin token")
            .map(|token| token.trim().to_owned())
    })?;
    wait_until_ready(&client).await?;
    let idle = up.resident_bytes()?;
    upload_hello(&client, &admin, home)?;
    let program = home.join("hello/submissions/accepted/main.py");
    let mut socket = client.socket("/api/v1/ws").await?;
    socket
        .send(&json!({"type": "subscribe", "user": "bench"}))
        .await?;
    socket.until(|message| message["type"] == "snapshot").await?;

    let (mut bare_runs, mut judged, mut added) = (Samples::default(), Samples::default(), Samples::default());
    for pair in 0..=PAIRS {
        let baseline = bare(&program)?;
        let begin = Instant::now();
        // A comment makes each source new, so that nothing is answered from a cache of compiled programs.
        let body = json!({"user": "bench", "problem": "hello", "language": "python3",
                          "source": format!("{HELLO}# {pair}\n")});
        let request = client.request(Method::POST, "/api/v1/submissions").json(&body);
        let (status, answer) = client.send(request).await?;
        ensure!(status == 202, "{status} {answer}");
        let heard = socket.until(|message| message["state"] == "done").await?;
        let elapsed = begin.elapsed();
        ensure!(
            heard.last().is_some_and(|update| update["verdict"] == "AC"),
            "{heard:?}"
        );
        if pair > 0 {
            // The first pair warms the caches of both.
            bare_runs.add(baseline);
            judged.add(elapsed);
            added.add(elapsed.saturating_sub(baseline));
        }
    }
    show(&bare_runs.row("bare python3, hello"));
    show(&judged.row("POST to verdict on the WebSocket, hello"));
    show(&added.row("what Gavel adds, pair by pair"));
    show(&format!(
        "{:<44} {:>6} MiB",
        "resident memory when idle",
        idle >> 20
    ));
    show(&format!(
        "{:<44} {:>6} MiB",
        "resident memory after the runs",
        up.resident_bytes()? >> 20
    ));
    up.stop()
}
