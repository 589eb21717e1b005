//! Watching over one payload until it ends or reaches a limit, and the end of everything it started.

use std::os::fd::BorrowedFd;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags};
use rustix::time::{ClockId, Timespec, clock_gettime};

use super::account::Account;
use super::{Failure, driver, receive};
use crate::End;
use crate::defence::Defence;
use crate::sys::{self, Reaped, Started, Wait, Waited};
use crate::wire::{Message, RunLimits};

/// The shortest pause between two looks at the CPU clock: clocks of other processes move at the tick, 1 to 10 ms.
const SHORTEST_LOOK: Duration = Duration::from_millis(1);

/// How a supervised run ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// By itself or by us.
    Ended(Finish),
    /// The driver is gone; so shall we be.
    DriverGone,
}

/// The end of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Finish {
    pub(super) end: End,
    /// Wall-clock time of the run.
    pub(super) wall: Duration,
    /// When it was seen, by the monotonic clock.
    pub(super) at: Duration,
}

/// One payload under supervision.
#[derive(Debug)]
pub(super) struct Supervisor<'a> {
    pub(super) payload: Started,
    pub(super) limits: &'a RunLimits,
    pub(super) account: &'a mut Account,
    pub(super) child_events: BorrowedFd<'a>,
    pub(super) buffer: &'a mut Vec<u8>,
    /// How many processors the tree can burn at once.
    pub(super) processors: u32,
}

