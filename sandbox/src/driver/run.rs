//! One run, as the driver sees it: a request, two pipes, a reply.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags};
use rustix::io::Errno;
use rustix::time::Timespec;

use super::capture::{CHUNK, Capture, Keeping};
use super::kept::Kept;
use super::reply::{collected, not_started};
use super::request::request;
use super::start::{ended, failed};
use super::{Slot, content};
use crate::outcome::{End, Outcome};
use crate::socket;
use crate::wire::{Ended, Message};
use crate::{SandboxError, Spec};

/// Memory that is reused from run to run.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    message: Vec<u8>,
    output: Vec<u8>,
}

pub(super) fn run(slot: &mut Slot, spec: &Spec) -> Result<Outcome, SandboxError> {
    let stdin = content::stdin(&spec.stdin, slot.ids);
    let stdin = slot.settle(stdin)?;
    let mut running = Running::prepare(slot, spec, stdin, Keeping::Here)?;
    running.send();
    while let Some(until) = running.attend_until() {
        match wait(running.watched(), until) {
            Ok([reply, stdout, stderr]) => {
                if stdout {
                    running.read_output();
                }
                running.attend(reply, stderr);
            }
            Err(error) => running.fail("wait for", "the end of a run", error),
        }
    }
    running.conclude()
}

/// A run under way, until it is concluded. What goes wrong on our side of the fence ends it, and is told at the end.
pub(super) struct Running<'a> {
    slot: &'a mut Slot,
    spec: &'a Spec,
    /// For the init, standard input and the content of files; closed here when it has them.
    descriptors: Vec<OwnedFd>,
    /// What is in the work directory already, where that is just what this run wants.
    kept: Option<Kept>,
    stdout: Capture,
    stderr: Capture,
    /// When the init is given up.
    deadline: Instant,
    /// When the init is told to end the run, unless it ends before.
    stop_at: Option<Instant>,
    is_stopped: bool,
    reply: Option<Result<(Ended, Vec<OwnedFd>), SandboxError>>,
}

impl<'a> Running<'a> {
    /// Makes the pipes and gathers what the init is to get.
    pub(super) fn prepare(
        slot: &'a mut Slot,
        spec: &'a Spec,
        stdin: OwnedFd,
        keeping: Keeping,
    ) -> Result<Self, SandboxError> {
        let ids = slot.ids;
        let kept = slot.kept.take().filter(|kept| kept.is_for(spec));
        let make = || {
            let pipe = |cap, keeping| {
                Capture::pipe(cap, keeping, ids).map_err(SandboxError::host("make", "an output pipe"))
            };
            let stdout = pipe(spec.limits.stdout, keeping)?;
            let stderr = pipe(spec.limits.stderr, Keeping::Here)?;
            let mut descriptors = vec![stdin];
            if kept.is_none() {
                for file in &spec.files {
                    descriptors.push(content::input(&file.name, &file.content)?);
                }
            }
            Ok((descriptors, stdout, stderr))
        };
        let (descriptors, stdout, stderr) = slot.settle(make())?;
        slot.buffers.output.resize(CHUNK, 0);
        Ok(Self {
            deadline: Instant::now() + spec.limits.wall + slot.patience,
            slot,
            spec,
            descriptors,
            kept,
            stdout,
            stderr,
            stop_at: None,
            is_stopped: false,
            reply: None,
        })
    }

    /// Asks the init for the run.
    pub(super) fn send(&mut self) {
        let descriptors = std::mem::take(&mut self.descriptors);
        let mut borrowed: Vec<_> = descriptors.iter().map(AsFd::as_fd).collect();
        borrowed.splice(
            1..1,
            [&self.stdout, &self.stderr]
                .into_iter()
                .filter_map(Capture::writing),
        );
        let again = self.kept.is_some();
        let files = if again { &[] } else { &self.spec.files[..] };
        let message = Message::Run(request(self.spec, files, again));
        if let Err(error) = socket::send(&self.slot.init.socket, &message, &borrowed) {
            self.fail("send", "a run to the init", error);
        }
        self.stdout.given();
        self.stderr.given();
    }

    /// Whether the init still owes its reply.
    pub(super) fn is_under_way(&self) -> bool {
        self.reply.is_none()
    }

    /// What the init has told of the end.
    pub(super) fn ended(&self) -> Option<&Ended> {
        match &self.reply {
            Some(Ok((ended, _))) => Some(ended),
            Some(Err(_)) | None => None,
        }
    }

    /// Whether there is no end to be told, and will be none.
    pub(super) fn has_failed(&self) -> bool {
        matches!(self.reply, Some(Err(_)))
    }

    /// When something is to be done at the latest; `None` when nothing is waited for any more.
    pub(super) fn attend_until(&self) -> Option<Instant> {
        self.is_under_way()
            .then(|| self.stop_at.map_or(self.deadline, |at| at.min(self.deadline)))
    }

    /// What to poll: the reply, standard output, standard error.
    pub(super) fn watched(&self) -> [Option<PollFd<'_>>; 3] {
        let reply = self
            .is_under_way()
            .then(|| PollFd::new(&self.slot.init.socket, PollFlags::IN));
        [reply, self.stdout.watched(), self.stderr.watched()]
    }

