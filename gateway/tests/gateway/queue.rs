//! The queue, and problems as their setters follow them.

use bus::{Entry, Lane, Scope};
use domain::{Band, JudgementId, Role, Verdict};
use serde_json::{Value, json};

use crate::client::Client;
use crate::site::Site;

fn entry(judgement: JudgementId) -> Entry {
    Entry {
        judgement,
        lane: Lane {
            band: Band::Interactive,
            language: "python3".parse().unwrap(),
            tag: domain::WorkerTag::default(),
        },
        user: "ann".parse().unwrap(),
    }
}

async fn subscribe(client: &mut Client, target: Value) {
    let mut message = target;
    message["type"] = "subscribe".into();
    client.send(message).await;
    client.hear("subscribed").await;
}

#[tokio::test]
async fn the_queue_is_told_with_ones_own_place() {
    let site = Site::open().await;
    let (id, judgement) = site.submit("ann").await;
    site.queue
        .push(&[entry(JudgementId::new()), entry(judgement)])
        .await
        .unwrap();
    let mut ann = site.greeted().await;
    subscribe(&mut ann, json!({"submission": id})).await;
    ann.hear("snapshot").await;
    subscribe(&mut ann, json!({"queue": true})).await;
    let depth = json!({"contest": 0, "interactive": 2, "bulk": 0});
    let place = json!({"submission": id, "judgement": judgement, "before": 1});
    assert_eq!(
        ann.hear("queue").await,
        json!({"type": "queue", "depth": depth, "places": [place]})
    );
    let mut stranger = site.greeted().await;
    subscribe(&mut stranger, json!({"queue": true})).await;
    assert_eq!(
        stranger.hear("queue").await,
        json!({"type": "queue", "depth": depth, "places": []})
    );

    let scope = Scope::new(
        Band::ALL,
        ["python3".parse().unwrap()],
        [domain::WorkerTag::default()],
    );
    let first = site
        .queue
        .pop(&scope, 1, std::time::Duration::ZERO)
        .await
        .unwrap();
    assert_ne!(first, [judgement]);
    let news = ann.hear("queue").await;
    assert_eq!(
        (&news["depth"]["interactive"], &news["places"][0]["before"]),
        (&1.into(), &0.into())
    );
    ann.send(json!({"type": "unsubscribe", "queue": true, "ref": 1}))
        .await;
    let left = ann.hear("unsubscribed").await;
    assert_eq!(left, json!({"type": "unsubscribed", "queue": true, "ref": 1}));
    site.stop().await;
}

async fn check(site: &Site, token: Option<&str>, problem: &str, expected: &str) {
    let mut client = match token {
        Some(token) => site.socket_of(token).await,
        None => site.greeted().await,
    };
    client
        .send(json!({"type": "subscribe", "problem": problem}))
        .await;
    let answer = client.next().await;
    let found = if answer["type"] == "error" {
        &answer["code"]
    } else {
        &answer["type"]
    };
    assert_eq!(found, expected, "{answer}");
}

#[tokio::test]
async fn a_problem_is_followed_by_its_owner() {
    let site = Site::with_tokens().await;
    site.add_problem("setter").await;
    let owner = site.token("setter", Role::Setter).await;
    let other = site.token("other", Role::Setter).await;
    let ann = site.token("ann", Role::User).await;
    let admin = site.token("root", Role::Admin).await;
    check(&site, Some(&owner), "aplusb", "subscribed").await;
    check(&site, Some(&admin), "aplusb", "subscribed").await;
    check(&site, Some(&other), "aplusb", "forbidden").await;
    check(&site, Some(&ann), "aplusb", "forbidden").await;
    check(&site, Some(&owner), "nothing", "not-found").await;
    check(&site, None, "aplusb", "unauthenticated").await;

    let mut client = site.socket_of(&owner).await;
    subscribe(&mut client, json!({"problem": "aplusb"})).await;
    let snapshot = client.hear("snapshot").await;
    assert_eq!(
        (&snapshot["problem"], &snapshot["submissions"]),
        (&"aplusb".into(), &json!([]))
    );
    let id = site.judged("ann", Verdict::Ac).await;
    for state in ["running", "done"] {
        let update = client.hear("update").await;
        assert_eq!(
            (&update["submission"], &update["state"]),
            (&json!(id), &state.into())
        );
    }
    // What they may read they may hear of; others do not even learn that it is there.
    for (token, expected) in [(&owner, "subscribed"), (&other, "not-found")] {
        let mut client = site.socket_of(token).await;
        client.send(json!({"type": "subscribe", "submission": id})).await;
        let answer = client.next().await;
        let found = if answer["type"] == "error" {
            &answer["code"]
        } else {
            &answer["type"]
        };
        assert_eq!(found, expected, "{answer}");
    }
    site.stop().await;
}
