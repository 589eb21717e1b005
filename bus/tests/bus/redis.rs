//! What only the Redis backend can suffer: a server that is away, slow, restarted empty, or holds somebody else's data.

use std::time::{Duration, Instant};

use crate::fixture::{PATIENCE, done, entry, everything, hear, hear_resync, in_time, redis, update, user};
use ::redis::{AsyncCommands, Client, aio::MultiplexedConnection};
use bus::{BusError, Events, Listener, Queue, Redis, Topic};
use domain::{Band, SubmissionId, Update, Verdict};
use futures_util::StreamExt;

/// What an operation may take on a Redis that is away: its limit, and some room for a busy machine.
const AT_MOST: Duration = Duration::from_millis(2500);

/// The lane of the entries here.
const LANE: &str = "{gavel}:queue:lane:0:python3";
const LANES: &str = "{gavel}:queue:lanes";

/// A connection of the test's own.
async fn by_hand(server: &e2e::services::Redis) -> MultiplexedConnection {
    let client = Client::open(server.url()).unwrap();
    client.get_multiplexed_async_connection().await.unwrap()
}

async fn command<T: ::redis::FromRedisValue>(server: &e2e::services::Redis, words: &[&str]) -> T {
    let mut connection = by_hand(server).await;
    ::redis::cmd(words[0])
        .arg(&words[1..])
        .query_async(&mut connection)
        .await
        .unwrap()
}

/// Asserts that every operation says soon that Redis is away.
async fn check_unavailable(queue: &Queue, events: &Events, case: &str) {
    let entries = [entry(Band::Bulk)];
    let update = update("ann", SubmissionId::new(), 1);
    let check = |operation: &str, begin: Instant, error: Option<BusError>| {
        assert!(
            matches!(error, Some(BusError::Unavailable(_))),
            "{case}, {operation}: {error:?}"
        );
        assert!(
            begin.elapsed() < AT_MOST,
            "{case}, {operation}: {:?}",
            begin.elapsed()
        );
    };
    let begin = Instant::now();
    let (push, depth, ping, publish, listen) = tokio::join!(
        queue.push(&entries),
        queue.depth(),
        queue.ping(),
        events.publish(&update),
        events.listen(Topic::Submission(SubmissionId::new())),
    );
    check("push", begin, push.err());
    check("depth", begin, depth.err());
    check("ping", begin, ping.err());
    check("publish", begin, publish.err());
    check("listen", begin, listen.err());
}

/// Listens until it hears of `update`, publishing it until then: between two processes, nobody knows who is back first.
async fn hear_after_outage(events: &Events, listener: &mut Listener, update: &Update) {
    hear_resync(listener).await;
    in_time(events.publish(update)).await.unwrap();
    assert_eq!(hear(listener).await, *update);
}

#[tokio::test]
async fn a_server_that_is_killed_and_comes_back_empty_is_survived() {
    let (mut server, redis) = redis().await;
    let (queue, events) = (Queue::redis(&redis), Events::redis(&redis));
    let id = SubmissionId::new();
    let mut submission = events.listen(Topic::Submission(id)).await.unwrap();
    let mut ann = events.listen(Topic::User(user("ann"))).await.unwrap();
    queue.push(&[entry(Band::Bulk)]).await.unwrap();
    for _ in 0..2 {
        server.crash().unwrap();
        check_unavailable(&queue, &events, "killed").await;
        assert!(queue.pop(&everything(), 1, PATIENCE).await.is_err());
        server.restart().unwrap();
        assert_eq!(
            queue.depth().await.unwrap(),
            [0, 0, 0],
            "the first command after the outage works"
        );
        let entry = entry(Band::Interactive);
        queue.push(std::slice::from_ref(&entry)).await.unwrap();
        assert_eq!(
            queue.pop(&everything(), 1, PATIENCE).await.unwrap(),
            [entry.judgement]
        );
        hear_after_outage(&events, &mut submission, &update("ann", id, 1)).await;
        hear_after_outage(&events, &mut ann, &update("ann", id, 2)).await;
        assert_eq!(hear(&mut submission).await, update("ann", id, 2));
    }
}

#[tokio::test]
async fn a_pop_that_waits_hears_of_the_servers_death_at_once() {
    let (mut server, redis) = redis().await;
    let queue = Queue::redis(&redis);
    let begin = Instant::now();
    let scope = everything();
    let (popped, ()) = tokio::join!(queue.pop(&scope, 1, PATIENCE), async {
        while command::<String>(&server, &["CLIENT", "LIST"])
            .await
            .matches("cmd=bzmpop")
            .count()
            == 0
        {
            tokio::task::yield_now().await;
        }
        server.crash().unwrap();
    });
    assert!(matches!(popped, Err(BusError::Unavailable(_))), "{popped:?}");
    assert!(begin.elapsed() < PATIENCE / 2);
}

