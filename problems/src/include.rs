//! `include/<language>/`: files that are added to every submission in that language, and replace its own of the same name.

use std::collections::BTreeMap;

use domain::LanguageId;

use crate::complaint::{Complaint, Report};
use crate::program::ProgramFile;
use crate::tree::{Entry, Tree};
use crate::{name, program};

const DIRECTORY: &str = "include";

/// For languages that have no directory of their own.
const DEFAULT: &str = "default";

/// What is added to submissions.
#[derive(Debug, Clone, Default)]
pub struct Includes {
    by_language: BTreeMap<String, Vec<ProgramFile>>,
}

impl Includes {
    /// The files for submissions in a language.
    pub fn of(&self, language: &LanguageId) -> &[ProgramFile] {
        let own = self.by_language.get(language.as_str());
        own.or_else(|| self.by_language.get(DEFAULT))
            .map_or(&[], Vec::as_slice)
    }
}

pub(crate) fn read(tree: &Tree, report: &mut Report) -> Includes {
    let mut includes = Includes::default();
    for (language, entry) in tree.children(DIRECTORY) {
        let directory = name::join(DIRECTORY, language);
        if let Entry::File(_) = entry {
            let what = "is ignored: what is included is in a directory named by its language";
            report.warn(Complaint::about(directory, what));
            continue;
        }
        let files = program::files_below(tree, &directory);
        includes.by_language.insert(language.to_owned(), files);
    }
    includes
}
