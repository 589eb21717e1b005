//! Who may listen to what.

use domain::{Role, SubmissionId, Verdict};
use serde_json::{Value, json};

use crate::site::{Site, in_time};

/// Subscribes, and asserts what comes back: `None` for a snapshot, else the error's code.
async fn check(site: &Site, token: Option<&str>, target: Value, expected: Option<&str>) {
    let mut client = match token {
        Some(token) => site.socket_of(token).await,
        None => site.greeted().await,
    };
    let mut message = target.clone();
    message["type"] = "subscribe".into();
    message["ref"] = 5.into();
    client.send(message).await;
    let answer = client.next().await;
    assert_eq!(answer["ref"], 5);
    match expected {
        None => {
            assert_eq!(answer["type"], "subscribed", "{target}: {answer}");
            client.hear("snapshot").await;
        }
        Some(code) => assert_eq!(
            (&answer["type"], &answer["code"]),
            (&"error".into(), &code.into()),
            "{target}"
        ),
    }
}

#[tokio::test]
async fn every_subscription_is_authorised_against_the_row() {
    let site = Site::with_tokens().await;
    let own = site.judged("ann", Verdict::Ac).await;
    let others = site.judged("bob", Verdict::Ac).await;
    let nothing = SubmissionId::new();
    let ann = site.token("ann", Role::User).await;
    let setter = site.token("ann", Role::Setter).await;
    let admin = site.token("root", Role::Admin).await;
    for token in [&ann, &setter] {
        check(&site, Some(token), json!({"submission": own}), None).await;
        check(
            &site,
            Some(token),
            json!({"submission": others}),
            Some("not-found"),
        )
        .await;
        check(
            &site,
            Some(token),
            json!({"submission": nothing}),
            Some("not-found"),
        )
        .await;
        check(&site, Some(token), json!({"user": "me"}), None).await;
        check(&site, Some(token), json!({"user": "ann"}), None).await;
        check(&site, Some(token), json!({"user": "bob"}), Some("forbidden")).await;
        check(&site, Some(token), json!({"contests": true}), Some("forbidden")).await;
    }
    check(&site, Some(&admin), json!({"submission": others}), None).await;
    check(&site, Some(&admin), json!({"user": "bob"}), None).await;
    check(&site, Some(&admin), json!({"contests": true}), None).await;
    check(
        &site,
        Some(&admin),
        json!({"submission": nothing}),
        Some("not-found"),
    )
    .await;
    for target in [
        json!({"submission": own}),
        json!({"user": "ann"}),
        json!({"user": "me"}),
        json!({"contests": true}),
    ] {
        check(&site, None, target, Some("unauthenticated")).await;
    }
    site.stop().await;
}

#[tokio::test]
async fn open_mode_listens_to_anybody_but_not_to_nobody() {
    let site = Site::open().await;
    let id = site.judged("ann", Verdict::Ac).await;
    check(&site, None, json!({"submission": id}), None).await;
    check(&site, None, json!({"user": "ann"}), None).await;
    check(&site, None, json!({"user": "never-seen"}), None).await;
    check(&site, None, json!({"user": "me"}), Some("invalid")).await;
    let ann = site.token("ann", Role::User).await;
    check(&site, Some(&ann), json!({"user": "me"}), None).await;
    check(&site, Some(&ann), json!({"user": "bob"}), Some("forbidden")).await;
    site.stop().await;
}

#[tokio::test]
async fn a_socket_belongs_to_one_user() {
    let site = Site::with_tokens().await;
    let (ann, bob) = (
        site.token("ann", Role::User).await,
        site.token("bob", Role::User).await,
    );
    let mut client = site.socket_of(&ann).await;
    client.send(json!({"type": "auth", "token": bob})).await;
    assert_eq!(client.hear("error").await["code"], "conflict");
    client.send(json!({"type": "subscribe", "user": "bob"})).await;
    assert_eq!(client.hear("error").await["code"], "forbidden");
    site.stop().await;
}

#[tokio::test]
async fn subscriptions_of_one_socket_are_bounded() {
    let site = Site::open().await;
    let mut client = site.greeted().await;
    for at in 0..8 {
        client
            .send(json!({"type": "subscribe", "user": format!("user{at}")}))
            .await;
        client.hear("subscribed").await;
        client.hear("snapshot").await;
    }
    client
        .send(json!({"type": "subscribe", "user": "one-more", "ref": 9}))
        .await;
    let error = client.hear("error").await;
    assert_eq!((&error["code"], &error["ref"]), (&"too-many".into(), &9.into()));
    client.send(json!({"type": "subscribe", "user": "user3"})).await;
    client.hear("subscribed").await;
    client.hear("snapshot").await;
    client.send(json!({"type": "unsubscribe", "user": "user3"})).await;
    client.hear("unsubscribed").await;
    client
        .send(json!({"type": "subscribe", "user": "one-more"}))
        .await;
    in_time(client.hear("subscribed")).await;
    site.stop().await;
}
