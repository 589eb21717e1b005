//! Descriptors for what a program reads: standard input and input files.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::fs::{FileExt, MetadataExt};

use rustix::fs::{MemfdFlags, SealFlags};

use super::ids::Ids;
use crate::defence::Defence;
use crate::{Content, SandboxError, Stdin};

/// A descriptor that the payload may hold as its standard input.
pub(super) fn stdin(stdin: &Stdin, ids: Ids) -> Result<OwnedFd, SandboxError> {
    let failed = || SandboxError::host::<io::Error>("prepare", "standard input");
    match stdin {
        Stdin::Null => File::open("/dev/null").map(OwnedFd::from).map_err(failed()),
        Stdin::Bytes(bytes) => sealed_bytes(bytes).map_err(failed()),
        Stdin::File(file) => {
            let metadata = file.metadata().map_err(failed())?;
            if !metadata.is_file() {
                return Err(SandboxError::Invalid {
                    field: "stdin",
                    reason: "not a regular file".to_owned(),
                });
            }
            // The payload can open its standard input anew through /proc, with all rights that it has to the file. Where
            // these are more or less than reading, it gets a copy: a program that reads /dev/stdin by name is no worse than others.
            if !Defence::StdinReadOnly.stands() {
                return file.try_clone().map(OwnedFd::from).map_err(failed());
            }
            let foreign = ids.are_own() && metadata.uid() != ids.payload();
            if foreign && metadata.mode() & 0o026 == 0o004 {
                File::open(format!("/proc/self/fd/{}", file.as_raw_fd()))
                    .map(OwnedFd::from)
                    .map_err(failed())
            } else {
                sealed_copy(file, metadata.len())
                    .map(OwnedFd::from)
                    .map_err(failed())
            }
        }
    }
}

/// A descriptor that the init copies an input file from.
pub(super) fn input(name: &str, content: &Content) -> Result<OwnedFd, SandboxError> {
    let failed = || SandboxError::host::<io::Error>("prepare the input file", name);
    match content {
        Content::Bytes(bytes) => sealed_bytes(bytes).map_err(failed()),
        Content::File(file) => {
            let metadata = file.metadata().map_err(failed())?;
            if !metadata.is_file() {
                let reason = format!("{name} is not a regular file");
                return Err(SandboxError::Invalid {
                    field: "files",
                    reason,
                });
            }
            // The init reads at offsets of its own, so the description may be shared.
            file.try_clone().map(OwnedFd::from).map_err(failed())
        }
    }
}

/// The first `size` bytes of a file in memory, never to be changed again.
pub(super) fn sealed_copy(file: &File, size: u64) -> io::Result<File> {
    let copy = File::from(memory()?);
    let mut offset = 0;
    while offset < size {
        let chunk = usize::try_from(size - offset).unwrap_or(1 << 30).min(1 << 30);
        if rustix::fs::sendfile(&copy, file, Some(&mut offset), chunk)? == 0 {
            break;
        }
    }
    seal(&copy)?;
    rustix::fs::seek(&copy, rustix::fs::SeekFrom::Start(0))?;
    Ok(copy)
}

fn sealed_bytes(bytes: &[u8]) -> io::Result<OwnedFd> {
    let file = File::from(memory()?);
    file.write_all_at(bytes, 0)?;
    seal(&file)?;
    Ok(file.into())
}

fn memory() -> io::Result<OwnedFd> {
    Ok(rustix::fs::memfd_create(
        "gavel",
        MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING,
    )?)
}

fn seal(file: impl AsFd) -> io::Result<()> {
    Ok(rustix::fs::fcntl_add_seals(
        file,
        SealFlags::SEAL | SealFlags::SHRINK | SealFlags::GROW | SealFlags::WRITE,
    )?)
}
