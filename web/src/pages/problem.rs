//! The page of a problem: statement, samples, and the form to submit.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use domain::{Language, ProblemId, ProblemRecord, ProblemType, SourceFile, SubmissionId};
use problems::StatementFormat;
use serde::Deserialize;
use store::SubmissionFilter;

use super::submissions::{self, Line};
use crate::booklet::{Booklet, SampleText};
use crate::form::{Asked, Named};
use crate::site::Site;
use crate::statement::Part;
use crate::visitor::{Refused, Result, Visitor, cookie, show};
use crate::words;

/// The cookie with the language that was submitted in last.
pub(crate) const LANGUAGE: &str = "gavel_language";

/// Own submissions shown beside the statement.
const OWN: u32 = 5;

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Wanted {
    /// The statement's language.
    lang: Option<String>,
    /// A submission whose source goes into the editor.
    from: Option<String>,
}

/// The form to submit.
#[derive(Debug, Default)]
pub(crate) struct Editor {
    pub(crate) languages: Vec<Choice>,
    pub(crate) source: String,
    /// An input to try the program on; the samples where it is empty.
    pub(crate) input: String,
    /// What is wrong with what was sent.
    pub(crate) errors: Vec<String>,
    /// The name on an open judge.
    pub(crate) name: String,
    /// What is to be known of the source that is in it.
    pub(crate) note: String,
}

/// A language to choose.
#[derive(Debug)]
pub(crate) struct Choice {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) endings: String,
    pub(crate) is_chosen: bool,
}

