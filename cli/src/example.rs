//! The example submissions of packages, as something that can be judged.

use std::collections::BTreeMap;

use domain::{LanguageId, SourceFile};
use judge::Languages;
use problems::{Example, Package, ProgramFile};

use crate::failure::{Doing, Failure};

/// Reads its files, with the package's constants filled in.
///
/// A file that is no text is left out where there are others: it may be anything, and no language here has any use for it.
pub(crate) fn files(example: &Example, package: &Package) -> Result<Vec<SourceFile>, Failure> {
    let mut files = Vec::with_capacity(example.files.len());
    for file in &example.files {
        let source = read(file, package)?;
        if example.files.len() == 1 || !source.content.contains('\0') {
            files.push(source);
        }
    }
    Ok(files)
}

fn read(file: &ProgramFile, package: &Package) -> Result<SourceFile, Failure> {
    let bytes = std::fs::read(&file.path).doing(format!("read {}", file.path.display()))?;
    let filled = package.constants.fill(&bytes);
    // Comments in the encodings of old are common, and no compiler minds what they say.
    let content = match std::str::from_utf8(&filled) {
        Ok(text) => text.strip_prefix('\u{feff}').unwrap_or(text).to_owned(),
        Err(_) => filled.iter().map(|byte| char::from(*byte)).collect(),
    };
    Ok(SourceFile {
        name: file.name.clone(),
        content,
    })
}

/// The language that the package names, or that most of its files are in; or why it cannot be judged here.
pub(crate) fn language(
    example: &Example,
    files: &[SourceFile],
    languages: &Languages,
) -> Result<LanguageId, String> {
    if let Some(declared) = &example.language {
        let found = languages.find(declared.as_str());
        return found.ok_or_else(|| format!("there is no language {declared} here"));
    }
    let mut counts: BTreeMap<LanguageId, (usize, &SourceFile)> = BTreeMap::new();
    for file in files {
        if let Ok(language) = languages.guess(std::slice::from_ref(file)) {
            counts.entry(language).or_insert((0, file)).0 += 1;
        }
    }
    let is_mixed = counts.keys().any(|language| language.as_str() == "cpp");
    if is_mixed {
        counts.retain(|language, _| language.as_str() != "c"); // C++ compilers take C.
    }
    let most = counts.into_iter().rev().max_by_key(|(_, (count, _))| *count);
    let Some((language, (_, file))) = most else {
        let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).take(3).collect();
        return Err(format!("no language here has the ending of {}", names.join(", ")));
    };
    if language.as_str() == "python3" && is_python2(&file.content) {
        return Err("is in Python 2, by its first line".to_owned());
    }
    Ok(language)
}

fn is_python2(source: &str) -> bool {
    let first = source.lines().next().unwrap_or_default();
    first.starts_with("#!") && first.contains("python2")
}
