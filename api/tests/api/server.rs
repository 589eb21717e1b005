//! Languages, the queue, tokens, health, the document, and what surrounds every answer.

use std::collections::BTreeSet;

use axum::http::{Method, StatusCode};
use domain::{Role, Timestamp, WorkerId};
use serde_json::{Value, json};
use store::WorkerRecord;

use crate::app::{TestApp, language};

#[tokio::test]
async fn languages_are_those_of_the_workers_and_the_known() {
    let app = TestApp::closed().await;
    let ids = |body: &Value| -> Vec<(String, bool)> {
        let items = body["items"].as_array().unwrap();
        items
            .iter()
            .map(|item| {
                (
                    item["id"].as_str().unwrap().to_owned(),
                    item["available"].as_bool().unwrap(),
                )
            })
            .collect()
    };
    let pair = |id: &str, available| (id.to_owned(), available);
    let known = app.get("/api/v1/languages").send().await.json();
    assert_eq!(
        ids(&known),
        [
            pair("c", true),
            pair("cpp", true),
            pair("python3", true),
            pair("rust", false)
        ]
    );
    assert_eq!(known["items"][3]["reason"], "rustc is not installed");
    app.store
        .announce_worker(&WorkerRecord {
            id: WorkerId::new(),
            name: "host/1".to_owned(),
            slots: 2,
            languages: vec![
                language("zig", "Zig", &[], "zig", None),
                language("c", "C", &[], "c", Some("no gcc")),
            ],
            bands: domain::Band::ALL.to_vec(),
            tags: vec![domain::WorkerTag::default()],
            service_us: None,
            seen_at: Timestamp(0),
        })
        .await
        .unwrap();
    let body = app.get("/api/v1/languages").send().await.json();
    assert_eq!(
        ids(&body),
        [
            pair("c", false),
            pair("cpp", false),
            pair("python3", false),
            pair("rust", false),
            pair("zig", true)
        ]
    );
    assert_eq!(
        body["items"][4],
        json!({"id": "zig", "name": "Zig", "aliases": [], "extensions": ["zig"], "version": "Zig 1.0",
               "available": true, "untried": false, "reason": null,
               "entry_rule": "Zig programs begin at the beginning.", "entry_point": null, "hello": "Zig says hello",
               "adjustments": {"time_factor": 1.5, "extra_memory_bytes": 1 << 20, "extra_processes": 2,
                               "reason": "a test"}})
    );
    assert_eq!(body["items"][0]["reason"], "no gcc");
}

#[tokio::test]
async fn me_is_who_the_token_says() {
    let open = TestApp::open().await;
    assert_eq!(
        open.get("/api/v1/me").send().await.json(),
        json!({"user": null, "role": "user", "open": true})
    );
    let closed = TestApp::closed().await;
    assert_eq!(
        closed.get("/api/v1/me").send().await.status,
        StatusCode::UNAUTHORIZED
    );
    let token = closed.token("sue", Role::Setter).await;
    assert_eq!(
        closed.get("/api/v1/me").token(&token).send().await.json(),
        json!({"user": "sue", "role": "setter", "open": false})
    );
}

