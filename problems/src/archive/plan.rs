//! What an archive would write, decided before anything is written.

use std::collections::BTreeMap;
use std::io::{Read, Seek};

use zip::ZipArchive;

use crate::complaint::{Complaint, Refused, Report};
use crate::link::Kind;
use crate::{domjudge, problem_yaml, tree};

/// What will be written.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) entries: Vec<Planned>,
    /// The name of the directory that everything is in, if there is one; paths are without it.
    pub(super) top: Option<String>,
    /// Files and directories by path, those without an entry of their own included; links are not in it.
    pub(super) kinds: BTreeMap<String, Kind>,
}

/// An entry that will be written.
#[derive(Debug)]
pub(super) struct Planned {
    pub(super) index: usize,
    /// As the archive calls it, for complaints.
    pub(super) name: String,
    /// Where it goes.
    pub(super) path: String,
    pub(super) kind: EntryKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EntryKind {
    Directory,
    File { executable: bool },
    Link,
}

/// Reads all names. Complains about all that are wrong before anything is written; warns of those that are left out.
pub(super) fn of<R: Read + Seek>(archive: &mut ZipArchive<R>, report: &mut Report) -> Result<Plan, Refused> {
    let mut problems = Report::default();
    let mut entries = Vec::new();
    for index in 0..archive.len() {
        match entry(archive, index) {
            // The directory that was packed.
            Ok(planned) if planned.path.is_empty() && planned.kind == EntryKind::Directory => {}
            Ok(planned) if planned.path.is_empty() => report.warn(tree::ignored(&planned.name)),
            Ok(planned) if planned.path.split('/').next() == Some("__MACOSX") => {} // A Mac's side files.
            Ok(planned) => entries.push(planned),
            Err(complaint) => problems.complain(complaint),
        }
    }
    problems.finish()?;
    let top = strip_top(&mut entries);
    leave_out_bad_names(&mut entries, report);
    let kinds = kinds(&entries)?;
    Ok(Plan { entries, top, kinds })
}

fn entry<R: Read + Seek>(archive: &mut ZipArchive<R>, index: usize) -> Result<Planned, Complaint> {
    let unreadable = |error: zip::result::ZipError| {
        Complaint::about(
            "",
            format!("entry {} of the zip cannot be read: {error}", index + 1),
        )
    };
    let entry = archive.by_index_data(index).map_err(unreadable)?;
    let raw = entry.name_raw();
    let shown = String::from_utf8_lossy(raw).into_owned();
    let complaint = |what: &str| Complaint::about(shown.clone(), what);
    // What is not UTF-8 breaks the rule for names, too. What would climb out is refused under any name.
    let is_text = std::str::from_utf8(raw).is_ok();
    let name = shown.as_str();
    let mut path = normalise(name).map_err(complaint)?;
    if !is_text {
        path.clear();
    }
    if entry.encrypted() {
        return Err(complaint("is encrypted; packages are read without a password"));
    }
    let mode = entry.unix_mode().unwrap_or(0);
    let kind = match mode & 0o170_000 {
        0o040_000 => EntryKind::Directory,
        _ if name.ends_with(SEPARATORS) => EntryKind::Directory,
        0 | 0o100_000 => EntryKind::File {
            executable: mode & 0o111 != 0,
        },
        0o120_000 => EntryKind::Link,
        _ => return Err(complaint("is neither a file nor a directory nor a symbolic link")),
    };
    Ok(Planned {
        index,
        name: shown,
        path,
        kind,
    })
}

/// What stands between the names of a path: some archives of Windows have backslashes there, and no name may hold one.
const SEPARATORS: [char; 2] = ['/', '\\'];

/// The path of a name, or why it has none. Steps that lead nowhere are left out.
fn normalise(name: &str) -> Result<String, &'static str> {
    if name.starts_with(SEPARATORS) {
        return Err("has an absolute name");
    }
    if name.contains('\0') {
        return Err("has a NUL character in its name");
    }
    if name.len() > 1024 {
        return Err("has a name of more than 1024 bytes");
    }
    let steps = name.split(SEPARATORS);
    let steps: Vec<&str> = steps.filter(|step| !matches!(*step, "" | ".")).collect();
    if steps.contains(&"..") {
        return Err("climbs out of the package");
    }
    Ok(steps.join("/"))
}

/// Takes the top directory off all paths, where everything is in one that has `problem.yaml`, or what DOMjudge has instead.
/// Beside it may be what does not count by its name; the directory itself may have any name.
fn strip_top(entries: &mut Vec<Planned>) -> Option<String> {
    let counts = |entry: &&Planned| tree::is_read("", first_step(&entry.path));
    let top = top_of(entries.iter()).or_else(|| top_of(entries.iter().filter(counts)))?;
    let prefix = format!("{top}/");
    entries.retain(|entry| entry.path != top);
    for entry in entries {
        if entry.path.starts_with(&prefix) {
            entry.path.drain(..prefix.len());
        }
    }
    Some(top)
}

/// The directory that all of these are in, if it is a package's.
fn top_of<'a>(mut entries: impl Iterator<Item = &'a Planned> + Clone) -> Option<String> {
    let top = first_step(&entries.clone().next()?.path);
    let prefix = format!("{top}/");
    let marks = [problem_yaml::FILE, domjudge::INI_FILE].map(|file| format!("{prefix}{file}"));
    let has_mark = entries.clone().any(|entry| marks.contains(&entry.path));
    let is_inside = |entry: &Planned| {
        entry.path.starts_with(&prefix) || (entry.path == top && entry.kind == EntryKind::Directory)
    };
    (has_mark && entries.all(is_inside)).then(|| top.to_owned())
}

fn first_step(path: &str) -> &str {
    path.split('/').next().unwrap_or_default()
}

/// Names that the format does not allow count as absent: they are not even written. One warning a name.
fn leave_out_bad_names(entries: &mut Vec<Planned>, report: &mut Report) {
    let mut warned = std::collections::BTreeSet::new();
    entries.retain(|entry| {
        let components = entry.path.split('/');
        let mut end = 0;
        for component in components {
            end += component.len();
            let directory = entry.path.get(..end - component.len()).unwrap_or_default();
            if !tree::is_read(directory.trim_end_matches('/'), component) {
                let ignored = &entry.path[..end];
                if warned.insert(ignored.to_owned()) {
                    report.warn(tree::ignored(ignored));
                }
                return false;
            }
            end += 1;
        }
        true
    });
}

/// All paths with what stands there, or complaints about those that collide.
fn kinds(entries: &[Planned]) -> Result<BTreeMap<String, Kind>, Refused> {
    let mut problems = Report::default();
    let mut seen: BTreeMap<&str, (&str, bool)> = BTreeMap::new();
    let mut kinds = BTreeMap::new();
    for entry in entries {
        let is_directory = entry.kind == EntryKind::Directory;
        let ancestors = entry
            .path
            .match_indices('/')
            .map(|(end, _)| (&entry.path[..end], true));
        for (path, is_directory) in ancestors.chain([(entry.path.as_str(), is_directory)]) {
            let (other, was_directory) = *seen.entry(path).or_insert((path, is_directory));
            let is_same_text = std::ptr::eq(other, path);
            if !(is_same_text || is_directory && was_directory) {
                problems.complain(Complaint::about(path, "is in the zip twice"));
            }
            let kind = if is_directory { Kind::Directory } else { Kind::File };
            kinds.insert(path.to_owned(), kind);
        }
        if entry.kind == EntryKind::Link {
            kinds.remove(&entry.path);
        }
    }
    problems.finish()?;
    Ok(kinds)
}
