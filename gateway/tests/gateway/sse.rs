//! Server-Sent Events.

use domain::{Role, SubmissionId, Verdict};
use futures_util::StreamExt;
use serde_json::Value;

use crate::site::{Site, in_time};

fn path(id: impl std::fmt::Display) -> String {
    format!("/api/v1/submissions/{id}/events")
}

/// Reads a stream, one event at a time.
pub(crate) struct Stream {
    body: std::pin::Pin<Box<dyn futures_util::Stream<Item = String> + Send>>,
    text: String,
}

impl Stream {
    pub(crate) async fn open(site: &Site, id: SubmissionId, headers: &[(&str, &str)]) -> Self {
        Self::at(site, &path(id), headers).await
    }

    pub(crate) async fn at(site: &Site, path: &str, headers: &[(&str, &str)]) -> Self {
        let response = in_time(site.get(path, headers).send()).await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["cache-control"], "no-cache");
        let body = response.bytes_stream();
        Self {
            body: Box::pin(body.map(|bytes| String::from_utf8(bytes.unwrap().to_vec()).unwrap())),
            text: String::new(),
        }
    }

    /// The next event's name, id (empty where it has none) and data; none at the end.
    pub(crate) async fn next(&mut self) -> Option<(String, String, Value)> {
        let event = loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let event = event.to_owned();
                self.text = rest.into();
                // A comment keeps the connection alive, and says nothing.
                if event.starts_with(':') {
                    continue;
                }
                break event;
            }
            self.text += &in_time(self.body.next()).await?;
        };
        let field = |name| {
            event
                .lines()
                .find_map(|line| line.strip_prefix(name))
                .unwrap_or_default()
                .trim()
                .to_owned()
        };
        Some((
            field("event:"),
            field("id:"),
            serde_json::from_str(&field("data:")).unwrap(),
        ))
    }
}

#[tokio::test]
async fn a_submission_is_followed_to_its_end() {
    let site = Site::open().await;
    let (id, judgement) = site.submit("ann").await;
    let mut events = Stream::open(&site, id, &[]).await;
    let (name, first_id, data) = events.next().await.unwrap();
    assert_eq!(
        (name.as_str(), &data["view"]["judgement"]["state"]),
        ("snapshot", &"queued".into())
    );
    let lease = site.claim(id, judgement).await;
    site.progress(id, &lease, 1).await;
    site.progress(id, &lease, 1).await;
    site.finish(&lease, Verdict::Rte).await;
    let mut ids = vec![first_id];
    for state in ["running", "running", "done"] {
        let (name, id, data) = events.next().await.unwrap();
        assert_eq!((name.as_str(), &data["state"]), ("update", &state.into()));
        ids.push(id);
    }
    assert_eq!(events.next().await, None, "the stream ends with the judgement");
    ids.dedup();
    assert_eq!(ids.len(), 4, "{ids:?}");

    // Who comes back from before the end is told how it ended; so is who says rubbish.
    for last in [ids[0].as_str(), ids[2].as_str(), "rubbish", ""] {
        let mut events = Stream::open(&site, id, &[("last-event-id", last)]).await;
        let (name, id, data) = events.next().await.unwrap();
        assert_eq!(
            (name.as_str(), &id, &data["view"]["judgement"]["verdict"]),
            ("snapshot", &ids[3], &"RTE".into())
        );
        assert_eq!(events.next().await, None);
    }
    // To who knows the end, there is nothing to say, and no reason to come again.
    let end = [("last-event-id", ids[3].as_str())];
    let response = in_time(site.get(&path(id), &end).send()).await.unwrap();
    assert_eq!(response.status(), 204);
    site.stop().await;
}

#[tokio::test]
async fn a_server_that_stops_ends_its_streams() {
    let site = Site::open().await;
    let (id, _) = site.submit("ann").await;
    let mut events = Stream::open(&site, id, &[]).await;
    events.next().await.unwrap();
    site.stop.cancel();
    assert_eq!(events.next().await, None);
    site.stop().await;
}

/// Asks, and asserts the status and what the problem says.
async fn check(site: &Site, path: &str, headers: &[(&str, &str)], status: u16, words: &str) {
    let response = in_time(site.get(path, headers).send()).await.unwrap();
    assert_eq!(response.status(), status, "{path}");
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    let text = response.text().await.unwrap();
    assert!(text.contains(words), "{path}: {text}");
}

#[tokio::test]
async fn what_may_not_be_followed_is_a_problem() {
    let site = Site::with_tokens().await;
    let own = site.judged("ann", Verdict::Ac).await;
    let others = site.judged("bob", Verdict::Ac).await;
    let ann = format!("Bearer {}", site.token("ann", Role::User).await);
    let ann = [("authorization", ann.as_str())];
    check(&site, &path(own), &[], 401, "Authorization").await;
    check(
        &site,
        &path(own),
        &[("authorization", "Bearer gvl_x")],
        401,
        "unknown",
    )
    .await;
    check(&site, &path(others), &ann, 404, "no such submission").await;
    check(&site, &path(SubmissionId::new()), &ann, 404, "no such submission").await;
    check(&site, &path("7"), &ann, 404, "must be a UUID").await;
    check(&site, &path("%ff"), &ann, 400, "").await;
    let foreign = [ann[0], ("origin", "https://evil.org")];
    check(&site, &path(own), &foreign, 403, "evil.org").await;
    let mut events = Stream::open(&site, own, &ann).await;
    assert_eq!(events.next().await.unwrap().0, "snapshot");
    site.store.close().await;
    check(&site, &path(own), &ann, 503, "unavailable").await;
    site.stop().await;
}
