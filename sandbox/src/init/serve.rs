//! Serving one run after the other.

use std::os::fd::{AsFd, OwnedFd};

use rustix::io::Errno;
use rustix::process::{Resource, Rlimit};

use super::account::Account;
use super::badness::Badness;
use super::files::{Left, Workspace};
use super::mounts::Mounts;
use super::supervise::{Finish, Supervisor, Verdict, reap_failed_launch};
use super::tasks::Tasks;
use super::traces::Traces;
use super::{Failure, PAYLOAD_ID, driver, receive, unexpected};
use crate::End;
use crate::defence::Defence;
use crate::plan;
use crate::socket;
use crate::sys::{self, Launch, LaunchError, Launcher, Started};
use crate::wire::{Ended, Message, PLACE, Run, RunLimits, Setup, WantedFile};

/// The init's side of a slot.
#[derive(Debug)]
pub(super) struct Slot {
    account: Account,
    tasks: Tasks,
    traces: Traces,
    badness: Badness,
    launcher: Launcher,
    child_events: OwnedFd,
    workspace: Workspace,
    two_ids: bool,
    processors: u32,
}

/// What a run sends back.
struct Reply {
    message: Message,
    files: Vec<OwnedFd>,
    /// What the payload has left, where there was one.
    left: Option<Left>,
}

impl Reply {
    fn not_started(step: &str, errno: Errno) -> Self {
        let message = Message::NotStarted {
            step: step.to_owned(),
            errno: errno.raw_os_error(),
        };
        Self {
            message,
            files: Vec::new(),
            left: None,
        }
    }
}

impl Slot {
    pub(super) fn new(
        setup: &Setup,
        descriptors: Vec<OwnedFd>,
        badness: Badness,
        tasks: Tasks,
        mut traces: Traces,
    ) -> Result<Self, Failure> {
        let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let account = Account::new(setup.backend, descriptors)?;
        if badness.is_exempt() {
            account.kill_together()?;
        }
        limit_all()?;
        let mounts = Mounts::new().map_err(Failure::at("start", "the mounting thread"))?;
        traces.remember();
        sys::install_filter(&crate::policy::program()).map_err(Failure::at("load", "the filter"))?;
        Ok(Self {
            account,
            badness,
            tasks,
            traces,
            launcher: Launcher::default(),
            child_events: sys::child_events().map_err(Failure::at("open", "child events"))?,
            workspace: Workspace::new(mounts, setup.two_ids),
            two_ids: setup.two_ids,
            processors: u32::try_from(processors).unwrap_or(1),
        })
    }

    /// Serves until the driver closes its end.
    pub(super) fn serve(mut self, mut buffer: Vec<u8>) -> Result<(), Failure> {
        loop {
            match receive(&mut buffer)? {
                None => return Ok(()),
                // It crossed with the end of the run it meant.
                Some((Message::Stop, _)) => {}
                Some((Message::Run(run), descriptors)) => {
                    if !self.run(run, descriptors, &mut buffer)? {
                        return Ok(());
                    }
                }
                Some(_) => return Err(unexpected()),
            }
        }
    }

    /// One run, from clean places to clean places. False when the driver has gone.
    fn run(&mut self, run: Run, descriptors: Vec<OwnedFd>, buffer: &mut Vec<u8>) -> Result<bool, Failure> {
        self.workspace.prepare(&run.limits, run.again)?;
        let Some(reply) = self.run_in(run, descriptors, buffer)? else {
            return Ok(false);
        };
        let files: Vec<_> = reply.files.iter().map(AsFd::as_fd).collect();
        socket::send(driver(), &reply.message, &files).map_err(Failure::at("send", "the end of a run"))?;
        let left = reply.left;
        drop(reply);
        self.traces.number_anew();
        // After the reply: the driver need not wait for what it has no part in. It hears of a failure before the next run.
        if let Some(left) = left {
            self.workspace.settle(left)?;
        }
        Ok(true)
    }