/// A part of the statement, in the order in which it is shown.
pub(crate) enum Shown<'a> {
    Html(&'a str),
    Sample(usize, &'a SampleText),
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage<'a> {
    visitor: &'a Visitor,
    title: &'a str,
    problem: &'a ProblemRecord,
    parts: Vec<Shown<'a>>,
    left_out: &'a [String],
    /// The language of the statement that is shown.
    language: &'a str,
    is_pdf: bool,
    is_there: bool,
    languages: Vec<&'a str>,
    attachments: Vec<(&'a str, String)>,
    time: String,
    memory: String,
    kinds: Vec<&'static str>,
    authors: String,
    source: &'a str,
    license: &'a str,
    own: Vec<Line>,
    solved: Option<bool>,
    /// Whether a program can be tried on an input of one's own.
    takes_input: bool,
    editor: Editor,
}

pub(crate) async fn page(
    State(site): State<Site>,
    visitor: Visitor,
    Named(id): Named<String>,
    Asked(asked): Asked<Wanted>,
    headers: HeaderMap,
) -> Result<Response> {
    let problem = find(&site, &visitor, &id).await?;
    let mut chosen = cookie(&headers, LANGUAGE).unwrap_or_default().to_owned();
    let mut editor = Editor::default();
    if let Some(from) = asked.from.and_then(|id| id.parse::<SubmissionId>().ok()) {
        let view = site.desk.submission(&visitor.principal, from).await?;
        let files = site.desk.source(&visitor.principal, from).await?;
        editor.note = of_several(&files);
        editor.source = files
            .into_iter()
            .next()
            .map(|file| file.content)
            .unwrap_or_default();
        view.language.as_str().clone_into(&mut chosen);
    }
    editor.languages = choices(&site, &problem, &chosen).await?;
    render(&site, &visitor, problem, asked.lang.as_deref(), editor).await
}

/// What somebody has to know who submits again what had several files.
fn of_several(files: &[SourceFile]) -> String {
    match files {
        [first, _, ..] => format!(
            "That submission has {} files, of which {} is here. To submit all of them again, choose them as files.",
            files.len(),
            first.name
        ),
        _ => String::new(),
    }
}

/// The problem of that id, if there is one that the visitor may see.
pub(crate) async fn find(site: &Site, visitor: &Visitor, id: &str) -> Result<ProblemRecord> {
    let missing = || Refused::not_found("problem of this name");
    let id: ProblemId = id.parse().map_err(|_| missing())?;
    site.desk
        .problem(&visitor.principal, &id)
        .await
        .map_err(|refusal| {
            if refusal.kind == domain::RefusalKind::NotFound {
                missing()
            } else {
                refusal.into()
            }
        })
}

/// The languages that the problem takes and that can be used now.
pub(crate) async fn choices(site: &Site, problem: &ProblemRecord, chosen: &str) -> Result<Vec<Choice>> {
    let languages = if problem.takes_answers() {
        vec![Language::text()]
    } else {
        site.desk.languages().await?
    };
    let is_allowed = |language: &Language| {
        let allowed = problem.languages.as_ref();
        allowed.is_none_or(|allowed| allowed.contains(&language.id))
    };
    Ok(languages
        .into_iter()
        .filter(|language| problem.takes_answers() || is_allowed(language))
        .filter(|language| language.unavailable.is_none())
        .map(|language| Choice {
            is_chosen: language.id.as_str() == chosen,
            endings: language.extensions.join(" "),
            id: language.id.into(),
            name: language.name,
        })
        .collect())
}

/// The page, with what is in the form.
pub(crate) async fn render(
    site: &Site,
    visitor: &Visitor,
    problem: ProblemRecord,
    language: Option<&str>,
    mut editor: Editor,
) -> Result<Response> {
    if editor.name.is_empty() {
        editor.name = visitor
            .nickname
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default();
    }
    let booklet = site.booklets.get(&problem).await;
    let own = match visitor.user() {
        Some(user) => own(site, visitor, user, &problem).await?,
        None => Vec::new(),
    };
    let solved = site.standings.of(visitor.user()).await.get(&problem.id).copied();
    let nothing = Arc::new(Booklet::default());
    let is_there = booklet.is_some();
    let booklet = booklet.unwrap_or(nothing);
    let statement = booklet.language(language);
    let rendered = statement.and_then(|statement| booklet.statements.get(&statement.language));
    let shown = &booklet.shown;
    let name = statement.and_then(|statement| shown.names.get(&statement.language));
    let title = name.unwrap_or(&problem.name).clone();
    let page = ProblemPage {
        visitor,
        title: &title,
        parts: parts(rendered.map_or(&[], |rendered| &rendered.parts), &booklet.samples),
        left_out: rendered.map_or(&[], |rendered| &rendered.left_out),
        language: statement.map_or("en", |statement| &statement.language),
        is_pdf: statement.is_some_and(|statement| statement.format == StatementFormat::Pdf),
        is_there: is_there && statement.is_some(),
        languages: shown
            .statements
            .iter()
            .map(|statement| statement.language.as_str())
            .collect(),
        attachments: shown
            .attachments
            .iter()
            .map(|file| (file.name.as_str(), words::size(file.length)))
            .collect(),
        time: words::limit(problem.limits.cpu_us),
        memory: words::size(problem.limits.memory_bytes),
        kinds: problem.types.iter().copied().filter_map(kind).collect(),
        authors: shown.authors.join(", "),
        source: shown.source.as_deref().unwrap_or_default(),
        license: shown.license.as_deref().unwrap_or_default(),
        takes_input: !problem.takes_answers() && !problem.types.contains(&ProblemType::Interactive),
        problem: &problem,
        own,
        solved,
        editor,
    };
    Ok(show(&page))
}

async fn own(
    site: &Site,
    visitor: &Visitor,
    user: &domain::UserId,
    problem: &ProblemRecord,
) -> Result<Vec<Line>> {
    let filter = SubmissionFilter {
        user: Some(user.clone()),
        problem: Some(problem.id.clone()),
        ..SubmissionFilter::default()
    };
    let views = site
        .desk
        .submissions(&visitor.principal, filter, None, OWN)
        .await?;
    submissions::lines(site, views).await
}

fn kind(kind: ProblemType) -> Option<&'static str> {
    match kind {
        ProblemType::PassFail => None,
        ProblemType::Scoring => Some("scored"),
        ProblemType::Interactive => Some("interactive"),
        ProblemType::MultiPass => Some("several passes"),
        ProblemType::SubmitAnswer => Some("submit the output"),
    }
}

/// The parts with the samples where they belong: those that the statement does not place come last.
fn parts<'a>(parts: &'a [Part], samples: &'a [SampleText]) -> Vec<Shown<'a>> {
    let mut left = samples
        .iter()
        .enumerate()
        .map(|(at, sample)| Shown::Sample(at + 1, sample));
    let mut shown = Vec::new();
    for part in parts {
        match part {
            Part::Html(html) => shown.push(Shown::Html(html)),
            Part::NextSample => shown.extend(left.next()),
            Part::RemainingSamples => shown.extend(left.by_ref()),
        }
    }
    shown.extend(left);
    shown
}
