//! The live stream of one submission: one conversation, over as many connections as it takes.
//!
//! Server-sent events. After an interruption the client comes back, each time after a longer pause and with a share of chance in it,
//! so that not everybody comes back at once; and it names the last event that it has heard, so that any gateway goes on where another
//! one stopped.

use std::time::Duration;

use domain::{State, SubmissionId};
use futures_util::StreamExt as _;
use reqwest::StatusCode;
use serde_json::Value;
use tokio::time::{sleep, timeout};

use crate::client::Client;

/// The pause before the first attempt to come back; twice as long before each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// No pause is longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Attempts in a row that bring nothing, before somebody else is asked.
const ATTEMPTS: u32 = 4;

/// A gateway that has nothing to tell says so every 15 s.
const SILENCE: Duration = Duration::from_secs(40);

/// An event is a line or a few; more than this is none.
const LONGEST_EVENT: usize = 8 << 20;

/// Why a stream is followed no longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// The submission has come to its end.
    Over,
    /// No gateway is there, or it does not let us listen; another try may help later.
    Away,
}

/// A stream, across its connections.
#[derive(Debug)]
pub(crate) struct Stream<'c> {
    client: &'c Client,
    path: String,
    /// The id of the last event that was heard.
    last: Option<String>,
}

/// What came of one connection.
enum Connection {
    Over,
    /// It broke, or never came about.
    Cut {
        has_heard: bool,
    },
    Refused,
}

/// Pauses that grow, each with a share of chance.
#[derive(Debug)]
pub(crate) struct Pauses(Duration);

impl Pauses {
    pub(crate) fn new() -> Self {
        Self(FIRST_PAUSE)
    }

    /// Between half of what is due and all of it.
    pub(crate) fn next(&mut self) -> Duration {
        let pause = self.0.mul_f64(0.5 + rand::random::<f64>() / 2.0);
        self.0 = (self.0 * 2).min(LONGEST_PAUSE);
        pause
    }
}

impl<'c> Stream<'c> {
    /// Of a submission; nothing is asked yet.
    pub(crate) fn new(client: &'c Client, id: SubmissionId) -> Self {
        Self {
            client,
            path: format!("/submissions/{id}/events"),
            last: None,
        }
    }

    /// Hears whatever is told, until the end or until no gateway tells anything any more.
    pub(crate) async fn follow(&mut self, mut hear: impl FnMut(&Value)) -> End {
        let (mut pauses, mut attempts) = (Pauses::new(), 0);
        loop {
            match self.connect(&mut hear).await {
                Connection::Over => return End::Over,
                Connection::Refused => return End::Away,
                Connection::Cut { has_heard: true } => (pauses, attempts) = (Pauses::new(), 0),
                Connection::Cut { has_heard: false } => attempts += 1,
            }
            if attempts >= ATTEMPTS {
                return End::Away;
            }
            sleep(pauses.next()).await;
        }
    }

    /// One connection, from its request to its end.
    async fn connect(&mut self, hear: &mut impl FnMut(&Value)) -> Connection {
        let mut request = self.client.request_gateway(&self.path);
        if let Some(last) = &self.last {
            request = request.header("Last-Event-ID", last);
        }
        let cut = Connection::Cut { has_heard: false };
        let Ok(Ok(response)) = timeout(SILENCE, request.send()).await else {
            return cut;
        };
        match response.status() {
            // There is nothing newer than what was heard, and never will be.
            StatusCode::NO_CONTENT => return Connection::Over,
            status if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => return cut,
            status if !status.is_success() => return Connection::Refused,
            _ => {}
        }
        let (mut chunks, mut parser) = (response.bytes_stream(), Parser::default());
        let mut has_heard = false;
        while let Ok(Some(Ok(chunk))) = timeout(SILENCE, chunks.next()).await {
            for event in parser.read(&chunk) {
                self.last = event.id.or(self.last.take());
                let Ok(data) = serde_json::from_str::<Value>(&event.data) else {
                    continue;
                };
                has_heard = true;
                hear(&data);
                if is_end(&data) {
                    return Connection::Over;
                }
            }
            if parser.buffer.len() > LONGEST_EVENT {
                break;
            }
        }
        Connection::Cut { has_heard }
    }
}

/// The judgement of a snapshot, or the update itself, which has the same fields.
pub(crate) fn judgement(data: &Value) -> &Value {
    if data["judgement"].is_object() {
        &data["judgement"]
    } else {
        data
    }
}

fn is_end(data: &Value) -> bool {
    let state = judgement(data)["state"].as_str().and_then(State::from_id);
    state.is_some_and(State::is_final)
}

/// An event of the stream.
#[derive(Debug, Default, PartialEq, Eq)]
struct Event {
    id: Option<String>,
    data: String,
}

/// Takes a stream apart, however it was cut into chunks.
#[derive(Debug, Default)]
struct Parser {
    buffer: Vec<u8>,
}

impl Parser {
    /// The events that are complete with this chunk; comments are none.
    fn read(&mut self, chunk: &[u8]) -> Vec<Event> {
        // The end of an event may have begun in what was there before.
        let mut seen = self.buffer.len().saturating_sub(1);
        self.buffer.extend_from_slice(chunk);
        let mut events = Vec::new();
        let mut begin = 0;
        while let Some(at) = self.buffer[seen..].windows(2).position(|pair| pair == b"\n\n") {
            let end = seen + at;
            events.extend(event(&self.buffer[begin..end]));
            (begin, seen) = (end + 2, end + 2);
        }
        self.buffer.drain(..begin);
        events
    }
}

/// None where there is no data: a comment.
fn event(text: &[u8]) -> Option<Event> {
    let text = String::from_utf8_lossy(text);
    let mut event = Event::default();
    let mut has_data = false;
    for line in text.lines() {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match name {
            "id" => event.id = Some(value.to_owned()),
            "data" => {
                if std::mem::replace(&mut has_data, true) {
                    event.data.push('\n');
                }
                event.data.push_str(value);
            }
            _ => {}
        }
    }
    has_data.then_some(event)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_read_however_they_are_cut() {
        let text = "event: snapshot\nid: j:1\ndata: {\"a\":1}\n\n: still here\n\ndata:x\ndata: y\n\nid: j:2\ndata: z\n\n";
        let expected = [(Some("j:1"), "{\"a\":1}"), (None, "x\ny"), (Some("j:2"), "z")];
        let expected = expected.map(|(id, data)| Event {
            id: id.map(str::to_owned),
            data: data.to_owned(),
        });
        for length in 1..=text.len() {
            let mut parser = Parser::default();
            let chunks = text.as_bytes().chunks(length);
            let events: Vec<_> = chunks.flat_map(|chunk| parser.read(chunk)).collect();
            assert_eq!(events, expected, "in chunks of {length}");
            assert!(parser.buffer.is_empty());
        }
    }

    #[test]
    fn pauses_grow_and_differ() {
        let mut pauses = Pauses::new();
        let drawn: Vec<_> = std::iter::repeat_with(|| pauses.next()).take(8).collect();
        assert!(
            drawn[0] >= FIRST_PAUSE / 2 && drawn[0] <= FIRST_PAUSE,
            "{drawn:?}"
        );
        assert!(
            drawn[7] >= LONGEST_PAUSE / 2 && drawn[7] <= LONGEST_PAUSE,
            "{drawn:?}"
        );
        let first: std::collections::HashSet<_> =
            std::iter::repeat_with(|| Pauses::new().next()).take(8).collect();
        assert!(first.len() > 1, "all come back at once");
    }
}
