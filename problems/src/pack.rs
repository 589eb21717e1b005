//! A package as a zip: the same bytes for the same files.
//!
//! Files in the order of their paths, no top directory, no directory entries, all of one date, and no more of their
//! modes than whether they are executable. A link is stored as what it leads to: an archive without links has nothing
//! that a reader must judge.

use std::fs;
use std::io::{self, Read, Seek, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::tree::Tree;

/// Above this the sizes need the 64-bit form.
const LARGE: u64 = u32::MAX as u64 / 2;

/// Writes the files of a tree.
pub(crate) fn write<W: Write + Seek>(tree: &Tree, to: W) -> io::Result<()> {
    let mut zip = ZipWriter::new(to);
    for (path, file) in &tree.files {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(DateTime::default())
            .large_file(file.length > LARGE)
            .unix_permissions(if file.executable { 0o755 } else { 0o644 });
        zip.start_file(path.as_str(), options)?;
        let mut content = fs::File::open(&file.path)?.take(file.length);
        if io::copy(&mut content, &mut zip)? != file.length {
            let what = format!("{path} changes while it is read");
            return Err(io::Error::new(io::ErrorKind::InvalidData, what));
        }
    }
    zip.finish()?;
    Ok(())
}
