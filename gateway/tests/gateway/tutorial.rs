//! The tutorial's protocol.

use domain::Verdict;
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use crate::client::Client;
use crate::site::Site;

async fn check(site: &Site, path: &str, hello: &str, user: &str) {
    site.judged(user, Verdict::Ac).await;
    let mut client = site.socket(path).await;
    client.say(hello).await;
    client.settle().await;
    site.judged("somebody-else", Verdict::Ac).await;
    for verdict in [Verdict::Ac, Verdict::Wa] {
        let id = site.judged(user, verdict).await;
        let expected =
            json!({"problemId": "aplusb", "status": verdict.id(), "userId": user, "submissionId": id});
        assert_eq!(client.next().await, expected, "{path} {hello}");
    }
}

#[tokio::test]
async fn finished_results_come_to_whoever_has_said_who_it_is() {
    let site = Site::open().await;
    for path in ["/", "/ws"] {
        check(&site, path, "7", "7").await;
        check(&site, path, "ann", "ann").await;
        check(&site, path, r#"{"userId":7}"#, "7").await;
        check(
            &site,
            path,
            r#"{"userId":"ann.o@example.org"}"#,
            "ann.o@example.org",
        )
        .await;
    }
    site.stop().await;
}

#[tokio::test]
async fn another_first_message_makes_it_another_user() {
    let site = Site::open().await;
    let mut client = site.socket("/").await;
    client.say("ann").await;
    client.say("bob").await;
    client.settle().await;
    site.judged("ann", Verdict::Ac).await;
    let id = site.judged("bob", Verdict::Ac).await;
    assert_eq!(client.next().await["submissionId"], json!(id));
    site.stop().await;
}

#[tokio::test]
async fn what_names_no_user_is_answered_and_in_the_end_closed_upon() {
    let site = Site::open().await;
    for text in [
        "",
        "{}",
        "a b",
        "[1]",
        r#"{"userId":{}}"#,
        r#"{"userId":"#,
        &"x".repeat(65),
    ] {
        let mut client = site.socket("/ws").await;
        for _ in 0..5 {
            client.say(Message::Text(text.into())).await;
            client.hear("error").await;
        }
        assert_eq!(client.end().await.0, 4400, "{text:.20}");
    }
    site.stop().await;
}

#[tokio::test]
async fn where_tokens_are_required_it_says_how_to_do_it() {
    let site = Site::with_tokens().await;
    for path in ["/", "/ws"] {
        let mut client: Client = site.socket(path).await;
        let refusal = client.hear("error").await;
        assert_eq!(refusal["code"], "unauthenticated");
        let detail = refusal["detail"].as_str().unwrap();
        assert!(
            detail.contains("/api/v1/ws") && detail.contains("token"),
            "{detail}"
        );
        assert_eq!(client.end().await.0, 4401);
    }
    site.stop().await;
}
