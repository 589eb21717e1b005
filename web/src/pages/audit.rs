//! The audit log, for administrators.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::{Action, Refusal};
use serde::Deserialize;
use store::{AuditEntry, AuditFilter};

use crate::form::Asked;
use crate::site::Site;
use crate::visitor::{Refused, Result, Visitor, show};
use crate::words;

/// Entries on a page.
const PAGE: u32 = 100;

/// Which entries are asked for.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Search {
    #[serde(default)]
    user: String,
    #[serde(default)]
    action: String,
    #[serde(default)]
    subject: String,
    /// The last entry of the page before.
    #[serde(default)]
    before: String,
}

struct Line {
    at: String,
    at_exactly: String,
    user: Option<String>,
    what: String,
    action: String,
    subject: String,
    /// Where the subject is shown.
    link: Option<String>,
    details: Vec<(String, String)>,
    address: String,
    token: String,
    request: String,
}

#[derive(Template)]
#[template(path = "audit.html")]
struct AuditPage<'a> {
    visitor: &'a Visitor,
    title: &'static str,
    search: Search,
    actions: Vec<(&'static str, &'static str)>,
    lines: Vec<Line>,
    days: u32,
    next: Option<String>,
}

pub(crate) async fn page(
    State(site): State<Site>,
    visitor: Visitor,
    Asked(search): Asked<Search>,
) -> Result<Response> {
    visitor.administer()?;
    let filter = AuditFilter {
        user: match search.user.trim() {
            "" => None,
            user => {
                Some(user.parse().map_err(|error: domain::InvalidId| {
                    Refused(Refusal::field("?user", error.to_string()))
                })?)
            }
        },
        action: Action::from_id(&search.action),
        subject: Some(search.subject.trim().replace('\0', "\u{fffd}")).filter(|subject| !subject.is_empty()),
    };
    let before = match search.before.as_str() {
        "" => None,
        before => Some(
            before
                .parse()
                .map_err(|_| Refused::not_found("page of this name"))?,
        ),
    };
    let mut entries = site
        .desk
        .audit_log(&visitor.principal, &filter, before, PAGE + 1)
        .await?;
    let is_last = entries.len() <= PAGE as usize;
    entries.truncate(PAGE as usize);
    let next = entries.last().filter(|_| !is_last).map(|entry| {
        format!(
            "/admin/audit?user={}&action={}&subject={}&before={}",
            words::query(search.user.trim()),
            words::query(&search.action),
            words::query(search.subject.trim()),
            entry.id
        )
    });
    Ok(show(&AuditPage {
        title: "Audit log",
        search,
        actions: Action::ALL.map(|action| (action.id(), action.words())).to_vec(),
        lines: entries.into_iter().map(line).collect(),
        days: visitor.settings.audit_days,
        next,
        visitor: &visitor,
    }))
}

fn line(entry: AuditEntry) -> Line {
    let known = Action::from_id(&entry.action);
    let details = match entry.details {
        serde_json::Value::Object(details) => details
            .into_iter()
            .map(|(name, value)| match value {
                serde_json::Value::String(text) => (name, text),
                other => (name, other.to_string()),
            })
            .collect(),
        other => vec![(String::new(), other.to_string())],
    };
    Line {
        at: words::moment(entry.at),
        at_exactly: entry.at.to_string(),
        user: entry.user.map(|user| user.to_string()),
        what: known.map_or_else(|| entry.action.clone(), |action| action.words().to_owned()),
        link: known.and_then(|action| link(action, &entry.subject)),
        action: entry.action,
        subject: entry.subject,
        details,
        address: entry.address.unwrap_or_default(),
        token: entry.token.map(|token| token.to_string()).unwrap_or_default(),
        request: entry.request.unwrap_or_default(),
    }
}

fn link(action: Action, subject: &str) -> Option<String> {
    let place = match action {
        Action::SignedIn
        | Action::Registered
        | Action::UserCreated
        | Action::RoleChanged
        | Action::PasswordChanged
        | Action::UserDisabled
        | Action::UserEnabled
        | Action::TokenMade
        | Action::TokenRevoked => "admin/users",
        Action::ProblemUploaded
        | Action::ProblemReplaced
        | Action::ProblemPublished
        | Action::ProblemHidden
        | Action::ProblemRouted => "problems",
        Action::Cancelled => "submissions",
        // What was tried may be no name at all, and what is judged again may be many.
        Action::SignInFailed | Action::Rejudged | Action::SettingsChanged => return None,
    };
    Some(format!("/{place}/{}", words::query(subject)))
}
