//! The one pub/sub connection of a process.
//!
//! ```text
//!   connect ──► subscribe to every topic of the table ──► resync everybody (not the first time) ──► serve
//!      ▲                                                                                             │
//!      └── wait, longer each time ◄── broken, silent, or refused ◄────────────────────────────────────┘
//! ```
//!
//! While serving, topics that come and go become SUBSCRIBE and UNSUBSCRIBE, many in one command. Messages go from the
//! connection straight into the listeners' bounded buffers: there is no queue between them that could grow. The order of
//! the first line matters: who reads the store after the `Resync` misses nothing, because the subscription is there
//! already.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use ::redis::aio::MultiplexedConnection;
use ::redis::{AsyncConnectionConfig, PushInfo, PushKind, Value};
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use super::Topic;
use super::hub::{Change, Hub};
use crate::redis::OPERATION_LIMIT;
use crate::{BusError, Redis, Result};

/// How often a connection is asked for a sign of life: a link that swallows packets reports nothing by itself.
const PING_EVERY: Duration = Duration::from_secs(5);

/// Pauses between attempts to connect.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Channels in one command.
const CHUNK: usize = 1000;

/// Keeps the subscriptions until `stop`.
pub(super) async fn keep(redis: Redis, hub: Arc<Hub>, stop: CancellationToken) {
    let mut pause = FIRST_PAUSE;
    let mut is_first = true;
    let mut is_down = false;
    loop {
        let outcome = tokio::select! {
            () = stop.cancelled() => return,
            outcome = subscribe_to_all(&redis, &hub) => outcome,
        };
        match outcome {
            Ok(mut subscriptions) => {
                if !is_first {
                    tracing::info!("events are heard again; every listener reads the store");
                    hub.resync();
                }
                (pause, is_first, is_down) = (FIRST_PAUSE, false, false);
                let error = tokio::select! {
                    () = stop.cancelled() => return,
                    error = subscriptions.serve(&hub) => error,
                };
                tracing::warn!(%error, "events are not heard");
            }
            Err(error) => {
                if !std::mem::replace(&mut is_down, true) {
                    tracing::warn!(%error, "cannot subscribe to events, and goes on trying");
                }
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = tokio::time::sleep(pause) => {}
                }
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
    }
}

/// The subscriptions of one connection.
struct Subscriptions {
    connection: MultiplexedConnection,
    is_lost: CancellationToken,
    topics: HashSet<Topic>,
}

async fn subscribe_to_all(redis: &Redis, hub: &Arc<Hub>) -> Result<Subscriptions> {
    let is_lost = CancellationToken::new();
    let config = AsyncConnectionConfig::new().set_push_sender(deliver(Arc::clone(hub), is_lost.clone()));
    let deadline = Instant::now() + OPERATION_LIMIT;
    let mut subscriptions = Subscriptions {
        connection: redis.dedicated(config, deadline).await?,
        is_lost,
        topics: HashSet::new(),
    };
    subscriptions.follow(hub, hub.begin_again()).await?;
    Ok(subscriptions)
}

/// What the connection does with what it is told without having asked. Runs in the connection's own task: never waits.
fn deliver(hub: Arc<Hub>, is_lost: CancellationToken) -> impl Fn(PushInfo) -> std::result::Result<(), ()> {
    move |push| {
        match (push.kind, push.data.as_slice()) {
            (PushKind::Message, [Value::BulkString(channel), Value::BulkString(message)]) => {
                hub.tell_message(channel, message);
            }
            (PushKind::Disconnection, _) => is_lost.cancel(),
            _ => {}
        }
        Ok(())
    }
}

impl Subscriptions {
    /// Follows the table until the connection is no good any more; says why it is none.
    async fn serve(&mut self, hub: &Hub) -> BusError {
        loop {
            let outcome = tokio::select! {
                () = self.is_lost.cancelled() => Err(BusError::Unavailable("the connection broke".to_owned())),
                () = hub.changed() => Ok(true),
                () = tokio::time::sleep(PING_EVERY) => Ok(false),
            };
            let outcome = match outcome {
                Ok(true) => self.follow(hub, hub.take_changes()).await,
                Ok(false) => self.ping().await,
                Err(error) => Err(error),
            };
            if let Err(error) = outcome {
                return error;
            }
        }
    }

    /// Subscribes to what is wanted and not there, and unsubscribes from what is there and not wanted.
    async fn follow(&mut self, hub: &Hub, changes: Vec<Change>) -> Result<()> {
        let (wanted, unwanted): (Vec<_>, Vec<_>) = changes.into_iter().partition(|change| change.is_wanted);
        let wanted: Vec<_> = wanted.into_iter().map(|change| change.topic).collect();
        for topics in wanted.chunks(CHUNK) {
            let channels = channels(topics.iter().filter(|topic| !self.topics.contains(topic)));
            if !channels.is_empty() {
                let subscribe = self.connection.subscribe(channels);
                in_time("SUBSCRIBE", subscribe).await?;
            }
            self.topics.extend(topics.iter().cloned());
            hub.confirm(topics);
        }
        let gone: Vec<_> = unwanted
            .into_iter()
            .filter_map(|change| self.topics.take(&change.topic))
            .collect();
        for topics in gone.chunks(CHUNK) {
            let unsubscribe = self.connection.unsubscribe(channels(topics.iter()));
            in_time("UNSUBSCRIBE", unsubscribe).await?;
        }
        Ok(())
    }

    async fn ping(&mut self) -> Result<()> {
        in_time("PING", ::redis::cmd("PING").exec_async(&mut self.connection)).await
    }
}

fn channels<'a>(topics: impl Iterator<Item = &'a Topic>) -> Vec<String> {
    topics.map(Topic::channel).collect()
}

async fn in_time(
    operation: &'static str,
    command: impl Future<Output = ::redis::RedisResult<()>>,
) -> Result<()> {
    match timeout(OPERATION_LIMIT, command).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(BusError::of(operation, &error)),
        Err(_) => Err(BusError::silent(operation)),
    }
}
