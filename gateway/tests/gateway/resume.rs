//! Going on elsewhere with the last that was heard, over each of the three ways to listen.

use domain::{SubmissionId, Verdict};
use serde_json::{Value, json};

use crate::site::{Site, in_time};
use crate::sse::Stream;

fn position(update: &Value) -> String {
    format!("{}:{}", update["judgement"].as_str().unwrap(), update["seq"])
}

#[tokio::test]
async fn who_knows_all_is_told_only_what_comes_after() {
    let site = Site::open().await;
    let (id, judgement) = site.submit("ann").await;
    let mut first = site.greeted().await;
    first.send(json!({"type": "subscribe", "submission": id})).await;
    first.hear("subscribed").await;
    first.hear("snapshot").await;
    let lease = site.claim(id, judgement).await;
    site.progress(id, &lease, 1).await;
    first.hear("update").await;
    let last = position(&first.hear("update").await);
    drop(first);

    // The row knows nothing of progress: the client is ahead of it, and is told neither that nor the same again.
    let mut second = site.greeted().await;
    second
        .send(json!({"type": "subscribe", "submission": id, "after": last}))
        .await;
    second.hear("subscribed").await;
    second.settle().await;
    site.progress(id, &lease, 1).await;
    site.progress(id, &lease, 2).await;
    assert_eq!(second.hear("update").await["cases_done"], 2);
    site.finish(&lease, Verdict::Ac).await;
    assert_eq!(second.hear("update").await["verdict"], "AC");

    let mut third = site.greeted().await;
    third
        .send(json!({"type": "subscribe", "submission": id, "after": last}))
        .await;
    third.hear("subscribed").await;
    assert_eq!(third.hear("snapshot").await["view"]["judgement"]["verdict"], "AC");
    site.stop().await;
}

#[tokio::test]
async fn a_stream_goes_on_where_another_one_stopped() {
    let site = Site::open().await;
    let (id, judgement) = site.submit("ann").await;
    let lease = site.claim(id, judgement).await;
    let mut first = Stream::open(&site, id, &[]).await;
    let (_, last, _) = first.next().await.unwrap();
    drop(first);
    let mut second = Stream::open(&site, id, &[("last-event-id", &last)]).await;
    site.finish(&lease, Verdict::Wa).await;
    let (name, _, data) = second.next().await.unwrap();
    assert_eq!((name.as_str(), &data["verdict"]), ("update", &"WA".into()));
    assert_eq!(second.next().await, None);
    site.stop().await;
}

async fn poll(site: &Site, id: SubmissionId, query: &str) -> Value {
    let path = format!("/api/v1/submissions/{id}/events?{query}");
    let response = in_time(site.get(&path, &[]).send()).await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "application/json");
    serde_json::from_str(&response.text().await.unwrap()).unwrap()
}

#[tokio::test]
async fn long_polls_tell_the_same_one_after_the_other() {
    let site = Site::open().await;
    let (id, judgement) = site.submit("ann").await;
    let first = poll(&site, id, "wait=20").await;
    assert_eq!(first["events"][0]["view"]["judgement"]["state"], "queued");
    assert_eq!(first["ended"], false);

    let after = format!("wait=20&after={}", first["after"].as_str().unwrap());
    let lease = site.claim(id, judgement).await;
    let second = poll(&site, id, &after).await;
    assert_eq!(second["events"][0]["view"]["judgement"]["state"], "running");

    let after = format!("wait=20&after={}", second["after"].as_str().unwrap());
    let (third, ()) = tokio::join!(poll(&site, id, &after), async {
        // Whether it is heard or read, it is told.
        site.progress(id, &lease, 1).await;
        site.finish(&lease, Verdict::Ac).await;
    });
    let last = third["events"].as_array().unwrap().last().unwrap();
    assert!(
        matches!(last["type"].as_str(), Some("update" | "snapshot")),
        "{third}"
    );

    let quiet = poll(&site, id, "wait=0&after=01a1fa2f-040b-77eb-b86b-8bf329525066:7").await;
    assert_eq!(quiet["ended"], true);
    let end = poll(
        &site,
        id,
        &format!("wait=20&after={}", quiet["after"].as_str().unwrap()),
    )
    .await;
    assert_eq!((&end["events"], &end["ended"]), (&json!([]), &true.into()));
    site.stop().await;
}

#[tokio::test]
async fn a_wait_without_news_ends_with_none() {
    let site = Site::open().await;
    let (id, _) = site.submit("ann").await;
    let first = poll(&site, id, "wait=0").await;
    let after = first["after"].as_str().unwrap();
    let again = poll(&site, id, &format!("wait=1&after={after}")).await;
    assert_eq!(again, json!({"events": [], "after": after, "ended": false}));
    site.stop().await;
}

#[tokio::test]
async fn one_stream_tells_of_many() {
    let site = Site::open().await;
    let (id, judgement) = site.submit("ann").await;
    let path = format!("/api/v1/events?submission={id}&user=bob&queue=true");
    let mut stream = Stream::at(&site, &path, &[]).await;
    for name in ["snapshot", "snapshot", "queue"] {
        assert_eq!(stream.next().await.unwrap().0, name);
    }
    let lease = site.claim(id, judgement).await;
    site.finish(&lease, Verdict::Ac).await;
    let other = site.judged("bob", Verdict::Wa).await;
    let mut told = Vec::new();
    while told.len() < 4 {
        let (name, _, data) = stream.next().await.unwrap();
        if name == "update" {
            told.push((data["submission"].clone(), data["state"].clone()));
        }
    }
    assert_eq!(told[1], (json!(id), "done".into()));
    assert_eq!(told[3], (json!(other), "done".into()));
    site.stop().await;
}

#[tokio::test]
async fn parameters_that_are_wrong_are_named() {
    let site = Site::open().await;
    let (id, _) = site.submit("ann").await;
    let own = format!("/api/v1/submissions/{id}/events");
    for (path, pointer) in [
        (format!("{own}?wait=-1"), "?wait"),
        (format!("{own}?wait=61"), "?wait"),
        (format!("{own}?wait=1&wait=1"), "?wait"),
        (format!("{own}?after=7"), "?after"),
        (format!("{own}?colour=red"), "?colour"),
        ("/api/v1/events".to_owned(), "?submission"),
        ("/api/v1/events?user=a%20b".to_owned(), "?user"),
        ("/api/v1/events?submission=7".to_owned(), "?submission"),
        ("/api/v1/events?problem=".to_owned(), "?problem"),
        ("/api/v1/events?queue=no".to_owned(), "?queue"),
        ("/api/v1/events?user=ann&wait=3".to_owned(), "?wait"),
    ] {
        let response = in_time(site.get(&path, &[]).send()).await.unwrap();
        assert_eq!(response.status(), 422, "{path}");
        let body: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
        assert_eq!(body["errors"][0]["pointer"], pointer, "{path}: {body}");
    }
    site.stop().await;
}
