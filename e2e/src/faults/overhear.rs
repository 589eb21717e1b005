//! Listens to what goes over Redis itself: no end that is told there may be another than the stored one.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use futures_util::StreamExt as _;
use serde_json::Value;
use tokio::task::JoinSet;

use super::ledger::{Heard, Ledger, is_final};

/// Pause before a new connection.
const PAUSE: Duration = Duration::from_millis(50);

/// Listens until it is dropped, whatever becomes of Redis.
#[derive(Debug)]
pub(super) struct Overhearing {
    _tasks: JoinSet<()>,
}

impl Overhearing {
    /// Listens to the Redis at `url`, past all links.
    pub(super) fn start(url: &str, ledger: Arc<Ledger>) -> Result<Self> {
        let client = redis::Client::open(url)?;
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            loop {
                // Redis is broken on purpose: what is missed meanwhile is missed.
                let _ = listen(&client, &ledger).await;
                tokio::time::sleep(PAUSE).await;
            }
        });
        Ok(Self { _tasks: tasks })
    }
}

async fn listen(client: &redis::Client, ledger: &Ledger) -> Result<()> {
    let mut connection = client.get_async_pubsub().await?;
    connection.subscribe("problem_done").await?;
    connection.psubscribe("{gavel}:*").await?;
    let mut messages = connection.on_message();
    while let Some(message) = messages.next().await {
        let text: String = message.get_payload()?;
        let Ok(value) = serde_json::from_str::<Value>(&text) else {
            continue;
        };
        if message.get_channel_name() == "problem_done" {
            ledger.problem_done(&value);
        } else if value["type"] == "update" && is_final(&value["state"]) {
            // Only ends: several workers may have told of one judgement, and nothing orders them here.
            ledger.update(&value, &mut Heard::default());
        }
    }
    Ok(())
}
