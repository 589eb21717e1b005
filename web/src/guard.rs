//! What surrounds every page: the headers that a browser obeys, and the refusal of what foreign pages send.

use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use domain::{Refusal, RefusalKind};

use crate::visitor::Refused;

/// Nothing but what is ours: no inline script or style, no other origin, no frame but for statements in PDF.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; font-src 'self'; \
                      connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// For files of packages: shown in our own frames, and nothing in them runs.
const FILE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'self'";

/// The same without the sandbox, in which browsers show no PDF.
const PDF_POLICY: &str = "default-src 'none'; object-src 'self'; frame-ancestors 'self'";

/// Which headers a response gets besides those of every page; an extension of the response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A file of a package.
    File,
    /// A statement in PDF.
    Pdf,
}

/// Adds the headers.
pub(crate) async fn headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let kind = response.extensions().get::<Kind>().copied();
    let (policy, frame) = match kind {
        None => (POLICY, "DENY"),
        Some(Kind::File) => (FILE_POLICY, "SAMEORIGIN"),
        Some(Kind::Pdf) => (PDF_POLICY, "SAMEORIGIN"),
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (CONTENT_SECURITY_POLICY, policy),
        (X_FRAME_OPTIONS, frame),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "same-origin"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("permissions-policy"),
            "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
        headers.append(VARY, HeaderValue::from_static("cookie"));
    }
    response
}

/// Refuses what changes something and was not sent by a page of ours: cookies travel with it all the same.
pub(crate) async fn refuse_foreign(request: Request, next: Next) -> Response {
    if request.method().is_safe() || api::is_own(request.headers()) {
        return next.run(request).await;
    }
    Refused(Refusal::new(
        RefusalKind::Forbidden,
        "this form was not sent by a page of this site; open the page again and send it from there (programs use \
         /api/v1 with a token)",
    ))
    .into_response()
}
