//! Sending, reading and listing submissions.

use std::time::Duration;

use axum::http::StatusCode;
use domain::{
    Compiled, Conclusion, GroupResult, JudgeMessage, Role, Score, SubmissionId, SubmissionView, Timeline,
    Verdict, WorkerId,
};
use serde_json::json;

use crate::app::{MOST_WAITING, TestApp, id};

#[tokio::test]
async fn a_submission_is_stored_then_queued_and_readable() {
    let app = TestApp::open().await;
    let body = json!({"problem": "aplusb", "language": "PYTHON", "source": "print(3)"});
    let answer = app.post("/api/v1/submissions").json(&body).send().await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
    let view: SubmissionView = serde_json::from_value(answer.json()).unwrap();
    assert_eq!(view.user.as_str(), "anonymous");
    assert_eq!(view.language.as_str(), "python3");
    let location = answer.header("location").unwrap().to_owned();
    assert_eq!(location, format!("/api/v1/submissions/{}", view.id));

    let read = app.get(&location).send().await;
    assert_eq!(read.status, StatusCode::OK);
    assert_eq!(
        serde_json::from_value::<SubmissionView>(read.json()).unwrap(),
        view,
        "what is answered is what is stored"
    );
    assert_eq!(read.json()["runs"], json!([]));
    assert_eq!(app.queued().await, view.judgement.id);

    let source = app.get(&format!("{location}/source")).send().await;
    assert_eq!(
        source.json(),
        json!({"files": [{"name": "main.py", "content": "print(3)"}]})
    );
}

#[tokio::test]
async fn what_another_process_does_to_a_problem_counts_for_the_next_submission() {
    let app = TestApp::closed().await;
    let ann = app.token("ann", Role::User).await;
    let body = json!({"problem": "aplusb", "language": "python3", "source": "print(3)"});
    let submit = || app.post("/api/v1/submissions").token(&ann).json(&body).send();
    let problem = "aplusb".parse().unwrap();
    for package in [1, 2] {
        let answer = submit().await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
        let view: SubmissionView = serde_json::from_value(answer.json()).unwrap();
        let lease = Duration::from_mins(1);
        let judgements = [view.judgement.id];
        let claimed = app.store.claim(&judgements, WorkerId::new(), lease);
        let current = app.store.problem(&problem).await.unwrap().unwrap().package;
        assert_eq!(claimed.await.unwrap()[0].submission.package, current, "{package}");

        app.store.set_hidden(&problem, true).await.unwrap();
        let refused = submit().await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{refused:?}");
        assert_eq!(refused.pointers(), ["/problem"]);
        app.store.set_hidden(&problem, false).await.unwrap();

        let answer = submit().await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
        app.problem_with("aplusb", [package; 32]).await;
    }
}

#[tokio::test]
async fn a_judged_submission_shows_its_runs() {
    let app = TestApp::open().await;
    let view = app.submit("ann").await;
    let done = app.judge(&view, Verdict::Wa).await;
    let answer = app.get(&format!("/api/v1/submissions/{}", view.id)).send().await;
    let body = answer.json();
    assert_eq!(
        serde_json::from_value::<SubmissionView>(body.clone()).unwrap(),
        done
    );
    assert_eq!(body["judgement"]["verdict"], "WA");
    assert_eq!(body["judgement"]["state"], "done");
    let runs: Vec<domain::Run> = serde_json::from_value(body["runs"].clone()).unwrap();
    assert_eq!(runs, app.store.runs(view.judgement.id).await.unwrap());
    assert_eq!(runs.len(), 1);
}

