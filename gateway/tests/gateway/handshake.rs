//! Requests that are no WebSocket, or must not become one.

use bus::Events;
use domain::{Role, Timestamp};
use gateway::GatewayConfig;

use crate::client::Client;
use crate::site::{Site, config, in_time};

const PATHS: [&str; 3] = ["/api/v1/ws", "/ws", "/"];

/// Asks with these headers, and asserts the status and what the problem says.
async fn check(site: &Site, path: &str, headers: &[(&str, &str)], status: u16, words: &str) {
    let response = in_time(site.get(path, headers).send()).await.unwrap();
    assert_eq!(response.status(), status, "{path} {headers:?}");
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    let body: serde_json::Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
    assert_eq!(body["status"], status);
    assert!(
        body["detail"].as_str().unwrap().contains(words),
        "{path} {headers:?}: {body}"
    );
}

#[tokio::test]
async fn a_request_that_is_no_handshake_is_told_what_it_lacks() {
    let site = Site::open().await;
    let key = ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
    let version = ("sec-websocket-version", "13");
    let upgrade = [("connection", "upgrade"), ("upgrade", "websocket")];
    check(&site, "/api/v1/ws", &[], 400, "Upgrade").await;
    check(&site, "/ws", &[], 400, "Upgrade").await;
    for path in PATHS {
        check(&site, path, &upgrade[1..], 400, "Upgrade").await;
        check(
            &site,
            path,
            &[upgrade.as_slice(), &[key]].concat(),
            400,
            "Sec-WebSocket-Version",
        )
        .await;
        let old = [upgrade.as_slice(), &[key, ("sec-websocket-version", "8")]].concat();
        check(&site, path, &old, 400, "Sec-WebSocket-Version").await;
        check(
            &site,
            path,
            &[upgrade.as_slice(), &[version]].concat(),
            400,
            "Sec-WebSocket-Key",
        )
        .await;
        for wrong in [
            "",
            "short",
            "dGhlIHNhbXBsZSBub25jZ===",
            "dGhlIHNhbXBsZSBub25j!Q==",
        ] {
            let wrong = [upgrade.as_slice(), &[version, ("sec-websocket-key", wrong)]].concat();
            check(&site, path, &wrong, 400, "Sec-WebSocket-Key").await;
        }
    }
    let response = in_time(site.get("/ws", &[("x-request-id", "abc-1")]).send())
        .await
        .unwrap();
    assert!(
        response
            .text()
            .await
            .unwrap()
            .contains("\"request_id\":\"abc-1\"")
    );
    site.stop().await;
}

#[tokio::test]
async fn whoever_asks_for_a_page_at_the_root_is_shown_the_way() {
    let site = Site::with_tokens().await;
    let response = in_time(site.get("/", &[]).send()).await.unwrap();
    assert_eq!(response.status(), 200);
    let text = response.text().await.unwrap();
    assert!(
        text.contains("/api/v1/ws") && text.contains("/api/v1/openapi.json"),
        "{text}"
    );
    site.stop().await;
}

/// Connects with these headers; the status of the refusal, or 101.
async fn status(site: &Site, path: &str, headers: &[(&'static str, &str)]) -> u16 {
    match Client::connect(site.address, path, headers).await {
        Ok(_) => 101,
        Err(response) => response.status().as_u16(),
    }
}

#[tokio::test]
async fn pages_of_other_hosts_do_not_connect() {
    let allowed = GatewayConfig {
        allowed_origins: vec!["https://school.org".to_owned()],
        ..config()
    };
    let site = Site::start(allowed, Events::in_process()).await;
    let own = format!("http://{}", site.address);
    for path in PATHS {
        for (origin, expected) in [
            (own.as_str(), 101),
            ("https://school.org", 101),
            ("http://localhost:3000", 101),
            ("https://evil.org", 403),
            ("null", 403),
        ] {
            assert_eq!(
                status(&site, path, &[("origin", origin)]).await,
                expected,
                "{path} {origin}"
            );
        }
        let bent = [("host", "evil.org:8080"), ("origin", "http://evil.org:8080")];
        assert_eq!(status(&site, path, &bent).await, 403, "{path}");
        assert_eq!(status(&site, path, &bent[..1]).await, 403, "{path}");
        assert_eq!(
            status(&site, path, &[("host", "school.org")]).await,
            101,
            "{path}"
        );
    }
    site.stop().await;
}

#[tokio::test]
async fn a_token_in_the_header_is_checked_before_the_upgrade() {
    for site in [Site::open().await, Site::with_tokens().await] {
        let good = site.token("ann", Role::User).await;
        let expired = site.token_until("ann", Role::User, Some(Timestamp(1))).await;
        for (value, expected) in [
            (format!("Bearer {good}"), 101),
            (format!("bearer {good}"), 101),
            (format!("Bearer {expired}"), 401),
            (format!("Bearer {good}x"), 401),
            (format!("Basic {good}"), 401),
            ("Bearer".to_owned(), 401),
            ("Bearer gvl_".to_owned(), 401),
            (String::new(), 401),
        ] {
            let found = status(&site, "/api/v1/ws", &[("authorization", &value)]).await;
            assert_eq!(found, expected, "{value:?}");
        }
        let header = format!("Bearer {good}");
        let headers = [("authorization", header.as_str())];
        let Ok(mut client) = Client::connect(site.address, "/api/v1/ws", &headers).await else {
            panic!("the token was refused");
        };
        client.hear("hello").await;
        let who = client.hear("authenticated").await;
        assert_eq!((&who["user"], &who["role"]), (&"ann".into(), &"user".into()));
        site.stop().await;
    }
}

#[tokio::test]
async fn a_store_that_is_away_is_not_the_clients_fault() {
    let site = Site::with_tokens().await;
    let token = site.token("ann", Role::User).await;
    let mut client = site.greeted().await;
    site.store.close().await;
    let header = format!("Bearer {token}");
    assert_eq!(
        status(&site, "/api/v1/ws", &[("authorization", &header)]).await,
        503
    );
    client
        .send(serde_json::json!({"type": "auth", "token": token, "ref": 1}))
        .await;
    let error = client.hear("error").await;
    assert_eq!(
        (&error["code"], &error["ref"]),
        (&"unavailable".into(), &1.into())
    );
    // Nobody is thrown out for it.
    client.settle().await;
    site.stop().await;
}
