//! The one thread of an init that may mount.
//!
//! The first thread has loaded the filter of system calls, so that what it clones inherits it for nothing; the filter forbids
//! mounting. It is a thread and not a process, or the kill of everything at the end of a run would take it along.

use std::ffi::{CStr, CString};
use std::io;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::mount::{MountFlags, UnmountFlags};

use crate::sys;

/// Asks the thread, and waits for it.
#[derive(Debug)]
pub(super) struct Mounts {
    requests: Sender<Request>,
    replies: Receiver<Result<(), Errno>>,
}

enum Request {
    /// A fresh tmpfs with these options.
    Mount(&'static CStr, CString),
    MakeReadOnly(&'static CStr),
    Unmount(&'static CStr),
}

impl Mounts {
    /// Makes the thread. All signals must be blocked, and the filter not be loaded yet.
    pub(super) fn new() -> io::Result<Self> {
        let (requests, inbox) = channel();
        let (outbox, replies) = channel();
        thread::Builder::new()
            .name("mounts".to_owned())
            .stack_size(128 << 10)
            .spawn(move || {
                while let Ok(request) = inbox.recv() {
                    if outbox.send(serve(request)).is_err() {
                        return;
                    }
                }
            })?;
        Ok(Self { requests, replies })
    }

    pub(super) fn mount(&self, place: &'static CStr, options: &str) -> Result<(), Errno> {
        let options = CString::new(options).map_err(|_| Errno::INVAL)?;
        self.ask(Request::Mount(place, options))
    }

    pub(super) fn make_read_only(&self, place: &'static CStr) -> Result<(), Errno> {
        self.ask(Request::MakeReadOnly(place))
    }

    pub(super) fn unmount(&self, place: &'static CStr) -> Result<(), Errno> {
        self.ask(Request::Unmount(place))
    }

    fn ask(&self, request: Request) -> Result<(), Errno> {
        // A thread that is gone has panicked.
        self.requests.send(request).map_err(|_| Errno::SRCH)?;
        self.replies.recv().map_err(|_| Errno::SRCH)?
    }
}

fn serve(request: Request) -> Result<(), Errno> {
    match request {
        Request::Mount(place, options) => {
            // No time of reading is kept: reading leaves nothing behind.
            let flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOATIME;
            rustix::mount::mount("gavel", place, "tmpfs", flags, &*options)
        }
        Request::MakeReadOnly(place) => {
            let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
            let root = rustix::fs::open(place, flags, Mode::empty())?;
            sys::make_read_only(&root, libc::MOUNT_ATTR_NODEV)
                .map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::PROTO))
        }
        Request::Unmount(place) => rustix::mount::unmount(place, UnmountFlags::DETACH),
    }
}
