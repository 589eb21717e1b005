//! Writing entries, and never more of them than is allowed: what counts is what comes out, not what is declared.

use std::fs::{self, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use zip::ZipArchive;
use zip::result::ZipError;

use super::Caps;

/// More bytes than this from each compressed byte, over the whole archive, and it is a bomb.
const MOST_RATIO: u64 = 250;

/// Below this the ratio is nobody's concern: a test case of a million zeros is a fair one.
const RATIO_FREE_BYTES: u64 = 64 << 20;

/// The longest path that a link may hold, as on Linux.
const LONGEST_TARGET: u64 = 4096;

/// Why an entry is not written.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unwritable {
    #[error("cannot be read from the zip: {0}")]
    Zip(#[from] ZipError),
    #[error("is damaged: {0}")]
    Damaged(#[source] io::Error),
    #[error("cannot be written: {0}")]
    Write(#[source] io::Error),
    #[error("declares {declared} bytes and holds {}{produced}", if *.more { "at least " } else { "" })]
    Lies {
        declared: u64,
        produced: u64,
        more: bool,
    },
    #[error("has more than {0} bytes")]
    FileTooLarge(u64),
    #[error("brings the files to more than {0} bytes in all")]
    TotalTooLarge(u64),
    #[error("brings the files to more than {MOST_RATIO} times the size of the zip")]
    Bomb,
    #[error("is a symbolic link whose target is not UTF-8")]
    Target,
}

/// Writes entries below a directory and adds up their bytes.
pub(super) struct Inflater<'a> {
    into: &'a Path,
    caps: &'a Caps,
    produced: u64,
    compressed: u64,
    buffer: Vec<u8>,
}

impl<'a> Inflater<'a> {
    pub(super) fn new(into: &'a Path, caps: &'a Caps) -> Self {
        Self {
            into,
            caps,
            produced: 0,
            compressed: 0,
            buffer: vec![0; 64 << 10],
        }
    }

    pub(super) fn directory(&mut self, path: &str) -> Result<(), Unwritable> {
        fs::create_dir_all(self.into.join(path)).map_err(Unwritable::Write)
    }

    pub(super) fn file<R: Read + Seek>(
        &mut self,
        archive: &mut ZipArchive<R>,
        index: usize,
        path: &str,
        executable: bool,
    ) -> Result<(), Unwritable> {
        let at = self.into.join(path);
        if let Some(parent) = at.parent() {
            fs::create_dir_all(parent).map_err(Unwritable::Write)?;
        }
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(if executable { 0o755 } else { 0o644 })
            .open(&at)
            .map_err(Unwritable::Write)?;
        self.copy(archive, index, file)
    }

    /// A link's target.
    pub(super) fn link<R: Read + Seek>(
        &mut self,
        archive: &mut ZipArchive<R>,
        index: usize,
    ) -> Result<String, Unwritable> {
        let mut target = Vec::new();
        let size = archive.by_index_data(index)?.size();
        if size > LONGEST_TARGET {
            return Err(Unwritable::FileTooLarge(LONGEST_TARGET));
        }
        self.copy(archive, index, &mut target)?;
        String::from_utf8(target).map_err(|_| Unwritable::Target)
    }

    fn copy<R: Read + Seek>(
        &mut self,
        archive: &mut ZipArchive<R>,
        index: usize,
        mut to: impl Write,
    ) -> Result<(), Unwritable> {
        let mut entry = archive.by_index(index)?;
        let declared = entry.size();
        self.compressed = self.compressed.saturating_add(entry.compressed_size());
        let mut produced = 0;
        loop {
            let count = match entry.read(&mut self.buffer) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                // The check of the sum fails where the size is a lie, too; the size tells more.
                Err(_) if produced != declared && produced > 0 => break,
                Err(error) => return Err(Unwritable::Damaged(error)),
            };
            produced += count as u64;
            self.produced += count as u64;
            if produced > declared {
                return Err(lies(declared, produced));
            }
            self.check(produced)?;
            to.write_all(&self.buffer[..count]).map_err(Unwritable::Write)?;
        }
        if produced != declared {
            return Err(lies(declared, produced));
        }
        Ok(())
    }

    fn check(&self, produced: u64) -> Result<(), Unwritable> {
        if produced > self.caps.file_bytes {
            return Err(Unwritable::FileTooLarge(self.caps.file_bytes));
        }
        if self.produced > self.caps.total_bytes {
            return Err(Unwritable::TotalTooLarge(self.caps.total_bytes));
        }
        if self.produced > RATIO_FREE_BYTES && self.produced / MOST_RATIO > self.compressed {
            return Err(Unwritable::Bomb);
        }
        Ok(())
    }
}

fn lies(declared: u64, produced: u64) -> Unwritable {
    Unwritable::Lies {
        declared,
        produced,
        more: produced > declared,
    }
}
