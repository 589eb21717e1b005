//! The content hash that names a package.
//!
//! BLAKE3 in its key-derivation mode (so that no other use of BLAKE3 gives the same name), over the number of files,
//! then for each file in the order of the bytes of its path: length of the path, path, 1 or 0 for executable or not,
//! length of the content, content. Lengths and numbers are 8 bytes, little-endian. A link counts as what it leads to;
//! empty directories and names that the format ignores do not count. So a directory and its zip have one hash.

use std::fs;
use std::io::{self, Read};

use domain::PackageHash;

use crate::tree::Tree;

const CONTEXT: &str = "gavel 2026-11 problem package: files by path";

/// The hash of the files of a tree.
pub(crate) fn of(tree: &Tree) -> io::Result<PackageHash> {
    let mut hasher = blake3::Hasher::new_derive_key(CONTEXT);
    hasher.update(&count(tree.files.len()));
    for (path, file) in &tree.files {
        hasher.update(&count(path.len()));
        hasher.update(path.as_bytes());
        hasher.update(&[u8::from(file.executable)]);
        hasher.update(&file.length.to_le_bytes());
        let before = hasher.count();
        hasher.update_reader(fs::File::open(&file.path)?.take(file.length.saturating_add(1)))?;
        if hasher.count() - before != file.length {
            let what = format!("{path} changes while it is read");
            return Err(io::Error::new(io::ErrorKind::InvalidData, what));
        }
    }
    Ok(PackageHash(*hasher.finalize().as_bytes()))
}

fn count(number: usize) -> [u8; 8] {
    (number as u64).to_le_bytes()
}
