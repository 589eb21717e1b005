//! The flags that are about languages.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// The operator's own languages.
#[derive(Debug, Args)]
pub(crate) struct OwnLanguages {
    /// A directory of files ID.toml that add languages, change keys of built-in ones or take them away
    #[arg(long = "languages", value_name = "DIRECTORY", env = "GAVEL_LANGUAGES")]
    pub(crate) directory: Option<PathBuf>,
}

/// Exit codes: 0 where every language that was named is here and, with --check, no check failed; 1 where one that was named is
/// missing, a check failed, or what is installed does not work; 2 for a failure of ours.
#[derive(Debug, Args)]
pub(crate) struct Languages {
    /// Ids, names or aliases of languages; without any, all of the table. One that is missing counts only where it is named
    #[arg(value_name = "ID")]
    pub(crate) names: Vec<String>,
    /// Compiles and runs the self-tests of those that are here, in the sandbox, under the limits of a problem that sets none
    #[arg(long)]
    pub(crate) check: bool,
    /// Self-tests of so many languages at once; more than one disturbs their times
    #[arg(long, value_name = "N", default_value = "1", requires = "check")]
    pub(crate) jobs: NonZeroUsize,
    /// One JSON object
    #[arg(long)]
    pub(crate) json: bool,
    /// Prints nothing but the packages of one package manager that bring what is missing, on one line
    #[arg(long, value_name = "MANAGER", conflicts_with_all = ["json", "check"])]
    pub(crate) missing: Option<Manager>,
    /// Prints the manual of the table, in Markdown
    #[arg(long, conflicts_with_all = ["json", "check", "missing"])]
    pub(crate) manual: bool,
    #[command(flatten)]
    pub(crate) own: OwnLanguages,
}

/// Who installs packages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Manager {
    /// Debian's
    Apt,
    /// That of Node
    Npm,
    /// That of Python
    Pip,
}
