//! `gavel problem new`: a package to begin with, that verifies as it is.
//!
//! The templates are packages of their own kind in `templates/`; only name and uuid are filled in.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use include_dir::{Dir, include_dir};

use crate::arguments::{self, Template};
use crate::failure::{Doing, Failure};
use crate::terminal;

static TEMPLATES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates");

/// What the templates have instead of name and uuid.
const NAME: &str = "{NAME}";
const UUID: &str = "{UUID}";

/// Makes the package.
pub(crate) fn run(arguments: &arguments::New) -> Result<ExitCode, Failure> {
    let root = &arguments.package;
    let name = name(root)?;
    let kind = arguments.kind();
    let template = TEMPLATES
        .get_dir(directory(kind))
        .ok_or_else(|| Failure::new("the template is missing in this binary"))?;
    if let Some(parent) = root.parent() {
        fs::create_dir_all(parent).doing(format!("make the directory {}", parent.display()))?;
    }
    fs::create_dir(root).doing(format!("make the directory {}", root.display()))?;
    let uuid = uuid::Uuid::now_v7().to_string();
    for (path, content) in files(template) {
        let below = path.strip_prefix(template.path()).unwrap_or(&path);
        let to = root.join(below);
        let writing = || format!("write {}", to.display());
        if let Some(parent) = to.parent() {
            fs::create_dir_all(parent).doing(writing())?;
        }
        let filled = content.replace(NAME, &name).replace(UUID, &uuid);
        fs::write(&to, filled).doing(writing())?;
    }
    let root = root.display();
    terminal::line(&format!("{root}: try it with gavel problem verify {root}"));
    Ok(ExitCode::SUCCESS)
}

/// The package's name, which is the directory's.
fn name(root: &Path) -> Result<String, Failure> {
    let name = root.file_name().unwrap_or_default().to_string_lossy();
    let is_letter = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit();
    if name.is_empty() || !name.bytes().all(is_letter) {
        return Err(Failure::new(format!(
            "{name:?} is no name for a package: it has lower-case letters and digits only"
        )));
    }
    Ok(name.into_owned())
}

const fn directory(kind: Template) -> &'static str {
    match kind {
        Template::PassFail => "pass-fail",
        Template::Validator => "validator",
        Template::Scoring => "scoring",
        Template::Interactive => "interactive",
        Template::MultiPass => "multi-pass",
        Template::SubmitAnswer => "submit-answer",
    }
}

/// All files below, with their texts.
fn files(directory: &Dir<'_>) -> Vec<(PathBuf, String)> {
    let own = directory.files().map(|file| {
        let text = file.contents_utf8().unwrap_or_default();
        (file.path().to_owned(), text.to_owned())
    });
    let below = directory.dirs().flat_map(files);
    own.chain(below).collect()
}
