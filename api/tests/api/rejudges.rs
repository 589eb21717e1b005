//! Rejudges: what would change is seen before it counts.

use axum::http::StatusCode;
use bus::{Heard, Topic};
use domain::{Conclusion, JudgementId, Role, State, Verdict, WorkerId};
use serde_json::{Value, json};
use std::time::Duration;

use crate::app::TestApp;

const REJUDGES: &str = "/api/v1/problems/aplusb/rejudges";

/// Judges what is next in the queue.
async fn judge_next(app: &TestApp, verdict: Verdict) -> JudgementId {
    let judgement = app.queued().await;
    let lease = Duration::from_mins(1);
    let work = app
        .store
        .claim(&[judgement], WorkerId::new(), lease)
        .await
        .unwrap();
    assert!(work[0].is_preview);
    let conclusion = Conclusion::of(verdict);
    app.store
        .commit(&work[0].lease, &conclusion)
        .await
        .unwrap()
        .unwrap();
    judgement
}

/// Submissions of these users that were judged WA, and are out of the queue.
async fn judged(app: &TestApp, users: &[&str]) -> Vec<domain::SubmissionView> {
    let mut views = Vec::new();
    for user in users {
        let view = app.submit(user).await;
        app.queued().await;
        views.push(app.judge(&view, Verdict::Wa).await);
    }
    views
}

async fn start(app: &TestApp, token: &str, body: &Value) -> Value {
    let answer = app.post(REJUDGES).token(token).json(body).send().await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
    let body = answer.json();
    let location = answer.header("location").unwrap();
    assert_eq!(location, format!("{REJUDGES}/{}", body["id"].as_str().unwrap()));
    body
}

#[tokio::test]
async fn a_rejudge_is_previewed_and_applied() {
    let app = TestApp::open().await;
    let views = judged(&app, &["ann", "bob"]).await;
    let setter = app.token("setter", Role::Setter).await;
    let started = start(
        &app,
        &setter,
        &json!({"verdicts": ["WA", "TLE"], "language": "python3"}),
    )
    .await;
    assert_eq!(
        (&started["state"], &started["total"], &started["done"]),
        (&json!("open"), &json!(2), &json!(0))
    );
    assert_eq!(
        started["filter"],
        json!({"verdicts": ["WA", "TLE"], "language": "python3"})
    );
    let path = format!("{REJUDGES}/{}", started["id"].as_str().unwrap());
    let early = app.post(&format!("{path}/apply")).token(&setter).send().await;
    assert_eq!(early.status, StatusCode::CONFLICT);
    let second = app.post(REJUDGES).token(&setter).json(&json!({})).send().await;
    assert_eq!(second.status, StatusCode::CONFLICT);
    assert!(
        second.json()["detail"]
            .as_str()
            .unwrap()
            .contains(started["id"].as_str().unwrap())
    );

    let waiting = app.get(&format!("{path}?wait=25")).token(&setter);
    let judging = async {
        judge_next(&app, Verdict::Ac).await;
        judge_next(&app, Verdict::Wa).await;
    };
    let (seen, ()) = tokio::join!(waiting.send(), judging);
    let seen = seen.json();
    assert_eq!((&seen["done"], &seen["changes"]), (&json!(2), &json!(1)));
    let changes = app
        .get(&format!("{path}/changes"))
        .token(&setter)
        .send()
        .await
        .json();
    assert_eq!(changes["items"].as_array().unwrap().len(), 1);
    let changed = &changes["items"][0];
    assert_eq!(
        (&changed["before"], &changed["after"]),
        (&json!("WA"), &json!("AC"))
    );
    let read = |id: domain::SubmissionId| {
        let app = &app;
        async move {
            let answer = app.get(&format!("/api/v1/submissions/{id}")).send().await;
            answer.json()["judgement"]["verdict"].as_str().unwrap().to_owned()
        }
    };
    for view in &views {
        assert_eq!(read(view.id).await, "WA", "nothing counts yet");
    }

    let id = changed["submission"].as_str().unwrap().parse().unwrap();
    let mut listener = app.events.listen(Topic::Submission(id)).await.unwrap();
    let applied = app.post(&format!("{path}/apply")).token(&setter).send().await;
    assert_eq!(
        (&applied.json()["state"], &applied.json()["decided_by"]),
        (&json!("applied"), &json!("setter"))
    );
    let Heard::Update(update) = listener.next().await else {
        panic!("something was missed");
    };
    assert_eq!((update.state, update.verdict), (State::Done, Some(Verdict::Ac)));
    assert!(update.judgement > views[0].judgement.id);
    assert_eq!(read(id).await, "AC");
    let again = app.post(&format!("{path}/apply")).token(&setter).send().await;
    assert_eq!(again.status, StatusCode::OK);
    let late = app.post(&format!("{path}/discard")).token(&setter).send().await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    let list = app.get(REJUDGES).token(&setter).send().await.json();
    assert_eq!(list["items"][0]["state"], "applied");
}

