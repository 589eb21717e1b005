//! What compilers made, on this host's disk: found again after a restart, and by other processes.
//!
//! ```text
//! DIRECTORY/NAME      an entry, complete: it gets this name by a rename
//! DIRECTORY/new-…     one that is being written
//! ```
//!
//! An entry is one file: a hash of all that follows, the length of a header, the header in TOML, and the contents of its files one
//! after the other. Its name is a hash of all that could make a compilation end otherwise, with what is installed on the host among it.
//! The time of its last change is that of its last use; those used the longest ago go when there is too much.
//!
//! Any number of processes may share a directory without a word between them: at worst two of them compile the same. No submission
//! can reach it, and what nobody but its owner could have written is checked all the same: an entry that is not what its
//! hash says is deleted, and compiled anew. Nothing that goes wrong here costs more than that.

use std::fs::{self, File, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use blake3::Hasher;
use sandbox::{Content, InputFile};
use serde::{Deserialize, Serialize};
use tracing::warn;

use super::{Artefacts, Kept, Rejected};

/// Begins every name, so that an entry of another form is never read.
const FORM: &str = concat!("gavel compiled 1 ", env!("CARGO_PKG_VERSION"));

/// The beginning of the name of a file that is not complete.
const NEW: &str = "new-";

/// An incomplete file that has not changed for so long belongs to nobody any more.
const ABANDONED: Duration = Duration::from_hours(1);

/// The length of a hash, in bytes.
const HASH: usize = 32;
/// What comes before the header, in bytes: a hash, and the header's length.
const HEAD: usize = HASH + 4;

/// What installing or upgrading a compiler, a library or a header changes, on the distributions that we know. Versions
/// of tools are part of every name; this is for what they take in.
const TRACES: [&str; 7] = [
    "/var/lib/dpkg/status",
    "/var/lib/rpm",
    "/usr/lib/sysimage/rpm",
    "/lib/apk/db/installed",
    "/var/lib/pacman/local",
    "/etc/ld.so.cache",
    "/usr/local/include",
];

/// A directory of entries.
#[derive(Debug)]
pub(crate) struct Shelf {
    directory: PathBuf,
    max_bytes: u64,
    /// A hash of what is installed.
    host: [u8; HASH],
    /// How much there is, as far as this process knows, in bytes.
    bytes: AtomicU64,
}

/// What an entry says before the contents.
#[derive(Debug, Serialize, Deserialize)]
struct Header {
    rejected: Option<String>,
    log: Option<String>,
    main: Option<String>,
    #[serde(default)]
    files: Vec<HeaderFile>,
}

#[derive(Debug, Serialize, Deserialize)]
struct HeaderFile {
    name: String,
    bytes: u64,
    executable: bool,
}

impl Shelf {
    /// Opens a directory, which is made where it is missing, for at most so many bytes. It must belong to this user alone. Blocking.
    pub(crate) fn open(directory: &Path, max_bytes: u64) -> io::Result<Self> {
        fs::create_dir_all(directory)?;
        let own = tempfile::Builder::new().prefix(NEW).tempfile_in(directory)?;
        let found = fs::metadata(directory)?;
        if found.uid() != own.as_file().metadata()?.uid() {
            return Err(io::Error::other("it belongs to another user"));
        }
        fs::set_permissions(directory, Permissions::from_mode(0o700))?;
        let shelf = Self {
            directory: directory.to_owned(),
            max_bytes,
            host: host(),
            bytes: AtomicU64::new(0),
        };
        shelf.tidy(&own)?;
        Ok(shelf)
    }

    /// What is kept under that name. Blocking.
    pub(super) fn find(&self, key: &[u8; HASH]) -> Option<Kept> {
        let place = self.place(key);
        let mut file = File::open(&place).ok()?;
        match read(&mut file) {
            Ok(kept) => {
                let used = now(&self.directory).and_then(|now| file.set_modified(now));
                if let Err(error) = used {
                    warn!(%error, "cannot note the use of a compiled program");
                }
                Some(kept)
            }
            Err(error) => {
                warn!(%error, "a compiled program on the disk is corrupt; compiling it again");
                let _ = fs::remove_file(&place);
                None
            }
        }
    }

    /// Keeps it under that name, where nothing is there yet. Blocking.
    pub(super) fn put(&self, key: &[u8; HASH], kept: &Kept) {
        if let Err(error) = self.write(key, kept) {
            warn!(%error, "cannot keep a compiled program on the disk");
        }
    }

    fn write(&self, key: &[u8; HASH], kept: &Kept) -> io::Result<()> {
        let place = self.place(key);
        let (header, contents) = entry(kept)?;
        let total: u64 = header.files.iter().map(|file| file.bytes).sum();
        if total > self.max_bytes / 2 || place.exists() {
            return Ok(());
        }
        let header = toml::to_string(&header).map_err(io::Error::other)?;
        let length = u32::try_from(header.len()).map_err(io::Error::other)?;
        let file = tempfile::Builder::new()
            .prefix(NEW)
            .tempfile_in(&self.directory)?;
        // The hash is put before it when it is known.
        file.as_file().write_all(&[0; HASH])?;
        let mut hashing = Hashing {
            inner: file.as_file(),
            hasher: Hasher::new(),
        };
        hashing.write_all(&length.to_le_bytes())?;
        hashing.write_all(header.as_bytes())?;
        for content in contents {
            copy(content, &mut hashing)?;
        }
        let hash = hashing.hasher.finalize();
        file.as_file().write_all_at(hash.as_bytes(), 0)?;
        let file = file.persist(&place)?;
        let written = file.metadata()?.len();
        if self.bytes.fetch_add(written, Ordering::Relaxed) + written > self.max_bytes {
            self.tidy(
                &tempfile::Builder::new()
                    .prefix(NEW)
                    .tempfile_in(&self.directory)?,
            )?;
        }
        Ok(())
    }

    fn place(&self, key: &[u8; HASH]) -> PathBuf {
        let mut hasher = Hasher::new();
        hasher.update(FORM.as_bytes()).update(&self.host).update(key);
        self.directory.join(hasher.finalize().to_hex().as_str())
    }

    /// Counts what is there, and deletes what was used the longest ago until nine tenths of the bound are left. `new` is a file
    /// that was made just now: its time is the clock of the disk.
    fn tidy(&self, new: &tempfile::NamedTempFile) -> io::Result<()> {
        let now = new.as_file().metadata()?.modified()?;
        let mut entries = Vec::new();
        for found in fs::read_dir(&self.directory)? {
            let found = found?;
            // Another process may have deleted it meanwhile.
            let Ok(metadata) = found.metadata() else { continue };
            let used = metadata.modified()?;
            if !found.file_name().as_encoded_bytes().starts_with(NEW.as_bytes()) {
                entries.push((used, metadata.len(), found.path()));
            } else if now.duration_since(used).is_ok_and(|age| age > ABANDONED) {
                let _ = fs::remove_file(found.path());
            }
        }
        let mut total: u64 = entries.iter().map(|(_, bytes, _)| bytes).sum();
        if total > self.max_bytes {
            entries.sort_unstable();
            for (_, bytes, path) in entries {
                if total <= self.max_bytes / 10 * 9 {
                    break;
                }
                match fs::remove_file(path) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                    _ => total = total.saturating_sub(bytes),
                }
            }
        }
        self.bytes.store(total, Ordering::Relaxed);
        Ok(())
    }
}

