//! JSON bodies: bounded, of the right content type, and objects.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use bytes::{Bytes, BytesMut};
use domain::RefusalKind;
use futures_util::StreamExt as _;
use serde_json::Value;

use crate::app::App;
use crate::failure::{Failure, Result, shorten};
use crate::fields::{Fields, kind_of};

/// How long a body may pause.
pub(crate) const PAUSE: Duration = Duration::from_secs(30);

/// How long a body that is not a package may take.
const WHOLE: Duration = Duration::from_mins(1);

/// A JSON object, and the bytes that it came in.
#[derive(Debug)]
pub(crate) struct JsonBody {
    pub(crate) fields: Fields,
    pub(crate) bytes: Bytes,
}

impl FromRequest<App> for JsonBody {
    type Rejection = Failure;

    async fn from_request(request: Request, app: &App) -> Result<Self> {
        let (parts, body) = request.into_parts();
        refuse_encoding(&parts.headers)?;
        let media = media_type(&parts.headers);
        if media.as_deref() != Some("application/json") {
            return Err(unsupported(media.as_deref(), "application/json"));
        }
        refuse_announced(&parts.headers, app.config.body_bytes as u64)?;
        let bytes = tokio::time::timeout(WHOLE, read(body, app.config.body_bytes))
            .await
            .unwrap_or_else(|_| Err(too_slow()))?;
        let fields = parse(&bytes)?;
        Ok(Self { fields, bytes })
    }
}

/// The content type without its parameters, in lower case.
pub(crate) fn media_type(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let media = text.split(';').next().unwrap_or(text);
    Some(media.trim().to_ascii_lowercase())
}

/// The refusal of a content type.
pub(crate) fn unsupported(found: Option<&str>, wanted: &str) -> Failure {
    let found = found.map_or_else(
        || "has no Content-Type".to_owned(),
        |media| format!("has the Content-Type {:?}", shorten(media)),
    );
    Failure::new(
        RefusalKind::UnsupportedMediaType,
        format!("the body {found}; send {wanted}"),
    )
}

/// Refuses a body that is compressed.
pub(crate) fn refuse_encoding(headers: &HeaderMap) -> Result<()> {
    if headers
        .get(CONTENT_ENCODING)
        .is_none_or(|value| value == "identity")
    {
        return Ok(());
    }
    Err(Failure::new(
        RefusalKind::UnsupportedMediaType,
        "the body has a Content-Encoding; send it as it is",
    ))
}

/// Refuses a body that says itself that it is too large, before it is sent.
pub(crate) fn refuse_announced(headers: &HeaderMap, max: u64) -> Result<()> {
    let announced = headers
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.parse::<u64>().ok());
    match announced {
        Some(length) if length > max => Err(too_large(max)),
        _ => Ok(()),
    }
}

pub(crate) fn too_large(max: u64) -> Failure {
    Failure::new(
        RefusalKind::TooLarge,
        format!("the body is larger than the limit of {max} bytes"),
    )
}

pub(crate) fn too_slow() -> Failure {
    Failure::new(RefusalKind::TooSlow, "the body took too long to arrive")
}

pub(crate) fn broken_off() -> Failure {
    Failure::new(RefusalKind::Malformed, "the body broke off")
}

async fn read(body: Body, max: usize) -> Result<Bytes> {
    let mut stream = body.into_data_stream();
    let mut bytes = BytesMut::new();
    loop {
        let chunk = tokio::time::timeout(PAUSE, stream.next())
            .await
            .map_err(|_| too_slow())?;
        match chunk {
            None => return Ok(bytes.freeze()),
            Some(Err(_)) => return Err(broken_off()),
            Some(Ok(chunk)) if bytes.len() + chunk.len() > max => return Err(too_large(max as u64)),
            Some(Ok(chunk)) => bytes.extend_from_slice(&chunk),
        }
    }
}

fn parse(bytes: &[u8]) -> Result<Fields> {
    if bytes.trim_ascii().is_empty() {
        return Err(Failure::new(
            RefusalKind::Malformed,
            "the body is empty; send a JSON object",
        ));
    }
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(map)) => Ok(Fields::new(map)),
        Ok(other) => Err(Failure::new(
            RefusalKind::Invalid,
            format!("the body must be a JSON object, not {}", kind_of(&other)),
        )),
        Err(error) => Err(Failure::new(
            RefusalKind::Malformed,
            format!("the body is not valid JSON: {error}"),
        )),
    }
}
