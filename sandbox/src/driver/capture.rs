//! Capped output: a pipe whose other end a payload holds.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::event::{PollFd, PollFlags};
use rustix::fs::OFlags;
use rustix::io::Errno;
use rustix::pipe::PipeFlags;
use rustix::thread::{Gid, Uid};

use super::ids::Ids;
use crate::Captured;
use crate::defence::Defence;

/// The reading end of a pipe and what came out of it so far.
#[derive(Debug)]
pub(super) struct Capture {
    /// `None` when there is no writer any more, or nobody wants to read.
    pipe: Option<OwnedFd>,
    /// The payload's end. It is held here too where nobody asks when the payload closes its own, so that this wakes nobody.
    writing: Option<OwnedFd>,
    cap: u64,
    captured: Captured,
    keeping: Keeping,
}

/// What becomes of the bytes that were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keeping {
    /// They are part of the outcome.
    Here,
    /// They are counted; whoever reads takes them.
    Elsewhere,
}

/// How much is read at once: as much as a pipe holds.
pub(super) const CHUNK: usize = 64 << 10;

impl Capture {
    /// A new pipe.
    pub(super) fn pipe(cap: u64, keeping: Keeping, ids: Ids) -> io::Result<Self> {
        let (reading, writing) = payload_pipe(ids)?;
        rustix::fs::fcntl_setfl(&reading, OFlags::NONBLOCK)?;
        Ok(Self {
            pipe: Some(reading),
            writing: Some(writing),
            cap,
            captured: Captured::default(),
            keeping,
        })
    }

    /// What the payload is given.
    pub(super) fn writing(&self) -> Option<BorrowedFd<'_>> {
        self.writing.as_ref().map(AsFd::as_fd)
    }

    /// The payload has its end, or will never get it.
    pub(super) fn given(&mut self) {
        if self.keeping == Keeping::Elsewhere {
            self.writing = None;
        }
    }

    /// What to poll, as long as anything can come.
    pub(super) fn watched(&self) -> Option<PollFd<'_>> {
        self.pipe.as_ref().map(|pipe| PollFd::new(pipe, PollFlags::IN))
    }

    /// Reads once, and tells what of it is within the cap; `None` when nothing is there.
    pub(super) fn read<'b>(&mut self, buffer: &'b mut [u8]) -> io::Result<Option<&'b [u8]>> {
        let Some(pipe) = &self.pipe else {
            return Ok(None);
        };
        match rustix::io::read(pipe, &mut *buffer) {
            Ok(0) => {
                self.close();
                Ok(None)
            }
            Ok(length) => Ok(Some(self.count(&buffer[..length]))),
            Err(Errno::AGAIN | Errno::INTR) => Ok(None),
            Err(errno) => Err(errno.into()),
        }
    }

    /// Reads what is left in the pipe. All payloads must be dead; the end of the pipe is not waited for all the same.
    pub(super) fn drain(&mut self, buffer: &mut [u8]) -> io::Result<()> {
        while self.read(buffer)?.is_some() {}
        Ok(())
    }

    /// Reads no more: whoever still writes is told by the kernel.
    pub(super) fn close(&mut self) {
        self.pipe = None;
    }

    /// Whether more was written than is kept.
    pub(super) fn is_over(&self) -> bool {
        self.captured.written > self.cap && Defence::OutputLimit.stands()
    }

    pub(super) fn into_captured(self) -> Captured {
        self.captured
    }

    fn count<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        let room = self.cap.saturating_sub(self.captured.written);
        let within = usize::try_from(room).unwrap_or(usize::MAX).min(bytes.len());
        let within = &bytes[..within];
        if self.keeping == Keeping::Here {
            self.captured.bytes.extend_from_slice(within);
        }
        self.captured.written += bytes.len() as u64;
        within
    }
}

/// A pipe that the payload has one end of, as reader and writer.
pub(super) fn payload_pipe(ids: Ids) -> io::Result<(OwnedFd, OwnedFd)> {
    let (reading, writing) = rustix::pipe::pipe_with(PipeFlags::CLOEXEC)?;
    if ids.are_own() {
        // Or opening /dev/stdin and /dev/stdout would be refused.
        let id = ids.payload();
        rustix::fs::fchown(&writing, Some(Uid::from_raw(id)), Some(Gid::from_raw(id)))?;
    }
    Ok((reading, writing))
}
