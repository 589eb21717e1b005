//! The list of accounts, and making one.

use api::{MadeAccount, NewAccount};
use askama::Template;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_ENCODING};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::{Refusal, RefusalKind, Role, UserId};
use serde::Deserialize;
use store::{PersonFilter, PersonRecord};

use crate::form::{self, Asked};
use crate::site::Site;
use crate::visitor::{Refused, Result, Visitor, show};
use crate::words;

/// Accounts on a page.
const PAGE: u32 = 50;

/// Which accounts are asked for.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Search {
    /// In the name.
    #[serde(default)]
    q: String,
    #[serde(default)]
    role: String,
    /// Of `yes` and `no`.
    #[serde(default)]
    disabled: String,
    /// The last name of the page before.
    #[serde(default)]
    after: String,
}

/// An account to be made, as the form has it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewForm {
    name: String,
    role: String,
    /// Empty where one is to be made.
    #[serde(default)]
    password: String,
}

struct Line {
    name: UserId,
    role: &'static str,
    made: String,
    seen: String,
    is_disabled: bool,
}

#[derive(Template)]
#[template(path = "users.html")]
struct UsersPage<'a> {
    visitor: &'a Visitor,
    title: &'static str,
    search: Search,
    lines: Vec<Line>,
    roles: [&'static str; 3],
    next: Option<String>,
    new: NewForm,
    errors: Vec<String>,
    made: Option<MadeAccount>,
}

pub(crate) async fn first(visitor: Visitor) -> Result<Redirect> {
    visitor.administer()?;
    Ok(Redirect::to("/admin/users"))
}

pub(crate) async fn page(
    State(site): State<Site>,
    visitor: Visitor,
    Asked(search): Asked<Search>,
) -> Result<Response> {
    render(&site, &visitor, search, NewForm::default(), Vec::new(), None).await
}

pub(crate) async fn create(State(site): State<Site>, visitor: Visitor, request: Request) -> Result<Response> {
    visitor.administer()?;
    let form: NewForm = form::read(request).await?;
    let made = match read(&form) {
        Ok(wanted) => site.desk.create_people(&visitor.principal, vec![wanted]).await,
        Err(error) => Err(Refusal::field("/0/name", error)),
    };
    match made {
        Ok(mut made) => {
            let made = made.pop();
            let mut page = render(
                &site,
                &visitor,
                Search::default(),
                NewForm::default(),
                Vec::new(),
                made,
            )
            .await?;
            keep_nowhere(page.headers_mut());
            Ok(page)
        }
        Err(refusal) if refusal.kind == RefusalKind::Invalid => {
            let errors = refusal.errors.into_iter().map(|error| {
                let field = error.pointer.rsplit('/').next().unwrap_or_default().to_owned();
                format!("{field}: {}", error.detail)
            });
            let errors = errors.collect();
            let page = render(&site, &visitor, Search::default(), form, errors, None).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(refusal) => Err(refusal.into()),
    }
}

fn read(form: &NewForm) -> std::result::Result<NewAccount, String> {
    let name: UserId = form.name.trim().parse().map_err(|error| format!("{error}"))?;
    let role = Role::from_id(&form.role).ok_or("the role must be user, setter or admin")?;
    Ok(NewAccount {
        name,
        role,
        password: Some(form.password.clone()).filter(|password| !password.is_empty()),
    })
}

/// A page with a secret is kept nowhere, and not compressed together with what somebody else may have put into it.
pub(super) fn keep_nowhere(headers: &mut HeaderMap) {
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(CONTENT_ENCODING, HeaderValue::from_static("identity"));
}

async fn render(
    site: &Site,
    visitor: &Visitor,
    search: Search,
    new: NewForm,
    errors: Vec<String>,
    made: Option<MadeAccount>,
) -> Result<Response> {
    visitor.administer()?;
    let filter = PersonFilter {
        search: Some(search.q.trim().to_owned()).filter(|text| !text.is_empty()),
        role: Role::from_id(&search.role),
        is_disabled: match search.disabled.as_str() {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        },
    };
    let after: Option<UserId> = match search.after.as_str() {
        "" => None,
        after => Some(
            after
                .parse()
                .map_err(|error: domain::InvalidId| Refused(Refusal::field("?after", error.to_string())))?,
        ),
    };
    let people = site
        .desk
        .people(&visitor.principal, &filter, after.as_ref(), PAGE + 1)
        .await?;
    let is_last = people.len() <= PAGE as usize;
    let lines: Vec<Line> = people.into_iter().take(PAGE as usize).map(line).collect();
    let next = lines
        .last()
        .filter(|_| !is_last)
        .map(|line| link(&search, &line.name));
    Ok(show(&UsersPage {
        visitor,
        title: "Users",
        search,
        lines,
        roles: Role::WITH_TOKEN.map(Role::id),
        next,
        new,
        errors,
        made,
    }))
}

fn line(person: PersonRecord) -> Line {
    Line {
        name: person.id,
        role: person.role.id(),
        made: words::moment(person.created_at),
        seen: person.signed_in_at.map_or("never".to_owned(), words::moment),
        is_disabled: person.disabled_at.is_some(),
    }
}

fn link(search: &Search, after: &UserId) -> String {
    format!(
        "/admin/users?q={}&role={}&disabled={}&after={}",
        words::query(search.q.trim()),
        words::query(&search.role),
        words::query(&search.disabled),
        words::query(after.as_str())
    )
}
