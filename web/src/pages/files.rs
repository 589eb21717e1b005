//! Files of packages: pictures of statements, statements in PDF, attachments.

use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use problems::{Shown, StatementFormat};
use serde::Deserialize;
use tokio_util::io::ReaderStream;

use super::problem::find;
use crate::assets::content_type;
use crate::booklet::Booklet;
use crate::form::{Asked, Named};
use crate::guard::Kind;
use crate::site::Site;
use crate::visitor::{Refused, Result, Visitor};

#[derive(Debug, Deserialize)]
pub(crate) struct Wanted {
    lang: Option<String>,
}

/// A picture of the statement.
pub(crate) async fn picture(
    State(site): State<Site>,
    visitor: Visitor,
    Named((id, name)): Named<(String, String)>,
) -> Result<Response> {
    send(
        &site,
        &visitor,
        &id,
        &name,
        |booklet| &booklet.shown.pictures,
        false,
    )
    .await
}

/// An attachment, to be saved.
pub(crate) async fn attachment(
    State(site): State<Site>,
    visitor: Visitor,
    Named((id, name)): Named<(String, String)>,
) -> Result<Response> {
    send(
        &site,
        &visitor,
        &id,
        &name,
        |booklet| &booklet.shown.attachments,
        true,
    )
    .await
}

/// The statement in PDF.
pub(crate) async fn statement(
    State(site): State<Site>,
    visitor: Visitor,
    Named(id): Named<String>,
    Asked(asked): Asked<Wanted>,
) -> Result<Response> {
    let problem = find(&site, &visitor, &id).await?;
    let booklet = site.booklets.get(&problem).await.ok_or_else(missing)?;
    let statement = booklet
        .language(asked.lang.as_deref())
        .filter(|statement| statement.format == StatementFormat::Pdf)
        .ok_or_else(missing)?;
    let mut response = stream(&statement.path, "application/pdf").await?;
    response.extensions_mut().insert(Kind::Pdf);
    Ok(response)
}

async fn send(
    site: &Site,
    visitor: &Visitor,
    id: &str,
    name: &str,
    of: fn(&Booklet) -> &Vec<Shown>,
    is_saved: bool,
) -> Result<Response> {
    let problem = find(site, visitor, id).await?;
    let booklet = site.booklets.get(&problem).await.ok_or_else(missing)?;
    let file = of(&booklet)
        .iter()
        .find(|file| file.name == name)
        .ok_or_else(missing)?;
    // What is saved is never shown, so its type says nothing.
    let kind = if is_saved {
        "application/octet-stream"
    } else {
        content_type(name)
    };
    let mut response = stream(&file.path, kind).await?;
    if is_saved {
        // Names of packages have only letters, digits, '_', '.' and '-'.
        let disposition = HeaderValue::try_from(format!("attachment; filename=\"{name}\""));
        let disposition = disposition.unwrap_or(HeaderValue::from_static("attachment"));
        response.headers_mut().insert(CONTENT_DISPOSITION, disposition);
    }
    response.extensions_mut().insert(Kind::File);
    Ok(response)
}

async fn stream(path: &std::path::Path, kind: &'static str) -> Result<Response> {
    let file = tokio::fs::File::open(path).await.map_err(|error| {
        tracing::warn!(path = %path.display(), %error, "a file of a package cannot be sent");
        missing()
    })?;
    let length = file.metadata().await.map(|metadata| metadata.len()).ok();
    let mut response = Body::from_stream(ReaderStream::new(file)).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, max-age=300"));
    if let Some(length) = length {
        headers.insert(CONTENT_LENGTH, length.into());
    }
    Ok(response)
}

fn missing() -> Refused {
    Refused::not_found("file of this name")
}
