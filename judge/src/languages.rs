//! The language table: data in TOML, typed and checked when read.
//!
//! The binary brings `languages/builtin.toml`; an operator's file of the same shape is laid over it, key by key, before
//! anything is checked, so that the result obeys the same rules as the built-in one. This module knows nothing of what
//! is installed: looking for tools is [`crate::tools`].

mod command;
mod definition;
mod document;
mod naming;
mod raw;

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::{Language, LanguageId};
use sandbox::SlotConfig;
use toml::{Table, Value};

use crate::pool::Pool;
use crate::tools::Tools;

pub(crate) use command::{Command, MAIN, MEMORY};
pub(crate) use definition::{CompileLimits, Definition, Entry, Tool, When};
use document::{Document, TableError};
pub(crate) use raw::EVERYTHING;
use raw::Raw;

const BUILTIN: &str = include_str!("../languages/builtin.toml");
const BUILTIN_NAME: &str = "languages/builtin.toml";

/// The language table: what the binary brings, extended and overridden by the operator's own file.
#[derive(Debug, Clone)]
pub struct Languages {
    table: Arc<BTreeMap<LanguageId, Arc<Definition>>>,
}

impl Languages {
    /// The built-in table.
    pub fn builtin() -> Self {
        read(None).unwrap_or_else(|error| unreachable!("the built-in table was tested: {error}"))
    }

    /// The built-in table with an operator's TOML file over it. The error names file, line and key.
    pub fn with_file(text: &str, file: &str) -> Result<Self, String> {
        read(Some((text, file))).map_err(|error| error.to_string())
    }

    /// Looks for the tools; fills in versions and what is missing. Takes a slot of its own for that moment.
    pub async fn detect(&self) -> Vec<Language> {
        let pool = match Pool::start(SlotConfig::default(), 1).await {
            Ok(pool) => pool,
            Err(fault) => return self.unavailable(&fault.reason),
        };
        let tools = Tools::new(self, pool);
        tools.describe_all(self).await
    }

    fn unavailable(&self, reason: &str) -> Vec<Language> {
        let mut languages = self.list();
        for language in &mut languages {
            language.unavailable = Some(reason.to_owned());
        }
        languages
    }

    /// All languages of the table, without looking for their tools.
    pub fn list(&self) -> Vec<Language> {
        self.table
            .values()
            .map(|definition| definition.describe())
            .collect()
    }

    /// The language of a name or alias; ids come first, letters may be of any case.
    pub fn find(&self, name: &str) -> Option<LanguageId> {
        let by_id = self.table.keys().find(|id| id.as_str() == name);
        let by_name = || {
            let mut all = self.table.values();
            all.find(|definition| definition.describe().answers_to(name))
                .map(|definition| &definition.id)
        };
        by_id.or_else(by_name).cloned()
    }

    /// The language that a file's ending suggests. Case counts where it tells languages apart (`.c` and `.C`).
    pub fn of_file(&self, file_name: &str) -> Option<LanguageId> {
        let exactly = self
            .table
            .values()
            .find(|definition| definition.has_ending_of(file_name));
        let lower = file_name.to_ascii_lowercase();
        let found = exactly.or_else(|| {
            self.table
                .values()
                .find(|definition| definition.has_ending_of(&lower))
        });
        found.map(|definition| definition.id.clone())
    }

    /// What a lone source file of a language is called; `None` where the table lacks the language.
    pub fn main_file(&self, id: &LanguageId) -> Option<&str> {
        self.table.get(id).map(|definition| definition.main.as_str())
    }

    pub(crate) fn get(&self, id: &LanguageId) -> Option<&Arc<Definition>> {
        self.table.get(id)
    }

    pub(crate) fn definitions(&self) -> impl Iterator<Item = &Arc<Definition>> {
        self.table.values()
    }
}

fn read(over: Option<(&str, &str)>) -> Result<Languages, TableError> {
    let base = Document::parse(BUILTIN, BUILTIN_NAME)?;
    let Some((text, file)) = over else {
        return check(base.typed()?, &base);
    };
    let over = Document::parse(text, file)?;
    // Read on its own first: what does not fit is then found with its place in the operator's file.
    over.typed::<BTreeMap<String, Raw>>()?;
    let mut merged: Table = base.typed()?;
    lay_over(&mut merged, over.typed()?);
    let merged = merged
        .try_into()
        .map_err(|error: toml::de::Error| over.complain(&[], error.message()))?;
    check(merged, &over)
}

/// Tables are merged key by key; anything else is replaced.
fn lay_over(base: &mut Table, over: Table) {
    for (key, value) in over {
        match (base.get_mut(&key), value) {
            (Some(Value::Table(below)), Value::Table(above)) => lay_over(below, above),
            (_, value) => {
                base.insert(key, value);
            }
        }
    }
}

fn check(raw: BTreeMap<String, Raw>, document: &Document<'_>) -> Result<Languages, TableError> {
    let mut table = BTreeMap::new();
    for (key, raw) in raw {
        let id: LanguageId = key
            .parse()
            .map_err(|error| document.complain(&[&key], format!("{error}")))?;
        let definition = raw.check(id.clone()).map_err(|wrong| {
            let path: Vec<&str> = std::iter::once(key.as_str()).chain(wrong.key).collect();
            document.complain(&path, wrong.what)
        })?;
        table.insert(id, Arc::new(definition));
    }
    check_names(&table, document)?;
    Ok(Languages {
        table: Arc::new(table),
    })
}

/// No name may mean two languages. Those of the document are looked at: the others were checked with their own.
fn check_names(
    table: &BTreeMap<LanguageId, Arc<Definition>>,
    document: &Document<'_>,
) -> Result<(), TableError> {
    for definition in table
        .values()
        .filter(|definition| document.has(definition.id.as_str()))
    {
        let id = definition.id.as_str();
        let aliases = definition.aliases.iter().map(|alias| ("aliases", alias.as_str()));
        for (key, name) in [("", id), ("name", &definition.name)].into_iter().chain(aliases) {
            let mut others = table.values().filter(|other| other.id != definition.id);
            if let Some(other) = others.find(|other| other.describe().answers_to(name)) {
                let path: Vec<&str> = [id, key].into_iter().filter(|key| !key.is_empty()).collect();
                return Err(document.complain(&path, format!("{name:?} means {} already", other.id)));
            }
        }
    }
    Ok(())
}
