//! What a person at the terminal reads. Standard output carries results; everything else goes to standard error.

use std::io::{IsTerminal, Write};

/// Prints a line of the result. A reader that has gone (a closed pipe) is no failure.
pub(crate) fn line(text: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

/// Prints a line about the work, not of the result.
pub(crate) fn error(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// Whether a person is likely to watch standard error live.
pub(crate) fn is_live() -> bool {
    std::io::stderr().is_terminal()
}
