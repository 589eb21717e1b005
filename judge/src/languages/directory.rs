//! An operator's directory of language files.

use std::fs;
use std::io::Read as _;
use std::path::Path;

use super::builtin::{ENDING, File};

/// The largest file that is read, in bytes: nobody writes so much about a language.
const LARGEST: u64 = 1 << 20;

/// So many files at most.
const MOST: usize = 1000;

/// Reads the language files of a directory, in the order of their names. Other files, and hidden ones, are none.
pub(super) fn read(directory: &Path) -> Result<Vec<File>, String> {
    let shown = directory.display();
    if directory.is_file() {
        return Err(format!(
            "{shown} is a file: give a directory with a file for each language; what stood in it below [ID] stands in \
             DIRECTORY/ID{ENDING}, without `ID.` before its keys"
        ));
    }
    let entries =
        fs::read_dir(directory).map_err(|error| format!("cannot read the languages in {shown}: {error}"))?;
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| format!("cannot read the languages in {shown}: {error}"))?;
        let name = entry.file_name();
        let is_one = name
            .to_str()
            .is_none_or(|name| name.ends_with(ENDING) && !name.starts_with('.'));
        if is_one {
            files.push(read_file(&entry.path())?);
        }
        if files.len() > MOST {
            return Err(format!("{shown} has more than {MOST} language files"));
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

fn read_file(path: &Path) -> Result<File, String> {
    let shown = path.display();
    let wrong = |error: std::io::Error| format!("cannot read {shown}: {error}");
    if path.to_str().is_none() {
        return Err(format!("{shown}: the name of a language file must be UTF-8"));
    }
    // A pipe or the like would wait for a writer.
    if !fs::metadata(path).map_err(wrong)?.is_file() {
        return Err(format!("{shown} is no regular file"));
    }
    let file = fs::File::open(path).map_err(wrong)?;
    let mut text = String::new();
    file.take(LARGEST + 1).read_to_string(&mut text).map_err(wrong)?;
    if text.len() as u64 > LARGEST {
        return Err(format!("{shown} is larger than {LARGEST} bytes"));
    }
    Ok(File {
        path: shown.to_string(),
        text,
    })
}
