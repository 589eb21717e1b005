//! Where submissions to a problem go.

use std::time::Duration;

use axum::http::StatusCode;
use bus::Scope;
use domain::{Band, Role, SubmissionView, WorkerId, WorkerTag};
use serde_json::json;

use crate::app::TestApp;

const ROUTING: &str = "/api/v1/problems/aplusb/routing";

/// Whose judgement comes out of the queue for a worker of these tags, within moments.
async fn taken(app: &TestApp, band: Band, tag: &str) -> Vec<domain::JudgementId> {
    let tags: [WorkerTag; 1] = [tag.parse().unwrap()];
    let scope = Scope::new([band], ["python3".parse().unwrap()], tags);
    let patience = Duration::from_secs(10);
    app.queue.pop(&scope, 9, patience).await.unwrap()
}

#[tokio::test]
async fn an_administrator_sends_submissions_elsewhere() {
    let app = TestApp::closed().await;
    let (root, ann) = (
        app.token("root", Role::Admin).await,
        app.token("ann", Role::User).await,
    );
    app.announce(1, None).await;
    let usual = app.get(ROUTING).token(&root).send().await;
    assert_eq!(
        usual.json(),
        json!({"band": "interactive", "tag": "general", "workers": 1})
    );
    let submit = async || {
        let body = json!({"problem": "aplusb", "language": "python3", "source": "print(3)"});
        let answer = app
            .post("/api/v1/submissions")
            .token(&ann)
            .json(&body)
            .send()
            .await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
        serde_json::from_value::<SubmissionView>(answer.json())
            .unwrap()
            .judgement
            .id
    };
    let first = submit().await;

    let routed = app.patch(ROUTING).token(&root);
    let routed = routed
        .json(&json!({"band": "contest", "tag": "quiet"}))
        .send()
        .await;
    assert_eq!(
        routed.json(),
        json!({"band": "contest", "tag": "quiet", "workers": 0})
    );
    let second = submit().await;
    assert_eq!(taken(&app, Band::Contest, "quiet").await, [second]);
    assert_eq!(
        taken(&app, Band::Interactive, "general").await,
        [first],
        "what waits stays"
    );
    let lease = Duration::from_mins(1);
    let work = app.store.claim(&[second], WorkerId::new(), lease).await.unwrap();
    assert_eq!(work[0].submission.tag.as_str(), "quiet");
    assert_eq!(work[0].submission.band, Band::Contest);

    // Half of it stays where only half of it is said.
    let routed = app.patch(ROUTING).token(&root);
    let routed = routed.json(&json!({"band": "interactive"})).send().await;
    assert_eq!(routed.json()["tag"], "quiet");
    let problem = app.get("/api/v1/problems/aplusb").send().await.json();
    assert_eq!(
        (&problem["band"], &problem["tag"]),
        (&json!("interactive"), &json!("quiet"))
    );
    let log = app
        .get("/api/v1/audit?action=problem.routed")
        .token(&root)
        .send()
        .await;
    let log = log.json();
    assert_eq!(log["items"].as_array().unwrap().len(), 2, "{log}");
    assert_eq!(
        log["items"][0]["details"],
        json!({"band": "interactive", "tag": "quiet"})
    );
}

#[tokio::test]
async fn a_trial_is_never_as_urgent_as_a_contest() {
    let app = TestApp::open().await;
    let problem = "aplusb".parse().unwrap();
    let tag = "quiet".parse().unwrap();
    app.store
        .route_problem(&problem, Band::Contest, &tag)
        .await
        .unwrap();
    let body = json!({"problem": "aplusb", "language": "python3", "source": "print(3)", "input": "1 2"});
    let answer = app.post("/api/v1/trials").json(&body).send().await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
    assert_eq!(taken(&app, Band::Interactive, "quiet").await.len(), 1);
}

#[tokio::test]
async fn what_is_wrong_with_a_routing_is_told() {
    let app = TestApp::closed().await;
    let (root, sue, tom) = (
        app.token("root", Role::Admin).await,
        app.token("sue", Role::Setter).await,
        app.token("tom", Role::User).await,
    );
    for (body, pointers) in [
        (json!({"band": "bulk"}), vec!["/band"]),
        (json!({"band": "urgent", "tag": "a b"}), vec!["/band", "/tag"]),
        (json!({"band": 1}), vec!["/band"]),
        (json!({"tag": ""}), vec!["/tag"]),
        (json!({"tag": "x".repeat(37)}), vec!["/tag"]),
        (json!({"tags": "quiet"}), vec!["/tags"]),
        (json!([]), vec![]),
    ] {
        let refused = app.patch(ROUTING).token(&root).json(&body).send().await;
        assert_eq!(
            refused.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{body}: {refused:?}"
        );
        assert_eq!(refused.pointers(), pointers, "{body}");
    }
    let body = json!({"band": "contest"});
    for token in [&sue, &tom] {
        let refused = app.patch(ROUTING).token(token).json(&body).send().await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{refused:?}");
    }
    let refused = app.get(ROUTING).token(&tom).send().await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{refused:?}");
    let refused = app.patch(ROUTING).json(&body).send().await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{refused:?}");
    let nowhere = app.patch("/api/v1/problems/none/routing").token(&root);
    assert_eq!(nowhere.json(&body).send().await.status, StatusCode::NOT_FOUND);
    let problem = app
        .store
        .problem(&"aplusb".parse().unwrap())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (problem.band, problem.tag),
        (Band::Interactive, WorkerTag::default())
    );
}
