//! What is told: snapshot, then updates newer than it, to the end.

use domain::{Band, SubmissionId, Verdict};
use serde_json::{Value, json};

use crate::client::Client;
use crate::site::{Site, in_time, let_half_a_minute_pass, progress};
use crate::sse::Stream;

/// Updates that a reader misses: 24 MB of them.
const STEPS: u32 = 3000;

#[tokio::test]
async fn contests_are_followed_as_a_whole() {
    let site = Site::open().await;
    let (before, judgement) = site.submit_in(Band::Contest, "ann").await;
    site.judged("bob", Verdict::Ac).await;
    let mut client = site.greeted().await;
    client.send(json!({"type": "subscribe", "contests": true})).await;
    let subscribed = client.hear("subscribed").await;
    assert_eq!(subscribed, json!({"type": "subscribed", "contests": true}));
    let snapshot = client.hear("snapshot").await;
    assert_eq!(snapshot["contests"], true);
    let listed = snapshot["submissions"].as_array().unwrap();
    assert_eq!(listed.len(), 1, "{snapshot}");
    assert_eq!(listed[0]["id"], json!(before));

    // What is no contest's is not told; what anybody submits to one is.
    site.judged("bob", Verdict::Wa).await;
    let lease = site.claim(before, judgement).await;
    site.finish(&lease, Verdict::Ac).await;
    let (later, judgement) = site.submit_in(Band::Contest, "cid").await;
    site.claim(later, judgement).await;
    let mut heard = Vec::new();
    for _ in 0..3 {
        let update = client.hear("update").await;
        assert_eq!(update["is_contest"], true);
        heard.push((update["submission"].clone(), update["state"].clone()));
    }
    let expected = [(before, "running"), (before, "done"), (later, "running")];
    assert_eq!(heard, expected.map(|(id, state)| (json!(id), json!(state))));

    client
        .send(json!({"type": "unsubscribe", "contests": true}))
        .await;
    client.hear("unsubscribed").await;
    site.stop().await;
}

async fn subscribe(client: &mut Client, id: SubmissionId) -> Value {
    client
        .send(json!({"type": "subscribe", "submission": id, "ref": "r"}))
        .await;
    let subscribed = client.hear("subscribed").await;
    assert_eq!(
        subscribed,
        json!({"type": "subscribed", "submission": id, "ref": "r"})
    );
    let snapshot = client.hear("snapshot").await;
    assert_eq!(snapshot["submission"], json!(id));
    snapshot
}

#[tokio::test]
async fn a_submission_is_followed_from_its_snapshot_to_its_verdict() {
    let site = Site::open().await;
    let (id, judgement) = site.submit("ann").await;
    let mut client = site.socket("/api/v1/ws").await;
    let hello = client.next().await;
    assert_eq!(
        hello,
        json!({"type": "hello", "version": env!("CARGO_PKG_VERSION"), "open": true})
    );
    let snapshot = subscribe(&mut client, id).await;
    assert_eq!(snapshot["view"]["judgement"]["state"], "queued");
    assert_eq!(snapshot["seq"], 0);

    let lease = site.claim(id, judgement).await;
    site.progress(id, &lease, 1).await;
    site.progress(id, &lease, 2).await;
    let mut numbers = Vec::new();
    for done in [0, 1, 2] {
        let update = client.hear("update").await;
        assert_eq!(
            (&update["state"], &update["cases_done"]),
            (&"running".into(), &done.into())
        );
        assert_eq!(
            (&update["submission"], &update["user"]),
            (&json!(id), &"ann".into())
        );
        numbers.push(update["seq"].as_u64().unwrap());
    }
    // Told again, or late: not told on.
    site.progress(id, &lease, 2).await;
    site.progress(id, &lease, 1).await;
    site.finish(&lease, Verdict::Wa).await;
    site.progress(id, &lease, 3).await;
    let end = client.hear("update").await;
    assert_eq!((&end["state"], &end["verdict"]), (&"done".into(), &"WA".into()));
    numbers.push(end["seq"].as_u64().unwrap());
    assert!(numbers.is_sorted_by(|a, b| a < b), "{numbers:?}");
    client.settle().await;

    let mut late = site.greeted().await;
    let snapshot = subscribe(&mut late, id).await;
    assert_eq!(snapshot["view"]["judgement"]["verdict"], "WA");
    assert_eq!(snapshot["seq"], numbers[3]);
    let compiler = snapshot["view"]["judgement"]["compiler_output"].as_str().unwrap();
    assert!(
        compiler.len() < 20_000 && compiler.ends_with('…'),
        "{}",
        compiler.len()
    );
    site.stop().await;
}

#[tokio::test]
async fn a_user_is_followed_over_all_submissions() {
    let site = Site::open().await;
    let mut old = Vec::new();
    for _ in 0..25 {
        old.insert(0, site.judged("ann", Verdict::Ac).await);
    }
    site.judged("bob", Verdict::Ac).await;
    let mut client = site.greeted().await;
    client.send(json!({"type": "subscribe", "user": "ann"})).await;
    assert_eq!(
        client.hear("subscribed").await,
        json!({"type": "subscribed", "user": "ann"})
    );
    let snapshot = client.hear("snapshot").await;
    assert_eq!(snapshot["user"], "ann");
    let submissions = snapshot["submissions"].as_array().unwrap();
    let ids: Vec<_> = submissions.iter().map(|view| view["id"].clone()).collect();
    let expected: Vec<_> = old[..20].iter().map(|id| json!(id)).collect();
    assert_eq!(ids, expected, "the newest twenty, the newest first");

    site.judged("bob", Verdict::Ac).await;
    let new = site.judged("ann", Verdict::Tle).await;
    for state in ["running", "done"] {
        let update = client.hear("update").await;
        assert_eq!(
            (&update["submission"], &update["state"]),
            (&json!(new), &state.into())
        );
    }
    site.stop().await;
}

