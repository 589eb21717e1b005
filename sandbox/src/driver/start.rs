//! Starting a slot: see the header of `wire` for the messages.

use std::ffi::CString;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags};
use rustix::net::{AddressFamily, SocketFlags, SocketType};
use rustix::time::Timespec;

use super::cgroup::{Cgroups, Place};
use super::ids::Ids;
use super::{Init, Slot, run};
use crate::bind;
use crate::defence;
use crate::init::{ARGUMENT, NAME};
use crate::outcome::Guarantees;
use crate::socket;
use crate::wire::{BIND, Message, Setup};
use crate::{Backend, SandboxError, SlotConfig};

pub(super) fn start(config: &SlotConfig) -> Result<Slot, SandboxError> {
    let place = choose_place(config.backend)?;
    let backend = place.as_ref().map_or(Backend::None, Place::backend);
    let ids = Ids::choose();
    let cgroups = place.as_ref().map(Cgroups::create).transpose()?;
    let without = defence::without(config);
    defence::take_out(without);
    let tool_roots = tool_roots(&config.tool_roots)?;
    let binds = bind::check(config)?;

    let program = config
        .init_program
        .clone()
        .unwrap_or_else(|| PathBuf::from("/proc/self/exe"));
    let mut stage = Stage::spawn(&program, config.patience)?;
    stage.expect_hello(&program)?;
    if let Some(cgroups) = &cgroups {
        cgroups.adopt(stage.child.id())?;
    }
    ids.write_maps(stage.child.id())
        .map_err(SandboxError::host("map ids", format!("{ids:?}")))?;
    let setup = Setup {
        two_ids: ids.are_own(),
        backend,
        tool_roots,
        binds,
        without,
    };
    let files = cgroups.as_ref().map_or(&[][..], |cgroups| &cgroups.files);
    let files: Vec<_> = files.iter().map(AsFd::as_fd).collect();
    socket::send(&stage.socket, &Message::Setup(setup), &files)
        .map_err(SandboxError::host("send", "the setup"))?;
    let (init, proc_mounted) = stage.become_init()?;

    let guarantees = Guarantees {
        backend,
        memory_enforced: backend != Backend::None,
        cpu_complete: backend != Backend::None,
        own_user: ids.are_own(),
        proc_mounted,
    };
    Ok(Slot {
        init,
        cgroups,
        ids,
        guarantees,
        patience: config.patience,
        buffers: run::Buffers::default(),
        kept: None,
        broken: false,
    })
}

fn choose_place(wanted: Option<Backend>) -> Result<Option<Place>, SandboxError> {
    let found = Place::find();
    match (wanted, found) {
        (Some(Backend::None), _) => Ok(None),
        (None, Ok(place)) => Ok(Some(place)),
        (None, Err(reason)) => {
            tracing::warn!(
                reason,
                "no cgroup can be used: memory and processes are limited less strictly"
            );
            Ok(None)
        }
        (Some(backend), Ok(place)) if place.backend() == backend => Ok(Some(place)),
        (Some(backend), Ok(place)) => Err(SandboxError::Unsupported {
            missing: format!(
                "{backend:?} is asked for, and the host offers {:?}",
                place.backend()
            ),
            remedy: "ask for that one, or for the best there is".to_owned(),
        }),
        (Some(backend), Err(reason)) => Err(SandboxError::Unsupported {
            missing: format!("{backend:?} is asked for, but {reason}"),
            remedy: "run as root, or as a service with Delegate=yes".to_owned(),
        }),
    }
}

fn tool_roots(paths: &[PathBuf]) -> Result<Vec<CString>, SandboxError> {
    let check = |path: &PathBuf| {
        let reason = |reason: &str| SandboxError::Invalid {
            field: "tool_roots",
            reason: format!("{}: {reason}", path.display()),
        };
        if !path.is_absolute()
            || path
                .components()
                .any(|part| part == std::path::Component::ParentDir)
        {
            return Err(reason("not an absolute path without `..`"));
        }
        let reserved = ["/proc", "/dev", "/work", "/tmp", "/sys"];
        if path == Path::new("/") || reserved.iter().any(|reserved| path.starts_with(reserved)) {
            return Err(reason("would show too much, or be covered"));
        }
        CString::new(path.as_os_str().as_bytes()).map_err(|_| reason("a NUL byte in the path"))
    };
    paths.iter().map(check).collect()
}

/// The re-executed program until it has made the init.
struct Stage {
    child: Child,
    socket: OwnedFd,
    deadline: Instant,
    buffer: Vec<u8>,
}

