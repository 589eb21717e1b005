//! The long poll: what the stream of a submission says, for clients that can do neither WebSockets nor streams.

use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use domain::SubmissionId;
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use metrics::{Listening, Transport};
use serde::Serialize;
use serde_json::value::RawValue;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::feed::{Feed, Told};
use crate::query::Query;
use crate::{Gateway, snapshot};

/// The longest wait, in seconds.
const LONGEST: u64 = 60;

/// One poll.
pub(crate) struct Poll {
    id: SubmissionId,
    feed: Feed,
    told: Vec<Told>,
    wait: Duration,
    stop: CancellationToken,
    _listening: Listening,
}

#[derive(Serialize)]
struct PollBody {
    /// The messages, as on a socket; none where nothing has happened.
    events: Vec<Box<RawValue>>,
    /// What the next poll names as `after`.
    after: Option<String>,
    /// Whether nothing more is to come.
    ended: bool,
}

/// Reads `?wait`.
pub(crate) fn wait(query: &mut Query) -> Option<Duration> {
    let seconds: u64 = query.parsed("wait")?;
    if seconds > LONGEST {
        query.refuse("wait", format!("must be a whole number from 0 to {LONGEST}"));
    }
    Some(Duration::from_secs(seconds))
}

impl Poll {
    pub(crate) fn new(
        gateway: &Gateway,
        id: SubmissionId,
        feed: Feed,
        told: Option<Told>,
        wait: Duration,
    ) -> Self {
        Self {
            id,
            feed,
            told: told.into_iter().collect(),
            wait,
            stop: gateway.shared.stop.clone(),
            _listening: gateway.shared.config.metrics.listens(Transport::Poll),
        }
    }

    /// Answers as soon as there is something to tell, or when the time is over, or the server stops.
    pub(crate) async fn answer(mut self) -> Response {
        let deadline = Instant::now() + self.wait;
        while self.told.is_empty() && !self.feed.has_ended(self.id) {
            let stirred = self
                .stop
                .run_until_cancelled(timeout_at(deadline, self.feed.wait()));
            let Some(Ok(stir)) = stirred.await else {
                break;
            };
            self.told = self.feed.take(stir).await;
        }
        let events = self.told.into_iter().map(|told| told.into_text().to_string());
        let body = PollBody {
            // What we have just made is JSON.
            events: events
                .filter_map(|text| RawValue::from_string(text).ok())
                .collect(),
            after: self.feed.position(self.id).map(|position| position.to_string()),
            ended: self.feed.has_ended(self.id),
        };
        let mut response = Body::from(snapshot::text(&body)).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}
