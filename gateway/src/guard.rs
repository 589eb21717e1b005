//! Which pages of a browser may connect.
//!
//! A browser lets any page open a WebSocket to any server, and says in `Origin` which page it is: pages of another host
//! are refused unless they are allowed, or of this machine: whoever tries a client of their own serves its page on
//! another port of `localhost`. Programs send no `Origin` and pass. There are no cookies that a page could borrow.
//!
//! In open mode nobody needs a token, so that a page may not even reach us under a name of its own that it has made
//! point at our address ("DNS rebinding"; to the browser that is the same host): a name that we are asked by has to be
//! `localhost`, an IP address, or the host of an allowed origin; or the request has to bring a token.

use std::net::IpAddr;

use domain::{Refusal, RefusalKind};
use http::header::{AUTHORIZATION, HOST, ORIGIN};
use http::{HeaderMap, HeaderName, Uri};

use crate::GatewayConfig;

/// Refuses a request that comes from a page that may not connect.
pub(crate) fn check(headers: &HeaderMap, config: &GatewayConfig) -> Result<(), Refusal> {
    if config.allowed_origins.iter().any(|allowed| allowed == "*") {
        return Ok(());
    }
    let host = text(headers, &HOST)?;
    if config.open
        && !headers.contains_key(AUTHORIZATION)
        && let Some(host) = host
        && !is_own_name(host, config)
    {
        return Err(Refusal::new(
            RefusalKind::Forbidden,
            format!("this server is open, and therefore does not answer to the name in Host: {host:?}"),
        ));
    }
    match text(headers, &ORIGIN)? {
        Some(origin) if !is_allowed(origin, host, config) => Err(Refusal::new(
            RefusalKind::Forbidden,
            format!("pages of another host may not connect; Origin: {origin:?}"),
        )),
        _ => Ok(()),
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, Refusal> {
    let value = headers.get(name).map(|value| value.to_str());
    value.transpose().map_err(|_| {
        Refusal::new(
            RefusalKind::Malformed,
            format!("the header {name} is not ASCII text"),
        )
    })
}

fn is_own_name(host: &str, config: &GatewayConfig) -> bool {
    let Some(name) = host_name(host) else {
        return false;
    };
    name.parse::<IpAddr>().is_ok()
        || is_localhost(&name)
        || config
            .allowed_origins
            .iter()
            .filter_map(|origin| authority(origin).and_then(|authority| host_name(&authority)))
            .any(|allowed| allowed == name)
}

/// The host of `HOST[:PORT]`, in lower case, without the brackets of an IPv6 address.
fn host_name(authority: &str) -> Option<String> {
    let authority: http::uri::Authority = authority.parse().ok()?;
    let host = authority.host().to_ascii_lowercase();
    Some(host.trim_start_matches('[').trim_end_matches(']').to_owned())
}

fn is_allowed(origin: &str, host: Option<&str>, config: &GatewayConfig) -> bool {
    let is_listed = config
        .allowed_origins
        .iter()
        .any(|allowed| allowed.trim_end_matches('/').eq_ignore_ascii_case(origin));
    let is_same_host = match (authority(origin), host) {
        (Some(authority), Some(host)) => authority.eq_ignore_ascii_case(host),
        _ => false,
    };
    is_listed || is_same_host || is_of_this_machine(origin)
}

fn is_of_this_machine(origin: &str) -> bool {
    let Some(name) = authority(origin).and_then(|authority| host_name(&authority)) else {
        return false;
    };
    is_localhost(&name) || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn is_localhost(name: &str) -> bool {
    name == "localhost" || name.ends_with(".localhost")
}

/// `HOST[:PORT]` of an origin.
fn authority(origin: &str) -> Option<String> {
    let uri: Uri = origin.parse().ok()?;
    uri.scheme()?;
    Some(uri.authority()?.as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn passes(open: bool, host: &str, origin: &str, allowed: &[&str]) -> bool {
        let config = GatewayConfig {
            open,
            allowed_origins: allowed.iter().map(ToString::to_string).collect(),
            hello_timeout: Duration::from_secs(1),
            ping_every: Duration::from_secs(1),
            max_topics: 1,
            recheck_every: Duration::from_secs(1),
            metrics: metrics::GatewayMetrics::default(),
        };
        let mut headers = HeaderMap::new();
        for (name, value) in [(HOST, host), (ORIGIN, origin)] {
            if !value.is_empty() {
                headers.insert(name, value.parse().unwrap());
            }
        }
        check(&headers, &config).is_ok()
    }

    #[test]
    fn pages_of_other_hosts_are_refused() {
        let check = |origin, allowed: &[&str], expected| {
            assert_eq!(
                passes(false, "judge.org", origin, allowed),
                expected,
                "{origin} {allowed:?}"
            );
        };
        check("", &[], true);
        check("https://judge.org", &[], true);
        check("https://JUDGE.org", &[], true);
        check("https://judge.org:8443", &[], false);
        check("https://evil.org", &[], false);
        check("https://judge.org.evil.org", &[], false);
        check("null", &[], false);
        check("nonsense", &[], false);
        check("https://", &[], false);
        check("https://school.org", &["https://school.org"], true);
        check("https://school.org", &["https://school.org/"], true);
        check("http://school.org", &["https://school.org"], false);
        check("https://evil.org", &["*"], true);
        check("http://localhost:3000", &[], true);
        check("http://[::1]:3000", &[], true);
        check("http://192.168.1.4", &[], false);
    }

    #[test]
    fn an_open_server_answers_only_to_names_that_nobody_can_bend() {
        let check = |host, allowed: &[&str], expected| {
            let origin = format!("http://{host}");
            assert_eq!(
                passes(true, host, &origin, allowed),
                expected,
                "{host} {allowed:?}"
            );
            assert_eq!(passes(true, host, "", allowed), expected, "{host} {allowed:?}");
        };
        check("localhost:8080", &[], true);
        check("app.localhost", &[], true);
        check("127.0.0.1:8080", &[], true);
        check("[::1]:8080", &[], true);
        check("192.168.1.4", &[], true);
        check("evil.org:8080", &[], false);
        check("localhost.evil.org", &[], false);
        check("judge.lan:8080", &["http://judge.lan:8080"], true);
        check("judge.lan", &["*"], true);
        check("a b", &[], false);
    }

    #[test]
    fn a_header_that_is_no_text_is_refused() {
        let mut headers = HeaderMap::new();
        headers.insert(ORIGIN, http::HeaderValue::from_bytes(b"http://\xff").unwrap());
        let config = GatewayConfig {
            open: false,
            allowed_origins: Vec::new(),
            hello_timeout: Duration::from_secs(1),
            ping_every: Duration::from_secs(1),
            max_topics: 1,
            recheck_every: Duration::from_secs(1),
            metrics: metrics::GatewayMetrics::default(),
        };
        assert_eq!(check(&headers, &config).unwrap_err().kind, RefusalKind::Malformed);
    }
}