    /// Does what is due, for what poll told and for the time it is.
    pub(super) fn attend(&mut self, reply: bool, stderr: bool) {
        if stderr && let Err(error) = self.stderr.read(&mut self.slot.buffers.output) {
            self.fail("read", "standard error", error);
        }
        if reply {
            self.receive();
        }
        let now = Instant::now();
        if self.stop_at.is_some_and(|at| at <= now) {
            self.stop();
        }
        if self.deadline <= now {
            let error = io::Error::new(io::ErrorKind::TimedOut, "the init does not reply");
            self.fail("wait for", "the end of a run", error);
        }
    }

    /// Reads standard output once, and tells what of it is within the limit; `None` when nothing is there. Beyond the limit
    /// the run is stopped.
    pub(super) fn read_output(&mut self) -> Option<&[u8]> {
        // Taken for the while, because what is told lies in it.
        let mut buffer = std::mem::take(&mut self.slot.buffers.output);
        let read = self.stdout.read(&mut buffer).map(|read| read.map(<[u8]>::len));
        self.slot.buffers.output = buffer;
        if self.stdout.is_over() {
            self.stop();
        }
        match read {
            Ok(length) => length.map(|length| &self.slot.buffers.output[..length]),
            Err(error) => {
                self.fail("read", "standard output", error);
                None
            }
        }
    }

    /// Reads standard output no more.
    pub(super) fn close_output(&mut self) {
        self.stdout.close();
    }

    /// Has the run stopped when it has not ended by itself after this time.
    pub(super) fn stop_in(&mut self, grace: Duration) {
        if !self.is_stopped && self.stop_at.is_none() {
            self.stop_at = Some(Instant::now() + grace);
        }
    }

    /// Tells the init to end the run.
    pub(super) fn stop(&mut self) {
        if self.is_stopped || !self.is_under_way() {
            return;
        }
        self.is_stopped = true;
        self.stop_at = None;
        self.deadline = self.deadline.min(Instant::now() + self.slot.patience);
        if let Err(error) = socket::send(&self.slot.init.socket, &Message::Stop, &[]) {
            self.fail("send", "a stop to the init", error);
        }
    }

    /// Ends the run with an error. What came first stays.
    pub(super) fn fail(&mut self, operation: &'static str, subject: &str, error: impl Into<io::Error>) {
        if self.is_under_way() {
            self.reply = Some(Err(SandboxError::host(operation, subject)(error.into())));
        }
    }

    fn receive(&mut self) {
        let received = socket::receive(&self.slot.init.socket, &mut self.slot.buffers.message)
            .map_err(SandboxError::host("receive", "the end of a run"));
        self.reply = Some(received.and_then(|received| match received {
            Some((Message::Ended(ended), files)) => Ok((ended, files)),
            Some((Message::NotStarted { step, errno }, _)) => Err(not_started(self.spec, &step, errno)),
            Some((message, _)) => Err(failed(message)),
            None => Err(ended("the init of a slot")),
        }));
    }

    /// The outcome of a run that is not under way any more.
    pub(super) fn conclude(self) -> Result<Outcome, SandboxError> {
        let Self { slot, spec, .. } = self;
        let reply = self.reply.unwrap_or_else(|| Err(ended("the init of a slot")));
        let outcome = reply.and_then(|(ended, files)| {
            let mut outputs = [self.stdout, self.stderr];
            for output in &mut outputs {
                output
                    .drain(&mut slot.buffers.output)
                    .map_err(SandboxError::host("read", "output"))?;
            }
            let [stdout, stderr] = outputs;
            if ended.is_work_kept {
                slot.kept = self.kept.or_else(|| Kept::of(spec));
            }
            let end = match ended.end {
                End::Exited(_) | End::Signalled(_) | End::Stopped if stdout.is_over() => End::OutputLimit,
                end => end,
            };
            Ok(Outcome {
                end,
                cpu: ended.cpu,
                cpu_system: ended.cpu_system.min(ended.cpu),
                wall: ended.wall,
                memory: ended.memory,
                memory_kind: ended.memory_kind,
                tasks: ended.tasks,
                guarantees: slot.guarantees,
                stdout: stdout.into_captured(),
                stderr: stderr.into_captured(),
                collected: collected(spec, &ended, files)?,
            })
        });
        slot.settle(outcome)
    }
}

/// Waits until something is there, or this time has come; tells for each what is there.
pub(super) fn wait<const N: usize>(
    watched: [Option<PollFd<'_>>; N],
    until: Instant,
) -> Result<[bool; N], Errno> {
    let left = until.saturating_duration_since(Instant::now());
    let timeout = Timespec {
        tv_sec: left.as_secs().cast_signed(),
        tv_nsec: left.subsec_nanos().into(),
    };
    let is_watched = watched.each_ref().map(Option::is_some);
    let mut descriptors: Vec<_> = watched.into_iter().flatten().collect();
    rustix::io::retry_on_intr(|| rustix::event::poll(&mut descriptors, Some(&timeout)))?;
    let mut told = descriptors.iter().map(|one| !one.revents().is_empty());
    Ok(is_watched.map(|is_watched| is_watched && told.next().unwrap_or(false)))
}
