//! What a grader is given.

use std::path::PathBuf;

use sandbox::SlotConfig;

/// What a [`Grader`](super::Grader) is given.
#[derive(Debug, Clone)]
pub struct GraderConfig {
    /// Concurrent executions.
    pub slots: usize,
    /// What slots are like.
    pub sandbox: SlotConfig,
    /// Where what compilers made is kept, for restarts and for other processes of this user: a directory of its own, which is made.
    /// `None` keeps it in memory alone.
    pub compiled: Option<PathBuf>,
    /// How much is kept there, in bytes. What was used the longest ago goes.
    pub compiled_bytes: u64,
    /// Directories below one of which languages may prepare what makes them start sooner, the first that every user of the host
    /// can look into; without any, nothing is prepared. It is some hundred megabytes, in a directory that goes with the grader.
    pub prepare_in: Vec<PathBuf>,
}

impl Default for GraderConfig {
    fn default() -> Self {
        Self {
            slots: 1,
            sandbox: SlotConfig::default(),
            compiled: None,
            compiled_bytes: 2 << 30,
            prepare_in: Vec::new(),
        }
    }
}
