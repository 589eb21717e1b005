//! Who dies first when memory runs out: always a payload, never the init.
//!
//! `oom_score_adj` is inherited by a clone and may be lowered again down to where a privileged process last put it. So
//! the init opens its own file before it gives anything up, raises itself for the moment of the clone, and goes back.
//! The payload cannot do the same: its `/proc` is read-only.

use std::fs::File;
use std::io::Write;
use std::os::unix::fs::FileExt;

/// Most likely to die. Anybody may choose it.
const FIRST: &str = "1000";

/// The handle on this process's own place in the order.
#[derive(Debug)]
pub(super) struct Badness {
    file: Option<File>,
    resting: String,
}

impl Badness {
    /// Takes the safest place that this process may take. Where there is no such file, the order is the kernel's.
    pub(super) fn open() -> Self {
        let path = "/proc/self/oom_score_adj";
        let mut file = std::fs::OpenOptions::new().write(true).open(path).ok();
        let safest = file.as_mut().is_some_and(|file| file.write_all(b"-1000").is_ok());
        let resting = if safest {
            "-1000".to_owned()
        } else {
            std::fs::read_to_string(path).map_or_else(|_| "0".to_owned(), |text| text.trim().to_owned())
        };
        Self { file, resting }
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
