//! The figures, and how each is taken.

use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
use rustix::time::{ClockId, clock_getres};
use sandbox::{Collect, End, Slot, SlotConfig, Spec, Stdin};

use crate::Result;
use crate::programs::{Programs, command, run_bare, run_boxed, run_bubblewrap, spec};
use crate::table::{Samples, median, time, verdict};

/// One row of the table.
pub(crate) trait Figure {
    fn name(&self) -> &str;
    /// Takes it once more.
    fn measure(&mut self, config: &SlotConfig) -> Result<()>;
    fn row(&self) -> String;
}

pub(crate) fn all(programs: &Programs) -> Vec<Box<dyn Figure>> {
    let pair = |name, argv: &[&str], spec, pairs, goal| Pair::new(name, programs, argv, spec, pairs, goal);
    let exit = programs.path("exit");
    let write = programs.path("write");
    let shown = spec(&[&exit]);
    let copied = |name| programs.copied(name).unwrap_or_else(|_| spec(&[name]));
    let mut busy = copied("exit");
    busy.stdin = Stdin::Bytes(b"1 2\n".as_slice().into());
    busy.collect.push(Collect {
        name: "exit".into(),
        max_bytes: 1 << 20,
    });
    let python = ["/usr/bin/python3", "-c", "pass"];
    let mut quiet = pair(
        "static, 30 ms of quiet before",
        &[&exit],
        shown.clone(),
        30,
        Some(1.5),
    );
    quiet.gap = Duration::from_millis(30);
    vec![
        Box::new(pair(
            "static, back to back",
            &[&exit],
            shown.clone(),
            200,
            Some(1.3),
        )),
        Box::new(quiet),
        Box::new(Together::of("two at once, static", &exit, Some(75.0))),
        Box::new(pair(
            "static, writes a file",
            &[&write],
            spec(&[&write]),
            100,
            None,
        )),
        Box::new(Together::of("two at once, static, write a file", &write, None)),
        Box::new(pair("python3 -c pass", &python, spec(&python), 40, Some(1.05))),
        Box::new(pair("static, copied in", &[&exit], copied("exit"), 100, None)),
        Box::new(pair(
            "static, copied in and out, with input",
            &[&exit],
            busy,
            100,
            None,
        )),
        Box::new(pair(
            "static of 16 MiB, copied in",
            &[&programs.path("large")],
            copied("large"),
            30,
            None,
        )),
        Box::new(Overshoot::wall()),
        Box::new(Overshoot::cpu(&programs.path("forever"))),
        Box::new(Start::default()),
        Box::new(Memory {
            spec: shown,
            bytes: Vec::new(),
        }),
        Box::new(Variation::of(&programs.path("compute"))),
    ]
}

/// A run beside its bare twin.
struct Pair {
    name: &'static str,
    argv: Vec<String>,
    spec: Spec,
    gap: Duration,
    pairs: usize,
    /// The ratio that is aimed at.
    goal: Option<f64>,
    bare: Samples,
    boxed: Samples,
    bubblewrap: Samples,
    directory: PathBuf,
    ratios: Vec<f64>,
}

/// How many pairs there are for one run of bubblewrap, which takes long.
const SELDOM: usize = 10;

impl Pair {
    fn new(
        name: &'static str,
        programs: &Programs,
        argv: &[&str],
        spec: Spec,
        pairs: usize,
        goal: Option<f64>,
    ) -> Self {
        Self {
            name,
            argv: argv.iter().map(|&word| word.to_owned()).collect(),
            spec,
            gap: Duration::ZERO,
            pairs,
            goal,
            bare: Samples::default(),
            boxed: Samples::default(),
            bubblewrap: Samples::default(),
            directory: programs.directory().to_owned(),
            ratios: Vec::new(),
        }
    }
}

impl Figure for Pair {
    fn name(&self) -> &str {
        self.name
    }

    fn measure(&mut self, config: &SlotConfig) -> Result<()> {
        let mut slot = Slot::start(config)?;
        let first = self.bare.len();
        for pair in 0..self.pairs {
            pause(self.gap);
            self.bare.add(run_bare(&self.argv)?);
            pause(self.gap);
            let (elapsed, outcome) = run_boxed(&mut slot, &self.spec)?;
            assert!(matches!(outcome.end, End::Exited(_)), "{outcome:?}");
            self.boxed.add(elapsed);
            if pair % SELDOM == 0 {
                pause(self.gap);
                if let Some(elapsed) = run_bubblewrap(&self.directory, &self.argv) {
                    self.bubblewrap.add(elapsed);
                }
            }
        }
        let (bare, boxed) = (self.bare.median_from(first), self.boxed.median_from(first));
        self.ratios.push(boxed.as_secs_f64() / bare.as_secs_f64());
        Ok(())
    }

