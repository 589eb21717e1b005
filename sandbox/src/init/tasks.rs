//! How many tasks a run has started: the kernel numbers them in turn, and tells the last number of the reader's own PID
//! namespace in `/proc/loadavg`.
//!
//! The file is opened while the host's `/proc` is still in sight, since that of a slot does not have it. A container may show a
//! file of its own making there (lxcfs); what that tells does not fit, and is not believed.

use std::fs::File;
use std::os::unix::fs::FileExt;

use rustix::process::Pid;

/// Reads the last number.
#[derive(Debug)]
pub(super) struct Tasks {
    loadavg: Option<File>,
}

impl Tasks {
    /// Opens the file. Nobody but the caller may be in its PID namespace yet: what is no 1 is no number of ours.
    pub(super) fn open() -> Self {
        let loadavg = File::open("/proc/loadavg").ok();
        Self {
            loadavg: loadavg.filter(|file| last(file) == Some(1)),
        }
    }

    /// How many tasks there were from `first` on. `None` where nobody tells, or the numbers have begun anew.
    pub(super) fn since(&self, first: Pid) -> Option<u64> {
        let first = u64::try_from(first.as_raw_pid()).ok()?;
        last(self.loadavg.as_ref()?)?
            .checked_sub(first)
            .map(|more| more + 1)
    }
}

/// The last of five words.
fn last(file: &File) -> Option<u64> {
    let mut buffer = [0; 128];
    let length = file.read_at(&mut buffer, 0).ok()?;
    let text = std::str::from_utf8(&buffer[..length]).ok()?;
    text.split_whitespace().nth(4)?.parse().ok()
}
