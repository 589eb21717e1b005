//! Failures of ours, as a person at the terminal sees them: one readable sentence, exit code 2.

use std::fmt::Display;
use std::process::ExitCode;

use crate::terminal;

/// Why a command could not do its work.
#[derive(Debug)]
pub(crate) struct Failure(String);

impl Failure {
    /// A failure in one sentence, which says what to do where that helps.
    pub(crate) fn new(sentence: impl Display) -> Self {
        Self(sentence.to_string())
    }

    /// Prints it and gives the exit code.
    pub(crate) fn report(self) -> ExitCode {
        terminal::error(&format!("gavel: {}", self.0));
        ExitCode::from(2)
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Names what was being done when something failed.
pub(crate) trait Doing<T> {
    /// `what` completes "cannot …".
    fn doing(self, what: impl Display) -> Result<T, Failure>;
}

impl<T, E: Display> Doing<T> for Result<T, E> {
    fn doing(self, what: impl Display) -> Result<T, Failure> {
        self.map_err(|error| Failure(format!("cannot {what}: {error}")))
    }
}
