//! The example submissions of packages, as something that can be judged.

use std::collections::BTreeMap;
use std::io;

use domain::{Language, LanguageId, SourceFile};

use crate::example::Example;
use crate::package::Package;
use crate::program::ProgramFile;

impl Example {
    /// Reads its files, with the package's constants filled in.
    ///
    /// A file that is no text is left out where there are others: it may be anything, and no language here has any use for it.
    pub fn sources(&self, package: &Package) -> io::Result<Vec<SourceFile>> {
        let mut files = Vec::with_capacity(self.files.len());
        for file in &self.files {
            let source = read(file, package)?;
            if self.files.len() == 1 || !source.content.contains('\0') {
                files.push(source);
            }
        }
        Ok(files)
    }

    /// The language that the package names, or that most of its files are in; or why it cannot be judged here.
    pub fn language_of(&self, files: &[SourceFile], languages: &[Language]) -> Result<LanguageId, String> {
        if let Some(declared) = &self.language {
            let by_id = languages.iter().find(|language| language.id == *declared);
            let by_name = || {
                languages
                    .iter()
                    .find(|language| language.answers_to(declared.as_str()))
            };
            let found = by_id.or_else(by_name).map(|language| language.id.clone());
            return found.ok_or_else(|| format!("there is no language {declared} here"));
        }
        let mut counts: BTreeMap<LanguageId, (usize, &SourceFile)> = BTreeMap::new();
        for file in files {
            if let Ok(language) = domain::guess(languages, std::slice::from_ref(file)) {
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
}

fn read(file: &ProgramFile, package: &Package) -> io::Result<SourceFile> {
    let named =
        |error: io::Error| io::Error::new(error.kind(), format!("cannot read {}: {error}", file.name));
    let bytes = std::fs::read(&file.path).map_err(named)?;
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

fn is_python2(source: &str) -> bool {
    let first = source.lines().next().unwrap_or_default();
    first.starts_with("#!") && first.contains("python2")
}
