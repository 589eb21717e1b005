//! Samples of a duration, and what is said of them.

use std::time::Duration;

/// Samples of one figure.
#[derive(Debug, Default)]
pub(crate) struct Samples(Vec<Duration>);

impl Samples {
    /// Adds one.
    pub(crate) fn add(&mut self, sample: Duration) {
        self.0.push(sample);
    }

    /// The value that this share of the samples does not exceed, by nearest rank; zero where there are none.
    fn percentile(&self, percent: usize) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort();
        let rank = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
        sorted.get(rank).copied().unwrap_or_default()
    }

    /// A row of the table: name, median and 95th percentile in milliseconds.
    pub(crate) fn row(&self, name: &str) -> String {
        let millis = |percent| self.percentile(percent).as_secs_f64() * 1000.0;
        format!("{name:<44} {:>6.1} ms {:>6.1} ms", millis(50), millis(95))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_by_nearest_rank() {
        let samples = Samples((1..=20).rev().map(Duration::from_millis).collect());
        assert_eq!(samples.percentile(50), Duration::from_millis(10));
        assert_eq!(samples.percentile(95), Duration::from_millis(19));
        assert_eq!(Samples::default().percentile(50), Duration::ZERO);
    }
}