impl Stage {
    fn spawn(program: &Path, patience: Duration) -> Result<Self, SandboxError> {
        let (ours, theirs) = rustix::net::socketpair(
            AddressFamily::UNIX,
            SocketType::SEQPACKET,
            SocketFlags::CLOEXEC,
            None,
        )
        .map_err(SandboxError::host("make", "the socket pair of a slot"))?;
        #[expect(
            clippy::disallowed_methods,
            reason = "this is the one place that starts the init of a slot"
        )]
        let mut command = Command::new(program);
        command.arg0(NAME).arg(ARGUMENT).env_clear().current_dir("/");
        // Standard error stays the caller's: a panic of the init must not be lost.
        command.stdin(Stdio::from(theirs)).stdout(Stdio::null());
        let child = command.spawn().map_err(SandboxError::host(
            "start the init of a slot",
            program.display().to_string(),
        ))?;
        Ok(Self {
            child,
            socket: ours,
            deadline: Instant::now() + patience,
            buffer: Vec::new(),
        })
    }

    fn expect_hello(&mut self, program: &Path) -> Result<(), SandboxError> {
        match self.receive()? {
            Some((Message::Hello, _)) => Ok(()),
            Some((message, _)) => Err(failed(message)),
            None => Err(SandboxError::Unsupported {
                missing: format!("{} did not become the init of a slot", program.display()),
                remedy:
                    "call sandbox::init_if_requested() as the first statement of its main, or name another \
                         program in SlotConfig::init_program"
                        .to_owned(),
            }),
        }
    }

    /// Waits until the init stands, and for the end of the stage itself.
    fn become_init(mut self) -> Result<(Init, bool), SandboxError> {
        let mut pidfd = None;
        let mut proc_mounted = None;
        let result = loop {
            if let (Some(_), Some(proc_mounted)) = (&pidfd, proc_mounted) {
                break Ok(proc_mounted);
            }
            match self.receive() {
                Ok(Some((Message::Born, descriptors))) => pidfd = descriptors.into_iter().next(),
                Ok(Some((
                    Message::Ready {
                        proc_mounted: mounted,
                    },
                    _,
                ))) => proc_mounted = Some(mounted),
                Ok(Some((message, _))) => break Err(failed(message)),
                Ok(None) => break Err(ended("the init of a slot")),
                Err(error) => break Err(error),
            }
        };
        let socket = self
            .socket
            .try_clone()
            .map_err(SandboxError::host("duplicate", "the socket of a slot"))?;
        // Whatever happened, an init that was born is ours to reap: this does so when it is dropped.
        let init = pidfd.map(|pidfd| Init {
            socket,
            pidfd: Arc::new(pidfd),
        });
        match (init, result) {
            (Some(init), Ok(proc_mounted)) => Ok((init, proc_mounted)),
            (_, Err(error)) => Err(error),
            (None, Ok(_)) => Err(ended("the init of a slot")),
        }
    }

    fn receive(&mut self) -> Result<Option<(Message, Vec<OwnedFd>)>, SandboxError> {
        wait_readable(&self.socket, self.deadline)
            .map_err(SandboxError::host("wait for", "the init of a slot to stand"))?;
        match socket::receive(&self.socket, &mut self.buffer) {
            // It ended with our setup unread.
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => Ok(None),
            other => other.map_err(SandboxError::host("receive", "a message of the init")),
        }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        // After `Born` it is about to end by itself; before, it waits for us.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until a message or the end of the socket is there.
pub(super) fn wait_readable(socket: impl AsFd, deadline: Instant) -> io::Result<()> {
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        let timeout = Timespec {
            tv_sec: left.as_secs().cast_signed(),
            tv_nsec: left.subsec_nanos().into(),
        };
        let socket = socket.as_fd();
        let mut descriptors = [PollFd::new(&socket, PollFlags::IN)];
        if rustix::io::retry_on_intr(|| rustix::event::poll(&mut descriptors, Some(&timeout)))? > 0 {
            return Ok(());
        }
    }
}

/// What a message means that says the init could not go on, or comes out of turn.
pub(super) fn failed(message: Message) -> SandboxError {
    match message {
        Message::Failed {
            operation,
            subject,
            errno,
        } => {
            let source = io::Error::from_raw_os_error(errno);
            if operation == BIND {
                return SandboxError::Invalid {
                    field: "binds",
                    reason: format!(
                        "{subject} cannot be shown, an ordinary user must be able to reach it: {source}"
                    ),
                };
            }
            if operation == "unshare" || operation == "clone" {
                return SandboxError::Unsupported {
                    missing: format!("the host refuses namespaces ({operation} {subject}: {source})"),
                    remedy: "allow them to ordinary users (sysctl user.max_user_namespaces, \
                             kernel.unprivileged_userns_clone, kernel.apparmor_restrict_unprivileged_userns) or, in a \
                             container, let its seccomp profile pass unshare, clone, mount and pivot_root"
                        .to_owned(),
                };
            }
            SandboxError::host("set up or serve a slot", format!("{operation} {subject}"))(source)
        }
        other => SandboxError::host("understand", format!("{other:?} of an init"))(io::Error::from(
            io::ErrorKind::InvalidData,
        )),
    }
}

pub(super) fn ended(subject: &str) -> SandboxError {
    SandboxError::host("talk to", subject)(io::Error::new(io::ErrorKind::UnexpectedEof, "it ended"))
}
