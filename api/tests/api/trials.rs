//! Trying programs without submitting them.

use axum::http::StatusCode;
use domain::{Conclusion, ProblemType, Role, Run, SubmissionView, TrialOutput, Verdict};
use serde_json::{Value, json};

use crate::app::TestApp;

const PATH: &str = "/api/v1/trials";

fn body(more: &Value) -> Value {
    let mut body = json!({"problem": "aplusb", "language": "python3", "source": "print(3)"});
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

fn ran() -> Conclusion {
    Conclusion {
        runs: vec![Run {
            ordinal: 1,
            case: "input".to_owned(),
            verdict: Verdict::Ac,
            score: None,
            message: None,
            cpu_us: 1000,
            wall_us: 2000,
            memory_bytes: 4096,
        }],
        cases_total: 1,
        trial_outputs: vec![TrialOutput {
            ordinal: 1,
            stdout: "3\n".to_owned(),
            stderr: "<b>".to_owned(),
            is_cut: false,
        }],
        ..Conclusion::of(Verdict::Ac)
    }
}

#[tokio::test]
async fn a_trial_shows_what_the_program_wrote_and_counts_nowhere() {
    let app = TestApp::open().await;
    let answer = app
        .post(PATH)
        .json(&body(&json!({"input": "1 2\n"})))
        .send()
        .await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
    assert_eq!(answer.json()["runs"], json!([]));
    let view: SubmissionView = serde_json::from_value(answer.json()).unwrap();
    let location = answer.header("location").unwrap().to_owned();
    assert_eq!(location, format!("{PATH}/{}", view.id));
    assert_eq!(app.queued().await, view.judgement.id);

    app.judge_as(&view, ran()).await;
    let shown = app.get(&format!("{location}?wait=1")).send().await.json();
    assert_eq!(shown["judgement"]["verdict"], "AC");
    let run = &shown["runs"][0];
    assert_eq!((&run["stdout"], &run["stderr"]), (&json!("3\n"), &json!("<b>")));
    assert_eq!((&run["case"], &run["is_cut"]), (&json!("input"), &json!(false)));

    let listed = app.get("/api/v1/submissions").send().await.json();
    assert_eq!(listed["items"], json!([]));
    for path in ["", "/source", "/judge-messages"] {
        let answer = app
            .get(&format!("/api/v1/submissions/{}{path}", view.id))
            .send()
            .await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
    let counted = app.submit("ann").await;
    let answer = app.get(&format!("{PATH}/{}", counted.id)).send().await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_trial_is_its_authors_alone() {
    let app = TestApp::closed().await;
    let (ann, bob) = (
        app.token("ann", Role::User).await,
        app.token("bob", Role::User).await,
    );
    let answer = app.post(PATH).json(&body(&json!({}))).send().await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    let answer = app.post(PATH).token(&ann).json(&body(&json!({}))).send().await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
    let location = answer.header("location").unwrap().to_owned();
    for (token, expected) in [(&ann, StatusCode::OK), (&bob, StatusCode::NOT_FOUND)] {
        assert_eq!(app.get(&location).token(token).send().await.status, expected);
    }
}

#[tokio::test]
async fn what_cannot_be_tried_is_refused_by_field() {
    let app = TestApp::open().await;
    app.problem_of("talk", &[ProblemType::Interactive], None).await;
    app.problem_of("outputs", &[ProblemType::SubmitAnswer], None)
        .await;
    for (more, pointers) in [
        (json!({"input": 5}), vec!["/input"]),
        (json!({"inputs": ""}), vec!["/inputs"]),
        (json!({"problem": "talk", "input": "1"}), vec!["/input"]),
        (
            json!({"problem": "outputs", "language": "text"}),
            vec!["/problem"],
        ),
        (
            json!({"language": "cobol", "input": 7}),
            vec!["/input", "/language"],
        ),
    ] {
        let answer = app.post(PATH).json(&body(&more)).send().await;
        assert_eq!(
            answer.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{more}: {answer:?}"
        );
        let mut found = answer.pointers();
        found.sort();
        assert_eq!(found, pointers, "{more}");
    }
    let answer = app
        .post(PATH)
        .json(&body(&json!({"problem": "talk"})))
        .send()
        .await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
}
