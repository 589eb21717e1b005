//! Tickets: how a page that cannot set a header says who it is to the live results.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::asker::TokenHolder;
use crate::failure::Result;
use crate::openapi::Refusals;
use crate::params::NoParams;

/// How long a ticket is good: from its making to the request that it is for.
const LIFE: Duration = Duration::from_secs(30);

/// A ticket, good once.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Ticket)]
pub(super) struct TicketBody {
    /// The ticket itself: for `?ticket=` of `/api/v1/ws` and the event streams.
    #[schema(example = "gvt_…")]
    ticket: String,
    /// For how many seconds it is good, where it is not used before.
    expires_in: u64,
}

/// Makes a ticket that stands for the token of this request, once and for seconds.
#[utoipa::path(
    post, path = "/api/v1/tickets", operation_id = "createTicket", tag = "server",
    responses((status = 201, description = "The ticket", body = TicketBody), Refusals)
)]
pub(super) async fn create(
    State(app): State<App>,
    TokenHolder(holder): TokenHolder,
    _: NoParams,
) -> Result<impl IntoResponse> {
    let ticket = app.store.create_ticket(holder.token, LIFE).await?;
    let body = TicketBody {
        ticket,
        expires_in: LIFE.as_secs(),
    };
    Ok((StatusCode::CREATED, [(CACHE_CONTROL, "no-store")], Json(body)))
}
