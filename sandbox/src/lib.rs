//! Runs one program isolated and measured. Knows nothing of problems, languages or verdicts.
//!
//! - [`Spec`] says what to run, [`Outcome`] what happened, [`SlotConfig`] what a slot is given: plain data.
//! - [`Slot`] is the driver's side of a warm slot: [`Slot::start`] makes its init, [`Slot::run`] runs one program,
//!   and a [`Stopper`] ends it from another thread.
//! - [`Slot::run_pair`] runs two programs that talk to each other, as a [`Pair`] says, each in a slot of its own.
//! - [`init_if_requested`] is the other side. The program that starts slots is re-executed as their init, so its `main`
//!   begins with this call.
//!
//! Inside: `plan` works out what a run comes to, `driver` starts and asks, `init` builds the root and supervises, `wire` and `socket` are what passes between
//! them, `bind` says what else of the host may be shown, `accounting` names the cgroup files that both use, `policy` is
//! the table of system calls, and `sys` holds everything unsafe. `docs/sandbox.md` says what is defended against, how, and by which test.

#[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
compile_error!("programs are isolated by the Linux kernel: build on Linux, x86-64 or aarch64");

mod accounting;
mod bind;
mod config;
mod defence;
mod driver;
mod error;
mod host;
mod init;
mod outcome;
mod pair;
mod plan;
mod policy;
mod probe;
mod socket;
mod spec;
mod sys;
mod wire;

pub use bind::Bind;
pub use config::SlotConfig;
#[cfg(feature = "ablation")]
pub use defence::Defence;
pub use driver::{Slot, Stopper, remove_left_behind};
pub use error::SandboxError;
pub use host::Host;
pub use init::init_if_requested;
pub use outcome::{Backend, Captured, CollectError, Collected, End, Guarantees, MemoryKind, Outcome};
pub use pair::{Pair, PairError, PairOutcome, Piece, Side, Transcript};
pub use probe::{Finding, Probe, probe};
pub use spec::{Collect, Content, InputFile, Limits, Spec, Stdin, Work};
