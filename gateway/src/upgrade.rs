//! From an HTTP request to a WebSocket: our own short extractor over hyper's upgrade.
//!
//! axum's own one brings another copy of tungstenite, which allocates 128 KiB for each socket before the first byte.

use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use domain::{Refusal, RefusalKind};
use http::header::{CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

use crate::Gateway;
use crate::refused::Refused;
use crate::socket::Socket;

/// The largest message that a client may send: what it has to say is short.
pub(crate) const MAX_MESSAGE: usize = 16 * 1024;

/// What is read at once, and kept for it by every socket. What clients say is mostly shorter; a longer message takes several reads.
const READ_BUFFER: usize = 256;

/// Only pongs and closes go through this buffer: see [`Socket::send_all`].
const MAX_WRITE_BUFFER: usize = 4 * 1024;

/// The connection changes hands when our answer has been written.
const HANDOVER: Duration = Duration::from_secs(10);

/// A request that asks for a WebSocket, and may have one.
pub(crate) struct Upgrade {
    accept: HeaderValue,
    on_upgrade: OnUpgrade,
}

/// Whether a request asks for a WebSocket at all.
pub(crate) fn is_asked_for(headers: &HeaderMap) -> bool {
    has_token(headers, &UPGRADE, "websocket")
}

impl Upgrade {
    /// Checks the handshake (RFC 6455, section 4.2.1).
    pub(crate) fn of(request: &mut Request) -> Result<Self, Refusal> {
        let headers = request.headers();
        if !is_asked_for(headers) || !has_token(headers, &CONNECTION, "upgrade") {
            return Err(malformed(
                "this is a WebSocket: the request needs \"Connection: Upgrade\" and \"Upgrade: websocket\"",
            ));
        }
        if headers.get(SEC_WEBSOCKET_VERSION).map(HeaderValue::as_bytes) != Some(b"13") {
            return Err(malformed("the header Sec-WebSocket-Version must be 13"));
        }
        let key = headers.get(SEC_WEBSOCKET_KEY).map(HeaderValue::as_bytes);
        let Some(key) = key.filter(|key| is_key(key)) else {
            return Err(malformed(
                "the header Sec-WebSocket-Key must be 16 bytes in base 64",
            ));
        };
        let accept = HeaderValue::try_from(derive_accept_key(key))
            .map_err(|_| malformed("the header Sec-WebSocket-Key must be 16 bytes in base 64"))?;
        let on_upgrade = request
            .extensions_mut()
            .remove::<OnUpgrade>()
            .ok_or_else(|| malformed("this connection cannot become a WebSocket: use HTTP/1.1"))?;
        Ok(Self { accept, on_upgrade })
    }

    /// Answers, and runs the session in a task of its own once the connection has changed hands.
    pub(crate) fn begin<F>(
        self,
        gateway: &Gateway,
        headers: &HeaderMap,
        session: impl FnOnce(Socket) -> F + Send + 'static,
    ) -> Response
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let shared = &gateway.shared;
        let Ok(place) = shared.sockets.clone().try_acquire_owned() else {
            let full = Refusal::new(RefusalKind::Unavailable, "too many sockets; try again later");
            return Refused::new(full, headers).into_response();
        };
        let stop = shared.stop.clone();
        let ping_every = shared.config.ping_every;
        let metrics = shared.config.metrics.clone();
        shared.tasks.spawn(async move {
            let _place = place;
            // Otherwise the client went away before our answer reached it.
            let Ok(Ok(upgraded)) = timeout(HANDOVER, self.on_upgrade).await else {
                return;
            };
            let io = TokioIo::new(upgraded);
            let stream = WebSocketStream::from_raw_socket(io, Role::Server, Some(config())).await;
            session(Socket::new(stream, stop, ping_every, metrics)).await;
        });
        switching(self.accept)
    }
}

fn config() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(0)
        .max_write_buffer_size(MAX_WRITE_BUFFER)
        .max_message_size(Some(MAX_MESSAGE))
        .max_frame_size(Some(MAX_MESSAGE))
}

fn switching(accept: HeaderValue) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
    response
}

fn malformed(detail: &str) -> Refusal {
    Refusal::new(RefusalKind::Malformed, detail)
}

/// Whether a header that is a list has this entry.
fn has_token(headers: &HeaderMap, name: &HeaderName, token: &str) -> bool {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|entry| entry.trim().eq_ignore_ascii_case(token))
}

/// 16 bytes in base 64 are 22 digits and two signs of equality.
fn is_key(key: &[u8]) -> bool {
    let is_digit = |c: &u8| c.is_ascii_alphanumeric() || matches!(c, b'+' | b'/');
    key.len() == 24 && key.ends_with(b"==") && key[..22].iter().all(is_digit)
}
