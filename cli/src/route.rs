//! `gavel problem route`: how urgent what is submitted to a problem is, and which workers judge it.

use std::process::ExitCode;

use reqwest::Method;
use serde_json::{Map, Value};

use crate::client::Client;
use crate::failure::Failure;
use crate::{arguments, terminal};

/// Changes it where a flag says so, and tells how it is.
pub(crate) async fn run(arguments: arguments::Route) -> Result<ExitCode, Failure> {
    let client = Client::new(&arguments.server)?;
    let mut wanted = Map::new();
    if let Some(band) = arguments.band {
        wanted.insert("band".to_owned(), band.band().id().into());
    }
    if let Some(tag) = &arguments.tag {
        wanted.insert("tag".to_owned(), tag.as_str().into());
    }
    let path = format!("/problems/{}/routing", arguments.problem);
    let request = if wanted.is_empty() {
        client.request(Method::GET, &path)
    } else {
        client.request(Method::PATCH, &path).json(&wanted)
    };
    let routing = client.json(request).await?;
    terminal::line(&told(arguments.problem.as_str(), &routing));
    Ok(ExitCode::SUCCESS)
}

/// The answer for a person.
fn told(problem: &str, routing: &Value) -> String {
    let word = |name: &str| routing[name].as_str().unwrap_or("?").to_owned();
    let workers = match routing["workers"].as_u64() {
        Some(0) => "no worker takes such now: what is submitted waits for one".to_owned(),
        Some(1) => "1 worker takes such now".to_owned(),
        Some(count) => format!("{count} workers take such now"),
        None => "how many workers take such is not known".to_owned(),
    };
    format!("{problem}: band {}, tag {}; {workers}", word("band"), word("tag"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_tag_that_nobody_serves_is_told() {
        let routing = |workers| json!({"band": "contest", "tag": "quiet", "workers": workers});
        for (workers, expected) in [
            (0, "no worker takes such now: what is submitted waits for one"),
            (1, "1 worker takes such now"),
            (3, "3 workers take such now"),
        ] {
            let expected = format!("sum: band contest, tag quiet; {expected}");
            assert_eq!(told("sum", &routing(workers)), expected);
        }
    }
}
