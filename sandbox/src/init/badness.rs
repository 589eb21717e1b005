//! Who dies first when memory runs out: always a payload, never the init.
//!
//! `oom_score_adj` is inherited by a clone and may be lowered again down to where a privileged process last put it. So
//! the init opens its own file while it can, raises itself for the moment of the clone, and goes back.
//! The payload cannot do the same: its `/proc` is read-only.

use std::fs::File;
use std::os::unix::fs::FileExt;

/// Most likely to die. Anybody may choose it.
const FIRST: &str = "1000";

/// The handle on this process's own place in the order.
#[derive(Debug)]
pub(super) struct Badness {
    file: Option<File>,
    resting: String,
}

const PATH: &str = "/proc/self/oom_score_adj";

/// Takes the safest place for this process and what it forks, where it may: only a privileged one may, so this comes
/// before the privileges go.
pub(super) fn lower() {
    let _ = std::fs::write(PATH, "-1000");
}

impl Badness {
    /// Opens the place of this very process; a descriptor does not follow a fork. The process must be dumpable, or the
    /// file is root's. Where there is no such file, the order is the kernel's.
    pub(super) fn open() -> Self {
        let resting =
            std::fs::read_to_string(PATH).map_or_else(|_| "0".to_owned(), |text| text.trim().to_owned());
        Self {
            file: std::fs::OpenOptions::new().write(true).open(PATH).ok(),
            resting,
        }
    }

    /// Whether the kernel never kills this process for want of memory.
    pub(super) fn is_exempt(&self) -> bool {
        self.resting == "-1000"
    }

    /// Runs `clone` while this process is the likeliest victim, so that the child inherits that.
    pub(super) fn raised<T>(&self, clone: impl FnOnce() -> T) -> T {
        self.write(FIRST);
        let result = clone();
        self.write(&self.resting);
        result
    }

    fn write(&self, value: &str) {
        if let Some(file) = &self.file {
            // Raising and going back are always allowed; the cgroup's limit holds whoever dies.
            let _ = file.write_at(value.as_bytes(), 0);
        }
    }
}
