//! The tutorial's protocol.

use axum::http::StatusCode;
use domain::Role;
use serde_json::{Value, json};

use crate::app::{TestApp, id};

#[tokio::test]
async fn a_client_of_the_tutorial_submits() {
    let app = TestApp::open().await;
    app.problem("1", None).await;
    for (body, user, language) in [
        (
            json!({"code": "x", "language": "python", "problemId": "aplusb"}),
            "anonymous",
            "python3",
        ),
        (
            json!({"code": "x", "lang": "C++", "problemId": 1, "userId": 42}),
            "42",
            "cpp",
        ),
        (
            json!({"code": "x", "lang": "c", "language": "c", "problemId": "1", "userId": "ann"}),
            "ann",
            "c",
        ),
        (
            json!({"code": "x", "language": "PYTHON 3", "problemId": "1", "userId": null}),
            "anonymous",
            "python3",
        ),
    ] {
        let answer = app.post("/submit").json(&body).send().await;
        assert_eq!(answer.status, StatusCode::OK, "{body}: {answer:?}");
        let answer = answer.json();
        let id = id(&answer);
        assert_eq!(
            answer,
            json!({"message": "Submission received and stored.", "submissionId": id.to_string(), "id": id.to_string()})
        );
        let view = app.store.submission(id).await.unwrap().unwrap();
        assert_eq!(view.user.as_str(), user, "{body}");
        assert_eq!(view.language.as_str(), language, "{body}");
        assert_eq!(app.queued().await, view.judgement.id);
    }
}

#[tokio::test]
async fn its_refusals_have_a_message() {
    let app = TestApp::open().await;
    let good = json!({"code": "x", "language": "c", "problemId": "aplusb"});
    for (changes, pointers, fragment) in [
        (json!({"code": null}), vec!["/code"], "is missing"),
        (json!({"code": ""}), vec!["/code"], "empty"),
        (json!({"code": "a\u{0}"}), vec!["/code"], "NUL"),
        (json!({"language": null}), vec!["/language"], "is missing"),
        (json!({"language": 5}), vec!["/language"], "must be a string"),
        (
            json!({"language": "c", "lang": "cpp"}),
            vec!["/lang"],
            "says something else",
        ),
        (
            json!({"language": null, "lang": "klingon"}),
            vec!["/lang"],
            "there is no language",
        ),
        (json!({"problemId": null}), vec!["/problemId"], "is missing"),
        (
            json!({"problemId": 1.5}),
            vec!["/problemId"],
            "a string or a whole number",
        ),
        (
            json!({"problemId": -1}),
            vec!["/problemId"],
            "a string or a whole number",
        ),
        (
            json!({"problemId": 99}),
            vec!["/problemId"],
            "there is no problem \"99\"",
        ),
        (json!({"userId": "a b"}), vec!["/userId"], "must consist of"),
        (json!({"userId": []}), vec!["/userId"], "not an array"),
        (json!({"source": "x"}), vec!["/source"], "is not a field"),
    ] {
        let mut body = good.clone();
        for (name, value) in changes.as_object().unwrap() {
            body[name] = value.clone();
        }
        let answer = app.post("/submit").json(&body).send().await;
        assert_eq!(
            answer.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{body}: {answer:?}"
        );
        assert_eq!(answer.pointers(), pointers, "{body}: {answer:?}");
        let answer = answer.json();
        for field in ["detail", "message", "error"] {
            assert!(
                answer[field].as_str().unwrap().contains(fragment),
                "{body}: {answer}"
            );
        }
    }
    let elsewhere = app.post("/api/v1/submissions").json(&json!({})).send().await;
    assert_eq!(elsewhere.json()["message"], Value::Null);
}

#[tokio::test]
async fn it_needs_a_token_where_tokens_are_required() {
    let app = TestApp::closed().await;
    let body = json!({"code": "x", "language": "c", "problemId": "aplusb", "userId": "ann"});
    let answer = app.post("/submit").json(&body).send().await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    let message = answer.json()["message"].as_str().unwrap().to_owned();
    assert!(message.contains("Authorization: Bearer TOKEN"), "{message}");

    let (ann, bob) = (
        app.token("ann", Role::User).await,
        app.token("bob", Role::User).await,
    );
    assert_eq!(
        app.post("/submit").token(&ann).json(&body).send().await.status,
        StatusCode::OK
    );
    assert_eq!(
        app.post("/submit").token(&bob).json(&body).send().await.status,
        StatusCode::FORBIDDEN
    );
}
