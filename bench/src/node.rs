//! The same architecture in Node, on this machine and in this run: `bench/node/site.mjs`, with express, node-redis, pg and ws.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use e2e::gavel::{Client, gavel};
use e2e::services::{Postgres, Redis};

use crate::{delivery, show};

const SITE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/node");

/// A process of the site, which ends with this.
struct Process {
    child: Child,
    lines: BufReader<ChildStdout>,
}

impl Process {
    fn start(role: &str, postgres: &Postgres, redis: &Redis) -> Result<Self> {
        let mut child = command("node")
            .args(["site.mjs", role])
            .env("NODE_ENV", "production")
            .env("DATABASE_URL", postgres.url())
            .env("REDIS_URL", redis.url())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start node")?;
        let lines = BufReader::new(child.stdout.take().context("node has no output")?);
        Ok(Self { child, lines })
    }

    /// The end of the line that it prints when it is ready.
    fn ready(&mut self, mark: &str) -> Result<String> {
        let mut line = String::new();
        while self.lines.read_line(&mut line)? > 0 {
            if let Some((_, rest)) = line.split_once(mark) {
                return Ok(rest.trim().to_owned());
            }
            line.clear();
        }
        bail!("node has ended before it was ready")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[expect(clippy::disallowed_methods, reason = "the baseline is another program")]
fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    command.current_dir(SITE);
    command
}

/// Its libraries, as its lock file has them.
fn install() -> Result<()> {
    if Path::new(SITE).join("node_modules").exists() {
        return Ok(());
    }
    match command("npm").args(["ci", "--silent"]).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => bail!("npm ci failed with {status}"),
        Err(error) => bail!("npm cannot be started: {error}"),
    }
}

/// What it takes in a second, by the client and as many connections as Gavel.
pub(crate) async fn accepted(connections: &[u32]) -> Result<()> {
    install()?;
    let (postgres, redis) = (Postgres::start_durable()?, Redis::start()?);
    let mut api = Process::start("api", &postgres, &redis)?;
    let client = Client::new(&api.ready("listening on ")?)?;
    for connections in connections {
        let posted = delivery::post(&client, *connections, delivery::SPAN).await?;
        delivery::row(&format!("Node, here: POST, {connections} connections"), &posted);
    }
    Ok(())
}

/// What `gavel bench` finds of it from outside, as of Gavel.
pub(crate) fn outside() -> Result<()> {
    install()?;
    let (postgres, redis) = (Postgres::start_durable()?, Redis::start()?);
    let start = |role| Process::start(role, &postgres, &redis);
    let (mut api, mut gateway, mut worker) = (start("api")?, start("gateway")?, start("worker")?);
    let (server, address) = (api.ready("listening on ")?, gateway.ready("listening on ")?);
    worker.ready("started")?;
    show("Node, here:");
    let metrics = format!("{address}/metrics");
    let status = gavel(&["bench", "latency", "loop", "sockets"])?
        .args(["--server", &server, "--gateway", &address, "--metrics", &metrics])
        .status()?;
    ensure!(status.success(), "the benchmark of Node failed");
    Ok(())
}
