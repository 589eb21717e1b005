//! What the kernel would keep of a run beyond its processes and files, and the next run in the slot could see.
//!
//! - Process numbers go up. A program could tell by its own how much was run before it: they begin anew for every run.
//! - Sockets that were sent through each other and closed are nobody's; until the kernel's collector has come by, their
//!   abstract names are taken, and what was sent through them takes memory. It comes by beside everything else, and nothing
//!   tells when: so they are waited for.
//!
//! The files are opened while the host's `/proc` is in sight, since that of a slot does not have them.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;

use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType};

use super::{Failure, moment};
use crate::defence::Defence;

/// The handles on it.
#[derive(Debug)]
pub(super) struct Traces {
    /// The number that the kernel has last given to a process. `None` where it cannot be set: the kernel may be built without,
    /// and a container may not allow it.
    last_number: Option<File>,
    /// What it was before the first payload, in text.
    first: String,
    /// How many sockets there are in the network namespace, in its first line.
    sockets: Option<File>,
}

/// How often it is looked for sockets that are left, a millisecond apart. Much more than the collector takes on a busy host.
const LOOKS: u32 = 5000;

impl Traces {
    /// Opens the files. No socket may be in the network namespace yet: a count that is not 0 is none of ours.
    pub(super) fn open() -> Self {
        let sockets = File::open("/proc/self/net/sockstat").ok();
        Self {
            last_number: OpenOptions::new()
                .read(true)
                .write(true)
                .open("/proc/sys/kernel/ns_last_pid")
                .ok(),
            first: String::new(),
            sockets: sockets.filter(|file| count(file) == Some(0)),
        }
    }

    /// Remembers which numbers are taken before the first run.
    pub(super) fn remember(&mut self) {
        let mut buffer = [0; 32];
        let length = self
            .last_number
            .as_ref()
            .and_then(|file| file.read_at(&mut buffer, 0).ok())
            .unwrap_or(0);
        let text = String::from_utf8_lossy(&buffer[..length]);
        text.trim().clone_into(&mut self.first);
    }

    /// Has the next run's processes numbered as those of the first were. Nobody but the init may be there.
    pub(super) fn number_anew(&self) {
        if Defence::Numbers.stands()
            && let Some(file) = &self.last_number
        {
            // What it weakens is small, and a host that forbids it is no reason not to judge.
            let _ = file.write_at(self.first.as_bytes(), 0);
        }
    }

    /// Waits until no socket of the run is left. All its processes must be dead.
    pub(super) fn await_sockets(&self) -> Result<(), Failure> {
        let Some(file) = &self.sockets else {
            return Ok(());
        };
        for _ in 0..LOOKS {
            if count(file) == Some(0) {
                return Ok(());
            }
            // Closing any calls the collector, should it have come too early.
            let any =
                rustix::net::socket_with(AddressFamily::UNIX, SocketType::DGRAM, SocketFlags::CLOEXEC, None);
            drop(any);
            moment();
        }
        Err(Failure::at("wait for the end of", "the sockets of a run")(
            Errno::TIMEDOUT,
        ))
    }
}

/// The number in `sockets: used 0`.
fn count(file: &File) -> Option<u64> {
    let mut buffer = [0; 64];
    let length = file.read_at(&mut buffer, 0).ok()?;
    let text = std::str::from_utf8(&buffer[..length]).ok()?;
    let rest = text.strip_prefix("sockets: used ")?;
    rest.split_whitespace().next()?.parse().ok()
}
