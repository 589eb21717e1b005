//! The language that is guessed, the entry point that is named, and the language that is still to be tried out.

use axum::http::StatusCode;
use domain::{Language, Timestamp, WorkerId};
use serde_json::{Value, json};
use store::WorkerRecord;

use crate::app::{TestApp, language};

const SUBMIT: &str = "/api/v1/submissions";

fn worker(languages: Vec<Language>) -> WorkerRecord {
    WorkerRecord {
        id: WorkerId::new(),
        name: "host/1".to_owned(),
        slots: 2,
        languages,
        bands: domain::Band::ALL.to_vec(),
        tags: vec![domain::WorkerTag::default()],
        service_us: None,
        seen_at: Timestamp(0),
    }
}

/// An app whose only worker offers these.
async fn app_with(languages: Vec<Language>) -> TestApp {
    let app = TestApp::open().await;
    app.store.announce_worker(&worker(languages)).await.unwrap();
    app
}

async fn app() -> TestApp {
    let languages = vec![
        language("c", "C", &[], "c", None),
        language("java", "Java", &[], "java", None),
        language("perl", "Perl", &[], "pm", None),
        language("prolog", "Prolog", &[], "pro", None),
        language("python3", "Python 3", &["python"], "py", None),
        language("rust", "Rust", &[], "rs", Some("rustc is not installed")),
    ];
    app_with(languages).await
}

/// Submits these fields beside the problem; tells the status and the answer.
async fn submit(app: &TestApp, fields: &Value) -> (StatusCode, Value) {
    let mut body = json!({"problem": "aplusb"});
    for (name, value) in fields.as_object().unwrap() {
        body[name] = value.clone();
    }
    let answer = app
        .post(SUBMIT)
        .body("application/json", body.to_string().into_bytes())
        .send()
        .await;
    (answer.status, answer.json())
}

#[tokio::test]
async fn a_language_that_is_left_out_is_guessed_from_the_files() {
    let app = app().await;
    for (fields, expected) in [
        (json!({"source": "x", "filename": "a.py"}), "python3"),
        (json!({"source": "x", "filename": "A.C"}), "c"),
        (json!({"source": "print 1;", "filename": "a.pl"}), "perl"),
        (json!({"source": ":- x.", "filename": "a.pl"}), "prolog"),
        (
            json!({"files": [{"name": "a.txt", "content": "x"}, {"name": "B.java", "content": "x"}]}),
            "java",
        ),
    ] {
        let (status, answer) = submit(&app, &fields).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{fields}: {answer}");
        assert_eq!(answer["language"], expected, "{fields}");
    }
    for (fields, expected) in [
        (
            json!({"source": "x"}),
            "is missing; only with the name of a file can it be guessed",
        ),
        (
            json!({"source": "x", "filename": "a.xyz"}),
            "is missing, and cannot be guessed: the ending of \"a.xyz\" suggests no language",
        ),
        (
            json!({"files": [{"name": "a.c", "content": "x"}, {"name": "B.java", "content": "x"}]}),
            "suggest several languages: c, java",
        ),
        (
            json!({"source": "x", "filename": "a.rs"}),
            "rust cannot be used on this server now: rustc is not installed",
        ),
    ] {
        let (status, answer) = submit(&app, &fields).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{answer}");
        assert_eq!(answer["errors"][0]["pointer"], "/language", "{answer}");
        let detail = answer["detail"].as_str().unwrap();
        assert!(detail.contains(expected), "{detail}");
    }
}

