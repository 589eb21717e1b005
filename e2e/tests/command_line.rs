//! The commands, as a person or a script uses them.

#![cfg(test)]

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Output;

use anyhow::{Context, Result, ensure};
use e2e::gavel::{Deployment, gavel};
use e2e::programs;
use serde_json::Value;

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn run(arguments: &[&str]) -> Result<Output> {
    Ok(gavel(arguments)?.current_dir(std::env::temp_dir()).output()?)
}

/// Runs a command that must fail in one sentence with exit code 2.
fn check_failure(arguments: &[&str], environment: &[(&str, &str)], words: &[&str]) -> Result<()> {
    let home = tempfile::tempdir()?;
    let mut command = gavel(arguments)?;
    let output = command
        .env("GAVEL_DATA", home.path())
        .envs(environment.iter().copied())
        .output()?;
    let said = text(&output.stderr);
    ensure!(
        output.status.code() == Some(2),
        "{arguments:?}: {} {said}",
        output.status
    );
    for word in words {
        ensure!(
            said.contains(word),
            "{arguments:?}: {said:?} does not say {word:?}"
        );
    }
    let sentences: Vec<&str> = said.lines().filter(|line| line.starts_with("gavel: ")).collect();
    ensure!(sentences.len() == 1, "{arguments:?}: not one sentence: {said:?}");
    ensure!(
        !said.contains("panicked") && !said.contains("stack backtrace"),
        "{said}"
    );
    Ok(())
}

#[test]
fn failures_to_start_are_one_sentence() -> Result<()> {
    let taken = TcpListener::bind("127.0.0.1:0")?;
    let taken = taken.local_addr()?.to_string();
    check_failure(&["up", "--listen", &taken], &[], &[&taken, "--listen"])?;
    check_failure(&["api"], &[], &["DATABASE_URL"])?;
    check_failure(&["worker"], &[("DATABASE_URL", "postgres://x")], &["REDIS_URL"])?;
    let nowhere = [
        ("DATABASE_URL", "postgres://gavel:geheim@127.0.0.1:9/x"),
        ("REDIS_URL", "redis://127.0.0.1:9/"),
    ];
    for role in ["api", "gateway", "worker"] {
        check_failure(&[role], &nowhere, &["database"])?;
    }
    let home = tempfile::tempdir()?;
    let database = format!("sqlite:{}", home.path().join("x.sqlite").display());
    let no_redis = [
        ("DATABASE_URL", database.as_str()),
        ("REDIS_URL", "redis://127.0.0.1:9/"),
    ];
    check_failure(&["worker"], &no_redis, &["Redis"])?;
    check_failure(
        &["up", "--listen", "127.0.0.1:0", "--languages", "/nowhere"],
        &[],
        &["/nowhere"],
    )?;
    check_failure(
        &["up", "--listen", "127.0.0.1:0", "--judge-nothing"],
        &[],
        &["--judge-nothing", "GAVEL_LOAD_TEST=yes"],
    )
}

#[test]
fn a_password_is_never_printed() -> Result<()> {
    let mut command = gavel(&["api"])?;
    command
        .env("DATABASE_URL", "postgres://gavel:geheim@127.0.0.1:9/x")
        .env("REDIS_URL", "redis://:geheim@127.0.0.1:9/");
    let output = command.current_dir(tempfile::tempdir()?.path()).output()?;
    ensure!(
        !text(&output.stderr).contains("geheim"),
        "{}",
        text(&output.stderr)
    );
    Ok(())
}

fn write(home: &Path, name: &str, content: &str) -> Result<PathBuf> {
    let path = home.join(name);
    std::fs::write(&path, content)?;
    Ok(path)
}