#[tokio::test]
async fn what_waits_has_a_place_and_can_be_cancelled() {
    let app = TestApp::open().await;
    let (first, second) = (app.submit("ann").await, app.submit("bob").await);
    let path = format!("/api/v1/submissions/{}", second.id);
    let place = async || app.get(&path).send().await.json()["queue"].clone();
    let told = async {
        while place().await.is_null() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(10), told)
        .await
        .unwrap();
    assert_eq!(place().await, json!({"before": 1, "expected_wait_seconds": null}));
    app.announce(2, Some(500_000)).await;
    assert_eq!(place().await, json!({"before": 1, "expected_wait_seconds": 0.5}));

    let cancel = format!("/api/v1/submissions/{}/cancel", first.id);
    let cancelled = app.post(&cancel).send().await;
    assert_eq!(cancelled.status, StatusCode::OK, "{cancelled:?}");
    assert_eq!(cancelled.json()["judgement"]["state"], "cancelled");
    assert_eq!(place().await["before"], 0);
    let again = app.post(&cancel).send().await;
    assert_eq!(again.status, StatusCode::CONFLICT, "{again:?}");
    let nothing = format!("/api/v1/submissions/{}/cancel", SubmissionId::new());
    assert_eq!(app.post(&nothing).send().await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn nobody_cancels_what_is_somebody_elses() {
    let app = TestApp::closed().await;
    let (ann, bob) = (
        app.token("ann", Role::User).await,
        app.token("bob", Role::User).await,
    );
    let root = app.token("root", Role::Admin).await;
    let body = json!({"problem": "aplusb", "language": "c", "source": "int main(){}"});
    let sent = app
        .post("/api/v1/submissions")
        .token(&ann)
        .json(&body)
        .send()
        .await;
    let cancel = format!("/api/v1/submissions/{}/cancel", id(&sent.json()));
    assert_eq!(
        app.post(&cancel).token(&bob).send().await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(app.post(&cancel).send().await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(app.post(&cancel).token(&root).send().await.status, StatusCode::OK);
}

#[tokio::test]
async fn one_user_cannot_have_ever_more_waiting() {
    let app = TestApp::open().await;
    for _ in 0..MOST_WAITING {
        app.submit("ann").await;
    }
    let body = json!({"problem": "aplusb", "language": "c", "source": "int main(){}", "user": "ann"});
    let refused = app.post("/api/v1/submissions").json(&body).send().await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS, "{refused:?}");
    assert_eq!(refused.json()["type"], "urn:gavel:problem:too-many");
    assert_eq!(refused.header("retry-after"), Some("1"));
    assert_eq!(refused.header("ratelimit-policy"), Some("\"waiting\";q=20"));
    assert_eq!(refused.header("ratelimit"), Some("\"waiting\";r=0;t=1"));
    app.submit("bob").await;
    // One that is being judged waits no more.
    let claimed = app.queued().await;
    let worker = domain::WorkerId::new();
    let lease = std::time::Duration::from_hours(1);
    assert_eq!(app.store.claim(&[claimed], worker, lease).await.unwrap().len(), 1);
    app.submit("ann").await;
}

#[tokio::test]
async fn several_files_are_kept_by_name() {
    let app = TestApp::open().await;
    let files = json!([{"name": "main.py", "content": "import a"}, {"name": "a.py", "content": "print(3)"}]);
    let body = json!({"problem": "aplusb", "language": "py", "files": files});
    let answer = app.post("/api/v1/submissions").json(&body).send().await;
    let path = format!("/api/v1/submissions/{}/source", id(&answer.json()));
    assert_eq!(app.get(&path).send().await.json()["files"], files);
}

#[tokio::test]
async fn the_same_key_and_body_is_the_same_submission() {
    let app = TestApp::open().await;
    let body = json!({"problem": "aplusb", "language": "c", "source": "int main(){}", "user": "ann"});
    let send = |key: &'static str, body| {
        app.post("/api/v1/submissions")
            .header("idempotency-key", key)
            .json(body)
            .send()
    };
    let (first, again) = (send("k 1", &body).await, send("k 1", &body).await);
    assert_eq!(again.status, StatusCode::ACCEPTED, "{again:?}");
    assert_eq!(first.json(), again.json());
    assert_eq!(first.header("location"), again.header("location"));
    assert_eq!(first.header("idempotency-replayed"), None);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));

    let mut other = body.clone();
    other["source"] = json!("int main(){return 1;}");
    let refused = send("k 1", &other).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.pointers(), ["Idempotency-Key"]);
    assert_ne!(id(&send("k 2", &body).await.json()), id(&first.json()));

    let mut bobs = other.clone();
    bobs["user"] = json!("bob");
    assert_eq!(
        send("k 1", &bobs).await.status,
        StatusCode::ACCEPTED,
        "keys are a user's own"
    );

    for key in ["", &"k".repeat(256)] {
        let answer = app
            .post("/api/v1/submissions")
            .header("idempotency-key", key)
            .json(&body)
            .send()
            .await;
        assert_eq!(answer.pointers(), ["Idempotency-Key"], "{key:?}");
    }
}

