//! Everything unsafe: the system calls that have no safe wrapper, and the launch of the payload.
//!
//! One call a function, no policy. What to call when is decided by `init` and `driver`.

#![expect(
    unsafe_code,
    reason = "clone, seccomp and the like have no safe wrapper; every block says why it is sound"
)]

mod clock;
mod code;
mod launch;
mod namespace;
mod reap;
mod signals;

pub(crate) use clock::{own_cpu, process_cpu};
pub(crate) use code::Code;
pub(crate) use launch::{
    EXEC, Instruction, Launch, LaunchError, Launcher, OWN_TASKS, Started, install_filter,
};
pub(crate) use namespace::{Fork, fork_into, make_read_only, unshare_user};
pub(crate) use reap::{Reaped, Wait, Waited, wait};
pub(crate) use signals::{NoPipeSignal, block_and_reset, child_events, close_from, kill_all_others};
