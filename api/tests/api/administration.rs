//! Accounts, settings and the audit log, and who may see and change them.

use axum::http::{Method, StatusCode};
use domain::{Action, Role};
use serde_json::{Value, json};
use store::AuditFilter;

use crate::app::{Answer, TestApp};

/// Sends a request as somebody.
async fn send(app: &TestApp, token: &str, method: Method, path: &str, body: Value) -> Answer {
    let call = app.call(method, path).token(token);
    match body {
        Value::Null => call.send().await,
        body => call.json(&body).send().await,
    }
}

/// What the audit log says, the newest first: who did what to what.
async fn log(app: &TestApp) -> Vec<(Option<String>, String, String)> {
    let entries = app
        .store
        .audit_log(&AuditFilter::default(), None, 100)
        .await
        .unwrap();
    let told = entries.into_iter().map(|entry| {
        let user = entry.user.map(|user| user.to_string());
        (user, entry.action, entry.subject)
    });
    told.collect()
}

fn told(action: Action, subject: &str) -> (Option<String>, String, String) {
    (
        Some("root".to_owned()),
        action.id().to_owned(),
        subject.to_owned(),
    )
}

#[tokio::test]
async fn only_administrators_administer() {
    for app in [TestApp::open().await, TestApp::closed().await] {
        let setter = app.token("sue", Role::Setter).await;
        for (method, path, body) in [
            (Method::GET, "/api/v1/users", Value::Null),
            (Method::GET, "/api/v1/users/ann", Value::Null),
            (
                Method::POST,
                "/api/v1/users",
                json!({"name": "eve", "role": "admin"}),
            ),
            (
                Method::POST,
                "/api/v1/user-imports",
                json!({"users": [{"name": "eve"}]}),
            ),
            (Method::PATCH, "/api/v1/users/sue", json!({"role": "admin"})),
            (Method::PUT, "/api/v1/users/ann/password", json!({})),
            (
                Method::DELETE,
                "/api/v1/users/ann/tokens/01a1fa2f-040b-77eb-b86b-8bf329525066",
                Value::Null,
            ),
            (Method::GET, "/api/v1/settings", Value::Null),
            (Method::PATCH, "/api/v1/settings", json!({"notice": "x"})),
            (Method::GET, "/api/v1/audit", Value::Null),
        ] {
            let answer = send(&app, &setter, method.clone(), path, body.clone()).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{method} {path}");
            let call = app.call(method.clone(), path);
            let call = if body.is_null() { call } else { call.json(&body) };
            assert_eq!(
                call.send().await.status,
                StatusCode::UNAUTHORIZED,
                "{method} {path}"
            );
        }
        assert!(log(&app).await.is_empty());
    }
}

#[tokio::test]
async fn an_account_is_made_changed_and_disabled() {
    let app = TestApp::closed().await;
    let root = app.token("root", Role::Admin).await;
    let body = json!({"name": "ann", "role": "setter"});
    let made = send(&app, &root, Method::POST, "/api/v1/users", body).await;
    assert_eq!(made.status, StatusCode::CREATED);
    assert_eq!(made.header("cache-control"), Some("no-store"));
    let password = made.json()["password"].as_str().unwrap().to_owned();
    assert_eq!(password.len(), 14);
    let given = json!({"name": "bob", "role": "admin", "password": "correct horse"});
    let made = send(&app, &root, Method::POST, "/api/v1/users", given).await;
    assert_eq!(
        made.json(),
        json!({"name": "bob", "role": "admin", "password": null})
    );

    let ann = app.token("ann", Role::Setter).await;
    let get = async |path: &str| send(&app, &root, Method::GET, path, Value::Null).await.json();
    let list = get("/api/v1/users?limit=1").await;
    assert_eq!(list["items"][0]["name"], "ann");
    assert_eq!(list["next_cursor"], "ann");
    let list = get("/api/v1/users?cursor=ann&role=admin&disabled=false&search=B").await;
    assert_eq!(list["items"][0]["name"], "bob");
    let user = get("/api/v1/users/ann").await;
    assert_eq!(user["account"]["role"], "setter");
    assert_eq!(user["tokens"][0]["label"], "test");

    let change = async |body: Value| send(&app, &root, Method::PATCH, "/api/v1/users/ann", body).await;
    let changed = change(json!({"role": "user"})).await.json();
    assert_eq!(changed["account"]["role"], "user");
    assert_eq!(
        changed["tokens"],
        json!([]),
        "a token that allows more than the role has ended"
    );
    assert_eq!(
        app.get("/api/v1/me").token(&ann).send().await.status,
        StatusCode::UNAUTHORIZED
    );
    let disabled = change(json!({"disabled": true})).await.json();
    assert!(disabled["account"]["disabled_at"].is_string());
    let path = "/api/v1/users/ann/password";
    let set = send(
        &app,
        &root,
        Method::PUT,
        path,
        json!({"password": "battery staple"}),
    )
    .await;
    assert_eq!(set.json(), json!({"password": null}));
    let set = send(&app, &root, Method::PUT, path, json!({})).await;
    assert_ne!(set.json()["password"], password.as_str());
    assert_eq!(
        log(&app).await,
        [
            told(Action::PasswordChanged, "ann"),
            told(Action::PasswordChanged, "ann"),
            told(Action::UserDisabled, "ann"),
            told(Action::RoleChanged, "ann"),
            told(Action::UserCreated, "bob"),
            told(Action::UserCreated, "ann"),
        ]
    );
}

