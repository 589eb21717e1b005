//! What becomes of a fleet when its parts fail.

#![cfg(test)]

use anyhow::{Context, Result, ensure};
use e2e::gavel::{Deployment, Fleet, gavel};
use e2e::programs;
use futures_util::StreamExt as _;
use serde_json::{Value, json};

fn fleet(deployment: &mut Deployment) -> Result<&mut Fleet> {
    deployment.fleet.as_mut().context("not a fleet")
}

async fn submit_many(deployment: &Deployment, count: usize) -> Result<Vec<String>> {
    let mut ids = Vec::new();
    for number in 0..count {
        let user = format!("user{}", number % 3);
        ids.push(
            deployment
                .client()
                .submit(&user, "aplusb", "python3", programs::ACCEPTED)
                .await?,
        );
    }
    Ok(ids)
}

/// How many judgements and final verdicts the database holds.
fn counted(deployment: &mut Deployment) -> Result<(usize, usize)> {
    let postgres = &fleet(deployment)?.postgres;
    let count = |sql: &str| -> Result<usize> { Ok(postgres.sql(sql)?.parse()?) };
    Ok((
        count("SELECT count(*) FROM judgements")?,
        count("SELECT count(*) FROM judgements WHERE state = 'done' AND verdict IS NOT NULL")?,
    ))
}

#[tokio::test]
async fn what_is_submitted_without_workers_is_judged_when_they_come() -> Result<()> {
    let mut deployment = Deployment::fleet()?;
    deployment.stop_workers()?;
    let redis = redis::Client::open(fleet(&mut deployment)?.redis.url())?;
    let mut done = redis.get_async_pubsub().await?;
    done.subscribe("problem_done").await?;

    let mut ids = submit_many(&deployment, 10).await?;
    let (_, queue) = deployment.client().get("/api/v1/queue").await?;
    ensure!(queue["outstanding"]["queued"] == 10, "{queue}");
    deployment.start_worker()?;
    deployment.start_worker()?;
    for id in &ids {
        ensure!(deployment.client().verdict(id).await? == "AC", "{id}");
    }
    let mut messages = done.on_message();
    let mut told = Vec::new();
    while told.len() < ids.len() {
        let message: String = messages.next().await.context("Redis is gone")?.get_payload()?;
        let message: Value = serde_json::from_str(&message)?;
        ensure!(
            message["problemId"] == "aplusb" && message["status"] == "AC",
            "{message}"
        );
        ensure!(
            message["userId"]
                .as_str()
                .is_some_and(|user| user.starts_with("user")),
            "{message}"
        );
        told.push(message["submissionId"].as_str().context("no id")?.to_owned());
    }
    told.sort();
    ids.sort();
    ensure!(told == ids, "{told:?} is not {ids:?}");
    ensure!(counted(&mut deployment)? == (10, 10), "not one verdict each");
    deployment.finish().await
}

#[tokio::test]
async fn a_problem_is_judged_by_the_workers_that_it_is_routed_to() -> Result<()> {
    let mut deployment = Deployment::fleet()?;
    let server = deployment.client().address().to_owned();
    let token = deployment.admin().to_owned();
    let route = |more: &[&str]| -> Result<String> {
        let arguments = [
            &[
                "problem", "route", "aplusb", "--server", &server, "--token", &token,
            ],
            more,
        ]
        .concat();
        let output = gavel(&arguments)?.output()?;
        ensure!(output.status.success(), "{output:?}");
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    };
    let told = route(&[])?;
    ensure!(
        told == "aplusb: band interactive, tag general; 2 workers take such now",
        "{told}"
    );
    let told = route(&["--band", "contest", "--tag", "quiet"])?;
    ensure!(
        told == "aplusb: band contest, tag quiet; no worker takes such now: what is submitted waits for one",
        "{told}"
    );
    let ids = submit_many(&deployment, 3).await?;
    deployment.start_worker_with(&["--tags", "quiet"])?;
    for id in &ids {
        ensure!(deployment.client().verdict(id).await? == "AC", "{id}");
    }
    let postgres = &fleet(&mut deployment)?.postgres;
    let judged = postgres
        .sql("SELECT DISTINCT j.band, w.tags FROM judgements j LEFT JOIN workers w ON w.id = j.worker_id")?;
    ensure!(judged.trim() == "0|[\"quiet\"]", "{judged}");
    let told = route(&["--band", "interactive", "--tag", "general"])?;
    ensure!(told.ends_with("2 workers take such now"), "{told}");
    let id = &submit_many(&deployment, 1).await?[0];
    ensure!(deployment.client().verdict(id).await? == "AC", "{id}");
    deployment.finish().await
}

