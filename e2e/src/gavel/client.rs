//! A client of a running Gavel, as a stranger would write one.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use futures_util::{SinkExt as _, StreamExt as _};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// A client of one address.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    address: String,
}

impl Client {
    /// A client of `address`, such as `http://127.0.0.1:8080`.
    pub fn new(address: &str) -> Result<Self> {
        // A second call finds the provider installed, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .timeout(PATIENCE + Duration::from_secs(30))
            .build()?;
        Ok(Self {
            http,
            address: address.to_owned(),
        })
    }

    /// The address.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// A request; `path` is absolute.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.address))
    }

    /// Sends a request; gives the status and the body as JSON (or as a JSON string, where it is none).
    pub async fn send(&self, request: RequestBuilder) -> Result<(u16, Value)> {
        let response = request.send().await?;
        let status = response.status().as_u16();
        let text = response.text().await?;
        Ok((status, serde_json::from_str(&text).unwrap_or(Value::String(text))))
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Result<(u16, Value)> {
        self.send(self.request(Method::GET, path)).await
    }

    /// POST of JSON.
    pub async fn post(&self, path: &str, body: &Value) -> Result<(u16, Value)> {
        self.send(self.request(Method::POST, path).json(body)).await
    }

    /// Submits; gives the id.
    pub async fn submit(&self, user: &str, problem: &str, language: &str, source: &str) -> Result<String> {
        let body = json!({"user": user, "problem": problem, "language": language, "source": source});
        let (status, answer) = self.post("/api/v1/submissions", &body).await?;
        if status != 202 {
            bail!("{status}: {answer}");
        }
        Ok(answer["id"].as_str().context("no id")?.to_owned())
    }

    /// Waits for the end of a submission; gives it whole.
    pub async fn finished(&self, id: &str) -> Result<Value> {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            let (status, view) = self.get(&format!("/api/v1/submissions/{id}?wait=20")).await?;
            if status != 200 {
                bail!("{status}: {view}");
            }
            if view["judgement"]["state"] == "done" {
                return Ok(view);
            }
            if tokio::time::Instant::now() > deadline {
                bail!("{id} did not end: {view}");
            }
        }
    }

    /// Waits for the verdict of a submission.
    pub async fn verdict(&self, id: &str) -> Result<String> {
        let view = self.finished(id).await?;
        Ok(view["judgement"]["verdict"]
            .as_str()
            .context("no verdict")?
            .to_owned())
    }

    /// Opens a WebSocket; `path` is absolute.
    pub async fn socket(&self, path: &str) -> Result<Socket> {
        let url = format!("{}{path}", self.address.replacen("http", "ws", 1));
        let (stream, _) = tokio_tungstenite::connect_async(url).await?;
        Ok(Socket { stream })
    }
}

/// An open WebSocket.
#[derive(Debug)]
pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Socket {
    /// Sends a text as it is.
    pub async fn say(&mut self, text: &str) -> Result<()> {
        Ok(self.stream.send(Message::text(text)).await?)
    }

    /// Sends JSON.
    pub async fn send(&mut self, message: &Value) -> Result<()> {
        self.say(&message.to_string()).await
    }

    /// The next message: JSON, or `{"close": code, "reason": …}` at the end.
    pub async fn next(&mut self) -> Result<Value> {
        loop {
            let message = tokio::time::timeout(PATIENCE, self.stream.next())
                .await
                .context("the socket is silent")?;
            match message {
                Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text)?),
                Some(Ok(Message::Close(frame))) => {
                    let frame = frame.context("closed without a code")?;
                    return Ok(json!({"close": u16::from(frame.code), "reason": frame.reason.as_str()}));
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error.into()),
                None => bail!("the socket ended without a close frame"),
            }
        }
    }

    /// The next message that `is_wanted`; everything up to it, and it, in order.
    pub async fn until(&mut self, is_wanted: impl Fn(&Value) -> bool) -> Result<Vec<Value>> {
        let mut heard = Vec::new();
        loop {
            let message = self.next().await.with_context(|| format!("after {heard:?}"))?;
            let done = is_wanted(&message);
            if !done && message["close"].is_number() {
                bail!("closed with {message} after {heard:?}");
            }
            heard.push(message);
            if done {
                return Ok(heard);
            }
        }
    }
}
