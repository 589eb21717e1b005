//! Tickets, and tokens that come to their end while they are in use.

use std::time::Duration;

use bus::Events;
use domain::{Role, UserId};
use gateway::GatewayConfig;
use serde_json::json;

use crate::client::Client;
use crate::site::{Site, config, in_time};
use crate::sse::Stream;

async fn ticket(site: &Site, token: &str) -> String {
    let holder = site.store.holder(token).await.unwrap().unwrap();
    let life = Duration::from_mins(10);
    site.store.create_ticket(holder.token, life).await.unwrap()
}

#[tokio::test]
async fn a_ticket_opens_one_socket_or_one_stream() {
    let site = Site::with_tokens().await;
    let ann = site.token("ann", Role::User).await;
    let (id, _) = site.submit("ann").await;
    let first = ticket(&site, &ann).await;
    let mut client = site.socket(&format!("/api/v1/ws?ticket={first}")).await;
    client.hear("hello").await;
    assert_eq!(client.hear("authenticated").await["user"], "ann");
    client.send(json!({"type": "subscribe", "user": "me"})).await;
    client.hear("subscribed").await;

    let path = format!("/api/v1/submissions/{id}/events?ticket=");
    let second = ticket(&site, &ann).await;
    let mut stream = Stream::at(&site, &format!("{path}{second}"), &[]).await;
    assert_eq!(stream.next().await.unwrap().0, "snapshot");

    let third = ticket(&site, &ann).await;
    let bearer = format!("Bearer {ann}");
    for (ticket, headers, status) in [
        (first.as_str(), vec![], 401),
        (&second, vec![], 401),
        ("rubbish", vec![], 401),
        (&ann, vec![], 401),
        (&third, vec![("authorization", bearer.as_str())], 422),
    ] {
        let response = in_time(site.get(&format!("{path}{ticket}"), &headers).send())
            .await
            .unwrap();
        assert_eq!(response.status(), status, "{ticket}");
        let socket = format!("/api/v1/ws?ticket={ticket}");
        let refused = Client::connect(site.address, &socket, &[]).await.err();
        if headers.is_empty() {
            assert_eq!(refused.unwrap().status().as_u16(), 401, "{ticket}");
        }
    }
    site.stop().await;
}

#[tokio::test]
async fn a_token_that_is_revoked_ends_its_sockets_and_streams() {
    let watchful = GatewayConfig {
        open: false,
        recheck_every: Duration::from_millis(30),
        ..config()
    };
    let site = Site::start(watchful, Events::in_process()).await;
    let (ann, bob) = (
        site.token("ann", Role::User).await,
        site.token("bob", Role::User).await,
    );
    let (id, _) = site.submit("ann").await;
    let bearer = format!("Bearer {ann}");
    let mut sockets = [site.socket_of(&ann).await, site.socket_of(&ann).await];
    let mut stream = Stream::open(&site, id, &[("authorization", &bearer)]).await;
    assert_eq!(stream.next().await.unwrap().0, "snapshot");
    let mut other = site.socket_of(&bob).await;

    let user: UserId = "ann".parse().unwrap();
    let token = site.store.tokens(&user).await.unwrap()[0].id;
    assert!(site.store.revoke_token(token).await.unwrap());
    for socket in &mut sockets {
        let (code, reason) = socket.end().await;
        assert_eq!(code, 4401);
        assert!(reason.contains("revoked"), "{reason}");
    }
    assert_eq!(stream.next().await, None);
    other.settle().await;
    site.stop().await;
}

#[tokio::test]
async fn a_page_may_ask_for_a_sign_of_life() {
    let site = Site::open().await;
    let mut client = site.greeted().await;
    client.send(json!({"type": "ping", "ref": "a"})).await;
    assert_eq!(client.next().await, json!({"type": "pong", "ref": "a"}));
    site.stop().await;
}
