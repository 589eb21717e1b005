//! Whether the process lives, and whether it can serve.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use domain::{FieldError, Refusal, RefusalKind};
use serde::Serialize;
use tokio::time::timeout;
use utoipa::ToSchema;

use crate::app::App;
use crate::failure::Result;
use crate::openapi::Refusals;

/// How long each part may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// That the process lives.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Alive)]
pub(super) struct Alive {
    /// `ok`.
    status: &'static str,
}

/// Whether the server can serve.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Ready)]
pub(super) struct Ready {
    /// `ready`, or `degraded` where something is away that submissions can do without for a while.
    status: &'static str,
    /// What is away, and what that means.
    reasons: Vec<String>,
}

/// Tells that the process lives.
#[utoipa::path(
    get, path = "/healthz", operation_id = "getHealth", tag = "health",
    responses((status = 200, description = "It lives", body = Alive))
)]
pub(super) async fn alive() -> Json<Alive> {
    Json(Alive { status: "ok" })
}

/// Tells whether the server can serve: 503 with the reasons where it cannot.
///
/// A queue that is away makes it degraded, not unready: submissions are accepted and stored, and judged later.
#[utoipa::path(
    get, path = "/readyz", operation_id = "getReadiness", tag = "health",
    responses((status = 200, description = "It can", body = Ready), Refusals)
)]
pub(super) async fn ready(State(app): State<App>) -> Result<Json<Ready>> {
    let (errors, degraded) = tokio::join!(hindrances(&app), queue(&app));
    if !errors.is_empty() {
        return Err(Refusal {
            kind: RefusalKind::Unavailable,
            ..Refusal::invalid(errors)
        }
        .into());
    }
    Ok(Json(Ready {
        status: if degraded.is_some() { "degraded" } else { "ready" },
        reasons: degraded.into_iter().collect(),
    }))
}

/// Why nothing can be served.
async fn hindrances(app: &App) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let mut add = |pointer: &str, detail: String| {
        errors.push(FieldError {
            pointer: pointer.to_owned(),
            detail,
        });
    };
    if app.stop.is_cancelled() {
        add("draining", "the server is being stopped".to_owned());
    }
    match timeout(PATIENCE, app.store.pending_migrations()).await {
        Ok(Ok(0)) => {}
        Ok(Ok(missing)) => add(
            "migrations",
            format!("{missing} are missing; run `gavel migrate`"),
        ),
        Ok(Err(error)) => {
            tracing::warn!(%error, "not ready: the database");
            add("database", "does not answer".to_owned());
        }
        Err(_) => add("database", "does not answer in time".to_owned()),
    }
    errors
}

async fn queue(app: &App) -> Option<String> {
    match timeout(PATIENCE, app.queue.ping()).await {
        Ok(Ok(())) => return None,
        Ok(Err(error)) => tracing::warn!(%error, "degraded: the queue"),
        Err(_) => tracing::warn!("degraded: the queue does not answer in time"),
    }
    Some("the queue does not answer: submissions are stored, and judged when it is back".to_owned())
}
