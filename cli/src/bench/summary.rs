//! Figures: durations with their percentiles, and single numbers.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value, json};

/// One line of the result.
#[derive(Debug)]
pub(crate) struct Row {
    name: String,
    /// What it comes to, such as a rate.
    figure: String,
    value: Value,
    times: Option<Times>,
}

/// Durations, in order.
#[derive(Debug)]
pub(crate) struct Times(Vec<Duration>);

impl Times {
    pub(crate) fn new(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        Self(times)
    }

    /// The smallest that so many per mille are not above; zero where there is none.
    pub(crate) fn percentile(&self, per_mille: usize) -> Duration {
        let at = (self.0.len() * per_mille).div_ceil(1000).max(1) - 1;
        self.0.get(at).copied().unwrap_or_default()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

impl Row {
    /// So many in that time.
    pub(crate) fn rate(name: impl Into<String>, count: usize, span: Duration, times: Times) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
        let rate = count as f64 / span.as_secs_f64().max(1e-9);
        Self {
            name: name.into(),
            figure: format!("{rate:.0}/s"),
            value: json!({"per_second": rate, "count": count, "seconds": span.as_secs_f64()}),
            times: Some(times),
        }
    }

    /// A single figure.
    pub(crate) fn single(name: impl Into<String>, figure: String, value: Value) -> Self {
        Self {
            name: name.into(),
            figure,
            value,
            times: None,
        }
    }

    /// For a person.
    pub(crate) fn line(&self) -> String {
        let mut line = format!("{:<52} {:>14}", self.name, self.figure);
        if let Some(times) = self.times.as_ref().filter(|times| times.len() > 0) {
            for (label, per_mille) in PERCENTILES {
                let _ = write!(line, "  {label} {}", shown(times.percentile(per_mille)));
            }
        }
        line
    }

    /// For a program.
    pub(crate) fn json(&self) -> Value {
        let mut row = json!({"name": self.name, "value": self.value});
        if let Some(times) = self.times.as_ref().filter(|times| times.len() > 0) {
            for (label, per_mille) in PERCENTILES {
                row[format!("{label}_us")] = json!(micros(times.percentile(per_mille)));
            }
        }
        row
    }
}

const PERCENTILES: [(&str, usize); 5] = [
    ("p50", 500),
    ("p90", 900),
    ("p99", 990),
    ("p999", 999),
    ("max", 1000),
];

/// In whole microseconds.
pub(crate) fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// A time in milliseconds.
pub(crate) fn shown(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let times = Times::new((1..=200).rev().map(Duration::from_millis).collect());
        for (per_mille, expected) in [(500, 100), (900, 180), (990, 198), (999, 200), (1000, 200)] {
            assert_eq!(times.percentile(per_mille), Duration::from_millis(expected));
        }
        assert_eq!(Times::new(Vec::new()).percentile(500), Duration::ZERO);
        let one = Times::new(vec![Duration::from_millis(7)]);
        assert_eq!(one.percentile(1), Duration::from_millis(7));
    }
}
