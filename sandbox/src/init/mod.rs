//! The init of a slot: the re-executed program, from the first statement of `main` to its end.
//!
//! Two processes. The *stage*, single-threaded, is what the driver spawned: it takes a user namespace, waits for its
//! id maps, and clones the *init* as pid 1 of new namespaces and as a child of the driver; then it ends. The init builds
//! its root, gives up what it does not need, and serves one run after the other until the driver closes the socket.
//! The end of the init, however it comes about, ends everything in its PID namespace: the kernel sees to that.
//!
//! A parent-death signal would add nothing but a trap: it fires when the *thread* ends that spawned the process, and
//! drivers call from threads that come and go. The socket ends with the driver itself.

mod account;
mod badness;
mod collect;
mod files;
mod mounts;
mod root;
mod serve;
mod supervise;
mod tasks;
mod traces;

use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};

use rustix::io::Errno;
use rustix::process::DumpableBehavior;
use rustix::thread::{CapabilitySet, Gid, Uid};

use crate::defence::{self, Defence};
use crate::socket;
use crate::sys::{self, Code, Fork};
use crate::wire::{Message, Setup};
use badness::Badness;
use tasks::Tasks;
use traces::Traces;

/// What the program is called when it is to be an init.
pub(crate) const NAME: &str = "gavel-slot";
/// Its only argument. A program that does not know about inits takes it for a wrong option and ends, instead of doing
/// what it does without arguments.
pub(crate) const ARGUMENT: &str = "--become-the-init-of-a-slot";

/// Inner user and group id of the init, where the host lets it have one apart from the payload's. Not 0: inner root
/// stays unmapped, so that nothing inside can be it.
pub(crate) const INIT_ID: u32 = 1;
/// Inner user and group id of the payload.
pub(crate) const PAYLOAD_ID: u32 = 1000;

/// Must be the very first statement of `main`: where this process was started as the init of a slot, serves it and
/// never returns.
pub fn init_if_requested() {
    let mut arguments = std::env::args_os();
    if arguments.next().is_some_and(|name| name == NAME)
        && arguments.next().is_some_and(|word| word == ARGUMENT)
    {
        let status = i32::from(be_stage().is_err());
        #[expect(
            clippy::exit,
            reason = "this process is no longer the program that it was started as"
        )]
        std::process::exit(status);
    }
}

/// A step that failed: what was being done, to what, and what the kernel said.
#[derive(Debug)]
struct Failure {
    operation: &'static str,
    subject: String,
    errno: Errno,
}

impl Failure {
    fn at<E: Into<io::Error>>(operation: &'static str, subject: impl Into<String>) -> impl FnOnce(E) -> Self {
        let subject = subject.into();
        move |error| {
            let errno = Errno::from_io_error(&error.into()).unwrap_or(Errno::PROTO);
            Self {
                operation,
                subject,
                errno,
            }
        }
    }

    fn message(&self) -> Message {
        Message::Failed {
            operation: self.operation.to_owned(),
            subject: self.subject.clone(),
            errno: self.errno.raw_os_error(),
        }
    }
}

/// Standard input of stage and init.
fn driver() -> BorrowedFd<'static> {
    rustix::stdio::stdin()
}

fn be_stage() -> Result<(), Failure> {
    enter().inspect_err(|failure| {
        // When even this cannot be sent, the driver reads the end of the socket instead.
        let _ = socket::send(driver(), &failure.message(), &[]);
    })
}

