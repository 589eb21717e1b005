//! One table of two layers: the built-in files, and the operator's over them.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::LanguageId;
use toml::{Table, Value};

use super::Languages;
use super::builtin::{ENDING, File};
use super::command::PREPARED;
use super::definition::Definition;
use super::document::{Document, TableError};
use super::raw::Raw;

type Checked = BTreeMap<LanguageId, Arc<Definition>>;

/// Reads and checks both layers.
pub(super) fn read(base: &[File], over: &[File]) -> Result<Languages, TableError> {
    let (base, over) = (documents(base)?, documents(over)?);
    let mut table = Checked::new();
    for (id, below) in &base {
        let definition = match over.get(id) {
            Some(above) => merged(id, Some(below), above)?,
            None => checked(id, below.typed()?, below)?,
        };
        table.extend(definition.map(|definition| (id.clone(), Arc::new(definition))));
    }
    for (id, above) in over.iter().filter(|(id, _)| !base.contains_key(*id)) {
        let definition = merged(id, None, above)?;
        table.extend(definition.map(|definition| (id.clone(), Arc::new(definition))));
    }
    check_names(&table, if over.is_empty() { &base } else { &over })?;
    Ok(Languages {
        table: Arc::new(table),
    })
}

fn documents(files: &[File]) -> Result<BTreeMap<LanguageId, Document<'_>>, TableError> {
    let mut documents = BTreeMap::new();
    for file in files {
        let document = Document::parse(&file.text, &file.path)?;
        let name = file.path.rsplit('/').next().unwrap_or_default();
        let id = name.strip_suffix(ENDING).unwrap_or(name).parse();
        let id: LanguageId = id.map_err(|error| {
            document.complain(
                &[],
                format!("the file's name is the language's id, which {error}"),
            )
        })?;
        if id == LanguageId::text() {
            return Err(document.complain(&[], format!("{id} is the language of outputs, and of no program")));
        }
        documents.insert(id, document);
    }
    Ok(documents)
}

/// A language of the operator's file, over the built-in one if there is one; `None` where it is taken away.
fn merged(
    id: &LanguageId,
    below: Option<&Document<'_>>,
    above: &Document<'_>,
) -> Result<Option<Definition>, TableError> {
    // Read on its own first: what does not fit is then found with its place in the operator's file.
    let raw: Raw = above.typed()?;
    let Some(below) = below else {
        return if raw.is_offered() {
            checked(id, raw, above)
        } else {
            Err(above.complain(
                &["offered"],
                format!("there is no language {id} to be taken away"),
            ))
        };
    };
    let mut merged: Table = below.typed()?;
    let over: Table = above.typed()?;
    let keeps_preparation = !over.contains_key("tools") || over.contains_key("prepare");
    lay_over(&mut merged, over);
    if !keeps_preparation {
        forget_preparation(&mut merged);
    }
    let merged = merged
        .try_into()
        .map_err(|error: toml::de::Error| above.complain(&[], error.message()))?;
    checked(id, merged, above)
}

fn checked(id: &LanguageId, raw: Raw, document: &Document<'_>) -> Result<Option<Definition>, TableError> {
    if !raw.is_offered() {
        return Ok(None);
    }
    let definition = raw
        .check(id.clone())
        .map_err(|wrong| document.complain(&wrong.key, wrong.what))?;
    Ok(Some(definition))
}

/// What is prepared with a language's own tools is of no use to those that the operator has put in their place.
fn forget_preparation(language: &mut Table) {
    let wants_it = |value: &Value| value.as_str().is_some_and(|word| word.contains(PREPARED));
    language.remove("prepare");
    for part in ["compile", "run"] {
        let command = language.get_mut(part).and_then(|part| part.get_mut("command"));
        if let Some(words) = command.and_then(Value::as_array_mut) {
            words.retain(|word| !wants_it(word));
        }
    }
    if let Some(variables) = language.get_mut("environment").and_then(Value::as_table_mut) {
        variables.retain(|_, value| !wants_it(value));
    }
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

/// No name may mean two languages. Those of the documents are looked at: the others were checked with their own.
fn check_names(table: &Checked, documents: &BTreeMap<LanguageId, Document<'_>>) -> Result<(), TableError> {
    for (id, document) in documents {
        let Some(definition) = table.get(id) else { continue };
        let aliases = definition.aliases.iter().map(|alias| ("aliases", alias.as_str()));
        let names = [("", id.as_str()), ("name", &definition.name)];
        for (key, name) in names.into_iter().chain(aliases) {
            let mut others = table.values().filter(|other| other.id != definition.id);
            if let Some(other) = others.find(|other| other.describe().answers_to(name)) {
                let path: Vec<&str> = [key].into_iter().filter(|key| !key.is_empty()).collect();
                return Err(document.complain(&path, format!("{name:?} means {} already", other.id)));
            }
        }
    }
    Ok(())
}
