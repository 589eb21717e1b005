//! `gavel bench` against a fleet whose worker judges nothing: what clients of a deployment have of it.

use std::path::Path;

use anyhow::{Result, ensure};
use e2e::gavel::{GavelProcess, gavel};
use e2e::services::{Postgres, Redis};

use crate::{delivery, node, show};

/// What the same architecture does in Node, measured once on two cores with Postgres and Redis beside it (express, node-redis, pg, ws).
const NODE: &str = "\
Node, known: from POST to the WebSocket, 20-100/s: median 4 ms, p99 9-20 ms
Node, known: 10000 idle sockets in 123 MB (73 MB before the first, 5.2 KiB each)
Node, known: one event to the last of 10000 sockets in 120-148 ms, of 1000 in 19 ms
Node, known: 90000 messages a second to 1000 sockets";

pub(crate) fn run(home: &Path) -> Result<()> {
    show(NODE);
    node::outside()?;
    let (postgres, redis) = (Postgres::start_durable()?, Redis::start()?);
    let environment = delivery::environment(home, &postgres, &redis);
    let (mut api, _) = delivery::start_api(home, &environment)?;
    let arguments = ["gateway", "--listen", "127.0.0.1:0", "--open", "--metrics", "0"];
    let mut gateway = GavelProcess::start(&arguments, &environment, home.join("gateway.log"))?;
    let address = gateway.address()?;
    let log = gateway.log();
    let metrics = log
        .lines()
        .find_map(|line| line.strip_prefix("gavel: metrics at "));
    let arguments = ["worker", "--judge-nothing", "--slots", "64"];
    let mut worker = GavelProcess::start(&arguments, &environment, home.join("worker.log"))?;
    worker.printed(|line| line.contains("started").then_some(()))?;
    show("Gavel:");
    let server = api.address()?;
    let mut arguments = vec!["bench", "--server", &server, "--gateway", &address];
    arguments.extend(metrics.into_iter().flat_map(|page| ["--metrics", page]));
    let status = gavel(&arguments)?.status()?;
    ensure!(status.success(), "the benchmark failed: {}", gateway.log());
    worker.stop()?;
    gateway.stop()?;
    api.stop()
}
