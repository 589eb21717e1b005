//! Counting and limiting a run: cgroup v1, cgroup v2, or looking.

use std::fs::File;
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileExt;
use std::time::Duration;

use rustix::process::Pid;

use super::{Failure, moment};
use crate::accounting::{V1, V2};
use crate::defence::Defence;
use crate::plan::Keeper;
use crate::sys::{self, OWN_TASKS, Reaped};
use crate::wire::RunLimits;
use crate::{Backend, MemoryKind};

/// In batches of as many bytes, per processor, the kernel charges memory to a cgroup (`MEMCG_CHARGE_BATCH` in its
/// `mm/memcontrol.c`, in pages of 4 KiB).
const CHARGE_BATCH_BYTES: u64 = 64 * 4096;

/// What may be charged at the end of a run beyond what was at its beginning, in bytes, before anybody asks what it is; and a
/// batch for each processor, since the kernel's statistics are as far behind.
const SLACK_BYTES: u64 = 1 << 20;

/// How often that is looked at, a millisecond apart: what the kernel gives back late, it begins to give back within two ticks.
const LOOKS: u32 = 25;
/// As long as memory is seen that can only be the run's. Much more than the kernel takes on a busy host.
const MOST_LOOKS: u32 = 2000;

/// What a run has used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Usage {
    pub(super) cpu: Duration,
    /// The part of it that the kernel spent on behalf of the tree.
    pub(super) cpu_system: Duration,
    pub(super) memory: u64,
    pub(super) memory_kind: MemoryKind,
}

/// Counts one run after the other.
#[derive(Debug)]
pub(super) struct Account {
    source: Source,
    /// Bytes charged for the init alone.
    own_memory: u64,
    /// Of these, anonymous and shared memory, where that is looked at.
    own_pages: u64,
    /// What two figures of the kernel may differ by and mean the same, in bytes.
    slack: u64,
    run: RunTotals,
    /// What the clocks told at the end of the last run. Whatever the init has used since is in both, and nobody else was there.
    last: Option<Clocks>,
    /// Bytes of the page cache that are known to be charged.
    known_cache: u64,
    /// The memory and the tasks that the kernel was last told to allow.
    allowed: Option<(u64, u64)>,
}

/// CPU time of the init, and of its cgroup with the init in it.
#[derive(Debug, Default, Clone, Copy)]
struct Clocks {
    init: Duration,
    total: Duration,
}

/// What is remembered from the start of a run.
#[derive(Debug, Default)]
struct RunTotals {
    limit_memory: u64,
    inputs: u64,
    /// Bytes that were charged, the input files apart.
    charged_at_start: u64,
    clocks_at_start: Clocks,
    launch_cpu: Duration,
    shortages_at_start: Shortages,
    reaped_cpu: Duration,
    reaped_system: Duration,
    largest: u64,
    peak_seen: u64,
    /// What the kernel's peak has to exceed to be of this run.
    old_peak: u64,
    /// The tree has reached its limit, by the kernel's own account.
    exhausted: bool,
}

/// What the kernel has counted in the cgroup, ever.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Shortages {
    /// How often there was nothing left under the limit of this very group. Version 1 does not tell: as `kills`.
    own: u64,
    /// Processes that were killed for want of memory, wherever it was wanting.
    kills: u64,
}

#[derive(Debug)]
enum Source {
    V1([File; V1.len()]),
    V2([File; V2.len()]),
    Looking,
}

impl Account {
    pub(super) fn new(backend: Backend, descriptors: Vec<OwnedFd>) -> Result<Self, Failure> {
        let files: Vec<File> = descriptors.into_iter().map(File::from).collect();
        let missing = |_| Failure::at("receive", "the files of the cgroup")(rustix::io::Errno::BADF);
        let source = match backend {
            Backend::CgroupV1 => Source::V1(files.try_into().map_err(missing)?),
            Backend::CgroupV2 => Source::V2(files.try_into().map_err(missing)?),
            Backend::None => Source::Looking,
        };
        let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let mut account = Self {
            source,
            slack: SLACK_BYTES + CHARGE_BATCH_BYTES * processors as u64,
            own_memory: 0,
            own_pages: 0,
            run: RunTotals::default(),
            last: None,
            known_cache: 0,
            allowed: None,
        };
        account.own_memory = account.charged()?;
        account.own_pages = account.pages()?;
        account.known_cache = account.cache()?;
        Ok(account)
    }