    fn run_in(
        &mut self,
        run: Run,
        descriptors: Vec<OwnedFd>,
        buffer: &mut Vec<u8>,
    ) -> Result<Option<Reply>, Failure> {
        let Run {
            argv,
            env,
            files,
            again,
            collect,
            work,
            limits,
        } = run;
        let mut descriptors = descriptors.into_iter();
        let (Some(stdin), Some(stdout), Some(stderr)) =
            (descriptors.next(), descriptors.next(), descriptors.next())
        else {
            return Err(unexpected());
        };
        let contents: Vec<OwnedFd> = descriptors.collect();
        let placed: u64 = contents.iter().map(memory_of).sum();
        // First of all: until now the limits are those of the last run, and the files must not be held to them.
        self.account.limit(&limits, self.workspace.inputs() + placed)?;
        if !again && let Err(errno) = self.workspace.fill(&files, &contents, &work, placed)? {
            return Ok(Some(Reply::not_started(PLACE, errno)));
        }
        drop(contents);
        self.workspace.remember()?;
        let launch = Launch {
            argv,
            env,
            stdin,
            stdout,
            stderr,
            directory: work.start_in,
            id: (self.two_ids && Defence::OwnId.stands()).then_some(PAYLOAD_ID),
            rlimits: self.rlimits(&limits),
        };
        let payload = match self.launch(launch)? {
            Ok(payload) => payload,
            Err((step, errno)) => return Ok(Some(Reply::not_started(step, errno))),
        };
        let first = payload.pid;
        let supervisor = Supervisor {
            payload,
            limits: &limits,
            account: &mut self.account,
            child_events: self.child_events.as_fd(),
            buffer,
            processors: self.processors,
        };
        match supervisor.watch()? {
            Verdict::DriverGone => Ok(None),
            Verdict::Ended(finish) => {
                let tasks = self.tasks.since(first);
                self.traces.await_sockets()?;
                self.conclude(&limits, &collect, finish, tasks).map(Some)
            }
        }
    }

    /// Starts the payload, or tells which step it could not do; then nothing of it is left.
    fn launch(&mut self, launch: Launch) -> Result<Result<Started, (&'static str, Errno)>, Failure> {
        self.account.begin()?;
        let launcher = &mut self.launcher;
        match self.badness.raised(|| launcher.start(&launch)) {
            Ok(payload) => {
                self.account.launched(payload.own_cpu);
                Ok(Ok(payload))
            }
            Err(LaunchError::Clone(error)) => Err(Failure::at("clone", "the payload")(error)),
            Err(LaunchError::Step(step, errno)) => {
                reap_failed_launch()?;
                Ok(Err((step, errno)))
            }
        }
    }

    fn conclude(
        &mut self,
        limits: &RunLimits,
        wanted: &[WantedFile],
        finish: Finish,
        tasks: Option<u64>,
    ) -> Result<Reply, Failure> {
        let left = self.workspace.look()?;
        let usage = self.account.finish(left.occupied)?;
        let Finish { end, wall, at } = finish;
        let by_itself = matches!(end, End::Exited(_) | End::Signalled(_));
        let end = if by_itself && usage.cpu > limits.cpu && Defence::CpuLimit.stands() {
            End::CpuLimit
        } else {
            end
        };
        let taken = self.workspace.collect(wanted);
        let ended = Ended {
            end,
            cpu: usage.cpu,
            cpu_system: usage.cpu_system,
            wall,
            at,
            tasks,
            memory: usage.memory,
            memory_kind: usage.memory_kind,
            found: taken.found,
            tree: taken.tree,
            is_work_kept: left.is_work_kept,
        };
        Ok(Reply {
            message: Message::Ended(ended),
            files: taken.files,
            left: Some(left),
        })
    }

    /// What differs from run to run; the rest was given to the init itself, and is inherited.
    fn rlimits(&self, limits: &RunLimits) -> Vec<(Resource, u64)> {
        if !Defence::ResourceLimits.stands() {
            return Vec::new();
        }
        plan::rlimits(limits, self.account.keeper(self.two_ids), highest)
    }
}

/// Limits that are the same for every payload, and that the init can live with.
fn limit_all() -> Result<(), Failure> {
    if !Defence::ResourceLimits.stands() {
        return Ok(());
    }
    let same = [
        // Not 0: that forbids files, but where crashes are piped to a program of the host, this is started all the same.
        (Resource::Core, 1),
        // What the kernel would keep for the payload beyond its memory.
        (Resource::Memlock, 64 << 10),
        (Resource::Msgqueue, 0),
        (Resource::Sigpending, 1024),
        // No claim to be preferred by the scheduler.
        (Resource::Rtprio, 0),
        (Resource::Nice, 0),
    ];
    for (resource, limit) in same {
        let limit = Some(limit.min(highest(resource)));
        let both = Rlimit {
            current: limit,
            maximum: limit,
        };
        rustix::process::setrlimit(resource, both).map_err(Failure::at("limit", format!("{resource:?}")))?;
    }
    Ok(())
}

/// An ordinary user cannot lift what the host has set.
fn highest(resource: Resource) -> u64 {
    rustix::process::getrlimit(resource).maximum.unwrap_or(u64::MAX)
}

/// What a file will take of memory, in bytes.
fn memory_of(content: &OwnedFd) -> u64 {
    let size = rustix::fs::fstat(content).map_or(0, |status| status.st_size);
    u64::try_from(size)
        .unwrap_or(0)
        .next_multiple_of(rustix::param::page_size() as u64)
}
