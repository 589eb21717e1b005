//! The languages: what is offered, and how a program begins in each.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::{Adjustments, Language};

use crate::site::Site;
use crate::visitor::{Result, Visitor, show};
use crate::words;

struct Line {
    id: String,
    name: String,
    aliases: String,
    version: String,
    endings: String,
    is_untried: bool,
    entry_rule: String,
    adjustments: Vec<String>,
    reason: String,
    hello: Option<String>,
}

/// A language that cannot be used now.
struct Missing {
    id: String,
    name: String,
    why: String,
}

#[derive(Template)]
#[template(path = "languages.html")]
struct LanguagesPage<'a> {
    visitor: &'a Visitor,
    title: &'static str,
    lines: Vec<Line>,
    /// Only for administrators.
    missing: Vec<Missing>,
}

pub(crate) async fn page(State(site): State<Site>, visitor: Visitor) -> Result<Response> {
    let (mut lines, mut missing) = (Vec::new(), Vec::new());
    for language in site.desk.languages().await? {
        match &language.unavailable {
            None => lines.push(line(language)),
            Some(why) if visitor.may_administer() => missing.push(Missing {
                id: language.id.to_string(),
                why: why.clone(),
                name: language.name,
            }),
            Some(_) => {}
        }
    }
    lines.sort_by_key(|line| line.name.to_lowercase());
    missing.sort_by_key(|missing| missing.name.to_lowercase());
    Ok(show(&LanguagesPage {
        visitor: &visitor,
        title: "Languages",
        lines,
        missing,
    }))
}

fn line(language: Language) -> Line {
    let (entry_rule, hello, adjustments) = match language.guide {
        Some(guide) => (guide.entry_rule, guide.hello, Some(guide.adjustments)),
        None => (String::new(), None, None),
    };
    let endings = language.extensions.iter().map(|ending| format!(".{ending}"));
    Line {
        id: language.id.to_string(),
        name: language.name,
        aliases: language.aliases.join(", "),
        version: language.version.unwrap_or_default(),
        endings: endings.collect::<Vec<_>>().join(" "),
        is_untried: language.is_untried,
        entry_rule,
        reason: adjustments
            .as_ref()
            .map(|adjustments| adjustments.reason.clone())
            .unwrap_or_default(),
        adjustments: adjustments.map(told).unwrap_or_default(),
        hello,
    }
}

/// What is changed in a problem's limits.
fn told(adjustments: Adjustments) -> Vec<String> {
    let Adjustments {
        time_factor,
        extra_memory_bytes,
        extra_processes,
        ..
    } = adjustments;
    let time = (time_factor > 1.0).then(|| format!("time × {time_factor}"));
    let memory = (extra_memory_bytes > 0).then(|| format!("memory + {}", words::size(extra_memory_bytes)));
    let processes = (extra_processes > 0).then(|| format!("processes + {extra_processes}"));
    [time, memory, processes].into_iter().flatten().collect()
}
