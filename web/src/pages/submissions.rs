//! Lists of submissions.

use std::collections::HashMap;
use std::fmt::Write as _;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::{
    ProblemId, Refusal, RefusalKind, State as JudgementState, SubmissionId, SubmissionView, Verdict,
};
use serde::Deserialize;
use store::SubmissionFilter;

use crate::form::Asked;
use crate::site::Site;
use crate::visitor::{Refused, Result, Visitor, show};
use crate::words::{self, Badge};

/// Submissions on a page.
const PAGE: u32 = 50;

/// Which submissions are asked for.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Search {
    #[serde(default)]
    problem: String,
    #[serde(default)]
    user: String,
    #[serde(default)]
    verdict: String,
    #[serde(default)]
    language: String,
    #[serde(default)]
    state: String,
    /// Only the visitor's own, whose ever they may see.
    #[serde(default)]
    mine: String,
    /// The last submission of the page before.
    #[serde(default)]
    before: String,
}

impl Search {
    fn is_mine(&self) -> bool {
        !self.mine.is_empty()
    }

    /// Whether it asks for some of them only.
    fn is_narrow(&self) -> bool {
        self.fields()
            .into_iter()
            .any(|(_, value)| !value.trim().is_empty())
    }

    fn fields(&self) -> [(&'static str, &str); 6] {
        [
            ("problem", &self.problem),
            ("user", &self.user),
            ("verdict", &self.verdict),
            ("language", &self.language),
            ("state", &self.state),
            ("mine", &self.mine),
        ]
    }
}

/// A submission in a list.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) id: SubmissionId,
    pub(crate) problem: ProblemId,
    pub(crate) problem_name: String,
    pub(crate) user: String,
    pub(crate) language: String,
    pub(crate) badge: Badge,
    /// Points, where it has some.
    pub(crate) score: String,
    pub(crate) time: String,
    pub(crate) memory: String,
    pub(crate) sent: String,
    pub(crate) sent_exactly: String,
}

#[derive(Template)]
#[template(path = "submissions.html")]
struct SubmissionsPage {
    visitor: Visitor,
    title: &'static str,
    search: Search,
    lines: Vec<Line>,
    verdicts: Vec<(&'static str, &'static str)>,
    states: Vec<(&'static str, &'static str)>,
    languages: Vec<(String, String)>,
    sees_all: bool,
    /// Whether it matters whose they are.
    with_user: bool,
    next: Option<String>,
}

pub(crate) async fn page(
    State(site): State<Site>,
    visitor: Visitor,
    Asked(search): Asked<Search>,
) -> Result<Response> {
    if !visitor.may_submit() {
        return Err(Refused(Refusal::new(
            RefusalKind::Unauthenticated,
            "Sign in to see your submissions.",
        )));
    }
    let own = visitor.user().cloned().filter(|_| search.is_mine());
    let filter = SubmissionFilter {
        user: own.or(parsed("user", &search.user)?),
        problem: parsed("problem", &search.problem)?,
        language: parsed("language", &search.language)?,
        verdict: parsed("verdict", &search.verdict)?,
        state: state(&search.state)?,
    };
    let before = parsed("before", &search.before)?;
    let mut views = site
        .desk
        .submissions(&visitor.principal, filter, before, PAGE + 1)
        .await?;
    let is_last = views.len() <= PAGE as usize;
    views.truncate(PAGE as usize);
    let next = views
        .last()
        .filter(|_| !is_last)
        .map(|view| link(&search, view.id));
    let lines = lines(&site, views).await?;
    let languages = site.desk.languages().await?;
    let is_own = |line: &Line| visitor.user().is_some_and(|user| *user.as_str() == line.user);
    Ok(show(&SubmissionsPage {
        sees_all: visitor.principal.may_see_all_submissions(),
        with_user: !lines.iter().all(is_own),
        visitor,
        title: "Submissions",
        search,
        lines,
        verdicts: Verdict::ALL
            .map(|verdict| (verdict.id(), verdict.name()))
            .to_vec(),
        states: JudgementState::ALL
            .map(|state| (state.id(), in_words(state)))
            .to_vec(),
        languages: languages
            .into_iter()
            .map(|language| (language.id.to_string(), language.name))
            .collect(),
        next,
    }))
}

fn state(text: &str) -> Result<Option<JudgementState>> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let state = JudgementState::from_id(text.trim());
    let missing = || Refused(Refusal::field("?state", "names no state of a judgement"));
    state.map(Some).ok_or_else(missing)
}

const fn in_words(state: JudgementState) -> &'static str {
    match state {
        JudgementState::Queued => "waiting",
        JudgementState::Running => "being judged",
        JudgementState::Done => "judged",
        JudgementState::Cancelled => "cancelled",
    }
}

/// What a field of the search says; an empty one says nothing.
fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(name: &str, text: &str) -> Result<Option<T>> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    text.parse()
        .map(Some)
        .map_err(|error: T::Err| Refused(Refusal::field(format!("?{name}"), error.to_string())))
}

fn link(search: &Search, before: SubmissionId) -> String {
    let mut link = format!("/submissions?before={before}");
    for (name, value) in search.fields() {
        if !value.trim().is_empty() {
            // Writing to a string cannot fail.
            let _ = write!(link, "&{name}={}", words::query(value.trim()));
        }
    }
    link
}

/// Submissions as lines of a list, with the names of their problems.
pub(crate) async fn lines(site: &Site, views: Vec<SubmissionView>) -> Result<Vec<Line>> {
    let mut names: HashMap<ProblemId, String> = HashMap::new();
    for view in &views {
        if !names.contains_key(&view.problem) {
            let problem = site.desk.store().problem(&view.problem).await?;
            // What a hidden problem is called now is not for those who only submitted to it once.
            let problem = problem.filter(|problem| !problem.is_hidden);
            let name = problem.map_or_else(|| view.problem.to_string(), |problem| problem.name);
            names.insert(view.problem.clone(), name);
        }
    }
    Ok(views
        .into_iter()
        .map(|view| Line {
            badge: Badge::of_submission(&view),
            score: score(&view),
            time: view.judgement.cpu_us.map(words::time).unwrap_or_default(),
            memory: view.judgement.memory_bytes.map(words::size).unwrap_or_default(),
            sent: words::moment(view.created_at),
            sent_exactly: view.created_at.to_string(),
            problem_name: names.get(&view.problem).cloned().unwrap_or_default(),
            id: view.id,
            problem: view.problem,
            user: view.user.into(),
            language: view.language.into(),
        })
        .collect())
}

/// `40 of 100`, or nothing.
pub(crate) fn score(view: &SubmissionView) -> String {
    match (view.judgement.score, view.judgement.max_score) {
        (Some(score), Some(most)) => format!("{score} of {most}"),
        (Some(score), None) => score.to_string(),
        (None, _) => String::new(),
    }
}
