//! The root that a slot sees: tool roots read-only, a few devices, its own `/proc`, a synthetic `/etc`, nothing else.
//!
//! It is built on a tmpfs and made read-only; `/work` and `/tmp` are mounted over it anew for every run.

use std::ffi::{CStr, CString, OsStr};
use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::CWD;
use rustix::io::Errno;
use rustix::mount::{
    FsMountFlags, FsOpenFlags, MountAttrFlags, MountFlags, MountPropagationFlags, MoveMountFlags,
    OpenTreeFlags, UnmountFlags,
};

use super::{Failure, PAYLOAD_ID};
use crate::defence::Defence;
use crate::sys;
use crate::wire::{BIND, Shown};

/// Where the new root is put together. Everything needed from the host is opened before it is covered.
const BUILD: &str = "/tmp";
/// Programs expect these; each is bound from the host, because a user namespace cannot make device nodes.
const DEVICES: [&str; 5] = [
    "/dev/null",
    "/dev/zero",
    "/dev/full",
    "/dev/random",
    "/dev/urandom",
];
/// What programs expect to find under `/dev` besides.
const LINKS: [(&str, &str); 5] = [
    ("/proc/self/fd", "dev/fd"),
    ("/proc/self/fd/0", "dev/stdin"),
    ("/proc/self/fd/1", "dev/stdout"),
    ("/proc/self/fd/2", "dev/stderr"),
    // POSIX shared memory and semaphores: fresh for every run, and within the limit of its files.
    ("/tmp", "dev/shm"),
];

/// Builds the root and moves into it. Tells whether `/proc` could be mounted.
pub(super) fn build(tool_roots: &[CString], binds: &[Shown]) -> Result<bool, Failure> {
    rustix::mount::mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC)
        .map_err(Failure::at("make private", "all mounts"))?;
    let devices = open_devices()?;
    let tools = open_tools(tool_roots)?;
    let bound = binds.iter().map(open_bind).collect::<Result<Vec<_>, _>>()?;
    // Visible mounts of procfs decide whether a new one is allowed, so this too comes before the root is covered.
    let proc = open_proc();

    rustix::mount::mount(
        "gavel",
        BUILD,
        "tmpfs",
        MountFlags::NOSUID,
        c"size=1m,nr_inodes=4096,mode=0755",
    )
    .map_err(Failure::at("mount", "the root's tmpfs"))?;
    std::env::set_current_dir(BUILD).map_err(Failure::at("enter", BUILD))?;
    for directory in ["work", "tmp", "proc", "dev", "etc"] {
        fs::create_dir(directory).map_err(Failure::at("make directory", directory))?;
    }
    for (path, tree) in devices {
        place_file(&tree, &path)?;
    }
    for (target, link) in LINKS {
        std::os::unix::fs::symlink(target, link).map_err(Failure::at("link", link))?;
    }
    write_etc()?;
    for tool in tools {
        place_tool(&tool)?;
    }
    for (tool, shown) in bound.iter().zip(binds) {
        place_tool(tool).map_err(|failure| of_bind(shown, failure.errno))?;
    }
    let proc_mounted = match proc {
        Ok(proc) => move_to(&proc, Path::new("proc")).is_ok(),
        Err(_) => false,
    };
    enter()?;
    let _ = rustix::system::sethostname(b"gavel");
    Ok(proc_mounted)
}

fn open_devices() -> Result<Vec<(PathBuf, OwnedFd)>, Failure> {
    let open = |path: &&str| {
        let tree = open_tree(Path::new(path)).map_err(Failure::at("open", *path))?;
        sys::make_read_only(&tree, libc::MOUNT_ATTR_NOEXEC).map_err(Failure::at("restrict", *path))?;
        Ok((PathBuf::from(path), tree))
    };
    DEVICES.iter().map(open).collect()
}

/// Something of the host, and where it is shown.
enum Tool {
    /// A directory, with its mount.
    Directory(PathBuf, OwnedFd),
    /// A file, with its mount.
    File(PathBuf, OwnedFd),
    /// A symbolic link, such as `/bin` on a merged system, with its target.
    Link(PathBuf, PathBuf),
}

