//! Signals and inherited descriptors of the init.

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{FromRawFd, OwnedFd};

/// Blocks every signal and gives each its default action, so that a payload inherits no ignored one: Rust ignores
/// SIGPIPE, `nohup` ignores SIGHUP.
pub(crate) fn block_and_reset() -> io::Result<()> {
    // The kernel's own structure, all zero: the default action, no flags, an empty mask. Not the C library's call, which
    // refuses the two signals that it keeps for itself.
    let default = [0_u64; 4];
    for signal in 1..=64 {
        // SAFETY: `default` is as large as the kernel's structure on every architecture that we build for, and installs no
        // handler. SIGKILL and SIGSTOP are refused, which is as well.
        unsafe {
            libc::syscall(
                libc::SYS_rt_sigaction,
                signal,
                default.as_ptr(),
                std::ptr::null_mut::<u64>(),
                size_of::<u64>(),
            )
        };
    }
    let mut all = MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: `all` is a valid place for the set.
    unsafe { libc::sigfillset(all.as_mut_ptr()) };
    // SAFETY: `all` was filled above; the old mask is not asked for.
    match unsafe { libc::sigprocmask(libc::SIG_SETMASK, all.as_ptr(), std::ptr::null_mut()) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// A descriptor that becomes readable when a child ends; SIGCHLD must be blocked.
pub(crate) fn child_events() -> io::Result<OwnedFd> {
    let mut set = MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: `set` is a valid place for the set.
    unsafe { libc::sigemptyset(set.as_mut_ptr()) };
    // SAFETY: `set` was initialised above.
    unsafe { libc::sigaddset(set.as_mut_ptr(), libc::SIGCHLD) };
    // SAFETY: `set` is initialised; -1 asks for a new descriptor.
    let raw = unsafe { libc::signalfd(-1, set.as_ptr(), libc::SFD_CLOEXEC | libc::SFD_NONBLOCK) };
    if raw < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the call returned a new descriptor that nobody else owns.
    Ok(unsafe { OwnedFd::from_raw_fd(raw) })
}

/// Closes every descriptor from `first` on. Only for a process that holds none of them in an object: the init at its start.
pub(crate) fn close_from(first: u32) -> io::Result<()> {
    // SAFETY: at the start of the init nothing owns a descriptor beyond the standard ones; those inherited by mistake are
    // exactly what is to be closed.
    match unsafe { libc::syscall(libc::SYS_close_range, first, u32::MAX, 0) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Sends SIGKILL to every process that this one sees, but itself and pid 1. Only for pid 1 of a PID namespace.
pub(crate) fn kill_all_others() -> io::Result<()> {
    // Anywhere else it would end the user's session.
    if !rustix::process::getpid().is_init() {
        return Err(io::Error::from_raw_os_error(libc::EPERM));
    }
    // SAFETY: a signal touches no memory of this process.
    match unsafe { libc::kill(-1, libc::SIGKILL) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
