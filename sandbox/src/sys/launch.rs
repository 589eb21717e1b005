//! The launch of a payload: one vfork-like clone, and the few steps of the child until exec.
//!
//! The child shares the memory of the init. The thread that cloned it is suspended until the child has executed the
//! payload or ended, and the init's other thread waits to be asked by that one. So the child may report through plain memory, and must
//! not allocate, lock or panic: every step is one system call.
//!
//! The filter of system calls is loaded once, by the thread that clones: loading it takes the kernel longer than the whole
//! rest of a launch, and a child inherits it for nothing.

use std::ffi::{CString, c_char, c_int, c_void};
use std::io;
use std::os::fd::{FromRawFd, OwnedFd};
use std::ptr;
use std::time::Duration;

use rustix::io::Errno;
use rustix::process::{Pid, Resource, Rlimit};
use rustix::thread::{CapabilitySet, CapabilitySets, Gid, Uid};
use rustix::time::{ClockId, Timespec, clock_gettime};

use crate::defence::Defence;

/// One instruction of a seccomp program, as the kernel takes it.
pub(crate) type Instruction = libc::sock_filter;

/// What the child needs to know. The descriptors are closed here when it has them.
#[derive(Debug)]
pub(crate) struct Launch {
    pub(crate) argv: Vec<CString>,
    pub(crate) env: Vec<CString>,
    pub(crate) stdin: OwnedFd,
    pub(crate) stdout: OwnedFd,
    pub(crate) stderr: OwnedFd,
    pub(crate) directory: CString,
    /// The user and group id to take, where they are not those of the init.
    pub(crate) id: Option<u32>,
    pub(crate) rlimits: Vec<(Resource, u64)>,
}

/// A payload that runs.
#[derive(Debug)]
pub(crate) struct Started {
    pub(crate) pid: Pid,
    pub(crate) pidfd: OwnedFd,
    /// Monotonic time right before exec.
    pub(crate) at: Timespec,
    /// CPU time that the child had used until then; none of the payload's.
    pub(crate) own_cpu: Duration,
}

