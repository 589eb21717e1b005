//! What a stranger does with Gavel, on both deployments.

#![cfg(test)]

use anyhow::{Context, Result, ensure};
use e2e::gavel::{Client, Deployment};
use e2e::programs;
use futures_util::future::try_join_all;
use reqwest::Method;
use serde_json::{Value, json};

/// Runs a scenario on the embedded deployment and on a fleet.
macro_rules! on_both {
    ($($scenario:ident),* $(,)?) => {
        mod embedded {
            $(#[tokio::test]
            async fn $scenario() -> anyhow::Result<()> {
                let deployment = e2e::gavel::Deployment::embedded()?;
                super::$scenario(&deployment).await?;
                deployment.finish().await
            })*
        }
        mod fleet {
            $(#[tokio::test]
            async fn $scenario() -> anyhow::Result<()> {
                let deployment = e2e::gavel::Deployment::fleet()?;
                super::$scenario(&deployment).await?;
                deployment.finish().await
            })*
        }
    };
}

on_both!(
    every_kind_of_program_gets_its_verdict,
    verdicts_are_seen_live,
    the_tutorial_works_unchanged,
    bad_requests_are_explained,
    problems_are_uploaded_and_replaced,
    submissions_are_listed_page_by_page
);

async fn every_kind_of_program_gets_its_verdict(deployment: &Deployment) -> Result<()> {
    let rows = [
        ("python3", programs::ACCEPTED, "AC"),
        ("python", programs::ACCEPTED, "AC"),
        ("cpp", programs::ACCEPTED_CPP, "AC"),
        ("python3", programs::WRONG, "WA"),
        ("python3", programs::ENDLESS, "TLE"),
        ("python3", programs::FAILING, "RTE"),
        ("python3", programs::FLOODING, "OLE"),
        ("python3", programs::BROKEN, "CE"),
        ("cpp", programs::GREEDY_CPP, "MLE"),
        ("cpp", programs::BROKEN_CPP, "CE"),
    ];
    let client = deployment.client();
    let judged = rows.map(|(language, source, expected)| async move {
        let id = client.submit("ann", "aplusb", language, source).await?;
        let view = client.finished(&id).await?;
        ensure!(
            view["judgement"]["verdict"] == expected,
            "{source}: expected {expected}, got {view}"
        );
        ensure!(
            view["judgement"]["finished_at"].is_string() && view["problem"] == "aplusb",
            "{view}"
        );
        if expected == "CE" {
            let said = view["judgement"]["compiler_output"].as_str().unwrap_or_default();
            ensure!(!said.is_empty(), "a compile error explains nothing: {view}");
        }
        Ok(())
    });
    try_join_all(judged).await?;
    Ok(())
}

/// The updates of one submission on one socket: in order, and with the verdict at the end.
fn check_updates(heard: &[Value], id: &str, verdict: &str) -> Result<()> {
    let updates: Vec<&Value> = heard
        .iter()
        .filter(|message| message["type"] == "update" && message["submission"] == id)
        .collect();
    let numbers: Vec<u64> = updates
        .iter()
        .filter_map(|update| update["seq"].as_u64())
        .collect();
    ensure!(
        numbers.len() == updates.len() && numbers.is_sorted_by(|a, b| a < b),
        "out of order: {heard:?}"
    );
    let last = updates.last().context("no update was heard")?;
    ensure!(
        last["state"] == "done" && last["verdict"] == verdict,
        "the last update is {last}"
    );
    Ok(())
}

async fn verdicts_are_seen_live(deployment: &Deployment) -> Result<()> {
    let mut sockets = Vec::new();
    for gateway in deployment.gateways() {
        let mut socket = gateway.socket("/api/v1/ws").await?;
        socket.send(&json!({"type": "subscribe", "user": "bob"})).await?;
        socket.until(|message| message["type"] == "snapshot").await?;
        sockets.push(socket);
    }
    let id = deployment
        .client()
        .submit("bob", "aplusb", "python3", programs::ACCEPTED)
        .await?;
    for socket in &mut sockets {
        let heard = socket.until(|message| message["state"] == "done").await?;
        check_updates(&heard, &id, "AC")?;
    }
    // Whoever comes later gets the snapshot.
    let gateway = deployment.gateways().last().context("no gateway")?;
    let mut late = gateway.socket("/api/v1/ws").await?;
    late.send(&json!({"type": "subscribe", "submission": id, "ref": 7}))
        .await?;
    let heard = late.until(|message| message["type"] == "snapshot").await?;
    ensure!(
        heard
            .last()
            .is_some_and(|snapshot| snapshot.to_string().contains("\"AC\"")),
        "{heard:?}"
    );
    // The same as server-sent events.
    let (status, events) = gateway.get(&format!("/api/v1/submissions/{id}/events")).await?;
    let text = events.as_str().context("no events")?;
    ensure!(
        status == 200 && text.contains("event: snapshot") && text.contains("\"AC\""),
        "{status} {text}"
    );
    Ok(())
}

