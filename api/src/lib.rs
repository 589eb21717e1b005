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
