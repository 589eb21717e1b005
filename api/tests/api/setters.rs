//! What setters do: versions, hidden problems, verifications.

use std::fmt::Write as _;

use axum::http::{Method, StatusCode};
use domain::{Conclusion, Role, SubmissionView, Verdict};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::packages::{ZIP, form, package};

const PROBLEM: &str = "/api/v1/problems/sum";

/// A problem of `sue`'s from a package with these changes; the answer.
async fn upload(app: &TestApp, query: &str, changes: &[(&str, Option<&str>)]) -> Value {
    let token = app.token("sue", Role::Setter).await;
    let call = app.put(&format!("{PROBLEM}{query}")).token(&token);
    let answer = call.body(ZIP, package("aplusb/", changes)).send().await;
    assert!(answer.status.is_success(), "{answer:?}");
    answer.json()
}

const README: (&str, Option<&str>) = ("attachments/readme.txt", Some("new"));

#[tokio::test]
async fn versions_are_listed_fetched_and_made_current_again() {
    let app = TestApp::closed().await;
    let first = upload(&app, "?message=the%20first", &[]).await;
    let second = upload(&app, "?message=with%20a%20readme", &[README]).await;
    upload(&app, "", &[README]).await;
    let (sue, tom) = (
        app.token("sue", Role::Setter).await,
        app.token("tom", Role::Setter).await,
    );
    let versions = format!("{PROBLEM}/versions");
    let list = app.get(&versions).token(&sue).send().await.json();
    let told: Vec<_> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|version| {
            (
                version["number"].as_u64(),
                version["message"].as_str().unwrap(),
                version["is_current"] == true,
            )
        })
        .collect();
    assert_eq!(
        told,
        [(Some(2), "with a readme", true), (Some(1), "the first", false)]
    );
    assert_eq!(list["items"][0]["by"], "sue");
    let page = app.get(&format!("{versions}?limit=1")).token(&sue).send().await;
    assert_eq!(page.json()["next_cursor"], "2");
    let page = app.get(&format!("{versions}?cursor=2")).token(&sue).send().await;
    assert_eq!(page.json()["items"][0]["number"], 1);

    let zip = app.get(&format!("{versions}/1/package")).token(&sue).send().await;
    assert_eq!(zip.status, StatusCode::OK);
    assert_eq!(zip.header("content-type"), Some(ZIP));
    assert_eq!(
        zip.header("content-disposition"),
        Some("attachment; filename=\"sum-1.zip\"")
    );
    assert_eq!(
        u64::try_from(zip.body.len()).unwrap(),
        list["items"][1]["size"].as_u64().unwrap()
    );
    assert!(zip.body.starts_with(b"PK"));

    let restored = app
        .post(&format!("{versions}/1/restore"))
        .token(&sue)
        .send()
        .await;
    assert_eq!(restored.json()["package"], first["package"]);
    assert_ne!(first["package"], second["package"]);
    let problem = app.get(PROBLEM).send().await.json();
    assert_eq!(problem["package"], first["package"]);
    for (call, status) in [
        (app.get(&versions), StatusCode::UNAUTHORIZED),
        (app.get(&versions).token(&tom), StatusCode::FORBIDDEN),
        (
            app.get(&format!("{versions}/1/package")).token(&tom),
            StatusCode::FORBIDDEN,
        ),
        (
            app.post(&format!("{versions}/2/restore")).token(&tom),
            StatusCode::FORBIDDEN,
        ),
        (
            app.get(&format!("{versions}/9/package")).token(&sue),
            StatusCode::NOT_FOUND,
        ),
        (
            app.get(&format!("{versions}/x/package")).token(&sue),
            StatusCode::NOT_FOUND,
        ),
        (
            app.post(&format!("{versions}/9/restore")).token(&sue),
            StatusCode::NOT_FOUND,
        ),
    ] {
        let answer = call.send().await;
        assert_eq!(answer.status, status, "{answer:?}");
    }
}

