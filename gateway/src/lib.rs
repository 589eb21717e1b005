//! Live delivery: WebSocket at `/api/v1/ws`, the tutorial's at `/` and `/ws`, Server-Sent Events and long polls.
//!
//! Everybody who listens has a `feed`, whatever it is told over:
//!
//! ```text
//!   who is asking?  ─►  may they see this row?  ─►  listen  ─►  snapshot from the store  ─►  events newer than it
//!     [authenticate]             [feed]              [bus]          [reading, snapshot]             [seen]
//! ```
//!
//! - `upgrade`, `socket`: the WebSocket itself: handshake, pings, close codes, a bound on everything.
//! - `conversation`: what is the same for every protocol over a WebSocket: `session` with its `message`s at `/api/v1/ws`, and
//!   the `tutorial`'s.
//! - `sse`, `poll`: the same messages as a stream, and one request after the other. `query` reads their parameters.
//! - `position`: how far a client knows a submission, by which any gateway goes on where another one stopped.
//! - `board`: the state of the queue. `pass`: tokens in use, and their ends.
//! - `guard`: which pages of a browser may connect.
//!
//! Memory: a socket costs its task, a read buffer of 1 KiB, and what it has been told of; nothing grows with what is sent
//! to it. An event is made into text once for each process.

mod authenticate;
mod board;
mod conversation;
mod feed;
mod guard;
mod message;
mod pass;
mod poll;
mod position;
mod query;
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
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{MethodRouter, get};
use bus::{Events, Queue};
use domain::RefusalKind;
use metrics::GatewayMetrics;
use store::Store;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

use board::Board;
use pass::Passes;

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
    /// How often tokens in use are looked at again: one that is revoked or expires ends its connections within about this.
    pub recheck_every: Duration,
    /// What is counted.
    pub metrics: GatewayMetrics,
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
    queue: Queue,
    events: Events,
    board: Arc<Board>,
    passes: Passes,
    /// Ends every socket and stream.
    stop: CancellationToken,
    tasks: TaskTracker,
    /// Tasks that serve no socket.
    helpers: TaskTracker,
    sockets: Arc<Semaphore>,
    reads: Semaphore,
}

impl Gateway {
    /// A gateway that serves until `stop`. To be called within a runtime.
    pub fn new(
        config: GatewayConfig,
        store: Store,
        queue: Queue,
        events: Events,
        stop: CancellationToken,
    ) -> Self {
        let (board, passes, helpers) = (Board::new(), Passes::default(), TaskTracker::new());
        helpers.spawn(Arc::clone(&board).keep(queue.clone(), stop.clone()));
        helpers.spawn(
            passes
                .clone()
                .keep(store.clone(), config.recheck_every, stop.clone()),
        );
        Self {
            shared: Arc::new(Shared {
                config,
                store,
                queue,
                events,
                board,
                passes,
                stop,
                tasks: TaskTracker::new(),
                helpers,
                sockets: Arc::new(Semaphore::new(MAX_SOCKETS)),
                reads: Semaphore::new(MAX_READS),
            }),
        }
    }

    /// The routes, beside pages that have the front: whoever comes to `/` without asking for a socket is served by them.
    pub fn router_beside(&self, pages: Router) -> Router {
        let front = move |state: State<Self>, request: Request| async move {
            if upgrade::is_asked_for(request.headers()) {
                return tutorial::connect(state, request).await;
            }
            match pages.oneshot(request).await {
                Ok(response) => response,
                Err(never) => match never {},
            }
        };
        self.routes(get(front))
    }

    /// The routes.
    pub fn router(&self) -> Router {
        self.routes(get(tutorial::connect_or_help))
    }

    fn routes(&self, front: MethodRouter<Self>) -> Router {
        Router::new()
            .route("/api/v1/ws", get(session::connect))
            .route("/api/v1/events", get(sse::of_many))
            .route("/api/v1/submissions/{id}/events", get(sse::of_submission))
            .route("/", front)
            .route("/ws", get(tutorial::connect))
            .layer(from_fn_with_state(self.clone(), count_refusals))
            .with_state(self.clone())
    }

    /// How many sockets are connected.
    pub fn sockets(&self) -> usize {
        self.shared.tasks.len()
    }

    /// Waits until every socket has been closed; about a second after `stop` at most.
    pub async fn drained(&self) {
        self.shared.stop.cancelled().await;
        for tasks in [&self.shared.tasks, &self.shared.helpers] {
            tasks.close();
            tasks.wait().await;
        }
    }
}

/// Counts the requests that came to nothing.
async fn count_refusals(State(gateway): State<Gateway>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    if let Some(kind) = response.extensions().get::<RefusalKind>() {
        gateway.shared.config.metrics.refused(kind.id());
    }
    response
}
