//! The files that the binary brings.

use include_dir::{Dir, include_dir};

static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/languages");

/// What a language's file ends with.
pub(super) const ENDING: &str = ".toml";

/// A file of the table: where it is, for complaints, and what is in it. Its name without the ending is the language's id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct File {
    pub(super) path: String,
    pub(super) text: String,
}

/// The versions with which languages were tried out: lines of an id and a version.
pub(super) fn versions() -> Vec<(String, String)> {
    let file = FILES.get_file("VERSIONS").and_then(|file| file.contents_utf8());
    let lines = file.unwrap_or_default().lines();
    let pair = |line: &str| {
        let (id, version) = line.split_once(' ')?;
        Some((id.to_owned(), version.trim().to_owned()))
    };
    lines.filter_map(pair).collect()
}

/// All language files of the binary.
pub(super) fn files() -> Vec<File> {
    let files = FILES.files().filter_map(|file| {
        let name = file.path().to_str().filter(|name| name.ends_with(ENDING))?;
        Some(File {
            path: format!("languages/{name}"),
            text: file.contents_utf8()?.to_owned(),
        })
    });
    files.collect()
}
