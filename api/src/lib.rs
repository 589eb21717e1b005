//! REST under `/api/v1`, the tutorial's `POST /submit`, health, readiness and OpenAPI.

use std::path::PathBuf;

use bus::{Events, Queue};
use domain::Language;
use store::Store;
use tokio_util::sync::CancellationToken;

/// Settings of the API.
#[derive(Debug, Clone)]
pub struct ApiConfig {
    /// Whether requests without a token may submit as anybody (see `domain::Principal::Open`).
    pub open: bool,
    /// In open mode, the host names by which the server may be asked besides `localhost` and IP addresses, so that a
    /// hostile page cannot reach it by a name of its own; `*` for any. Pages of these hosts may also use it across
    /// origins. Pass `*` where the operator has said that the server is open to its network.
    pub allowed_hosts: Vec<String>,
    /// The largest request body but for packages, in bytes.
    pub body_bytes: usize,
    /// The largest package, in bytes, as uploaded.
    pub package_bytes: u64,
    /// The longest `?wait`, in seconds.
    pub max_wait_seconds: u64,
    /// Where uploads are unpacked.
    pub scratch: PathBuf,
    /// Languages that are known before a worker has announced any.
    pub languages: Vec<Language>,
}

/// The routes.
pub fn router(
    _config: ApiConfig,
    _store: Store,
    _queue: Queue,
    _events: Events,
    _stop: CancellationToken,
) -> axum::Router {
    todo!()
}
