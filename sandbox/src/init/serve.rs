//! Serving one run after the other.

use std::os::fd::{AsFd, OwnedFd};

use rustix::io::Errno;
use rustix::process::Resource;

use super::account::Account;
use super::badness::Badness;
use super::files::{Spare, Workspace};
use super::supervise::{Finish, Supervisor, Verdict, reap_failed_launch};
use super::tasks::Tasks;
use super::{Failure, PAYLOAD_ID, driver, receive, unexpected};
use crate::End;
use crate::socket;
use crate::sys::{self, Launch, LaunchError, Launcher, Started};
use crate::wire::{Ended, Message, PLACE, PlacedFile, Run, RunLimits, RunWork, Setup, WantedFile};

/// The init's side of a slot.
#[derive(Debug)]
pub(super) struct Slot {
    account: Account,
    tasks: Tasks,
    badness: Badness,
    launcher: Launcher,
    child_events: OwnedFd,
    spare: Spare,
    two_ids: bool,
    processors: u32,
}

/// What a run sends back.
struct Reply {
    message: Message,
    files: Vec<OwnedFd>,
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
        }
    }
}

impl Slot {
    pub(super) fn new(
        setup: &Setup,
        descriptors: Vec<OwnedFd>,
        badness: Badness,
        tasks: Tasks,
    ) -> Result<Self, Failure> {
        let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let account = Account::new(setup.backend, descriptors)?;
        if badness.is_exempt() {
            account.kill_together()?;
        }
        Ok(Self {
            account,
            badness,
            tasks,
            launcher: Launcher::new(crate::policy::program())
                .map_err(Failure::at("start", "the launching thread"))?,
            child_events: sys::child_events().map_err(Failure::at("open", "child events"))?,
            spare: Spare::default(),
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

    /// One run, from an empty work directory to an unmounted one. False when the driver has gone.
    fn run(&mut self, run: Run, descriptors: Vec<OwnedFd>, buffer: &mut Vec<u8>) -> Result<bool, Failure> {
        let workspace = Workspace::mount(&run.limits, &mut self.spare)?;
        let Some(reply) = self.run_in(&workspace, run, descriptors, buffer)? else {
            return Ok(false);
        };
        let files: Vec<_> = reply.files.iter().map(AsFd::as_fd).collect();
        socket::send(driver(), &reply.message, &files).map_err(Failure::at("send", "the end of a run"))?;
        drop(reply);
        // After the reply: the driver need not wait for what it has no part in. It hears of a failure before the next run.
        workspace.unmount(&mut self.spare)?;
        Ok(true)
    }

    fn run_in(
        &mut self,
        workspace: &Workspace,
        run: Run,
        descriptors: Vec<OwnedFd>,
        buffer: &mut Vec<u8>,
    ) -> Result<Option<Reply>, Failure> {
        let Run {
            argv,
            env,
            files,
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
        // First of all: until now the limits are those of the last run, and the files must not be held to them.
        self.account
            .limit(&limits, contents.iter().map(memory_of).sum())?;
        if let Err(errno) = place_all(workspace, &work, &files, contents)? {
            return Ok(Some(Reply::not_started(PLACE, errno)));
        }
        let id = self.two_ids.then_some(PAYLOAD_ID);
        let rlimits = self.rlimits(&limits);
        let launch = Launch {
            argv,
            env,
            stdin,
            stdout,
            stderr,
            directory: work.start_in,
            id,
            rlimits,
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
                self.conclude(workspace, &limits, &collect, finish, tasks)
                    .map(Some)
            }
        }
    }

    /// Starts the payload, or tells which step it could not do; then nothing of it is left.
    fn launch(&mut self, launch: Launch) -> Result<Result<Started, (&'static str, Errno)>, Failure> {
        self.account.begin()?;
        match self.badness.raised(|| self.launcher.start(launch)) {
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
        &self,
        workspace: &Workspace,
        limits: &RunLimits,
        wanted: &[WantedFile],
        finish: Finish,
        tasks: Option<u64>,
    ) -> Result<Reply, Failure> {
        let usage = self.account.finish(Workspace::occupied())?;
        let Finish { end, wall, at } = finish;
        let by_itself = matches!(end, End::Exited(_) | End::Signalled(_));
        let end = if by_itself && usage.cpu > limits.cpu {
            End::CpuLimit
        } else {
            end
        };
        let taken = workspace.collect(wanted);
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
        };
        Ok(Reply {
            message: Message::Ended(ended),
            files: taken.files,
        })
    }

    fn rlimits(&self, limits: &RunLimits) -> Vec<(Resource, u64)> {
        let mut rlimits = vec![
            (Resource::Stack, limits.stack),
            (Resource::Nofile, limits.descriptors),
            // Files are limited by where they lie; this is for those in
            // memory, and beyond the limit that these reach first.
            (
                Resource::Fsize,
                limits.work_bytes.max(limits.memory.saturating_mul(2)),
            ),
            (Resource::Core, 0),
            // A belt for each process; the tree's limit is kept by looking.
            (Resource::Cpu, limits.cpu.as_secs() + 2),
            // What the kernel would keep for the payload beyond its memory.
            (Resource::Memlock, 64 << 10),
            (Resource::Msgqueue, 0),
            (Resource::Sigpending, 1024),
            // No claim to be preferred by the scheduler.
            (Resource::Rtprio, 0),
            (Resource::Nice, 0),
        ];
        rlimits.extend(self.account.process_limits(limits, self.two_ids));
        for (resource, limit) in &mut rlimits {
            // An ordinary user cannot lift what the host has set lower.
            *limit = (*limit).min(rustix::process::getrlimit(*resource).maximum.unwrap_or(u64::MAX));
        }
        rlimits
    }
}

/// What a file will take of memory, in bytes.
fn memory_of(content: &OwnedFd) -> u64 {
    let size = rustix::fs::fstat(content).map_or(0, |status| status.st_size);
    u64::try_from(size)
        .unwrap_or(0)
        .next_multiple_of(rustix::param::page_size() as u64)
}

/// Puts the input files there, or tells why they cannot all be there, which is the caller's mistake.
fn place_all(
    workspace: &Workspace,
    work: &RunWork,
    files: &[PlacedFile],
    contents: Vec<OwnedFd>,
) -> Result<Result<(), Errno>, Failure> {
    let place = || {
        for (file, content) in files.iter().zip(contents) {
            workspace.place(file, &content)?;
        }
        for directory in &work.directories {
            workspace.make_directory(directory)?;
        }
        Ok(())
    };
    match place() {
        Ok(()) if work.read_only => workspace.close().map(Ok),
        Ok(()) => Ok(Ok(())),
        Err(Failure {
            errno: errno @ (Errno::NOSPC | Errno::EXIST | Errno::NOTDIR),
            ..
        }) => Ok(Err(errno)),
        Err(failure) => Err(failure),
    }
}
