//! A WebSocket client.

use std::net::SocketAddr;

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::Response;
use tokio_tungstenite::tungstenite::http::HeaderName;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::site::in_time;

pub(crate) struct Client {
    stream: WebSocketStream<TcpStream>,
}

impl Client {
    /// Connects, with further headers; the refusal where there is one.
    pub(crate) async fn connect(
        address: SocketAddr,
        path: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Self, Box<Response>> {
        let mut request = format!("ws://{address}{path}").into_client_request().unwrap();
        for (name, value) in headers {
            let name = HeaderName::from_static(name);
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        let tcp = TcpStream::connect(address).await.unwrap();
        match in_time(tokio_tungstenite::client_async(request, tcp)).await {
            Ok((stream, _)) => Ok(Self { stream }),
            Err(Error::Http(response)) => Err(response),
            Err(error) => panic!("{error}"),
        }
    }

    pub(crate) async fn say(&mut self, message: impl Into<Message>) {
        // Who is closed upon while speaking hears about it when listening.
        let _ = in_time(self.stream.send(message.into())).await;
    }

    pub(crate) async fn send(&mut self, message: Value) {
        self.say(message.to_string()).await;
    }

    /// The next message.
    pub(crate) async fn next(&mut self) -> Value {
        match self.next_or_end().await {
            Ok(message) => message,
            Err(end) => panic!("closed with {end:?} where a message was expected"),
        }
    }

    /// The next message, which must be of this type.
    pub(crate) async fn hear(&mut self, kind: &str) -> Value {
        let message = self.next().await;
        assert_eq!(message["type"], kind, "{message}");
        message
    }

    /// The code and reason of the close, whatever comes before it.
    pub(crate) async fn end(&mut self) -> (u16, String) {
        loop {
            if let Err(end) = self.next_or_end().await {
                return end;
            }
        }
    }

    /// Waits until the server has done what was said before.
    pub(crate) async fn settle(&mut self) {
        self.say(Message::Ping("settle".into())).await;
        loop {
            match in_time(self.stream.next()).await.unwrap().unwrap() {
                Message::Pong(_) => return,
                Message::Ping(_) => {}
                message => panic!("{message} where a pong was expected"),
            }
        }
    }

    /// Hears the greeting where there is one, and waits until the server listens.
    pub(crate) async fn settle_after_hello(&mut self, is_greeted: bool) {
        if is_greeted {
            self.hear("hello").await;
        }
        self.settle().await;
    }

    async fn next_or_end(&mut self) -> Result<Value, (u16, String)> {
        loop {
            match in_time(self.stream.next()).await {
                Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Close(Some(frame)))) => {
                    return Err((frame.code.into(), frame.reason.to_string()));
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => return Err((0, format!("{other:?}"))),
            }
        }
    }
}
