//! Patience with a service that is away: growing pauses between attempts, and one log line an outage.

use std::fmt::Display;
use std::time::Duration;

use tracing::{info, warn};

const FIRST: Duration = Duration::from_millis(50);
const LONGEST: Duration = Duration::from_secs(2);

/// How often something has failed in a row.
#[derive(Debug)]
pub(crate) struct Patience {
    what: &'static str,
    failures: u32,
}

impl Patience {
    /// `what` is being done, such as "take from the queue".
    pub(crate) const fn new(what: &'static str) -> Self {
        Self { what, failures: 0 }
    }

    /// It failed: how long to wait before the next attempt.
    pub(crate) fn failed(&mut self, error: &dyn Display) -> Duration {
        if self.failures == 0 {
            warn!(%error, "cannot {}; trying again", self.what);
        }
        self.failures = self.failures.saturating_add(1);
        let pause = FIRST.saturating_mul(1 << self.failures.min(10).saturating_sub(1));
        jittered(pause.min(LONGEST))
    }

    /// It worked.
    pub(crate) fn worked(&mut self) {
        if self.failures > 0 {
            info!(failures = self.failures, "can {} again", self.what);
            self.failures = 0;
        }
    }
}

/// Between a half and three halves of a span: what many workers do at intervals shall not happen all at once.
pub(crate) fn jittered(span: Duration) -> Duration {
    span.mul_f64(rand::random_range(0.5..1.5))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_stay_bounded() {
        let mut patience = Patience::new("test");
        let pauses: Vec<_> = (0..100).map(|_| patience.failed(&"away")).collect();
        assert!(pauses[0] <= FIRST * 3 / 2, "{:?}", pauses[0]);
        assert!(
            pauses
                .iter()
                .all(|pause| *pause >= FIRST / 2 && *pause <= LONGEST * 3 / 2)
        );
        assert!(pauses[50] >= LONGEST / 2);
        patience.worked();
        assert!(patience.failed(&"away") <= FIRST * 3 / 2);
    }
}
