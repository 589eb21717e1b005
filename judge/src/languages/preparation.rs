//! What a language makes once for each version of its tools, so that compilers and programs start sooner.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::command::{Command, Names};
use super::definition::{CompileLimits, Tool};
use super::raw::Wrong;
use crate::plan;

/// How to prepare, checked.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Preparation {
    /// Texts in the work directory, by path.
    pub(crate) files: BTreeMap<String, String>,
    /// One after the other; each finds what those before it left.
    pub(crate) commands: Vec<Vec<String>>,
    /// The files that are kept, paths below the work directory.
    pub(crate) outputs: Vec<String>,
    pub(crate) limits: CompileLimits,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPrepare {
    #[serde(default)]
    files: BTreeMap<String, String>,
    #[serde(default)]
    commands: Vec<Vec<String>>,
    #[serde(default)]
    outputs: Vec<String>,
}

/// Commands at most.
const MOST_COMMANDS: usize = 8;

impl RawPrepare {
    /// Checks it for a language with these tools and this bound of a compiler.
    pub(super) fn check(self, tools: &[Tool], limits: CompileLimits) -> Result<Preparation, Wrong> {
        let complain = |key: &'static str, what: String| Wrong {
            key: vec!["prepare", key],
            what,
        };
        if let Some(bad) = self.files.keys().find(|path| !plan::is_path(path)) {
            return Err(complain(
                "files",
                format!("{bad:?} must be plain file names with slashes between them"),
            ));
        }
        if self.commands.is_empty() || self.commands.len() > MOST_COMMANDS {
            let what = format!("must be from 1 to {MOST_COMMANDS} lists of words");
            return Err(complain("commands", what));
        }
        if let Some(bad) = self.outputs.iter().find(|path| !plan::is_path(path)) {
            return Err(complain(
                "outputs",
                format!("{bad:?} must be plain file names with slashes between them"),
            ));
        }
        if self.outputs.is_empty() {
            return Err(complain("outputs", "must name at least one file".to_owned()));
        }
        let is_tool = |program: &str| tools.iter().any(|tool| tool.program() == program);
        let nothing = Names {
            source: "",
            sources: &[],
        };
        let commands = self
            .commands
            .iter()
            .map(|words| Command::new(words, is_tool, &[]).map(|command| command.fill(nothing)));
        Ok(Preparation {
            commands: commands
                .collect::<Result<_, _>>()
                .map_err(|what| complain("commands", what))?,
            files: self.files,
            outputs: self.outputs,
            limits,
        })
    }
}
