//! A problem for whom it belongs to: its package, its versions, and what can be done with it.

use api::Routing;
use askama::Template;
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::{ProblemId, ProblemRecord, Refusal, Verdict};
use store::{RejudgeState, VersionRecord};

use super::rejudge::RejudgeForm;
use super::routing::RoutingForm;
use super::verification::{Mark, Nothing, headline};
use super::{lines, named};
use crate::form::{self, Named};
use crate::guard::Kind;
use crate::site::Site;
use crate::visitor::{Result, Visitor, show};
use crate::words;

/// Versions shown.
const VERSIONS: u32 = 100;

/// Verifications and rejudges shown.
const NEWEST: u32 = 5;

/// A version in the list.
#[derive(Debug)]
struct Version {
    number: u32,
    package: String,
    /// The beginning of it, which tells versions apart.
    short: String,
    by: String,
    message: String,
    size: String,
    when: String,
    when_exactly: String,
    is_current: bool,
}

/// A verification or a rejudge in a list.
#[derive(Debug)]
struct Past {
    path: String,
    mark: Mark,
    words: String,
    version: u32,
    when: String,
    when_exactly: String,
}

#[derive(Template)]
#[template(path = "setter-problem.html")]
struct ProblemPage {
    visitor: Visitor,
    title: String,
    problem: ProblemRecord,
    facts: Vec<(&'static str, String)>,
    warnings: Vec<domain::FieldError>,
    current: u32,
    versions: Vec<Version>,
    verifications: Vec<Past>,
    rejudges: Vec<Past>,
    verdicts: Vec<(&'static str, &'static str)>,
    languages: Vec<(String, String)>,
    form: RejudgeForm,
    errors: Vec<(String, String)>,
    /// Where submissions go, and what is in the form that changes it; for administrators.
    routing: Option<(Routing, RoutingForm)>,
    routing_errors: Vec<(String, String)>,
}

/// A form of the page that was refused, and why.
pub(super) enum RefusedForm {
    Rejudge(RejudgeForm, Refusal),
    Routing(RoutingForm, Refusal),
}

pub(crate) async fn page(
    State(site): State<Site>,
    visitor: Visitor,
    Named(id): Named<String>,
) -> Result<Response> {
    let id = named(&visitor, &id)?;
    render(&site, visitor, &id, None).await
}

/// The page, with what was wrong in a form of it.
pub(super) async fn render(
    site: &Site,
    visitor: Visitor,
    id: &ProblemId,
    refused: Option<RefusedForm>,
) -> Result<Response> {
    let principal = &visitor.principal;
    let problem = site.desk.own_problem(principal, id).await?;
    let versions = site.desk.versions(principal, id, None, VERSIONS).await?;
    let current = versions.iter().find(|version| version.is_current);
    let languages = site.desk.languages().await?;
    let is_refused = refused.is_some();
    let mut routing = None;
    if principal.may_administer() {
        let now = site.desk.routing(principal, id).await?;
        let form = RoutingForm::of(&now);
        routing = Some((now, form));
    }
    let (mut form, mut errors, mut routing_errors) = (RejudgeForm::default(), Vec::new(), Vec::new());
    match refused {
        None => {}
        Some(RefusedForm::Rejudge(written, refusal)) => (form, errors) = (written, lines(refusal)),
        Some(RefusedForm::Routing(written, refusal)) => {
            routing = routing.map(|(now, _)| (now, written));
            routing_errors = lines(refusal);
        }
    }
    let page = ProblemPage {
        title: problem.name.clone(),
        facts: facts(&problem),
        warnings: current
            .map(|version| version.warnings.clone())
            .unwrap_or_default(),
        current: current.map_or(1, |version| version.number),
        verifications: verifications(site, &visitor, id).await?,
        rejudges: rejudges(site, &visitor, id).await?,
        versions: versions.into_iter().map(line).collect(),
        verdicts: Verdict::ALL
            .map(|verdict| (verdict.id(), verdict.name()))
            .to_vec(),
        languages: languages
            .into_iter()
            .map(|language| (language.id.to_string(), language.name))
            .collect(),
        form,
        errors,
        routing,
        routing_errors,
        problem,
        visitor,
    };
    let shown = show(&page);
    Ok(if is_refused {
        (StatusCode::UNPROCESSABLE_ENTITY, shown).into_response()
    } else {
        shown
    })
}

pub(crate) async fn publish(
    State(site): State<Site>,
    visitor: Visitor,
    Named(id): Named<String>,
    request: Request,
) -> Result<Response> {
    set_hidden(&site, &visitor, &id, false, request).await
}

pub(crate) async fn hide(
    State(site): State<Site>,
    visitor: Visitor,
    Named(id): Named<String>,
    request: Request,
) -> Result<Response> {
    set_hidden(&site, &visitor, &id, true, request).await
}

async fn set_hidden(
    site: &Site,
    visitor: &Visitor,
    id: &str,
    is_hidden: bool,
    request: Request,
) -> Result<Response> {
    let id = named(visitor, id)?;
    let Nothing {} = form::read(request).await?;
    site.desk.set_hidden(&visitor.principal, &id, is_hidden).await?;
    Ok(back(&id))
}

pub(crate) async fn restore(
    State(site): State<Site>,
    visitor: Visitor,
    Named((id, number)): Named<(String, u32)>,
    request: Request,
) -> Result<Response> {
    let id = named(&visitor, &id)?;
    let Nothing {} = form::read(request).await?;
    site.desk.restore_version(&visitor.principal, &id, number).await?;
    Ok(back(&id))
}

/// The zip of a version, to be saved.
pub(crate) async fn package(
    State(site): State<Site>,
    visitor: Visitor,
    Named((id, number)): Named<(String, u32)>,
) -> Result<Response> {
    let id = named(&visitor, &id)?;
    let (body, size) = site.desk.package(&visitor.principal, &id, number).await?;
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/zip"));
    headers.insert(CONTENT_LENGTH, size.into());
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    // Ids have only letters, digits, '_', '.' and '-'.
    let disposition = HeaderValue::try_from(format!("attachment; filename=\"{id}-{number}.zip\""));
    headers.insert(
        CONTENT_DISPOSITION,
        disposition.unwrap_or(HeaderValue::from_static("attachment")),
    );
    response.extensions_mut().insert(Kind::File);
    Ok(response)
}

pub(super) fn back(id: &ProblemId) -> Response {
    Redirect::to(&format!("/setter/problems/{id}")).into_response()
}

/// What the current package says.
fn facts(problem: &ProblemRecord) -> Vec<(&'static str, String)> {
    let languages = problem.languages.as_ref().map_or_else(
        || "all".to_owned(),
        |languages| {
            let ids: Vec<&str> = languages.iter().map(domain::LanguageId::as_str).collect();
            ids.join(", ")
        },
    );
    let mut facts = vec![
        ("Time", words::limit(problem.limits.cpu_us)),
        ("Memory", words::size(problem.limits.memory_bytes)),
        ("Output", words::size(problem.limits.output_bytes)),
        ("Source", words::size(problem.code_bytes)),
        ("Test cases", problem.test_cases.to_string()),
        ("Languages", languages),
    ];
    if let Some(most) = problem.max_score {
        facts.push(("Points", most.to_string()));
    }
    facts
}

fn line(version: VersionRecord) -> Version {
    let package = version.package.to_string();
    Version {
        number: version.number,
        short: package[..12].to_owned(),
        package,
        by: version.by.to_string(),
        message: version.message,
        size: words::size(version.size),
        when: words::moment(version.created_at),
        when_exactly: version.created_at.to_string(),
        is_current: version.is_current,
    }
}

async fn verifications(site: &Site, visitor: &Visitor, id: &ProblemId) -> Result<Vec<Past>> {
    let records = site.desk.verifications(&visitor.principal, id, NEWEST).await?;
    let mut past = Vec::with_capacity(records.len());
    for record in records {
        let found = site.desk.verification(&visitor.principal, id, record.id).await?;
        let (mark, words) = headline(&found);
        past.push(Past {
            path: format!("/setter/problems/{id}/verifications/{}", record.id),
            mark,
            words,
            version: record.version,
            when: words::moment(record.created_at),
            when_exactly: record.created_at.to_string(),
        });
    }
    Ok(past)
}

async fn rejudges(site: &Site, visitor: &Visitor, id: &ProblemId) -> Result<Vec<Past>> {
    let records = site.desk.rejudges(&visitor.principal, id, NEWEST).await?;
    let mut past = Vec::with_capacity(records.len());
    for record in records {
        let found = site.desk.rejudge_of(&visitor.principal, id, record.id).await?;
        let (mark, words) = match record.state {
            RejudgeState::Open if found.is_done() => (Mark::PENDING, "to be decided".to_owned()),
            RejudgeState::Open => (Mark::PENDING, "being judged".to_owned()),
            RejudgeState::Applied => (Mark::OK, format!("applied, {} changed", found.changes())),
            RejudgeState::Discarded => (Mark::BAD, "discarded".to_owned()),
        };
        past.push(Past {
            path: format!("/setter/problems/{id}/rejudges/{}", record.id),
            mark,
            words,
            version: record.version,
            when: words::moment(record.created_at),
            when_exactly: record.created_at.to_string(),
        });
    }
    Ok(past)
}