fn open_tools(roots: &[CString]) -> Result<Vec<Tool>, Failure> {
    let mut tools = Vec::new();
    for root in roots {
        let path = PathBuf::from(OsStr::from_bytes(root.as_bytes()));
        let failed = |operation| Failure::at::<io::Error>(operation, path.display().to_string());
        let kind = match fs::symlink_metadata(&path) {
            Ok(metadata) => metadata.file_type(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(failed("look at")(error)),
        };
        if kind.is_symlink() {
            let target = fs::read_link(&path).map_err(failed("read link"))?;
            tools.push(Tool::Link(path, target));
            continue;
        }
        let tree = open_read_only(&path).map_err(failed("open tool root"))?;
        tools.push(if kind.is_dir() {
            Tool::Directory(path, tree)
        } else {
            Tool::File(path, tree)
        });
    }
    Ok(tools)
}

/// What is shown elsewhere than it is: the driver has followed all links, and looked whether it is there.
fn open_bind(shown: &Shown) -> Result<Tool, Failure> {
    let [source, target] =
        [&shown.source, &shown.target].map(|path| Path::new(OsStr::from_bytes(path.as_bytes())));
    let failed = |error: io::Error| of_bind(shown, Errno::from_io_error(&error).unwrap_or(Errno::PROTO));
    let kind = fs::symlink_metadata(source).map_err(failed)?;
    let tree = open_read_only(source).map_err(failed)?;
    Ok(if kind.is_dir() {
        Tool::Directory(target.to_owned(), tree)
    } else {
        Tool::File(target.to_owned(), tree)
    })
}

fn of_bind(shown: &Shown, errno: Errno) -> Failure {
    Failure {
        operation: BIND,
        subject: shown.source.to_string_lossy().into_owned(),
        errno,
    }
}

/// Opens a clone of the mounts at a path, and takes from them what a payload must not have.
fn open_read_only(path: &Path) -> io::Result<OwnedFd> {
    let tree = open_tree(path)?;
    sys::make_read_only(&tree, libc::MOUNT_ATTR_NODEV)?;
    Ok(tree)
}

fn open_tree(path: &Path) -> Result<OwnedFd, Errno> {
    let flags =
        OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC | OpenTreeFlags::AT_RECURSIVE;
    rustix::mount::open_tree(CWD, path, flags)
}

/// A procfs of this PID namespace that shows processes only, and to the payload only its own.
///
/// The kernel refuses it where the host's own `/proc` is partly covered, as in many containers.
fn open_proc() -> Result<OwnedFd, Errno> {
    let filesystem = rustix::mount::fsopen("proc", FsOpenFlags::FSOPEN_CLOEXEC)?;
    if Defence::ProcSubset.stands() {
        rustix::mount::fsconfig_set_string(&filesystem, "subset", "pid")?;
    }
    if Defence::ProcHidden.stands() {
        rustix::mount::fsconfig_set_string(&filesystem, "hidepid", "invisible")?;
    }
    rustix::mount::fsconfig_create(&filesystem)?;
    // Read-only, or the payload could change its own oom_score_adj.
    let mut attributes = MountAttrFlags::MOUNT_ATTR_NOSUID
        | MountAttrFlags::MOUNT_ATTR_NODEV
        | MountAttrFlags::MOUNT_ATTR_NOEXEC;
    if Defence::ProcReadOnly.stands() {
        attributes |= MountAttrFlags::MOUNT_ATTR_RDONLY;
    }
    rustix::mount::fsmount(&filesystem, FsMountFlags::FSMOUNT_CLOEXEC, attributes)
}

fn move_to(tree: &OwnedFd, target: &Path) -> Result<(), Errno> {
    rustix::mount::move_mount(tree, c"", CWD, target, MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH)
}

fn place_tool(tool: &Tool) -> Result<(), Failure> {
    match tool {
        Tool::Directory(path, tree) => {
            let inside = inside(path);
            fs::create_dir_all(inside).map_err(Failure::at("make directory", path.display().to_string()))?;
            move_to(tree, inside).map_err(Failure::at("show", path.display().to_string()))
        }
        Tool::File(path, tree) => place_file(tree, path),
        Tool::Link(path, target) => {
            let inside = inside(path);
            make_parent(inside)?;
            std::os::unix::fs::symlink(target, inside)
                .map_err(Failure::at("link", path.display().to_string()))
        }
    }
}

fn place_file(tree: &OwnedFd, path: &Path) -> Result<(), Failure> {
    let inside = inside(path);
    make_parent(inside)?;
    fs::write(inside, b"").map_err(Failure::at("make file", path.display().to_string()))?;
    move_to(tree, inside).map_err(Failure::at("show", path.display().to_string()))
}

fn make_parent(inside: &Path) -> Result<(), Failure> {
    let parent = inside.parent().unwrap_or(inside);
    fs::create_dir_all(parent).map_err(Failure::at("make directory", parent.display().to_string()))
}

/// The place of a host path under the new root, which is the current directory.
fn inside(path: &Path) -> &Path {
    path.strip_prefix("/").unwrap_or(path)
}

fn write_etc() -> Result<(), Failure> {
    let passwd = format!("payload:x:{PAYLOAD_ID}:{PAYLOAD_ID}:payload:/work:/bin/sh\n");
    let group = format!("payload:x:{PAYLOAD_ID}:\n");
    let files = [
        ("etc/passwd", passwd.as_str()),
        ("etc/group", group.as_str()),
        ("etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n"),
        // Its own name too: Java and others ask what address it is.
        ("etc/hosts", "127.0.0.1 localhost gavel\n::1 localhost\n"),
    ];
    for (path, text) in files {
        fs::write(path, text).map_err(Failure::at("write", path))?;
    }
    Ok(())
}

/// Makes the directory the root, lets go of the old one, and makes the new one read-only.
fn enter() -> Result<(), Failure> {
    const DOT: &CStr = c".";
    rustix::process::pivot_root(DOT, DOT).map_err(Failure::at("pivot", "the root"))?;
    // The old root now lies over the new one at the same place; detaching it uncovers the new.
    rustix::mount::unmount(DOT, UnmountFlags::DETACH).map_err(Failure::at("detach", "the old root"))?;
    rustix::process::chdir("/").map_err(Failure::at("enter", "the new root"))?;
    if !Defence::RootReadOnly.stands() {
        return Ok(());
    }
    rustix::mount::mount_remount(
        "/",
        MountFlags::BIND | MountFlags::RDONLY | MountFlags::NOSUID,
        c"",
    )
    .map_err(Failure::at("make read-only", "the new root"))
}
