//! One WebSocket: what is the same for every protocol that is spoken over it.
//!
//! Everything is bounded: a message by its size, a send by its time, silence by pings, the end by a second. A reader that
//! does not keep up holds up only its own task; what it misses meanwhile piles up in its listener's bounded buffer.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Interval, MissedTickBehavior, interval, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Bytes, Error, Message, Utf8Bytes};
use tokio_util::sync::CancellationToken;

use crate::upgrade::MAX_MESSAGE;

/// How long a message may take to be taken by the client's side.
const SEND_LIMIT: Duration = Duration::from_secs(10);

/// How long the end of a socket may take.
const CLOSE_LIMIT: Duration = Duration::from_secs(1);

/// What a client may still send after we have refused to read on, in bytes.
const DRAIN_LIMIT: u64 = 4 << 20;

/// Pings without an answer that end a socket.
const MISSES: u32 = 2;

/// The reason of a close frame has 123 bytes at most (RFC 6455, section 5.5).
const REASON: usize = 123;

/// Close codes. Those from 4000 are ours.
pub(crate) mod code {
    /// The server is stopping: connect again.
    pub(crate) const AWAY: u16 = 1001;
    pub(crate) const PROTOCOL: u16 = 1002;
    /// A binary message: we speak text.
    pub(crate) const BINARY: u16 = 1003;
    pub(crate) const NOT_UTF8: u16 = 1007;
    /// Reads too slowly, or does not answer pings.
    pub(crate) const POLICY: u16 = 1008;
    pub(crate) const TOO_BIG: u16 = 1009;
    pub(crate) const INTERNAL: u16 = 1011;
    /// Message after message is wrong.
    pub(crate) const RUBBISH: u16 = 4400;
    /// Did not say who it is, or is nobody we know.
    pub(crate) const UNAUTHENTICATED: u16 = 4401;
}

/// A socket.
#[derive(Debug)]
pub(crate) struct Socket {
    stream: WebSocketStream<TokioIo<Upgraded>>,
    stop: CancellationToken,
    pings: Interval,
    unanswered: u32,
}

/// Why a socket ends.
#[derive(Debug)]
pub(crate) enum End {
    /// The client has gone.
    Gone,
    /// We end it.
    Close {
        /// One of [`code`].
        code: u16,
        /// In words, for a developer.
        reason: String,
        /// Whether what the client sends can still be read.
        is_readable: bool,
    },
}

impl End {
    /// We end it with this code and reason.
    pub(crate) fn close(code: u16, reason: impl Into<String>) -> Self {
        Self::Close {
            code,
            reason: reason.into(),
            is_readable: true,
        }
    }

    fn unreadable(code: u16, reason: impl Into<String>) -> Self {
        Self::Close {
            code,
            reason: reason.into(),
            is_readable: false,
        }
    }

    fn stopping() -> Self {
        Self::close(code::AWAY, "the server is stopping: connect again")
    }

    fn of(error: Error) -> Self {
        match error {
            Error::Capacity(_) => Self::unreadable(
                code::TOO_BIG,
                format!("a message has at most {MAX_MESSAGE} bytes"),
            ),
            Error::Utf8(_) => Self::unreadable(code::NOT_UTF8, "a text message must be UTF-8"),
            Error::Protocol(
                tokio_tungstenite::tungstenite::error::ProtocolError::ResetWithoutClosingHandshake,
            ) => Self::Gone,
            Error::Protocol(error) => Self::unreadable(code::PROTOCOL, error.to_string()),
            Error::WriteBufferFull(message) => {
                tracing::error!(bytes = message.len(), "a message is larger than the write buffer");
                Self::close(code::INTERNAL, "a message to you would be too large")
            }
            _ => Self::Gone,
        }
    }
}

impl Socket {
    pub(crate) fn new(
        stream: WebSocketStream<TokioIo<Upgraded>>,
        stop: CancellationToken,
        ping_every: Duration,
    ) -> Self {
        let mut pings = interval(ping_every.max(Duration::from_millis(1)));
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        pings.reset(); // the first tick of an interval is due at once
        Self {
            stream,
            stop,
            pings,
            unanswered: 0,
        }
    }

    /// The next text message. Sends pings and answers them meanwhile. Dropping the future loses nothing.
    pub(crate) async fn receive(&mut self) -> Result<Utf8Bytes, End> {
        loop {
            let message = tokio::select! {
                biased;
                () = self.stop.cancelled() => return Err(End::stopping()),
                message = self.stream.next() => message,
                _ = self.pings.tick() => {
                    Box::pin(self.ping()).await?;
                    continue;
                }
            };
            self.unanswered = 0;
            match message {
                Some(Ok(Message::Text(text))) => return Ok(text),
                Some(Ok(Message::Binary(_))) => {
                    return Err(End::close(code::BINARY, "messages are text, not binary"));
                }
                // After a close, the stream goes on only until our answer to it is sent.
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Close(_) | Message::Frame(_))) => {}
                Some(Err(error)) => return Err(End::of(error)),
                None => return Err(End::Gone),
            }
        }
    }

    async fn ping(&mut self) -> Result<(), End> {
        if self.unanswered >= MISSES {
            return Err(End::close(code::POLICY, "no answer to two pings"));
        }
        self.unanswered += 1;
        self.transmit(Message::Ping(Bytes::new())).await
    }

    /// Sends a text message; waits, within a bound, until the client's side takes it.
    pub(crate) async fn send(&mut self, text: impl Into<Utf8Bytes>) -> Result<(), End> {
        self.transmit(Message::Text(text.into())).await
    }

    async fn transmit(&mut self, message: Message) -> Result<(), End> {
        let sent = tokio::select! {
            sent = timeout(SEND_LIMIT, self.stream.send(message)) => sent,
            () = self.stop.cancelled() => return Err(End::stopping()),
        };
        match sent {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(End::of(error)),
            Err(_) => Err(End::close(code::POLICY, "messages are not read fast enough")),
        }
    }

    /// Ends it, with a reason where there still is somebody to hear it.
    pub(crate) async fn finish(mut self, end: End) {
        let End::Close {
            code,
            reason,
            is_readable,
        } = end
        else {
            return;
        };
        tracing::debug!(code, reason, "closing a socket");
        let closing = async {
            let frame = CloseFrame {
                code: code.into(),
                reason: reason[..reason.floor_char_boundary(REASON)].into(),
            };
            self.stream.close(Some(frame)).await?;
            if is_readable {
                while self.stream.next().await.transpose()?.is_some() {}
                return Ok(());
            }
            // Closing with unread bytes would reset the connection, and could take our close frame with it.
            let io = self.stream.get_mut();
            io.shutdown().await?;
            tokio::io::copy(&mut io.take(DRAIN_LIMIT), &mut tokio::io::sink()).await?;
            Ok::<_, Error>(())
        };
        // Whoever does not take part in the end is left alone.
        let _ = timeout(CLOSE_LIMIT, closing).await;
    }
}
