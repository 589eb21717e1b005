//! Serving one run after the other.

use std::os::fd::{AsFd, OwnedFd};

use rustix::process::Resource;

use super::account::Account;
use super::badness::Badness;
use super::files::{WORK, Workspace};
use super::supervise::{Supervisor, Verdict, reap_failed_launch};
use super::{Failure, PAYLOAD_ID, driver, receive, unexpected};
use crate::End;
use crate::socket;
use crate::sys::{self, Launch, LaunchError, Launcher};
use crate::wire::{Ended, Message, Run, RunLimits, Setup};

/// The init's side of a slot.
#[derive(Debug)]
pub(super) struct Slot {
    account: Account,
    badness: Badness,
    launcher: Launcher,
    child_events: OwnedFd,
    filter: Vec<sys::Instruction>,
    two_ids: bool,
    processors: u32,
}

/// What a run sends back.
struct Reply {
    message: Message,
    files: Vec<OwnedFd>,
}

impl Slot {
    pub(super) fn new(setup: &Setup, descriptors: Vec<OwnedFd>, badness: Badness) -> Result<Self, Failure> {
        let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Ok(Self {
            account: Account::new(setup.backend, descriptors)?,
            badness,
            launcher: Launcher::new(),
            child_events: sys::child_events().map_err(Failure::at("open", "child events"))?,
            filter: crate::policy::program(),
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
                    let Some(reply) = self.run(&run, descriptors, &mut buffer)? else {
                        return Ok(());
                    };
                    let files: Vec<_> = reply.files.iter().map(AsFd::as_fd).collect();
                    socket::send(driver(), &reply.message, &files)
                        .map_err(Failure::at("send", "the end of a run"))?;
                }
                Some(_) => return Err(unexpected()),
            }
        }
    }

    /// One run, from an empty work directory to an unmounted one. `None` when the driver has gone.
    fn run(
        &mut self,
        run: &Run,
        descriptors: Vec<OwnedFd>,
        buffer: &mut Vec<u8>,
    ) -> Result<Option<Reply>, Failure> {
        let workspace = Workspace::mount(&run.limits)?;
        let reply = self.run_in(&workspace, run, descriptors, buffer)?;
        workspace.unmount()?;
        Ok(reply)
    }

    fn run_in(
        &mut self,
        workspace: &Workspace,
        run: &Run,
        descriptors: Vec<OwnedFd>,
        buffer: &mut Vec<u8>,
    ) -> Result<Option<Reply>, Failure> {
        let mut descriptors = descriptors.into_iter();
        let (Some(stdin), Some(stdout), Some(stderr)) =
            (descriptors.next(), descriptors.next(), descriptors.next())
        else {
            return Err(unexpected());
        };
        let mut inputs = 0;
        for (file, content) in run.files.iter().zip(descriptors) {
            inputs += workspace.place(file, &content)?.next_multiple_of(4096);
        }
        self.account.limit(&run.limits, inputs)?;
        let rlimits = self.rlimits(&run.limits);
        let launch = Launch {
            argv: &run.argv,
            env: &run.env,
            stdin: stdin.as_fd(),
            stdout: stdout.as_fd(),
            stderr: stderr.as_fd(),
            directory: WORK,
            id: self.two_ids.then_some(PAYLOAD_ID),
            rlimits: &rlimits,
            filter: &self.filter,
        };
        self.account.begin()?;
        let launcher = &mut self.launcher;
        let payload = match self.badness.raised(|| launcher.start(&launch)) {
            Ok(payload) => payload,
            Err(LaunchError::Clone(error)) => return Err(Failure::at("clone", "the payload")(error)),
            Err(LaunchError::Step(step, errno)) => {
                reap_failed_launch()?;
                let message = Message::NotStarted {
                    step: step.to_owned(),
                    errno: errno.raw_os_error(),
                };
                return Ok(Some(Reply {
                    message,
                    files: Vec::new(),
                }));
            }
        };
        // Ours must go, or the driver would never see the end of a pipe.
        drop((stdin, stdout, stderr));
        self.account.launched(payload.own_cpu);
        let supervisor = Supervisor {
            payload,
            limits: &run.limits,
            account: &mut self.account,
            child_events: self.child_events.as_fd(),
            buffer,
            processors: self.processors,
        };
        match supervisor.watch()? {
            Verdict::DriverGone => Ok(None),
            Verdict::Ended(end, wall) => self.conclude(workspace, run, end, wall).map(Some),
        }
    }

    fn conclude(
        &self,
        workspace: &Workspace,
        run: &Run,
        end: End,
        wall: std::time::Duration,
    ) -> Result<Reply, Failure> {
        let usage = self.account.finish(Workspace::occupied())?;
        let by_itself = matches!(end, End::Exited(_) | End::Signalled(_));
        let end = if by_itself && usage.cpu > run.limits.cpu {
            End::CpuLimit
        } else {
            end
        };
        let (found, files) = workspace.collect(&run.collect);
        let message = Message::Ended(Ended {
            end,
            cpu: usage.cpu,
            wall,
            memory: usage.memory,
            found,
        });
        Ok(Reply { message, files })
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
