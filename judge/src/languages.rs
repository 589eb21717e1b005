//! The language table: data in TOML, typed and checked when read.
//!
//! The binary brings a file for each language (`languages/`); an operator's directory of files of the same shape is laid over
//! them, key by key, before anything is checked, so that the result obeys the same rules as the built-in table. This module
//! knows nothing of what is installed: looking for tools is [`crate::tools`].

mod builtin;
mod command;
mod definition;
mod directory;
mod document;
mod layers;
mod manual;
mod naming;
mod popularity;
mod preparation;
mod raw;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use domain::{Language, LanguageId, NoGuess, SourceFile};

use builtin::File;
pub(crate) use command::{Command, MAIN, MEMORY, STACK, WHOLE, with_prepared};
pub use definition::Install;
pub(crate) use definition::{CompileLimits, Definition, Entry, Tool, When};
pub(crate) use preparation::Preparation;
pub(crate) use raw::EVERYTHING;

/// Read once: a process asks for it in several places.
static BUILTIN: LazyLock<Languages> = LazyLock::new(|| {
    let table = layers::read(&builtin::files(), &[]);
    table.unwrap_or_else(|error| unreachable!("the built-in table was tested: {error}"))
});

/// The language table: what the binary brings, extended and overridden by the operator's own files.
#[derive(Debug, Clone)]
pub struct Languages {
    table: Arc<BTreeMap<LanguageId, Arc<Definition>>>,
}

impl Languages {
    /// The built-in table.
    pub fn builtin() -> Self {
        BUILTIN.clone()
    }

    /// The built-in table with the files of an operator's directory over it. The error names file, line and key.
    pub fn with_directory(directory: &Path) -> Result<Self, String> {
        let files = directory::read(directory)?;
        layers::read(&builtin::files(), &files).map_err(|error| error.to_string())
    }

    /// The same with files that were read before: the path of each, whose last part is `ID.toml`, and its text.
    pub fn with_files(files: &[(&str, &str)]) -> Result<Self, String> {
        let file = |(path, text): &(&str, &str)| File {
            path: (*path).to_owned(),
            text: (*text).to_owned(),
        };
        let files: Vec<File> = files.iter().map(file).collect();
        layers::read(&builtin::files(), &files).map_err(|error| error.to_string())
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

    /// The language that the files suggest by their endings and, where languages share one, by what stands in them.
    pub fn guess(&self, files: &[SourceFile]) -> Result<LanguageId, NoGuess> {
        domain::guess(&self.list(), files)
    }

    /// What a lone source file of a language is called; `None` where the table lacks the language.
    pub fn main_file(&self, id: &LanguageId) -> Option<&str> {
        self.table.get(id).map(|definition| definition.main.as_str())
    }

    /// The packages that bring a language's tools; `None` where the table lacks the language.
    pub fn install(&self, id: &LanguageId) -> Option<&Install> {
        self.table.get(id).map(|definition| &definition.install)
    }

    /// What of the host the languages see, beside what every program sees.
    pub(crate) fn directories(&self) -> BTreeSet<&Path> {
        let all = self.table.values().flat_map(|definition| &definition.directories);
        all.map(PathBuf::as_path).collect()
    }

    pub(crate) fn get(&self, id: &LanguageId) -> Option<&Arc<Definition>> {
        self.table.get(id)
    }

    /// Those that most people wait for first.
    pub(crate) fn by_popularity(&self) -> impl Iterator<Item = &Arc<Definition>> {
        let mut all: Vec<_> = self.table.values().collect();
        all.sort_by_key(|definition| popularity::rank(&definition.id));
        all.into_iter()
    }

    pub(crate) fn definitions(&self) -> impl Iterator<Item = &Arc<Definition>> {
        self.table.values()
    }
}
