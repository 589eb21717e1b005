//! The cgroups of a slot: found, made, filled with the init, removed.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::accounting::{Access, ControlFile, V1, V2};
use crate::{Backend, SandboxError};

/// Names of our cgroups begin like this, then driver, its start time, and a number.
const PREFIX: &str = "gavel-slot-";

/// Where cgroups can be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// The hierarchies of memory, cpuacct and pids, in the order of [`CONTROLLERS`].
    V1([PathBuf; 3]),
    /// Our own, delegated group of the unified hierarchy.
    V2(PathBuf),
}

const CONTROLLERS: [&str; 3] = ["memory", "cpuacct", "pids"];

impl Place {
    pub(crate) fn backend(&self) -> Backend {
        match self {
            Self::V1(_) => Backend::CgroupV1,
            Self::V2(_) => Backend::CgroupV2,
        }
    }

    /// The groups that slots are made in.
    fn parents(&self) -> &[PathBuf] {
        match self {
            Self::V1(parents) => parents,
            Self::V2(parent) => std::slice::from_ref(parent),
        }
    }

    /// Removes the cgroups of drivers that are no more. Their processes died with them.
    fn remove_stale(&self) {
        for parent in self.parents() {
            // A driver that found its own group shared with others may have taken one further up.
            let groups_above = parent
                .ancestors()
                .take_while(|group| group.join("cgroup.procs").exists());
            groups_above.for_each(remove_stale);
        }
    }

    /// The best place that this process may use, or why there is none.
    pub(crate) fn find() -> Result<Self, String> {
        let mounts = fs::read_to_string("/proc/self/mountinfo")
            .map_err(|error| format!("/proc/self/mountinfo: {error}"))?;
        let own =
            fs::read_to_string("/proc/self/cgroup").map_err(|error| format!("/proc/self/cgroup: {error}"))?;
        find_v2(&mounts, &own).or_else(|v2| find_v1(&mounts).map_err(|v1| format!("{v2}; {v1}")))
    }
}

/// The leaf that a driver moves itself to, since the kernel lets a group either hold processes or pass controllers on.
/// A service manager may put it there from the start (`DelegateSubgroup=`).
const LEAF: &str = "gavel-driver";

/// The unified hierarchy serves where our own group has the controllers and is ours to divide; for root on a host that
/// gave it no group of its own, the top of the hierarchy does.
fn find_v2(mounts: &str, own: &str) -> Result<Place, String> {
    let root = mount_of(mounts, "cgroup2", None).ok_or("no unified cgroup hierarchy is mounted")?;
    let own = own
        .lines()
        .find_map(|line| line.strip_prefix("0::/"))
        .ok_or("this process is in no unified cgroup")?;
    // In the leaf already, by a service manager or by an earlier slot.
    let own = Path::new(own);
    let group = root.join(if own.ends_with(LEAF) {
        own.parent().unwrap_or(own)
    } else {
        own
    });
    match divide(&group) {
        Ok(()) => Ok(Place::V2(group)),
        Err(_) if missing_in(&root.join(ENABLED)).is_none() && writable(&root).is_ok() => Ok(Place::V2(root)),
        Err(reason) => Err(reason),
    }
}

/// The file that says which controllers a group passes on.
const ENABLED: &str = "cgroup.subtree_control";

/// Makes a group pass the controllers on to groups within it.
fn divide(group: &Path) -> Result<(), String> {
    if let Some(name) = missing_in(&group.join("cgroup.controllers")) {
        return Err(format!("{} has no {name} controller", group.display()));
    }
    writable(group)?;
    let enabled = group.join(ENABLED);
    if missing_in(&enabled).is_none() {
        return Ok(());
    }
    let members = fs::read_to_string(group.join("cgroup.procs")).unwrap_or_default();
    if members.trim() == std::process::id().to_string() {
        let leaf = group.join(LEAF);
        let move_there = || {
            fs::create_dir_all(&leaf)?;
            fs::write(leaf.join("cgroup.procs"), std::process::id().to_string())
        };
        move_there().map_err(|error| format!("{}: {error}", leaf.display()))?;
    }
    // Fails when the group holds others besides us: then it is not ours alone to divide.
    fs::write(&enabled, "+memory +pids").map_err(|error| format!("{}: {error}", enabled.display()))
}

/// The first controller that we need and that a list of them lacks.
fn missing_in(list: &Path) -> Option<&'static str> {
    let list = fs::read_to_string(list).unwrap_or_default();
    ["memory", "pids"]
        .into_iter()
        .find(|name| !list.split_whitespace().any(|word| word == *name))
}

