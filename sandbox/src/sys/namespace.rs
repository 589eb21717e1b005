//! Namespaces and mounts.

use std::io;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd};

use crate::defence::Defence;

/// Moves this process into a user namespace of its own. Fails in a process with several threads.
pub(crate) fn unshare_user() -> io::Result<()> {
    // SAFETY: a new user namespace invalidates no memory and no descriptor.
    match unsafe { libc::unshare(libc::CLONE_NEWUSER) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Which side of a fork this is.
#[derive(Debug)]
pub(crate) enum Fork {
    /// The old process, with a descriptor of the new one.
    Parent(OwnedFd),
    /// The new process, alone in its namespaces.
    Child,
}

/// Forks into new mount, pid, network, IPC, UTS and cgroup namespaces. The new process is pid 1 there, and a child of
/// the parent of this process, so that this one can end.
///
/// Call it from a single-threaded process only: the child goes on running Rust.
pub(crate) fn fork_into() -> io::Result<Fork> {
    let optional = [
        (Defence::NetworkNamespace, libc::CLONE_NEWNET),
        (Defence::IpcNamespace, libc::CLONE_NEWIPC),
        (Defence::UtsNamespace, libc::CLONE_NEWUTS),
        (Defence::CgroupNamespace, libc::CLONE_NEWCGROUP),
    ];
    let flags = optional
        .into_iter()
        .filter(|(defence, _)| defence.stands())
        .fold(libc::CLONE_NEWNS | libc::CLONE_NEWPID, |flags, (_, flag)| {
            flags | flag
        })
        | libc::CLONE_PARENT
        | libc::CLONE_PIDFD;
    let mut pidfd: libc::c_int = -1;
    // SAFETY: without CLONE_VM this is a fork: the child has a copy of the memory and its own stack. The process is
    // single-threaded (it has not left the first statement of `main`), so no lock is held by a thread that the child lacks.
    let pid = unsafe { libc::syscall(libc::SYS_clone, flags | libc::SIGCHLD, 0, &raw mut pidfd, 0, 0) };
    match pid {
        0 => Ok(Fork::Child),
        1.. => {
            // SAFETY: CLONE_PIDFD has put a new descriptor there that nobody else owns.
            Ok(Fork::Parent(unsafe { OwnedFd::from_raw_fd(pidfd) }))
        }
        _ => Err(io::Error::last_os_error()),
    }
}

/// Adds restrictions to a detached mount and all below it: read-only, no set-user-id, and `extra` attributes.
pub(crate) fn make_read_only(tree: impl AsFd, extra: u64) -> io::Result<()> {
    let wanted = [
        (Defence::ToolsReadOnly, libc::MOUNT_ATTR_RDONLY),
        (Defence::ToolsNoSetUserId, libc::MOUNT_ATTR_NOSUID),
    ];
    let wanted = wanted.into_iter().filter(|(defence, _)| defence.stands());
    let attributes = libc::mount_attr {
        attr_set: wanted.fold(extra, |all, (_, attribute)| all | attribute),
        attr_clr: 0,
        propagation: 0,
        userns_fd: 0,
    };
    // SAFETY: the path is an empty C string, the attributes a valid struct of the size told.
    let result = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            tree.as_fd().as_raw_fd(),
            c"".as_ptr(),
            libc::AT_EMPTY_PATH | libc::AT_RECURSIVE,
            &raw const attributes,
            size_of::<libc::mount_attr>(),
        )
    };
    if result == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}