#[tokio::test]
async fn submit_and_watch_end_with_the_verdict() -> Result<()> {
    let deployment = Deployment::embedded()?;
    let rows = [
        ("ok.py", programs::ACCEPTED, 0, "AC"),
        ("wrong.py", programs::WRONG, 1, "WA"),
        ("broken.cpp", programs::BROKEN_CPP, 1, "CE"),
    ];
    let server = ["--server", deployment.client().address()];
    for (name, source, code, verdict) in rows {
        let file = write(deployment.home(), name, source)?;
        let output = run(&[
            "submit",
            server[0],
            server[1],
            "aplusb",
            &file.display().to_string(),
        ])?;
        let (printed, said) = (text(&output.stdout), text(&output.stderr));
        ensure!(
            output.status.code() == Some(code) && printed.starts_with(verdict),
            "{name}: {printed} {said}"
        );
        let id = said
            .lines()
            .find_map(|line| line.strip_prefix("submission "))
            .context("no id")?
            .to_owned();
        let output = run(&["watch", server[0], server[1], &id])?;
        ensure!(
            output.status.code() == Some(code) && text(&output.stdout).starts_with(verdict),
            "{name}"
        );
    }
    let output = run(&[
        "submit",
        server[0],
        server[1],
        "nothing",
        &write(deployment.home(), "a.py", "x")?.display().to_string(),
    ])?;
    ensure!(
        output.status.code() == Some(2) && text(&output.stderr).contains("problem"),
        "{}",
        text(&output.stderr)
    );
    let output = run(&[
        "submit",
        "--server",
        "http://127.0.0.1:9",
        "aplusb",
        "/etc/hostname",
        "--language",
        "c",
    ])?;
    ensure!(
        output.status.code() == Some(2) && text(&output.stderr).contains("127.0.0.1:9"),
        "{}",
        text(&output.stderr)
    );
    deployment.finish().await
}

#[tokio::test]
async fn tokens_of_the_embedded_judge_need_no_address() -> Result<()> {
    let deployment = Deployment::embedded()?;
    let data = deployment.home().join("data").display().to_string();
    let output = run(&["token", "--user", "ann", "--data", &data])?;
    ensure!(output.status.success(), "{}", text(&output.stderr));
    let token = text(&output.stdout);
    let client = deployment.client();
    let request = client
        .request(reqwest::Method::GET, "/api/v1/me")
        .bearer_auth(token.trim());
    let (status, me) = client.send(request).await?;
    ensure!(
        status == 200 && me["user"] == "ann" && me["role"] == "user",
        "{status} {me}"
    );
    deployment.finish().await?;
    check_failure(&["token", "--user", "ann"], &[], &["DATABASE_URL"])
}

#[test]
fn grade_judges_samples_as_their_packages_expect() -> Result<()> {
    // The others are judged beside the grader itself.
    const SAMPLES: [&str; 4] = ["aplusb", "circlearea", "inversions", "twosquares"];
    let library = Path::new(env!("CARGO_MANIFEST_DIR")).join("../problems/library");
    let mut judged = 0;
    for name in SAMPLES {
        let package = library.join(name);
        let submissions = package.join("submissions").display().to_string();
        let output = run(&["grade", "--json", &package.display().to_string(), &submissions])?;
        ensure!(
            output.status.code() == Some(1),
            "{}: {}",
            package.display(),
            text(&output.stderr)
        );
        for line in text(&output.stdout).lines() {
            let program: Value = serde_json::from_str(line)?;
            let expected = program["expected"].as_array().context("nothing is expected")?;
            ensure!(
                expected.contains(&program["verdict"]),
                "{}: {program}",
                package.display()
            );
            judged += 1;
        }
    }
    ensure!(judged >= 12, "only {judged} sample programs");
    Ok(())
}

#[test]
fn grade_explains_what_it_cannot_do() -> Result<()> {
    let home = tempfile::tempdir()?;
    let source = write(home.path(), "a.py", "print(1)")?.display().to_string();
    let strange = write(home.path(), "a.xyz", "print(1)")?.display().to_string();
    let binary = home.path().join("b.py");
    std::fs::write(&binary, b"print('\xff')")?;
    let aplusb = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../problems/library/aplusb")
        .display()
        .to_string();
    check_failure(&["grade", "/nowhere", &source], &[], &["/nowhere"])?;
    check_failure(&["grade", &source, &source], &[], &["zip"])?;
    check_failure(&["grade", &aplusb, "/nowhere.py"], &[], &["/nowhere.py"])?;
    check_failure(&["grade", &aplusb, &strange], &[], &["--language"])?;
    check_failure(
        &["grade", &aplusb, &binary.display().to_string()],
        &[],
        &["UTF-8"],
    )?;
    check_failure(
        &["grade", &aplusb, &source, "--language", "klingon"],
        &[],
        &["klingon"],
    )
}