#[tokio::test]
async fn the_queue_is_told() {
    let app = TestApp::closed().await;
    assert_eq!(
        app.get("/api/v1/queue").send().await.status,
        StatusCode::UNAUTHORIZED
    );
    let (ann, root) = (
        app.token("ann", Role::User).await,
        app.token("root", Role::Admin).await,
    );
    let worker = WorkerRecord {
        id: WorkerId::new(),
        name: "host/1".to_owned(),
        slots: 3,
        languages: vec![language("c", "C", &[], "c", None)],
        bands: domain::Band::ALL.to_vec(),
        tags: vec![domain::WorkerTag::default()],
        service_us: None,
        seen_at: Timestamp(0),
    };
    app.store.announce_worker(&worker).await.unwrap();
    let body = json!({"problem": "aplusb", "language": "c", "source": "int main(){}"});
    app.post("/api/v1/submissions")
        .token(&ann)
        .json(&body)
        .send()
        .await;
    let judgement = app.queued().await; // it is in the queue now, and taken out again
    let entry = bus::Entry {
        judgement,
        lane: bus::Lane {
            band: domain::Band::Interactive,
            language: "python3".parse().unwrap(),
            tag: domain::WorkerTag::default(),
        },
        user: "ann".parse().unwrap(),
    };
    app.queue.push(&[entry]).await.unwrap();

    let seen = app.get("/api/v1/queue").token(&ann).send().await.json();
    assert_eq!(seen["depth"], json!({"contest": 0, "interactive": 1, "bulk": 0}));
    assert_eq!(seen["depth_unknown"], Value::Null);
    assert_eq!(seen["outstanding"], json!({"queued": 1, "running": 0}));
    assert_eq!(seen["workers"][0]["id"], worker.id.to_string());
    assert_eq!(seen["workers"][0]["slots"], 3);
    assert_eq!(seen["workers"][0]["name"], Value::Null);
    let seen = app.get("/api/v1/queue").token(&root).send().await.json();
    assert_eq!(seen["workers"][0]["name"], "host/1");
}

#[tokio::test]
async fn who_has_a_token_gets_tickets_for_it() {
    let app = TestApp::closed().await;
    let ann = app.token("ann", Role::User).await;
    let answer = app.post("/api/v1/tickets").token(&ann).send().await;
    assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
    let body = answer.json();
    assert_eq!(body["expires_in"], 30);
    let holder = app
        .store
        .redeem_ticket(body["ticket"].as_str().unwrap())
        .await
        .unwrap();
    assert_eq!(holder.unwrap().user.as_str(), "ann");
    for wrong in ["gvl_x", body["ticket"].as_str().unwrap()] {
        let answer = app.post("/api/v1/tickets").token(wrong).send().await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{answer:?}");
    }
    let nobody = app.post("/api/v1/tickets").send().await;
    assert_eq!(nobody.status, StatusCode::UNAUTHORIZED, "{nobody:?}");
}