/// The clock of that disk, by which all times here are compared.
fn now(directory: &Path) -> io::Result<SystemTime> {
    tempfile::tempfile_in(directory)?.metadata()?.modified()
}

fn host() -> [u8; HASH] {
    let mut hasher = Hasher::new();
    for path in TRACES {
        let trace = fs::metadata(path)
            .map(|found| (found.len(), found.ino(), found.mtime(), found.mtime_nsec()))
            .ok();
        hasher.update(format!("{path} {trace:?}\n").as_bytes());
    }
    *hasher.finalize().as_bytes()
}

fn entry(kept: &Kept) -> io::Result<(Header, Vec<&Content>)> {
    let mut header = Header {
        rejected: None,
        log: None,
        main: None,
        files: Vec::new(),
    };
    let mut contents = Vec::new();
    match kept {
        Ok(artefacts) => {
            header.log.clone_from(&artefacts.log);
            header.main.clone_from(&artefacts.main);
            for file in &artefacts.files {
                header.files.push(HeaderFile {
                    name: file.name.clone(),
                    bytes: match &file.content {
                        Content::Bytes(bytes) => bytes.len() as u64,
                        Content::File(file) => file.metadata()?.len(),
                    },
                    executable: file.executable,
                });
                contents.push(&file.content);
            }
        }
        Err(rejected) => {
            header.rejected = Some(rejected.message.clone());
            header.log.clone_from(&rejected.log);
        }
    }
    Ok((header, contents))
}