fn find_v1(mounts: &str) -> Result<Place, String> {
    let find = |controller: &str| {
        let path = mount_of(mounts, "cgroup", Some(controller))
            .ok_or_else(|| format!("no cgroup hierarchy with {controller} is mounted"))?;
        writable(&path).map(|()| path)
    };
    let [memory, cpuacct, pids] = CONTROLLERS;
    Ok(Place::V1([find(memory)?, find(cpuacct)?, find(pids)?]))
}

fn writable(directory: &Path) -> Result<(), String> {
    rustix::fs::access(directory, rustix::fs::Access::WRITE_OK).map_err(|errno| {
        format!(
            "{} cannot be written: {}",
            directory.display(),
            io::Error::from(errno)
        )
    })
}

/// The mount point of a file system type whose options name `option`, from the text of `mountinfo`.
fn mount_of(mounts: &str, kind: &str, option: Option<&str>) -> Option<PathBuf> {
    mounts.lines().find_map(|line| {
        let (front, back) = line.split_once(" - ")?;
        let mut back = back.split(' ');
        let (found, _source, options) = (back.next()?, back.next()?, back.next()?);
        let named = option.is_none_or(|option| options.split(',').any(|word| word == option));
        (found == kind && named).then(|| front.split(' ').nth(4).map(PathBuf::from))?
    })
}

/// The cgroups of one slot; removed when dropped, by when the slot's processes must be gone.
#[derive(Debug)]
pub(crate) struct Cgroups {
    directories: Vec<PathBuf>,
    /// What the init is given, in order.
    pub(crate) files: Vec<File>,
}

impl Cgroups {
    /// Makes them, after removing those of drivers that died.
    pub(crate) fn create(place: &Place) -> Result<Self, SandboxError> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let process = std::process::id();
        let name = format!(
            "{PREFIX}{process}-{}-{}",
            start_time(process).unwrap_or(0),
            NEXT.fetch_add(1, Ordering::Relaxed)
        );
        let mut groups = Self {
            directories: Vec::new(),
            files: Vec::new(),
        };
        let parents = place.parents();
        place.remove_stale();
        for parent in parents {
            let directory = parent.join(&name);
            // Two controllers on one hierarchy share the directory.
            match fs::create_dir(&directory) {
                Ok(()) => {}
                Err(error)
                    if error.kind() == io::ErrorKind::AlreadyExists
                        && groups.directories.contains(&directory) => {}
                Err(error) => {
                    return Err(SandboxError::host(
                        "make the cgroup",
                        directory.display().to_string(),
                    )(error));
                }
            }
            groups.directories.push(directory);
        }
        groups.files = match place {
            Place::V1(_) => V1
                .iter()
                .map(|file| groups.open(file))
                .collect::<Result<_, _>>()?,
            Place::V2(_) => {
                // Where the kernel counts no swap there is no such file.
                let _ = fs::write(groups.directories[0].join("memory.swap.max"), "0");
                V2.iter()
                    .map(|file| groups.open(file))
                    .collect::<Result<_, _>>()?
            }
        };
        Ok(groups)
    }

    fn open(&self, file: &ControlFile) -> Result<File, SandboxError> {
        let index = CONTROLLERS
            .iter()
            .position(|name| *name == file.controller)
            .unwrap_or(0);
        let path = self.directories[index].join(file.name);
        let open = |write| OpenOptions::new().read(true).write(write).open(&path);
        match (file.access, open(file.access != Access::Read)) {
            (Access::WriteIfAny | Access::WriteIfAllowed, Err(error))
                if error.kind() == io::ErrorKind::NotFound =>
            {
                OpenOptions::new().read(true).write(true).open("/dev/null")
            }
            (Access::WriteIfAllowed, Err(error)) if error.kind() == io::ErrorKind::PermissionDenied => {
                open(false)
            }
            (_, opened) => opened,
        }
        .map_err(SandboxError::host("open", path.display().to_string()))
    }

    /// Puts a process in, once: what it clones is born there.
    pub(crate) fn adopt(&self, process: u32) -> Result<(), SandboxError> {
        for directory in &self.directories {
            let path = directory.join("cgroup.procs");
            fs::write(&path, process.to_string())
                .map_err(SandboxError::host("enter the cgroup", path.display().to_string()))?;
        }
        Ok(())
    }
}

impl Drop for Cgroups {
    fn drop(&mut self) {
        self.files.clear();
        for directory in &self.directories {
            if let Err(error) = remove(directory) {
                // The next driver that starts, or looks after it, removes it.
                tracing::warn!(cgroup = %directory.display(), %error, "the cgroup of a slot stays behind");
            }
        }
    }
}