    /// When memory runs out, kill all at once, except for the init: only where the init is exempt from being killed.
    pub(super) fn kill_together(&self) -> Result<(), Failure> {
        match &self.source {
            Source::V2([_, _, _, _, _, group, ..]) => {
                write(group, "1").map_err(Failure::at("set", "memory.oom.group"))
            }
            Source::V1(_) | Source::Looking => Ok(()),
        }
    }

    /// Who keeps the limits of the tree.
    pub(super) fn keeper(&self, own_user: bool) -> Keeper {
        match self.source {
            Source::V1(_) | Source::V2(_) => Keeper::Cgroup,
            // The kernel counts by user and namespace: the init is one of them where it has the same id.
            Source::Looking => Keeper::Init {
                other_tasks: if own_user { 0 } else { OWN_TASKS },
            },
        }
    }

    /// Sets the limits of the tree for a run whose input files have `inputs` bytes, and forgets the last peak.
    pub(super) fn limit(&mut self, limits: &RunLimits, inputs: u64) -> Result<(), Failure> {
        self.run = RunTotals {
            limit_memory: limits.memory,
            inputs,
            ..RunTotals::default()
        };
        // What is there before the payload is not the payload's.
        let memory = if Defence::MemoryLimit.stands() {
            limits.memory
        } else {
            u64::MAX >> 12
        };
        let memory = memory.saturating_add(self.own_memory).saturating_add(inputs);
        let tasks = if Defence::ProcessLimit.stands() {
            limits.processes.saturating_add(OWN_TASKS)
        } else {
            1 << 20
        };
        if self.allowed != Some((memory, tasks)) {
            self.allowed = None;
            self.allow(memory, tasks)?;
            self.allowed = Some((memory, tasks));
        }
        match &self.source {
            Source::V1([_, _, peak, ..]) => {
                write(peak, "0").map_err(Failure::at("reset", "memory.max_usage_in_bytes"))
            }
            Source::V2([_, peak, ..]) => {
                // What cannot be reset tells of this run only if it gets higher; what is not there never does.
                if write(peak, "reset").is_err() || number(peak).is_err() {
                    self.run.old_peak = number(peak).unwrap_or(u64::MAX);
                }
                Ok(())
            }
            Source::Looking => Ok(()),
        }
    }

    fn allow(&self, memory: u64, tasks: u64) -> Result<(), Failure> {
        let (memory, tasks) = (memory.to_string(), tasks.to_string());
        match &self.source {
            Source::V1([limit, swap, .., pids]) => {
                // The limit with swap may never be below the one without: lift one first, lower the other first.
                let _ = write(swap, "-1");
                write(limit, &memory).map_err(Failure::at("set", "memory.limit_in_bytes"))?;
                write(swap, &memory).map_err(Failure::at("set", "memory.memsw.limit_in_bytes"))?;
                write(pids, &tasks).map_err(Failure::at("set", "pids.max"))
            }
            Source::V2([limit, .., pids]) => {
                write(limit, &memory).map_err(Failure::at("set", "memory.max"))?;
                write(pids, &tasks).map_err(Failure::at("set", "pids.max"))
            }
            Source::Looking => Ok(()),
        }
    }

    /// Remembers where the counters stand, right before the payload is started.
    pub(super) fn begin(&mut self) -> Result<(), Failure> {
        self.run.shortages_at_start = self.shortages()?;
        self.run.charged_at_start = self.charged()?.saturating_sub(self.run.inputs);
        self.run.clocks_at_start = match self.last.take() {
            Some(clocks) => clocks,
            None => self.clocks()?,
        };
        Ok(())
    }

