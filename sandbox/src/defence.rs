//! Defences that a test can take out, to see whether anybody would notice.
//!
//! Each is asked for where it is built, by [`Defence::stands`]. Without the feature `ablation`, which only the tests of
//! `tests/ablation` are built with, that is a constant: what runs programs for people has no such switch.

use std::sync::atomic::{AtomicU64, Ordering};

/// A defence that can be taken out by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
#[cfg_attr(
    not(feature = "ablation"),
    expect(unreachable_pub, reason = "shown to tests only")
)]
pub enum Defence {
    /// A network namespace without interfaces.
    NetworkNamespace,
    /// An IPC namespace.
    IpcNamespace,
    /// A UTS namespace: the host's name is not seen.
    UtsNamespace,
    /// A cgroup namespace: the host's groups are not seen.
    CgroupNamespace,
    /// `/proc` shows processes and nothing of the kernel.
    ProcSubset,
    /// `/proc` shows the payload only its own processes.
    ProcHidden,
    /// `/proc` cannot be written to.
    ProcReadOnly,
    /// Tool roots cannot be written to, by nobody.
    ToolsReadOnly,
    /// Set-user-id programs of tool roots are ordinary ones.
    ToolsNoSetUserId,
    /// The slot's root cannot be written to, by nobody.
    RootReadOnly,
    /// Nobody may trace or read the init.
    Undumpable,
    /// No program gives more rights than its caller has.
    NoNewPrivileges,
    /// Capabilities that cannot be had are not in the bounding set.
    BoundingSet,
    /// The filter of system calls.
    Filter,
    /// The payload has another id than the init.
    OwnId,
    /// The payload leads a session of its own.
    Session,
    /// The payload begins with no signal blocked.
    Signals,
    /// Resource limits of each process.
    ResourceLimits,
    /// `/work` and `/tmp` are limited in bytes.
    WorkBytes,
    /// `/work` and `/tmp` are limited in files.
    WorkFiles,
    /// `/work` is new for each run.
    FreshWork,
    /// No process outlives its run.
    Kill,
    /// Processes are numbered anew for each run.
    Numbers,
    /// CPU time of the whole tree is limited.
    CpuLimit,
    /// Wall-clock time is limited.
    WallLimit,
    /// Memory of the whole tree is limited.
    MemoryLimit,
    /// Processes and threads are limited.
    ProcessLimit,
    /// The end of the payload is that of the process that was started, whoever else ends.
    OneProcess,
    /// Wanted files are not looked for through links.
    NoFollow,
    /// Wanted files are regular, and the payload's alone.
    OwnFiles,
    /// Wanted files are limited in size.
    CollectCap,
    /// Standard output is limited.
    OutputLimit,
    /// A file that is standard input cannot be written to.
    StdinReadOnly,
}

/// Those that do not stand in this process: the bits of the defences.
static OUT: AtomicU64 = AtomicU64::new(0);

impl Defence {
    /// Every defence.
    #[cfg(feature = "ablation")]
    pub const ALL: [Self; 33] = [
        Self::NetworkNamespace,
        Self::IpcNamespace,
        Self::UtsNamespace,
        Self::CgroupNamespace,
        Self::ProcSubset,
        Self::ProcHidden,
        Self::ProcReadOnly,
        Self::ToolsReadOnly,
        Self::ToolsNoSetUserId,
        Self::RootReadOnly,
        Self::Undumpable,
        Self::NoNewPrivileges,
        Self::BoundingSet,
        Self::Filter,
        Self::OwnId,
        Self::Session,
        Self::Signals,
        Self::ResourceLimits,
        Self::WorkBytes,
        Self::WorkFiles,
        Self::FreshWork,
        Self::Kill,
        Self::Numbers,
        Self::CpuLimit,
        Self::WallLimit,
        Self::MemoryLimit,
        Self::ProcessLimit,
        Self::OneProcess,
        Self::NoFollow,
        Self::OwnFiles,
        Self::CollectCap,
        Self::OutputLimit,
        Self::StdinReadOnly,
    ];

    const fn bit(self) -> u64 {
        1 << self as u8
    }

    /// Whether it is there: always, but for a test that has taken it out.
    pub(crate) fn stands(self) -> bool {
        !cfg!(feature = "ablation") || OUT.load(Ordering::Relaxed) & self.bit() == 0
    }
}

/// What a slot is to do without, as one number.
pub(crate) fn without(config: &crate::SlotConfig) -> u64 {
    #[cfg(feature = "ablation")]
    return config
        .without
        .iter()
        .fold(0, |bits, defence| bits | defence.bit());
    #[cfg(not(feature = "ablation"))]
    {
        let _ = config;
        0
    }
}

/// Takes defences out of this process.
pub(crate) fn take_out(bits: u64) {
    OUT.store(bits, Ordering::Relaxed);
}