/// Why there is no payload.
#[derive(Debug)]
pub(crate) enum LaunchError {
    /// No process could be made.
    Clone(io::Error),
    /// The child could not do a step.
    Step(&'static str, Errno),
}

/// The name of the last step; its failure is the caller's mistake and not ours.
pub(crate) const EXEC: &str = "exec";

/// How many tasks of the slot are the init's own: its first thread, and the one that mounts.
pub(crate) const OWN_TASKS: u64 = 2;

/// Makes payloads.
#[derive(Debug)]
pub(crate) struct Launcher {
    /// The child's, until it executes. Kept from launch to launch, so that no memory is touched anew.
    stack: Vec<u128>,
}

/// More than enough for a chain of small functions in a build without optimisation. So large a block the C library has from the
/// kernel itself, which gives memory only to what of it is touched.
const STACK_BYTES: usize = 256 << 10;

struct Context<'a> {
    launch: &'a Launch,
    argv: Vec<*const c_char>,
    env: Vec<*const c_char>,
    failed: Option<(&'static str, Errno)>,
    at: Timespec,
    own_cpu: Duration,
}

impl Default for Launcher {
    fn default() -> Self {
        Self {
            stack: vec![0; STACK_BYTES / size_of::<u128>()],
        }
    }
}

impl Launcher {
    /// Starts a payload under the filter of this thread. All signals must be blocked.
    pub(crate) fn start(&mut self, launch: &Launch) -> Result<Started, LaunchError> {
        start(launch, &mut self.stack)
    }
}

fn start(launch: &Launch, stack: &mut [u128]) -> Result<Started, LaunchError> {
    let mut context = Context {
        launch,
        argv: pointers(&launch.argv),
        env: pointers(&launch.env),
        failed: None,
        at: clock_gettime(ClockId::Monotonic),
        own_cpu: Duration::ZERO,
    };
    let mut pidfd: c_int = -1;
    let top = stack.as_mut_ptr_range().end;
    let flags = libc::CLONE_VM | libc::CLONE_VFORK | libc::CLONE_PIDFD | libc::SIGCHLD;
    // SAFETY: the child runs `child` on a stack of its own that outlives it, because CLONE_VFORK suspends this thread
    // until the child has executed or ended. `context` and what it borrows live until then too, and nobody else uses them
    // meanwhile: the process has one other thread, which waits for a request of this one, and all signals are blocked.
    let pid = unsafe {
        libc::clone(
            child,
            top.cast(),
            flags,
            (&raw mut context).cast::<c_void>(),
            &raw mut pidfd,
        )
    };
    let Some(pid) = Pid::from_raw(pid).filter(|_| pid > 0) else {
        return Err(LaunchError::Clone(io::Error::last_os_error()));
    };
    // SAFETY: CLONE_PIDFD has put a new descriptor there that nobody else owns.
    let pidfd = unsafe { OwnedFd::from_raw_fd(pidfd) };
    match context.failed {
        None => Ok(Started {
            pid,
            pidfd,
            at: context.at,
            own_cpu: context.own_cpu,
        }),
        Some((step, errno)) => Err(LaunchError::Step(step, errno)),
    }
}

fn pointers(strings: &[CString]) -> Vec<*const c_char> {
    strings
        .iter()
        .map(|string| string.as_ptr())
        .chain([ptr::null()])
        .collect()
}

/// The child. Returning ends it.
extern "C" fn child(context: *mut c_void) -> c_int {
    // SAFETY: `start` passes a pointer to its context, which lives until the child is gone, and looks away meanwhile.
    let context = unsafe { &mut *context.cast::<Context<'_>>() };
    let (step, errno) = prepare_and_execute(context);
    context.failed = Some((step, errno));
    127
}

fn prepare_and_execute(context: &mut Context<'_>) -> (&'static str, Errno) {
    if let Err(failed) = prepare(context) {
        return failed;
    }
    context.at = clock_gettime(ClockId::Monotonic);
    context.own_cpu = super::own_cpu();
    // SAFETY: both arrays end with a null pointer and hold pointers to C strings that `launch` borrows.
    unsafe { libc::execve(context.argv[0], context.argv.as_ptr(), context.env.as_ptr()) };
    (EXEC, last_errno())
}

fn prepare(context: &Context<'_>) -> Result<(), (&'static str, Errno)> {
    fn step(name: &'static str) -> impl FnOnce(Errno) -> (&'static str, Errno) {
        move |errno| (name, errno)
    }
    let launch = context.launch;
    // No terminal, and no process group shared with anybody.
    if Defence::Session.stands() {
        rustix::process::setsid().map_err(step("setsid"))?;
    }
    rustix::stdio::dup2_stdin(&launch.stdin).map_err(step("dup2 stdin"))?;
    rustix::stdio::dup2_stdout(&launch.stdout).map_err(step("dup2 stdout"))?;
    rustix::stdio::dup2_stderr(&launch.stderr).map_err(step("dup2 stderr"))?;
    close_the_rest().map_err(step("close_range"))?;
    rustix::process::chdir(&launch.directory).map_err(step("chdir"))?;
    for (resource, limit) in &launch.rlimits {
        let limit = Rlimit {
            current: Some(*limit),
            maximum: Some(*limit),
        };
        rustix::process::setrlimit(*resource, limit).map_err(step("setrlimit"))?;
    }
    if let Some(id) = launch.id {
        let (user, group) = (Uid::from_raw(id), Gid::from_raw(id));
        rustix::thread::set_thread_res_gid(group, group, group).map_err(step("setresgid"))?;
        rustix::thread::set_thread_res_uid(user, user, user).map_err(step("setresuid"))?;
    }
    let none = CapabilitySet::empty();
    rustix::thread::set_capabilities(
        None,
        CapabilitySets {
            effective: none,
            permitted: none,
            inheritable: none,
        },
    )
    .map_err(step("capset"))?;
    unblock_signals().map_err(step("sigprocmask"))
}

fn close_the_rest() -> Result<(), Errno> {
    // SAFETY: the descriptor table is the child's own copy; the objects that own these descriptors live in the init, whose
    // table is not touched.
    check(unsafe { libc::syscall(libc::SYS_close_range, 3, u32::MAX, 0) })
}

fn unblock_signals() -> Result<(), Errno> {
    if !Defence::Signals.stands() {
        return Ok(());
    }
    let none: u64 = 0;
    // SAFETY: the kernel's signal set is 64 bits, and the size told is its size; the old mask is not asked for.
    let result = unsafe {
        libc::syscall(
            libc::SYS_rt_sigprocmask,
            libc::SIG_SETMASK,
            &raw const none,
            ptr::null_mut::<u64>(),
            size_of::<u64>(),
        )
    };
    check(result)
}

/// Puts this thread, and what it clones, under the filter. `no_new_privs` must be set.
pub(crate) fn install_filter(filter: &[Instruction]) -> Result<(), Errno> {
    if !Defence::Filter.stands() {
        return Ok(());
    }
    let program = libc::sock_fprog {
        len: u16::try_from(filter.len()).map_err(|_| Errno::TOOBIG)?,
        filter: filter.as_ptr().cast_mut(),
    };
    // SAFETY: `program` points at `len` instructions that `filter` holds; the kernel copies and checks them.
    check(unsafe {
        libc::syscall(
            libc::SYS_seccomp,
            libc::SECCOMP_SET_MODE_FILTER,
            0,
            &raw const program,
        )
    })
}

fn check(result: libc::c_long) -> Result<(), Errno> {
    if result == 0 { Ok(()) } else { Err(last_errno()) }
}

fn last_errno() -> Errno {
    Errno::from_io_error(&io::Error::last_os_error()).unwrap_or(Errno::INVAL)
}
