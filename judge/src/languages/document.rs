//! A TOML text that knows on which line each of its keys stands, so that a complaint can say so.

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// One thing that is wrong with a language table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {}{what}", prefix(.key))]
pub(crate) struct TableError {
    /// The file, as the caller calls it.
    pub(crate) file: String,
    /// The line, from 1.
    pub(crate) line: usize,
    /// The key, such as `compile.command`; empty for the text as a whole.
    pub(crate) key: String,
    /// What is wrong, in one sentence.
    pub(crate) what: String,
}

fn prefix(key: &str) -> String {
    if key.is_empty() {
        String::new()
    } else {
        format!("{key}: ")
    }
}

/// A TOML text, read once as it stands.
#[derive(Debug)]
pub(crate) struct Document<'a> {
    file: &'a str,
    text: &'a str,
    root: DeTable<'a>,
}

impl<'a> Document<'a> {
    pub(crate) fn parse(text: &'a str, file: &'a str) -> Result<Self, TableError> {
        match DeTable::parse(text) {
            Ok(root) => Ok(Self {
                file,
                text,
                root: root.into_inner(),
            }),
            Err(error) => Err(TableError {
                file: file.to_owned(),
                line: line_of(text, error.span().map_or(0, |span| span.start)),
                key: String::new(),
                what: error.message().to_owned(),
            }),
        }
    }

    /// The text as `T`; a complaint names the line and key where the text does not fit.
    pub(crate) fn typed<T: DeserializeOwned>(&self) -> Result<T, TableError> {
        toml::from_str(self.text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            let mut path = Vec::new();
            deepest(&self.root, at, &mut Vec::new(), &mut path);
            TableError {
                file: self.file.to_owned(),
                line: line_of(self.text, at),
                key: path.join("."),
                what: error.message().to_owned(),
            }
        })
    }

    /// A complaint about a key; where the key is not in the text, its nearest parent gives the line.
    pub(crate) fn complain(&self, path: &[&str], what: impl Into<String>) -> TableError {
        TableError {
            file: self.file.to_owned(),
            line: line_of(self.text, offset_of(&self.root, path)),
            key: path.join("."),
            what: what.into(),
        }
    }
}

fn line_of(text: &str, at: usize) -> usize {
    1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count()
}

/// Where `path`, or as much of it as there is, begins.
fn offset_of(root: &DeTable<'_>, path: &[&str]) -> usize {
    let mut at = 0;
    let mut table = Some(root);
    for name in path {
        let entry = table.and_then(|table| table.iter().find(|(key, _)| key.get_ref() == name));
        let Some((key, value)) = entry else { break };
        at = key.span().start;
        table = value.get_ref().as_table();
    }
    at
}

/// Finds the longest path of keys around the byte `at`. The span of a `[table]` is its header alone, so every table is
/// looked into.
fn deepest(table: &DeTable<'_>, at: usize, here: &mut Vec<String>, best: &mut Vec<String>) {
    for (key, value) in table {
        here.push(key.get_ref().to_string());
        let is_around = key.span().contains(&at) || value.span().contains(&at);
        if is_around && here.len() > best.len() {
            best.clone_from(here);
        }
        inside(value, at, here, best);
        here.pop();
    }
}

fn inside(value: &Spanned<DeValue<'_>>, at: usize, here: &mut Vec<String>, best: &mut Vec<String>) {
    match value.get_ref() {
        DeValue::Table(table) => deepest(table, at, here, best),
        DeValue::Array(items) => {
            for item in items {
                inside(item, at, here, best);
            }
        }
        _ => {}
    }
}
