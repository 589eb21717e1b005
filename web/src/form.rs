//! Forms: read whole, bounded in size and in time.

use std::time::Duration;

use axum::extract::multipart::MultipartError;
use axum::extract::{Form, FromRequest as _, Multipart, Request};
use axum::extract::{FromRequestParts, Path, Query};
use axum::http::request::Parts;
use domain::{Refusal, RefusalKind, SourceFile};
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use crate::visitor::{Refused, Result};

/// How long a form may take to arrive.
const WHOLE: Duration = Duration::from_mins(1);

/// Files of one form at most.
const MOST_FILES: usize = 100;

/// What a path names. What cannot be read names nothing.
#[derive(Debug)]
pub(crate) struct Named<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Named<T> {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        match Path::<T>::from_request_parts(parts, state).await {
            Ok(Path(named)) => Ok(Self(named)),
            Err(_) => Err(Refused::not_found("page of this name")),
        }
    }
}

/// What a query asks for.
#[derive(Debug)]
pub(crate) struct Asked<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        match Query::<T>::from_request_parts(parts, state).await {
            Ok(Query(asked)) => Ok(Self(asked)),
            Err(error) => Err(malformed(&error.body_text())),
        }
    }
}

/// What a form of files has: its texts by name, and its files.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    texts: Vec<(String, String)>,
    pub(crate) files: Vec<SourceFile>,
}

impl Fields {
    /// Takes a text; empty where the form has none of that name.
    pub(crate) fn take(&mut self, name: &str) -> String {
        let at = self.texts.iter().position(|(known, _)| known == name);
        at.map(|at| self.texts.swap_remove(at).1).unwrap_or_default()
    }
}

/// Reads a form without files.
pub(crate) async fn read<T: DeserializeOwned>(request: Request) -> Result<T> {
    let form = timeout(WHOLE, Form::<T>::from_request(request, &())).await;
    match form {
        Ok(Ok(Form(form))) => Ok(form),
        Ok(Err(error)) => Err(malformed(&error.body_text())),
        Err(_) => Err(too_slow()),
    }
}

/// Reads a form with files of text, of `max` bytes together at most.
pub(crate) async fn read_with_files(request: Request, max: usize) -> Result<Fields> {
    timeout(WHOLE, receive(request, max))
        .await
        .unwrap_or_else(|_| Err(too_slow()))
}

async fn receive(request: Request, max: usize) -> Result<Fields> {
    let mut form = Multipart::from_request(request, &())
        .await
        .map_err(|error| malformed(&error.body_text()))?;
    let mut fields = Fields::default();
    let mut left = max;
    while let Some(mut field) = form.next_field().await.map_err(broken)? {
        let name = field.name().unwrap_or_default().to_owned();
        let file = field.file_name().map(str::to_owned);
        let mut bytes = Vec::new();
        while let Some(chunk) = field.chunk().await.map_err(broken)? {
            left = left.checked_sub(chunk.len()).ok_or_else(|| too_large(max))?;
            bytes.extend_from_slice(&chunk);
        }
        if fields.files.len() + fields.texts.len() >= MOST_FILES {
            return Err(malformed("it has too many parts"));
        }
        let what = file.as_deref().filter(|file| !file.is_empty()).unwrap_or(&name);
        let text = String::from_utf8(bytes).map_err(|_| {
            Refused(Refusal::field(
                what,
                "is not text in UTF-8: is it a compiled program?",
            ))
        })?;
        match file {
            // A browser sends an empty file where none was chosen.
            Some(file) if file.is_empty() && text.is_empty() => {}
            Some(file) => fields.files.push(SourceFile {
                name: base_name(&file),
                content: text,
            }),
            // Browsers send texts with the line ends of the network.
            None => fields.texts.push((name, text.replace("\r\n", "\n"))),
        }
    }
    Ok(fields)
}

/// The name without directories, which some browsers send.
fn base_name(file: &str) -> String {
    file.rsplit(['/', '\\']).next().unwrap_or(file).to_owned()
}

fn malformed(what: &str) -> Refused {
    let what: String = what.chars().take(200).collect();
    Refused(Refusal::new(
        RefusalKind::Malformed,
        format!("The request cannot be read: {what}"),
    ))
}

fn broken(error: MultipartError) -> Refused {
    malformed(&error.body_text())
}

fn too_slow() -> Refused {
    Refused(Refusal::new(
        RefusalKind::TooSlow,
        "The form took too long to arrive.",
    ))
}

fn too_large(max: usize) -> Refused {
    Refused(Refusal::new(
        RefusalKind::TooLarge,
        format!("The form is larger than {max} bytes."),
    ))
}
