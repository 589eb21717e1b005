//! Bad requests: each refused with a reason that names what is wrong.

use axum::http::{Method, StatusCode};
use domain::{ProblemType, Role};
use serde_json::{Value, json};

use crate::app::{BODY_BYTES, CODE_BYTES, TestApp, language};

const SUBMIT: &str = "/api/v1/submissions";
const JSON: &str = "application/json";

/// What a good body becomes by replacing and removing (null) fields.
fn with(changes: Value) -> Vec<u8> {
    let mut body = json!({"problem": "aplusb", "language": "c", "source": "int main(){}"});
    for (name, value) in changes.as_object().unwrap() {
        body[name] = value.clone();
    }
    body.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    body.to_string().into_bytes()
}

async fn check(app: &TestApp, path: &str, body: Vec<u8>, pointers: &[&str], fragment: &str) {
    let shown = String::from_utf8_lossy(&body[..body.len().min(200)]).into_owned();
    let answer = app.post(path).body(JSON, body).send().await;
    assert_eq!(
        answer.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "{shown}: {answer:?}"
    );
    assert_eq!(answer.pointers(), pointers, "{shown}: {answer:?}");
    let detail = answer.json()["detail"].as_str().unwrap().to_owned();
    assert!(
        detail.contains(fragment),
        "{shown}: {fragment:?} is not in {detail:?}"
    );
}

/// Sends good bodies with changes; each is refused with those pointers, and words that hold the fragment.
async fn check_all<'a>(app: &TestApp, rows: impl IntoIterator<Item = (Value, &'a [&'a str], &'a str)>) {
    for (changes, pointers, fragment) in rows {
        check(app, SUBMIT, with(changes), pointers, fragment).await;
    }
    assert_eq!(
        app.store.outstanding().await.unwrap().queued,
        0,
        "nothing was accepted"
    );
}

#[tokio::test]
async fn wrong_problems_and_users_are_named() {
    let app = TestApp::open().await;
    let rows: [(Value, &[&str], &str); 13] = [
        (json!({"problem": null}), &["/problem"], "is missing"),
        (json!({"problem": ""}), &["/problem"], "must not be empty"),
        (
            json!({"problem": 7}),
            &["/problem"],
            "must be a string, not a number",
        ),
        (json!({"problem": "a\u{0}b"}), &["/problem"], "must consist of"),
        (
            json!({"problem": "aplusc"}),
            &["/problem"],
            "did you mean \"aplusb\"?",
        ),
        (
            json!({"problem": "zzz"}),
            &["/problem"],
            "there is no problem \"zzz\"",
        ),
        (json!({"user": "a b"}), &["/user"], "must consist of"),
        (json!({"user": "a\u{0}"}), &["/user"], "must consist of"),
        (json!({"user": "x".repeat(65)}), &["/user"], "at most 64"),
        (json!({"user": 5}), &["/user"], "must be a string"),
        (json!({"lang": "c"}), &["/lang"], "did you mean \"language\"?"),
        (json!({"a/b~c": 1}), &["/a~1b~0c"], "is not a field"),
        (json!({"\u{0}": 1}), &["/\u{0}"], "is not a field"),
    ];
    check_all(&app, rows).await;
    let all = json!({"problem": "nope", "language": "nope", "source": "", "user": "!", "x": 1});
    let pointers = ["/user", "/x", "/problem", "/language", "/source"];
    check(&app, SUBMIT, with(all), &pointers, "there is no problem").await;
}

#[tokio::test]
async fn wrong_languages_are_named() {
    let app = TestApp::open().await;
    app.problem("only-c", Some(&["c"])).await;
    let types = [ProblemType::PassFail, ProblemType::SubmitAnswer];
    app.problem_of("answers", &types, None).await;
    let rows: [(Value, &[&str], &str); 9] = [
        (
            json!({"problem": "answers", "language": "c"}),
            &["/language"],
            "must be text: what is submitted to this problem are the outputs",
        ),
        (
            json!({"language": "text"}),
            &["/language"],
            "there is no language \"text\"",
        ),
        (json!({"language": null}), &["/language"], "is missing"),
        (json!({"language": ["c"]}), &["/language"], "not an array"),
        (
            json!({"language": "pyton"}),
            &["/language"],
            "did you mean \"python\"",
        ),
        (
            json!({"language": "klingon"}),
            &["/language"],
            "there are c, cpp, python3, rust",
        ),
        (
            json!({"language": "\u{0}"}),
            &["/language"],
            "there is no language",
        ),
        (
            json!({"language": "Rust"}),
            &["/language"],
            "rustc is not installed",
        ),
        (
            json!({"problem": "only-c", "language": "c++"}),
            &["/language"],
            "allows c",
        ),
    ];
    check_all(&app, rows).await;
}

