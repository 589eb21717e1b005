//! The deployment that is measured, as a client has it.

use std::fmt::Display;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::AUTHORIZATION;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

use crate::arguments::Bench as Arguments;
use crate::client::Client;
use crate::failure::{Doing, Failure};

/// Nothing that is asked here takes longer where all is well.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// A deployment.
#[derive(Debug)]
pub(crate) struct Site {
    client: Client,
    /// HOST:PORT of the gateway.
    gateway: String,
    token: Option<String>,
    /// Ends the names of this run's users: those of a former one have submissions already, which would be told to all who listen.
    run: String,
    problem: String,
    language: String,
    source: String,
    /// Where it serves its metrics, if that is known.
    metrics: Option<String>,
}

/// A WebSocket that has said what it listens to.
#[derive(Debug)]
pub(crate) struct Socket(WebSocketStream<TcpStream>);

impl Site {
    /// Looks whether it is there, and whether we may submit in anybody's name.
    pub(crate) async fn find(arguments: &Arguments) -> Result<Self, Failure> {
        let client = Client::new(&arguments.server)?;
        let address = client.gateway_address();
        let gateway = address
            .strip_prefix("http://")
            .ok_or_else(|| {
                Failure::new("the sockets of a benchmark are not encrypted: name a gateway with http://, inside your proxy")
            })?
            .to_owned();
        let me = client.json(client.request(Method::GET, "/me")).await?;
        if me["open"] != true && me["role"] != "admin" {
            return Err(Failure::new(
                "a benchmark submits in the name of many users: it needs an administrator's token, or a server in open mode",
            ));
        }
        let source = match &arguments.file {
            Some(file) => std::fs::read_to_string(file).doing(format!("read {}", file.display()))?,
            None => "print(sum(map(int, input().split())))\n".to_owned(),
        };
        Ok(Self {
            token: client.token().map(str::to_owned),
            client,
            gateway,
            run: uuid::Uuid::new_v4().simple().to_string()[..8].to_owned(),
            problem: arguments.problem.to_string(),
            language: arguments.language.clone(),
            source,
            metrics: arguments.metrics_url.clone(),
        })
    }

    /// The name of a user of this run.
    pub(crate) fn user(&self, name: impl Display) -> String {
        format!("bench-{name}-{}", self.run)
    }

    /// Submits in a user's name; the submission's id, or none where the user has too many waiting.
    pub(crate) async fn submit(&self, user: &str) -> Result<Option<String>, Failure> {
        let body =
            json!({"user": user, "problem": self.problem, "language": self.language, "source": self.source});
        let request = self.client.request(Method::POST, "/submissions").json(&body);
        let response = request.send().await.doing("submit")?;
        if response.status().as_u16() == 429 {
            return Ok(None);
        }
        let answer: Value = response.json().await.doing("read the answer to a submission")?;
        match answer["id"].as_str() {
            Some(id) => Ok(Some(id.to_owned())),
            None => Err(Failure::new(format!(
                "a submission was refused: {}",
                answer["detail"]
            ))),
        }
    }

    /// A socket that listens to a user.
    pub(crate) async fn listen(&self, user: &str) -> Result<Socket, Failure> {
        let mut request = format!("ws://{}/api/v1/ws", self.gateway)
            .into_client_request()
            .doing("ask for a socket")?;
        if let Some(token) = &self.token {
            let value = HeaderValue::try_from(format!("Bearer {token}")).doing("send the token")?;
            request.headers_mut().insert(AUTHORIZATION, value);
        }
        // The client's own memory is none of the deployment's.
        let config = WebSocketConfig::default()
            .read_buffer_size(4096)
            .write_buffer_size(0);
        let connect = async {
            let stream = TcpStream::connect(&self.gateway)
                .await
                .doing("connect a socket")?;
            stream.set_nodelay(true).doing("connect a socket")?;
            let (stream, _) = tokio_tungstenite::client_async_with_config(request, stream, Some(config))
                .await
                .doing("open a socket")?;
            let mut socket = Socket(stream);
            socket.follow(user).await?;
            Ok(socket)
        };
        timeout(PATIENCE, connect)
            .await
            .map_err(|_| Failure::new("the gateway does not answer"))?
    }

    /// The resident memory of the process whose metrics are known, in bytes.
    pub(crate) async fn resident(&self) -> Option<u64> {
        let url = self.metrics.as_ref()?;
        let page = reqwest::get(url).await.ok()?.text().await.ok()?;
        let line = page
            .lines()
            .find_map(|line| line.strip_prefix("gavel_resident_bytes "));
        line?.trim().parse().ok()
    }
}

impl Socket {
    /// Listens to one more user.
    pub(crate) async fn follow(&mut self, user: &str) -> Result<(), Failure> {
        let subscribe = json!({"type": "subscribe", "user": user}).to_string();
        self.0.send(Message::text(subscribe)).await.doing("subscribe")?;
        loop {
            let text = self.next().await?;
            if text.starts_with(r#"{"type":"snapshot""#) {
                return Ok(());
            }
            if text.starts_with(r#"{"type":"error""#) {
                return Err(Failure::new(format!("a subscription was refused: {text}")));
            }
        }
    }

    /// The next message.
    pub(crate) async fn next(&mut self) -> Result<Utf8Bytes, Failure> {
        loop {
            match self.0.next().await {
                Some(Ok(Message::Text(text))) => return Ok(text),
                Some(Ok(Message::Close(frame))) => {
                    return Err(Failure::new(format!("a socket was closed: {frame:?}")));
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(Failure::new(format!("a socket broke: {error}"))),
                None => return Err(Failure::new("a socket was cut off")),
            }
        }
    }

    /// The next message that tells the end of a submission.
    pub(crate) async fn next_end(&mut self) -> Result<Utf8Bytes, Failure> {
        loop {
            let text = self.next().await?;
            if is_end(&text) {
                return Ok(text);
            }
        }
    }
}

/// Whether a message tells of a verdict. Looked for in the text: reading all of it would take longer than sending it did.
pub(crate) fn is_end(text: &str) -> bool {
    text.contains(r#""state":"done""#)
}
