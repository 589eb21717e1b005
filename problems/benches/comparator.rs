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
use std::io::{BufReader, Read};

use problems::Comparator;

const BYTES: usize = 128 << 20;
const BUFFER: usize = 64 << 10;
const ROUNDS: usize = 5;

fn main() {
    let integers = text(|i| i.to_string());
    let floats = text(|i| format!("{}.{:06}", i % 1000, i % 999_983));
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
    let windows = integers.replace('\n', "\r\n");
    let longer = floats.replace('\n', "000\n");
    for (what, comparator, answer, output) in [
        ("identical integers", &exact, &integers, &integers),
        (
            "identical integers, white space counts",
            &strict,
            &integers,
            &integers,
        ),
        ("identical floats with tolerance", &tolerant, &floats, &floats),
        ("identical, one token", &exact, &line, &line),
        ("integers with other line ends", &exact, &integers, &windows),
        ("floats with other digits", &tolerant, &floats, &longer),
    ] {
        measure(what, answer.len(), comparator, || {
            (answer.as_bytes(), output.as_bytes())
        });
    }
    let directory = tempfile::tempdir().unwrap();
    let [answer, output] = ["answer", "output"].map(|name| directory.path().join(name));
    std::fs::write(&answer, &integers).unwrap();
    std::fs::write(&output, &integers).unwrap();
    measure("identical integers, from files", integers.len(), &exact, || {
        (File::open(&answer).unwrap(), File::open(&output).unwrap())
    });
}

/// Tokens of that form, about four a line.
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

fn measure<A: Read, O: Read>(what: &str, bytes: usize, comparator: &Comparator, open: impl Fn() -> (A, O)) {
    let rounds = (0..ROUNDS).map(|_| {
        let (answer, output) = open();
        let answer = BufReader::with_capacity(BUFFER, black_box(answer));
        let output = BufReader::with_capacity(BUFFER, black_box(output));
        let start = cpu_ns();
        let difference = comparator.compare(answer, output).unwrap();
        let spent = cpu_ns() - start;
        assert_eq!(difference, None);
        spent
    });
    println!(
        "{what}: {:.0} MB/s",
        bytes as f64 * 1e3 / rounds.min().unwrap() as f64
    );
}

/// CPU time of this thread.
fn cpu_ns() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    text.split(' ').next().unwrap().parse().unwrap()
}
