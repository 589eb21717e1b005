//! Everything that can go wrong, as `application/problem+json`.
//!
//! A handler fails with a [`Failure`]; its response carries the refusal as an extension and no body. [`render`], around
//! all routes, writes the body, because only there the request's id is known.
//!
//! No request fails because of the bus: what it does is a hint.

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::{FieldError, Refusal, RefusalKind};
use store::StoreError;

use crate::layers::RequestId;

pub(crate) const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
pub(crate) const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// The things told at most about one request: a client that is wrong a thousand times is told enough by these.
const MAX_ERRORS: usize = 50;

/// What a handler fails with.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) refusal: Refusal,
    /// How many there may be at once, where it is refused as one too many.
    limit: Option<u32>,
}

/// Result of a handler.
pub(crate) type Result<T> = std::result::Result<T, Failure>;

/// A refusal on its way out.
#[derive(Debug, Clone)]
struct Told(Refusal);

impl Failure {
    /// A refusal in one sentence.
    pub(crate) fn new(kind: RefusalKind, detail: impl Into<String>) -> Self {
        Refusal::new(kind, detail).into()
    }

    /// One more than the `limit` that may wait at once.
    pub(crate) fn too_many(limit: u32) -> Self {
        let refusal = Refusal::new(
            RefusalKind::TooMany,
            format!(
                "{limit} submissions of this user wait already, and no more may; submit again when one of them is judged"
            ),
        );
        Self {
            refusal,
            limit: Some(limit),
        }
    }

    /// There is no such thing, or none that the asker may see: the two must not be told apart.
    pub(crate) fn not_found(kind: &str, name: impl std::fmt::Display) -> Self {
        Self::new(
            RefusalKind::NotFound,
            format!(
                "there is no {kind} {:?} that you may see",
                shorten(&name.to_string())
            ),
        )
    }

    /// A fault of ours while doing `operation`; logged here, not told.
    pub(crate) fn internal(operation: &'static str, error: &dyn std::fmt::Display) -> Self {
        tracing::error!(operation, %error, "a request failed");
        Self::new(
            RefusalKind::Internal,
            "something went wrong on our side; the log of the server has it under the request's id",
        )
    }
}

/// Cuts what a client sent to a length that can be told back.
pub(crate) fn shorten(text: &str) -> String {
    const MAX: usize = 64;
    match text.char_indices().nth(MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, limit: None }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match &error {
            StoreError::Unavailable(_) => {
                tracing::error!(%error, "a request failed");
                Self::new(
                    RefusalKind::Unavailable,
                    "the database does not answer; try again in a moment",
                )
            }
            StoreError::NoRoom { .. } => {
                tracing::error!(%error, "a request failed");
                Self::new(
                    RefusalKind::Unavailable,
                    "there is no room for packages: a disk of the server is full",
                )
            }
            StoreError::Failed { operation, reason } => Self::internal(operation, reason),
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut refusal = self.refusal;
        if refusal.errors.len() > MAX_ERRORS {
            let more = refusal.errors.len() - MAX_ERRORS;
            refusal.errors.truncate(MAX_ERRORS);
            refusal = Refusal::invalid(refusal.errors);
            refusal.errors.push(FieldError {
                pointer: String::new(),
                detail: format!("and {more} more"),
            });
        }
        let status = StatusCode::from_u16(refusal.kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        let headers = response.headers_mut();
        match refusal.kind {
            RefusalKind::Unauthenticated => {
                headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            RefusalKind::Unavailable | RefusalKind::TooMany => {
                headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
            }
            _ => {}
        }
        if let Some(limit) = self.limit {
            // Of the draft of the IETF: a quota of so many, of which none is left for a second.
            let headers = response.headers_mut();
            for (name, value) in [
                (RATE_LIMIT_POLICY, format!("\"waiting\";q={limit}")),
                (RATE_LIMIT, "\"waiting\";r=0;t=1".to_owned()),
            ] {
                if let Ok(value) = HeaderValue::from_str(&value) {
                    headers.insert(name, value);
                }
            }
        }
        response.extensions_mut().insert(Told(refusal));
        response
    }
}

/// Writes the body of every refusal.
pub(crate) async fn render(request: Request, next: Next, id: &RequestId) -> Response {
    // A client of the tutorial's protocol shows `message` or `error`.
    let is_tutorial = request.uri().path() == crate::endpoints::TUTORIAL_PATH;
    let mut response = next.run(request).await;
    let Some(Told(refusal)) = response.extensions_mut().remove() else {
        return response;
    };
    let mut body = refusal.to_json(Some(id.as_str()));
    if is_tutorial {
        body["message"] = refusal.detail.as_str().into();
        body["error"] = refusal.detail.as_str().into();
    }
    let headers = response.headers_mut();
    headers.remove(CONTENT_LENGTH); // of the body that is replaced
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    *response.body_mut() = Body::from(body.to_string());
    response
}
