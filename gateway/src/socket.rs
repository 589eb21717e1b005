//! One WebSocket: what is the same for every protocol that is spoken over it.
//!
//! Everything is bounded: a message by its size, a send by its time, silence by pings, the end by a second. A reader that
//! does not keep up holds up only its own task; what it misses meanwhile piles up in its listener's bounded buffer.

use std::time::Duration;

use futures_util::{FutureExt, SinkExt, StreamExt};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use metrics::{GatewayMetrics, Listening, Transport};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Interval, MissedTickBehavior, interval, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};
use tokio_util::sync::CancellationToken;

use crate::pass::Pass;
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
    /// Message after message is wrong.
    pub(crate) const RUBBISH: u16 = 4400;
    /// Did not say who it is, or is nobody we know.
    pub(crate) const UNAUTHENTICATED: u16 = 4401;
}

/// The first byte of a frame: whole messages of these kinds (RFC 6455, section 5.2).
const TEXT: u8 = 0x81;
const PING: u8 = 0x89;

/// A socket.
#[derive(Debug)]
pub(crate) struct Socket {
    stream: WebSocketStream<TokioIo<Upgraded>>,
    stop: CancellationToken,
    /// Cancelled with `stop`, and when the token of whoever this is is no good any more. A child of its own for each socket
    /// or token: ten thousand that wait on one would all want its lock.
    over: CancellationToken,
    pass: Option<Pass>,
    pings: Interval,
    unanswered: u32,
    /// Frames on their way out, and how much of them has gone.
    outgoing: Vec<u8>,
    gone: usize,
    /// Whether the client has said goodbye.
    is_closing: bool,
    metrics: GatewayMetrics,
    _listening: Listening,
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
            _ => Self::Gone,
        }
    }
}

impl Socket {
    pub(crate) fn new(
        stream: WebSocketStream<TokioIo<Upgraded>>,
        stop: CancellationToken,
        ping_every: Duration,
        metrics: GatewayMetrics,
    ) -> Self {
        let mut pings = interval(ping_every.max(Duration::from_millis(1)));
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        pings.reset(); // the first tick of an interval is due at once
        Self {
            stream,
            over: stop.child_token(),
            stop,
            pass: None,
            pings,
            unanswered: 0,
            outgoing: Vec::new(),
            gone: 0,
            is_closing: false,
            _listening: metrics.listens(Transport::WebSocket),
            metrics,
        }
    }

    /// From now on it ends with this pass, too.
    pub(crate) fn hold(&mut self, pass: Option<Pass>) {
        if let Some(pass) = &pass {
            self.over = pass.over.clone();
        }
        self.pass = pass;
    }

    /// Why it is over.
    fn over(&self) -> End {
        if self.stop.is_cancelled() {
            return End::close(code::AWAY, "the server is stopping: connect again");
        }
        End::close(code::UNAUTHENTICATED, "the token was revoked or has expired")
    }

    /// The next text message. Sends pings and answers them meanwhile. Dropping the future loses nothing.
    pub(crate) async fn receive(&mut self) -> Result<Utf8Bytes, End> {
        loop {
            let message = tokio::select! {
                biased;
                () = self.over.cancelled() => return Err(self.over()),
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
                Some(Ok(Message::Close(_))) => self.is_closing = true,
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
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
        put_frame(&mut self.outgoing, PING, &[]);
        self.transmit().await
    }

    /// Sends a text message; waits, within a bound, until the client's side takes it.
    pub(crate) async fn send(&mut self, text: impl Into<Utf8Bytes>) -> Result<(), End> {
        self.send_all(std::iter::once(text.into())).await
    }

    /// The same for several, with one write where the client's side takes it.
    ///
    /// The frames are made here and not by tungstenite, whose buffer would keep the size of the largest message for as long
    /// as the socket lives.
    pub(crate) async fn send_all(&mut self, texts: impl IntoIterator<Item = Utf8Bytes>) -> Result<(), End> {
        let mut messages = 0;
        for text in texts {
            put_frame(&mut self.outgoing, TEXT, text.as_bytes());
            messages += 1;
        }
        self.transmit().await?;
        self.metrics.sent(messages);
        Ok(())
    }

    async fn transmit(&mut self) -> Result<(), End> {
        if self.is_closing {
            return Err(End::Gone);
        }
        // Mostly all of it is taken at once.
        if let Some(sent) = self.write().now_or_never() {
            return sent.map_err(End::of);
        }
        let over = self.over.clone();
        tokio::select! {
            biased;
            sent = timeout(SEND_LIMIT, self.write()) => match sent {
                Ok(Ok(())) => Ok(()),
                Ok(Err(error)) => Err(End::of(error)),
                Err(_) => Err(End::close(code::POLICY, "messages are not read fast enough")),
            },
            () = over.cancelled() => Err(self.over()),
        }
    }

    /// Writes what is on its way. May be dropped and called again: it goes on where it was.
    async fn write(&mut self) -> Result<(), Error> {
        if self.gone == 0 {
            // A pong may be on its way, and no frame may begin within another one.
            self.stream.flush().await?;
        }
        while self.gone < self.outgoing.len() {
            let written = self.stream.get_mut().write(&self.outgoing[self.gone..]).await?;
            if written == 0 {
                return Err(Error::ConnectionClosed);
            }
            self.gone += written;
        }
        // Who once was sent much does not keep the memory for it.
        self.outgoing = Vec::new();
        self.gone = 0;
        Ok(())
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
        self.metrics.closed(code);
        tracing::debug!(code, reason, "closing a socket");
        let closing = async {
            let frame = CloseFrame {
                code: code.into(),
                reason: reason[..reason.floor_char_boundary(REASON)].into(),
            };
            // What has begun to be sent has to end first.
            self.write().await?;
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

/// A frame of a server: not masked.
fn put_frame(buffer: &mut Vec<u8>, kind: u8, payload: &[u8]) {
    buffer.reserve(payload.len() + 10);
    buffer.push(kind);
    let length = payload.len();
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(length @ 0..=125), _) => buffer.push(length),
        (_, Ok(length)) => {
            buffer.push(126);
            buffer.extend(length.to_be_bytes());
        }
        _ => {
            buffer.push(127);
            buffer.extend((length as u64).to_be_bytes());
        }
    }
    buffer.extend(payload);
}
