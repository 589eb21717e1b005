//! What surrounds every route: the request's id, the log, CORS, panics, refusals, unknown paths and methods.

use std::any::Any;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::Request;
use axum::http::header::{
    AUTHORIZATION, CONTENT_TYPE, COOKIE, HOST, LINK, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE,
};
use axum::http::{HeaderName, HeaderValue, Method, Uri};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use domain::RefusalKind;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::{AllowOrigin, CorsLayer};
use tower_http::sensitive_headers::SetSensitiveRequestHeadersLayer;
use tracing::{Instrument as _, Span};

use crate::circumstances::Circumstances;
use crate::failure::{Failure, RATE_LIMIT, RATE_LIMIT_POLICY, render, shorten};
use crate::hosts::Hosts;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
pub(crate) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
pub(crate) const IDEMPOTENCY_REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// Names a request in the log and in refusals: the client's `X-Request-Id`, or one of ours.
#[derive(Debug)]
pub(crate) struct RequestId(String);

impl RequestId {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The client's own id, if it is one that a log can hold.
    fn of(request: &Request) -> Option<Self> {
        let text = request.headers().get(X_REQUEST_ID)?.to_str().ok()?;
        let is_sane = (1..=128).contains(&text.len())
            && text
                .bytes()
                .all(|c| c.is_ascii_alphanumeric() || b"-_.:/+=".contains(&c));
        is_sane.then(|| Self(text.into()))
    }
}

/// Puts all of it around the routes and their fallback. The first layer is the outermost. One pile, and what can be plain functions in
/// one of them: a router boxes whatever is put around it, and copies each box for every request.
pub(crate) fn around<S: Clone + Send + Sync + 'static>(routes: Router<S>, hosts: Hosts) -> Router<S> {
    let layers = ServiceBuilder::new()
        .layer(SetSensitiveRequestHeadersLayer::new([AUTHORIZATION, COOKIE]))
        .layer(from_fn(identify))
        .layer(cors(hosts))
        .layer(CatchPanicLayer::custom(panicked));
    routes.method_not_allowed_fallback(unknown_method).layer(layers)
}

/// Serves a request under its id, in a span of the log, and writes its refusal.
async fn identify(request: Request, next: Next) -> Response {
    let id = RequestId::of(&request).unwrap_or_else(|| RequestId(uuid::Uuid::now_v7().to_string()));
    let circumstances = Circumstances::of(&request, id.as_str());
    let span = span(&request, &id);
    let mut response = circumstances
        .around(answer(request, next, &id))
        .instrument(span)
        .await;
    if let Ok(value) = HeaderValue::from_str(id.as_str()) {
        response.headers_mut().insert(X_REQUEST_ID, value);
    }
    response
}

async fn answer(request: Request, next: Next, id: &RequestId) -> Response {
    let begin = Instant::now();
    // A failure is logged where it happens, with its cause.
    let response = render(request, next, id).await;
    let status = response.status().as_u16();
    let latency_us = u64::try_from(begin.elapsed().as_micros()).unwrap_or(u64::MAX);
    tracing::debug!(status, latency_us, "answered");
    response
}

/// The path alone: a query can name people.
fn span(request: &Request, id: &RequestId) -> Span {
    let path = shorten(request.uri().path());
    tracing::info_span!("request", method = %request.method(), path, request_id = id.as_str())
}

/// Who may use the interface from a page of another origin. Tokens travel in headers that only a page which has one
/// can send, and there are no cookies; what is guarded is the open mode, which needs no token.
fn cors(hosts: Hosts) -> CorsLayer {
    let allowed = AllowOrigin::predicate(move |origin, parts| {
        let host = parts.headers.get(HOST).and_then(|host| host.to_str().ok());
        hosts.allows_origin(origin.to_str().unwrap_or_default(), host)
    });
    CorsLayer::new()
        .allow_origin(allowed)
        .allow_methods([
            Method::GET,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
        ])
        .allow_headers([AUTHORIZATION, CONTENT_TYPE, IDEMPOTENCY_KEY, X_REQUEST_ID])
        .expose_headers([
            LINK,
            LOCATION,
            RETRY_AFTER,
            WWW_AUTHENTICATE,
            X_REQUEST_ID,
            IDEMPOTENCY_REPLAYED,
            RATE_LIMIT,
            RATE_LIMIT_POLICY,
        ])
        .max_age(Duration::from_mins(10))
}

fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("a panic without words");
    Failure::internal("serving a request", &text).into_response()
}

pub(crate) async fn unknown_path(uri: Uri) -> Failure {
    not_served(uri.path())
}

pub(crate) fn not_served(path: &str) -> Failure {
    Failure::new(
        RefusalKind::NotFound,
        format!(
            "nothing is served at {:?}; /api/v1/openapi.json lists what is",
            shorten(path)
        ),
    )
}

/// axum adds the header `Allow`.
async fn unknown_method(method: Method, uri: Uri) -> Failure {
    Failure::new(
        RefusalKind::MethodNotAllowed,
        format!(
            "{} does not answer {}; the header Allow names what it answers",
            shorten(uri.path()),
            shorten(method.as_str())
        ),
    )
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::routing::get;
    use tower::ServiceExt as _;

    use super::*;

    #[tokio::test]
    async fn a_panic_is_an_internal_error_without_its_words() {
        async fn burst() {
            panic!("a secret")
        }
        let router = around(Router::new().route("/", get(burst)), Hosts::new(&[]));
        let request = Request::get("/")
            .header("x-request-id", "abc")
            .body(Body::empty())
            .unwrap();
        let response = router.oneshot(request).await.unwrap();
        assert_eq!(response.status(), 500);
        assert_eq!(response.headers()["content-type"], "application/problem+json");
        let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body["request_id"], "abc");
        assert_eq!(body["type"], "urn:gavel:problem:internal");
        assert!(!body.to_string().contains("secret"), "{body}");
    }
}