async fn the_tutorial_works_unchanged(deployment: &Deployment) -> Result<()> {
    let mut sockets = Vec::new();
    for (path, hello) in [("/", "7".to_owned()), ("/ws", json!({"userId": "7"}).to_string())] {
        for gateway in deployment.gateways() {
            let mut socket = gateway.socket(path).await?;
            socket.say(&hello).await?;
            sockets.push(socket);
        }
    }
    let submit = async |source: &str| -> Result<String> {
        let body = json!({"code": source, "language": "python", "problemId": "aplusb", "userId": 7});
        let (status, answer) = deployment.client().post("/submit", &body).await?;
        ensure!(
            status == 200 && answer["message"].is_string(),
            "{status} {answer}"
        );
        Ok(answer["submissionId"].as_str().context("no id")?.to_owned())
    };
    // A socket says nothing when it begins to listen: what is certain is that it hears what comes later.
    let mut waiting: Vec<usize> = (0..sockets.len()).collect();
    let id = submit(programs::WRONG).await?;
    deployment.client().finished(&id).await?;
    let id = submit(programs::ACCEPTED).await?;
    while let Some(index) = waiting.pop() {
        let heard = sockets[index]
            .until(|message| message["submissionId"] == id.as_str())
            .await?;
        let expected = json!({"problemId": "aplusb", "status": "AC", "userId": "7", "submissionId": id});
        ensure!(heard.last() == Some(&expected), "{heard:?}");
    }
    Ok(())
}

async fn bad_requests_are_explained(deployment: &Deployment) -> Result<()> {
    let valid = json!({"user": "eve", "problem": "aplusb", "language": "python3", "source": "print(1)"});
    let changed = |name: &str, value: Value| {
        let mut body = valid.clone();
        body[name] = value;
        body
    };
    let rows = [
        (changed("language", json!("pyton3")), 422, "python3"),
        (changed("language", json!("klingon")), 422, "/language"),
        (changed("problem", json!("aplusc")), 422, "/problem"),
        (changed("source", json!("")), 422, "/source"),
        (changed("source", json!("a\u{0}b")), 422, "/source"),
        (changed("colour", json!("red")), 422, "colour"),
        (changed("user", json!("a b")), 422, "/user"),
        (changed("source", json!("#".repeat(900_000))), 422, "/source"),
        (changed("source", json!("#".repeat(3 << 20))), 413, ""),
    ];
    let client = deployment.client();
    for (body, expected, words) in rows {
        let (status, answer) = client.post("/api/v1/submissions", &body).await?;
        let shown: String = body.to_string().chars().take(120).collect();
        ensure!(
            status == expected || (expected == 422 && status == 413),
            "{shown}: {status} {answer}"
        );
        ensure!(
            answer["type"].is_string() && answer["title"].is_string(),
            "{shown}: no problem+json: {answer}"
        );
        ensure!(
            answer.to_string().contains(words) || status == 413,
            "{shown}: {answer} does not name {words}"
        );
    }
    let raw = |body: &'static [u8]| {
        client
            .request(Method::POST, "/api/v1/submissions")
            .header("Content-Type", "application/json")
            .body(body)
    };
    for (request, expected) in [
        (raw(b"{\"problem\": "), 400),
        (raw(b"{\"problem\": \"\xff\"}"), 400),
        (raw(b"[]"), 422),
        (raw(b"{}").header("Authorization", "Bearer gvl_wrong"), 401),
        (client.request(Method::POST, "/api/v1/submissions").body("x"), 415),
        (client.request(Method::DELETE, "/api/v1/submissions"), 405),
        (client.request(Method::GET, "/api/v1/nothing"), 404),
        (
            client.request(
                Method::GET,
                "/api/v1/submissions/0190b5a0-0000-7000-8000-000000000000",
            ),
            404,
        ),
    ] {
        let (status, answer) = client.send(request).await?;
        ensure!(
            status == expected && answer["detail"].is_string(),
            "expected {expected}: {status} {answer}"
        );
    }
    Ok(())
}

