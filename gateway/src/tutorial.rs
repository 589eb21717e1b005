//! The tutorial's protocol, at `/` and `/ws`: the first message is a user's id, as bare text or as `{"userId": …}`; then
//! that user's finished results come as `{"problemId", "status", "userId", "submissionId"}`.
//!
//! It has no way to say who is asking. So it is there in open mode only, and elsewhere says how to do it right.

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use bus::{Event, Topic};
use domain::{Principal, Refusal, RefusalKind, SubmissionId, Update, UserId};
use http::header::{CONTENT_TYPE, HeaderValue};
use serde_json::Value;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::conversation::{Protocol, converse};
use crate::feed::{Feed, Subject, Told};
use crate::message::Outgoing;
use crate::refused::Refused;
use crate::session::STRIKES;
use crate::socket::{End, Socket, code};
use crate::upgrade::Upgrade;
use crate::{Gateway, guard, snapshot, upgrade};

const HELP: &str = "Gavel: it judges programs.

REST               /api/v1            described at /api/v1/openapi.json
WebSocket          /api/v1/ws         {\"type\":\"subscribe\",\"submission\":\"ID\"}
Server-Sent Events /api/v1/submissions/ID/events
";

/// `/`: the socket, and a signpost for whoever asks without wanting one.
pub(crate) async fn connect_or_help(state: State<Gateway>, request: Request) -> Response {
    if upgrade::is_asked_for(request.headers()) {
        return connect(state, request).await;
    }
    let mut response = HELP.into_response();
    let text = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, text);
    response
}

/// Upgrades a request to the tutorial's protocol.
pub(crate) async fn connect(State(gateway): State<Gateway>, mut request: Request) -> Response {
    let outcome =
        guard::check(request.headers(), &gateway.shared.config).and_then(|()| Upgrade::of(&mut request));
    let headers = request.headers();
    match outcome {
        Ok(upgrade) if gateway.shared.config.open => {
            let own = gateway.clone();
            upgrade.begin(&gateway, headers, move |socket| {
                converse(socket, Tutorial::new(own))
            })
        }
        Ok(upgrade) => upgrade.begin(&gateway, headers, refuse),
        Err(refusal) => Refused::new(refusal, headers).into_response(),
    }
}

/// Says how to do it where tokens are required.
async fn refuse(mut socket: Socket) {
    let refusal = Refusal::new(
        RefusalKind::Unauthenticated,
        "this server needs a token, and this socket has no way to send one: connect to /api/v1/ws, send \
         {\"type\":\"auth\",\"token\":\"gvl_…\"}, then {\"type\":\"subscribe\",\"user\":\"me\"}",
    );
    let error = snapshot::text(&Outgoing::error(&refusal, None));
    let end = match socket.send(error).await {
        Ok(()) => End::close(code::UNAUTHENTICATED, "a token is needed: use /api/v1/ws"),
        Err(end) => end,
    };
    socket.finish(end).await;
}

struct Tutorial {
    gateway: Gateway,
    feed: Feed,
    strikes: u32,
    /// Until when a user has to be named.
    patience: Option<Instant>,
}

impl Tutorial {
    fn new(gateway: Gateway) -> Self {
        Self {
            feed: Feed::new(&gateway),
            strikes: 0,
            patience: Some(Instant::now() + gateway.shared.config.hello_timeout),
            gateway,
        }
    }

    /// Listens to a user, instead of the one before; returns what has come in since the message did.
    async fn register(&mut self, user: UserId) -> Result<Vec<Told>, Refusal> {
        // Ids are ordered by time: what is younger than this one was submitted after the client had said who it is.
        let now = SubmissionId::new();
        let mut feed = Feed::new(&self.gateway);
        let subject = Subject::Topic(Topic::User(user));
        let mut told = feed.subscribe(&Principal::Open, subject, None).await?;
        if let Some(Told::Snapshot { rows, .. }) = &mut told {
            rows.retain(|row| row.view.id > now);
        }
        self.feed = feed;
        self.strikes = 0;
        self.patience = None;
        Ok(told.into_iter().collect())
    }
}

impl Protocol for Tutorial {
    async fn greet(&mut self, _: &mut Socket) -> Result<(), End> {
        Ok(())
    }

