//! Signals and inherited descriptors of the init.

use std::io;
use std::marker::PhantomData;
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

/// As long as it lives, this thread gets no SIGPIPE for what it writes. A Rust program ignores that signal unless it has asked
/// for the default, as tools do that are used in shell pipes; the default would end it by a payload that stops reading.
#[derive(Debug)]
pub(crate) struct NoPipeSignal {
    before: libc::sigset_t,
    /// A signal mask is a thread's own.
    not_send: PhantomData<*const ()>,
}

impl NoPipeSignal {
    pub(crate) fn new() -> io::Result<Self> {
        let pipe = pipe_signal();
        let mut before = MaybeUninit::<libc::sigset_t>::uninit();
        // SAFETY: `pipe` is initialised, and `before` a valid place for the old mask.
        match unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, &raw const pipe, before.as_mut_ptr()) } {
            0 => Ok(Self {
                // SAFETY: the call has succeeded, and so filled it.
                before: unsafe { before.assume_init() },
                not_send: PhantomData,
            }),
            errno => Err(io::Error::from_raw_os_error(errno)),
        }
    }
}

impl Drop for NoPipeSignal {
    fn drop(&mut self) {
        let pipe = pipe_signal();
        // SAFETY: `before` was filled by the kernel.
        let was_blocked = unsafe { libc::sigismember(&raw const self.before, libc::SIGPIPE) } == 1;
        if !was_blocked {
            let at_once = libc::timespec {
                tv_sec: 0,
                tv_nsec: 0,
            };
            // SAFETY: set and time are initialised; nothing is asked about the signal.
            unsafe { libc::sigtimedwait(&raw const pipe, std::ptr::null_mut(), &raw const at_once) };
        }
        // SAFETY: `before` was filled by the kernel; the mask of now is not asked for.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const self.before, std::ptr::null_mut()) };
    }
}

fn pipe_signal() -> libc::sigset_t {
    let mut set = MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: `set` is a valid place for the set.
    unsafe { libc::sigemptyset(set.as_mut_ptr()) };
    // SAFETY: `set` was initialised above.
    unsafe { libc::sigaddset(set.as_mut_ptr(), libc::SIGPIPE) };
    // SAFETY: `set` was initialised above.
    unsafe { set.assume_init() }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_that_nobody_reads_is_an_error_and_no_signal() {
        // SAFETY: the default action is no handler. Other tests have a process of their own, or write to no broken pipe.
        unsafe { libc::signal(libc::SIGPIPE, libc::SIG_DFL) };
        let (reading, writing) = rustix::pipe::pipe().unwrap();
        drop(reading);
        let guard = NoPipeSignal::new().unwrap();
        let result = rustix::io::write(&writing, b"x");
        assert_eq!(result, Err(rustix::io::Errno::PIPE));
        // Were the signal still pending, this would be the end of the process.
        drop(guard);
    }
}
