//! Uploads: a new problem, or a new version of one.

use api::{Target, Wishes};
use askama::Template;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::{ProblemRecord, Refusal, RefusalKind};

use super::{lines, named, setter};
use crate::form::Named;
use crate::site::Site;
use crate::visitor::{Result, Visitor, show};
use crate::words;

/// Errors that are told at once: nobody reads more.
const MOST_ERRORS: usize = 100;

#[derive(Template)]
#[template(path = "setter-upload.html")]
struct UploadPage {
    visitor: Visitor,
    title: String,
    /// The problem whose new version it is; none for a new problem.
    problem: Option<ProblemRecord>,
    /// What is in the form.
    id: String,
    message: String,
    is_hidden: bool,
    /// Where in the package, and what.
    errors: Vec<(String, String)>,
    more_errors: usize,
    largest: String,
}

pub(crate) async fn page(State(site): State<Site>, visitor: Visitor) -> Result<Response> {
    setter(&visitor)?;
    // Nobody is to see a problem that its setter has not seen verified.
    let wishes = Wishes {
        hidden: Some("true".to_owned()),
        ..Wishes::default()
    };
    Ok(show(&form(&site, visitor, None, wishes, None)))
}

pub(crate) async fn version_page(
    State(site): State<Site>,
    visitor: Visitor,
    Named(id): Named<String>,
) -> Result<Response> {
    let id = named(&visitor, &id)?;
    let problem = site.desk.own_problem(&visitor.principal, &id).await?;
    Ok(show(&form(
        &site,
        visitor,
        Some(problem),
        Wishes::default(),
        None,
    )))
}

pub(crate) async fn create(State(site): State<Site>, visitor: Visitor, request: Request) -> Result<Response> {
    setter(&visitor)?;
    take(&site, visitor, None, request).await
}

pub(crate) async fn replace(
    State(site): State<Site>,
    visitor: Visitor,
    Named(id): Named<String>,
    request: Request,
) -> Result<Response> {
    let id = named(&visitor, &id)?;
    let problem = site.desk.own_problem(&visitor.principal, &id).await?;
    take(&site, visitor, Some(problem), request).await
}

/// Stores the package and verifies it; or shows the form again, with all that is wrong.
async fn take(
    site: &Site,
    visitor: Visitor,
    problem: Option<ProblemRecord>,
    request: Request,
) -> Result<Response> {
    let mut wishes = Wishes::default();
    let target = match &problem {
        Some(problem) => Target::Problem(problem.id.clone()),
        None => Target::New,
    };
    let principal = visitor.principal.clone();
    let refusal = match site.desk.upload(&principal, target, &mut wishes, request).await {
        Ok(stored) => {
            let id = stored.problem.id;
            let verification = site.desk.verify(&principal, &id, None).await?;
            let path = format!("/setter/problems/{id}/verifications/{}", verification.record.id);
            return Ok(Redirect::to(&path).into_response());
        }
        Err(refusal) => refusal,
    };
    match refusal.kind {
        RefusalKind::Invalid | RefusalKind::Conflict | RefusalKind::TooLarge => {}
        _ => return Err(refusal.into()),
    }
    let page = form(site, visitor, problem, wishes, Some(refusal));
    Ok((StatusCode::UNPROCESSABLE_ENTITY, show(&page)).into_response())
}

fn form(
    site: &Site,
    visitor: Visitor,
    problem: Option<ProblemRecord>,
    wishes: Wishes,
    refusal: Option<Refusal>,
) -> UploadPage {
    let mut errors = refusal.map(said).unwrap_or_default();
    let more_errors = errors.len().saturating_sub(MOST_ERRORS);
    errors.truncate(MOST_ERRORS);
    UploadPage {
        title: match &problem {
            Some(problem) => format!("A new version of {}", problem.name),
            None => "Upload a problem".to_owned(),
        },
        visitor,
        problem,
        id: wishes.id.unwrap_or_default(),
        message: wishes.message.unwrap_or_default(),
        is_hidden: wishes.hidden.as_deref() == Some("true"),
        errors,
        more_errors,
        largest: words::size(site.desk.package_bytes()),
    }
}

/// What is wrong, for people who have a page and no parameters.
fn said(refusal: Refusal) -> Vec<(String, String)> {
    if refusal.kind == RefusalKind::Conflict {
        let what = "there is a problem of this id already: take another id, or upload a new version on that problem's page";
        return vec![("id".to_owned(), what.to_owned())];
    }
    lines(refusal)
}