#[tokio::test]
async fn a_hidden_problem_is_not_there_for_others() {
    let app = TestApp::open().await;
    let made = upload(&app, "?hidden=true", &[]).await;
    assert_eq!(made["is_hidden"], true);
    let (sue, tom, root) = (
        app.token("sue", Role::Setter).await,
        app.token("tom", Role::Setter).await,
        app.token("root", Role::Admin).await,
    );
    let submission = json!({"problem": "sum", "language": "python3", "source": "print(3)"});
    let near = json!({"problem": "sun", "language": "python3", "source": "print(3)"});
    let ids = async |token: Option<&str>| -> Vec<String> {
        let call = app.get("/api/v1/problems");
        let call = match token {
            Some(token) => call.token(token),
            None => call,
        };
        let items = call.send().await.json()["items"].clone();
        let ids = items.as_array().unwrap().iter();
        ids.map(|item| item["id"].as_str().unwrap().to_owned()).collect()
    };
    for token in [None, Some(tom.as_str())] {
        let call = |method: Method, path: &str| {
            let call = app.call(method, path);
            match token {
                Some(token) => call.token(token),
                None => call,
            }
        };
        assert_eq!(ids(token).await, ["aplusb"]);
        assert_eq!(
            call(Method::GET, PROBLEM).send().await.status,
            StatusCode::NOT_FOUND
        );
        for path in ["/api/v1/submissions", "/api/v1/trials"] {
            let answer = call(Method::POST, path).json(&submission).send().await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{answer:?}");
            assert_eq!(answer.pointers(), ["/problem"]);
            let answer = call(Method::POST, path).json(&near).send().await;
            let detail = answer.json()["detail"].as_str().unwrap().to_owned();
            assert!(!detail.contains("\"sum\""), "{detail}");
        }
        for path in ["publish", "versions", "verifications", "rejudges"] {
            let method = if path == "publish" {
                Method::POST
            } else {
                Method::GET
            };
            let answer = call(method, &format!("{PROBLEM}/{path}")).send().await;
            let hidden = [StatusCode::NOT_FOUND, StatusCode::UNAUTHORIZED];
            assert!(hidden.contains(&answer.status), "{answer:?}");
        }
    }
    for token in [&sue, &root] {
        assert_eq!(ids(Some(token)).await, ["aplusb", "sum"]);
        assert_eq!(
            app.get(PROBLEM).token(token).send().await.json()["is_hidden"],
            true
        );
    }
    let owned = app.get("/api/v1/problems?owner=sue").token(&sue).send().await;
    assert_eq!(owned.json()["items"].as_array().unwrap().len(), 1);
    let owned = app.get("/api/v1/problems?owner=sue").send().await;
    assert_eq!(owned.json()["items"], json!([]));
    let own = app
        .post("/api/v1/submissions")
        .token(&sue)
        .json(&submission)
        .send()
        .await;
    assert_eq!(own.status, StatusCode::ACCEPTED, "{own:?}");
}

#[tokio::test]
async fn a_problem_is_hidden_and_published_by_whom_it_belongs_to() {
    let app = TestApp::open().await;
    upload(&app, "?hidden=true", &[]).await;
    let (sue, tom, root) = (
        app.token("sue", Role::Setter).await,
        app.token("tom", Role::Setter).await,
        app.token("root", Role::Admin).await,
    );
    let is_listed = async || {
        let list = app.get("/api/v1/problems").send().await.json();
        let mut items = list["items"].as_array().unwrap().iter();
        items.any(|item| item["id"] == "sum")
    };
    // A new version leaves it hidden; who wants its id is told that there is one.
    assert_eq!(upload(&app, "", &[README]).await["is_hidden"], true);
    let taken = app
        .put(PROBLEM)
        .token(&tom)
        .body(ZIP, package("aplusb/", &[]))
        .send()
        .await;
    assert_eq!(taken.status, StatusCode::FORBIDDEN);
    let published = app.post(&format!("{PROBLEM}/publish")).token(&sue).send().await;
    assert_eq!(published.json()["is_hidden"], false);
    assert!(is_listed().await);
    let refused = app.post(&format!("{PROBLEM}/hide")).token(&tom).send().await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let hidden = app.post(&format!("{PROBLEM}/hide")).token(&root).send().await;
    assert_eq!(hidden.json()["is_hidden"], true);
    assert!(!is_listed().await);
}

