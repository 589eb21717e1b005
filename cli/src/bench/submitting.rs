//! Submissions: how many are accepted, how many are judged, and how long each takes.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::future::try_join_all;
use futures_util::stream::FuturesUnordered;
use serde_json::Value;
use tokio::time::{Instant, interval, timeout};

use super::site::{PATIENCE, Site, Socket};
use super::summary::{Row, Times};
use crate::arguments::Bench as Arguments;
use crate::failure::{Doing, Failure};
use crate::live::timed;

/// Users among whom submissions are spread, so that no cap of one user is what is measured.
const USERS: u32 = 1000;

/// Users among whom a fixed rate is spread.
const TAKING_TURNS: u32 = 16;

/// Posts as fast as the connections allow.
pub(crate) async fn post(site: &Site, arguments: &Arguments) -> Result<Vec<Row>, Failure> {
    let (begin, span) = (Instant::now(), arguments.span());
    let one = |connection: u32| async move {
        let (mut times, mut refused, mut user) = (Vec::new(), 0, connection);
        while begin.elapsed() < span {
            let sent = Instant::now();
            match site.submit(&site.user(user % USERS)).await? {
                Some(_) => times.push(sent.elapsed()),
                None => refused += 1,
            }
            user += arguments.connections;
        }
        Ok::<_, Failure>((times, refused))
    };
    let all = timed("post", span, try_join_all((0..arguments.connections).map(one))).await?;
    let span = begin.elapsed();
    let refused: u32 = all.iter().map(|(_, refused)| refused).sum();
    let times: Vec<Duration> = all.into_iter().flat_map(|(times, _)| times).collect();
    let name = format!("POST accepted, {} connections", arguments.connections);
    let mut rows = vec![Row::rate(name, times.len(), span, Times::new(times))];
    if refused > 0 {
        rows.push(Row::single(
            "of these refused: a user has too many waiting",
            refused.to_string(),
            refused.into(),
        ));
    }
    Ok(rows)
}

/// The whole way, each connection one submission at a time.
pub(crate) async fn whole_loop(site: &Site, arguments: &Arguments) -> Result<Vec<Row>, Failure> {
    let listen = |at: u32| async move {
        let user = site.user(format_args!("loop-{at}"));
        let socket = site.listen(&user).await?;
        Ok::<_, Failure>((user, socket))
    };
    let sockets = try_join_all((0..arguments.connections).map(listen)).await?;
    let (begin, span) = (Instant::now(), arguments.span());
    let all = sockets.into_iter().map(|(user, mut socket)| async move {
        let mut times = Vec::new();
        while begin.elapsed() < span {
            let sent = Instant::now();
            if site.submit(&user).await?.is_none() {
                return Err(Failure::new("one submission at a time is refused as too many"));
            }
            let end = timeout(PATIENCE, socket.next_end()).await;
            end.doing("wait for a verdict")??;
            times.push(sent.elapsed());
        }
        Ok::<_, Failure>(times)
    });
    let times = timed("loop", span, try_join_all(all)).await?;
    let times: Vec<Duration> = times.into_iter().flatten().collect();
    let span = begin.elapsed();
    let name = format!("whole loop, {} at a time", arguments.connections);
    Ok(vec![Row::rate(name, times.len(), span, Times::new(times))])
}

/// From POST to the verdict on a WebSocket, at a fixed rate: whoever is slow does not make the next ones wait.
pub(crate) async fn latency(site: &Site, arguments: &Arguments) -> Result<Vec<Row>, Failure> {
    let users: Vec<String> = (0..TAKING_TURNS)
        .map(|at| site.user(format_args!("latency-{at}")))
        .collect();
    let mut socket = site.listen(&users[0]).await?;
    for user in &users[1..] {
        socket.follow(user).await?;
    }
    let begin = Instant::now();
    let measuring = timeout(
        arguments.span() + PATIENCE,
        at_rate(site, arguments, &users, &mut socket),
    );
    let times = timed("latency", arguments.span(), measuring).await;
    let times = times.doing("wait for the last verdicts")??;
    let span = begin.elapsed();
    let name = format!("POST to WebSocket, {} a second", arguments.rate);
    Ok(vec![Row::rate(name, times.len(), span, Times::new(times))])
}

async fn at_rate(
    site: &Site,
    arguments: &Arguments,
    users: &[String],
    socket: &mut Socket,
) -> Result<Vec<Duration>, Failure> {
    let count = arguments.rate.saturating_mul(arguments.seconds);
    let mut turns = users.iter().cycle();
    let mut ticks = interval(Duration::from_secs(1) / arguments.rate.max(1));
    let mut posting = FuturesUnordered::new();
    // A verdict can be heard before the answer to its POST.
    let (mut posted, mut heard) = (HashMap::new(), HashMap::new());
    let (mut begun, mut times) = (0, Vec::new());
    while begun < count || !posting.is_empty() || !posted.is_empty() {
        tokio::select! {
            _ = ticks.tick(), if begun < count => {
                begun += 1;
                let (at, user) = (Instant::now(), turns.next());
                posting.push(async move { (at, site.submit(user.map_or("bench", String::as_str)).await) });
            }
            Some((at, answer)) = posting.next() => {
                let id = answer?.ok_or_else(|| Failure::new("too many wait: ask for a lower --rate"))?;
                match heard.remove(&id) {
                    Some(end) => times.push(Instant::duration_since(&end, at)),
                    None => drop(posted.insert(id, at)),
                }
            }
            text = socket.next_end() => {
                let update: Value = serde_json::from_str(&text?).doing("read an update")?;
                let id = update["submission"].as_str().unwrap_or_default().to_owned();
                match posted.remove(&id) {
                    Some(at) => times.push(at.elapsed()),
                    None => drop(heard.insert(id, Instant::now())),
                }
            }
        }
    }
    Ok(times)
}
