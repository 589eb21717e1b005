//! CPU clocks.

use std::io;
use std::mem::MaybeUninit;
use std::time::Duration;

use rustix::process::Pid;

/// CPU time of this process.
pub(crate) fn own_cpu() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    duration(time.tv_sec, time.tv_nsec)
}

/// CPU time of a living process or of a zombie, all its threads.
pub(crate) fn process_cpu(pid: Pid) -> io::Result<Duration> {
    let mut clock = 0;
    // SAFETY: `clock` is a valid place for the result, and the call keeps no reference to it.
    let result = unsafe { libc::clock_getcpuclockid(pid.as_raw_pid(), &raw mut clock) };
    if result != 0 {
        return Err(io::Error::from_raw_os_error(result));
    }
    let mut time = MaybeUninit::<libc::timespec>::uninit();
    // SAFETY: `time` is a valid place for the result.
    if unsafe { libc::clock_gettime(clock, time.as_mut_ptr()) } != 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the call succeeded, so it has filled `time`.
    let time = unsafe { time.assume_init() };
    Ok(duration(time.tv_sec, time.tv_nsec))
}

fn duration(seconds: i64, nanoseconds: i64) -> Duration {
    Duration::from_secs(u64::try_from(seconds).unwrap_or(0))
        + Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(0))
}
