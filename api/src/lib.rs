//! REST under `/api/v1`, the tutorial's `POST /submit`, health, readiness and OpenAPI.
//!
//! A request passes through `layers` (request id, log, CORS, panics, refusals), is told apart by `asker`, read by
//! `params` and `body`, and served by one file of `endpoints`. What is wrong with it becomes a
//! [`domain::Refusal`], and every refusal becomes `application/problem+json` in one place, `failure`.
//!
//! The row is the truth: a submission is accepted as soon as the store has it. Telling the queue and the listeners
//! happens afterwards, beside the answer (`app`), so that a Redis that is away costs a client nothing.
//!
//! The pages (`web`) run in the same process and may do what a client may: they call the same functions, at the
//! [`Desk`] (`desk`), so that no rule is written twice.
//!
//! What this crate does not do: WebSockets and event streams (`gateway`), judging (`judge`), SQL (`store`).

mod accounts;
mod app;
mod asker;
mod audit;
mod body;
mod cancelling;
mod circumstances;
mod clock;
mod desk;
mod endpoints;
mod failure;
mod fields;
mod foreign;
mod hosts;
mod judge_messages;
mod known_languages;
mod layers;
mod near;
mod openapi;
mod page;
mod params;
mod password;
mod queue_status;
mod reading;
mod rejudging;
mod routing;
mod scratch;
mod seeing;
mod settings;
mod submit;
mod telling;
mod timeline;
mod token_rights;
mod uploading;
mod verifying;
mod versions;
mod wait;
mod wire;

use std::path::PathBuf;

use bus::{Events, Queue};
use domain::Language;
use store::Store;
use tokio_util::sync::CancellationToken;

pub use crate::accounts::{MadeAccount, NewAccount, PersonView};
pub use crate::asker::{PLAIN_COOKIE, SECURE_COOKIE};
pub use crate::circumstances::address;
pub use crate::desk::{Desk, NewSource, NewSubmission, Result};
pub use crate::foreign::is_own;
pub use crate::password::{BadPassword, hash as hash_password, is_right as is_right_password};
pub use crate::queue_status::QueueStatus;
pub use crate::rejudging::{Rejudge, RejudgeWish};
pub use crate::routing::{Routing, RoutingWish};
pub use crate::settings::{Flag, FlagSource, Operator, SettingView};
pub use crate::uploading::{Stored, Target, Wishes};
pub use crate::verifying::{Verification, is_ok};

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
    /// What the operator has said of the settings, and all flags.
    pub operator: Operator,
    /// The longest `?wait`, in seconds.
    pub max_wait_seconds: u64,
    /// Where uploads are unpacked.
    pub scratch: PathBuf,
    /// Languages that are known before a worker has announced any.
    pub languages: Vec<Language>,
}

/// The routes, without pages. When `stop` is cancelled, long polls answer at once and readiness turns to draining.
pub fn router(
    config: ApiConfig,
    store: Store,
    queue: Queue,
    events: Events,
    stop: CancellationToken,
) -> axum::Router {
    let unknown = axum::Router::new().fallback(layers::unknown_path);
    Desk::new(config, store, queue, events, stop).router(unknown)
}

/// Only `/healthz` and `/readyz`, for a process that serves something else beside them.
pub fn health_router(
    config: ApiConfig,
    store: Store,
    queue: Queue,
    events: Events,
    stop: CancellationToken,
) -> axum::Router {
    let (routes, document) = endpoints::health().split_for_parts();
    let app = app::App::new(config, store, queue, events, stop, document);
    let routes: axum::Router<app::App> = routes.fallback(layers::unknown_path);
    layers::around(routes, app.hosts.clone()).with_state(app)
}

/// The OpenAPI document of [`router`], as served at `/api/v1/openapi.json`.
pub fn openapi() -> serde_json::Value {
    openapi::to_json(&endpoints::routes().into_openapi())
}
