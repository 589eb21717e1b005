//! The `limits` of `problem.yaml`.

use domain::{Limits, ProblemType};

use crate::complaint::Report;
use crate::fields::{Fields, Place, no_hint};

/// CPU time of a run where the package states none, in microseconds.
///
/// The format lets the judge infer the limit from the example submissions. Until that is built, a limit that no sane
/// accepted submission misses errs on the side of the contestant.
pub(crate) const DEFAULT_CPU_US: u64 = 10_000_000;

/// All submitted files together where the package states nothing: 128 KiB.
const DEFAULT_CODE_BYTES: u64 = 128 << 10;

/// More passes than a problem needs; each takes two runs.
const MOST_PASSES: i128 = 10_000;

/// What a package's own programs may use on one test case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ValidationLimits {
    /// CPU time, in microseconds.
    pub cpu_us: u64,
    /// Memory, in bytes.
    pub memory_bytes: u64,
    /// Standard output, standard error and feedback files together, in bytes.
    pub output_bytes: u64,
}

impl Default for ValidationLimits {
    /// The "typical" system defaults of the format: 60 seconds, 2048 MiB, 8 MiB.
    fn default() -> Self {
        Self {
            cpu_us: 60_000_000,
            memory_bytes: 2048 << 20,
            output_bytes: 8 << 20,
        }
    }
}

/// How a time limit follows from the slowest accepted example submission, where the package states none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Inference {
    /// How many times as long a submission may take.
    pub multiplier: f64,
    /// The limit is a multiple of this, in seconds, and not zero.
    pub resolution: f64,
    /// How many times the limit a submission should take that is to be too slow.
    pub margin: f64,
}

impl Inference {
    /// The CPU time limit, in microseconds, for a slowest accepted submission of so many microseconds.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "times of runs, which are positive and far below 2^53 microseconds; the cast saturates"
    )]
    pub fn cpu_us(&self, slowest_us: u64) -> u64 {
        let seconds = slowest_us as f64 / 1e6;
        // What binary fractions are off by is no step of its own.
        let steps = (seconds * self.multiplier / self.resolution - 1e-9)
            .ceil()
            .max(1.0);
        (steps * self.resolution * 1e6).round() as u64
    }
}

/// The limits that a package declares.
#[derive(Debug)]
pub(crate) struct Declared {
    pub(crate) inference: Option<Inference>,
    pub(crate) limits: Limits,
    pub(crate) code_bytes: u64,
    pub(crate) validation: ValidationLimits,
    /// How often a submission is run on a test case at most.
    pub(crate) passes: u32,
}

/// The limits of a package without any, but perhaps a time limit elsewhere.
pub(crate) fn defaults(
    types: &[ProblemType],
    elsewhere: Option<u64>,
    line: u32,
    report: &mut Report,
) -> Declared {
    if elsewhere.is_none() {
        let place = Place::top(crate::problem_yaml::FILE).child("limits");
        warn_of_missing_time_limit(&place, line, report);
    }
    Declared {
        inference: elsewhere.is_none().then(|| usual_inference(report)),
        passes: usual_passes(types),
        ..declared(elsewhere, None, None, None)
    }
}

/// The format's default: a second pass is what makes a multi-pass problem.
fn usual_passes(types: &[ProblemType]) -> u32 {
    if types.contains(&ProblemType::MultiPass) {
        2
    } else {
        1
    }
}

fn usual_inference(report: &Report) -> Inference {
    Inference {
        multiplier: if report.is_lenient() { 5.0 } else { 2.0 },
        resolution: 1.0,
        margin: if report.is_lenient() { 2.0 } else { 1.5 },
    }
}

/// Reads the map. A time limit in it goes before that of elsewhere.
pub(crate) fn read(
    mut fields: Fields<'_>,
    types: &[ProblemType],
    elsewhere: Option<u64>,
    report: &mut Report,
) -> Declared {
    let place = fields.place.clone();
    let line = fields.line;
    let cpu_us = if fields.has("time_limit") {
        read_time_limit(&mut fields, report)
    } else {
        if elsewhere.is_none() {
            warn_of_missing_time_limit(&place, line, report);
        }
        elsewhere
    };
    let has_time_limit = cpu_us.is_some();
    let mut inference = usual_inference(report);
    read_multipliers(&mut fields, &mut inference, report);
    let resolution = read_positive(&mut fields, "time_resolution", report);
    inference.resolution = resolution.unwrap_or(inference.resolution);
    if report.is_lenient() {
        let multiplier = read_positive(&mut fields, "time_multiplier", report);
        inference.multiplier = multiplier.unwrap_or(inference.multiplier);
        let margin = read_positive(&mut fields, "time_safety_margin", report);
        inference.margin = margin.unwrap_or(inference.margin);
    }
    let memory = fields.integer("memory", 1, 1 << 20, report);
    let output = fields.integer("output", 1, 1 << 16, report);
    let code = fields.integer("code", 1, 1 << 16, report);
    // What compilers get is fixed for all problems; a package that needs more is told now, not by a compile error.
    let compilation = if report.is_lenient() {
        [3600, 1 << 20]
    } else {
        [60, 2048]
    };
    fields.integer("compilation_time", 1, compilation[0], report);
    fields.integer("compilation_memory", 1, compilation[1], report);
    let validation = read_validation(&mut fields, report);
    let passes = read_passes(&mut fields, types, report);
    fields.finish(no_hint, report);
    Declared {
        validation,
        passes,
        inference: (!has_time_limit).then_some(inference),
        ..declared(cpu_us, memory, output, code)
    }
}

