//! Live delivery: WebSocket at `/api/v1/ws`, the tutorial's at `/` and `/ws`, and Server-Sent Events for one submission.
//!
//! Everybody who listens is served by one task (a WebSocket) or one response body (SSE), which does the same in both:
//!
//! ```text
//!   who is asking?  ─►  may they see this row?  ─►  listen  ─►  snapshot from the store  ─►  events newer than it
//!     [authenticate]       [reading, session]       [bus]         [reading, snapshot]            [seen]
//! ```
//!
//! In this order nothing is missed and nothing is told twice or backwards. When events may have been missed (`Resync`),
//! there is a new snapshot; and whoever still waits for a verdict is looked after every now and then without any event,
//! because an event is only a hint.
//!
//! - `upgrade`, `socket`: the WebSocket itself: handshake, pings, close codes, a bound on everything.
//! - `message`, `session`: the protocol of `/api/v1/ws`.
//! - `tutorial`: the tutorial's protocol.
//! - `sse`: Server-Sent Events.
//! - `guard`: which pages of a browser may connect.
//!
//! Memory: a socket costs its task, a read buffer of 4 KiB, and what it has been told of; nothing grows with what is sent
//! to it. An event is made into text once for each process.

mod authenticate;
mod guard;
mod message;
mod reading;
mod refused;
mod seen;
mod session;
mod snapshot;
mod socket;
mod sse;
mod tutorial;
mod upgrade;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use bus::Events;
use store::Store;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Settings of the gateway.
#[derive(Debug, Clone)]
pub struct GatewayConfig {
    /// Whether listeners without a token may listen to anybody (see `domain::Principal::Open`).
    pub open: bool,
    /// Origins (such as `https://judge.example.org`) of browsers that may connect besides the gateway's own host; `*` for
    /// any. In open mode their hosts are also the names, besides `localhost` and IP addresses, that the gateway answers
    /// to: pass `*` where the operator has said that the server is open to its network.
    pub allowed_origins: Vec<String>,
    /// How long a socket may stay silent before it has said who it is.
    pub hello_timeout: Duration,
    /// Interval of pings; two that are missed end the socket.
    pub ping_every: Duration,
    /// Topics of one socket at most.
    pub max_topics: usize,
}

/// Sockets of one process at most: a bound against running out of memory, far above what is usual.
const MAX_SOCKETS: usize = 50_000;

/// Reads from the store at a time: after an outage of Redis everybody wants to read at once.
const MAX_READS: usize = 16;

/// The gateway: its routes, and its tasks. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Gateway {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    config: GatewayConfig,
    store: Store,
    events: Events,
    /// Ends every socket and stream.
    stop: CancellationToken,
    tasks: TaskTracker,
    sockets: Arc<Semaphore>,
    reads: Semaphore,
}

/// The routes. For a server that waits for its sockets when it stops, see [`Gateway`].
pub fn router(config: GatewayConfig, store: Store, events: Events, stop: CancellationToken) -> Router {
    Gateway::new(config, store, events, stop).router()
}

impl Gateway {
    /// A gateway that serves until `stop`.
    pub fn new(config: GatewayConfig, store: Store, events: Events, stop: CancellationToken) -> Self {
        Self {
            shared: Arc::new(Shared {
                config,
                store,
                events,
                stop,
                tasks: TaskTracker::new(),
                sockets: Arc::new(Semaphore::new(MAX_SOCKETS)),
                reads: Semaphore::new(MAX_READS),
            }),
        }
    }

    /// The routes.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/api/v1/ws", get(session::connect))
            .route("/api/v1/submissions/{id}/events", get(sse::connect))
            .route("/", get(tutorial::connect_or_help))
            .route("/ws", get(tutorial::connect))
            .with_state(self.clone())
    }

    /// How many sockets are connected.
    pub fn sockets(&self) -> usize {
        self.shared.tasks.len()
    }

    /// Waits until every socket has been closed; about a second after `stop` at most.
    pub async fn drained(&self) {
        self.shared.stop.cancelled().await;
        self.shared.tasks.close();
        self.shared.tasks.wait().await;
    }
}
