//! The cgroup files that a driver opens and hands to its init, one list for both sides, in order.
//!
//! An init has no view of the cgroup file system; it reads and writes through these descriptors only. So a run costs no
//! path lookup, and nobody is ever moved between cgroups: the init lives in its own, and what it clones is born there.

/// A file of a cgroup.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ControlFile {
    /// The controller; on the unified hierarchy it is all one.
    pub(crate) controller: &'static str,
    pub(crate) name: &'static str,
    pub(crate) access: Access,
}

/// How a file is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    Write,
    /// To write; it is replaced by `/dev/null` where the kernel has none.
    WriteIfAny,
    /// To write where that is allowed, else to read; it is replaced by `/dev/null` where the kernel has none.
    WriteIfAllowed,
}

const fn file(controller: &'static str, name: &'static str, access: Access) -> ControlFile {
    ControlFile {
        controller,
        name,
        access,
    }
}

/// Version 1. Swap is counted only where the kernel was told to.
pub(crate) const V1: [ControlFile; 8] = [
    file("memory", "memory.limit_in_bytes", Access::Write),
    file("memory", "memory.memsw.limit_in_bytes", Access::WriteIfAny),
    file("memory", "memory.max_usage_in_bytes", Access::Write),
    file("memory", "memory.usage_in_bytes", Access::Read),
    file("memory", "memory.oom_control", Access::Read),
    file("memory", "memory.stat", Access::Read),
    file("cpuacct", "cpuacct.usage", Access::Read),
    file("pids", "pids.max", Access::Write),
];

/// Version 2. `memory.swap.max` is the driver's, once. A peak is counted since Linux 5.19, and can be reset since 6.12.
pub(crate) const V2: [ControlFile; 8] = [
    file("", "memory.max", Access::Write),
    file("", "memory.peak", Access::WriteIfAllowed),
    file("", "memory.current", Access::Read),
    file("", "memory.events", Access::Read),
    file("", "memory.stat", Access::Read),
    file("", "memory.oom.group", Access::Write),
    file("", "cpu.stat", Access::Read),
    file("", "pids.max", Access::Write),
];
