//! Capped output: a pipe whose other end a payload holds.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::OFlags;
use rustix::io::Errno;
use rustix::pipe::PipeFlags;
use rustix::thread::{Gid, Uid};

use super::ids::Ids;
use crate::Captured;

/// The reading end of a pipe and what came out of it so far.
#[derive(Debug)]
pub(super) struct Capture {
    pipe: OwnedFd,
    cap: u64,
    captured: Captured,
    open: bool,
}

/// How much is read at once: as much as a pipe holds.
pub(super) const CHUNK: usize = 64 << 10;

impl Capture {
    /// A new pipe; the other end is for the payload.
    pub(super) fn pipe(cap: u64, ids: Ids) -> io::Result<(Self, OwnedFd)> {
        let (reading, writing) = rustix::pipe::pipe_with(PipeFlags::CLOEXEC)?;
        rustix::fs::fcntl_setfl(&reading, OFlags::NONBLOCK)?;
        if ids.are_own() {
            // Or opening /dev/stdout would be refused.
            let id = ids.payload();
            rustix::fs::fchown(&writing, Some(Uid::from_raw(id)), Some(Gid::from_raw(id)))?;
        }
        Ok((
            Self {
                pipe: reading,
                cap,
                captured: Captured::default(),
                open: true,
            },
            writing,
        ))
    }

    /// What to poll, as long as there is a writer.
    pub(super) fn watched(&self) -> Option<BorrowedFd<'_>> {
        self.open.then(|| self.pipe.as_fd())
    }

    /// Reads once; true when something came.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> io::Result<bool> {
        match rustix::io::read(&self.pipe, &mut *buffer) {
            Ok(0) => {
                self.open = false;
                Ok(false)
            }
            Ok(length) => {
                self.keep(&buffer[..length]);
                Ok(true)
            }
            Err(Errno::AGAIN | Errno::INTR) => Ok(false),
            Err(errno) => Err(errno.into()),
        }
    }

    /// Reads what is left in the pipe. All writers must be dead; the end is not waited for all the same.
    pub(super) fn drain(&mut self, buffer: &mut [u8]) -> io::Result<()> {
        while self.open && self.read(buffer)? {}
        Ok(())
    }

    /// Whether more was written than is kept.
    pub(super) fn is_over(&self) -> bool {
        self.captured.written > self.cap
    }

    pub(super) fn into_captured(self) -> Captured {
        self.captured
    }

    fn keep(&mut self, bytes: &[u8]) {
        let room = self.cap.saturating_sub(self.captured.bytes.len() as u64);
        let kept = usize::try_from(room).unwrap_or(usize::MAX).min(bytes.len());
        self.captured.bytes.extend_from_slice(&bytes[..kept]);
        self.captured.written += bytes.len() as u64;
    }
}
