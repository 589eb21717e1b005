//! The audit log.

use axum::extract::State;
use axum::response::Response;
use domain::{Action, Timestamp, UserId};
use serde::Serialize;
use serde_json::Value;
use store::{AuditEntry, AuditFilter};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::App;
use crate::asker::Known;
use crate::audit;
use crate::failure::{Result, shorten};
use crate::openapi::Refusals;
use crate::page::{self, Page};
use crate::params::Params;

const PATH: &str = "/api/v1/audit";

/// Characters of a subject that is asked for at most.
const MAX_SUBJECT: usize = 255;

/// An entry of the audit log.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditEntry)]
pub(super) struct AuditBody {
    /// Names it. Later ones are larger.
    #[schema(value_type = String, format = "uuid")]
    id: Uuid,
    /// When it was written.
    #[schema(value_type = String, format = "date-time")]
    at: Timestamp,
    /// Who did it; null for nobody in particular, and for who was at the command line.
    #[schema(value_type = Option<String>)]
    user: Option<UserId>,
    /// The id of the token or session that they came with.
    #[schema(value_type = Option<String>, format = "uuid")]
    token: Option<Uuid>,
    /// From where.
    address: Option<String>,
    /// The `X-Request-Id` of the request that it was done by.
    request_id: Option<String>,
    /// What they did.
    #[schema(example = "user.role")]
    action: String,
    /// To what: a user, a problem, a submission.
    subject: String,
    /// What else there is to know.
    #[schema(value_type = Object)]
    details: Value,
}

/// Lists who did what, the newest first. For administrators.
#[utoipa::path(
    get, path = "/api/v1/audit", operation_id = "listAudit", tag = "administration",
    params(
        ("user" = Option<String>, Query, description = "Only what this user did"),
        ("action" = Option<String>, Query, description = "Only this, such as `user.role`"),
        ("subject" = Option<String>, Query, description = "Only what was done to this"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 200, description = "At most so many; 50 if not given"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses(
        (status = 200, description = "A page of it", body = Page<AuditBody>,
            headers(("Link" = String, description = "The next page, as rel=\"next\", if there is one"))),
        Refusals
    )
)]
pub(super) async fn list(
    State(app): State<App>,
    Known(principal): Known,
    mut params: Params,
) -> Result<Response> {
    let limit = page::limit(&mut params);
    let cursor = params.take("cursor", |text| {
        text.parse::<Uuid>()
            .map_err(|_| "is not the next_cursor of a page")
    });
    let filter = AuditFilter {
        user: params.take("user", str::parse::<UserId>),
        action: params.take("action", action),
        subject: params.take("subject", subject),
    };
    params.finish()?;
    let filters = [
        ("user", filter.user.as_ref().map(ToString::to_string)),
        ("action", filter.action.map(|action| action.id().to_owned())),
        ("subject", filter.subject.clone()),
    ];
    let entries = audit::read(&app, &principal, &filter, cursor, limit + 1).await?;
    Ok(page::answer(
        entries,
        limit,
        PATH,
        &filters,
        |entry| entry.id,
        AuditBody::from,
    ))
}

fn action(text: &str) -> std::result::Result<Action, String> {
    Action::from_id(text).ok_or_else(|| {
        let all = Action::ALL.map(Action::id).join(", ");
        format!("must be one of {all}, not {:?}", shorten(text))
    })
}

fn subject(text: &str) -> std::result::Result<String, &'static str> {
    let is_fine = text.len() <= MAX_SUBJECT && !text.contains(char::is_control);
    is_fine
        .then(|| text.to_owned())
        .ok_or("must have at most 255 bytes, and no control characters")
}

impl From<AuditEntry> for AuditBody {
    fn from(entry: AuditEntry) -> Self {
        let AuditEntry {
            id,
            at,
            user,
            token,
            address,
            request,
            action,
            subject,
            details,
        } = entry;
        Self {
            id,
            at,
            user,
            token,
            address,
            request_id: request,
            action,
            subject,
            details,
        }
    }
}