#[tokio::test]
async fn what_an_upload_says_beside_the_package_is_checked_with_it() {
    let app = TestApp::closed().await;
    let token = app.token("sue", Role::Setter).await;
    let (media, mut body) = form(
        "package",
        "sum.zip",
        &package(
            "",
            &[(
                "problem.yaml",
                Some("problem_format_version: 2025-09\nname: []\n"),
            )],
        ),
    );
    let mut fields = String::new();
    for (name, value) in [("id", "a b"), ("message", "one\ntwo"), ("hidden", "perhaps")] {
        write!(
            fields,
            "--b0undary\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        )
        .unwrap();
    }
    body.splice(0..0, fields.into_bytes());
    let answer = app
        .post("/api/v1/problems")
        .token(&token)
        .body(media, body)
        .send()
        .await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{answer:?}");
    let pointers = answer.pointers();
    assert_eq!(pointers[..3], ["/id", "/message", "/hidden"]);
    assert!(
        pointers.iter().any(|pointer| pointer.starts_with("problem.yaml")),
        "{pointers:?}"
    );
    let (media, body) = form("package", "", b"");
    let answer = app
        .post("/api/v1/problems")
        .token(&token)
        .body(media, body)
        .send()
        .await;
    assert_eq!(answer.pointers(), ["/package"]);
    for query in ["?hidden=maybe", "?message=a%0ab"] {
        let call = app.put(&format!("{PROBLEM}{query}")).token(&token);
        let answer = call.body(ZIP, package("", &[])).send().await;
        assert_eq!(answer.pointers()[0][..4], query[..4], "{answer:?}");
    }
}

/// Judges what is waiting of a verification.
async fn judge(app: &TestApp, verification: &Value, conclude: impl Fn(&str) -> Conclusion) {
    for example in verification["examples"].as_array().unwrap() {
        let Some(id) = example["submission"].as_str() else {
            continue;
        };
        let view: SubmissionView = app.store.submission(id.parse().unwrap()).await.unwrap().unwrap();
        let path = example["path"].as_str().unwrap_or_default();
        app.judge_as(&view, conclude(path)).await;
    }
}

fn as_its_directory_says(path: &str) -> Conclusion {
    Conclusion::of(match path.split('/').next() {
        Some("wrong_answer") => Verdict::Wa,
        Some("time_limit_exceeded") => Verdict::Tle,
        Some("run_time_error") => Verdict::Rte,
        _ => Verdict::Ac,
    })
}

#[tokio::test]
async fn a_verification_compares_what_is_judged_with_what_is_expected() {
    let app = TestApp::open().await;
    upload(&app, "", &[("submissions/accepted/a.xyz", Some("?"))]).await;
    let sue = app.token("sue", Role::Setter).await;
    let tom = app.token("tom", Role::Setter).await;
    let path = format!("{PROBLEM}/verifications");
    let started = app.post(&path).token(&sue).send().await;
    assert_eq!(started.status, StatusCode::ACCEPTED, "{started:?}");
    let location = started.header("location").unwrap().to_owned();
    let body = started.json();
    assert_eq!(
        (&body["version"], &body["is_final"], &body["ok"]),
        (&json!(1), &json!(false), &Value::Null)
    );
    let examples = body["examples"].as_array().unwrap();
    assert_eq!(examples[0]["path"], Value::Null, "the data comes first");
    let skipped = examples
        .iter()
        .find(|example| example["path"] == "accepted/a.xyz")
        .unwrap();
    assert!(
        skipped["skipped"].as_str().unwrap().contains("a.xyz"),
        "{skipped}"
    );
    let wrong = examples
        .iter()
        .find(|example| example["path"] == "wrong_answer/minus.py")
        .unwrap();
    assert_eq!(
        (&wrong["language"], &wrong["expected"]),
        (&json!("python3"), &json!(["WA"]))
    );
    // Whoever asks again meanwhile gets the same.
    let again = app.post(&path).token(&sue).send().await.json();
    assert_eq!(again["id"], body["id"]);

    // Nobody else sees them, not even where everybody sees everything.
    let trial = format!("/api/v1/trials/{}", wrong["submission"].as_str().unwrap());
    let view = format!("/api/v1/submissions/{}", wrong["submission"].as_str().unwrap());
    for path in [&trial, &view, &format!("{view}/source"), &location] {
        let answer = app.get(path).send().await;
        let hidden = [StatusCode::NOT_FOUND, StatusCode::UNAUTHORIZED];
        assert!(hidden.contains(&answer.status), "{path}: {answer:?}");
    }
    assert_eq!(
        app.get(&location).token(&tom).send().await.status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        app.post(&path).token(&tom).send().await.status,
        StatusCode::FORBIDDEN
    );
    let list = app.get("/api/v1/submissions").send().await.json();
    assert_eq!(list["items"], json!([]));

    let waiting = app.get(&format!("{location}?wait=25")).token(&sue);
    let judging = judge(&app, &body, |path| match path {
        "wrong_answer/minus.py" => Conclusion {
            missed: Some("no case has WA".to_owned()),
            ..Conclusion::of(Verdict::Ac)
        },
        path => as_its_directory_says(path),
    });
    let (answer, ()) = tokio::join!(waiting.send(), judging);
    let body = answer.json();
    assert_eq!((&body["is_final"], &body["ok"]), (&json!(true), &json!(false)));
    let bad: Vec<_> = body["examples"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|example| example["ok"] == false)
        .collect();
    assert_eq!(bad.len(), 1);
    assert_eq!(
        (&bad[0]["got"], &bad[0]["missed"]),
        (&json!("AC"), &json!("no case has WA"))
    );
    the_next_one_can_begin(&app, &path, &sue, &body["id"]).await;
}

async fn the_next_one_can_begin(app: &TestApp, path: &str, sue: &str, before: &Value) {
    let next = app
        .post(&format!("{path}?version=1"))
        .token(sue)
        .send()
        .await
        .json();
    assert_ne!(next["id"], *before);
    let list = app.get(path).token(sue).send().await.json();
    assert_eq!(list["items"].as_array().unwrap().len(), 2);
    for (query, status) in [("?version=7", 404), ("?version=0", 422), ("?version=x", 422)] {
        let answer = app.post(&format!("{path}{query}")).token(sue).send().await;
        assert_eq!(answer.status.as_u16(), status, "{query}: {answer:?}");
    }
}