#[tokio::test]
async fn what_is_wrong_with_an_account_is_told_by_its_place() {
    let app = TestApp::closed().await;
    let root = app.token("root", Role::Admin).await;
    let post = async |path: &str, body: Value| send(&app, &root, Method::POST, path, body).await;
    post("/api/v1/users", json!({"name": "Ann"})).await;
    for (body, expected) in [
        (json!({"name": "a b"}), &["/name"][..]),
        (json!({"name": "ann"}), &["/name"]),
        (
            json!({"role": "king", "password": 7}),
            &["/name", "/role", "/password"],
        ),
        (json!({"name": "bob", "password": "short"}), &["/password"]),
        (json!({"name": "bob", "rolle": "user"}), &["/rolle"]),
    ] {
        let answer = post("/api/v1/users", body.clone()).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        assert_eq!(answer.pointers(), expected, "{body}");
    }
    let many = json!({"users": [
        {"name": "team1"}, {"name": "ANN"}, {"name": "TEAM1", "password": "short"}, {"name": "team2", "role": "user"},
    ]});
    let answer = post("/api/v1/user-imports", many).await;
    assert_eq!(
        answer.pointers(),
        ["/users/1/name", "/users/2/name", "/users/2/password"]
    );
    let answer = post("/api/v1/user-imports", json!({"users": [1, {"nome": "x"}]})).await;
    assert_eq!(answer.pointers(), ["/users", "/users/1/name", "/users/1/nome"]);
    let team: domain::UserId = "team1".parse().unwrap();
    assert!(app.store.person(&team).await.unwrap().is_none(), "all or none");
    let many: Vec<Value> = (0..20)
        .map(|team| json!({"name": format!("team{team}")}))
        .collect();
    let answer = post("/api/v1/user-imports", json!({"users": many})).await;
    assert_eq!(answer.status, StatusCode::CREATED);
    let made = answer.json();
    assert_eq!(made["users"].as_array().unwrap().len(), 20);
    assert_eq!(made["users"][7]["name"], "team7");
    assert!(made["users"][7]["password"].is_string());
    assert!(app.store.person(&team).await.unwrap().is_some());
    assert_eq!(
        send(&app, &root, Method::GET, "/api/v1/users/nobody", Value::Null)
            .await
            .status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn the_last_account_that_administers_stays_one() {
    let app = TestApp::closed().await;
    let root = app.token("root", Role::Admin).await;
    let post = json!({"name": "ann", "role": "admin"});
    send(&app, &root, Method::POST, "/api/v1/users", post).await;
    for body in [json!({"role": "user"}), json!({"disabled": true})] {
        let answer = send(&app, &root, Method::PATCH, "/api/v1/users/ann", body).await;
        assert_eq!(answer.status, StatusCode::CONFLICT);
        assert!(answer.json()["detail"].as_str().unwrap().contains("last account"));
    }
    assert_eq!(log(&app).await, [told(Action::UserCreated, "ann")]);
}

#[tokio::test]
async fn settings_hold_at_once_where_they_are_changed() {
    let app = TestApp::closed().await;
    let (root, ann) = (
        app.token("root", Role::Admin).await,
        app.token("ann", Role::User).await,
    );
    let patch = async |body: Value| send(&app, &root, Method::PATCH, "/api/v1/settings", body).await;
    let submit = async |token: &str| {
        let body = json!({"problem": "aplusb", "language": "python3", "source": "print(3)"});
        send(&app, token, Method::POST, "/api/v1/submissions", body).await
    };
    assert_eq!(submit(&ann).await.status, StatusCode::ACCEPTED);
    let with_key = async || {
        let body = json!({"problem": "aplusb", "language": "python3", "source": "print(4)"});
        let call = app.post("/api/v1/submissions").token(&ann);
        call.header("idempotency-key", "before").json(&body).send().await
    };
    assert_eq!(with_key().await.status, StatusCode::ACCEPTED);
    let changed = patch(json!({"submissions": false, "notice": "Lunch\nuntil <b>two</b>"})).await;
    assert_eq!(changed.status, StatusCode::OK, "{changed:?}");
    let refused = submit(&ann).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(refused.json()["type"], "urn:gavel:problem:closed");
    let trial = json!({"problem": "aplusb", "language": "python3", "source": "print(3)"});
    let trial = send(&app, &ann, Method::POST, "/api/v1/trials", trial).await;
    assert_eq!(trial.status, StatusCode::FORBIDDEN);
    assert_eq!(submit(&root).await.status, StatusCode::ACCEPTED);
    let again = with_key().await;
    assert_eq!(again.status, StatusCode::ACCEPTED, "it was taken before");
    assert_eq!(again.header("idempotency-replayed"), Some("true"));

    let settings = send(&app, &root, Method::GET, "/api/v1/settings", Value::Null)
        .await
        .json();
    let find = |name: &str| -> Value {
        let all = settings["settings"].as_array().unwrap();
        all.iter()
            .find(|setting| setting["name"] == name)
            .unwrap()
            .clone()
    };
    assert_eq!(find("submissions")["source"], "stored");
    assert_eq!(find("notice")["changed_by"], "root");
    assert_eq!(find("site_name")["value"], "Gavel");
    assert_eq!(find("site_name")["source"], "default");
    assert_eq!(find("most_waiting")["source"], "operator");

    let wrong =
        json!({"most_waiting": 3, "audit_days": 0, "site_name": "", "nothing": 1, "registration": true});
    let wrong = patch(wrong).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(wrong.pointers(), ["/nothing"]);
    let wrong = patch(json!({"most_waiting": 3, "audit_days": 0, "registration": true})).await;
    assert_eq!(wrong.pointers(), ["/most_waiting", "/audit_days"]);
    let settings = patch(json!({"submissions": null})).await.json();
    assert_eq!(
        settings["settings"][2]["source"], "default",
        "all or none: {settings}"
    );
    assert_eq!(submit(&ann).await.status, StatusCode::ACCEPTED);
    let entries = log(&app).await;
    let changes: Vec<_> = entries
        .iter()
        .filter(|entry| entry.1 == "settings.changed")
        .collect();
    assert_eq!(changes.len(), 3);
}

#[tokio::test]
async fn the_audit_log_tells_who_did_what_with_which_token() {
    let app = TestApp::open().await;
    let root = app.token("root", Role::Admin).await;
    let body = json!({"user": "ann", "role": "user", "label": "<script>"});
    let call = app.post("/api/v1/tokens").token(&root);
    let made = call
        .header("x-request-id", "the-request")
        .json(&body)
        .send()
        .await;
    assert_eq!(made.status, StatusCode::CREATED);
    let token = made.json()["token"].as_str().unwrap().to_owned();
    let view = app.submit("bob").await;
    let path = format!("/api/v1/submissions/{}/cancel", view.id);
    assert_eq!(app.post(&path).send().await.status, StatusCode::OK);
    let held = app.store.tokens(&"ann".parse().unwrap()).await.unwrap();
    let path = format!("/api/v1/tokens/{}", held[0].id);
    let revoked = send(&app, &token, Method::DELETE, &path, Value::Null).await;
    assert_eq!(revoked.status, StatusCode::NO_CONTENT);

    let get = async |query: &str| {
        let path = format!("/api/v1/audit{query}");
        send(&app, &root, Method::GET, &path, Value::Null).await
    };
    let all = get("").await.json();
    let items = all["items"].as_array().unwrap();
    let actions: Vec<_> = items
        .iter()
        .map(|item| item["action"].as_str().unwrap())
        .collect();
    assert_eq!(actions, ["token.revoked", "submission.cancelled", "token.made"]);
    assert_eq!(items[2]["request_id"], "the-request");
    assert_eq!(items[2]["user"], "root");
    assert_eq!(items[2]["details"]["label"], "<script>");
    let holder = app.store.holder(&root).await.unwrap().unwrap();
    assert_eq!(items[2]["token"], holder.token.to_string());
    assert_eq!(items[1]["user"], Value::Null);
    assert_eq!(items[1]["subject"], view.id.to_string());
    assert!(!all.to_string().contains("gvl_"), "no secrets: {all}");

    let page = get("?limit=1").await;
    let cursor = page.json()["next_cursor"].as_str().unwrap().to_owned();
    let rest = get(&format!(
        "?cursor={cursor}&action=token.made&subject=ann&user=root"
    ))
    .await;
    assert_eq!(rest.json()["items"].as_array().unwrap().len(), 1);
    let wrong = get("?action=nothing&cursor=x&user=a%20b&since=1").await;
    assert_eq!(wrong.pointers(), ["?cursor", "?user", "?action", "?since"]);
}

#[tokio::test]
async fn who_owns_a_problem_reads_what_is_sent_to_it_and_cancels_nothing() {
    let app = TestApp::closed().await;
    let (ann, owner) = (
        app.token("ann", Role::User).await,
        app.token("setter", Role::Setter).await,
    );
    let body = json!({"problem": "aplusb", "language": "python3", "source": "print(3)"});
    let sent = send(&app, &ann, Method::POST, "/api/v1/submissions", body).await;
    let path = format!("/api/v1/submissions/{}", sent.json()["id"].as_str().unwrap());
    let read = send(&app, &owner, Method::GET, &path, Value::Null).await;
    assert_eq!(read.status, StatusCode::OK);
    let cancel = format!("{path}/cancel");
    let refused = send(&app, &owner, Method::POST, &cancel, Value::Null).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
    let done = send(&app, &ann, Method::POST, &cancel, Value::Null).await;
    assert_eq!(done.status, StatusCode::OK);
}
