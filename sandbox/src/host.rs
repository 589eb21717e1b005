//! What a host has that slots are made of, found out by looking, without starting anything.

use std::fs;
use std::path::Path;

use serde::Serialize;

use crate::Backend;
use crate::driver::cgroup::Place;

/// The facts of a host. They say nothing of whether a slot can be set up; [`probe`](crate::probe()) finds that out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Host {
    /// The release of the kernel.
    pub kernel: String,
    /// What programs are built for, such as `x86_64`.
    pub architecture: &'static str,
    /// Processors that this process may use.
    pub processors: usize,
    /// Physical memory, in bytes.
    pub memory_bytes: u64,
    /// The effective user id.
    pub user: u32,
    /// Each kind of namespace that a slot needs, and whether the kernel has it.
    pub namespaces: Vec<(&'static str, bool)>,
    /// Whether the kernel filters system calls.
    pub seccomp: bool,
    /// Where slots can be held and counted, or why nowhere.
    pub cgroup: Result<Backend, String>,
    /// Whether memory can leave a slot's account for swap.
    pub swap_escapes: bool,
}

/// The kinds of namespaces that a slot is made of, as `/proc/self/ns` calls them.
const NAMESPACES: [&str; 7] = ["user", "mnt", "pid", "net", "ipc", "uts", "cgroup"];

impl Host {
    /// Looks at this host.
    pub fn look() -> Self {
        let memory = rustix::system::sysinfo();
        let unit = u64::from(memory.mem_unit);
        let place = Place::find();
        Self {
            kernel: rustix::system::uname().release().to_string_lossy().into_owned(),
            architecture: std::env::consts::ARCH,
            processors: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            memory_bytes: memory.totalram.saturating_mul(unit),
            user: rustix::process::geteuid().as_raw(),
            namespaces: NAMESPACES
                .map(|name| (name, Path::new("/proc/self/ns").join(name).exists()))
                .to_vec(),
            seccomp: Path::new("/proc/sys/kernel/seccomp/actions_avail").exists(),
            swap_escapes: memory.totalswap > 0 && place.as_ref().is_ok_and(|place| !counts_swap(place)),
            cgroup: place.map(|place| place.backend()),
        }
    }

    /// Whether this is root, of the host or of a container.
    pub(crate) fn is_root(&self) -> bool {
        self.user == 0
    }

    /// The command that lets processes have namespaces, by what forbids them here.
    pub(crate) fn namespaces_command(&self) -> String {
        let forbidding = [
            ("user.max_user_namespaces", "0", "15000"),
            ("kernel.unprivileged_userns_clone", "0", "1"),
            ("kernel.apparmor_restrict_unprivileged_userns", "1", "0"),
        ];
        let settings: Vec<String> = forbidding
            .iter()
            .filter(|(name, forbids, _)| {
                let path = Path::new("/proc/sys").join(name.replace('.', "/"));
                fs::read_to_string(path).is_ok_and(|value| value.trim() == *forbids)
            })
            .map(|(name, _, allows)| format!("{name}={allows}"))
            .collect();
        if settings.is_empty() {
            "docker run --security-opt seccomp=unconfined --security-opt apparmor=unconfined \
             --security-opt systempaths=unconfined …"
                .to_owned()
        } else {
            format!("{}sysctl -w {}", self.sudo(), settings.join(" "))
        }
    }

    /// The command that gives slots cgroups.
    pub(crate) fn cgroup_command(&self) -> String {
        let mounted = fs::read_to_string("/sys/fs/cgroup/cgroup.controllers").unwrap_or_default();
        let has_controllers = ["memory", "pids"]
            .iter()
            .all(|name| mounted.split_whitespace().any(|word| word == *name));
        if self.is_root() {
            "mount -o remount,rw /sys/fs/cgroup (in a container: docker run --cgroupns=private --privileged …)"
                .to_owned()
        } else if has_controllers {
            "systemd-run --user --scope -p Delegate=yes gavel doctor".to_owned()
        } else {
            "sudo gavel doctor".to_owned()
        }
    }

    /// The command that gives slots user ids of their own.
    pub(crate) fn own_user_command(&self) -> String {
        if self.is_root() {
            "docker run --userns=host …".to_owned()
        } else {
            "sudo gavel doctor".to_owned()
        }
    }

    /// What a command for root begins with.
    pub(crate) fn sudo(&self) -> &'static str {
        if self.is_root() { "" } else { "sudo " }
    }
}

/// The unified hierarchy does; the older one only where the kernel was told to.
fn counts_swap(place: &Place) -> bool {
    match place {
        Place::V1([memory, ..]) => memory.join("memory.memsw.limit_in_bytes").exists(),
        Place::V2(_) => true,
    }
}
