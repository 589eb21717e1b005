//! Who is asking: `Authorization: Bearer TOKEN`, or nobody in particular.

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use domain::{Principal, RefusalKind};
use store::Holder;

use crate::app::App;
use crate::failure::{Failure, Result};

/// What to do about a missing token.
const HOW: &str = "send a token in the header `Authorization: Bearer TOKEN`; an administrator of this server makes \
                   tokens (POST /api/v1/tokens)";

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

/// An administrator, asked for before a body is read.
#[derive(Debug)]
pub(crate) struct Administrator;

impl FromRequestParts<App> for Asker {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        principal(parts, app).await.map(Self)
    }
}

/// Who sends a request.
pub(crate) async fn principal(parts: &Parts, app: &App) -> Result<Principal> {
    let Some(text) = bearer(parts)? else {
        if !app.config.open {
            return Ok(Principal::Anonymous);
        }
        app.hosts.guard_open(parts)?;
        return Ok(Principal::Open);
    };
    match app.store.token(text).await? {
        Some((user, role)) => Ok(Principal::Known { user, role }),
        None => Err(wrong_token()),
    }
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
        let text = bearer(parts)?.ok_or_else(token_needed)?;
        app.store.holder(text).await?.map(Self).ok_or_else(wrong_token)
    }
}

impl FromRequestParts<App> for Administrator {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let principal = Asker::from_request_parts(parts, app).await?.0;
        if principal.may_administer() {
            return Ok(Self);
        }
        Err(lacks_right(&principal, "only administrators may do this"))
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
