//! Adds the files that a package wants to have compiled with submissions.

use std::borrow::Cow;
use std::fs;

use domain::{Fault, LanguageId, SourceFile};
use problems::Package;

use crate::languages::Definition;
use crate::plan;

/// The submitted files with the package's for that language, which replace those of the same name. Faults are the problem's.
pub(crate) fn add<'a>(
    package: &Package,
    language: &LanguageId,
    definition: &Definition,
    files: &'a [SourceFile],
) -> Result<Cow<'a, [SourceFile]>, Fault> {
    let included = package.includes.of(language);
    if included.is_empty() || files.is_empty() {
        return Ok(Cow::Borrowed(files));
    }
    // A lone file is named by the language, which it would not be among others.
    let names = definition.file_names(files);
    let mut all: Vec<SourceFile> = files.to_vec();
    for (file, name) in all.iter_mut().zip(names) {
        file.name = name;
    }
    for file in included {
        let fault = |what: &dyn std::fmt::Display| {
            Fault::problem(format!("the file include/{language}/{}: {what}", file.name))
        };
        let bytes = fs::read(&file.path).map_err(|error| fault(&error))?;
        let content = String::from_utf8_lossy(&package.constants.fill(&bytes)).into_owned();
        let source = SourceFile {
            name: file.name.clone(),
            content,
        };
        plan::check_file(&source).map_err(|error| fault(&error))?;
        all.retain(|other| other.name != source.name);
        all.push(source);
    }
    Ok(Cow::Owned(all))
}
