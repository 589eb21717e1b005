//! Standard input that comes from another process, piece by piece.

use std::io;
use std::os::fd::OwnedFd;

use rustix::event::{PollFd, PollFlags};
use rustix::fs::OFlags;
use rustix::io::Errno;

use super::capture::payload_pipe;
use super::ids::Ids;

/// The writing end of a payload's standard input, and what did not fit into the pipe yet: at most what was given at once.
#[derive(Debug)]
pub(super) struct Feed {
    /// `None` when nothing more is to come, or nobody is there to read it.
    pipe: Option<OwnedFd>,
    waiting: Vec<u8>,
}

/// What a pipe holds. Two programs that both write a lot before they read block each other later than with the kernel's 64 KiB;
/// many problems were made with this size.
const ROOM: usize = 1 << 20;

impl Feed {
    /// A new pipe; the other end is for the payload.
    pub(super) fn pipe(ids: Ids) -> io::Result<(Self, OwnedFd)> {
        let (reading, writing) = payload_pipe(ids)?;
        rustix::fs::fcntl_setfl(&writing, OFlags::NONBLOCK)?;
        // An ordinary user may have used up what the host allows to pipes: less room does as well.
        let _ = rustix::pipe::fcntl_setpipe_size(&writing, ROOM);
        let feed = Self {
            pipe: Some(writing),
            waiting: Vec::new(),
        };
        Ok((feed, reading))
    }

    /// Whether more can be given: nothing is waiting.
    pub(super) fn is_free(&self) -> bool {
        self.waiting.is_empty()
    }

    /// What to poll, as long as something is waiting.
    pub(super) fn watched(&self) -> Option<PollFd<'_>> {
        let pipe = self.pipe.as_ref().filter(|_| !self.is_free())?;
        Some(PollFd::new(pipe, PollFlags::OUT))
    }

    /// Gives the reader more, while it is free. What a reader that is gone would get is dropped.
    pub(super) fn give(&mut self, bytes: &[u8]) -> io::Result<()> {
        let written = self.write(bytes)?;
        if self.pipe.is_some() {
            self.waiting.extend_from_slice(&bytes[written..]);
        }
        Ok(())
    }

    /// Gives of what is waiting as much as fits.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        let waiting = std::mem::take(&mut self.waiting);
        self.give(&waiting)
    }

    /// Gives no more: the reader comes to the end.
    pub(super) fn close(&mut self) {
        self.pipe = None;
        self.waiting.clear();
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(pipe) = &self.pipe else {
            return Ok(0);
        };
        match rustix::io::retry_on_intr(|| rustix::io::write(pipe, bytes)) {
            Ok(written) => Ok(written),
            Err(Errno::AGAIN) => Ok(0),
            Err(Errno::PIPE) => {
                self.close();
                Ok(0)
            }
            Err(errno) => Err(errno.into()),
        }
    }
}