#[tokio::test]
async fn near_names_of_a_language_that_is_not_there_are_told() {
    let app = app_with(vec![
        language("cpp", "C++", &["c++", "g++"], "cpp", None),
        language("csharp", "C#", &["cs", "mono"], "cs", None),
        language("javascript", "JavaScript", &["js", "node"], "js", None),
        language("kotlin", "Kotlin", &["kt"], "kt", None),
        language("python3", "Python 3", &["python", "py"], "py", None),
        language("rust", "Rust", &[], "rs", None),
    ])
    .await;
    for (name, near) in [
        ("pyhton", "(did you mean \"python\" or \"python3\"?)"),
        ("Python2", "(did you mean \"python\" or \"python3\"?)"),
        ("kotln", "(did you mean \"kotlin\"?)"),
        ("javascrpit", "(did you mean \"javascript\"?)"),
        ("java", "(did you mean \"javascript\"?)"),
        ("c-sharp", "(did you mean \"csharp\"?)"),
        ("rusty", "(did you mean \"rust\"?)"),
        ("brainfuck", ""),
    ] {
        let (status, answer) = submit(&app, &json!({"language": name, "source": "x"})).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{name}: {answer}");
        assert_eq!(answer["errors"][0]["pointer"], "/language", "{answer}");
        let detail = answer["detail"].as_str().unwrap();
        assert!(detail.contains("there is no language"), "{detail}");
        assert!(
            detail.contains(near) && detail.contains("did you mean") != near.is_empty(),
            "{detail}"
        );
    }
}

#[tokio::test]
async fn an_entry_point_reaches_the_worker_where_it_means_something() {
    let app = app().await;
    let files = json!([{"name": "a.py", "content": "x"}, {"name": "b.py", "content": "x"}]);
    for fields in [
        json!({"files": files, "entry_point": "b.py"}),
        json!({"language": "java", "source": "x", "entry_point": "some.place.Main"}),
        json!({"language": "python", "source": "x", "entry_point": "main.py"}),
    ] {
        let (status, answer) = submit(&app, &fields).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{fields}: {answer}");
        let id = answer["judgement"]["id"].as_str().unwrap().parse().unwrap();
        let work = app
            .store
            .claim(&[id], WorkerId::new(), std::time::Duration::from_mins(1))
            .await
            .unwrap();
        assert_eq!(
            work[0].submission.entry_point.as_deref(),
            fields["entry_point"].as_str()
        );
    }
    for (fields, expected) in [
        (
            json!({"language": "c", "source": "x", "entry_point": "main.c"}),
            "means nothing in C: leave it out. C programs begin at the beginning.",
        ),
        (
            json!({"files": files, "entry_point": "c.py"}),
            "must be one of the submitted files: a.py, b.py, not \"c.py\"",
        ),
        (
            json!({"language": "java", "source": "x", "entry_point": "-cp"}),
            "must be the name of a class, such as Main or some.place.Main, not \"-cp\"",
        ),
        (
            json!({"language": "java", "source": "x", "entry_point": "a\u{0}"}),
            "must be the name of a class",
        ),
        (
            json!({"language": "java", "source": "x", "entry_point": ["Main"]}),
            "must be a string",
        ),
        (
            json!({"language": "java", "source": "x", "entry_point": ""}),
            "must",
        ),
    ] {
        let (status, answer) = submit(&app, &fields).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{fields}: {answer}");
        assert_eq!(answer["errors"][0]["pointer"], "/entry_point", "{answer}");
        let detail = answer["detail"].as_str().unwrap();
        assert!(detail.contains(expected), "{detail}");
    }
}

#[tokio::test]
async fn what_is_still_to_be_tried_out_is_taken_and_waits() {
    let untried = Language {
        is_untried: true,
        guide: None,
        ..language("c", "C", &[], "c", None)
    };
    let app = app_with(vec![untried.clone()]).await;
    let (status, answer) = submit(&app, &json!({"language": "c", "source": "x"})).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{answer}");
    let item = || async { app.get("/api/v1/languages").send().await.json()["items"][0].clone() };
    let told = item().await;
    assert_eq!(
        (&told["available"], &told["untried"]),
        (&json!(true), &json!(true))
    );
    // A worker does not repeat what everybody knows.
    assert_eq!(told["entry_rule"], "C programs begin at the beginning.");
    let tried = worker(vec![language("c", "C", &[], "c", None)]);
    app.store.announce_worker(&tried).await.unwrap();
    assert_eq!(item().await["untried"], false);
}