#[tokio::test]
async fn a_server_that_is_paused_does_not_pause_us() {
    let (server, redis) = redis().await;
    let (queue, events) = (Queue::redis(&redis), Events::redis(&redis));
    let id = SubmissionId::new();
    let mut listener = events.listen(Topic::Submission(id)).await.unwrap();
    server.signal("STOP").unwrap();
    check_unavailable(&queue, &events, "paused").await;
    let begin = Instant::now();
    assert!(
        Redis::connect(&server.url(), Duration::from_millis(300))
            .await
            .is_err()
    );
    assert!(begin.elapsed() < Duration::from_secs(1));
    server.signal("CONT").unwrap();
    in_time(queue.ping()).await.unwrap();
    // The subscriber has noticed the silence when it tried to subscribe to one more topic.
    hear_after_outage(&events, &mut listener, &update("ann", id, 1)).await;
}

#[tokio::test]
async fn connections_that_are_cut_are_made_again() {
    let (server, redis) = redis().await;
    let (queue, events) = (Queue::redis(&redis), Events::redis(&redis));
    let id = SubmissionId::new();
    let mut listener = events.listen(Topic::Submission(id)).await.unwrap();
    assert_eq!(
        queue
            .pop(&everything(), 1, Duration::from_millis(1))
            .await
            .unwrap(),
        []
    );
    for _ in 0..3 {
        let killed: u64 = command(&server, &["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"]).await;
        assert!(
            killed >= 2,
            "the shared connection and that of the pops, not {killed}"
        );
        assert_eq!(queue.depth().await.unwrap(), [0, 0, 0]);
        assert_eq!(
            queue
                .pop(&everything(), 1, Duration::from_millis(1))
                .await
                .unwrap(),
            []
        );
        let killed: u64 = command(&server, &["CLIENT", "KILL", "TYPE", "pubsub"]).await;
        assert_eq!(killed, 1);
        hear_after_outage(&events, &mut listener, &update("ann", id, 1)).await;
    }
}

#[tokio::test]
async fn rubbish_in_the_queue_is_dropped() {
    let (server, redis) = redis().await;
    let queue = Queue::redis(&redis);
    let entry = entry(Band::Contest);
    queue.push(std::slice::from_ref(&entry)).await.unwrap();
    let long = "x".repeat(100_000);
    for (score, member) in [
        ("-inf", ""),
        ("1", "rubbish"),
        ("2", &long),
        ("3", "0190-\n"),
        ("inf", "{}"),
    ] {
        command::<()>(&server, &["ZADD", LANE, score, member]).await;
    }
    let mut connection = by_hand(&server).await;
    let _: () = connection.zadd(LANE, b"\xff\xfe\0".as_slice(), 4).await.unwrap();
    assert_eq!(queue.position(entry.judgement).await.unwrap(), Some(5));
    assert_eq!(queue.pop(&everything(), 3, PATIENCE).await.unwrap(), []);
    assert_eq!(
        queue.pop(&everything(), 3, PATIENCE).await.unwrap(),
        [entry.judgement]
    );
    assert_eq!(queue.pop(&everything(), 3, PATIENCE).await.unwrap(), []);
    assert_eq!(
        queue.pop(&everything(), 3, Duration::ZERO).await.unwrap(),
        [],
        "the set is empty"
    );
}

#[tokio::test]
async fn a_key_that_holds_something_else_is_said_to() {
    let (server, redis) = redis().await;
    let queue = Queue::redis(&redis);
    command::<()>(&server, &["SET", LANES, "mine"]).await;
    for error in [
        queue.push(&[entry(Band::Bulk)]).await.unwrap_err(),
        queue.pop(&everything(), 1, PATIENCE).await.unwrap_err(),
        queue.depth().await.unwrap_err(),
    ] {
        assert!(
            matches!(&error, BusError::Refused { reason, .. } if reason.contains("WRONGTYPE")),
            "{error}"
        );
    }
    command::<()>(&server, &["DEL", LANES, LANE]).await;
    assert_eq!(queue.depth().await.unwrap(), [0, 0, 0]);
}

#[tokio::test]
async fn rubbish_on_a_channel_is_refused_and_counted() {
    let (server, redis) = redis().await;
    let events = Events::redis(&redis);
    let (own, other) = (SubmissionId::new(), SubmissionId::new());
    let mut listener = events.listen(Topic::Submission(own)).await.unwrap();
    let channel = format!("{{gavel}}:submission:{own}");
    let mut foreign = by_hand(&server).await;
    let mut stray = serde_json::to_value(update("ann", other, 1)).unwrap();
    stray["type"] = "update".into();
    let mut newer = serde_json::to_value(update("ann", own, 1)).unwrap();
    newer["type"] = "update9".into();
    let rubbish = [
        String::new(),
        "hello".into(),
        "{}".into(),
        "[".repeat(100_000),
        stray.to_string(),
        newer.to_string(),
    ];
    for text in &rubbish {
        let heard: u64 = foreign.publish(&channel, text).await.unwrap();
        assert_eq!(heard, 1);
    }
    events.publish(&update("ann", own, 1)).await.unwrap();
    assert_eq!(hear(&mut listener).await, update("ann", own, 1));
    assert_eq!(events.refused(), rubbish.len() as u64);
}

