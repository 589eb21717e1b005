//! WebSocket at `/api/v1/ws`, the tutorial's at `/` and `/ws`, and Server-Sent Events for one submission.

use std::time::Duration;

use bus::Events;
use store::Store;
use tokio_util::sync::CancellationToken;

/// Settings of the gateway.
#[derive(Debug, Clone)]
pub struct GatewayConfig {
    /// Whether listeners without a token may listen to anybody (see `domain::Principal::Open`).
    pub open: bool,
    /// Origins of browsers that may connect besides the gateway's own host.
    pub allowed_origins: Vec<String>,
    /// How long a socket may stay silent before it has said who it is.
    pub hello_timeout: Duration,
    /// Interval of pings; two that are missed end the socket.
    pub ping_every: Duration,
    /// Topics of one socket at most.
    pub max_topics: usize,
}

/// The routes.
pub fn router(
    _config: GatewayConfig,
    _store: Store,
    _events: Events,
    _stop: CancellationToken,
) -> axum::Router {
    todo!()
}
