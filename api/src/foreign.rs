//! Whether a request was caused by a page of this site: cookies travel with what foreign pages send, too.

use axum::http::HeaderMap;
use axum::http::header::{HOST, HeaderName, ORIGIN, REFERER};
use axum::http::uri::Uri;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Whether the headers say that a page of this site sent it. Browsers say where a request comes from in `Sec-Fetch-Site`,
/// older ones in `Origin`, plain ones at least in `Referer`.
pub fn is_own(headers: &HeaderMap) -> bool {
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
    use axum::http::HeaderValue;

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
