//! The way of a submission: what is accepted a second, and what gets its verdict a second, by a worker that judges nothing.
//!
//! The baselines are of the same run, on the same machine: a bare axum handler under the same client, and bare commits of single rows
//! by as many connections to the same Postgres. Client, server, database and Redis share the cores. The same architecture in
//! Node is measured with them; what it did on another machine, once, is shown as known.

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use e2e::gavel::{Client, GavelProcess, gavel};
use e2e::services::{Postgres, Redis};
use serde_json::json;
use tokio::task::JoinSet;

use crate::line::Line;
use crate::statistics::Samples;
use crate::{node, show};

/// How long each figure is measured.
pub(crate) const SPAN: Duration = Duration::from_secs(8);
/// Clients at once, each with a connection.
const CONNECTIONS: [u32; 3] = [16, 64, 256];
/// No queue here takes longer to be judged.
const DRAINED_WITHIN: Duration = Duration::from_mins(2);
/// Users whose submissions they are.
const USERS: usize = 500;

/// What the same architecture does in Node (express, node-redis, pg; one INSERT and one UPDATE, and nothing for the judging), measured
/// once on two cores with Postgres and Redis beside it.
const NODE: [(&str, &str); 2] = [
    ("Node, known: POST, 16 to 256 connections", "3300-3800"),
    ("Node, known: whole loop, sustained", "1200"),
];

pub(crate) type Environment = Vec<(&'static str, String)>;

/// What came of posting for a while.
pub(crate) struct Posted {
    accepted: usize,
    rate: f64,
    latencies: Samples,
}

pub(crate) async fn run(home: &Path) -> Result<()> {
    show(&format!(
        "{:<52} {:>10}   {:>9} {:>9}",
        "", "a second", "median", "p95"
    ));
    for (name, rate) in NODE {
        show(&format!("{name:<52} {rate:>10}"));
    }
    bare_axum().await?;
    node::accepted(&CONNECTIONS).await?;
    fleet(home).await?;
    embedded(home).await
}

pub(crate) fn row(name: &str, posted: &Posted) {
    let latencies = posted.latencies.row("");
    show(&format!(
        "{name:<52} {:>10.0} {}",
        posted.rate,
        latencies.trim_start()
    ));
}

/// The same client against a handler that does nothing.
async fn bare_axum() -> Result<()> {
    let answer = || async { (axum::http::StatusCode::ACCEPTED, axum::Json(json!({"id": 1}))) };
    let router = axum::Router::new().route("/api/v1/submissions", axum::routing::post(answer));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let client = Client::new(&format!("http://{}", listener.local_addr()?))?;
    let mut server = JoinSet::new();
    server.spawn(async move { axum::serve(listener, router).await });
    row(
        "bare axum handler, POST, 64 connections",
        &post(&client, 64, SPAN).await?,
    );
    Ok(())
}

/// Posts as fast as so many clients can, each waiting for its answer.
pub(crate) async fn post(client: &Client, connections: u32, span: Duration) -> Result<Posted> {
    let begin = Instant::now();
    post_while(client, connections, move |_| begin.elapsed() < span).await
}

/// The same until so many are accepted.
pub(crate) async fn post_so_many(client: &Client, connections: u32, count: usize) -> Result<Posted> {
    post_while(client, connections, move |number| number < count).await
}

async fn post_while(
    client: &Client,
    connections: u32,
    is_wanted: impl Fn(usize) -> bool + Copy + Send + 'static,
) -> Result<Posted> {
    let count = Arc::new(AtomicUsize::new(0));
    let begin = Instant::now();
    let mut clients = JoinSet::new();
    for _ in 0..connections {
        let (address, count) = (client.address().to_owned(), Arc::clone(&count));
        clients.spawn(async move {
            let mut line = Line::to(&address).await?;
            let mut latencies = Vec::new();
            loop {
                let number = count.fetch_add(1, Ordering::Relaxed);
                if !is_wanted(number) {
                    break;
                }
                let body = json!({"user": format!("user{}", number % USERS), "problem": "aplusb", "language": "python3",
                                  "source": format!("print({number})")});
                let sent = Instant::now();
                let (status, answer) = line.post("/api/v1/submissions", body.to_string()).await?;
                ensure!(status == 202, "{status} {answer:?}");
                latencies.push(sent.elapsed());
            }
            Ok(latencies)
        });
    }
    let mut latencies = Samples::default();
    let mut accepted = 0;
    while let Some(client) = clients.join_next().await {
        for latency in client?? {
            accepted += 1;
            latencies.add(latency);
        }
    }
    Ok(Posted {
        accepted,
        rate: rate(accepted, begin.elapsed()),
        latencies,
    })
}

fn rate(count: usize, span: Duration) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX)) / span.as_secs_f64()
}

/// Waits until nothing waits or runs.
pub(crate) async fn drain(client: &Client) -> Result<()> {
    drain_to(client, 0).await
}

