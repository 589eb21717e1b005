//! Who is asking: `Authorization: Bearer TOKEN`, the session of a page's cookie, or nobody in particular.

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, COOKIE};
use axum::http::request::Parts;
use domain::{Principal, RefusalKind};
use store::Holder;

use crate::app::App;
use crate::circumstances;
use crate::failure::{Failure, Result};
use crate::foreign::is_own;

/// What to do about a missing token.
const HOW: &str = "send a token in the header `Authorization: Bearer TOKEN`; an administrator of this server makes \
                   tokens (POST /api/v1/tokens)";

/// The cookie of a session on https: browsers take it from this host alone.
pub const SECURE_COOKIE: &str = "__Host-gavel";

/// The cookie of a session without.
pub const PLAIN_COOKIE: &str = "gavel";

/// No token is longer.
const MAX_TOKEN: usize = 512;

/// Whoever is asking.
#[derive(Debug)]
pub(crate) struct Asker(pub(crate) Principal);

/// Whoever is asking, refused where that is nobody at all: asked for before a body is read.
#[derive(Debug)]
pub(crate) struct Somebody(pub(crate) Principal);

/// Who came with a token, and with which.
#[derive(Debug)]
pub(crate) struct TokenHolder(pub(crate) Holder);

/// Somebody who is known by name, asked for before a body is read.
#[derive(Debug)]
pub(crate) struct Known(pub(crate) Principal);

impl FromRequestParts<App> for Asker {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        principal(parts, app).await.map(Self)
    }
}

/// Who sends a request.
pub(crate) async fn principal(parts: &Parts, app: &App) -> Result<Principal> {
    if let Some(Holder { user, role, .. }) = holder(parts, app).await? {
        return Ok(Principal::Known { user, role });
    }
    if !app.config.open {
        return Ok(Principal::Anonymous);
    }
    app.hosts.guard_open(parts)?;
    Ok(Principal::Open)
}

/// Who holds the token of the request's header, or the session of its cookie.
///
/// A session that has ended is nobody's; so is one that a foreign page would use to change something. A token is sent on
/// purpose, so a wrong one is refused.
pub(crate) async fn holder(parts: &Parts, app: &App) -> Result<Option<Holder>> {
    let holder = find_holder(parts, app).await?;
    if let Some(holder) = &holder {
        circumstances::came_with(holder.token);
    }
    Ok(holder)
}

async fn find_holder(parts: &Parts, app: &App) -> Result<Option<Holder>> {
    if let Some(text) = bearer(parts)? {
        let holder = app.store.holder(text).await?;
        return holder.map(Some).ok_or_else(wrong_token);
    }
    match session_text(&parts.headers) {
        Some(text) if parts.method.is_safe() || is_own(&parts.headers) => Ok(app.store.session(text).await?),
        _ => Ok(None),
    }
}

fn session_text(headers: &HeaderMap) -> Option<&str> {
    let cookies = || {
        let values = headers
            .get_all(COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok());
        values.flat_map(|value| value.split(';'))
    };
    let find = |name: &str| cookies().find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='));
    find(SECURE_COOKIE).or_else(|| find(PLAIN_COOKIE))
}

impl FromRequestParts<App> for Somebody {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        match Asker::from_request_parts(parts, app).await?.0 {
            Principal::Anonymous => Err(token_needed()),
            principal => Ok(Self(principal)),
        }
    }
}

impl FromRequestParts<App> for TokenHolder {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        holder(parts, app).await?.map(Self).ok_or_else(token_needed)
    }
}

impl FromRequestParts<App> for Known {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let principal = Asker::from_request_parts(parts, app).await?.0;
        if principal.user().is_some() {
            return Ok(Self(principal));
        }
        Err(lacks_right(
            &principal,
            "this server has to know who asks for this",
        ))
    }
}

/// The refusal for somebody without the right: 401 where a token could help, else 403.
pub(crate) fn lacks_right(principal: &Principal, detail: &str) -> Failure {
    match principal {
        Principal::Anonymous | Principal::Open => {
            Failure::new(RefusalKind::Unauthenticated, format!("{detail}: {HOW}"))
        }
        Principal::Known { .. } => Failure::new(RefusalKind::Forbidden, detail),
    }
}

fn token_needed() -> Failure {
    Failure::new(
        RefusalKind::Unauthenticated,
        format!("this server needs a token: {HOW}"),
    )
}

fn wrong_token() -> Failure {
    Failure::new(
        RefusalKind::Unauthenticated,
        "the token is wrong, expired or revoked",
    )
}

fn bearer(parts: &Parts) -> Result<Option<&str>> {
    let mut values = parts.headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let token = value
        .to_str()
        .ok()
        .and_then(|text| text.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim())
        .filter(|_| values.next().is_none())
        .ok_or_else(|| {
            Failure::new(
                RefusalKind::Unauthenticated,
                "the header Authorization must be one `Bearer TOKEN`",
            )
        })?;
    if token.is_empty() || token.len() > MAX_TOKEN {
        return Err(wrong_token());
    }
    Ok(Some(token))
}
