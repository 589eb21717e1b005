//! The driver's side of a slot: any thread of any program.

mod capture;
pub(crate) mod cgroup;
mod content;
mod feed;
pub(crate) mod ids;
mod kept;
mod pair;
mod reply;
mod request;
mod run;
mod start;
#[cfg(test)]
mod wrong_inits;

use std::fmt;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use rustix::process::{Signal, WaitId, WaitIdOptions};

use crate::outcome::{Guarantees, Outcome};
use crate::pair::{Pair, PairError, PairOutcome, Side};
use crate::{SandboxError, SlotConfig, Spec};
use cgroup::Cgroups;
pub use cgroup::remove_left_behind;
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
    /// What the init has in the work directory and may use again.
    kept: Option<kept::Kept>,
    broken: bool,
}

/// The init of a slot; killed and reaped when dropped, and with it all that lives in the slot.
#[derive(Debug)]
struct Init {
    socket: OwnedFd,
    /// Shared with those who may stop the slot: it names this very init as long as anybody holds it.
    pidfd: Arc<OwnedFd>,
}

/// Ends a slot, whatever runs in it, from any thread and at any time.
#[derive(Debug, Clone)]
pub struct Stopper {
    init: Arc<OwnedFd>,
}

impl Stopper {
    /// Kills the slot's init, and with it every process in the slot. A run that is under way fails at once with a
    /// [`SandboxError::Host`], and the slot must be thrown away. Nothing happens where the slot has gone already.
    pub fn stop(&self) {
        // It may be dead already; no other process can bear the name of this descriptor.
        let _ = rustix::process::pidfd_send_signal(&*self.init, Signal::KILL);
    }
}

impl Slot {
    /// Sets up a slot: an init process in namespaces and a root of its own.
    pub fn start(config: &SlotConfig) -> Result<Self, SandboxError> {
        start::start(config)
    }

    /// Runs one program. After a [`SandboxError::Host`] the slot must be thrown away.
    pub fn run(&mut self, spec: &Spec) -> Result<Outcome, SandboxError> {
        self.check(spec)?;
        run::run(self, spec)
    }

    /// Runs two programs that talk to each other, each in a slot of its own. See [`Pair`] for what they get to see.
    ///
    /// When one cannot be run, the other is stopped. After a [`SandboxError::Host`] on one side the slot of that side must
    /// be thrown away; [`Slot::is_usable`] tells for both.
    pub fn run_pair(program: &mut Self, peer: &mut Self, pair: &Pair) -> Result<PairOutcome, PairError> {
        pair.validate()?;
        program.check(&pair.program).map_err(Side::Program.failed())?;
        peer.check(&pair.peer).map_err(Side::Peer.failed())?;
        pair::run(program, peer, pair)
    }

    fn check(&self, spec: &Spec) -> Result<(), SandboxError> {
        spec.validate()?;
        if self.broken {
            let broken = std::io::Error::other("it failed before and must be thrown away");
            return Err(SandboxError::host("run", "a broken slot")(broken));
        }
        Ok(())
    }

    /// After a fault on our side nobody knows what state the slot is in.
    fn settle<T>(&mut self, result: Result<T, SandboxError>) -> Result<T, SandboxError> {
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

    /// What ends this slot from another thread, when nobody wants to know any more what it runs.
    pub fn stopper(&self) -> Stopper {
        Stopper {
            init: Arc::clone(&self.init.pidfd),
        }
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
            kept: _,
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
        let _ = rustix::process::pidfd_send_signal(&*self.pidfd, Signal::KILL);
    }
}

impl Drop for Init {
    fn drop(&mut self) {
        self.kill();
        // The init's end is told only when the last process of its namespace is gone.
        let pidfd = rustix::fd::AsFd::as_fd(&*self.pidfd);
        let _ = rustix::io::retry_on_intr(|| {
            rustix::process::waitid(WaitId::PidFd(pidfd), WaitIdOptions::EXITED)
        });
    }
}