#[tokio::test]
async fn what_may_not_be_seen_is_not_there() {
    let app = TestApp::closed().await;
    let (ann, bob) = (
        app.token("ann", Role::User).await,
        app.token("bob", Role::User).await,
    );
    let root = app.token("root", Role::Admin).await;
    let body = json!({"problem": "aplusb", "language": "c", "source": "int main(){}"});
    let answer = app
        .post("/api/v1/submissions")
        .token(&ann)
        .json(&body)
        .send()
        .await;
    assert_eq!(answer.json()["user"], "ann");
    let path = answer.header("location").unwrap().to_owned();
    let source = format!("{path}/source");

    for (token, status) in [
        (Some(&ann), StatusCode::OK),
        (Some(&root), StatusCode::OK),
        (Some(&bob), StatusCode::NOT_FOUND),
        (None, StatusCode::NOT_FOUND),
    ] {
        for path in [&path, &source, &format!("{path}?wait=1")] {
            let call = app.get(path);
            let call = match token {
                Some(token) => call.token(token),
                None => call,
            };
            assert_eq!(call.send().await.status, status, "{path}");
        }
    }
    let absent = format!("/api/v1/submissions/{}", domain::SubmissionId::new());
    let hidden = app.get(&path).token(&bob).send().await.json();
    let absent = app.get(&absent).token(&bob).send().await.json();
    assert_eq!(hidden["type"], absent["type"]);
    assert_eq!(hidden["title"], absent["title"]);
}

#[tokio::test]
async fn nobody_submits_in_the_name_of_another() {
    let app = TestApp::closed().await;
    let ann = app.token("ann", Role::User).await;
    let setter = app.token("setter", Role::Setter).await;
    let root = app.token("root", Role::Admin).await;
    let body = json!({"problem": "aplusb", "language": "c", "source": "int main(){}", "user": "bob"});
    for (token, status) in [(&ann, 403), (&setter, 403), (&root, 202)] {
        let answer = app
            .post("/api/v1/submissions")
            .token(token)
            .json(&body)
            .send()
            .await;
        assert_eq!(answer.status.as_u16(), status, "{answer:?}");
    }
    let answer = app.post("/api/v1/submissions").json(&body).send().await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
    assert!(
        answer.json()["detail"]
            .as_str()
            .unwrap()
            .contains("Authorization: Bearer")
    );
}

#[tokio::test]
async fn lists_are_filtered_and_paged() {
    let app = TestApp::open().await;
    let mut sent = Vec::new();
    for user in ["ann", "bob+1@x.org", "ann", "ann", "bob+1@x.org"] {
        sent.push(app.submit(user).await);
    }
    app.judge(&sent[0], Verdict::Ac).await;
    sent.reverse();
    let ids = |of: &str| -> Vec<String> {
        sent.iter()
            .filter(|view| of.is_empty() || view.user.as_str() == of)
            .map(|view| view.id.to_string())
            .collect()
    };
    let last = sent[4].id.to_string();
    for (query, expected) in [
        ("", ids("")),
        ("user=ann", ids("ann")),
        ("user=bob%2B1%40x.org", ids("bob+1@x.org")),
        ("user=nobody", vec![]),
        ("problem=aplusb", ids("")),
        ("problem=other", vec![]),
        ("verdict=AC", vec![last.clone()]),
        ("state=done", vec![last.clone()]),
        ("state=queued&user=ann", ids("ann")[..2].to_vec()),
        ("verdict=WA", vec![]),
    ] {
        for limit in [1, 2, 200] {
            let mut next = Some(format!("/api/v1/submissions?limit={limit}&{query}"));
            let mut found = Vec::new();
            while let Some(path) = next {
                let page = app.get(&path).send().await;
                assert_eq!(page.status, StatusCode::OK, "{path}");
                let body = page.json();
                let items = body["items"].as_array().unwrap();
                assert!(items.len() <= limit, "{path}");
                found.extend(items.iter().map(|item| item["id"].as_str().unwrap().to_owned()));
                next = page.header("link").map(|link| {
                    let (path, rel) = link.split_once('>').unwrap();
                    assert_eq!(rel, "; rel=\"next\"");
                    path.trim_start_matches('<').to_owned()
                });
                assert_eq!(next.is_some(), body["next_cursor"].is_string(), "{path}");
            }
            assert_eq!(found, expected, "{query} by {limit}");
        }
    }
}

