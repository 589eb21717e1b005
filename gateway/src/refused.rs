//! Refusals as responses: `application/problem+json` (RFC 9457).

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use domain::{Refusal, RefusalKind};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, StatusCode};

/// A refusal on its way to the client.
#[derive(Debug)]
pub(crate) struct Refused {
    refusal: Refusal,
    request_id: Option<String>,
}

impl Refused {
    /// The refusal of the request with these headers.
    pub(crate) fn new(refusal: Refusal, headers: &HeaderMap) -> Self {
        let request_id = headers.get("x-request-id").and_then(|id| id.to_str().ok());
        Self {
            refusal,
            request_id: request_id.map(str::to_owned),
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let body = self.refusal.to_json(self.request_id.as_deref());
        let mut response = Response::new(Body::from(body.to_string()));
        *response.status_mut() =
            StatusCode::from_u16(self.refusal.kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        response.extensions_mut().insert(self.refusal.kind);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        match self.refusal.kind {
            RefusalKind::Unauthenticated => {
                headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            RefusalKind::Unavailable => {
                headers.insert(RETRY_AFTER, HeaderValue::from_static("2"));
            }
            _ => {}
        }
        response
    }
}