#[tokio::test]
async fn another_worker_finishes_what_a_killed_one_began() -> Result<()> {
    let mut deployment = Deployment::fleet()?;
    let second = fleet(&mut deployment)?.workers.pop().context("no worker")?;
    second.stop()?;
    let mut socket = deployment.gateways()[1].socket("/api/v1/ws").await?;
    socket.send(&json!({"type": "subscribe", "user": "ann"})).await?;
    socket.until(|message| message["type"] == "snapshot").await?;

    let id = deployment
        .client()
        .submit("ann", "aplusb", "python3", programs::ENDLESS)
        .await?;
    socket
        .until(|message| message["state"] == "running" && message["phase"] == "testing")
        .await?;
    let first = fleet(&mut deployment)?.workers.pop().context("no worker")?;
    first.kill()?;
    deployment.start_worker()?;
    let view = deployment.client().finished(&id).await?;
    ensure!(
        view["judgement"]["verdict"] == "TLE" && view["judgement"]["attempt"] == 2,
        "{view}"
    );
    let heard = socket.until(|message| message["state"] == "done").await?;
    let verdicts = heard
        .iter()
        .filter(|message| message["verdict"].is_string())
        .count();
    ensure!(verdicts == 1, "not one verdict: {heard:?}");
    ensure!(
        counted(&mut deployment)? == (1, 1),
        "not one verdict in the store"
    );
    deployment.finish().await
}

#[tokio::test]
async fn a_flushed_redis_loses_nothing() -> Result<()> {
    let mut deployment = Deployment::fleet()?;
    deployment.stop_workers()?;
    let ids = submit_many(&deployment, 20).await?;
    let redis = redis::Client::open(fleet(&mut deployment)?.redis.url())?;
    let mut connection = redis.get_multiplexed_async_connection().await?;
    let _: () = redis::cmd("FLUSHALL").query_async(&mut connection).await?;
    let left: usize = redis::cmd("DBSIZE").query_async(&mut connection).await?;
    ensure!(left == 0, "{left} keys are left");
    deployment.start_worker()?;
    for id in &ids {
        ensure!(deployment.client().verdict(id).await? == "AC", "{id}");
    }
    ensure!(counted(&mut deployment)? == (20, 20), "not one verdict each");
    deployment.finish().await
}

#[tokio::test]
async fn without_redis_submissions_are_stored_and_judged_when_it_is_back() -> Result<()> {
    let mut deployment = Deployment::fleet()?;
    fleet(&mut deployment)?.redis.crash()?;
    let body = json!({"code": programs::ACCEPTED, "lang": "python", "problemId": "aplusb", "userId": "1"});
    let (status, answer) = deployment.client().post("/submit", &body).await?;
    ensure!(status == 200, "{status} {answer}");
    let id = answer["submissionId"].as_str().context("no id")?.to_owned();
    let (status, view) = deployment
        .client()
        .get(&format!("/api/v1/submissions/{id}"))
        .await?;
    ensure!(
        status == 200 && view["judgement"]["state"] == "queued",
        "{status} {view}"
    );

    fleet(&mut deployment)?.redis.restart()?;
    ensure!(deployment.client().verdict(&id).await? == "AC", "{id}");
    // And everything flows again.
    let id = deployment
        .client()
        .submit("ann", "aplusb", "python3", programs::WRONG)
        .await?;
    ensure!(deployment.client().verdict(&id).await? == "WA", "{id}");
    deployment.finish().await
}

#[tokio::test]
async fn a_database_that_comes_back_is_used_again() -> Result<()> {
    // A server of its own: the shared one serves other tests.
    let mut deployment = Deployment::fleet_on(e2e::services::Postgres::start_private()?)?;
    fleet(&mut deployment)?.postgres.server()?.crash()?;
    let body =
        json!({"user": "ann", "problem": "aplusb", "language": "python3", "source": programs::ACCEPTED});
    let (status, answer) = deployment.client().post("/api/v1/submissions", &body).await?;
    ensure!(status == 503 && answer["detail"].is_string(), "{status} {answer}");
    let (status, answer) = deployment.client().get("/readyz").await?;
    ensure!(status == 503, "{status} {answer}");
    let (status, _) = deployment.client().get("/healthz").await?;
    ensure!(status == 200, "{status}");

    fleet(&mut deployment)?.postgres.server()?.restart()?;
    let id = deployment
        .client()
        .submit("ann", "aplusb", "python3", programs::ACCEPTED)
        .await?;
    ensure!(deployment.client().verdict(&id).await? == "AC", "{id}");
    deployment.finish().await
}