#[tokio::test]
async fn anything_that_can_subscribe_follows_the_finished() {
    let (server, redis) = redis().await;
    let events = Events::redis(&redis);
    let mut plain = Client::open(server.url())
        .unwrap()
        .get_async_pubsub()
        .await
        .unwrap();
    plain.subscribe("problem_done").await.unwrap();
    let id = SubmissionId::new();
    events.publish(&update("7", id, 1)).await.unwrap();
    events.publish(&done("7", id, Verdict::Tle)).await.unwrap();
    let message: String = in_time(plain.on_message().next())
        .await
        .unwrap()
        .get_payload()
        .unwrap();
    let expected = format!(r#"{{"problemId":"aplusb","status":"TLE","userId":"7","submissionId":"{id}"}}"#);
    assert_eq!(message, expected);
}

#[tokio::test]
async fn one_connection_serves_every_listener_and_forgets_the_topics_that_are_left() {
    let (server, redis) = redis().await;
    let events = Events::redis(&redis);
    events
        .publish(&update("ann", SubmissionId::new(), 1))
        .await
        .unwrap();
    let clients = async || command::<String>(&server, &["CLIENT", "LIST", "TYPE", "pubsub"]).await;
    assert_eq!(
        clients().await.trim(),
        "",
        "who only publishes does not subscribe"
    );
    let mut listeners = Vec::new();
    for at in 0..2500 {
        let topic = Topic::User(user(&format!("user{at}")));
        let (one, two) = tokio::join!(events.listen(topic.clone()), events.listen(topic));
        listeners.extend([one.unwrap(), two.unwrap()]);
    }
    assert_eq!(clients().await.lines().count(), 1);
    let topics = async || {
        command::<Vec<String>>(&server, &["PUBSUB", "CHANNELS", "*"])
            .await
            .len()
    };
    assert_eq!(topics().await, 2500);
    drop(listeners);
    // The second is subscribed to after the command that ends the others' subscriptions.
    let _first = events.listen(Topic::User(user("ann"))).await.unwrap();
    let _second = events.listen(Topic::User(user("bob"))).await.unwrap();
    assert_eq!(topics().await, 2);
}

#[tokio::test]
async fn two_processes_hear_each_other() {
    let (server, redis) = redis().await;
    let (here, there) = (
        Events::redis(&redis),
        Events::redis(&Redis::connect(&server.url(), PATIENCE).await.unwrap()),
    );
    let id = SubmissionId::new();
    let mut listener = there.listen(Topic::Submission(id)).await.unwrap();
    here.publish(&done("ann", id, Verdict::Ac)).await.unwrap();
    assert_eq!(hear(&mut listener).await, done("ann", id, Verdict::Ac));
}

/// Connects, and asserts what the error says and that it keeps the secret.
async fn check_refusal(url: &str, expected: &str) {
    let error = Redis::connect(url, Duration::from_secs(2))
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains(expected), "{url}: {error}");
    assert!(!error.contains("hunter2"), "{error}");
    assert!(!error.contains('\n'), "{error}");
}

#[tokio::test]
async fn a_wrong_address_is_refused_in_a_sentence_without_the_password() {
    let (server, redis) = redis().await;
    let port = server.port();
    let free = e2e::services::free_port().unwrap();
    check_refusal("", "redis://").await;
    check_refusal("hunter2", "redis://").await;
    check_refusal("http://user:hunter2@localhost/", "redis://").await;
    check_refusal("redis://user:hunter2@localhost:99999/", "redis://").await;
    check_refusal("redis://user:hunter2@localhost/x", "redis://").await;
    check_refusal(
        &format!("redis://user:hunter2@127.0.0.1:{free}/"),
        &format!("127.0.0.1:{free}"),
    )
    .await;
    check_refusal(&format!("redis://user:hunter2@127.0.0.1:{port}/"), "").await;
    check_refusal(&format!("rediss://user:hunter2@127.0.0.1:{port}/"), "").await;
    check_refusal(&format!("redis://127.0.0.1:{port}/77"), "").await;
    check_refusal("redis://user:hunter2@name.invalid/", "name.invalid").await;
    command::<()>(&server, &["CONFIG", "SET", "requirepass", "hunter2"]).await;
    check_refusal(&server.url(), "password").await;
    assert!(!format!("{redis:?}").contains("hunter2"));
    Redis::connect(&format!("redis://:hunter2@127.0.0.1:{port}/3"), PATIENCE)
        .await
        .unwrap();
}
