//! The same interface over Postgres and Redis, and without the Redis.

use std::time::Duration;

use axum::http::StatusCode;
use bus::{Events, Queue};
use domain::Verdict;
use e2e::services;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::app::TestApp;

async fn fleet(postgres: &services::Postgres, redis: &services::Redis) -> TestApp {
    let redis = bus::Redis::connect(&redis.url(), Duration::from_secs(5))
        .await
        .unwrap();
    let dir = tempfile::tempdir().unwrap();
    TestApp::over(
        true,
        dir,
        postgres.url(),
        Queue::redis(&redis),
        Events::redis(&redis),
    )
    .await
}

#[tokio::test]
async fn a_submission_through_postgres_and_redis() {
    let (postgres, redis) = (
        services::Postgres::start().unwrap(),
        services::Redis::start().unwrap(),
    );
    let app = fleet(&postgres, &redis).await;
    let view = app.submit("ann").await;
    assert_eq!(app.queued().await, view.judgement.id);
    let path = format!("/api/v1/submissions/{}?wait=25", view.id);
    let (answer, _) = tokio::join!(app.get(&path).send(), app.judge(&view, Verdict::Mle));
    assert_eq!(answer.json()["judgement"]["verdict"], "MLE");

    // Postgres cannot hold a NUL: none may reach it.
    for (path, status) in [
        ("/api/v1/submissions?user=%00", 422),
        ("/api/v1/submissions?cursor=%00", 422),
        ("/api/v1/problems/%00", 404),
        ("/api/v1/problems?cursor=%00", 422),
    ] {
        assert_eq!(app.get(path).send().await.status.as_u16(), status, "{path}");
    }
    let good = json!({"problem": "aplusb", "language": "c", "source": "int main(){}", "filename": "a.c", "user": "ann"});
    for field in ["problem", "language", "source", "filename", "user"] {
        let mut body = good.clone();
        body[field] = json!("a\u{0}b");
        let answer = app.post("/api/v1/submissions").json(&body).send().await;
        assert_eq!(
            answer.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{field}: {answer:?}"
        );
        assert_eq!(answer.pointers(), [format!("/{field}")]);
    }
    app.store.close().await;
}

#[tokio::test]
async fn without_redis_submissions_are_accepted_and_stored() {
    let (postgres, mut redis) = (
        services::Postgres::start().unwrap(),
        services::Redis::start().unwrap(),
    );
    let app = fleet(&postgres, &redis).await;
    redis.crash().unwrap();
    for _ in 0..3 {
        let started = Instant::now();
        let view = app.submit("ann").await;
        assert!(
            started.elapsed() < Duration::from_secs(1),
            "{:?}",
            started.elapsed()
        );
        assert!(app.store.submission(view.id).await.unwrap().is_some());
    }
    let ready = app.get("/readyz").send().await;
    assert_eq!(ready.status, StatusCode::OK);
    assert_eq!(ready.json()["status"], "degraded");
    let queue = app.get("/api/v1/queue").send().await;
    assert_eq!(queue.status, StatusCode::OK, "{queue:?}");
    assert_eq!(queue.json()["depth"], Value::Null);
    assert!(queue.json()["depth_unknown"].is_string());
    assert_eq!(queue.json()["outstanding"]["queued"], 3);

    // The long poll reads the row where it can hear nothing.
    let view = app.submit("ann").await;
    let lease = Duration::from_mins(1);
    let work = app
        .store
        .claim(&[view.judgement.id], domain::WorkerId::new(), lease)
        .await
        .unwrap();
    let conclusion = domain::Conclusion {
        runs: Vec::new(),
        cases_total: 0,
        ..domain::Conclusion::of(Verdict::Ac)
    };
    let path = format!("/api/v1/submissions/{}?wait=25", view.id);
    let commit = async {
        app.store
            .commit(&work[0].lease, &conclusion)
            .await
            .unwrap()
            .unwrap()
    };
    let (answer, _) = tokio::join!(app.get(&path).send(), commit);
    assert_eq!(answer.json()["judgement"]["verdict"], "AC");
    app.store.close().await;
}
