//! Many hostile runs in a row, in two slots at once: none is an error, and nothing of them stays.
//!
//! The test suite takes a short form of it; `make soak` takes ten thousand runs and prints what it has seen.

#![cfg(test)]

mod corpus;
mod leftovers;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use corpus::Corpus;
use leftovers::{Leftovers, children, resident};
use sandbox::{Backend, End, Slot, SlotConfig};

/// Runs in all, unless `GAVEL_TEST_SOAK_RUNS` says otherwise.
const RUNS: usize = 300;
/// Hostile runs for one honest one.
const HONEST_EVERY: usize = 10;

fn number(name: &str) -> Option<usize> {
    #[expect(clippy::disallowed_methods, reason = "how a test is told what to do")]
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}

fn slowness() -> usize {
    number("GAVEL_TEST_SLOWNESS").unwrap_or(1)
}

/// What a slot is like between runs, as far as it could grow.
#[derive(Debug)]
struct Size {
    driver: u64,
    inits: Vec<u64>,
}

impl Size {
    fn now() -> Self {
        let own = std::process::id();
        Self {
            driver: resident(own),
            inits: children(own).into_iter().map(resident).collect(),
        }
    }
}

/// One slot's share of the runs, from `first` on.
fn soak(slot: &mut Slot, corpus: &Corpus, first: usize, runs: usize) -> BTreeMap<String, usize> {
    let mut ends = BTreeMap::new();
    for index in first..first + runs {
        // A step that has no divisor with the number of programs visits all of them, in another order for every round.
        let count = corpus.hostile.len();
        let spec = &corpus.hostile[(index * 53 + index / count) % count];
        let outcome = slot
            .run(spec)
            .unwrap_or_else(|error| panic!("{:?}: {error}", spec.argv));
        let end = match outcome.end {
            End::Exited(_) => "exited".to_owned(),
            End::Signalled(signal) => format!("signal {signal}"),
            end => format!("{end:?}"),
        };
        *ends.entry(end).or_default() += 1;
        if index % HONEST_EVERY == 0 {
            let outcome = slot.run(&corpus.honest).unwrap();
            let told = String::from_utf8_lossy(&outcome.stdout.bytes).into_owned();
            assert_eq!(
                (outcome.end, told.as_str(), outcome.tasks),
                (End::Exited(42), "1 1 1 700 0 1\n", Some(1)),
                "after {:?}",
                spec.argv
            );
            assert!(outcome.memory < 8 << 20, "{outcome:?} after {:?}", spec.argv);
        }
    }
    ends
}

fn check(backend: Option<Backend>, runs: usize) {
    let config = SlotConfig {
        init_program: Some(PathBuf::from(env!("CARGO_BIN_EXE_gavel-sandbox-init"))),
        backend,
        ..SlotConfig::default()
    };
    let slowness = u32::try_from(slowness()).unwrap();
    let corpus = Corpus::build(Duration::from_millis(50) * slowness);
    // The first slot may find what drivers before have left, and a driver that is alone in its group moves itself.
    drop(Slot::start(&config).unwrap());
    let before = Leftovers::look();
    let mut slots = [(); 2].map(|()| Slot::start(&config).unwrap());
    // All the programs once or in part: whatever grows only at first has grown.
    let warm = (runs / 4).min(2 * corpus.hostile.len());
    let mut ends = BTreeMap::new();
    let mut take = |from: usize, to: usize| {
        let share = (to - from) / 2;
        let corpus = &corpus;
        let slots = slots.iter_mut().enumerate();
        thread::scope(|scope| {
            let threads: Vec<_> = slots
                .map(|(index, slot)| scope.spawn(move || soak(slot, corpus, from + index * share, share)))
                .collect();
            for thread in threads {
                for (end, count) in thread.join().unwrap() {
                    *ends.entry(end).or_insert(0) += count;
                }
            }
        });
    };
    let begin = Instant::now();
    take(0, warm);
    let small = Size::now();
    take(warm, runs);
    let took = begin.elapsed();
    let large = Size::now();
    drop(slots);
    assert_eq!(Leftovers::look(), before);
    println!(
        "{runs} runs in {took:.1?}, {:.1?} each; ends: {ends:?}",
        2 * took / u32::try_from(runs).unwrap()
    );
    println!("resident memory in KiB after {warm} runs {small:?}, at the end {large:?}");
    assert!(large.driver <= small.driver + 2048, "the driver has grown");
    for (small, large) in small.inits.iter().zip(&large.inits) {
        assert!(*large <= *small + 256, "an init has grown");
    }
}

#[test]
fn hostile_runs_leave_nothing_behind() {
    let default = RUNS / slowness().min(5);
    check(None, number("GAVEL_TEST_SOAK_RUNS").unwrap_or(default));
}

#[test]
fn hostile_runs_leave_nothing_behind_without_cgroups() {
    check(Some(Backend::None), RUNS / 2 / slowness().min(5));
}