#[tokio::test]
async fn wrong_sources_are_named() {
    let app = TestApp::open().await;
    let long = "x".repeat(usize::try_from(CODE_BYTES).unwrap() + 1);
    let rows: [(Value, &[&str], &str); 15] = [
        (
            json!({"source": null}),
            &["/source"],
            "is missing; give `source` or `files`",
        ),
        (json!({"source": ""}), &["/source"], "the source is empty"),
        (json!({"source": " \n\t"}), &["/source"], "the source is empty"),
        (
            json!({"source": "a\u{0}"}),
            &["/source"],
            "NUL character at byte 1",
        ),
        (
            json!({"source": {}}),
            &["/source"],
            "must be a string, not an object",
        ),
        (
            json!({"source": long}),
            &["/source"],
            "has 1001 bytes; the problem allows 1000 bytes",
        ),
        (json!({"filename": "../x"}), &["/filename"], "a file name has"),
        (json!({"filename": "a\u{0}"}), &["/filename"], "a file name has"),
        (json!({"files": []}), &["/files"], "together with `source`"),
        (
            json!({"source": null, "files": []}),
            &["/files"],
            "must not be empty",
        ),
        (
            json!({"source": null, "files": "x"}),
            &["/files"],
            "must be an array",
        ),
        (
            json!({"source": null, "files": ["x"]}),
            &["/files"],
            "entry 0 must be an object",
        ),
        (
            json!({"source": null, "files": [{"name": "a.c"}, {"name": "b.c", "content": "x", "mode": 7}]}),
            &["/files/0/content", "/files/1/mode"],
            "is not a field",
        ),
        (
            json!({"source": null, "files": [{"name": "a.c", "content": "x"}, {"name": "a.c", "content": "\u{0}"}]}),
            &["/files/1/content", "/files/1/name"],
            "is there twice",
        ),
        (
            json!({"source": null, "filename": "a.c", "files": [{"name": "a.c", "content": long}]}),
            &["/filename", "/files"],
            "the problem allows 1000",
        ),
    ];
    check_all(&app, rows).await;
    let many: Vec<_> = (0..101)
        .map(|at| json!({"name": format!("{at}.c"), "content": "x"}))
        .collect();
    check_all(
        &app,
        [(
            json!({"source": null, "files": many}),
            &["/files"][..],
            "more than 100 files",
        )],
    )
    .await;
    check(
        &app,
        SUBMIT,
        b"[]".to_vec(),
        &[],
        "must be a JSON object, not an array",
    )
    .await;
}

#[tokio::test]
async fn a_thousand_mistakes_are_told_in_part() {
    let app = TestApp::open().await;
    let body: serde_json::Map<_, _> = (0..1000).map(|at| (format!("f{at}"), json!(1))).collect();
    let answer = app.post(SUBMIT).json(&Value::Object(body)).send().await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answer.pointers().len(), 51);
    assert!(answer.body.len() < 16 << 10, "{}", answer.body.len());
}

