//! What a host offers, found out by doing it.

use std::time::{Duration, Instant};

use crate::{Guarantees, Host, SandboxError, Slot, SlotConfig};

/// What a host offers to slots.
#[derive(Debug, Clone)]
pub struct Probe {
    /// What every run may rely on.
    pub guarantees: Guarantees,
    /// How long it took to set up a slot.
    pub start: Duration,
    /// What is missing; empty on a host that offers everything.
    pub findings: Vec<Finding>,
}

/// Something that the host lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What is missing.
    pub missing: String,
    /// What that weakens.
    pub weakens: &'static str,
    /// How to mend it.
    pub remedy: String,
    /// A command that does, or the way to one.
    pub command: String,
}

/// Sets up a slot, and tells what it can rely on. An error names what no slot can do without; see [`Finding::fatal`].
pub fn probe(config: &SlotConfig) -> Result<Probe, SandboxError> {
    let begin = Instant::now();
    let slot = Slot::start(config)?;
    let start = begin.elapsed();
    let guarantees = slot.guarantees();
    let mut host = Host::look();
    if config.backend == Some(crate::Backend::None) {
        host.cgroup = Err("the configuration asks for none".to_owned());
    }
    Ok(Probe {
        guarantees,
        start,
        findings: findings(guarantees, &host),
    })
}

impl Finding {
    /// What an error of [`probe`] or of the start of a slot says is missing.
    pub fn fatal(error: &SandboxError, host: &Host) -> Self {
        let (missing, remedy) = match error {
            SandboxError::Unsupported { missing, remedy } => (missing.clone(), remedy.clone()),
            SandboxError::Host { .. } | SandboxError::Exec { .. } | SandboxError::Invalid { .. } => (
                format!("a slot cannot be set up: {error}"),
                "let the sandbox have namespaces, mounts and a root of its own".to_owned(),
            ),
        };
        Self {
            missing,
            weakens: "no program can be run",
            remedy,
            command: host.namespaces_command(),
        }
    }
}

fn findings(guarantees: Guarantees, host: &Host) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Err(reason) = &host.cgroup {
        findings.push(Finding {
            missing: format!("a cgroup for each slot: {reason}"),
            weakens: "memory is limited by looking every few milliseconds, and the CPU time of children that nobody waits \
                      for is counted only while they live",
            remedy: "run as root, or as a systemd service with Delegate=yes and DelegateSubgroup=gavel-driver".to_owned(),
            command: host.cgroup_command(),
        });
    }
    if !guarantees.own_user {
        findings.push(Finding {
            missing: "a host user id for each slot".to_owned(),
            weakens: "a payload that broke out of its namespaces would have the rights of this user",
            remedy: "run as root, or as root of a container with a range of user ids".to_owned(),
            command: host.own_user_command(),
        });
    }
    if !guarantees.proc_mounted {
        findings.push(Finding {
            missing: "a /proc of its own for each slot: parts of the host's are covered".to_owned(),
            weakens: "programs that need /proc fail, such as a JVM; without a cgroup, memory and CPU time of children are \
                      not limited at all",
            remedy: "run the container with an uncovered /proc".to_owned(),
            command: "docker run --security-opt systempaths=unconfined …".to_owned(),
        });
    }
    if host.swap_escapes {
        findings.push(Finding {
            missing: "swap in the account of a slot: this kernel does not count it".to_owned(),
            weakens: "a program may use more memory than its limit, as far as the kernel puts it into swap",
            remedy: "turn swap off, or boot with swapaccount=1".to_owned(),
            command: format!("{}swapoff -a", host.sudo()),
        });
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Backend;

    #[test]
    fn everything_that_is_missing_is_found() {
        let guarantees = |own_user, proc_mounted| Guarantees {
            backend: Backend::None,
            memory_enforced: false,
            cpu_complete: false,
            own_user,
            proc_mounted,
        };
        let host = |cgroup: Result<Backend, &str>, swap_escapes| Host {
            cgroup: cgroup.map_err(str::to_owned),
            swap_escapes,
            ..Host::look()
        };
        let v1 = Ok(Backend::CgroupV1);
        let rows = [
            (guarantees(true, true), host(v1, false), vec![]),
            (
                guarantees(true, true),
                host(v1, true),
                vec!["swap in the account"],
            ),
            (
                guarantees(true, true),
                host(Err("why"), false),
                vec!["a cgroup for each slot: why"],
            ),
            (guarantees(false, true), host(v1, false), vec!["a host user id"]),
            (
                guarantees(false, false),
                host(Err(""), true),
                vec!["a cgroup", "a host user id", "a /proc", "swap"],
            ),
        ];
        for (guarantees, host, expected) in rows {
            let found = findings(guarantees, &host);
            assert_eq!(found.len(), expected.len(), "{found:?}");
            for (finding, expected) in found.iter().zip(expected) {
                assert!(finding.missing.starts_with(expected), "{finding:?}");
                assert!(!finding.command.is_empty(), "{finding:?}");
            }
        }
    }
}