/// A package of one case whose answer is what the program must print.
fn package(answer: &str) -> Result<Vec<u8>> {
    let files = [
        (
            "problem.yaml",
            "problem_format_version: 2025-09\nname: Echo\nuuid: 7b0a4f1e-3a4d-4f0e-9b1c-2f6f0f3f9a11\n\
             limits:\n  time_limit: 2.0\n  memory: 512\n"
                .to_owned(),
        ),
        ("statement/problem.en.md", "Print the word.\n".to_owned()),
        (
            "input_validators/validate.py",
            "import sys\nsys.exit(42)\n".to_owned(),
        ),
        ("data/secret/1.in", "\n".to_owned()),
        ("data/secret/1.ans", format!("{answer}\n")),
        ("submissions/accepted/main.py", format!("print({answer:?})\n")),
    ];
    let directory = tempfile::tempdir()?;
    for (name, content) in &files {
        let path = directory.path().join("echo").join(name);
        std::fs::create_dir_all(path.parent().context("no parent")?)?;
        std::fs::write(path, content)?;
    }
    // Python's zip module: what a setter's own tools would do, and none of ours.
    #[expect(
        clippy::disallowed_methods,
        reason = "the end-to-end harness starts real programs"
    )]
    let status = std::process::Command::new("/usr/bin/python3")
        .args(["-m", "zipfile", "-c", "echo.zip", "echo/"])
        .current_dir(directory.path())
        .status()?;
    ensure!(status.success(), "cannot pack");
    Ok(std::fs::read(directory.path().join("echo.zip"))?)
}

async fn problems_are_uploaded_and_replaced(deployment: &Deployment) -> Result<()> {
    let client = deployment.client();
    let upload = async |zip: Vec<u8>, token: Option<&str>| {
        let mut request = client
            .request(Method::PUT, "/api/v1/problems/echo")
            .header("Content-Type", "application/zip")
            .body(zip);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        client.send(request).await
    };
    let admin = Some(deployment.admin());
    let (status, answer) = upload(package("one")?, None).await?;
    ensure!(
        matches!(status, 401 | 403),
        "anybody may upload: {status} {answer}"
    );
    let (status, answer) = upload(b"PK no zip".to_vec(), admin).await?;
    ensure!(status == 422 && answer["detail"].is_string(), "{status} {answer}");

    for word in ["one", "two"] {
        let (status, answer) = upload(package(word)?, admin).await?;
        ensure!(
            matches!(status, 200 | 201) && answer["id"] == "echo",
            "{status} {answer}"
        );
        let id = client
            .submit("ann", "echo", "python3", &format!("print('{word}')"))
            .await?;
        ensure!(client.verdict(&id).await? == "AC", "{word} is not accepted");
        let id = client.submit("ann", "echo", "python3", "print('three')").await?;
        ensure!(client.verdict(&id).await? == "WA", "three is accepted");
    }
    let (status, problems) = client.get("/api/v1/problems").await?;
    let ids: Vec<&str> = problems["items"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|p| p["id"].as_str())
        .collect();
    ensure!(
        status == 200 && ids.contains(&"echo") && ids.contains(&"aplusb"),
        "{problems}"
    );
    Ok(())
}

async fn submissions_are_listed_page_by_page(deployment: &Deployment) -> Result<()> {
    let client: &Client = deployment.client();
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(
            client
                .submit("lou", "aplusb", "python3", programs::ACCEPTED)
                .await?,
        );
    }
    ids.reverse();
    let mut listed = Vec::new();
    let mut path = "/api/v1/submissions?user=lou&limit=2".to_owned();
    loop {
        let (status, page) = client.get(&path).await?;
        ensure!(status == 200, "{status} {page}");
        let items = page["items"].as_array().context("no items")?;
        ensure!(items.len() <= 2, "{page}");
        listed.extend(
            items
                .iter()
                .filter_map(|item| item["id"].as_str().map(str::to_owned)),
        );
        let Some(cursor) = page["next_cursor"].as_str() else {
            break;
        };
        path = format!("/api/v1/submissions?user=lou&limit=2&cursor={cursor}");
    }
    ensure!(listed == ids, "{listed:?} is not {ids:?}");
    for id in &ids {
        ensure!(client.verdict(id).await? == "AC", "{id}");
    }
    Ok(())
}
