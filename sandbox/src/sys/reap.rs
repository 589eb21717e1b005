//! Reaping children, with what they used.

use std::io;
use std::mem::MaybeUninit;
use std::time::Duration;

use rustix::process::Pid;

/// Whether to wait for a child to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wait {
    /// Return at once.
    No,
    /// Until one ends, or there is none.
    ForOne,
}

/// A child that has ended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reaped {
    pub(crate) pid: Pid,
    /// Its exit status, or the signal that ended it.
    pub(crate) end: Result<i32, i32>,
    /// CPU time of it and of the children it had waited for.
    pub(crate) cpu: Duration,
    /// The part of it that the kernel spent on their behalf.
    pub(crate) cpu_system: Duration,
    /// The largest resident size of any of them, in bytes.
    pub(crate) largest: u64,
}

/// What waiting came to.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Waited {
    /// A child has ended and is reaped.
    Reaped(Reaped),
    /// There are children, and none has ended.
    Running,
    /// There is no child. For pid 1 of a PID namespace: nobody else is in it, since every orphan becomes its child.
    Alone,
}

/// Reaps one child.
pub(crate) fn wait(wait: Wait) -> io::Result<Waited> {
    let options = libc::__WALL | if wait == Wait::No { libc::WNOHANG } else { 0 };
    let mut status = 0;
    let mut usage = MaybeUninit::<libc::rusage>::zeroed();
    let pid = loop {
        // SAFETY: both places are valid for the results.
        let pid = unsafe { libc::wait4(-1, &raw mut status, options, usage.as_mut_ptr()) };
        if pid >= 0 {
            break pid;
        }
        match io::Error::last_os_error() {
            error if error.raw_os_error() == Some(libc::ECHILD) => return Ok(Waited::Alone),
            error if error.kind() == io::ErrorKind::Interrupted => {}
            error => return Err(error),
        }
    };
    let Some(pid) = Pid::from_raw(pid) else {
        return Ok(Waited::Running);
    };
    // SAFETY: zeroed is a valid value of this struct of integers.
    let usage = unsafe { usage.assume_init() };
    let end = if libc::WIFSIGNALED(status) {
        Err(libc::WTERMSIG(status))
    } else {
        Ok(libc::WEXITSTATUS(status))
    };
    let time = |time: libc::timeval| {
        Duration::from_secs(u64::try_from(time.tv_sec).unwrap_or(0))
            + Duration::from_micros(u64::try_from(time.tv_usec).unwrap_or(0))
    };
    Ok(Waited::Reaped(Reaped {
        pid,
        end,
        cpu: time(usage.ru_utime) + time(usage.ru_stime),
        cpu_system: time(usage.ru_stime),
        largest: u64::try_from(usage.ru_maxrss).unwrap_or(0) * 1024,
    }))
}
