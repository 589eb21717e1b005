//! The circumstances of a request: which it is, from where it came and with which token.
//!
//! They travel with the request's task, as its span of the log does, so that what is written into the audit log has them
//! without every function in between passing them on. What is done beside a request has none.

use std::net::{IpAddr, SocketAddr};
use std::sync::OnceLock;

use axum::extract::{ConnectInfo, Request};
use axum::http::{Extensions, HeaderMap, HeaderName};
use uuid::Uuid;

const FORWARDED: HeaderName = HeaderName::from_static("x-forwarded-for");

tokio::task_local! {
    static CURRENT: Circumstances;
}

/// See the module.
#[derive(Debug, Clone, Default)]
pub(crate) struct Circumstances {
    pub(crate) request: Option<String>,
    pub(crate) address: Option<IpAddr>,
    token: OnceLock<Uuid>,
}

impl Circumstances {
    /// Those of a request that comes in.
    pub(crate) fn of(request: &Request, id: &str) -> Self {
        Self {
            request: Some(id.to_owned()),
            address: address(request.extensions(), request.headers()),
            token: OnceLock::new(),
        }
    }

    /// Serves a request under these circumstances.
    pub(crate) async fn around<F: Future>(self, serve: F) -> F::Output {
        CURRENT.scope(self, serve).await
    }

    /// Those of the request that is served; none beside one.
    pub(crate) fn current() -> Self {
        CURRENT.try_with(Clone::clone).unwrap_or_default()
    }

    pub(crate) fn token(&self) -> Option<Uuid> {
        self.token.get().copied()
    }
}

/// Notes with which token or session the request that is served came.
pub(crate) fn came_with(token: Uuid) {
    // Outside of a request there is nothing to note; a second look finds the same token.
    let _ = CURRENT.try_with(|current| current.token.set(token));
}

/// Where a request comes from. A proxy on this machine is believed in what it says of that.
pub fn address(extensions: &Extensions, headers: &HeaderMap) -> Option<IpAddr> {
    let ConnectInfo(peer) = extensions.get::<ConnectInfo<SocketAddr>>()?;
    let forwarded = || {
        let last = headers.get_all(FORWARDED).iter().next_back()?;
        last.to_str().ok()?.rsplit(',').next()?.trim().parse().ok()
    };
    if peer.ip().is_loopback() {
        return forwarded().or(Some(peer.ip()));
    }
    Some(peer.ip())
}
