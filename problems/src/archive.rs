//! A zip that nobody trusts becomes a directory.
//!
//! Three steps: `plan` reads the names and refuses what climbs out, collides or is no file, directory or link; `inflate`
//! writes the regular files, counting what really comes out of them; the links are made last, so that nothing is ever
//! written through one, and only where they lead to something inside.

mod inflate;
mod plan;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::rc::Rc;

use zip::ZipArchive;
use zip::result::ZipError;

use crate::complaint::{Complaint, Refused, Report};
use crate::link::{self, Kind};
use crate::name;
use inflate::Inflater;
use plan::{EntryKind, Plan};

/// How much an archive may hold.
#[derive(Debug, Clone)]
pub struct Caps {
    /// Entries.
    pub entries: usize,
    /// Bytes of one file after inflating.
    pub file_bytes: u64,
    /// Bytes of all files after inflating.
    pub total_bytes: u64,
}

impl Default for Caps {
    /// Room for the largest packages in use: 50 000 entries, files of 1 GiB, 4 GiB in all.
    fn default() -> Self {
        Self {
            entries: 50_000,
            file_bytes: 1 << 30,
            total_bytes: 4 << 30,
        }
    }
}

/// Unpacks into an empty directory. Gives the name of the top directory, where there was one; it is left out.
pub(crate) fn unzip<R: Read + Seek>(
    zip: R,
    into: &Path,
    caps: &Caps,
    report: &mut Report,
) -> Result<Option<String>, Refused> {
    check_empty(into)?;
    let mut archive = open(zip, caps)?;
    let plan = plan::of(&mut archive, report)?;
    let links = write_files(&mut archive, &plan, into, caps)?;
    make_links(&plan, &links, into)?;
    Ok(plan.top)
}

/// The same with only the entries whose paths `is_wanted`: the rest is not even inflated.
pub(crate) fn unzip_some<R: Read + Seek>(
    zip: R,
    into: &Path,
    caps: &Caps,
    is_wanted: fn(&str) -> bool,
) -> Result<(), Refused> {
    check_empty(into)?;
    let mut archive = open(zip, caps)?;
    let mut plan = plan::of(&mut archive, &mut Report::default())?;
    plan.entries.retain(|entry| is_wanted(&entry.path));
    let links = write_files(&mut archive, &plan, into, caps)?;
    make_links(&plan, &links, into)
}

fn check_empty(into: &Path) -> Result<(), Refused> {
    let is_empty = fs::read_dir(into).map(|mut entries| entries.next().is_none());
    let what = match is_empty {
        Ok(true) => return Ok(()),
        Ok(false) => format!(
            "{} is not empty: a package is unpacked into a directory of its own",
            into.display()
        ),
        Err(error) => format!("{} cannot be read: {error}", into.display()),
    };
    Err(Refused::because(Complaint::about("", what)))
}

/// Reads the list of entries. A zip's size bounds it too weakly (an entry is 46 bytes there and ten times that here), so
/// the reader gives up after the length that the allowed number of entries may have.
fn open<R: Read + Seek>(zip: R, caps: &Caps) -> Result<ZipArchive<Metered<R>>, Refused> {
    let refuse = |what: String| Refused::because(Complaint::about("", what));
    let left = Rc::new(Cell::new(
        (caps.entries as u64).saturating_mul(160).saturating_add(1 << 20),
    ));
    let metered = Metered {
        inner: zip,
        left: Rc::clone(&left),
    };
    let archive = ZipArchive::new(metered).map_err(|error| refuse(not_a_zip(&error)))?;
    if archive.len() > caps.entries {
        let (found, most) = (archive.len(), caps.entries);
        return Err(refuse(format!(
            "the zip has {found} entries; at most {most} are accepted"
        )));
    }
    if archive.has_duplicate_names() {
        return Err(refuse("the zip has two entries of one name".to_owned()));
    }
    left.set(u64::MAX); // The entries themselves have other caps.
    Ok(archive)
}

fn not_a_zip(error: &ZipError) -> String {
    match error {
        ZipError::Io(error) if error.kind() == io::ErrorKind::QuotaExceeded => {
            "is not a zip, or one with far too many entries".to_owned()
        }
        error => format!("is not a zip, or a damaged or truncated one: {error}"),
    }
}

/// Writes directories and regular files. Gives the links with their targets.
fn write_files<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
    plan: &Plan,
    into: &Path,
    caps: &Caps,
) -> Result<BTreeMap<String, String>, Refused> {
    let mut inflater = Inflater::new(into, caps);
    let mut links = BTreeMap::new();
    for entry in &plan.entries {
        let done = match entry.kind {
            EntryKind::Directory => inflater.directory(&entry.path),
            EntryKind::File { executable } => inflater.file(archive, entry.index, &entry.path, executable),
            EntryKind::Link => inflater.link(archive, entry.index).map(|target| {
                links.insert(entry.path.clone(), target);
            }),
        };
        done.map_err(|error| Refused::because(Complaint::about(entry.name.clone(), error.to_string())))?;
    }
    Ok(links)
}

fn make_links(plan: &Plan, links: &BTreeMap<String, String>, into: &Path) -> Result<(), Refused> {
    let look = |path: &str| match links.get(path) {
        Some(target) => Some(Kind::Link(target.clone())),
        None => plan.kinds.get(path).cloned(),
    };
    let mut report = Report::default();
    for (path, target) in links {
        let (directory, _) = name::split(path);
        if let Err(bad) = link::resolve(directory, target, look) {
            report.complain(Complaint::about(path, bad.to_string()));
        }
    }
    report.finish()?;
    for (path, target) in links {
        let at = into.join(path);
        let made = at
            .parent()
            .map_or(Ok(()), fs::create_dir_all)
            .and_then(|()| symlink(target, &at));
        made.map_err(|error| Refused::because(Complaint::about(path, format!("cannot be made: {error}"))))?;
    }
    Ok(())
}

/// A reader with a meter: after `left` bytes, reading fails.
struct Metered<R> {
    inner: R,
    left: Rc<Cell<u64>>,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let left = self.left.get().checked_sub(count as u64);
        self.left.set(left.ok_or(io::ErrorKind::QuotaExceeded)?);
        Ok(count)
    }
}

impl<R: Seek> Seek for Metered<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}
