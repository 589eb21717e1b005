//! Several processes on one Redis.

use bus::{Events, Redis};
use domain::Verdict;
use redis::aio::MultiplexedConnection;
use serde_json::json;

use crate::site::{PATIENCE, Site, config, in_time};

async fn events(server: &e2e::services::Redis) -> Events {
    Events::redis(&Redis::connect(&server.url(), PATIENCE).await.unwrap())
}

async fn command<T: redis::FromRedisValue>(server: &e2e::services::Redis, words: &[&str]) -> T {
    let client = redis::Client::open(server.url()).unwrap();
    let mut connection: MultiplexedConnection = client.get_multiplexed_async_connection().await.unwrap();
    redis::cmd(words[0])
        .arg(&words[1..])
        .query_async(&mut connection)
        .await
        .unwrap()
}

#[tokio::test]
async fn one_redis_connection_serves_every_socket() {
    let server = e2e::services::Redis::start().unwrap();
    let site = Site::start(config(), events(&server).await).await;
    let mut clients = Vec::new();
    for at in 0..300 {
        let mut client = site.greeted().await;
        client
            .send(json!({"type": "subscribe", "user": format!("user{}", at % 150)}))
            .await;
        client.hear("subscribed").await;
        client.hear("snapshot").await;
        clients.push(client);
    }
    let list: String = command(&server, &["CLIENT", "LIST", "TYPE", "pubsub"]).await;
    assert_eq!(list.lines().count(), 1, "{list}");
    // Its command connection is only made when it publishes, and we are the one that asks.
    let list: String = command(&server, &["CLIENT", "LIST"]).await;
    assert!(list.lines().count() <= 3, "{list}");
    let id = site.judged("user7", Verdict::Ac).await;
    for at in [7, 157] {
        clients[at].hear("update").await;
        assert_eq!(clients[at].hear("update").await["submission"], json!(id));
    }
    assert_eq!(site.gateway.sockets(), 300);
    drop(clients);
    site.stop().await;
}

#[tokio::test]
async fn what_is_missed_while_redis_is_away_is_told_when_it_is_back() {
    let mut server = e2e::services::Redis::start().unwrap();
    let site = Site::start(config(), events(&server).await).await;
    let (id, judgement) = site.submit("ann").await;
    let lease = site.claim(id, judgement).await;
    let mut client = site.greeted().await;
    client.send(json!({"type": "subscribe", "submission": id})).await;
    client.hear("subscribed").await;
    client.hear("snapshot").await;
    let mut tutorial = site.socket("/").await;
    tutorial.say("ann").await;
    tutorial.settle().await;

    server.crash().unwrap();
    let update = site.conclude(&lease, Verdict::Ole).await;
    assert!(site.events.publish(&update).await.is_err());
    client.send(json!({"type": "subscribe", "user": "bob"})).await;
    assert_eq!(client.hear("error").await["code"], "unavailable");
    server.restart().unwrap();

    let snapshot = in_time(client.hear("snapshot")).await;
    assert_eq!(snapshot["view"]["judgement"]["verdict"], "OLE");
    assert_eq!(tutorial.next().await["status"], "OLE");
    // And events flow again.
    client.send(json!({"type": "subscribe", "user": "ann"})).await;
    client.hear("subscribed").await;
    client.hear("snapshot").await;
    let id = site.judged("ann", Verdict::Ac).await;
    client.hear("update").await;
    assert_eq!(client.hear("update").await["submission"], json!(id));
    assert_eq!(tutorial.next().await["submissionId"], json!(id));
    site.stop().await;
}
