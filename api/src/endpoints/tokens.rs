//! Tokens: everybody makes, lists and revokes their own, administrators make them for anybody.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse;
use domain::{Refusal, Role, Timestamp, UserId};
use serde::Serialize;
use store::NewToken;
use utoipa::ToSchema;
use uuid::Uuid;

use super::path::Id;
use crate::app::App;
use crate::asker::Known;
use crate::body::JsonBody;
use crate::clock::now;
use crate::failure::{Result, shorten};
use crate::fields::Fields;
use crate::openapi::{BodyRefusals, Refusals};
use crate::params::NoParams;
use crate::token_rights;

/// Ten years, in seconds.
const LONGEST: u64 = 10 * 366 * 24 * 60 * 60;

/// Characters of a label at most.
const MAX_LABEL: usize = 100;

/// A token to be made.
#[expect(dead_code, reason = "the schema of what `read` reads")]
#[derive(ToSchema)]
pub(super) struct TokenRequest {
    /// Whose it will be.
    #[schema(example = "ann")]
    user: String,
    /// What it will allow: user, setter or admin.
    #[schema(example = "user")]
    role: String,
    /// What it is for, in the words of people.
    #[schema(example = "ann's laptop", max_length = 100)]
    label: String,
    /// After how many seconds it ends; never where it is missing.
    #[schema(minimum = 1)]
    expires_in: Option<u64>,
}

/// A token, told this once.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Token)]
pub(super) struct TokenBody {
    /// The token itself. It is not stored, and cannot be told again.
    token: String,
    /// Whose it is.
    #[schema(value_type = String)]
    user: UserId,
    /// What it allows.
    #[schema(value_type = String)]
    role: Role,
    /// What it is for.
    label: String,
    /// When it ends; null for never.
    #[schema(value_type = Option<String>, format = "date-time")]
    expires_at: Option<Timestamp>,
}

/// Makes a token: for oneself with no more rights than one's own, or as an administrator for anybody.
#[utoipa::path(
    post, path = "/api/v1/tokens", operation_id = "createToken", tag = "server",
    request_body = TokenRequest,
    responses((status = 201, description = "The token, told this once", body = TokenBody), Refusals, BodyRefusals)
)]
pub(super) async fn create(
    State(app): State<App>,
    Known(principal): Known,
    _: NoParams,
    body: JsonBody,
) -> Result<impl IntoResponse> {
    let new = read(body.fields)?;
    let token = token_rights::make(&app, &principal, &new).await?;
    let NewToken {
        user,
        role,
        label,
        expires_at,
    } = new;
    let body = TokenBody {
        token,
        user,
        role,
        label,
        expires_at,
    };
    Ok((StatusCode::CREATED, [(CACHE_CONTROL, "no-store")], Json(body)))
}

/// One of one's own tokens. Its text is told nowhere.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TokenRecord)]
pub(super) struct TokenRecordBody {
    /// Names it when it is to be revoked. No secret.
    #[schema(value_type = String, format = "uuid")]
    id: Uuid,
    /// What it allows.
    #[schema(value_type = String)]
    role: Role,
    /// What it is for.
    label: String,
    /// When it was made.
    #[schema(value_type = String, format = "date-time")]
    created_at: Timestamp,
    /// When it ends; null for never.
    #[schema(value_type = Option<String>, format = "date-time")]
    expires_at: Option<Timestamp>,
}

/// Lists one's own tokens that are still good, the newest first.
#[utoipa::path(
    get, path = "/api/v1/tokens", operation_id = "listTokens", tag = "server",
    responses((status = 200, description = "They, a thousand at most", body = Vec<TokenRecordBody>), Refusals)
)]
pub(super) async fn list(
    State(app): State<App>,
    Known(principal): Known,
    _: NoParams,
) -> Result<Json<Vec<TokenRecordBody>>> {
    let tokens = token_rights::own(&app, &principal).await?.into_iter();
    let bodies = tokens.map(|token| TokenRecordBody {
        id: token.id,
        role: token.role,
        label: token.label,
        created_at: token.created_at,
        expires_at: token.expires_at,
    });
    Ok(Json(bodies.collect()))
}

/// Revokes one of one's own tokens: nobody can use it any more.
#[utoipa::path(
    delete, path = "/api/v1/tokens/{id}", operation_id = "revokeToken", tag = "server",
    params(("id" = String, Path, description = "The token's id")),
    responses((status = 204, description = "It is revoked"), Refusals)
)]
pub(super) async fn revoke(
    State(app): State<App>,
    Known(principal): Known,
    Id(id): Id<Uuid>,
    _: NoParams,
) -> Result<StatusCode> {
    token_rights::revoke(&app, &principal, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn read(mut fields: Fields) -> Result<NewToken> {
    let user = fields.required("user");
    let user = fields.parsed("user", user);
    let role = fields.required("role").and_then(|text| {
        let role = Role::from_id(&text);
        if role.is_none() {
            let roles = Role::WITH_TOKEN.map(Role::id).join(", ");
            fields.refuse(
                "role",
                format!("must be one of {roles}, not {:?}", shorten(&text)),
            );
        }
        role
    });
    let label = fields.required("label");
    if let Some(label) = &label
        && (label.trim().is_empty() || label.chars().count() > MAX_LABEL || label.contains(char::is_control))
    {
        fields.refuse(
            "label",
            format!("must be 1 to {MAX_LABEL} characters, and no control characters"),
        );
    }
    let expires_in = fields.whole("expires_in", 1, LONGEST);
    match (user, role, label, fields.finish()) {
        (Some(user), Some(role), Some(label), errors) if errors.is_empty() => Ok(NewToken {
            user,
            role,
            label,
            expires_at: expires_in.map(|seconds| now().after(Duration::from_secs(seconds))),
        }),
        (_, _, _, errors) => Err(Refusal::invalid(errors).into()),
    }
}