#[tokio::test]
async fn bodies_that_cannot_be_read_are_refused() {
    let app = TestApp::open().await;
    let huge = with(json!({"source": "x".repeat(BODY_BYTES)}));
    let deep = "[".repeat(20_000);
    for (media, body, status, fragment) in [
        (JSON, "", 400, "the body is empty"),
        (JSON, "{\n  \"problem\": ,\n}", 400, "line 2 column 14"),
        (
            JSON,
            "{\"problem\": \"a\"",
            400,
            "EOF while parsing an object at line 1",
        ),
        (JSON, "{} x", 400, "trailing characters at line 1 column 4"),
        (JSON, &deep, 400, "recursion limit"),
        (
            JSON,
            r#"{"source": "\ud800"}"#,
            400,
            "unexpected end of hex escape",
        ),
        ("application/json; charset=utf-8", "{}", 422, "is missing"),
        ("Application/JSON", "{}", 422, "is missing"),
        ("", "{}", 415, "has no Content-Type; send application/json"),
        ("text/plain", "{}", 415, "\"text/plain\"; send application/json"),
        (
            "application/x-www-form-urlencoded",
            "a=b",
            415,
            "send application/json",
        ),
        (
            JSON,
            std::str::from_utf8(&huge).unwrap(),
            413,
            "larger than the limit of 65536 bytes",
        ),
    ] {
        for path in [SUBMIT, "/submit"] {
            let shown = &body[..body.len().min(100)];
            let answer = app.post(path).body(media, body.as_bytes().to_vec()).send().await;
            assert_eq!(answer.status.as_u16(), status, "{shown}: {answer:?}");
            let detail = answer.json()["detail"].as_str().unwrap().to_owned();
            assert!(
                detail.contains(fragment),
                "{shown}: {fragment:?} is not in {detail:?}"
            );
        }
    }
    let mut latin1 = with(json!({}));
    latin1
        .iter_mut()
        .filter(|byte| **byte == b'(')
        .for_each(|byte| *byte = 0xe9);
    let answer = app.post(SUBMIT).body(JSON, latin1).send().await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(
        answer.json()["detail"].as_str().unwrap().contains("unicode"),
        "{answer:?}"
    );

    let answer = app
        .post(SUBMIT)
        .header("content-encoding", "gzip")
        .body(JSON, with(json!({})))
        .send()
        .await;
    assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);

    let answer = app
        .post(SUBMIT)
        .header("content-length", "99999999")
        .body(JSON, vec![b'{'])
        .send()
        .await;
    assert_eq!(
        answer.status,
        StatusCode::PAYLOAD_TOO_LARGE,
        "refused before it is sent"
    );
}

#[tokio::test]
async fn parameters_are_checked() {
    let app = TestApp::open().await;
    let view = app.submit("ann").await;
    let one = format!("{SUBMIT}/{}", view.id);
    for (path, pointers, fragment) in [
        (
            format!("{one}?wait=x"),
            vec!["?wait"],
            "must be a whole number from 0",
        ),
        (format!("{one}?wait=-1"), vec!["?wait"], "not \"-1\""),
        (format!("{one}?wait=1.5"), vec!["?wait"], "whole number"),
        (format!("{one}?wait="), vec!["?wait"], "whole number"),
        (format!("{one}?wait=0&wait=0"), vec!["?wait"], "more than once"),
        (format!("{one}?weit=1"), vec!["?weit"], "did you mean \"wait\""),
        (format!("{one}/source?x=1"), vec!["?x"], "there are none here"),
        (format!("{SUBMIT}?limit=0"), vec!["?limit"], "from 1 to 200"),
        (format!("{SUBMIT}?limit=201"), vec!["?limit"], "from 1 to 200"),
        (format!("{SUBMIT}?cursor=abc"), vec!["?cursor"], "next_cursor"),
        (format!("{SUBMIT}?cursor=%00"), vec!["?cursor"], "next_cursor"),
        (
            format!("{SUBMIT}?user=a%00b&problem=%00"),
            vec!["?user", "?problem"],
            "must consist of",
        ),
        (
            format!("{SUBMIT}?state=pending"),
            vec!["?state"],
            "queued, running, done, cancelled",
        ),
        (format!("{SUBMIT}?verdict=RE"), vec!["?verdict"], "AC, WA, TLE"),
        (
            format!("{SUBMIT}?foo=1&limit=x"),
            vec!["?limit", "?foo"],
            "known here: ?limit",
        ),
        (
            "/api/v1/problems?cursor=a%2Fb".to_owned(),
            vec!["?cursor"],
            "next_cursor",
        ),
        (
            "/api/v1/problems/aplusb?x".to_owned(),
            vec!["?x"],
            "is not a parameter",
        ),
        ("/api/v1/languages?x=%00".to_owned(), vec!["?x\0"], ""),
        ("/api/v1/me?x=1".to_owned(), vec!["?x"], ""),
        ("/api/v1/queue?x=1".to_owned(), vec!["?x"], ""),
    ] {
        let pointers: Vec<_> = pointers
            .iter()
            .map(|pointer| pointer.trim_end_matches('\0'))
            .collect();
        let answer = app.get(&path).send().await;
        assert_eq!(
            answer.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{path}: {answer:?}"
        );
        assert_eq!(answer.pointers(), pointers, "{path}");
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert!(
            detail.contains(fragment),
            "{path}: {fragment:?} is not in {detail:?}"
        );
    }
    let capped = app.get(&format!("{one}?wait=0")).send().await;
    assert_eq!(capped.status, StatusCode::OK);
}

