//! Signing in and out, and making an account.

use std::net::IpAddr;
use std::time::Duration;

use api::{PLAIN_COOKIE, SECURE_COOKIE};
use askama::Template;
use axum::extract::{Request, State};
use axum::http::header::{ORIGIN, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::{Action, Principal, Refusal, RefusalKind, Role, UserId};
use serde::Deserialize;
use serde_json::json;

use crate::form::{self, Asked};
use crate::site::Site;
use crate::visitor::{NAME, Refused, Result, Visitor, remember, show};

/// How long a session lasts.
const SESSION: Duration = Duration::from_hours(30 * 24);

/// The same for one that was begun with a token: who has a token can begin another.
const SHORT_SESSION: Duration = Duration::from_hours(12);

/// What the texts of tokens begin with.
const TOKEN: &str = "gvl_";

/// Where to go afterwards.
#[derive(Debug, Deserialize)]
pub(crate) struct Next {
    #[serde(default)]
    next: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SignIn {
    #[serde(default)]
    name: String,
    password: String,
    #[serde(default)]
    next: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Register {
    name: String,
    password: String,
    again: String,
    #[serde(default)]
    next: String,
}

#[derive(Template)]
#[template(path = "sign-in.html")]
struct SignInPage<'a> {
    visitor: &'a Visitor,
    title: &'static str,
    name: &'a str,
    next: &'a str,
    error: Option<String>,
    may_register: bool,
}

#[derive(Template)]
#[template(path = "register.html")]
struct RegisterPage<'a> {
    visitor: &'a Visitor,
    title: &'static str,
    name: &'a str,
    next: &'a str,
    error: Option<String>,
}

pub(crate) async fn sign_in_page(visitor: Visitor, Asked(Next { next }): Asked<Next>) -> Response {
    show(&SignInPage {
        visitor: &visitor,
        title: "Sign in",
        name: "",
        next: inner_path(&next),
        error: None,
        may_register: visitor.settings.registration,
    })
}

pub(crate) async fn sign_in(
    State(site): State<Site>,
    visitor: Visitor,
    request: Request,
) -> Result<Response> {
    let address = api::address(request.extensions(), request.headers());
    let headers = request.headers().clone();
    let SignIn { name, password, next } = form::read(request).await?;
    let with = if password.trim().starts_with(TOKEN) {
        "token"
    } else {
        "password"
    };
    let outcome = if with == "token" {
        with_token(&site, password.trim()).await?
    } else {
        with_password(&site, &name, password, address).await?
    };
    match outcome {
        Ok((user, role, life)) => {
            let answer = begin(&site, &headers, &user, role, life, &next).await?;
            let principal = Principal::Known {
                user: user.clone(),
                role,
            };
            let details = json!({ "with": with });
            site.desk.note(&principal, Action::SignedIn, &user, details).await;
            Ok(answer)
        }
        Err((status, error)) => {
            // Who is told to wait has not been listened to.
            if status == StatusCode::FORBIDDEN {
                site.desk.note_sparingly(Action::SignInFailed, name.trim()).await;
            }
            let page = show(&SignInPage {
                visitor: &visitor,
                title: "Sign in",
                name: &name,
                next: inner_path(&next),
                error: Some(error),
                may_register: visitor.settings.registration,
            });
            Ok((status, page).into_response())
        }
    }
}

type Outcome = std::result::Result<(UserId, Role, Duration), (StatusCode, String)>;

async fn with_token(site: &Site, token: &str) -> Result<Outcome> {
    Ok(match site.desk.store().token(token).await? {
        Some((user, role)) => Ok((user, role, SHORT_SESSION)),
        None => Err((
            StatusCode::FORBIDDEN,
            "This token is wrong, expired or revoked.".to_owned(),
        )),
    })
}

async fn with_password(
    site: &Site,
    name: &str,
    password: String,
    address: Option<IpAddr>,
) -> Result<Outcome> {
    let wrong = || Err((StatusCode::FORBIDDEN, "Name or password is wrong.".to_owned()));
    let Ok(id) = name.trim().parse::<UserId>() else {
        return Ok(wrong());
    };
    if let Some(wait) = site.brake.wait(id.as_str(), address, now()) {
        let seconds = wait.as_secs() + 1;
        return Ok(Err((
            StatusCode::TOO_MANY_REQUESTS,
            format!("That was wrong too often. Try again in {seconds} seconds."),
        )));
    }
    // Counted before it is known, so that many tries at once do not all count as the first.
    site.brake.failed(id.as_str(), address, now());
    let credentials = site.desk.store().credentials(&id).await?;
    let hash = credentials
        .as_ref()
        .map(|credentials| credentials.password.clone());
    if !api::is_right_password(hash, password).await {
        tracing::info!(name = %id, "a sign-in failed");
        return Ok(wrong());
    }
    site.brake.succeeded(id.as_str());
    Ok(match credentials {
        Some(credentials) => Ok((credentials.id, credentials.role, SESSION)),
        None => wrong(),
    })
}

pub(crate) async fn sign_out(State(site): State<Site>, request: Request) -> Result<Response> {
    let (parts, _) = request.into_parts();
    site.desk.end_session(&parts).await?;
    let mut response = Redirect::to("/").into_response();
    for name in [
        format!("{SECURE_COOKIE}=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax"),
        format!("{PLAIN_COOKIE}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"),
        format!("{NAME}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"),
    ] {
        if let Ok(value) = HeaderValue::from_str(&name) {
            response.headers_mut().append(SET_COOKIE, value);
        }
    }
    Ok(response)
}

pub(crate) async fn register_page(visitor: Visitor, Asked(Next { next }): Asked<Next>) -> Result<Response> {
    check_open(&visitor)?;
    let name = visitor
        .nickname
        .as_ref()
        .map(ToString::to_string)
        .unwrap_or_default();
    Ok(show(&RegisterPage {
        visitor: &visitor,
        title: "Make an account",
        name: &name,
        next: inner_path(&next),
        error: None,
    }))
}

pub(crate) async fn register(
    State(site): State<Site>,
    visitor: Visitor,
    request: Request,
) -> Result<Response> {
    check_open(&visitor)?;
    let address = api::address(request.extensions(), request.headers());
    let headers = request.headers().clone();
    let form: Register = form::read(request).await?;
    let error = match make(&site, &form, address).await? {
        Ok(user) => return begin(&site, &headers, &user, Role::User, SESSION, &form.next).await,
        Err(error) => error,
    };
    let page = show(&RegisterPage {
        visitor: &visitor,
        title: "Make an account",
        name: &form.name,
        next: inner_path(&form.next),
        error: Some(error),
    });
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// The new account, or what is wrong with it.
async fn make(
    site: &Site,
    form: &Register,
    address: Option<IpAddr>,
) -> Result<std::result::Result<UserId, String>> {
    let user: UserId = match form.name.trim().parse() {
        Ok(user) => user,
        Err(error) => return Ok(Err(format!("The name {error}."))),
    };
    if form.password != form.again {
        return Ok(Err("The two passwords are not the same.".to_owned()));
    }
    // Accounts that are made by the thousand are slowed like passwords that are guessed.
    if let Some(wait) = site.registrations.wait("", address, now()) {
        let seconds = wait.as_secs() + 1;
        return Ok(Err(format!(
            "Too many accounts are being made. Try again in {seconds} seconds."
        )));
    }
    let store = site.desk.store();
    // Whoever took the name would see what was submitted in it. An open judge shows that to everybody anyway.
    let is_used = if site.desk.is_open() {
        store.has_tokens(&user).await?
    } else {
        store.is_name_used(&user).await?
    };
    let taken = || Ok(Err(format!("The name {user} is taken.")));
    if is_used || user.as_str().eq_ignore_ascii_case("anonymous") {
        return taken();
    }
    let hash = match api::hash_password(user.as_str(), form.password.clone()).await {
        Ok(hash) => hash,
        Err(error) => return Ok(Err(format!("{error}."))),
    };
    if !store.add_person(&user, Role::User, &hash).await? {
        return taken();
    }
    let principal = Principal::Known {
        user: user.clone(),
        role: Role::User,
    };
    let note = site.desk.note(&principal, Action::Registered, &user, json!({}));
    note.await;
    if let Some(address) = address {
        site.registrations
            .failed(&address.to_string(), Some(address), now());
    }
    Ok(Ok(user))
}

fn check_open(visitor: &Visitor) -> Result<()> {
    if visitor.settings.registration {
        return Ok(());
    }
    Err(Refused(Refusal::new(
        RefusalKind::Forbidden,
        "Accounts of this judge are made by its operator.",
    )))
}

/// Begins a session, and goes on to where they wanted to be.
pub(crate) async fn begin(
    site: &Site,
    headers: &HeaderMap,
    user: &UserId,
    role: Role,
    life: Duration,
    next: &str,
) -> Result<Response> {
    let text = site.desk.store().begin_session(user, role, life).await?;
    let seconds = life.as_secs();
    // The browser says itself whether it came by https; a proxy in between would have to be believed.
    let is_secure = headers
        .get(ORIGIN)
        .is_some_and(|origin| origin.as_bytes().starts_with(b"https://"));
    let cookie = if is_secure {
        format!("{SECURE_COOKIE}={text}; Path=/; Max-Age={seconds}; Secure; HttpOnly; SameSite=Lax")
    } else {
        format!("{PLAIN_COOKIE}={text}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax")
    };
    let mut response = Redirect::to(inner_path(next)).into_response();
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    if site.desk.is_open() {
        remember(&mut response, NAME, user.as_str());
    }
    Ok(response)
}

/// A path of this site, and of no other; the front page where it is none.
pub(crate) fn inner_path(path: &str) -> &str {
    let is_inner = path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains(|c: char| c == '\\' || c.is_control() || !c.is_ascii());
    if is_inner { path } else { "/" }
}

/// A request gets its time at the edge; the brake takes it as an argument.
fn now() -> std::time::Instant {
    std::time::Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_elsewhere_after_signing_in() {
        assert_eq!(inner_path("/problems/a?lang=en"), "/problems/a?lang=en");
        for outside in [
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "",
            "x",
            "/a\r\nb",
        ] {
            assert_eq!(inner_path(outside), "/", "{outside:?}");
        }
    }
}
