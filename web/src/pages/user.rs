//! One user, as administrators see and change them.

use api::PersonView;
use askama::Template;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::{Refusal, RefusalKind, Role, UserId};
use serde::Deserialize;
use store::{PersonRecord, TokenRecord};

use super::users::keep_nowhere;
use crate::form::{self, Named};
use crate::site::Site;
use crate::visitor::{Refused, Result, Visitor, show};
use crate::words;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RoleForm {
    role: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PasswordForm {
    /// Empty where one is to be made.
    #[serde(default)]
    password: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DisabledForm {
    /// Of `yes` and `no`.
    disabled: String,
}

struct Held {
    id: String,
    label: String,
    role: &'static str,
    made: String,
    ends: String,
}

#[derive(Template)]
#[template(path = "user.html")]
struct UserPage<'a> {
    visitor: &'a Visitor,
    title: String,
    name: &'a UserId,
    account: Option<PersonRecord>,
    role: &'static str,
    roles: [&'static str; 3],
    made: String,
    seen: String,
    disabled: Option<String>,
    submissions: u64,
    tokens: Vec<Held>,
    sessions: Vec<Held>,
    error: Option<String>,
    /// A password that was just set, where it was made here.
    secret: Option<String>,
    done: Option<&'static str>,
}

pub(crate) async fn page(
    State(site): State<Site>,
    visitor: Visitor,
    Named(name): Named<String>,
) -> Result<Response> {
    let name = named(&visitor, &name)?;
    render(&site, &visitor, &name, Outcome::default()).await
}

pub(crate) async fn set_role(
    State(site): State<Site>,
    visitor: Visitor,
    Named(name): Named<String>,
    request: Request,
) -> Result<Response> {
    let name = named(&visitor, &name)?;
    let form: RoleForm = form::read(request).await?;
    let role = Role::from_id(&form.role)
        .ok_or_else(|| Refused(Refusal::field("role", "must be user, setter or admin")))?;
    let changed = site.desk.set_role(&visitor.principal, &name, role).await;
    back(&site, &visitor, &name, changed).await
}

pub(crate) async fn set_disabled(
    State(site): State<Site>,
    visitor: Visitor,
    Named(name): Named<String>,
    request: Request,
) -> Result<Response> {
    let name = named(&visitor, &name)?;
    let form: DisabledForm = form::read(request).await?;
    let disabled = form.disabled == "yes";
    let changed = site.desk.set_disabled(&visitor.principal, &name, disabled).await;
    back(&site, &visitor, &name, changed).await
}

pub(crate) async fn set_password(
    State(site): State<Site>,
    visitor: Visitor,
    Named(name): Named<String>,
    request: Request,
) -> Result<Response> {
    let name = named(&visitor, &name)?;
    let form: PasswordForm = form::read(request).await?;
    let password = Some(form.password).filter(|password| !password.is_empty());
    match site.desk.set_password(&visitor.principal, &name, password).await {
        Ok(secret) => {
            // Who changes their own password is signed out with everybody else of that name.
            if visitor.principal.user() == Some(&name) && secret.is_none() {
                return Ok(Redirect::to("/sign-in").into_response());
            }
            let outcome = Outcome {
                done: Some("The password is changed, and all sessions have ended."),
                secret,
                error: None,
            };
            let mut page = render(&site, &visitor, &name, outcome).await?;
            keep_nowhere(page.headers_mut());
            Ok(page)
        }
        Err(refusal) => again(&site, &visitor, &name, refusal).await,
    }
}

pub(crate) async fn revoke(
    State(site): State<Site>,
    visitor: Visitor,
    Named((name, id)): Named<(String, String)>,
) -> Result<Response> {
    let name = named(&visitor, &name)?;
    let id = id.parse().map_err(|_| Refused::not_found("token of this name"))?;
    let revoked = site.desk.revoke_token_of(&visitor.principal, &name, id).await;
    back(&site, &visitor, &name, revoked).await
}

fn named(visitor: &Visitor, name: &str) -> Result<UserId> {
    visitor.administer()?;
    name.parse().map_err(|_| Refused::not_found("user of this name"))
}

/// To the user's page, or what is wrong on it.
async fn back(site: &Site, visitor: &Visitor, name: &UserId, done: api::Result<()>) -> Result<Response> {
    match done {
        Ok(()) => {
            let page = format!("/admin/users/{}", words::query(name.as_str()));
            Ok(Redirect::to(&page).into_response())
        }
        Err(refusal) => again(site, visitor, name, refusal).await,
    }
}

async fn again(site: &Site, visitor: &Visitor, name: &UserId, refusal: Refusal) -> Result<Response> {
    let status = match refusal.kind {
        RefusalKind::Conflict => StatusCode::CONFLICT,
        RefusalKind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        _ => return Err(refusal.into()),
    };
    let outcome = Outcome {
        error: Some(refusal.detail.trim_start_matches("/password: ").to_owned()),
        ..Outcome::default()
    };
    Ok((status, render(site, visitor, name, outcome).await?).into_response())
}

/// What has just been done, or not.
#[derive(Debug, Default)]
struct Outcome {
    error: Option<String>,
    secret: Option<String>,
    done: Option<&'static str>,
}

async fn render(site: &Site, visitor: &Visitor, name: &UserId, outcome: Outcome) -> Result<Response> {
    let PersonView {
        account,
        submissions,
        tokens,
        sessions,
        ..
    } = site.desk.person(&visitor.principal, name).await?;
    let person = account.as_ref();
    Ok(show(&UserPage {
        visitor,
        title: name.to_string(),
        name,
        role: person.map_or("", |person| person.role.id()),
        roles: Role::WITH_TOKEN.map(Role::id),
        made: person.map_or(String::new(), |person| words::moment(person.created_at)),
        seen: person
            .and_then(|person| person.signed_in_at)
            .map_or("never".to_owned(), words::moment),
        disabled: person.and_then(|person| person.disabled_at).map(words::moment),
        submissions,
        tokens: tokens.into_iter().map(held).collect(),
        sessions: sessions.into_iter().map(held).collect(),
        account,
        error: outcome.error,
        secret: outcome.secret,
        done: outcome.done,
    }))
}

fn held(token: TokenRecord) -> Held {
    Held {
        id: token.id.to_string(),
        label: token.label,
        role: token.role.id(),
        made: words::moment(token.created_at),
        ends: token.expires_at.map_or("never".to_owned(), words::moment),
    }
}
