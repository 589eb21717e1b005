//! Server-Sent Events: the messages of `/api/v1/ws` as a stream that needs no more than a GET.
//!
//! For one submission the stream ends with it. A client that comes back sends `Last-Event-ID` and is told what is newer; where
//! there is nothing newer to come, the answer is 204, which an `EventSource` takes for the end.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::sse::{Event as SseEvent, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use bus::Topic;
use domain::{Principal, Refusal, RefusalKind, SubmissionId};
use futures_util::Stream;
use http::{HeaderMap, HeaderValue, StatusCode, Uri};
use metrics::{GatewayMetrics, Listening, Transport};
use tokio_util::sync::CancellationToken;

use crate::authenticate::Asker;
use crate::feed::{Feed, Subject, Told};
use crate::message::Target;
use crate::pass::Pass;
use crate::poll::{self, Poll};
use crate::position::Position;
use crate::query::Query;
use crate::refused::Refused;
use crate::{Gateway, guard};

/// How often a comment is sent where there is nothing else, so that nothing in between takes the connection for dead.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// One submission: a stream, or with `?wait` a long poll.
pub(crate) async fn of_submission(
    State(gateway): State<Gateway>,
    id: Result<Path<String>, PathRejection>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let begun = match id {
        Ok(Path(id)) => begin_submission(&gateway, &id, &uri, &headers).await,
        Err(rejection) => Err(Refusal::new(RefusalKind::Malformed, rejection.body_text())),
    };
    match begun {
        Ok(Begun::Poll(poll)) => poll.answer().await,
        Ok(Begun::Stream(stream)) => stream.into_response(),
        Ok(Begun::Over) => StatusCode::NO_CONTENT.into_response(),
        Err(refusal) => Refused::new(refusal, &headers).into_response(),
    }
}

/// Any number of subscriptions: `?submission`, `?user`, `?problem`, `?queue`.
pub(crate) async fn of_many(State(gateway): State<Gateway>, uri: Uri, headers: HeaderMap) -> Response {
    match begin_many(&gateway, &uri, &headers).await {
        Ok(stream) => stream.into_response(),
        Err(refusal) => Refused::new(refusal, &headers).into_response(),
    }
}

enum Begun {
    Stream(EventStream),
    Poll(Poll),
    /// The client knows the end already.
    Over,
}