/// Waits until so many wait, and nothing runs.
pub(crate) async fn drain_to(client: &Client, waiting: u64) -> Result<()> {
    let begin = Instant::now();
    loop {
        let (status, queue) = client.get("/api/v1/queue").await?;
        ensure!(status == 200, "{status} {queue}");
        if queue["outstanding"]["queued"] == waiting && queue["outstanding"]["running"] == 0 {
            return Ok(());
        }
        ensure!(
            begin.elapsed() < DRAINED_WITHIN,
            "the queue does not empty: {queue}"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Posts while a worker judges, until all of it has its verdict.
async fn whole_loop(client: &Client, name: &str) -> Result<()> {
    // The first moments fill caches.
    post(client, 16, SPAN / 8).await?;
    drain(client).await?;
    for connections in CONNECTIONS {
        let begin = Instant::now();
        let posted = post(client, connections, SPAN).await?;
        drain(client).await?;
        let judged = Posted {
            rate: rate(posted.accepted, begin.elapsed()),
            ..posted
        };
        row(&format!("{name}: whole loop, {connections} connections"), &judged);
    }
    Ok(())
}

fn upload(client: &Client, admin: &str) -> Result<()> {
    let package = Path::new(env!("CARGO_MANIFEST_DIR")).join("../problems/library/aplusb");
    let package = package.display().to_string();
    let arguments = [
        "upload",
        "--no-verify",
        "--server",
        client.address(),
        "--token",
        admin,
        &package,
    ];
    let status = gavel(&arguments)?.stdout(Stdio::null()).status()?;
    ensure!(status.success(), "cannot upload the package");
    Ok(())
}

pub(crate) fn environment(home: &Path, postgres: &Postgres, redis: &Redis) -> Environment {
    vec![
        ("GAVEL_DATA", home.join("fleet").display().to_string()),
        ("DATABASE_URL", postgres.url()),
        ("REDIS_URL", redis.url()),
        ("GAVEL_LOAD_TEST", "yes".to_owned()),
        ("RUST_LOG", "warn".to_owned()),
    ]
}

/// An api with the problem that is submitted to.
pub(crate) fn start_api(home: &Path, environment: &Environment) -> Result<(GavelProcess, Client)> {
    let arguments = ["api", "--listen", "127.0.0.1:0", "--most-waiting", "0", "--open"];
    let mut api = GavelProcess::start(&arguments, environment, home.join("api.log"))?;
    let client = Client::new(&api.address()?)?;
    upload(&client, &admin(environment)?)?;
    Ok((api, client))
}

/// A new token of an administrator.
pub(crate) fn admin(environment: &Environment) -> Result<String> {
    let token = gavel(&["token", "--user", "admin", "--role", "admin"])?
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .output()?;
    Ok(String::from_utf8(token.stdout)?.trim().to_owned())
}

/// How long slots had nothing to do between two judgements, while there always was one in the queue.
async fn idle_slots(worker: &GavelProcess) -> Result<()> {
    let log = worker.log();
    let page = log
        .lines()
        .find_map(|line| line.strip_prefix("gavel: metrics at "));
    let text = reqwest::get(page.context("the worker has no metrics")?)
        .await?
        .text()
        .await?;
    let buckets: Vec<(f64, f64)> = text
        .lines()
        .filter_map(|line| {
            let (bound, count) = line
                .strip_prefix("gavel_slot_idle_seconds_bucket{le=\"")?
                .split_once("\"} ")?;
            Some((bound.parse().ok()?, count.trim().parse().ok()?))
        })
        .collect();
    let all = buckets.last().map_or(0.0, |(_, count)| *count);
    let within = |share: f64| {
        let found = buckets.iter().find(|(_, count)| *count >= all * share);
        found.map_or(f64::NAN, |(bound, _)| bound * 1000.0)
    };
    show(&format!(
        "{:<52} {:>10}   {:>6.2} ms {:>6.2} ms",
        "  a slot idle between two of these, at most",
        "",
        within(0.5),
        within(0.95)
    ));
    Ok(())
}

async fn fleet(home: &Path) -> Result<()> {
    let (postgres, redis) = (Postgres::start_durable()?, Redis::start()?);
    let environment = environment(home, &postgres, &redis);
    let (api, client) = start_api(home, &environment)?;
    for connections in CONNECTIONS {
        if connections < 200 {
            let bare = postgres.bare_commits(connections, 5)?;
            show(&format!(
                "{:<52} {bare:>10.0}",
                format!("Postgres: bare commits, {connections} connections")
            ));
        }
        let posted = post(&client, connections, SPAN).await?;
        row(
            &format!("Postgres and Redis: POST, {connections} connections"),
            &posted,
        );
    }
    let waiting = client.get("/api/v1/queue").await?.1["outstanding"]["queued"].clone();
    let arguments = ["worker", "--judge-nothing", "--slots", "64", "--metrics", "0"];
    let begin = Instant::now();
    let mut worker = GavelProcess::start(&arguments, &environment, home.join("worker.log"))?;
    worker.printed(|line| line.contains("started").then_some(()))?;
    drain(&client).await?;
    let count = usize::try_from(waiting.as_u64().context("no count")?)?;
    let drained = rate(count, begin.elapsed());
    show(&format!(
        "{:<52} {drained:>10.0}",
        format!("Postgres and Redis: judge {count} that wait")
    ));
    idle_slots(&worker).await?;
    whole_loop(&client, "Postgres and Redis").await?;
    worker.stop()?;
    api.stop()
}

async fn embedded(home: &Path) -> Result<()> {
    let environment: Environment = vec![
        ("GAVEL_DATA", home.join("embedded").display().to_string()),
        ("GAVEL_LOAD_TEST", "yes".to_owned()),
        ("RUST_LOG", "warn".to_owned()),
    ];
    let arguments = [
        "up",
        "--listen",
        "127.0.0.1:0",
        "--judge-nothing",
        "--slots",
        "64",
        "--most-waiting",
        "0",
    ];
    let mut up = GavelProcess::start(&arguments, &environment, home.join("embedded.log"))?;
    let client = Client::new(&up.address()?)?;
    whole_loop(&client, "embedded on SQLite").await?;
    up.stop()
}