/// Hashes what passes through.
struct Hashing<T> {
    inner: T,
    hasher: Hasher,
}

impl<T: Write> Write for Hashing<T> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl<T: Read> Read for Hashing<T> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(bytes)?;
        self.hasher.update(&bytes[..read]);
        Ok(read)
    }
}

/// Reads a file from its start, whoever else reads it.
struct FromStart<'a> {
    file: &'a File,
    at: u64,
}

impl Read for FromStart<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(bytes, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

/// Writes the bytes of a file that a compiler left.
pub(crate) fn copy(content: &Content, mut target: impl Write) -> io::Result<()> {
    match content {
        Content::Bytes(bytes) => target.write_all(bytes),
        Content::File(file) => {
            let mut source = FromStart { file, at: 0 };
            let mut buffer = vec![0; 1 << 16];
            loop {
                match source.read(&mut buffer)? {
                    0 => return Ok(()),
                    read => target.write_all(&buffer[..read])?,
                }
            }
        }
    }
}

/// The bytes of a file that a compiler left.
pub(super) fn bytes_of(content: &Content) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    copy(content, &mut bytes)?;
    Ok(bytes)
}

fn read(file: &mut File) -> io::Result<Kept> {
    let mut left = file.metadata()?.len();
    let mut head = [0; HEAD];
    take(&mut *file, &mut head, &mut left)?;
    let (hash, length) = head.split_at(HASH);
    let mut hashing = Hashing {
        inner: &mut *file,
        hasher: Hasher::new(),
    };
    hashing.hasher.update(length);
    let length = u32::from_le_bytes(length.try_into().map_err(io::Error::other)?);
    let mut header = vec![0; room(length.into(), left)?];
    take(&mut hashing, &mut header, &mut left)?;
    let header: Header = toml::from_slice(&header).map_err(io::Error::other)?;
    let mut files = Vec::new();
    for file in header.files {
        // Where it will stay: these may be large.
        let mut content: Arc<[u8]> = std::iter::repeat_n(0, room(file.bytes, left)?).collect();
        let bytes = Arc::get_mut(&mut content).ok_or_else(cut)?;
        take(&mut hashing, bytes, &mut left)?;
        files.push(InputFile {
            name: file.name,
            content: Content::Bytes(content),
            executable: file.executable,
        });
    }
    if left > 0 || hashing.hasher.finalize().as_bytes() != hash {
        return Err(io::Error::other("its hash is another"));
    }
    let log = header.log;
    Ok(match header.rejected {
        Some(message) => Err(Rejected { message, log }),
        None => Ok(Artefacts {
            main: header.main,
            log,
            ..Artefacts::of(files)
        }),
    })
}

fn cut() -> io::Error {
    io::Error::other("it is cut")
}

/// Fills a buffer from what is left of the file.
fn take(mut file: impl Read, buffer: &mut [u8], left: &mut u64) -> io::Result<()> {
    *left = left.checked_sub(buffer.len() as u64).ok_or_else(cut)?;
    file.read_exact(buffer)
}