    fn row(&self) -> String {
        let ratio = median(self.ratios.clone());
        let (goal, met) = match self.goal {
            Some(goal) => (format!("≤ {goal}"), verdict(ratio <= goal)),
            None => (String::new(), ""),
        };
        let bubblewrap = if self.bubblewrap.len() == 0 {
            "–".to_owned()
        } else {
            let median = self.bubblewrap.median();
            let ratio = median.as_secs_f64() / self.bare.median().as_secs_f64();
            format!("{}, {ratio:.2}", time(median))
        };
        format!(
            "| {} | {} | {} | {ratio:.2} | {goal} | {met} | {bubblewrap} |",
            self.name,
            self.bare.cells(),
            self.boxed.cells(),
        )
    }
}

fn pause(gap: Duration) {
    if !gap.is_zero() {
        #[expect(
            clippy::disallowed_methods,
            reason = "the quiet before a run is what is measured"
        )]
        thread::sleep(gap);
    }
}

/// Two slots at once against two threads that spawn: throughput.
struct Together {
    name: &'static str,
    argv: Vec<String>,
    /// The share that is aimed at, in percent.
    goal: Option<f64>,
    spec: Spec,
    bare: Samples,
    boxed: Samples,
    ratios: Vec<f64>,
}

/// Runs of each thread in one stretch, and how many stretches a round has.
const STRETCH: u32 = 100;
const STRETCHES: usize = 5;

impl Together {
    fn of(name: &'static str, program: &str, goal: Option<f64>) -> Self {
        Self {
            name,
            argv: vec![program.to_owned()],
            goal,
            spec: spec(&[program]),
            bare: Samples::default(),
            boxed: Samples::default(),
            ratios: Vec::new(),
        }
    }
}

impl Figure for Together {
    fn name(&self) -> &str {
        self.name
    }

    fn measure(&mut self, config: &SlotConfig) -> Result<()> {
        let mut slots = [Slot::start(config)?, Slot::start(config)?];
        let first = self.bare.len();
        for _ in 0..STRETCHES {
            let begin = Instant::now();
            thread::scope(|scope| {
                for _ in 0..2 {
                    scope.spawn(|| (0..STRETCH).all(|_| run_bare(&self.argv).is_ok()));
                }
            });
            self.bare.add(begin.elapsed() / STRETCH);
            let begin = Instant::now();
            thread::scope(|scope| {
                for slot in &mut slots {
                    scope.spawn(|| (0..STRETCH).all(|_| run_boxed(slot, &self.spec).is_ok()));
                }
            });
            self.boxed.add(begin.elapsed() / STRETCH);
        }
        let (bare, boxed) = (self.bare.median_from(first), self.boxed.median_from(first));
        self.ratios.push(bare.as_secs_f64() / boxed.as_secs_f64());
        Ok(())
    }

    fn row(&self) -> String {
        let share = 100.0 * median(self.ratios.clone());
        let (goal, met) = match self.goal {
            Some(goal) => (format!("≥ {goal} %"), verdict(share >= goal)),
            None => (String::new(), ""),
        };
        format!(
            "| {} | {} | {} | {share:.0} % of throughput | {goal} | {met} | |",
            self.name(),
            self.bare.cells(),
            self.boxed.cells(),
        )
    }
}

/// How far beyond a limit a program gets.
struct Overshoot {
    name: &'static str,
    spec: Spec,
    goal: Duration,
    samples: Samples,
}

const LIMIT: Duration = Duration::from_millis(50);

impl Overshoot {
    fn wall() -> Self {
        let mut spec = spec(&["/bin/sleep", "60"]);
        spec.limits.wall = LIMIT;
        Self {
            name: "beyond the wall limit, until the outcome is there",
            spec,
            goal: Duration::from_millis(2),
            samples: Samples::default(),
        }
    }

    fn cpu(forever: &str) -> Self {
        let mut spec = spec(&[forever]);
        spec.limits.cpu = LIMIT;
        let tick = clock_getres(ClockId::RealtimeCoarse);
        Self {
            name: "beyond the CPU limit",
            spec,
            // One tick and a millisecond.
            goal: Duration::new(
                tick.tv_sec.unsigned_abs(),
                u32::try_from(tick.tv_nsec).unwrap_or(0),
            ) + Duration::from_millis(1),
            samples: Samples::default(),
        }
    }
}

impl Figure for Overshoot {
    fn name(&self) -> &str {
        self.name
    }

    fn measure(&mut self, config: &SlotConfig) -> Result<()> {
        let mut slot = Slot::start(config)?;
        for _ in 0..20 {
            let (elapsed, outcome) = run_boxed(&mut slot, &self.spec)?;
            let used = match outcome.end {
                End::WallLimit => elapsed,
                End::CpuLimit => outcome.cpu,
                other => return Err(format!("{}: {other:?}", self.name).into()),
            };
            self.samples.add(used.saturating_sub(LIMIT));
        }
        Ok(())
    }

