//! What surrounds every page: the headers that a browser obeys, and the refusal of what foreign pages send.

use axum::extract::Request;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, HeaderName, ORIGIN, REFERER, REFERRER_POLICY, VARY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::uri::Uri;
use axum::http::{HeaderMap, HeaderValue};
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
const PDF_POLICY: &str =
    "default-src 'none'; object-src 'self'; plugin-types application/pdf; frame-ancestors 'self'";

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

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
///
/// Browsers say where a request comes from in `Sec-Fetch-Site`, older ones in `Origin`, plain ones at least in `Referer`.
pub(crate) async fn refuse_foreign(request: Request, next: Next) -> Response {
    if request.method().is_safe() || is_own(request.headers()) {
        return next.run(request).await;
    }
    Refused(Refusal::new(
        RefusalKind::Forbidden,
        "this form was not sent by a page of this site; open the page again and send it from there (programs use \
         /api/v1 with a token)",
    ))
    .into_response()
}

fn is_own(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or(""));
    match (text(SEC_FETCH_SITE), text(ORIGIN), text(REFERER)) {
        (Some(site), _, _) => site == "same-origin",
        (None, Some(from), _) | (None, None, Some(from)) => {
            let from = from.parse::<Uri>().ok();
            let from = from.as_ref().and_then(Uri::authority);
            let host = text(HOST).filter(|host| !host.is_empty());
            from.is_some_and(|from| host.is_some_and(|host| host.eq_ignore_ascii_case(from.as_str())))
        }
        (None, None, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(headers: &[(&str, &str)], expected: bool) {
        let mut map = HeaderMap::new();
        map.insert(HOST, HeaderValue::from_static("judge.example:8080"));
        for (name, value) in headers {
            let name: HeaderName = name.parse().unwrap();
            map.insert(name, value.parse().unwrap());
        }
        assert_eq!(is_own(&map), expected, "{headers:?}");
    }

    #[test]
    fn only_pages_of_this_site_send_forms() {
        check(&[("sec-fetch-site", "same-origin")], true);
        for site in ["cross-site", "same-site", "none", ""] {
            check(
                &[("sec-fetch-site", site), ("origin", "http://judge.example:8080")],
                false,
            );
        }
        check(&[("origin", "http://judge.example:8080")], true);
        check(&[("origin", "https://JUDGE.example:8080")], true);
        for origin in [
            "null",
            "http://judge.example",
            "http://evil.example",
            "judge.example:8080/",
            "",
        ] {
            check(
                &[("origin", origin), ("referer", "http://judge.example:8080/x")],
                false,
            );
        }
        check(&[("referer", "http://judge.example:8080/problems/a?b")], true);
        check(&[("referer", "http://evil.example/?judge.example:8080")], false);
        check(&[], false);
    }
}