async fn begin_submission(
    gateway: &Gateway,
    id: &str,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<Begun, Refusal> {
    guard::check(headers, &gateway.shared.config)?;
    let mut query = Query::of(uri);
    let (ticket, wait) = (query.text("ticket"), poll::wait(&mut query));
    let after = query.parsed::<Position>("after");
    query.finish()?;
    let asker = somebody(gateway, headers, ticket).await?;
    let id: SubmissionId = id
        .parse()
        .map_err(|error| Refusal::new(RefusalKind::NotFound, format!("the submission's id {error}")))?;
    let after = after.or_else(|| last_event_id(headers));
    let mut feed = Feed::new(gateway);
    let subject = Subject::Topic(Topic::Submission(id));
    let told = feed.subscribe(&asker.principal, subject, after).await?;
    if let Some(wait) = wait {
        return Ok(Begun::Poll(Poll::new(gateway, id, feed, told, wait)));
    }
    if told.is_none() && feed.has_ended(id) {
        return Ok(Begun::Over);
    }
    let first = told.into_iter().collect();
    Ok(Begun::Stream(EventStream::new(
        gateway,
        asker,
        feed,
        first,
        Some(id),
    )))
}

async fn begin_many(gateway: &Gateway, uri: &Uri, headers: &HeaderMap) -> Result<EventStream, Refusal> {
    guard::check(headers, &gateway.shared.config)?;
    let mut query = Query::of(uri);
    let ticket = query.text("ticket");
    let targets = targets(&mut query);
    query.finish()?;
    if targets.is_empty() {
        return Err(Refusal::field(
            "?submission",
            "is missing: give submission, user, problem or queue",
        ));
    }
    let asker = somebody(gateway, headers, ticket).await?;
    let mut feed = Feed::new(gateway);
    let mut first = VecDeque::new();
    for target in targets {
        let subject = target.subject(&asker.principal)?;
        first.extend(feed.subscribe(&asker.principal, subject, None).await?);
    }
    Ok(EventStream::new(gateway, asker, feed, first, None))
}

fn targets(query: &mut Query) -> Vec<Target> {
    let mut targets = Vec::new();
    for id in query.all("submission") {
        match id.parse() {
            Ok(id) => targets.push(Target::Submission(id)),
            Err(error) => query.refuse("submission", error),
        }
    }
    for id in query.all("user") {
        match id.parse() {
            _ if id == "me" => targets.push(Target::Me),
            Ok(id) => targets.push(Target::User(id)),
            Err(error) => query.refuse("user", error),
        }
    }
    for id in query.all("problem") {
        match id.parse() {
            Ok(id) => targets.push(Target::Problem(id)),
            Err(error) => query.refuse("problem", error),
        }
    }
    match query.text("queue").as_deref() {
        None => {}
        Some("true" | "1") => targets.push(Target::Queue),
        Some(_) => query.refuse("queue", "must be true"),
    }
    targets
}

async fn somebody(gateway: &Gateway, headers: &HeaderMap, ticket: Option<String>) -> Result<Asker, Refusal> {
    let asker = gateway.asker(headers, ticket.as_deref()).await?;
    if asker.principal == Principal::Anonymous {
        return Err(Refusal::new(
            RefusalKind::Unauthenticated,
            "a token is needed: send the header \"Authorization: Bearer gvl_…\", or ?ticket= with what \
             POST /api/v1/tickets gives you",
        ));
    }
    Ok(asker)
}

/// What a browser sends by itself when it comes back. What is none of ours says nothing.
fn last_event_id(headers: &HeaderMap) -> Option<Position> {
    headers.get("last-event-id")?.to_str().ok()?.parse().ok()
}

/// A stream, from its first events to its end.
struct EventStream {
    feed: Feed,
    waiting: VecDeque<Told>,
    /// The submission with which it ends.
    until: Option<SubmissionId>,
    /// Cancelled when the server stops, and when the token is no good any more.
    over: CancellationToken,
    _pass: Option<Pass>,
    metrics: GatewayMetrics,
    _listening: Listening,
}

impl EventStream {
    fn new(
        gateway: &Gateway,
        asker: Asker,
        feed: Feed,
        waiting: VecDeque<Told>,
        until: Option<SubmissionId>,
    ) -> Self {
        let stop = &gateway.shared.stop;
        let metrics = gateway.shared.config.metrics.clone();
        Self {
            feed,
            waiting,
            until,
            over: asker
                .pass
                .as_ref()
                .map_or_else(|| stop.clone(), |pass| pass.over.clone()),
            _pass: asker.pass,
            _listening: metrics.listens(Transport::Stream),
            metrics,
        }
    }

    /// The next event; none after the end, and none any more when the server stops.
    async fn next(&mut self) -> Option<SseEvent> {
        loop {
            if let Some(told) = self.waiting.pop_front() {
                self.metrics.sent(1);
                return Some(render(told));
            }
            if self.until.is_some_and(|id| self.feed.has_ended(id)) {
                return None;
            }
            let stir = self.over.run_until_cancelled(self.feed.wait()).await?;
            self.waiting.extend(self.feed.take(stir).await);
        }
    }

    fn events(self) -> impl Stream<Item = Result<SseEvent, Infallible>> {
        futures_util::stream::unfold(self, |mut stream| async move {
            let event = stream.next().await?;
            Some((Ok(event), stream))
        })
    }
}

impl IntoResponse for EventStream {
    fn into_response(self) -> Response {
        let keep_alive = KeepAlive::new().interval(KEEP_ALIVE).text("still here");
        let mut response = Sse::new(self.events()).keep_alive(keep_alive).into_response();
        // nginx would collect the events otherwise.
        let name = http::HeaderName::from_static("x-accel-buffering");
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static("no"));
        response
    }
}

fn render(told: Told) -> SseEvent {
    let event = SseEvent::default().event(told.name());
    let event = match told.position() {
        Some(position) => event.id(position.to_string()),
        None => event,
    };
    event.data(told.into_text().as_str())
}