#[tokio::test]
async fn a_rejudge_is_discarded() {
    let app = TestApp::open().await;
    let views = judged(&app, &["ann", "bob"]).await;
    let root = app.token("root", Role::Admin).await;
    let started = start(&app, &root, &json!({"submission": views[0].id.to_string()})).await;
    assert_eq!(started["total"], 1);
    judge_next(&app, Verdict::Ac).await;
    let path = format!("{REJUDGES}/{}", started["id"].as_str().unwrap());
    for _ in 0..2 {
        let discarded = app.post(&format!("{path}/discard")).token(&root).send().await;
        assert_eq!(discarded.json()["state"], "discarded", "{discarded:?}");
    }
    let read = app
        .get(&format!("/api/v1/submissions/{}", views[0].id))
        .send()
        .await;
    assert_eq!(read.json()["judgement"]["verdict"], "WA");
    start(&app, &root, &json!({"user": "bob"})).await;
}

#[tokio::test]
async fn only_who_may_rejudges_and_all_that_is_wrong_is_told() {
    let app = TestApp::open().await;
    judged(&app, &["ann"]).await;
    let root = app.token("root", Role::Admin).await;
    for (token, status) in [
        (None, StatusCode::UNAUTHORIZED),
        (Some(app.token("ann", Role::User).await), StatusCode::FORBIDDEN),
        (Some(app.token("tom", Role::Setter).await), StatusCode::FORBIDDEN),
    ] {
        let call = app.post(REJUDGES).json(&json!({}));
        let call = match &token {
            Some(token) => call.token(token),
            None => call,
        };
        let answer = call.send().await;
        assert_eq!(answer.status, status, "{answer:?}");
    }
    let wrong = json!({
        "submission": "x", "verdicts": ["WA", "XX"], "language": "a b", "user": "é", "since": "yesterday",
        "judged_with": 0, "version": "1", "verdict": "WA",
    });
    let answer = app.post(REJUDGES).token(&root).json(&wrong).send().await;
    let mut pointers = answer.pointers();
    pointers.sort();
    assert_eq!(
        pointers,
        [
            "/judged_with",
            "/language",
            "/since",
            "/submission",
            "/user",
            "/verdict",
            "/verdicts",
            "/version"
        ]
    );
    let answer = app
        .post(REJUDGES)
        .token(&root)
        .json(&json!({"version": 7, "judged_with": 8}))
        .send()
        .await;
    assert_eq!(answer.pointers(), ["/version", "/judged_with"]);
    for nothing in [json!({"verdicts": ["AC"]}), json!({"user": "nobody"})] {
        let answer = app.post(REJUDGES).token(&root).json(&nothing).send().await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{answer:?}");
    }
    let missing = app
        .get(&format!("{REJUDGES}/{}", uuid::Uuid::now_v7()))
        .token(&root)
        .send()
        .await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
}