#[tokio::test]
async fn who_listens_twice_is_told_once_and_who_leaves_is_told_no_more() {
    let site = Site::open().await;
    let (id, judgement) = site.submit("ann").await;
    let mut client = site.greeted().await;
    subscribe(&mut client, id).await;
    subscribe(&mut client, id).await;
    client.send(json!({"type": "subscribe", "user": "ann"})).await;
    client.hear("subscribed").await;
    client.hear("snapshot").await;
    let lease = site.claim(id, judgement).await;
    assert_eq!(client.hear("update").await["state"], "running");
    client.settle().await;

    client
        .send(json!({"type": "unsubscribe", "submission": id, "ref": 2}))
        .await;
    let left = client.hear("unsubscribed").await;
    assert_eq!(left, json!({"type": "unsubscribed", "submission": id, "ref": 2}));
    site.progress(id, &lease, 1).await;
    assert_eq!(client.hear("update").await["cases_done"], 1, "still the user's");
    client.send(json!({"type": "unsubscribe", "user": "ann"})).await;
    client.hear("unsubscribed").await;
    client.send(json!({"type": "unsubscribe", "user": "ann"})).await;
    assert_eq!(client.hear("error").await["code"], "not-found");
    site.finish(&lease, Verdict::Ac).await;
    client.settle().await;
    site.stop().await;
}

/// Subscribes at some moment of a submission's life, and follows it to its end.
async fn follow(site: &Site, id: SubmissionId) {
    let mut client = site.greeted().await;
    let snapshot = subscribe(&mut client, id).await;
    let mut seq = snapshot["seq"].as_u64().unwrap();
    let mut state = snapshot["view"]["judgement"]["state"].clone();
    while state != "done" {
        let update = client.hear("update").await;
        let next = update["seq"].as_u64().unwrap();
        assert!(next > seq, "{next} after {seq}");
        (seq, state) = (next, update["state"].clone());
    }
    assert_eq!(seq, site.view(id).await.judgement.sequence().0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whenever_one_begins_to_listen_nothing_is_missed() {
    let site = Site::open().await;
    let (id, judgement) = site.submit("ann").await;
    let followers = async {
        let all = (0..60).map(|_| follow(&site, id));
        futures_util::future::join_all(all).await;
    };
    let life = async {
        let lease = site.claim(id, judgement).await;
        for step in 1..=40 {
            site.progress(id, &lease, step).await;
            tokio::task::yield_now().await;
        }
        site.finish(&lease, Verdict::Ac).await;
    };
    in_time(futures_util::future::join(followers, life)).await;
    site.stop().await;
}

#[tokio::test]
async fn who_does_not_read_holds_up_nobody_and_is_resynchronised() {
    let site = Site::open().await;
    let (id, judgement) = site.submit("ann").await;
    let mut slow = site.greeted().await;
    let mut fast = site.greeted().await;
    subscribe(&mut slow, id).await;
    subscribe(&mut fast, id).await;
    let lease = site.claim(id, judgement).await;
    fast.hear("update").await;
    // Enough to fill what the kernel holds between us, and the mailbox behind it.
    let view = site.view(id).await;
    for step in 1..=STEPS {
        let mut update = progress(&view, &lease, step);
        update.message = Some("x".repeat(8000));
        site.events.publish(&update).await.unwrap();
        assert_eq!(fast.hear("update").await["cases_done"], step);
    }
    site.finish(&lease, Verdict::Mle).await;
    assert_eq!(fast.hear("update").await["verdict"], "MLE");
    let (mut updates, mut snapshots) = (0, 0);
    let mut last = Value::Null;
    // What comes in while a snapshot is due can be told before it.
    while last != "MLE" || snapshots == 0 {
        let message = slow.next().await;
        if message["type"] == "snapshot" {
            snapshots += 1;
            last = message["view"]["judgement"]["verdict"].clone();
        } else {
            updates += 1;
            last = message["verdict"].clone();
        }
    }
    assert!(updates < STEPS, "{updates} updates, {snapshots} snapshots");
    site.stop().await;
}

#[tokio::test]
async fn a_verdict_whose_event_is_lost_is_told_all_the_same() {
    let site = Site::open().await;
    let (id, judgement) = site.submit("ann").await;
    let lease = site.claim(id, judgement).await;
    let mut one = site.greeted().await;
    subscribe(&mut one, id).await;
    let mut all = site.greeted().await;
    all.send(json!({"type": "subscribe", "user": "ann"})).await;
    all.hear("subscribed").await;
    all.hear("snapshot").await;
    let mut tutorial = site.socket("/ws").await;
    tutorial.say("ann").await;
    tutorial.settle().await;
    let mut stream = Stream::open(&site, id, &[]).await;
    assert_eq!(stream.next().await.unwrap().0, "snapshot");

    let_half_a_minute_pass().await;
    for client in [&mut one, &mut all, &mut tutorial] {
        client.settle().await;
    }
    site.conclude(&lease, Verdict::Ac).await;
    let_half_a_minute_pass().await;
    for client in [&mut one, &mut all] {
        assert_eq!(client.hear("update").await["verdict"], "AC");
    }
    assert_eq!(tutorial.next().await["status"], "AC");
    assert_eq!(stream.next().await.unwrap().2["verdict"], "AC");
    assert_eq!(stream.next().await, None);
    site.stop().await;
}
