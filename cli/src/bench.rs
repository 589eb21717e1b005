//! `gavel bench`: how fast a deployment is, measured from outside, as its users have it.
//!
//! | part | what is measured |
//! |---|---|
//! | `post` | submissions accepted: one after the other on each of many connections |
//! | `loop` | the whole way: each connection posts, hears its verdict on a WebSocket, and posts again |
//! | `latency` | from POST to the verdict on a WebSocket, at a fixed rate |
//! | `sockets` | idle WebSockets, each with a user of its own; then one event to all of them, and many to some |
//!
//! What it submits is judged. With workers that judge nothing (`--judge-nothing`) the figures are those of everything around
//! the judging.

mod site;
mod sockets;
mod submitting;
mod summary;

use std::process::ExitCode;

use serde_json::Value;

use crate::arguments::{Bench as Arguments, BenchPart};
use crate::failure::Failure;
use crate::{serve, terminal};
use site::Site;

/// Measures what is asked for, one part after the other.
pub(crate) async fn run(arguments: Arguments) -> Result<ExitCode, Failure> {
    let site = Site::find(&arguments).await?;
    let parts = if arguments.parts.is_empty() {
        // The last ones leave the most behind that waits.
        vec![
            BenchPart::Latency,
            BenchPart::Loop,
            BenchPart::Sockets,
            BenchPart::Post,
        ]
    } else {
        arguments.parts.clone()
    };
    if parts.contains(&BenchPart::Sockets) {
        check_descriptors(arguments.sockets)?;
    }
    let mut results = Vec::new();
    for part in parts {
        let rows = match part {
            BenchPart::Post => submitting::post(&site, &arguments).await?,
            BenchPart::Loop => submitting::whole_loop(&site, &arguments).await?,
            BenchPart::Latency => submitting::latency(&site, &arguments).await?,
            BenchPart::Sockets => sockets::measure(&site, &arguments).await?,
        };
        for row in &rows {
            if !arguments.json {
                terminal::line(&row.line());
            }
        }
        results.extend(rows.iter().map(summary::Row::json));
    }
    if arguments.json {
        terminal::line(&Value::Array(results).to_string());
    }
    Ok(ExitCode::SUCCESS)
}

/// A socket is a descriptor; some more are needed besides.
fn check_descriptors(sockets: u32) -> Result<(), Failure> {
    let (most, needed) = (serve::raise_descriptors(), u64::from(sockets) + 200);
    if most >= needed {
        return Ok(());
    }
    Err(Failure::new(format!(
        "{sockets} sockets need {needed} open files, and this process may have {most}: raise the limit \
         (`ulimit -n {needed}`), or ask for fewer with --sockets"
    )))
}