impl Supervisor<'_> {
    /// Waits for the end, whatever it is; afterwards no process of the run exists.
    pub(super) fn watch(mut self) -> Result<Verdict, Failure> {
        let mut own_end = None;
        let stopped = self.wait(&mut own_end)?;
        let at = clock_gettime(ClockId::Monotonic);
        if stopped == Some(Stop::DriverGone) {
            return Ok(Verdict::DriverGone);
        }
        self.kill_everything(&mut own_end)?;
        let end = match (stopped, own_end) {
            (Some(Stop::At(end)), _) => end,
            (_, Some(Ok(status))) => End::Exited(status),
            (_, Some(Err(signal))) => End::Signalled(signal),
            (_, None) => return Err(Failure::at("reap", "the payload")(rustix::io::Errno::CHILD)),
        };
        // The kernel kills for want of memory without asking us; its count says whether it was this run.
        let memory = matches!(end, End::Exited(_) | End::Signalled(_)) && self.account.memory_exceeded()?;
        Ok(Verdict::Ended(Finish {
            end: if memory { End::MemoryLimit } else { end },
            wall: between(self.payload.at, at),
            at: between(Timespec::default(), at),
        }))
    }

    fn wait(&mut self, own_end: &mut Option<Result<i32, i32>>) -> Result<Option<Stop>, Failure> {
        // What has just been started has used nothing yet.
        let mut pause = self.longest(self.limits.wall, self.limits.cpu);
        loop {
            let [ended, children, message] = self.poll(pause)?;
            if children {
                self.drain_child_events();
                self.reap_all(Wait::No, own_end)?;
            }
            if ended || own_end.is_some() {
                return Ok(None);
            }
            if message {
                match receive(self.buffer)? {
                    Some((Message::Stop, _)) => return Ok(Some(Stop::At(End::Stopped))),
                    Some(_) => return Err(super::unexpected()),
                    None => return Ok(Some(Stop::DriverGone)),
                }
            }
            pause = match self.look()? {
                Look::Stop(end) => return Ok(Some(Stop::At(end))),
                Look::WaitAtMost(pause) => pause,
            };
        }
    }

    /// Compares with the limits.
    fn look(&mut self) -> Result<Look, Failure> {
        let used = |defence: Defence, used: Duration| if defence.stands() { used } else { Duration::ZERO };
        let wall = used(Defence::WallLimit, since(self.payload.at));
        let Some(wall_left) = left(self.limits.wall, wall) else {
            return Ok(Look::Stop(End::WallLimit));
        };
        let cpu = used(Defence::CpuLimit, self.account.cpu()?);
        let Some(cpu_left) = left(self.limits.cpu, cpu) else {
            return Ok(Look::Stop(End::CpuLimit));
        };
        self.account.look_at_pages()?;
        if self.account.memory_exceeded()? {
            return Ok(Look::Stop(End::MemoryLimit));
        }
        Ok(Look::WaitAtMost(self.longest(wall_left, cpu_left)))
    }

    /// How long nothing needs to be looked at.
    fn longest(&self, wall_left: Duration, cpu_left: Duration) -> Duration {
        // The tree cannot reach its CPU limit sooner than this.
        let cpu_pause = (cpu_left / self.processors).max(SHORTEST_LOOK);
        wall_left.min(cpu_pause).min(self.account.look_again())
    }

    fn poll(&self, pause: Duration) -> Result<[bool; 3], Failure> {
        let driver = driver();
        let mut descriptors = [
            PollFd::new(&self.payload.pidfd, PollFlags::IN),
            PollFd::new(&self.child_events, PollFlags::IN),
            PollFd::new(&driver, PollFlags::IN),
        ];
        let timeout = Timespec {
            tv_sec: pause.as_secs().cast_signed(),
            tv_nsec: pause.subsec_nanos().into(),
        };
        rustix::io::retry_on_intr(|| rustix::event::poll(&mut descriptors, Some(&timeout)))
            .map_err(Failure::at("wait for", "the payload"))?;
        Ok(descriptors.map(|descriptor| !descriptor.revents().is_empty()))
    }

    fn drain_child_events(&self) {
        // One read takes all pending ones: SIGCHLD does not queue.
        let mut events = [0_u8; 512];
        let _ = rustix::io::read(self.child_events, &mut events);
    }

    /// Kills every process of the PID namespace but this one, and reaps until none is left.
    ///
    /// The kernel holds the list of processes while it signals, and a fork in progress sees the signal and fails: so once
    /// is enough.
    fn kill_everything(&mut self, own_end: &mut Option<Result<i32, i32>>) -> Result<(), Failure> {
        if self.reap_all(Wait::No, own_end)? == Left::Nobody || !Defence::Kill.stands() {
            return Ok(());
        }
        match sys::kill_all_others() {
            Ok(()) => {}
            // The last one has just ended.
            Err(error) if error.raw_os_error() == Some(libc::ESRCH) => {}
            Err(error) => return Err(Failure::at("kill", "all processes of the slot")(error)),
        }
        self.reap_all(Wait::ForOne, own_end).map(drop)
    }

    fn reap_all(&mut self, wait: Wait, own_end: &mut Option<Result<i32, i32>>) -> Result<Left, Failure> {
        loop {
            match sys::wait(wait).map_err(Failure::at("reap", "the processes of the slot"))? {
                Waited::Reaped(reaped) => self.note(&reaped, own_end),
                Waited::Running => return Ok(Left::Somebody),
                Waited::Alone => return Ok(Left::Nobody),
            }
        }
    }

    /// Only the process that was started is the payload; its relatives come here too when they are orphaned.
    fn note(&mut self, reaped: &Reaped, own_end: &mut Option<Result<i32, i32>>) {
        self.account.reaped(reaped);
        let is_payload = reaped.pid == self.payload.pid || !Defence::OneProcess.stands();
        if is_payload && own_end.is_none() {
            *own_end = Some(reaped.end);
        }
    }
}

/// Whether processes of the run are left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Left {
    Somebody,
    Nobody,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stop {
    At(End),
    DriverGone,
}

enum Look {
    Stop(End),
    WaitAtMost(Duration),
}

/// Reaps a child that could not execute its payload.
pub(super) fn reap_failed_launch() -> Result<(), Failure> {
    while let Waited::Reaped(_) = sys::wait(Wait::ForOne).map_err(Failure::at("reap", "a failed launch"))? {}
    Ok(())
}

fn left(limit: Duration, used: Duration) -> Option<Duration> {
    limit.checked_sub(used).filter(|left| !left.is_zero())
}

/// Monotonic time that has passed since.
fn since(start: Timespec) -> Duration {
    between(start, clock_gettime(ClockId::Monotonic))
}

fn between(start: Timespec, end: Timespec) -> Duration {
    let nanoseconds =
        i128::from(end.tv_sec - start.tv_sec) * 1_000_000_000 + i128::from(end.tv_nsec - start.tv_nsec);
    Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(0))
}