    async fn answer(&mut self, socket: &mut Socket, text: &str) -> Result<(), End> {
        let outcome = match user_id(text) {
            Ok(user) => match self.register(user).await {
                Ok(news) => return self.tell(socket, news).await,
                Err(refusal) => refusal,
            },
            Err(refusal) => {
                self.strikes += 1;
                refusal
            }
        };
        self.gateway.shared.config.metrics.refused(outcome.kind.id());
        let error = Outgoing::error(&outcome, None);
        socket.send(snapshot::text(&error)).await?;
        if self.strikes >= STRIKES {
            let reason = format!("{STRIKES} wrong messages; the last: {outcome}");
            return Err(End::close(code::RUBBISH, reason));
        }
        Ok(())
    }

    async fn tell(&mut self, socket: &mut Socket, news: Vec<Told>) -> Result<(), End> {
        let texts = news.into_iter().flat_map(finished);
        socket.send_all(texts.map(Utf8Bytes::from)).await
    }

    fn feed(&mut self) -> &mut Feed {
        &mut self.feed
    }

    fn patience(&self) -> Option<Instant> {
        self.patience
    }

    fn out_of_patience(&self) -> End {
        End::close(
            code::UNAUTHENTICATED,
            "the first message must be a user id, such as 7 or {\"userId\":7}; it did not come in time",
        )
    }
}

/// What this protocol has to say of what is new: finished submissions, the oldest first.
fn finished(told: Told) -> Vec<String> {
    let texts: Vec<Option<String>> = match told {
        Told::Update(event) => vec![event.problem_done().map(str::to_owned)],
        Told::Snapshot { rows, .. } => rows
            .iter()
            .rev()
            .filter(|row| row.is_news)
            .map(|row| {
                Event::new(Update::from(&row.view))
                    .problem_done()
                    .map(str::to_owned)
            })
            .collect(),
        Told::Queue(_) => Vec::new(),
    };
    texts.into_iter().flatten().collect()
}

/// A user's id: bare text, a JSON string or number, or an object with a `userId` that is one of these.
fn user_id(text: &str) -> Result<UserId, Refusal> {
    let text = text.trim();
    if text.starts_with('{') {
        let value: Value = serde_json::from_str(text).map_err(|error| {
            Refusal::new(
                RefusalKind::Malformed,
                format!("the message is not JSON: {error}"),
            )
        })?;
        return match &value["userId"] {
            Value::String(id) => parse("/userId", id),
            Value::Number(id) => parse("/userId", &id.to_string()),
            Value::Null => Err(Refusal::field("/userId", "is missing")),
            _ => Err(Refusal::field("/userId", "must be text or a number")),
        };
    }
    let quoted = serde_json::from_str::<String>(text);
    parse("the user id", quoted.as_deref().unwrap_or(text))
}

fn parse(pointer: &str, id: &str) -> Result<UserId, Refusal> {
    id.parse()
        .map_err(|error: domain::InvalidId| Refusal::field(pointer, error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_id_comes_in_many_clothes() {
        for (text, expected) in [
            ("7", Ok("7")),
            (" ann\n", Ok("ann")),
            ("\"ann\"", Ok("ann")),
            (r#"{"userId":7}"#, Ok("7")),
            (r#"{"userId":"ann","type":"register"}"#, Ok("ann")),
            ("", Err("the user id: must not be empty")),
            ("a b", Err("the user id: must consist of")),
            ("[7]", Err("the user id: must consist of")),
            ("{}", Err("/userId: is missing")),
            (r#"{"userId":null}"#, Err("/userId: is missing")),
            (r#"{"userId":[7]}"#, Err("/userId: must be text or a number")),
            (r#"{"userId":""}"#, Err("/userId: must not be empty")),
            (r#"{"userId":"#, Err("the message is not JSON")),
            (r#"{"userid":7}"#, Err("/userId: is missing")),
        ] {
            match (user_id(text), expected) {
                (Ok(id), Ok(expected)) => assert_eq!(id.as_str(), expected, "{text}"),
                (Err(refusal), Err(expected)) => {
                    assert!(refusal.detail.starts_with(expected), "{text}: {refusal}");
                }
                (found, expected) => panic!("{text}: {found:?} where {expected:?} was expected"),
            }
        }
    }
}