#[tokio::test]
async fn paths_and_methods_that_are_not_there() {
    let app = TestApp::open().await;
    for path in [
        "/api/v1/nope",
        "/api/v1",
        "/api/v1/submissions/",
        "/api/v1/submissions/not-a-uuid",
        "/api/v1/submissions/%00",
        "/api/v1/submissions/%ff",
        "/api/v1/submissions/0192d3f4-0000-7000-8000-000000000000",
        "/api/v1/submissions/0192d3f4-0000-7000-8000-000000000000/source",
        "/api/v1/problems/nope",
        "/api/v1/problems/%00",
        "/api/v1/problems/..%2f..",
        "/%00",
    ] {
        assert_eq!(app.get(path).send().await.status, StatusCode::NOT_FOUND, "{path}");
    }
    for (method, path, allow) in [
        (Method::DELETE, "/api/v1/submissions", "GET,HEAD,POST"),
        (Method::PUT, "/submit", "POST"),
        (Method::GET, "/submit", "POST"),
        (Method::POST, "/api/v1/submissions/x", "GET,HEAD"),
        (Method::POST, "/healthz", "GET,HEAD"),
        (Method::PATCH, "/api/v1/problems/x", "GET,HEAD,PUT"),
    ] {
        let answer = app.call(method.clone(), path).send().await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
        let mut allowed: Vec<_> = answer
            .header("allow")
            .unwrap()
            .split(',')
            .map(str::trim)
            .collect();
        allowed.sort_unstable();
        assert_eq!(allowed.join(","), allow, "{method} {path}");
    }
}

#[tokio::test]
async fn tokens_that_are_wrong_are_refused_even_where_none_is_needed() {
    for app in [TestApp::open().await, TestApp::closed().await] {
        let token = app.token("ann", Role::User).await;
        for value in [
            "Bearer nope",
            "Bearer ",
            "Bearer",
            "Basic YTpi",
            "nope",
            "",
            &format!("Bearer {token}x"),
            &format!("Bearer {}", "x".repeat(10_000)),
            &format!("Token {token}"),
        ] {
            for path in ["/api/v1/me", "/api/v1/problems", "/api/v1/submissions"] {
                let answer = app.get(path).header("authorization", value).send().await;
                assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{value:?} {path}");
                assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
            }
        }
        let answer = app
            .get("/api/v1/me")
            .header("authorization", &format!("bearer  {token}"))
            .send()
            .await;
        assert_eq!(answer.json()["user"], "ann");
        let answer = app.get("/api/v1/me").token(&token).token(&token).send().await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "two tokens are none");
    }
}

#[tokio::test]
async fn a_language_that_no_live_worker_offers_is_refused() {
    let app = TestApp::open().await;
    let worker = store::WorkerRecord {
        id: domain::WorkerId::new(),
        name: "host/1".to_owned(),
        slots: 2,
        languages: vec![language("python3", "Python 3", &[], "py", None)],
        bands: domain::Band::ALL.to_vec(),
        tags: vec![domain::WorkerTag::default()],
        service_us: None,
        seen_at: domain::Timestamp(0),
    };
    app.store.announce_worker(&worker).await.unwrap();
    check(
        &app,
        SUBMIT,
        with(json!({})),
        &["/language"],
        "no worker offers it",
    )
    .await;
    let body = with(json!({"language": "python3"}));
    assert_eq!(
        app.post(SUBMIT).body(JSON, body).send().await.status,
        StatusCode::ACCEPTED
    );
    app.store.retire_worker(worker.id).await.unwrap();
    let answer = app.post(SUBMIT).body(JSON, with(json!({}))).send().await;
    assert_eq!(
        answer.status,
        StatusCode::ACCEPTED,
        "without any worker it waits for one"
    );
}
