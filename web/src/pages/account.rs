//! One's own account: password and tokens.

use std::time::Duration;

use askama::Template;
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_ENCODING};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::{Action, Refusal, RefusalKind, Role, Timestamp, UserId};
use serde::Deserialize;
use serde_json::json;
use store::NewToken;

use super::people;
use crate::form::{self, Named};
use crate::site::Site;
use crate::visitor::{Refused, Result, Visitor, show};
use crate::words;

/// Characters of a label at most.
const MAX_LABEL: usize = 100;

/// How long a session lasts that begins with a new password.
const SESSION: Duration = Duration::from_hours(30 * 24);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewPassword {
    old: String,
    password: String,
    again: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenForm {
    label: String,
    role: String,
    /// Days; empty for never.
    #[serde(default)]
    days: String,
}

struct TokenLine {
    id: String,
    label: String,
    role: &'static str,
    made: String,
    ends: String,
}

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage<'a> {
    visitor: &'a Visitor,
    title: &'static str,
    user: &'a UserId,
    role: &'static str,
    roles: Vec<&'static str>,
    has_password: bool,
    tokens: Vec<TokenLine>,
    /// A token that was just made.
    secret: Option<String>,
    error: Option<String>,
}

pub(crate) async fn page(State(site): State<Site>, visitor: Visitor) -> Result<Response> {
    render(&site, &visitor, None, None).await
}

pub(crate) async fn change_password(
    State(site): State<Site>,
    visitor: Visitor,
    headers: HeaderMap,
    request: Request,
) -> Result<Response> {
    let user = known(&visitor)?;
    let form: NewPassword = form::read(request).await?;
    let store = site.desk.store();
    let credentials = store.credentials(user).await?;
    let hash = credentials.map(|credentials| credentials.password);
    let error = if !api::is_right_password(hash, form.old).await {
        "The old password is wrong.".to_owned()
    } else if form.password != form.again {
        "The two new passwords are not the same.".to_owned()
    } else {
        match api::hash_password(user.as_str(), form.password).await {
            Ok(hash) => {
                store.set_password(user, &hash).await?;
                let note = site
                    .desk
                    .note(&visitor.principal, Action::PasswordChanged, user, json!({}));
                note.await;
                let role = visitor.principal.role();
                return people::begin(&site, &headers, user, role, SESSION, "/account").await;
            }
            Err(error) => format!("{error}."),
        }
    };
    let page = render(&site, &visitor, None, Some(error)).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

pub(crate) async fn make_token(
    State(site): State<Site>,
    visitor: Visitor,
    request: Request,
) -> Result<Response> {
    let user = known(&visitor)?;
    let form: TokenForm = form::read(request).await?;
    let label = form.label.trim();
    let is_label = (1..=MAX_LABEL).contains(&label.chars().count()) && !label.contains(char::is_control);
    let days: Option<u64> = match form.days.trim() {
        "" => None,
        days => Some(
            days.parse()
                .ok()
                .filter(|days| (1..=3660).contains(days))
                .ok_or_else(|| {
                    Refused(Refusal::field(
                        "days",
                        "must be a whole number from 1 to 3660, or nothing",
                    ))
                })?,
        ),
    };
    let role = Role::from_id(&form.role)
        .ok_or_else(|| Refused(Refusal::field("role", "must be user, setter or admin")))?;
    if !is_label {
        let error = format!("Say in 1 to {MAX_LABEL} characters what the token is for.");
        let page = render(&site, &visitor, None, Some(error)).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    let new = NewToken {
        user: user.clone(),
        role,
        label: label.to_owned(),
        expires_at: days.map(|days| now().after(Duration::from_hours(24 * days))),
    };
    let secret = site.desk.create_token(&visitor.principal, &new).await?;
    let mut page = render(&site, &visitor, Some(secret), None).await?;
    // Kept nowhere, and not compressed together with what somebody else may have put into the page.
    let headers = page.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(CONTENT_ENCODING, HeaderValue::from_static("identity"));
    Ok(page)
}

pub(crate) async fn revoke_token(
    State(site): State<Site>,
    visitor: Visitor,
    Named(id): Named<String>,
) -> Result<Response> {
    let missing = || Refused::not_found("token of this name");
    let id = id.parse().map_err(|_| missing())?;
    known(&visitor)?;
    site.desk.revoke_token(&visitor.principal, id).await?;
    Ok(Redirect::to("/account").into_response())
}

fn known(visitor: &Visitor) -> Result<&UserId> {
    visitor.principal.user().ok_or_else(|| {
        Refused(Refusal::new(
            RefusalKind::Unauthenticated,
            "Sign in to see your account.",
        ))
    })
}

async fn render(
    site: &Site,
    visitor: &Visitor,
    secret: Option<String>,
    error: Option<String>,
) -> Result<Response> {
    let user = known(visitor)?;
    let tokens = site.desk.tokens(&visitor.principal).await?.into_iter();
    let role = visitor.principal.role();
    Ok(show(&AccountPage {
        visitor,
        title: "Your account",
        user,
        role: role.id(),
        roles: Role::WITH_TOKEN
            .into_iter()
            .filter(|other| *other <= role)
            .map(Role::id)
            .collect(),
        has_password: site.desk.store().person(user).await?.is_some(),
        tokens: tokens
            .map(|token| TokenLine {
                id: token.id.to_string(),
                label: token.label,
                role: token.role.id(),
                made: words::moment(token.created_at),
                ends: token.expires_at.map_or("never".to_owned(), words::moment),
            })
            .collect(),
        secret,
        error,
    }))
}

/// When a request came.
#[expect(
    clippy::disallowed_methods,
    reason = "a request gets its time at the edge; everything further in takes it as an argument"
)]
pub(super) fn now() -> Timestamp {
    let since = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}
