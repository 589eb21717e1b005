//! The tutorial's protocol, at `/` and `/ws`: the first message is a user's id, as bare text or as `{"userId": …}`; then
//! that user's finished results come as `{"problemId", "status", "userId", "submissionId"}`.
//!
//! It has no way to say who is asking. So it is there in open mode only, and elsewhere says how to do it right.

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use bus::{Event, Heard, Listener, Topic};
use domain::{Refusal, RefusalKind, State as JudgementState, SubmissionId, SubmissionView, Update, UserId};
use http::header::{CONTENT_TYPE, HeaderValue};
use serde_json::Value;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::message::Outgoing;
use crate::refused::Refused;
use crate::seen::Seen;
use crate::session::{LOOK_EVERY, RETRY_AFTER, sleep};
use crate::socket::{End, Socket, code};
use crate::upgrade::Upgrade;
use crate::{Gateway, guard, snapshot, upgrade};

const HELP: &str = "Gavel: it judges programs.

REST               /api/v1            described at /api/v1/openapi.json
WebSocket          /api/v1/ws         {\"type\":\"subscribe\",\"submission\":\"ID\"}
Server-Sent Events /api/v1/submissions/ID/events
";

/// Wrong messages that end a socket.
const STRIKES: u32 = 5;

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
            upgrade.begin(&gateway, headers, move |socket| Tutorial::new(own, socket).run())
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
    socket: Socket,
    /// Whose results are told; nobody's before the first message.
    user: Option<UserId>,
    listener: Listener,
    seen: Seen,
    strikes: u32,
    is_behind: bool,
    wake_at: Option<Instant>,
}

enum Happening {
    Said(Utf8Bytes),
    Heard(Heard),
    Woken,
}

impl Tutorial {
    fn new(gateway: Gateway, socket: Socket) -> Self {
        let hello = Instant::now() + gateway.shared.config.hello_timeout;
        Self {
            user: None,
            listener: gateway.shared.events.listener(),
            seen: Seen::new(1),
            strikes: 0,
            is_behind: false,
            wake_at: Some(hello),
            gateway,
            socket,
        }
    }

    async fn run(mut self) {
        let end = self.serve().await;
        drop(self.listener);
        Box::pin(self.socket.finish(end)).await;
    }

    async fn serve(&mut self) -> End {
        loop {
            let happening = tokio::select! {
                said = self.socket.receive() => match said {
                    Ok(text) => Happening::Said(text),
                    Err(end) => return end,
                },
                heard = self.listener.next() => Happening::Heard(heard),
                () = sleep(self.wake_at) => Happening::Woken,
            };
            if let Err(end) = Box::pin(self.react(happening)).await {
                return end;
            }
        }
    }

    async fn react(&mut self, happening: Happening) -> Result<(), End> {
        match happening {
            Happening::Said(text) => self.answer(&text).await,
            Happening::Heard(Heard::Update(event)) => self.tell(&event).await,
            Happening::Heard(Heard::Resync) => self.catch_up().await,
            Happening::Woken => match &self.user {
                Some(_) if self.is_behind => self.catch_up().await,
                Some(_) => self.look().await,
                None => Err(End::close(
                    code::UNAUTHENTICATED,
                    "the first message must be a user id, such as 7 or {\"userId\":7}; it did not come in time",
                )),
            },
        }
    }

    async fn answer(&mut self, text: &str) -> Result<(), End> {
        let outcome = match user_id(text) {
            Ok(user) => match self.register(user).await {
                Ok(views) => return self.tell_rows(views).await,
                Err(refusal) => refusal,
            },
            Err(refusal) => {
                self.strikes += 1;
                refusal
            }
        };
        let error = Outgoing::error(&outcome, None);
        self.socket.send(snapshot::text(&error)).await?;
        if self.strikes >= STRIKES {
            let reason = format!("{STRIKES} wrong messages; the last: {outcome}");
            return Err(End::close(code::RUBBISH, reason));
        }
        Ok(())
    }

    /// Listens to a user, instead of the one before; returns what has come in since the message did.
    async fn register(&mut self, user: UserId) -> Result<Vec<SubmissionView>, Refusal> {
        // Ids are ordered by time: what is younger than this one was submitted after the client had said who it is.
        let now = SubmissionId::new();
        let mut listener = self.gateway.shared.events.listener();
        listener.add(Topic::User(user.clone())).await.map_err(|error| {
            tracing::warn!(%error, "cannot subscribe");
            Refusal::new(
                RefusalKind::Unavailable,
                "events are unavailable; try again in a moment",
            )
        })?;
        let views = self.gateway.newest(&user).await?;
        let (new, old): (Vec<_>, Vec<_>) = views.into_iter().partition(|view| view.id > now);
        self.seen = Seen::new(1);
        for view in &old {
            self.seen.note_row(view);
        }
        self.listener = listener;
        self.user = Some(user);
        self.strikes = 0;
        self.wake_at = Some(Instant::now() + LOOK_EVERY);
        Ok(new)
    }

    /// Something may have been missed: tells what the newest rows say beyond what has been told.
    async fn catch_up(&mut self) -> Result<(), End> {
        let Some(user) = self.user.clone() else {
            return Ok(());
        };
        let newest = self.gateway.newest(&user).await;
        self.is_behind = newest.is_err();
        let pause = if self.is_behind { RETRY_AFTER } else { LOOK_EVERY };
        self.wake_at = Some(Instant::now() + pause);
        self.tell_rows(newest.unwrap_or_default()).await?;
        self.look().await
    }

    /// Asks the store about those that are still to end.
    async fn look(&mut self) -> Result<(), End> {
        self.wake_at = self
            .wake_at
            .filter(|_| self.is_behind)
            .or(Some(Instant::now() + LOOK_EVERY));
        let unfinished = self.seen.unfinished();
        if unfinished.is_empty() {
            return Ok(());
        }
        let views = self.gateway.views(&unfinished).await.unwrap_or_default();
        self.tell_rows(views).await
    }

    /// Tells rows, the oldest first.
    async fn tell_rows(&mut self, mut views: Vec<SubmissionView>) -> Result<(), End> {
        views.sort_unstable_by_key(|view| view.id);
        for view in &views {
            self.tell(&Event::new(Update::from(view))).await?;
        }
        Ok(())
    }

    async fn tell(&mut self, event: &Event) -> Result<(), End> {
        if !self.seen.note(event) || event.state != JudgementState::Done {
            return Ok(());
        }
        match event.problem_done() {
            Some(text) => self.socket.send(text).await,
            None => Ok(()),
        }
    }
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
