//! Clients that say what they must not, or nothing.

use std::time::Duration;

use bus::Events;
use gateway::GatewayConfig;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use crate::site::{Site, config, in_time};

const PATHS: [&str; 3] = ["/api/v1/ws", "/ws", "/"];

/// Says something, and asserts with which code and words it is closed upon.
async fn check(site: &Site, path: &str, message: Message, code: u16, words: &str) {
    let mut client = site.socket(path).await;
    let shown = format!("{path} {:.40}", format!("{message:?}"));
    client.say(message).await;
    let (found, reason) = client.end().await;
    assert_eq!(found, code, "{shown}: {reason}");
    assert!(reason.contains(words), "{shown}: {reason}");
}

#[tokio::test]
async fn what_is_no_text_is_closed_upon_with_the_reason() {
    let site = Site::open().await;
    let text = |bytes: Vec<u8>| Message::Frame(Frame::message(bytes, OpCode::Data(Data::Text), true));
    for path in PATHS {
        check(&site, path, Message::Binary(vec![1, 2, 3].into()), 1003, "text").await;
        check(
            &site,
            path,
            Message::Text("x".repeat(16 * 1024 + 1).into()),
            1009,
            "16384",
        )
        .await;
        check(
            &site,
            path,
            Message::Text("x".repeat(1 << 20).into()),
            1009,
            "16384",
        )
        .await;
        check(
            &site,
            path,
            text(b"{\"type\":\"\xff\xfe\"}".to_vec()),
            1007,
            "UTF-8",
        )
        .await;
        let reserved = Message::Frame(Frame::message(vec![], OpCode::Data(Data::Reserved(5)), true));
        check(&site, path, reserved, 1002, "").await;
    }
    site.stop().await;
}

#[tokio::test]
async fn a_wrong_message_is_answered_and_five_in_a_row_are_the_last() {
    let site = Site::open().await;
    let mut client = site.greeted().await;
    for round in 0..3 {
        for text in [
            "rubbish",
            "[]",
            r#"{"type":"shout","ref":3}"#,
            r#"{"type":"subscribe","user":7}"#,
        ] {
            client.say(text).await;
            let error = client.hear("error").await;
            assert!(!error["detail"].as_str().unwrap().is_empty(), "{round} {text}");
        }
        client.send(json!({"type": "subscribe", "user": "ann"})).await;
        client.hear("subscribed").await;
        client.hear("snapshot").await;
    }
    client
        .say(r#"{"type":"subscribe","submission":"7","ref":"x"}"#)
        .await;
    let error = client.hear("error").await;
    assert_eq!(
        error,
        json!({
            "type": "error", "code": "invalid", "detail": "/submission: must be a UUID", "ref": "x",
            "errors": [{"pointer": "/submission", "detail": "must be a UUID"}],
        })
    );
    for _ in 0..4 {
        client
            .say(r#"{"type":"subscribe","user":"ann","colour":"red"}"#)
            .await;
        client.hear("error").await;
    }
    let (code, reason) = client.end().await;
    assert_eq!(code, 4400);
    assert!(reason.contains("/colour"), "{reason}");
    site.stop().await;
}

#[tokio::test]
async fn who_says_nothing_is_asked_to_leave() {
    let impatient = |open| GatewayConfig {
        open,
        hello_timeout: Duration::from_millis(80),
        ..config()
    };
    let closed = Site::start(impatient(false), Events::in_process()).await;
    let mut silent = closed.greeted().await;
    let (code, reason) = silent.end().await;
    assert_eq!(code, 4401);
    assert!(reason.contains("token"), "{reason}");
    closed.stop().await;

    let open = Site::start(impatient(true), Events::in_process()).await;
    let mut welcome = open.greeted().await;
    for path in ["/", "/ws"] {
        let mut silent = open.socket(path).await;
        let (code, reason) = silent.end().await;
        assert_eq!(code, 4401);
        assert!(reason.contains("userId"), "{reason}");
    }
    // Who needs no token may take the time.
    welcome.settle().await;
    open.stop().await;
}

#[tokio::test]
async fn a_wrong_token_ends_the_socket() {
    let site = Site::with_tokens().await;
    for token in ["gvl_wrong", "", "x", &"x".repeat(10_000), "gvl_\u{0}"] {
        let mut client = site.greeted().await;
        client.send(json!({"type": "auth", "token": token})).await;
        assert_eq!(client.hear("error").await["code"], "unauthenticated");
        assert_eq!(client.end().await.0, 4401, "{token:.20}");
    }
    site.stop().await;
}

/// A handshake by hand, for a client that knows nothing of pings and closes.
async fn deaf(site: &Site, path: &str) -> TcpStream {
    let mut tcp = TcpStream::connect(site.address).await.unwrap();
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        site.address
    );
    tcp.write_all(request.as_bytes()).await.unwrap();
    tcp
}

#[tokio::test]
async fn who_answers_no_pings_is_dropped() {
    let hasty = GatewayConfig {
        ping_every: Duration::from_millis(40),
        ..config()
    };
    let site = Site::start(hasty, Events::in_process()).await;
    let mut answers = site.greeted().await;
    let silent = async {
        for path in PATHS {
            let mut tcp = deaf(&site, path).await;
            let mut heard = Vec::new();
            in_time(tcp.read_to_end(&mut heard)).await.unwrap();
            let shown = String::from_utf8_lossy(&heard);
            assert!(shown.ends_with("no answer to two pings"), "{path}: {shown}");
            let pings = heard.windows(2).filter(|bytes| *bytes == [0x89, 0]);
            assert_eq!(pings.count(), 2, "{path}");
        }
    };
    let answering = async {
        loop {
            answers.settle().await;
        }
    };
    tokio::select! {
        () = silent => {}
        () = answering => {}
    }
    answers.settle().await;
    site.stop().await;
}

#[tokio::test]
async fn bytes_that_are_no_frames_and_ends_without_goodbye_are_survived() {
    let site = Site::open().await;
    for path in PATHS {
        for bytes in ["\u{7f}\u{7f}", "GET / HTTP/1.1\r\n", "\u{1}\u{5}hello"] {
            let mut tcp = deaf(&site, path).await;
            tcp.write_all(bytes.repeat(100).as_bytes()).await.unwrap();
            let mut heard = Vec::new();
            in_time(tcp.read_to_end(&mut heard)).await.unwrap();
            assert!(
                heard.windows(2).any(|bytes| bytes == [0x03, 0xea]),
                "{path}: closed with 1002"
            );
        }
        drop(deaf(&site, path).await);
    }
    let mut client = site.greeted().await;
    client.settle().await;
    drop(client);
    site.stop().await;
}

#[tokio::test]
async fn a_server_that_stops_says_so() {
    let site = Site::open().await;
    let mut clients = Vec::new();
    for path in PATHS {
        let mut client = site.socket(path).await;
        client.settle_after_hello(path == "/api/v1/ws").await;
        clients.push(client);
    }
    let _deaf = deaf(&site, "/ws").await;
    site.stop.cancel();
    for mut client in clients {
        assert_eq!(client.end().await.0, 1001);
    }
    site.stop().await;
}