fn read_passes(fields: &mut Fields<'_>, types: &[ProblemType], report: &mut Report) -> u32 {
    let usual = usual_passes(types);
    let Some((node, place)) = fields.take("validation_passes", report) else {
        return usual;
    };
    let passes = crate::fields::integer(node, &place, 2, MOST_PASSES, report);
    if types.contains(&ProblemType::MultiPass) {
        passes
            .and_then(|passes| u32::try_from(passes).ok())
            .unwrap_or(usual)
    } else {
        report.object(place.complaint(node.line, "is for multi-pass problems only"));
        usual
    }
}

fn read_validation(fields: &mut Fields<'_>, report: &mut Report) -> ValidationLimits {
    let mut limits = ValidationLimits::default();
    for (key, most, unit, limit) in [
        ("validation_time", 3600, 1_000_000, &mut limits.cpu_us),
        ("validation_memory", 1 << 20, 1 << 20, &mut limits.memory_bytes),
        ("validation_output", 1 << 16, 1 << 20, &mut limits.output_bytes),
    ] {
        if let Some(value) = fields.integer(key, 1, most, report) {
            *limit = u64::try_from(value).unwrap_or(1) * unit;
        }
    }
    limits
}

/// Units: microseconds, MiB, MiB, KiB. `None` stands for the default.
fn declared(cpu_us: Option<u64>, memory: Option<i128>, output: Option<i128>, code: Option<i128>) -> Declared {
    let typical = Limits::default();
    let bytes = |value: Option<i128>, unit: u64| value.and_then(|n| u64::try_from(n).ok()).map(|n| n * unit);
    let cpu_us = cpu_us.unwrap_or(DEFAULT_CPU_US);
    Declared {
        inference: None,
        limits: Limits {
            cpu_us,
            wall_us: wall_us(cpu_us),
            memory_bytes: bytes(memory, 1 << 20).unwrap_or(typical.memory_bytes),
            output_bytes: bytes(output, 1 << 20).unwrap_or(typical.output_bytes),
            processes: typical.processes,
        },
        code_bytes: bytes(code, 1 << 10).unwrap_or(DEFAULT_CODE_BYTES),
        validation: ValidationLimits::default(),
        passes: 1,
    }
}

/// The wall-clock limit that goes with a CPU limit: twice as much and a second, so that a busy machine fails nobody
/// and a sleeping program does not hold a slot for long.
pub(crate) const fn wall_us(cpu_us: u64) -> u64 {
    2 * cpu_us + 1_000_000
}

fn warn_of_missing_time_limit(place: &Place<'_>, line: u32, report: &mut Report) {
    let seconds = DEFAULT_CPU_US / 1_000_000;
    let what = format!(
        "is missing; a server takes {seconds} seconds, and `gavel problem verify` tells what follows from the submissions"
    );
    report.warn(place.child("time_limit").complaint(line, what));
}

fn read_time_limit(fields: &mut Fields<'_>, report: &mut Report) -> Option<u64> {
    let place = fields.place.child("time_limit");
    let (seconds, line) = fields.number("time_limit", report)?;
    let us = seconds_to_us(seconds);
    if us.is_none() {
        let what = format!("must be more than 0 and at most 3600 seconds, not {seconds}");
        report.complain(place.complaint(line, what));
    }
    us
}

/// A time limit in microseconds: a microsecond to an hour. Below is a typing error, above is not offered to anybody.
pub(crate) fn seconds_to_us(seconds: f64) -> Option<u64> {
    if !(1e-6..=3600.0).contains(&seconds) {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 1 and 3.6e9, as just checked"
    )]
    Some((seconds * 1e6).round() as u64)
}

/// How far the limit is above the slowest accepted submission.
fn read_multipliers(fields: &mut Fields<'_>, inference: &mut Inference, report: &mut Report) {
    let Some((node, place)) = fields.take("time_multipliers", report) else {
        return;
    };
    let Some(mut inner) = Fields::of(node, place, report) else {
        return;
    };
    for (key, factor) in [
        ("time_limit_to_tle", &mut inference.margin),
        ("ac_to_time_limit", &mut inference.multiplier),
    ] {
        let place = inner.place.child(key);
        let Some((value, line)) = inner.number(key, report) else {
            continue;
        };
        if value >= 1.0 && value.is_finite() {
            *factor = value;
        } else {
            report.complain(place.complaint(line, format!("must be at least 1, not {value}")));
        }
    }
    inner.finish(no_hint, report);
}

fn read_positive(fields: &mut Fields<'_>, key: &str, report: &mut Report) -> Option<f64> {
    let place = fields.place.child(key);
    let (value, line) = fields.number(key, report)?;
    if value > 0.0 && value.is_finite() {
        return Some(value);
    }
    report.complain(place.complaint(line, format!("must be more than 0, not {value}")));
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_the_smallest_multiple_that_is_enough() {
        for (slowest_us, multiplier, resolution, expected) in [
            (0, 2.0, 1.0, 1_000_000),
            (500_000, 2.0, 1.0, 1_000_000),
            (500_001, 2.0, 1.0, 2_000_000),
            (300_000, 2.0, 0.1, 600_000),
            (300_001, 2.0, 0.1, 700_000),
            (210_000, 1.0, 0.07, 210_000),
            (1_200_000, 5.0, 1.0, 6_000_000),
            (1, 1.0, 0.001, 1_000),
            (700_000, 1.0, 60.0, 60_000_000),
        ] {
            let inference = Inference {
                multiplier,
                resolution,
                margin: 1.5,
            };
            let found = inference.cpu_us(slowest_us);
            assert_eq!(found, expected, "{slowest_us} · {multiplier} / {resolution}");
        }
    }
}
