//! `gavel submit` and `gavel watch`: send a program, and see its verdict as it comes.

use std::fmt::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use domain::{Phase, Progress, Score, State, SubmissionId, Verdict};
use reqwest::Method;
use serde_json::{Value, json};

use crate::client::Client;
use crate::failure::Failure;
use crate::grade::{bytes_to_mebibytes, micros_to_millis, points, source};
use crate::live::Live;
use crate::stream::{self, End, Stream};
use crate::{arguments, terminal};

/// How long one long poll may wait.
const POLL: Duration = Duration::from_secs(20);

/// The same, where the live stream is not to be had just now and is to be tried again.
const POLL_BETWEEN: Duration = Duration::from_secs(5);

/// Submits a file; shows the verdict as it comes.
pub(crate) async fn submit(arguments: arguments::Submit) -> Result<ExitCode, Failure> {
    let client = Client::new(&arguments.server)?;
    let file = source(&arguments.file)?;
    let mut body = json!({
        "problem": arguments.problem,
        "files": [file],
    });
    // Without it, the server guesses: it knows the languages.
    if let Some(language) = &arguments.language {
        body["language"] = json!(language);
    }
    if let Some(user) = &arguments.user {
        body["user"] = json!(user);
    }
    // A key of our own: should the answer get lost, a second attempt of a person's script does no harm.
    let request = client
        .request(Method::POST, "/submissions")
        .header("Idempotency-Key", uuid::Uuid::now_v7().to_string())
        .json(&body);
    let answer = client.json(request).await?;
    let id = answer["id"]
        .as_str()
        .and_then(|id| id.parse().ok())
        .ok_or_else(|| Failure::new("the server's answer has no id: is it Gavel?"))?;
    if arguments.no_wait {
        terminal::line(&SubmissionId::to_string(&id));
        return Ok(ExitCode::SUCCESS);
    }
    terminal::error(&format!("submission {id}"));
    follow(&client, id).await
}

/// Shows the verdict of a submission as it comes.
pub(crate) async fn watch(arguments: arguments::Watch) -> Result<ExitCode, Failure> {
    let client = Client::new(&arguments.server)?;
    follow(&client, arguments.submission).await
}

async fn follow(client: &Client, id: SubmissionId) -> Result<ExitCode, Failure> {
    let path = format!("/submissions/{id}");
    let mut live = Live::new(&format!("submission {id}"));
    let mut view = client.json(client.request(Method::GET, &path)).await?;
    show(&mut live, &view["judgement"]);
    let mut stream = Stream::new(client, id);
    while !is_final(&view) {
        // The stream tells more; the long poll brings the end in any case.
        let wait = match stream
            .follow(|data| show(&mut live, stream::judgement(data)))
            .await
        {
            End::Over => POLL,
            End::Away => POLL_BETWEEN,
        };
        let ask = || {
            let request = client.request(Method::GET, &path);
            let request = request.query(&[("wait", wait.as_secs())]);
            request.timeout(wait + Duration::from_secs(10))
        };
        view = client.json_in_the_end(ask).await?;
        show(&mut live, &view["judgement"]);
    }
    live.finish();
    Ok(conclude(&view))
}

fn show(live: &mut Live, data: &Value) {
    let state = data["state"].as_str().and_then(State::from_id);
    let phase: Option<Phase> = serde_json::from_value(data["phase"].clone()).unwrap_or_default();
    let count = |name: &str| {
        data[name]
            .as_u64()
            .and_then(|count| u32::try_from(count).ok())
            .unwrap_or(0)
    };
    if let Some(state) = state {
        let progress = Progress {
            cases_done: count("cases_done"),
            cases_total: count("cases_total"),
            ..Progress::default()
        };
        live.show(state, phase, progress);
    }
}

fn is_final(view: &Value) -> bool {
    view["judgement"]["state"]
        .as_str()
        .and_then(State::from_id)
        .is_some_and(State::is_final)
}

fn conclude(view: &Value) -> ExitCode {
    let judgement = &view["judgement"];
    let Some(verdict) = judgement["verdict"]
        .as_str()
        .and_then(|id| id.parse::<Verdict>().ok())
    else {
        terminal::line("cancelled: there is no verdict");
        return ExitCode::FAILURE;
    };
    let mut line = format!("{verdict} ({})", verdict.name());
    if let (Some(cpu), Some(memory)) = (judgement["cpu_us"].as_u64(), judgement["memory_bytes"].as_u64()) {
        let _ = write!(
            line,
            ", {:.1} ms, {:.1} MiB",
            micros_to_millis(cpu),
            bytes_to_mebibytes(memory)
        );
    }
    let score = |value: &Value| serde_json::from_value::<Option<Score>>(value.clone()).unwrap_or_default();
    line.push_str(&points(
        score(&judgement["score"]),
        score(&judgement["max_score"]),
    ));
    if let Some(message) = judgement["message"].as_str() {
        let _ = write!(line, ": {message}");
    }
    terminal::line(&line);
    for group in judgement["groups"].as_array().into_iter().flatten() {
        let name = group["name"].as_str().unwrap_or_default();
        let verdict = group["verdict"].as_str().unwrap_or("-");
        let points = points(score(&group["score"]), score(&group["max_score"]));
        terminal::line(&format!("  {verdict:<3}  {name}{points}"));
    }
    if let (Verdict::Ce, Some(output)) = (verdict, judgement["compiler_output"].as_str()) {
        terminal::line(output.trim_end());
    }
    if verdict.is_accepted() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
