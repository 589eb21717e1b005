//! Languages: which there are, and which can be used now.

use axum::Json;
use axum::extract::State;
use domain::{Language, LanguageId};
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
    /// Why not; null where it is.
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
        } = language;
        Self {
            id,
            name,
            aliases,
            extensions,
            version,
            available: unavailable.is_none(),
            reason: unavailable,
        }
    }
}
