//! Adds the files that a package wants to have compiled with submissions.

use std::borrow::Cow;
use std::fs;

use domain::{Fault, LanguageId, SourceFile};
use problems::Package;

use crate::languages::Definition;

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
        let content = fs::read_to_string(&file.path).map_err(|error| fault(&error))?;
        let source = SourceFile {
            name: file.name.clone(),
            content,
        };
        source.check().map_err(|error| fault(&error))?;
        all.retain(|other| other.name != source.name);
        all.push(source);
    }
    Ok(Cow::Owned(all))
}