/// Removes a cgroup whose processes are dead or dying.
fn remove(directory: &Path) -> io::Result<()> {
    let mut tries = 0;
    loop {
        match fs::remove_dir(directory) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) if error.kind() == io::ErrorKind::ResourceBusy && tries < 50 => {
                // A reaped process leaves its cgroup a moment later, and nothing tells when.
                tries += 1;
                let moment = rustix::time::Timespec {
                    tv_sec: 0,
                    tv_nsec: 1_000_000,
                };
                let _ = rustix::event::poll(&mut [], Some(&moment));
            }
            other => return other,
        }
    }
}

/// Removes the cgroups of slots whose program was killed, on this whole host; those of living programs stay. The next slot that starts does so,
/// too: this is for programs that run for long beside others. Costs a few directory listings; use it from a thread that may block.
pub fn remove_left_behind() {
    if let Ok(place) = Place::find() {
        place.remove_stale();
    }
}

fn remove_stale(parent: &Path) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let Some((process, start)) = name.to_str().and_then(parse_name) else {
            continue;
        };
        if start_time(process) != Some(start) {
            let _ = fs::remove_dir(entry.path());
        }
    }
}

/// Driver and start time in the name of a cgroup of ours.
fn parse_name(name: &str) -> Option<(u32, u64)> {
    let mut parts = name.strip_prefix(PREFIX)?.split('-');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// When a process started, in ticks since boot: with its id it names the process for good.
fn start_time(process: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The second field is the name, in brackets, and may hold anything.
    let (_, rest) = stat.rsplit_once(')')?;
    rest.split_whitespace().nth(19)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mounts_are_found_by_type_and_option() {
        let mounts = "25 30 0:23 / /proc rw - proc proc rw\n\
            34 33 0:29 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory\n\
            35 33 0:30 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n\
            36 33 0:31 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";
        let rows = [
            ("cgroup", Some("memory"), Some("/sys/fs/cgroup/memory")),
            ("cgroup", Some("cpuacct"), Some("/sys/fs/cgroup/cpu,cpuacct")),
            ("cgroup", Some("pids"), None),
            ("cgroup2", None, Some("/sys/fs/cgroup/unified")),
        ];
        for (kind, option, expected) in rows {
            assert_eq!(
                mount_of(mounts, kind, option),
                expected.map(PathBuf::from),
                "{kind} {option:?}"
            );
        }
    }

    /// A directory with the files that are looked at; the kernel's answers to writes are not imitated.
    fn group(path: &Path, controllers: &str, enabled: &str, members: &str) {
        fs::create_dir_all(path).unwrap();
        for (name, text) in [
            ("cgroup.controllers", controllers),
            (ENABLED, enabled),
            ("cgroup.procs", members),
        ] {
            fs::write(path.join(name), text).unwrap();
        }
    }

    #[test]
    fn the_unified_hierarchy_is_taken_where_it_can_be_divided() {
        let me = std::process::id().to_string();
        let all = "cpu io memory pids";
        // Controllers and members of our own group, what the top passes on, and where slots go.
        let rows = [
            (all, "", "", Ok("service")),
            (all, me.as_str(), "", Ok("service")),
            ("cpu", "", all, Ok("")),
            ("cpu memory", "", "memory", Err("has no pids controller")),
        ];
        for (controllers, members, top, expected) in rows {
            let root = tempfile::tempdir().unwrap();
            let service = root.path().join("service");
            group(root.path(), all, top, "");
            group(&service, controllers, "", members);
            let mounts = format!("36 33 0:31 / {} rw - cgroup2 cgroup2 rw\n", root.path().display());
            let found = find_v2(&mounts, "1:name=systemd:/x\n0::/service\n");
            match expected {
                Ok(place) => assert_eq!(
                    found,
                    Ok(Place::V2(root.path().join(place))),
                    "{controllers} {members} {top}"
                ),
                Err(reason) => assert!(
                    found.as_ref().is_err_and(|error| error.contains(reason)),
                    "{found:?}"
                ),
            }
            let moved = fs::read_to_string(service.join(LEAF).join("cgroup.procs")).unwrap_or_default();
            assert_eq!(moved, members, "the only member goes to a leaf");
            assert_eq!(
                find_v2(&mounts, "0::/not-gavel-driver\n").is_ok(),
                top == all,
                "another name is another group"
            );
            // There it is found again.
            if expected == Ok("service") {
                let again = find_v2(&mounts, "0::/service/gavel-driver\n");
                assert_eq!(again, Ok(Place::V2(service)));
            }
        }
    }

    #[test]
    fn names_tell_their_driver() {
        for (name, expected) in [
            ("gavel-slot-12-345-0", Some((12, 345))),
            ("gavel-slot-12", None),
            ("gavel-slot-x-1-0", None),
            ("user.slice", None),
        ] {
            assert_eq!(parse_name(name), expected, "{name}");
        }
        let own = std::process::id();
        assert!(start_time(own).is_some());
        assert_eq!(start_time(u32::MAX / 4), None);
    }
}
