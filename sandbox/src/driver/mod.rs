//! The driver's side of a slot: any thread of any program.

mod capture;
pub(crate) mod cgroup;
mod content;
pub(crate) mod ids;
mod run;
mod start;

use std::fmt;
use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::process::{Signal, WaitId, WaitIdOptions};

use crate::outcome::{Guarantees, Outcome};
use crate::{SandboxError, SlotConfig, Spec};
use cgroup::Cgroups;
use ids::Ids;

/// A warm slot: one program at a time. Blocking; use it from a thread that may block.
pub struct Slot {
    init: Init,
    /// Dropped after the init: a cgroup can be removed only when nobody is in it.
    cgroups: Option<Cgroups>,
    ids: Ids,
    guarantees: Guarantees,
    patience: Duration,
    buffers: run::Buffers,
    broken: bool,
}

/// The init of a slot; killed and reaped when dropped, and with it all that lives in the slot.
#[derive(Debug)]
struct Init {
    socket: OwnedFd,
    pidfd: OwnedFd,
}

impl Slot {
    /// Sets up a slot: an init process in namespaces and a root of its own.
    pub fn start(config: &SlotConfig) -> Result<Self, SandboxError> {
        start::start(config)
    }

    /// Runs one program. After a [`SandboxError::Host`] the slot must be thrown away.
    pub fn run(&mut self, spec: &Spec) -> Result<Outcome, SandboxError> {
        spec.validate()?;
        if self.broken {
            let broken = std::io::Error::other("it failed before and must be thrown away");
            return Err(SandboxError::host("run", "a broken slot")(broken));
        }
        let result = run::run(self, spec);
        if matches!(result, Err(SandboxError::Host { .. })) {
            self.broken = true;
            self.init.kill();
        }
        result
    }

    /// Whether the slot can take another run.
    pub fn is_usable(&self) -> bool {
        !self.broken
    }

    /// What the host lets every run in this slot rely on.
    pub fn guarantees(&self) -> Guarantees {
        self.guarantees
    }
}

impl fmt::Debug for Slot {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            init,
            cgroups,
            ids,
            guarantees,
            patience: _,
            buffers: _,
            broken,
        } = self;
        formatter
            .debug_struct("Slot")
            .field("init", init)
            .field("cgroups", cgroups)
            .field("ids", ids)
            .field("guarantees", guarantees)
            .field("broken", broken)
            .finish_non_exhaustive()
    }
}

impl Init {
    fn kill(&self) {
        // It may be dead already.
        let _ = rustix::process::pidfd_send_signal(&self.pidfd, Signal::KILL);
    }
}

impl Drop for Init {
    fn drop(&mut self) {
        self.kill();
        // The init's end is told only when the last process of its namespace is gone.
        let pidfd = rustix::fd::AsFd::as_fd(&self.pidfd);
        let _ = rustix::io::retry_on_intr(|| {
            rustix::process::waitid(WaitId::PidFd(pidfd), WaitIdOptions::EXITED)
        });
    }
}