#[tokio::test]
async fn administrators_make_tokens() {
    let app = TestApp::closed().await;
    let (sue, root) = (
        app.token("sue", Role::Setter).await,
        app.token("root", Role::Admin).await,
    );
    let body = json!({"user": "ann", "role": "user", "label": "laptop", "expires_in": 3600});
    let path = "/api/v1/tokens";
    assert_eq!(
        app.post(path).json(&body).send().await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        app.post(path).token(&sue).json(&body).send().await.status,
        StatusCode::FORBIDDEN
    );
    let answer = app.post(path).token(&root).json(&body).send().await;
    assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let made = answer.json();
    assert!(made["expires_at"].is_string());
    let me = app
        .get("/api/v1/me")
        .token(made["token"].as_str().unwrap())
        .send()
        .await;
    assert_eq!(me.json()["user"], "ann");

    for (changes, pointers) in [
        (json!({"user": ""}), vec!["/user"]),
        (json!({"user": "a\u{0}"}), vec!["/user"]),
        (json!({"role": "anonymous"}), vec!["/role"]),
        (json!({"role": "root"}), vec!["/role"]),
        (json!({"label": "a\u{0}"}), vec!["/label"]),
        (json!({"label": " "}), vec!["/label"]),
        (json!({"label": "x".repeat(101)}), vec!["/label"]),
        (json!({"expires_in": 0}), vec!["/expires_in"]),
        (json!({"expires_in": u64::MAX}), vec!["/expires_in"]),
        (json!({"expires_in": "1"}), vec!["/expires_in"]),
        (
            json!({"user": null, "role": null, "label": null}),
            vec!["/user", "/role", "/label"],
        ),
        (json!({"scope": "x"}), vec!["/scope"]),
    ] {
        let mut wrong = body.clone();
        for (name, value) in changes.as_object().unwrap() {
            wrong[name] = value.clone();
        }
        let answer = app.post(path).token(&root).json(&wrong).send().await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{changes}");
        assert_eq!(answer.pointers(), pointers, "{changes}");
    }
    let open = TestApp::open().await;
    assert_eq!(
        open.post(path).json(&body).send().await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn readiness_says_what_hinders() {
    let app = TestApp::closed().await;
    assert_eq!(app.get("/healthz").send().await.json(), json!({"status": "ok"}));
    assert_eq!(
        app.get("/readyz").send().await.json(),
        json!({"status": "ready", "reasons": []})
    );
    app.stop.cancel();
    let answer = app.get("/readyz").send().await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.pointers(), ["draining"]);
    assert_eq!(answer.header("retry-after"), Some("1"));
    app.store.close().await;
    let answer = app.get("/readyz").send().await;
    assert_eq!(answer.pointers(), ["draining", "database"]);
    assert_eq!(app.get("/healthz").send().await.status, StatusCode::OK);
    let answer = app.get("/api/v1/problems").send().await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(
        !answer.json().to_string().contains("gavel.db"),
        "internals are logged, not told"
    );
}

#[tokio::test]
async fn requests_keep_their_id() {
    let app = TestApp::open().await;
    let long = "x".repeat(129);
    for (given, is_kept) in [
        ("abc-1.2:3", true),
        ("", false),
        ("a b", false),
        ("<x>", false),
        (&long, false),
    ] {
        let answer = app.get("/nope").header("x-request-id", given).send().await;
        assert_eq!(answer.header("x-request-id") == Some(given), is_kept, "{given}");
    }
    let ids: BTreeSet<_> = [app.get("/nope").send().await, app.get("/nope").send().await]
        .iter()
        .map(|answer| answer.header("x-request-id").unwrap().to_owned())
        .collect();
    assert_eq!(ids.len(), 2);
}

#[tokio::test]
async fn foreign_pages_get_nothing_from_an_open_server() {
    let (open, closed) = (TestApp::open().await, TestApp::closed().await);
    let body = json!({"problem": "aplusb", "language": "c", "source": "int main(){}"});
    for (host, origin, status, is_shared) in [
        ("localhost:8080", None, 202, false),
        ("127.0.0.1:8080", Some("http://localhost:3000"), 202, true),
        ("127.0.0.1:8080", Some("http://127.0.0.1:8080"), 202, true),
        ("judge.lan", Some("https://judge.lan"), 202, true),
        ("127.0.0.1:8080", Some("https://evil.example"), 403, false),
        ("127.0.0.1:8080", Some("null"), 403, false),
        ("evil.example:8080", None, 403, false),
    ] {
        let mut call = open.post("/api/v1/submissions").header("host", host).json(&body);
        if let Some(origin) = origin {
            call = call.header("origin", origin);
        }
        let answer = call.send().await;
        assert_eq!(answer.status.as_u16(), status, "{host} {origin:?}: {answer:?}");
        let shared = answer.header("access-control-allow-origin").map(str::to_owned);
        assert_eq!(
            shared.as_deref(),
            origin.filter(|_| is_shared),
            "{host} {origin:?}"
        );

        let Some(origin) = origin else { continue };
        let preflight = open
            .call(Method::OPTIONS, "/api/v1/submissions")
            .header("host", host)
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "content-type")
            .send()
            .await;
        assert_eq!(
            preflight.header("access-control-allow-origin").is_some(),
            is_shared,
            "{origin}"
        );
    }
    // A token is not sent by itself: whoever sends it has it, wherever their page is from.
    let token = closed.token("ann", Role::User).await;
    let answer = closed
        .get("/api/v1/me")
        .header("host", "judge.example")
        .header("origin", "https://x.example")
        .token(&token)
        .send()
        .await;
    assert_eq!(answer.status, StatusCode::OK);
}

