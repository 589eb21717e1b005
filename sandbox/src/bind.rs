//! Which host paths a slot may be shown besides its tool roots, and where: checked before anything is started.

use std::ffi::CString;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

use crate::wire::{MAX_FILES, Shown};
use crate::{SandboxError, SlotConfig};

/// A host directory or file that is shown read-only at a place of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bind {
    /// What is shown. Links are followed first; what they lead to must lie in one of [`SlotConfig::bind_roots`].
    pub source: PathBuf,
    /// Where: an absolute path that nothing else covers.
    pub target: PathBuf,
}

/// What the slot itself keeps there: it would be covered, or cover.
const RESERVED: [&str; 6] = ["/proc", "/dev", "/sys", "/work", "/tmp", "/etc"];
/// What tells of the host and not of files: never shown, whatever the roots are.
const SYNTHETIC: [&str; 4] = ["/proc", "/sys", "/dev", "/run"];

/// Checks the binds of a slot; what is sent to the init has no links left in its sources.
pub(crate) fn check(config: &SlotConfig) -> Result<Vec<Shown>, SandboxError> {
    if config.binds.len() > MAX_FILES {
        return Err(refused(format!("more than {MAX_FILES} are not taken")));
    }
    let roots: Vec<PathBuf> = config
        .bind_roots
        .iter()
        .filter_map(|root| root.canonicalize().ok())
        .collect();
    let mut taken = config.tool_roots.clone();
    let mut shown = Vec::with_capacity(config.binds.len());
    for bind in &config.binds {
        let source = source(&bind.source, &roots)?;
        let target = target(&bind.target, &taken)?;
        shown.push(Shown {
            source: c_string(&source)?,
            target: c_string(&target)?,
        });
        taken.push(target);
    }
    Ok(shown)
}

fn source(path: &Path, roots: &[PathBuf]) -> Result<PathBuf, SandboxError> {
    let named = path.display();
    let real = path
        .canonicalize()
        .map_err(|error| refused(format!("{named} cannot be shown: {error}")))?;
    let is_within = |root: &Path| real.starts_with(root);
    if SYNTHETIC.iter().any(|root| is_within(Path::new(root))) || real == Path::new("/") {
        return Err(refused(format!("{named} would show the host itself")));
    }
    if !roots.iter().any(|root| is_within(root)) {
        let roots: Vec<_> = roots.iter().map(|root| root.display().to_string()).collect();
        return Err(refused(format!(
            "{named} is {}, outside of what may be shown ({})",
            real.display(),
            roots.join(", ")
        )));
    }
    if real.is_dir() || real.is_file() {
        Ok(real)
    } else {
        Err(refused(format!("{named} is neither a directory nor a file")))
    }
}

fn target(path: &Path, taken: &[PathBuf]) -> Result<PathBuf, SandboxError> {
    let named = path.display();
    if !path.is_absolute() || path.components().any(|part| part == Component::ParentDir) {
        return Err(refused(format!(
            "{named} is not a place for it: not an absolute path without `..`"
        )));
    }
    // Without doubled slashes and lone dots.
    let target: PathBuf = path.components().collect();
    let reserved = RESERVED.iter().map(Path::new);
    let clash = reserved
        .chain(taken.iter().map(PathBuf::as_path))
        .find(|other| target.starts_with(other) || other.starts_with(&target));
    match clash {
        Some(other) => Err(refused(format!(
            "{named} is not a place for it: {} is there",
            other.display()
        ))),
        None => Ok(target),
    }
}

fn c_string(path: &Path) -> Result<CString, SandboxError> {
    CString::new(path.as_os_str().as_bytes()).map_err(|_| refused("a NUL byte in a path".to_owned()))
}

fn refused(reason: String) -> SandboxError {
    SandboxError::Invalid {
        field: "binds",
        reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_lies_in_the_roots_is_shown_and_only_where_nothing_else_is() {
        let home = tempfile::tempdir().unwrap();
        let inside = home.path().join("inside");
        std::fs::create_dir(&inside).unwrap();
        std::os::unix::fs::symlink("/usr", home.path().join("usr")).unwrap();
        std::os::unix::fs::symlink("inside", home.path().join("link")).unwrap();
        let path = |name: &str| home.path().join(name);
        let rows = [
            (inside.clone(), "/data", None),
            (path("link"), "/data//deep/./er", None),
            (path("link/../inside"), "/data", None),
            (path("usr"), "/data", Some("outside of what may be shown")),
            (path("usr/.."), "/data", Some("the host itself")),
            (
                path("inside/../.."),
                "/data",
                Some("outside of what may be shown"),
            ),
            (path("missing"), "/data", Some("cannot be shown: No such file")),
            ("/dev/null".into(), "/data", Some("the host itself")),
            ("".into(), "/data", Some("cannot be shown")),
            (inside.clone(), "data", Some("not an absolute path")),
            (inside.clone(), "", Some("not an absolute path")),
            (inside.clone(), "/data/../usr", Some("not an absolute path")),
            (inside.clone(), "/", Some("is there")),
            (inside.clone(), "/usr/share/data", Some("/usr is there")),
            (inside.clone(), "/work/data", Some("/work is there")),
            (inside.clone(), "/etc", Some("/etc is there")),
            (inside.clone(), "/taken/data", Some("/taken is there")),
        ];
        for (source, target, refusal) in rows {
            let bind = |source: &Path, target: &str| Bind {
                source: source.to_owned(),
                target: target.into(),
            };
            let config = SlotConfig {
                binds: vec![bind(&inside, "/taken"), bind(&source, target)],
                bind_roots: vec![home.path().to_owned()],
                ..SlotConfig::default()
            };
            match (check(&config), refusal) {
                (Ok(shown), None) => assert!(!shown[1].target.to_bytes().contains(&b'.')),
                (Err(error), Some(words)) => {
                    let said = error.to_string();
                    assert!(said.starts_with("binds: ") && said.contains(words), "{said}");
                }
                (result, _) => panic!("{} at {target}: {result:?}", source.display()),
            }
        }
    }
}
