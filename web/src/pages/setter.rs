//! The pages of setters: their problems, uploads, verifications and rejudges.

pub(crate) mod problem;
pub(crate) mod rejudge;
mod routing;
pub(crate) mod upload;
pub(crate) mod verification;

use askama::Template;
use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::response::Response;
use axum::routing::{get, post};
use domain::{ProblemId, Refusal, RefusalKind, UserId};
use serde::Deserialize;

use super::FORM_BYTES;
use crate::form::Asked;
use crate::site::Site;
use crate::visitor::{Refused, Result, Visitor, show};
use crate::words;

/// Problems on a page.
const PAGE: u32 = 100;

/// The pages below `/setter`.
pub(crate) fn routes() -> Router<Site> {
    Router::new()
        .route("/setter", get(page))
        .route("/setter/problems/{id}", get(problem::page))
        .route("/setter/problems/{id}/publish", post(problem::publish))
        .route("/setter/problems/{id}/hide", post(problem::hide))
        .route("/setter/problems/{id}/routing", post(routing::change))
        .route(
            "/setter/problems/{id}/versions/{number}/package",
            get(problem::package),
        )
        .route(
            "/setter/problems/{id}/versions/{number}/restore",
            post(problem::restore),
        )
        .route(
            "/setter/problems/{id}/versions/{number}/verify",
            post(verification::start),
        )
        .route(
            "/setter/problems/{id}/verifications/{verification}",
            get(verification::page),
        )
        .route("/setter/problems/{id}/rejudge", post(rejudge::start))
        .route("/setter/problems/{id}/rejudges/{rejudge}", get(rejudge::page))
        .route(
            "/setter/problems/{id}/rejudges/{rejudge}/apply",
            post(rejudge::apply),
        )
        .route(
            "/setter/problems/{id}/rejudges/{rejudge}/discard",
            post(rejudge::discard),
        )
        .layer(DefaultBodyLimit::max(FORM_BYTES))
        .merge(
            Router::new()
                .route("/setter/upload", get(upload::page).post(upload::create))
                .route(
                    "/setter/problems/{id}/upload",
                    get(upload::version_page).post(upload::replace),
                )
                // Bounded where it is read.
                .layer(DefaultBodyLimit::disable()),
        )
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Wanted {
    /// Problems behind the one of this id.
    after: Option<String>,
}

/// A problem in the list.
#[derive(Debug)]
struct Row {
    id: ProblemId,
    name: String,
    owner: UserId,
    is_hidden: bool,
    test_cases: u32,
    updated: String,
    updated_exactly: String,
}

#[derive(Template)]
#[template(path = "setter.html")]
struct SetterPage {
    visitor: Visitor,
    title: &'static str,
    rows: Vec<Row>,
    /// Whether those of everybody are shown.
    sees_all: bool,
    next: Option<String>,
}

pub(crate) async fn page(
    State(site): State<Site>,
    visitor: Visitor,
    Asked(asked): Asked<Wanted>,
) -> Result<Response> {
    let user = setter(&visitor)?;
    let sees_all = visitor.principal.may_administer();
    let owner = Some(user).filter(|_| !sees_all);
    let after: Option<ProblemId> = asked.after.and_then(|after| after.parse().ok());
    let mut found = site
        .desk
        .problems_of(&visitor.principal, owner, after.as_ref(), PAGE + 1)
        .await?;
    let is_last = found.len() <= PAGE as usize;
    found.truncate(PAGE as usize);
    let next = found.last().filter(|_| !is_last);
    let next = next.map(|last| format!("/setter?after={}", words::query(last.id.as_str())));
    Ok(show(&SetterPage {
        title: if sees_all { "All problems" } else { "My problems" },
        rows: found
            .into_iter()
            .map(|problem| Row {
                updated: words::moment(problem.updated_at),
                updated_exactly: problem.updated_at.to_string(),
                id: problem.id,
                name: problem.name,
                owner: problem.owner,
                is_hidden: problem.is_hidden,
                test_cases: problem.test_cases,
            })
            .collect(),
        sees_all,
        next,
        visitor,
    }))
}

/// Who sets problems.
pub(crate) fn setter(visitor: &Visitor) -> Result<&UserId> {
    let user = visitor.principal.user().ok_or_else(|| {
        Refused(Refusal::new(
            RefusalKind::Unauthenticated,
            "Sign in to set problems.",
        ))
    })?;
    if visitor.principal.may_create_problems() {
        return Ok(user);
    }
    Err(Refused(Refusal::new(
        RefusalKind::Forbidden,
        "Only setters and administrators set problems. An administrator can make you one.",
    )))
}

/// The id of a problem in a path, for a setter.
pub(crate) fn named(visitor: &Visitor, id: &str) -> Result<ProblemId> {
    setter(visitor)?;
    id.parse()
        .map_err(|_| Refused::not_found("problem of this name that you may see"))
}

/// What is wrong, a line each.
pub(crate) fn lines(refusal: Refusal) -> Vec<(String, String)> {
    if refusal.errors.is_empty() {
        return vec![(String::new(), refusal.detail)];
    }
    let errors = refusal.errors.into_iter();
    errors
        .map(|error| {
            (
                error.pointer.trim_start_matches(['/', '?']).to_owned(),
                error.detail,
            )
        })
        .collect()
}
