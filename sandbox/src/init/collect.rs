//! Taking files out of the work directory of a run that is over, through descriptors.
//!
//! All processes are dead, so nothing moves any more. What lies there was still made by a payload: nothing is followed, and
//! nothing is opened that is not a regular file of its own.

use std::ffi::{CStr, CString};
use std::os::fd::{BorrowedFd, OwnedFd};

use rustix::fs::{Dir, FileType, Mode, OFlags, ResolveFlags, Stat};
use rustix::io::Errno;

use super::{INIT_ID, PAYLOAD_ID};
use crate::defence::Defence;
use crate::spec::LONGEST_PATH;
use crate::wire::{Found, MAX_FILES, TreeFile, WantedFile};

/// The wanted files that are there.
#[derive(Debug, Default)]
pub(super) struct Taken {
    /// One for each wanted file.
    pub(super) found: Vec<Found>,
    /// What was found where everything was wanted, in the order of the paths.
    pub(super) tree: Vec<TreeFile>,
    /// Those of `found`, then those of `tree`.
    pub(super) files: Vec<OwnedFd>,
}

/// Opens the wanted files below `work`.
pub(super) fn take(work: BorrowedFd<'_>, wanted: &[WantedFile]) -> Taken {
    let mut taken = Taken::default();
    let mut tree = Vec::new();
    for wanted in wanted {
        let found = if let Some(directory) = whole_directory(&wanted.name) {
            match walk(work, directory, wanted.max_bytes, MAX_FILES - taken.files.len()) {
                Ok(all) => {
                    tree = all;
                    Found::Here
                }
                Err(found) => found,
            }
        } else {
            match open(work, &wanted.name, wanted.max_bytes) {
                Ok(file) => {
                    taken.files.push(file);
                    Found::Here
                }
                Err(found) => found,
            }
        };
        taken.found.push(found);
    }
    for (file, descriptor) in tree {
        taken.tree.push(file);
        taken.files.push(descriptor);
    }
    taken
}

/// What [`crate::Collect::ALL`] is on the wire.
const ALL: &CStr = c".";

/// The directory of which all is wanted.
fn whole_directory(wanted: &CStr) -> Option<CString> {
    if wanted == ALL {
        return Some(ALL.to_owned());
    }
    let directory = wanted.to_bytes().strip_suffix(b"/.")?;
    CString::new(directory).ok()
}

/// Every regular file of a directory and below, in the order of the paths: `most` of them, and `max_bytes` together, at most.
fn walk(
    work: BorrowedFd<'_>,
    directory: CString,
    max_bytes: u64,
    most: usize,
) -> Result<Vec<(TreeFile, OwnedFd)>, Found> {
    let mut files = Vec::new();
    let mut bytes: u64 = 0;
    let mut directories = vec![directory];
    while let Some(directory) = directories.pop() {
        let Ok(listing) = open_any(work, &directory).and_then(Dir::read_from) else {
            continue; // Closed by the payload even to itself.
        };
        for entry in listing {
            let Ok(entry) = entry else { break };
            let Some(path) = join(&directory, entry.file_name()) else {
                continue;
            };
            if path.as_bytes().len() > LONGEST_PATH {
                return Err(Found::TooMany);
            }
            let Ok((file, status)) = open_any(work, &path).and_then(|file| {
                let status = rustix::fs::fstat(&file)?;
                Ok((file, status))
            }) else {
                continue;
            };
            if FileType::from_raw_mode(status.st_mode) == FileType::Directory {
                directories.push(path);
            } else if is_own(&status) {
                bytes = bytes.saturating_add(size(&status));
                if bytes > max_bytes {
                    return Err(Found::TooLarge(bytes));
                }
                if files.len() == most {
                    return Err(Found::TooMany);
                }
                let executable = status.st_mode & 0o100 != 0;
                files.push((
                    TreeFile {
                        name: path,
                        executable,
                    },
                    file,
                ));
            }
        }
    }
    files.sort_by(|(a, _), (b, _)| a.name.cmp(&b.name));
    Ok(files)
}

/// `None` for a directory's entries for itself and the one above, and for what bears no name in text: two of these could come
/// to mean one file where names are text.
fn join(directory: &CStr, name: &CStr) -> Option<CString> {
    if name == ALL || name == c".." || name.to_str().is_err() {
        return None;
    }
    if directory == ALL {
        return Some(name.to_owned());
    }
    CString::new([directory.to_bytes(), b"/", name.to_bytes()].concat()).ok()
}

fn open(work: BorrowedFd<'_>, name: &CStr, max_bytes: u64) -> Result<OwnedFd, Found> {
    let file = match open_any(work, name) {
        Ok(file) => file,
        Err(Errno::NOENT) => return Err(Found::Missing),
        Err(_) => return Err(Found::NotRegular),
    };
    let status = rustix::fs::fstat(&file).map_err(|_| Found::NotRegular)?;
    if !is_own(&status) {
        Err(Found::NotRegular)
    } else if size(&status) > max_bytes && Defence::CollectCap.stands() {
        Err(Found::TooLarge(size(&status)))
    } else {
        Ok(file)
    }
}

fn open_any(work: BorrowedFd<'_>, path: &CStr) -> Result<OwnedFd, Errno> {
    if !Defence::NoFollow.stands() {
        return rustix::fs::openat(work, path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty());
    }
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let resolve = ResolveFlags::BENEATH
        | ResolveFlags::NO_SYMLINKS
        | ResolveFlags::NO_MAGICLINKS
        | ResolveFlags::NO_XDEV;
    rustix::fs::openat2(work, path, flags, Mode::empty(), resolve)
}

fn is_own(status: &Stat) -> bool {
    !Defence::OwnFiles.stands()
        || FileType::from_raw_mode(status.st_mode) == FileType::RegularFile
            && status.st_nlink == 1
            // An input file that nobody has put another in the place of is the init's.
            && matches!(status.st_uid, PAYLOAD_ID | INIT_ID)
}

fn size(status: &Stat) -> u64 {
    u64::try_from(status.st_size).unwrap_or(u64::MAX)
}