#[tokio::test]
async fn lists_show_ones_own() {
    let app = TestApp::closed().await;
    let ann = app.token("ann", Role::User).await;
    let bob = app.token("bob", Role::User).await;
    let root = app.token("root", Role::Admin).await;
    let body = json!({"problem": "aplusb", "language": "c", "source": "int main(){}"});
    for token in [&ann, &bob] {
        app.post("/api/v1/submissions")
            .token(token)
            .json(&body)
            .send()
            .await;
    }
    for (token, query, expected) in [
        (&ann, "", Some(vec!["ann"])),
        (&ann, "?user=ann", Some(vec!["ann"])),
        (&ann, "?user=bob", None),
        (&root, "", Some(vec!["bob", "ann"])),
        (&root, "?user=bob", Some(vec!["bob"])),
    ] {
        let answer = app
            .get(&format!("/api/v1/submissions{query}"))
            .token(token)
            .send()
            .await;
        let Some(expected) = expected else {
            assert_eq!(answer.status, StatusCode::FORBIDDEN);
            continue;
        };
        let body = answer.json();
        let users: Vec<_> = body["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["user"].as_str().unwrap())
            .collect();
        assert_eq!(users, expected, "{query}");
    }
    assert_eq!(
        app.get("/api/v1/submissions").send().await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn scores_are_shown_of_all_of_groups_and_of_cases() {
    let app = TestApp::open().await;
    let view = app.submit("ann").await;
    let score = |points: u32| Some(Score::from(points));
    let group = |name: &str, verdict, points| GroupResult {
        name: name.to_owned(),
        verdict,
        score: points,
        max_score: score(60),
    };
    let conclusion = Conclusion {
        score: score(40),
        max_score: score(100),
        groups: vec![
            group("secret/1", Some(Verdict::Ac), score(40)),
            group("secret/2", None, score(0)),
        ],
        ..Conclusion::of(Verdict::Ac)
    };
    app.judge_as(&view, conclusion).await;
    let answer = app.get(&format!("/api/v1/submissions/{}", view.id)).send().await;
    let judgement = &answer.json()["judgement"];
    assert_eq!(judgement["score"], 40);
    assert_eq!(judgement["max_score"], 100);
    let groups = json!([
        {"name": "secret/1", "verdict": "AC", "score": 40, "max_score": 60},
        {"name": "secret/2", "verdict": null, "score": 0, "max_score": 60},
    ]);
    assert_eq!(judgement["groups"], groups);
    let unscored = app.submit("bob").await;
    app.judge(&unscored, Verdict::Ac).await;
    let answer = app
        .get(&format!("/api/v1/submissions/{}", unscored.id))
        .send()
        .await;
    assert_eq!(answer.json()["judgement"]["score"], json!(null));
    assert_eq!(answer.json()["judgement"]["groups"], json!([]));
}

#[tokio::test]
async fn judge_messages_are_for_those_who_know_the_secrets() {
    let app = TestApp::closed().await;
    let ann = app.token("ann", Role::User).await;
    let answer = app.post("/api/v1/submissions").token(&ann);
    let body = json!({"problem": "aplusb", "language": "python", "source": "print(3)"});
    let answer = answer.json(&body).send().await;
    let view: SubmissionView = serde_json::from_value(answer.json()).unwrap();
    let message = JudgeMessage {
        case: "secret/1".to_owned(),
        validator: "check".to_owned(),
        text: "the answer is 42".to_owned(),
    };
    let conclusion = Conclusion {
        judge_messages: vec![message],
        ..Conclusion::of(Verdict::Wa)
    };
    app.judge_as(&view, conclusion).await;
    let path = format!("/api/v1/submissions/{}/judge-messages", view.id);
    for (user, role, status) in [
        ("ann", Role::User, StatusCode::OK),
        ("ann", Role::Setter, StatusCode::OK),
        ("bob", Role::User, StatusCode::NOT_FOUND),
        ("bob", Role::Setter, StatusCode::NOT_FOUND),
        ("setter", Role::User, StatusCode::NOT_FOUND),
        ("setter", Role::Setter, StatusCode::OK),
        ("root", Role::Admin, StatusCode::OK),
    ] {
        let token = app.token(user, role).await;
        let answer = app.get(&path).token(&token).send().await;
        assert_eq!(answer.status, status, "{user} {role:?}");
        let is_told = answer.json().to_string().contains("the answer is 42");
        assert_eq!(
            is_told,
            status == StatusCode::OK && user != "ann",
            "{user} {role:?}"
        );
    }
    let own = app.get(&format!("/api/v1/submissions/{}", view.id));
    let own = own.token(&ann).send().await;
    assert_eq!(own.status, StatusCode::OK);
    assert!(!own.json().to_string().contains("the answer is 42"));
    assert_eq!(app.get(&path).send().await.status, StatusCode::NOT_FOUND);
    let open = TestApp::open().await;
    let view = open.submit("ann").await;
    let path = format!("/api/v1/submissions/{}/judge-messages", view.id);
    assert_eq!(open.get(&path).send().await.json(), json!({"messages": []}));
    let unknown = format!(
        "/api/v1/submissions/{}/judge-messages",
        domain::SubmissionId::new()
    );
    assert_eq!(open.get(&unknown).send().await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_owner_of_a_problem_sees_what_is_sent_to_it() {
    let app = TestApp::closed().await;
    let ann = app.token("ann", Role::User).await;
    let body = json!({"problem": "aplusb", "language": "python", "source": "print(3)"});
    let answer = app
        .post("/api/v1/submissions")
        .token(&ann)
        .json(&body)
        .send()
        .await;
    let view: SubmissionView = serde_json::from_value(answer.json()).unwrap();
    let path = format!("/api/v1/submissions/{}", view.id);
    let list = "/api/v1/submissions?problem=aplusb";
    for (user, role, status, listed) in [
        ("ann", Role::User, StatusCode::OK, 1),
        ("bob", Role::User, StatusCode::NOT_FOUND, 0),
        ("bob", Role::Setter, StatusCode::NOT_FOUND, 0),
        ("setter", Role::User, StatusCode::NOT_FOUND, 0),
        ("setter", Role::Setter, StatusCode::OK, 1),
    ] {
        let token = app.token(user, role).await;
        for path in [&path, &format!("{path}/source")] {
            let answer = app.get(path).token(&token).send().await;
            assert_eq!(answer.status, status, "{user} {role:?} {path}");
        }
        let answer = app.get(list).token(&token).send().await;
        assert_eq!(
            answer.json()["items"].as_array().unwrap().len(),
            listed,
            "{user} {role:?}"
        );
    }
    let setter = app.token("setter", Role::Setter).await;
    let others = app
        .get("/api/v1/submissions?user=ann")
        .token(&setter)
        .send()
        .await;
    assert_eq!(others.status, StatusCode::FORBIDDEN, "only those to the problem");
    let both = app.get(&format!("{list}&user=ann")).token(&setter).send().await;
    assert_eq!(both.json()["items"].as_array().unwrap().len(), 1);
    let cancel = app.post(&format!("{path}/cancel")).token(&setter).send().await;
    assert_eq!(cancel.status, StatusCode::NOT_FOUND, "to read is not to command");
}

#[tokio::test]
async fn a_timeline_tells_when_a_judgement_was_where() {
    let app = TestApp::closed().await;
    let ann = app.token("ann", Role::User).await;
    let body = json!({"problem": "aplusb", "language": "python", "source": "print(3)"});
    let answer = app
        .post("/api/v1/submissions")
        .token(&ann)
        .json(&body)
        .send()
        .await;
    let view: SubmissionView = serde_json::from_value(answer.json()).unwrap();
    let path = format!("/api/v1/submissions/{}", view.id);
    let waiting = app.get(&path).token(&ann).send().await.json()["timeline"].clone();
    assert_eq!(waiting["queued_at"], json!(view.judgement.created_at));
    for field in [
        "claimed_at",
        "started_us",
        "compile_us",
        "compile_cached",
        "committed_at",
        "story",
    ] {
        assert_eq!(waiting[field], json!(null), "{field}");
    }
    assert_eq!(waiting["cases_us"], json!([]));
    let work = app
        .store
        .claim(&[view.judgement.id], WorkerId::new(), Duration::from_hours(1))
        .await
        .unwrap();
    assert!(app.store.hand_back(&work[0].lease, "no room").await.unwrap());
    let timeline = Timeline {
        started_us: Some(7),
        compiled: Some(Compiled {
            took_us: 500,
            was_cached: true,
        }),
        testing_us: Some(600),
        first_case_us: Some(700),
        cases_us: vec![700, 750, 800],
        last_case_us: Some(800),
        graded_us: Some(801),
    };
    let conclusion = Conclusion {
        timeline,
        ..Conclusion::of(Verdict::Ac)
    };
    app.judge_as(&view, conclusion).await;
    let told = app.get(&path).token(&ann).send().await.json()["timeline"].clone();
    assert_eq!(
        (&told["compile_us"], &told["compile_cached"]),
        (&json!(500), &json!(true))
    );
    assert_eq!(
        (&told["first_case_us"], &told["graded_us"]),
        (&json!(700), &json!(801))
    );
    assert_eq!(told["cases_us"], json!([700, 750, 800]));
    assert!(told["committed_at"].is_string() && told["claimed_at"].is_string());
    assert_eq!(told["failed_attempts"], 1);
    assert_eq!(
        told["story"],
        json!(null),
        "what went wrong inside is not for contestants"
    );
    let setter = app.token("setter", Role::Setter).await;
    let told = app.get(&path).token(&setter).send().await.json()["timeline"].clone();
    assert_eq!(told["story"], json!(["attempt 1: no room"]));
}
