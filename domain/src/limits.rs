//! What a submission may use.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What one run of a submission may use. Set by the problem, adjusted by the language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// CPU time of the whole process tree, in microseconds.
    pub cpu_us: u64,
    /// Wall-clock time, in microseconds.
    pub wall_us: u64,
    /// Memory of the whole process tree, in bytes.
    pub memory_bytes: u64,
    /// Standard output, standard error and files written, together, in bytes.
    pub output_bytes: u64,
    /// Processes at once. Threads count where the host cannot tell them apart.
    pub processes: u32,
}

impl Limits {
    /// The CPU limit as a span.
    pub const fn cpu(&self) -> Duration {
        Duration::from_micros(self.cpu_us)
    }

    /// The wall limit as a span.
    pub const fn wall(&self) -> Duration {
        Duration::from_micros(self.wall_us)
    }
}

impl Default for Limits {
    /// The "typical" system defaults of the Kattis package format (2048 MiB, 8 MiB of output), with a second of CPU time.
    fn default() -> Self {
        Self {
            cpu_us: 1_000_000,
            wall_us: 3_000_000,
            memory_bytes: 2048 << 20,
            output_bytes: 8 << 20,
            processes: 64,
        }
    }
}
