//! Which names the server goes by, and which pages may use it.
//!
//! In open mode nothing but the address stands between a request and the right to submit as anybody. A page that
//! somebody on this machine happens to visit must not have that right, by neither of its two ways: to send a request
//! to another origin, or to give its own host name the address of this machine (DNS rebinding). A browser names the
//! origin in the first case, and the foreign host in the second.

use std::net::IpAddr;
use std::sync::Arc;

use axum::http::header::{HOST, ORIGIN};
use axum::http::request::Parts;
use axum::http::uri::{Authority, Uri};
use domain::{Refusal, RefusalKind};

use crate::failure::shorten;

/// The operator's host names, in lower case; `*` is any.
#[derive(Debug, Clone)]
pub(crate) struct Hosts(Arc<[String]>);

impl Hosts {
    pub(crate) fn new(names: &[String]) -> Self {
        Self(names.iter().map(|name| name.to_ascii_lowercase()).collect())
    }

    /// Refuses a request without a token that a foreign page may have caused.
    pub(crate) fn guard_open(&self, parts: &Parts) -> Result<(), Refusal> {
        let host = parts.headers.get(HOST).map(|host| host.to_str().unwrap_or(""));
        let host = host.or_else(|| parts.uri.authority().map(Authority::as_str));
        if let Some(host) = host
            && !self.goes_by(host)
        {
            return Err(Refusal::new(
                RefusalKind::Forbidden,
                format!(
                    "this open server is not asked by the name {:?}: use its IP address or localhost, send a token, or \
                     let its operator allow the name",
                    shorten(host)
                ),
            ));
        }
        match parts
            .headers
            .get(ORIGIN)
            .map(|origin| origin.to_str().unwrap_or(""))
        {
            Some(origin) if !self.allows_origin(origin, host) => Err(Refusal::new(
                RefusalKind::Forbidden,
                format!(
                    "pages of the origin {:?} may not use this open server without a token",
                    shorten(origin)
                ),
            )),
            _ => Ok(()),
        }
    }

    /// Whether a page of this origin may use the server that was asked as `host`: its own pages, those of this
    /// machine, and those of the operator's hosts.
    pub(crate) fn allows_origin(&self, origin: &str, host: Option<&str>) -> bool {
        if self.is_any() {
            return true;
        }
        let Some(authority) = origin
            .parse::<Uri>()
            .ok()
            .filter(|uri| uri.scheme().is_some())
            .and_then(|uri| uri.into_parts().authority)
        else {
            return false; // "null": a file or a sandboxed frame, of anybody
        };
        let name = bare(authority.host());
        let is_own = host.is_some_and(|host| host.eq_ignore_ascii_case(authority.as_str()));
        is_own
            || is_localhost(&name)
            || name.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
            || self.lists(&name)
    }

    /// Whether the host of a request can be ours. An IP address always can: a page is asked by its name, and only a
    /// name can be pointed at another machine.
    fn goes_by(&self, host: &str) -> bool {
        if self.is_any() {
            return true;
        }
        let Ok(authority) = host.parse::<Authority>() else {
            return false;
        };
        let name = bare(authority.host());
        is_localhost(&name) || name.parse::<IpAddr>().is_ok() || self.lists(&name)
    }

    fn is_any(&self) -> bool {
        self.lists("*")
    }

    fn lists(&self, name: &str) -> bool {
        self.0.iter().any(|allowed| allowed == name)
    }
}

/// A host without the brackets of IPv6 and the dot of the root, in lower case.
fn bare(host: &str) -> String {
    host.trim_start_matches('[')
        .trim_end_matches(']')
        .trim_end_matches('.')
        .to_ascii_lowercase()
}

/// RFC 6761: these names never leave the machine.
fn is_localhost(name: &str) -> bool {
    name == "localhost" || name.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(names: &[&str]) -> Hosts {
        Hosts::new(&names.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    fn guard(names: &[&str], host: &str, origin: Option<&str>) -> bool {
        let mut request = axum::http::Request::builder().header(HOST, host);
        if let Some(origin) = origin {
            request = request.header(ORIGIN, origin);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        hosts(names).guard_open(&parts).is_ok()
    }

    #[test]
    fn an_open_server_is_asked_by_names_that_cannot_be_pointed_at_it() {
        for host in [
            "localhost",
            "LOCALHOST:80",
            "a.localhost",
            "127.0.0.1:8080",
            "[::1]:80",
            "10.0.0.7",
            "judge.lan:80",
        ] {
            assert!(guard(&["Judge.lan"], host, None), "{host}");
        }
        for host in [
            "evil.example",
            "evil.example:8080",
            "localhost.evil.example",
            "127.0.0.1.nip.io",
            "",
            "a b",
        ] {
            assert!(!guard(&["judge.lan"], host, None), "{host}");
            assert!(guard(&["*"], host, None), "{host}");
        }
    }

    #[test]
    fn foreign_pages_may_not_use_an_open_server() {
        for origin in [
            "http://127.0.0.1:8080",
            "http://localhost:3000",
            "http://[::1]:3000",
            "https://judge.lan",
        ] {
            assert!(guard(&["judge.lan"], "127.0.0.1:8080", Some(origin)), "{origin}");
        }
        for origin in [
            "null",
            "http://evil.example",
            "http://6.6.6.6",
            "http://127.0.0.1.evil.example",
            "localhost",
            "",
        ] {
            assert!(!guard(&["judge.lan"], "127.0.0.1:8080", Some(origin)), "{origin}");
        }
        assert!(guard(&[], "192.168.0.9:8080", Some("http://192.168.0.9:8080")));
        assert!(!guard(&[], "192.168.0.9:8080", Some("http://192.168.0.9:8081")));
    }
}