/// Room for so many bytes, where so many can be left: nothing here is believed before it is hashed.
fn room(bytes: u64, left: u64) -> io::Result<usize> {
    if bytes > left {
        return Err(cut());
    }
    usize::try_from(bytes).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(bytes: &[&[u8]]) -> Artefacts {
        let file = |(at, bytes): (usize, &&[u8])| InputFile {
            name: format!("dir/{at}"),
            content: Content::Bytes((*bytes).into()),
            executable: true,
        };
        Artefacts {
            files: bytes.iter().enumerate().map(file).collect(),
            main: Some("a.Main".to_owned()),
            log: Some("said \"so\"\n\tand é".to_owned()),
            bytes: bytes.iter().map(|bytes| bytes.len() as u64).sum(),
        }
    }

    fn names(directory: &Path) -> Vec<PathBuf> {
        let found = fs::read_dir(directory).unwrap();
        found.map(|entry| entry.unwrap().path()).collect()
    }

    #[test]
    fn what_is_put_there_is_found_again_by_another_process() {
        let directory = tempfile::tempdir().unwrap();
        let open = || Shelf::open(&directory.path().join("deep/er"), 1 << 20).unwrap();
        let rejected: Kept = Err(Rejected {
            message: "no".to_owned(),
            log: Some("why\n'''".to_owned()),
        });
        let shelf = open();
        for (key, kept) in [
            (1, Ok(program(&[b"one", b"", b"\0three"]))),
            (2, rejected),
            (3, Ok(program(&[]))),
        ] {
            let key = [key; HASH];
            assert!(shelf.find(&key).is_none());
            shelf.put(&key, &kept);
            for shelf in [&shelf, &open()] {
                assert_eq!(format!("{:?}", shelf.find(&key).unwrap()), format!("{kept:?}"));
            }
        }
    }

    #[test]
    fn an_entry_that_was_changed_or_cut_is_not_believed_and_goes() {
        let directory = tempfile::tempdir().unwrap();
        let shelf = Shelf::open(directory.path(), 1 << 20).unwrap();
        let key = [7; HASH];
        shelf.put(&key, &Ok(program(&[b"content"])));
        let [path] = &names(directory.path())[..] else {
            panic!("not one entry")
        };
        let whole = fs::read(path).unwrap();
        let changed = (0..whole.len()).map(|at| {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            bytes
        });
        let cut = (0..whole.len()).map(|length| whole[..length].to_vec());
        for bytes in changed.chain(cut) {
            fs::write(path, bytes).unwrap();
            assert!(shelf.find(&key).is_none());
            assert!(!path.exists());
        }
        fs::write(path, &whole).unwrap();
        assert!(shelf.find(&key).is_some());
    }

    #[test]
    fn what_was_used_the_longest_ago_goes_when_there_is_too_much() {
        let directory = tempfile::tempdir().unwrap();
        let shelf = Shelf::open(directory.path(), 100_000).unwrap();
        let kept = Ok(program(&[&vec![1; 20_000]]));
        for key in 0..4 {
            shelf.put(&[key; HASH], &kept);
            // As if it had been long ago, in this order.
            let age = SystemTime::UNIX_EPOCH + Duration::from_secs(u64::from(key));
            let place = shelf.place(&[key; HASH]);
            File::open(place).unwrap().set_modified(age).unwrap();
        }
        assert!(shelf.find(&[0; HASH]).is_some(), "which uses it");
        shelf.put(&[4; HASH], &kept);
        let left: Vec<u8> = (0..5).filter(|key| shelf.place(&[*key; HASH]).exists()).collect();
        assert_eq!(left, [0, 2, 3, 4]);
        shelf.put(&[5; HASH], &Ok(program(&[&vec![1; 60_000]])));
        assert!(shelf.find(&[5; HASH]).is_none(), "more than half of all");
    }

    #[test]
    fn only_its_owner_may_look_into_the_directory() {
        let directory = tempfile::tempdir().unwrap();
        fs::set_permissions(directory.path(), Permissions::from_mode(0o777)).unwrap();
        Shelf::open(directory.path(), 1).unwrap();
        assert_eq!(fs::metadata(directory.path()).unwrap().mode() & 0o777, 0o700);
    }
}