    /// Leaves out what the launch used between the clone and exec.
    pub(super) fn launched(&mut self, own_cpu: Duration) {
        self.run.launch_cpu = own_cpu;
    }

    /// Adds a reaped process.
    pub(super) fn reaped(&mut self, reaped: &Reaped) {
        self.run.reaped_cpu += reaped.cpu;
        self.run.reaped_system += reaped.cpu_system;
        self.run.largest = self.run.largest.max(reaped.largest);
    }

    /// CPU time of the whole tree until now.
    pub(super) fn cpu(&self) -> Result<Duration, Failure> {
        self.clocks().map(|clocks| self.cpu_by(clocks))
    }

    fn cpu_by(&self, clocks: Clocks) -> Duration {
        let used = if matches!(self.source, Source::Looking) {
            let living: Duration = living().filter_map(|pid| sys::process_cpu(pid).ok()).sum();
            self.run.reaped_cpu + living
        } else {
            let start = self.run.clocks_at_start;
            let init = clocks.init.saturating_sub(start.init);
            clocks.total.saturating_sub(start.total).saturating_sub(init)
        };
        used.saturating_sub(self.run.launch_cpu)
    }

    /// The init's own clock first: reading it brings the cgroup's up to date.
    fn clocks(&self) -> Result<Clocks, Failure> {
        Ok(Clocks {
            init: sys::own_cpu(),
            total: self.total_cpu()?,
        })
    }

    /// Whether the kernel had to kill for want of memory under the limit of this run, or, without a cgroup, more is
    /// resident than allowed. Fails where it killed because the host has run out: that is not the run's doing.
    pub(super) fn memory_exceeded(&mut self) -> Result<bool, Failure> {
        if matches!(self.source, Source::Looking) {
            let mut used = living().filter_map(resident).sum::<u64>();
            if used > self.run.limit_memory {
                // Forked processes share most of what each shows as its own: ask again, more dearly.
                used = living().filter_map(proportional).sum();
            }
            self.run.peak_seen = self.run.peak_seen.max(used);
            return Ok(self.run.peak_seen.max(self.run.largest) > self.run.limit_memory);
        }
        let (before, now) = (self.run.shortages_at_start, self.shortages()?);
        if now.kills <= before.kills {
            return Ok(false);
        }
        if now.own <= before.own {
            return Err(Failure::at::<rustix::io::Errno>(
                "go on with",
                "a run whose process the kernel has killed because the host, not the run, is out of memory",
            )(rustix::io::Errno::NOMEM));
        }
        self.run.exhausted = true;
        Ok(true)
    }

    /// Where the kernel's peak may not be of this run, at least what is seen now and then is.
    pub(super) fn look_at_pages(&mut self) -> Result<(), Failure> {
        if self.run.old_peak > 0 {
            let used = self
                .pages()?
                .saturating_sub(self.own_pages)
                .saturating_sub(self.run.inputs);
            self.run.peak_seen = self.run.peak_seen.max(used);
        }
        Ok(())
    }

    /// How long to wait at most before looking at memory again.
    pub(super) fn look_again(&self) -> Duration {
        match self.source {
            Source::V1(_) | Source::V2(_) => Duration::from_millis(100),
            Source::Looking => Duration::from_millis(5),
        }
    }

    /// The totals of the run. All its processes are reaped, its files still there and `occupied` bytes large.
    pub(super) fn finish(&mut self, occupied: u64) -> Result<Usage, Failure> {
        let (memory, memory_kind) = self.peak(occupied)?;
        let clocks = self.clocks()?;
        self.last = Some(clocks);
        let cpu = self.cpu_by(clocks);
        Ok(Usage {
            cpu,
            cpu_system: self.system_of(cpu),
            memory,
            memory_kind,
        })
    }