    fn row(&self) -> String {
        let met = verdict(self.samples.median() <= self.goal);
        format!(
            "| {} | | | {} | | ≤ {} | {met} | |",
            self.name,
            self.samples.cells(),
            time(self.goal)
        )
    }
}

/// How long it takes to make a slot.
#[derive(Default)]
struct Start(Samples);

impl Figure for Start {
    fn name(&self) -> &'static str {
        "making a slot"
    }

    fn measure(&mut self, config: &SlotConfig) -> Result<()> {
        for _ in 0..10 {
            let begin = Instant::now();
            let slot = Slot::start(config)?;
            self.0.add(begin.elapsed());
            drop(slot);
        }
        Ok(())
    }

    fn row(&self) -> String {
        let met = verdict(self.0.median() <= Duration::from_millis(20));
        format!(
            "| {} | | | {} | | ≤ 20 ms | {met} | |",
            self.name(),
            self.0.cells()
        )
    }
}

/// Memory of an init that has served some runs.
struct Memory {
    spec: Spec,
    /// In all, and not of files.
    bytes: Vec<[f64; 2]>,
}

impl Figure for Memory {
    fn name(&self) -> &'static str {
        "resident memory of the init"
    }

    fn measure(&mut self, config: &SlotConfig) -> Result<()> {
        let mut slot = Slot::start(config)?;
        for _ in 0..20 {
            run_boxed(&mut slot, &self.spec)?;
        }
        let own = std::process::id();
        let init = fs::read_to_string(format!("/proc/{own}/task/{own}/children"))?;
        let status = fs::read_to_string(format!("/proc/{}/status", init.trim()))?;
        let figure = |name| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let kibibytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<f64>().ok());
            kibibytes.map(|kibibytes| kibibytes * 1024.0)
        };
        let figures = figure("VmRSS:").zip(figure("RssAnon:"));
        self.bytes.push(figures.ok_or("no resident memory")?.into());
        Ok(())
    }

    fn row(&self) -> String {
        let [all, own] = [0, 1]
            .map(|index| median(self.bytes.iter().map(|both| both[index]).collect()) / f64::from(1 << 20));
        format!(
            "| {} | | | {all:.2} MiB, {own:.2} its own | | | ≤ 2 MiB | {} | |",
            self.name(),
            verdict(all <= 2.0)
        )
    }
}

/// How much the CPU time of one program varies from run to run.
struct Variation {
    argv: Vec<String>,
    spec: Spec,
    bare: Samples,
    boxed: Samples,
    variations: Vec<[f64; 2]>,
}

impl Variation {
    fn of(program: &str) -> Self {
        Self {
            argv: vec![program.to_owned()],
            spec: spec(&[program]),
            bare: Samples::default(),
            boxed: Samples::default(),
            variations: Vec::new(),
        }
    }
}

/// Runs that one coefficient of variation is taken of.
const VARIED: usize = 20;
/// A coefficient of so few runs is itself uncertain by a sixth, and a ratio of two by a quarter.
const TELLING: f64 = 1.25;

impl Figure for Variation {
    fn name(&self) -> &'static str {
        "CPU time of one program, 20 runs"
    }

    fn measure(&mut self, config: &SlotConfig) -> Result<()> {
        let mut slot = Slot::start(config)?;
        let first = self.bare.len();
        for _ in 0..VARIED {
            self.bare.add(bare_cpu(&self.argv)?);
            self.boxed.add(run_boxed(&mut slot, &self.spec)?.1.cpu);
        }
        self.variations
            .push([self.bare.variation_from(first), self.boxed.variation_from(first)]);
        Ok(())
    }

    fn row(&self) -> String {
        let [bare, boxed] =
            [0, 1].map(|index| 100.0 * median(self.variations.iter().map(|both| both[index]).collect()));
        format!(
            "| {} | {} | {} | varies by {boxed:.1} %, bare {bare:.1} % | no worse | {} | |",
            self.name(),
            self.bare.cells(),
            self.boxed.cells(),
            verdict(boxed <= bare * TELLING),
        )
    }
}

/// CPU time of a bare run, from the scheduler's own account of the ended process.
fn bare_cpu(argv: &[String]) -> Result<Duration> {
    let mut child = command(&argv[0]).args(&argv[1..]).env_clear().spawn()?;
    let pid = Pid::from_child(&child);
    waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT)?;
    let account = fs::read_to_string(format!("/proc/{}/schedstat", child.id()))?;
    child.wait()?;
    let nanoseconds = account.split(' ').next().unwrap_or_default().parse()?;
    Ok(Duration::from_nanos(nanoseconds))
}
