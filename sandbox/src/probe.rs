//! What a host offers, found out by doing it.

use std::time::{Duration, Instant};

use crate::driver::cgroup::Place;
use crate::{Backend, Guarantees, SandboxError, Slot, SlotConfig};

/// What a host offers to slots.
#[derive(Debug, Clone)]
pub struct Probe {
    /// The release of the kernel.
    pub kernel: String,
    /// What every run may rely on.
    pub guarantees: Guarantees,
    /// How long it took to set up a slot.
    pub start: Duration,
    /// What is missing; empty on a host that offers everything.
    pub findings: Vec<Finding>,
}

/// Something that the host lacks, that slots can do without.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What is missing.
    pub missing: String,
    /// What that weakens.
    pub weakens: &'static str,
    /// How to mend it.
    pub remedy: &'static str,
}

/// Sets up a slot, and tells what it can rely on. An error names what no slot can do without.
pub fn probe(config: &SlotConfig) -> Result<Probe, SandboxError> {
    let begin = Instant::now();
    let slot = Slot::start(config)?;
    let start = begin.elapsed();
    let guarantees = slot.guarantees();
    let place = if config.backend == Some(Backend::None) {
        Err("the configuration asks for none".to_owned())
    } else {
        Place::find().map(drop)
    };
    let kernel = rustix::system::uname().release().to_string_lossy().into_owned();
    Ok(Probe {
        kernel,
        guarantees,
        start,
        findings: findings(guarantees, place),
    })
}

fn findings(guarantees: Guarantees, place: Result<(), String>) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Err(reason) = place {
        findings.push(Finding {
            missing: format!("a cgroup for each slot: {reason}"),
            weakens: "memory is limited by looking every few milliseconds, and the CPU time of children that nobody waits \
                      for is counted only while they live",
            remedy: "run as root, or as a systemd service with Delegate=yes and DelegateSubgroup=gavel-driver",
        });
    }
    if !guarantees.own_user {
        findings.push(Finding {
            missing: "a host user id for each slot".to_owned(),
            weakens: "a payload that broke out of its namespaces would have the rights of this user",
            remedy: "run as root, or as root of a container with a range of user ids",
        });
    }
    if !guarantees.proc_mounted {
        findings.push(Finding {
            missing: "a /proc of its own for each slot: parts of the host's are covered".to_owned(),
            weakens: "programs that need /proc fail, such as a JVM; without a cgroup, memory and CPU time of children are \
                      not limited at all",
            remedy: "run the container with an uncovered /proc (docker: --security-opt systempaths=unconfined)",
        });
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_missing_is_found() {
        let guarantees = |own_user, proc_mounted| Guarantees {
            backend: Backend::None,
            memory_enforced: false,
            cpu_complete: false,
            own_user,
            proc_mounted,
        };
        let rows = [
            (guarantees(true, true), Ok(()), vec![]),
            (
                guarantees(true, true),
                Err("why".to_owned()),
                vec!["a cgroup for each slot: why"],
            ),
            (guarantees(false, true), Ok(()), vec!["a host user id"]),
            (
                guarantees(false, false),
                Err(String::new()),
                vec!["a cgroup", "a host user id", "a /proc"],
            ),
        ];
        for (guarantees, place, expected) in rows {
            let found = findings(guarantees, place);
            assert_eq!(found.len(), expected.len(), "{found:?}");
            for (finding, expected) in found.iter().zip(expected) {
                assert!(finding.missing.starts_with(expected), "{finding:?}");
            }
        }
    }
}
