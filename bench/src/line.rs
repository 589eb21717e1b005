//! One connection of a client that posts: as little as can be between the measurement and the socket. What the client takes of the
//! processors is missing to what is measured.

use anyhow::{Context, Result};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{CONTENT_TYPE, HOST};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// A connection that is kept.
pub(crate) struct Line {
    requests: SendRequest<Full<Bytes>>,
    host: String,
    /// What reads and writes; it ends with the line.
    _connection: JoinSet<()>,
}

impl Line {
    /// To an address such as `http://127.0.0.1:8000`.
    pub(crate) async fn to(address: &str) -> Result<Self> {
        let host = address
            .strip_prefix("http://")
            .context("not an address with http://")?;
        let stream = TcpStream::connect(host).await?;
        stream.set_nodelay(true)?;
        let (requests, connection) = handshake(TokioIo::new(stream)).await?;
        let mut task = JoinSet::new();
        task.spawn(async move {
            // Whoever waits for an answer is told that there is none.
            let _ = connection.await;
        });
        Ok(Self {
            requests,
            host: host.to_owned(),
            _connection: task,
        })
    }

    /// Posts JSON and reads the whole answer.
    pub(crate) async fn post(&mut self, path: &str, body: String) -> Result<(StatusCode, Bytes)> {
        let request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header(HOST, &self.host)
            .header(CONTENT_TYPE, "application/json")
            .body(Full::from(body))?;
        self.requests.ready().await?;
        let answer = self.requests.send_request(request).await?;
        let status = answer.status();
        Ok((status, answer.into_body().collect().await?.to_bytes()))
    }
}
