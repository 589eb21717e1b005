//! How long a judgement takes this worker at present: what estimates of a wait are made of.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The weight of the newest: a change of what is submitted shows after some twenty judgements.
const WEIGHT: u64 = 8;

/// A moving mean.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    /// In microseconds; 0 before the first.
    mean: AtomicU64,
}

impl Pace {
    /// One judgement took so long.
    pub(crate) fn took(&self, span: Duration) {
        let took = u64::try_from(span.as_micros())
            .unwrap_or(u64::MAX / WEIGHT)
            .max(1);
        let mean = self.mean.load(Ordering::Relaxed);
        let next = if mean == 0 {
            took
        } else {
            (mean * (WEIGHT - 1) + took) / WEIGHT
        };
        // Of two that end at the same moment, one may be left out.
        self.mean.store(next.max(1), Ordering::Relaxed);
    }

    /// The mean; `None` before the first.
    pub(crate) fn mean(&self) -> Option<Duration> {
        self.mean_us().map(Duration::from_micros)
    }

    /// The mean, in microseconds; `None` before the first.
    pub(crate) fn mean_us(&self) -> Option<u64> {
        Some(self.mean.load(Ordering::Relaxed)).filter(|mean| *mean > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_follows_what_judgements_take() {
        let pace = Pace::default();
        assert_eq!(pace.mean_us(), None);
        pace.took(Duration::from_millis(8));
        assert_eq!(pace.mean_us(), Some(8000));
        for _ in 0..40 {
            pace.took(Duration::from_millis(80));
        }
        let mean = pace.mean_us().unwrap();
        assert!((78_000..=80_000).contains(&mean), "{mean}");
    }
}
