//! How fast the comparator is: megabytes (10^6 bytes, of one side) for a second of CPU time, the best of several rounds.
//! CPU time, so that neighbours on the machine do not count.
//!
//! Run with `cargo bench -p problems`. No framework: the figures of interest are gigabytes a second, not nanoseconds.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    reason = "a program for people"
)]

use std::fmt::Write;
use std::fs::File;
use std::hint::black_box;
use std::io::{BufRead, BufReader};

use problems::Comparator;

const BYTES: usize = 128 << 20;
const ROUNDS: usize = 5;

fn main() {
    let integers = text(|i| i.to_string());
    let floats = text(|i| format!("{}.{:06}", i % 1000, i % 999_983));
    let longer = floats.replace('\n', "000\n");
    let windows = integers.replace('\n', "\r\n");
    let line = "x".repeat(BYTES);
    let exact = Comparator::default();
    let tolerant = Comparator {
        float_relative_tolerance: Some(1e-6),
        float_absolute_tolerance: Some(1e-6),
        ..Comparator::default()
    };
    let strict = Comparator {
        space_change_sensitive: true,
        ..Comparator::default()
    };
    measure("identical integers, from files", &integers, || {
        from_files(&exact, &integers, &integers)
    });
    measure("identical integers", &integers, || {
        in_memory(&exact, &integers, &integers)
    });
    measure("identical integers, white space counts", &integers, || {
        in_memory(&strict, &integers, &integers)
    });
    measure("identical floats with tolerance", &floats, || {
        in_memory(&tolerant, &floats, &floats)
    });
    measure("identical, one token", &line, || in_memory(&exact, &line, &line));
    measure("integers with other line ends", &integers, || {
        in_memory(&exact, &integers, &windows)
    });
    measure("floats with other digits", &floats, || {
        in_memory(&tolerant, &floats, &longer)
    });
}

/// Tokens of that form, four a line.
fn text(token: impl Fn(u64) -> String) -> String {
    let mut text = String::with_capacity(BYTES + 64);
    let mut state = 1u64;
    while text.len() < BYTES {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let end = if state >> 62 == 0 { '\n' } else { ' ' };
        write!(text, "{}{end}", token(state >> 34)).unwrap();
    }
    text
}

fn in_memory(comparator: &Comparator, answer: &str, output: &str) {
    compare(
        comparator,
        BufReader::with_capacity(64 << 10, answer.as_bytes()),
        BufReader::with_capacity(64 << 10, output.as_bytes()),
    );
}

fn from_files(comparator: &Comparator, answer: &str, output: &str) {
    let directory = tempfile::tempdir().unwrap();
    let open = |name: &str, content: &str| {
        let path = directory.path().join(name);
        std::fs::write(&path, content).unwrap();
        BufReader::with_capacity(64 << 10, File::open(path).unwrap())
    };
    let (answer, output) = (open("answer", answer), open("output", output));
    let start = cpu_ns();
    compare(comparator, answer, output);
    SPENT.set(Some(cpu_ns() - start));
}

thread_local! {
    /// For rounds that have something to prepare.
    static SPENT: std::cell::Cell<Option<u64>> = const { std::cell::Cell::new(None) };
}

fn compare(comparator: &Comparator, answer: impl BufRead, output: impl BufRead) {
    assert_eq!(
        comparator.compare(black_box(answer), black_box(output)).unwrap(),
        None
    );
}

fn measure(what: &str, answer: &str, round: impl Fn()) {
    let best = (0..ROUNDS)
        .map(|_| {
            let start = cpu_ns();
            round();
            SPENT.take().unwrap_or_else(|| cpu_ns() - start)
        })
        .min()
        .unwrap();
    println!("{what}: {:.0} MB/s", answer.len() as f64 * 1e3 / best as f64);
}

/// CPU time of this thread.
fn cpu_ns() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    text.split(' ').next().unwrap().parse().unwrap()
}