    fn peak(&mut self, occupied: u64) -> Result<(u64, MemoryKind), Failure> {
        let seen = self.run.peak_seen.max(self.run.largest);
        let peak = match &self.source {
            Source::V1([_, _, peak, ..]) => {
                number(peak).map_err(Failure::at("read", "memory.max_usage_in_bytes"))?
            }
            Source::V2([_, peak, ..]) => number(peak).unwrap_or(0),
            Source::Looking => return Ok((seen, MemoryKind::Resident)),
        };
        // What is still charged now, the files apart, was not given back by the end of the processes: page cache, which
        // the kernel would have dropped for the asking, and what the init itself holds.
        let remaining = self.remaining(occupied)?;
        let written = occupied.saturating_sub(self.run.inputs);
        let at_least = written.min(self.run.limit_memory);
        if peak <= self.run.old_peak {
            return Ok(if self.run.exhausted {
                (self.run.limit_memory, MemoryKind::Charged)
            } else {
                (seen.max(at_least), MemoryKind::Resident)
            });
        }
        let charged = peak.saturating_sub(remaining).saturating_sub(self.run.inputs);
        // What is smaller than a batch may look like nothing at all, and no process is that small.
        let blurred = self.run.largest.min(CHARGE_BATCH_BYTES);
        Ok((charged.max(at_least).max(blurred), MemoryKind::Charged))
    }

    /// Bytes that are still charged when all processes are dead, the files apart, and are not of the run.
    ///
    /// Some of what a run had is given back late, after the end of its processes: what was in a socket that was sent through
    /// itself, for one. It would pass for what the run has nothing to do with, and the run for a small one; and the next run
    /// would be charged for it. So it is waited for.
    fn remaining(&mut self, occupied: u64) -> Result<u64, Failure> {
        let usual = self.run.charged_at_start + self.slack;
        for look in 0..MOST_LOOKS {
            let remaining = self.charged()?.saturating_sub(occupied);
            let is_less = remaining + 2 * self.slack < usual;
            if remaining <= usual && !is_less {
                return Ok(remaining);
            }
            let [files, anonymous, shared] = self.statistics()?;
            // Whatever is in memory now and no file is the run's, if nobody else's.
            let held = (anonymous + shared).saturating_sub(occupied + self.own_pages);
            let cache = files.saturating_sub(shared);
            let explained = usual + cache.saturating_sub(self.known_cache);
            if held <= self.slack && (remaining <= explained || look >= LOOKS) {
                self.known_cache = cache;
                return Ok(remaining);
            }
            moment();
        }
        // It is told as the run's, and never waited for again.
        let held = self.pages()?.saturating_sub(occupied + self.own_pages);
        self.own_pages += held;
        Ok(self.charged()?.saturating_sub(occupied + held))
    }

    /// Bytes of anonymous and shared memory in the cgroup now, files in a tmpfs included.
    fn pages(&self) -> Result<u64, Failure> {
        let [_, anonymous, shared] = self.statistics()?;
        Ok(anonymous + shared)
    }

    /// Bytes of the page cache that are charged now: of files that lie on a disk.
    fn cache(&self) -> Result<u64, Failure> {
        let [files, _, shared] = self.statistics()?;
        Ok(files.saturating_sub(shared))
    }

    /// Bytes of files (shared memory is one), of anonymous and of shared memory, all of one moment.
    fn statistics(&self) -> Result<[u64; 3], Failure> {
        let (stat, keys) = match &self.source {
            Source::V1([_, _, _, _, _, stat, ..]) => (stat, ["cache", "rss", "shmem"]),
            Source::V2([_, _, _, _, stat, ..]) => (stat, ["file", "anon", "shmem"]),
            Source::Looking => return Ok([0; 3]),
        };
        values_of(stat, keys).map_err(Failure::at("read", "memory.stat"))
    }

    /// Bytes charged to the cgroup now.
    fn charged(&self) -> Result<u64, Failure> {
        match &self.source {
            Source::V1([_, _, _, usage, ..]) => {
                number(usage).map_err(Failure::at("read", "memory.usage_in_bytes"))
            }
            Source::V2([_, _, usage, ..]) => number(usage).map_err(Failure::at("read", "memory.current")),
            Source::Looking => Ok(0),
        }
    }