/// What the router knows, from its debug output: axum lists its routes in no other way. The fallback's are left out.
fn routes(router: &axum::Router) -> BTreeSet<String> {
    format!("{router:?}")
        .split('"')
        .filter(|text| text.starts_with('/') && *text != "/" && !text.contains("__private"))
        .map(str::to_owned)
        .collect()
}

#[tokio::test]
async fn the_document_has_every_route() {
    let app = TestApp::open().await;
    let document = app.get("/api/v1/openapi.json").send().await.json();
    assert_eq!(document, api::openapi());
    let paths = document["paths"].as_object().unwrap();
    let documented: BTreeSet<String> = paths.keys().cloned().collect();
    assert_eq!(routes(&app.router), documented);
    assert!(documented.len() >= 14, "{documented:?}");

    let mut operations = BTreeSet::new();
    for (path, methods) in paths {
        let concrete = path.replace("{id}", "x");
        for method in ["get", "put", "post", "delete", "patch"] {
            let answer = app
                .call(method.to_uppercase().parse().unwrap(), &concrete)
                .send()
                .await;
            let is_served = answer.status != StatusCode::METHOD_NOT_ALLOWED;
            assert_eq!(is_served, methods.get(method).is_some(), "{method} {path}");
            let Some(operation) = methods.get(method) else {
                continue;
            };
            assert!(
                operations.insert(operation["operationId"].to_string()),
                "{operation}"
            );
            let responses = operation["responses"].as_object().unwrap();
            if path.starts_with("/api/v1") && path != "/api/v1/openapi.json" {
                for status in ["401", "422", "503"] {
                    assert!(responses.contains_key(status), "{method} {path} {status}");
                }
            }
        }
    }
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for name in references(&document) {
        let (kind, name) = name.rsplit_once('/').unwrap();
        let known = match kind {
            "#/components/schemas" => schemas.contains_key(name),
            "#/components/responses" => document["components"]["responses"].get(name).is_some(),
            _ => false,
        };
        assert!(known, "{kind}/{name}");
    }
}

fn references(value: &Value) -> BTreeSet<String> {
    match value {
        Value::Object(map) => map
            .iter()
            .flat_map(|(key, value)| match (key.as_str(), value) {
                ("$ref", Value::String(name)) => BTreeSet::from([name.clone()]),
                _ => references(value),
            })
            .collect(),
        Value::Array(list) => list.iter().flat_map(references).collect(),
        _ => BTreeSet::new(),
    }
}

#[tokio::test]
async fn request_schemas_have_the_fields_that_are_read() {
    let app = TestApp::open().await;
    let document = api::openapi();
    let root = app.token("root", Role::Admin).await;
    for (path, schema) in [
        ("/api/v1/submissions", "NewSubmission"),
        ("/submit", "TutorialSubmission"),
        ("/api/v1/tokens", "TokenRequest"),
    ] {
        let answer = app
            .post(path)
            .token(&root)
            .json(&json!({"nope": 1}))
            .send()
            .await
            .json();
        let errors = answer["errors"].as_array().unwrap();
        let detail = errors.iter().find(|error| error["pointer"] == "/nope").unwrap()["detail"]
            .as_str()
            .unwrap();
        let read: BTreeSet<&str> = detail.split_once("known here: ").unwrap().1.split(", ").collect();
        let written: BTreeSet<&str> = document["components"]["schemas"][schema]["properties"]
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        assert_eq!(read, written, "{schema}");
    }
}

#[tokio::test]
async fn the_documentation_page_loads_nothing_from_elsewhere() {
    let app = TestApp::open().await;
    let page = app.get("/api/docs").send().await;
    assert!(page.header("content-type").unwrap().starts_with("text/html"));
    assert!(
        page.header("content-security-policy")
            .unwrap()
            .contains("default-src 'none'")
    );
    let text = String::from_utf8(page.body).unwrap();
    assert!(!text.contains("http://") && !text.contains("https://"));
}
