//! `gavel status`: what waits, what runs, and who works on it, as a table that follows.

use std::fmt::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use reqwest::Method;
use serde_json::Value;

use crate::client::Client;
use crate::failure::Failure;
use crate::{arguments, terminal};

/// How often it is asked.
const EVERY: Duration = Duration::from_secs(1);

/// How long a server that has answered once may be away before we give up.
const ATTEMPTS: u32 = 30;

/// Clears the terminal and begins at its top.
const CLEAR: &str = "\u{1b}[H\u{1b}[2J";

/// Shows it once, or again and again where a person watches.
pub(crate) async fn run(arguments: arguments::Status) -> Result<ExitCode, Failure> {
    let client = Client::new(&arguments.server)?;
    let is_once = arguments.once || arguments.json || !terminal::is_live();
    let mut failures = 0;
    loop {
        let asked = client.json(client.request(Method::GET, "/queue")).await;
        let text = match asked {
            Ok(status) if arguments.json => status.to_string(),
            Ok(status) => {
                failures = 0;
                table(&status)
            }
            Err(failure) if is_once || failures >= ATTEMPTS => return Err(failure),
            Err(failure) => {
                failures += 1;
                format!("{failure}\n\nasking again")
            }
        };
        if is_once {
            terminal::line(&text);
            return Ok(ExitCode::SUCCESS);
        }
        terminal::line(&format!("{CLEAR}{text}"));
        tokio::time::sleep(EVERY).await;
    }
}

/// The answer of `GET /api/v1/queue` for a person.
fn table(status: &Value) -> String {
    let mut text = String::from("band            waiting      oldest\n");
    for band in ["contest", "interactive", "bulk"] {
        let depth = status["depth"][band].as_u64();
        let depth = depth.map_or_else(|| "?".to_owned(), |depth| depth.to_string());
        let oldest = span(status["oldest_us"][band].as_u64().unwrap_or(0));
        let _ = writeln!(text, "{band:<12} {depth:>10}  {oldest:>10}");
    }
    if let Some(reason) = status["depth_unknown"].as_str() {
        let _ = writeln!(text, "({reason})");
    }
    let number = |value: &Value| value.as_u64().unwrap_or(0);
    let _ = writeln!(
        text,
        "\nin the database {} wait, {} run\n\nworker                              busy  slots  languages  tags        heard of",
        number(&status["outstanding"]["queued"]),
        number(&status["outstanding"]["running"]),
    );
    let workers = status["workers"].as_array().map_or(&[][..], Vec::as_slice);
    for worker in workers {
        let name = worker["name"].as_str().or_else(|| worker["id"].as_str());
        let _ = writeln!(
            text,
            "{:<36}{:>4}  {:>5}  {:>9}  {:<10}  {}",
            name.unwrap_or("?"),
            number(&worker["running"]),
            number(&worker["slots"]),
            number(&worker["languages"]),
            words(&worker["tags"]),
            worker["seen_at"].as_str().unwrap_or("?"),
        );
    }
    if workers.is_empty() {
        text.push_str("none: nothing is judged; start one with `gavel worker`\n");
    }
    text.trim_end().to_owned()
}

fn words(list: &Value) -> String {
    let words = list.as_array().into_iter().flatten().filter_map(Value::as_str);
    words.collect::<Vec<_>>().join(",")
}

fn span(micros: u64) -> String {
    match micros / 1_000_000 {
        0 if micros == 0 => "-".to_owned(),
        0 => format!("{} ms", micros / 1000),
        seconds @ 1..120 => format!("{seconds} s"),
        seconds @ 120..7200 => format!("{} min", seconds / 60),
        seconds => format!("{} h", seconds / 3600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_waits_and_who_works_is_told() {
        let status = json!({
            "depth": {"contest": 0, "interactive": 3, "bulk": 120},
            "oldest_us": {"contest": 0, "interactive": 2_500_000, "bulk": 7_300_000_000_u64},
            "outstanding": {"queued": 123, "running": 2},
            "workers": [{"id": "1", "name": "host:7", "slots": 4, "running": 2, "languages": 9, "seen_at": "now"}],
        });
        let text = table(&status);
        for expected in [
            "interactive           3         2 s",
            "bulk                120         2 h",
            "123 wait, 2 run",
            "host:7",
        ] {
            assert!(text.contains(expected), "{expected:?} is not in\n{text}");
        }
        let away = json!({"depth": null, "depth_unknown": "the queue does not answer", "workers": []});
        let text = table(&away);
        assert!(
            text.contains("the queue does not answer") && text.contains("none:"),
            "{text}"
        );
    }

    #[test]
    fn spans_are_short() {
        for (micros, expected) in [
            (0, "-"),
            (1500, "1 ms"),
            (1_000_000, "1 s"),
            (120_000_000, "2 min"),
            (7_200_000_000, "2 h"),
        ] {
            assert_eq!(span(micros), expected);
        }
    }
}