    fn total_cpu(&self) -> Result<Duration, Failure> {
        match &self.source {
            Source::V1([.., usage, _]) => number(usage)
                .map(Duration::from_nanos)
                .map_err(Failure::at("read", "cpuacct.usage")),
            Source::V2([.., stat, _]) => value_of(stat, "usage_usec")
                .map(Duration::from_micros)
                .map_err(Failure::at("read", "cpu.stat")),
            Source::Looking => Ok(Duration::ZERO),
        }
    }

    /// The system's part of the total, by the proportion that the reaped processes had.
    fn system_of(&self, total: Duration) -> Duration {
        let (both, system) = (self.run.reaped_cpu, self.run.reaped_system);
        if both.is_zero() {
            return Duration::ZERO;
        }
        total
            .mul_f64(system.as_secs_f64() / both.as_secs_f64())
            .min(total)
    }

    fn shortages(&self) -> Result<Shortages, Failure> {
        match &self.source {
            Source::V1([_, _, _, _, control, ..]) => {
                let kills =
                    value_of(control, "oom_kill").map_err(Failure::at("read", "memory.oom_control"))?;
                Ok(Shortages { own: kills, kills })
            }
            Source::V2([_, _, _, events, ..]) => {
                let value = |key| value_of(events, key).map_err(Failure::at("read", "memory.events"));
                // Counted in this order: a kill that is seen has its shortage seen.
                Ok(Shortages {
                    kills: value("oom_kill")?,
                    own: value("oom")?,
                })
            }
            Source::Looking => Ok(Shortages::default()),
        }
    }
}

/// The processes of the slot besides the init, where `/proc` shows them.
fn living() -> impl Iterator<Item = Pid> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    entries
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok().and_then(Pid::from_raw))
        .filter(|pid| !pid.is_init())
}

fn resident(pid: Pid) -> Option<u64> {
    let statm = std::fs::read_to_string(format!("/proc/{}/statm", pid.as_raw_nonzero())).ok()?;
    let pages: u64 = statm.split(' ').nth(1)?.parse().ok()?;
    Some(pages * rustix::param::page_size() as u64)
}

/// Resident bytes, those shared with others divided by their number.
fn proportional(pid: Pid) -> Option<u64> {
    let rollup = std::fs::read_to_string(format!("/proc/{}/smaps_rollup", pid.as_raw_nonzero())).ok()?;
    let kilobytes = rollup.lines().find_map(|line| {
        line.strip_prefix("Pss:")?
            .trim()
            .strip_suffix(" kB")?
            .parse::<u64>()
            .ok()
    });
    kilobytes.map(|kilobytes| kilobytes * 1024)
}

fn write(file: &File, value: &str) -> std::io::Result<()> {
    file.write_at(value.as_bytes(), 0).map(drop)
}

fn number(file: &File) -> std::io::Result<u64> {
    let mut buffer = [0; 32];
    read(file, &mut buffer)?.trim().parse().map_err(|_| unreadable())
}

/// The number behind a key in a file of lines `key number`.
fn value_of(file: &File, key: &str) -> std::io::Result<u64> {
    values_of(file, [key]).map(|[value]| value)
}

/// The numbers behind keys in such a file, as one read tells them.
fn values_of<const N: usize>(file: &File, keys: [&str; N]) -> std::io::Result<[u64; N]> {
    // What is asked for stands among the first lines of the longest of them, `memory.stat`.
    let mut buffer = [0; 1024];
    let text = read(file, &mut buffer)?;
    let mut values = [0; N];
    for (value, key) in values.iter_mut().zip(keys) {
        *value = text
            .lines()
            .find_map(|line| line.strip_prefix(key)?.strip_prefix(' ')?.trim().parse().ok())
            .ok_or_else(unreadable)?;
    }
    Ok(values)
}

fn read<'a>(file: &File, buffer: &'a mut [u8]) -> std::io::Result<&'a str> {
    let length = file.read_at(buffer, 0)?;
    std::str::from_utf8(&buffer[..length]).map_err(|_| unreadable())
}

fn unreadable() -> std::io::Error {
    std::io::Error::from_raw_os_error(libc::EPROTO)
}