fn enter() -> Result<(), Failure> {
    sys::close_from(3).map_err(Failure::at("close", "inherited descriptors"))?;
    sys::block_and_reset().map_err(Failure::at("block", "signals"))?;
    // Out of the terminal's reach, and of the driver's process group. Only a group leader fails, and is out already.
    let _ = rustix::process::setsid();
    badness::lower();
    // Root's groups must not reach into the slot. An ordinary user may not drop them: they stay, and are unmapped.
    let _ = rustix::thread::set_thread_groups(&[]);
    sys::unshare_user().map_err(Failure::at("unshare", "the user namespace"))?;
    send(&Message::Hello)?;

    let mut buffer = Vec::new();
    let (setup, descriptors) = match receive(&mut buffer)? {
        Some((Message::Setup(setup), descriptors)) => (setup, descriptors),
        Some(_) => return Err(unexpected()),
        None => return Ok(()),
    };
    defence::take_out(setup.without);
    if setup.two_ids {
        let (user, group) = (Uid::from_raw(INIT_ID), Gid::from_raw(INIT_ID));
        rustix::thread::set_thread_res_gid(group, group, group)
            .map_err(Failure::at("set", "the group id"))?;
        rustix::thread::set_thread_res_uid(user, user, user).map_err(Failure::at("set", "the user id"))?;
    }
    match sys::fork_into().map_err(Failure::at("clone", "the init into new namespaces"))? {
        Fork::Parent(pidfd) => socket::send(driver(), &Message::Born, &[rustix::fd::AsFd::as_fd(&pidfd)])
            .map_err(Failure::at("send", "the descriptor of the init")),
        Fork::Child => be_init(&setup, descriptors, buffer),
    }
}

fn be_init(setup: &Setup, descriptors: Vec<OwnedFd>, buffer: Vec<u8>) -> Result<(), Failure> {
    // Taking another id made it undumpable; it becomes so again when it has what it needs, and before any payload.
    let _ = rustix::process::set_dumpable_behavior(DumpableBehavior::Dumpable);
    let badness = Badness::open();
    let tasks = Tasks::open();
    let traces = Traces::open();
    // Where it cannot be found it stays in memory.
    let code = Code::find().ok();
    let proc_mounted = root::build(&setup.tool_roots, &setup.binds)?;
    give_up_privileges()?;
    let slot = serve::Slot::new(setup, descriptors, badness, tasks, traces)?;
    // Most of what has run until now runs only once.
    if let Some(code) = code {
        code.give_back();
    }
    send(&Message::Ready { proc_mounted })?;
    slot.serve(buffer)
}

/// What the payload inherits is given up here, once, and not for every run.
fn give_up_privileges() -> Result<(), Failure> {
    // Nobody inside may trace or read the init.
    if Defence::Undumpable.stands() {
        rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable)
            .map_err(Failure::at("make undumpable", "the init"))?;
    }
    if Defence::NoNewPrivileges.stands() {
        rustix::thread::set_no_new_privs(true).map_err(Failure::at("set", "no_new_privs"))?;
    }
    rustix::thread::clear_ambient_capability_set().map_err(Failure::at("clear", "ambient capabilities"))?;
    if Defence::BoundingSet.stands() {
        empty_bounding_set()?;
    }
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o022));
    Ok(())
}

fn empty_bounding_set() -> Result<(), Failure> {
    for capability in CapabilitySet::all()
        .iter()
        .take_while(|one| one.bits() <= CapabilitySet::CHECKPOINT_RESTORE.bits())
    {
        match rustix::thread::remove_capability_from_bounding_set(capability) {
            // An older kernel does not know the newest ones.
            Ok(()) | Err(Errno::INVAL) => {}
            Err(errno) => {
                return Err(Failure::at::<Errno>(
                    "drop from the bounding set",
                    format!("{capability:?}"),
                )(errno));
            }
        }
    }
    Ok(())
}

fn send(message: &Message) -> Result<(), Failure> {
    socket::send(driver(), message, &[]).map_err(Failure::at("send", "a message"))
}

fn receive(buffer: &mut Vec<u8>) -> Result<Option<(Message, Vec<OwnedFd>)>, Failure> {
    socket::receive(driver(), buffer).map_err(Failure::at("receive", "a message"))
}

/// Waits for what nothing tells of: a millisecond.
fn moment() {
    let moment = rustix::time::Timespec {
        tv_sec: 0,
        tv_nsec: 1_000_000,
    };
    let _ = rustix::event::poll(&mut [], Some(&moment));
}

fn unexpected() -> Failure {
    Failure {
        operation: "receive",
        subject: "a message out of turn".to_owned(),
        errno: Errno::PROTO,
    }
}
