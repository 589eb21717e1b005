//! The form to submit a program, or to try it.

use api::{NewSource, NewSubmission};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::{ProblemRecord, Refusal, RefusalKind, UserId};

use super::problem::{Editor, LANGUAGE, choices, find, render};
use crate::form::{self, Fields, Named};
use crate::site::Site;
use crate::visitor::{NAME, Refused, Result, Visitor, remember};

/// What is done with the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Aim {
    Submit,
    Try,
}

pub(crate) async fn send(
    State(site): State<Site>,
    visitor: Visitor,
    Named(id): Named<String>,
    request: Request,
) -> Result<Response> {
    take(&site, &visitor, &id, request, Aim::Submit).await
}

/// Runs the program on the form's input, or on the samples where that is empty.
pub(crate) async fn try_out(
    State(site): State<Site>,
    visitor: Visitor,
    Named(id): Named<String>,
    request: Request,
) -> Result<Response> {
    take(&site, &visitor, &id, request, Aim::Try).await
}

async fn take(site: &Site, visitor: &Visitor, id: &str, request: Request, aim: Aim) -> Result<Response> {
    if !visitor.may_submit() {
        return Err(Refused(Refusal::new(
            RefusalKind::Unauthenticated,
            "Sign in to submit a program.",
        )));
    }
    // Before anything is said about the form: a page that was opened before has one.
    if !visitor.finds_open() {
        return Err(Refused(Refusal::new(
            RefusalKind::Closed,
            "Nothing is taken at present: submissions are closed.",
        )));
    }
    let problem = find(site, visitor, id).await?;
    let mut fields = form::read_with_files(request, site.desk.body_bytes()).await?;
    let language = fields.take("language");
    let name = fields.take("name");
    let input = fields.take("input");
    let mut source = fields.take("source");
    if let Some(file) = fields.files.first() {
        // What is sent is the file; so it is what is shown again.
        source.clone_from(&file.content);
    }
    let form = Editor {
        name: name.clone(),
        source: source.clone(),
        input,
        ..Editor::default()
    };
    let new = match read(site, visitor, &problem, &language, &name, &source, fields).await? {
        Ok(new) => new,
        Err(error) => return again(site, visitor, problem, language, form, vec![error]).await,
    };
    let user = new.user.clone();
    let chosen = new.language.clone();
    let principal = visitor.principal.clone();
    let (taken, place) = match aim {
        Aim::Submit => (site.desk.submit(principal, new).await, "submissions"),
        Aim::Try => {
            let input = Some(form.input.clone()).filter(|input| !input.trim().is_empty());
            (site.desk.try_out(principal, new, input).await, "trials")
        }
    };
    match taken {
        Ok(view) => {
            let mut response = Redirect::to(&format!("/{place}/{}", view.id)).into_response();
            remember(&mut response, LANGUAGE, &chosen);
            if let Some(user) = user {
                remember(&mut response, NAME, user.as_str());
            }
            Ok(response)
        }
        Err(refusal) if refusal.kind == RefusalKind::Invalid => {
            let errors = refusal.errors.into_iter();
            let errors =
                errors.map(|error| format!("{}: {}", error.pointer.trim_start_matches('/'), error.detail));
            again(site, visitor, problem, language, form, errors.collect()).await
        }
        Err(refusal) => Err(refusal.into()),
    }
}

/// What the form asks for, or what is wrong with it.
async fn read(
    site: &Site,
    visitor: &Visitor,
    problem: &ProblemRecord,
    language: &str,
    name: &str,
    source: &str,
    fields: Fields,
) -> Result<std::result::Result<NewSubmission, String>> {
    let user: Option<UserId> = match name.trim() {
        name if visitor.is_open() && !name.is_empty() => match name.parse() {
            Ok(user) => Some(user),
            Err(error) => return Ok(Err(format!("Your name {error}."))),
        },
        _ => None,
    };
    let mut language = language.to_owned();
    if language.is_empty() {
        // By the ending of the file.
        let languages = site.desk.languages().await?;
        let known = fields.files.first().and_then(|file| {
            languages
                .iter()
                .find(|language| language.unavailable.is_none() && language.is_ending_of(&file.name))
        });
        match known {
            Some(known) => known.id.as_str().clone_into(&mut language),
            None => {
                return Ok(Err(
                    "Choose the language that the program is written in.".to_owned()
                ));
            }
        }
    }
    Ok(Ok(NewSubmission {
        user,
        problem: problem.id.to_string(),
        language,
        source: if fields.files.is_empty() {
            NewSource::Text(source.to_owned())
        } else {
            NewSource::Files(fields.files)
        },
    }))
}

/// The page again, with what was sent and what is wrong with it.
async fn again(
    site: &Site,
    visitor: &Visitor,
    problem: ProblemRecord,
    language: String,
    form: Editor,
    errors: Vec<String>,
) -> Result<Response> {
    let editor = Editor {
        languages: choices(site, &problem, &language).await?,
        errors,
        ..form
    };
    let page = render(site, visitor, problem, None, editor).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}
