//! Server-Sent Events for one submission: `snapshot`, then `update` until it has ended, then the end of the stream.
//!
//! A client that comes back sends `Last-Event-ID`; it gets the snapshot first all the same, which says everything that
//! the events in between would have said.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::sse::{Event as SseEvent, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use bus::{Event, Heard, Listener, Topic};
use domain::{JudgementId, Principal, Refusal, RefusalKind, Sequence, SubmissionId, Update};
use futures_util::Stream;
use http::{HeaderMap, HeaderValue};
use tokio::time::{Instant, sleep_until};

use crate::refused::Refused;
use crate::seen::Seen;
use crate::session::{LOOK_EVERY, RETRY_AFTER, no_submission};
use crate::{Gateway, guard, snapshot};

/// How often a comment is sent where there is nothing else, so that nothing in between takes the connection for dead.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Begins a stream.
pub(crate) async fn connect(
    State(gateway): State<Gateway>,
    id: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Response {
    let begun = match id {
        Ok(Path(id)) => begin(gateway, &id, &headers).await,
        Err(rejection) => Err(Refusal::new(RefusalKind::Malformed, rejection.body_text())),
    };
    match begun {
        Ok(follower) => {
            let keep_alive = KeepAlive::new().interval(KEEP_ALIVE).text("still here");
            let mut response = Sse::new(events(follower)).keep_alive(keep_alive).into_response();
            // nginx would collect the events otherwise.
            let name = http::HeaderName::from_static("x-accel-buffering");
            response
                .headers_mut()
                .insert(name, HeaderValue::from_static("no"));
            response
        }
        Err(refusal) => Refused::new(refusal, &headers).into_response(),
    }
}

/// Follows one submission to its end.
struct Follower {
    gateway: Gateway,
    id: SubmissionId,
    listener: Listener,
    seen: Seen,
    /// What is to be sent first.
    first: Option<SseEvent>,
    /// When to look at the row without an event.
    look_at: Instant,
}

async fn begin(gateway: Gateway, id: &str, headers: &HeaderMap) -> Result<Follower, Refusal> {
    guard::check(headers, &gateway.shared.config)?;
    let principal = gateway.asker(headers).await?;
    if principal == Principal::Anonymous {
        return Err(Refusal::new(
            RefusalKind::Unauthenticated,
            "a token is needed: send the header \"Authorization: Bearer gvl_…\"",
        ));
    }
    let id: SubmissionId = id
        .parse()
        .map_err(|error| Refusal::new(RefusalKind::NotFound, format!("the submission's id {error}")))?;
    match gateway.view(id).await? {
        Some(view) if principal.may_see_submissions_of(&view.user) => {}
        _ => return Err(no_submission()),
    }
    let listener = gateway.shared.events.listen(Topic::Submission(id)).await;
    let listener = listener.map_err(|error| {
        tracing::warn!(%error, "cannot subscribe");
        Refusal::new(
            RefusalKind::Unavailable,
            "events are unavailable; try again in a moment",
        )
    })?;
    let mut follower = Follower {
        gateway,
        id,
        listener,
        seen: Seen::new(1),
        first: None,
        look_at: Instant::now() + LOOK_EVERY,
    };
    follower.first = Some(follower.snapshot().await?);
    Ok(follower)
}

fn events(follower: Follower) -> impl Stream<Item = Result<SseEvent, Infallible>> {
    futures_util::stream::unfold(follower, |mut follower| async move {
        let event = follower.next().await?;
        Some((Ok(event), follower))
    })
}

impl Follower {
    /// The next event; none after the end, and none any more when the server stops.
    async fn next(&mut self) -> Option<SseEvent> {
        if let Some(first) = self.first.take() {
            return Some(first);
        }
        let stop = self.gateway.shared.stop.clone();
        while !self.seen.has_ended(self.id) {
            let heard = tokio::select! {
                () = stop.cancelled() => return None,
                heard = self.listener.next() => Some(heard),
                () = sleep_until(self.look_at) => None,
            };
            let event = match heard {
                Some(Heard::Update(event)) => self.seen.note(&event).then(|| update(&event)),
                Some(Heard::Resync) => self.resynchronise().await,
                None => self.look().await,
            };
            if event.is_some() {
                return event;
            }
        }
        None
    }

    async fn resynchronise(&mut self) -> Option<SseEvent> {
        let snapshot = self.snapshot().await;
        let pause = if snapshot.is_ok() { LOOK_EVERY } else { RETRY_AFTER };
        self.look_at = Instant::now() + pause;
        snapshot.ok()
    }

    /// Looks at the row: an event may have been lost on its way.
    async fn look(&mut self) -> Option<SseEvent> {
        let view = self.gateway.view(self.id).await;
        let pause = if view.is_ok() { LOOK_EVERY } else { RETRY_AFTER };
        self.look_at = Instant::now() + pause;
        let event = Event::new(Update::from(&view.ok()??));
        self.seen.note(&event).then(|| update(&event))
    }

    async fn snapshot(&mut self) -> Result<SseEvent, Refusal> {
        let view = self.gateway.view(self.id).await?.ok_or_else(no_submission)?;
        self.seen.note_row(&view);
        let id = event_id(view.judgement.id, view.judgement.sequence());
        Ok(SseEvent::default()
            .event("snapshot")
            .id(id)
            .data(snapshot::of_submission(view)))
    }
}

fn update(event: &Event) -> SseEvent {
    SseEvent::default()
        .event("update")
        .id(event_id(event.judgement, event.seq))
        .data(String::from_utf8_lossy(event.json()))
}

fn event_id(judgement: JudgementId, seq: Sequence) -> String {
    format!("{judgement}:{}", seq.0)
}
