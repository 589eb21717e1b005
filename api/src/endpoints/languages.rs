//! Languages: which there are, and which can be used now.

use axum::Json;
use axum::extract::State;
use domain::{Adjustments, EntryPoint, Language, LanguageId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::asker::Asker;
use crate::failure::Result;
use crate::known_languages::languages;
use crate::openapi::Refusals;
use crate::params::NoParams;

/// A language.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Language)]
pub(super) struct LanguageBody {
    /// The Contest API's and Kattis' code.
    #[schema(value_type = String, example = "python3")]
    id: LanguageId,
    /// For people.
    #[schema(example = "Python 3")]
    name: String,
    /// Other names that a submission may use.
    aliases: Vec<String>,
    /// File name endings without the dot, the usual one first.
    extensions: Vec<String>,
    /// The version of the tool, as it prints it; null where it is not known.
    version: Option<String>,
    /// Whether a submission in it is accepted now.
    available: bool,
    /// Whether it is still to be tried out here; submissions in it wait meanwhile.
    untried: bool,
    /// Why not; null where it is.
    reason: Option<String>,
    /// One sentence: where a program begins.
    entry_rule: Option<String>,
    /// What a submission's `entry_point` may name: `file` (one of its own) or `class`; null where there is no choice.
    #[schema(example = "file")]
    entry_point: Option<&'static str>,
    /// A program that prints `Hello, World!`.
    hello: Option<String>,
    /// What it changes in a problem's limits.
    adjustments: Option<AdjustmentsBody>,
}

/// What a language changes in a problem's limits, to be fair to its run-time.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Adjustments)]
pub(super) struct AdjustmentsBody {
    /// CPU and wall-clock time are multiplied by it.
    time_factor: f64,
    /// Memory beyond the problem's limit, in bytes.
    extra_memory_bytes: u64,
    /// Processes and threads beyond the problem's limit.
    extra_processes: u32,
    /// Why; null where nothing is changed.
    reason: Option<String>,
}

/// The languages, by id.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Languages)]
pub(super) struct LanguagesBody {
    items: Vec<LanguageBody>,
}

/// Lists the languages: those of the workers that are alive, and those that the server knows besides.
#[utoipa::path(
    get, path = "/api/v1/languages", operation_id = "listLanguages", tag = "server",
    responses((status = 200, description = "All of them", body = LanguagesBody), Refusals)
)]
pub(super) async fn list(State(app): State<App>, _: Asker, _: NoParams) -> Result<Json<LanguagesBody>> {
    let items = languages(&app).await?.into_iter().map(Into::into).collect();
    Ok(Json(LanguagesBody { items }))
}

impl From<Language> for LanguageBody {
    fn from(language: Language) -> Self {
        let Language {
            id,
            name,
            aliases,
            extensions,
            version,
            unavailable,
            is_untried,
            guide,
        } = language;
        let guide = guide.map(|guide| *guide);
        let entry_point = guide.as_ref().and_then(|guide| guide.entry_point);
        Self {
            id,
            name,
            aliases,
            extensions,
            version,
            available: unavailable.is_none(),
            untried: is_untried,
            reason: unavailable,
            entry_rule: guide.as_ref().map(|guide| guide.entry_rule.clone()),
            entry_point: entry_point.map(|kind| match kind {
                EntryPoint::File => "file",
                EntryPoint::Class => "class",
            }),
            hello: guide.as_ref().and_then(|guide| guide.hello.clone()),
            adjustments: guide.map(|guide| guide.adjustments.into()),
        }
    }
}

impl From<Adjustments> for AdjustmentsBody {
    fn from(adjustments: Adjustments) -> Self {
        let Adjustments {
            time_factor,
            extra_memory_bytes,
            extra_processes,
            reason,
        } = adjustments;
        Self {
            time_factor,
            extra_memory_bytes,
            extra_processes,
            reason: Some(reason).filter(|reason| !reason.is_empty()),
        }
    }
}
