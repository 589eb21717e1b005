//! How long what waits will probably wait.

use std::time::Duration;

use domain::{Band, LanguageId, WorkerTag};

use crate::WorkerRecord;

impl WorkerRecord {
    /// Whether it takes what is so urgent, asks for that tag, and is in that language.
    pub fn serves(&self, band: Band, tag: &WorkerTag, language: &LanguageId) -> bool {
        let mut languages = self.languages.iter();
        let is_offered = *language == LanguageId::text()
            || languages.any(|offered| offered.id == *language && offered.unavailable.is_none());
        is_offered && self.bands.contains(&band) && self.tags.contains(tag)
    }
}

/// About how long it takes until one begins that has `before` others before it, where all `workers` that could take it are busy at the
/// pace that they last announced. `None` where there is none, or none that has judged anything yet.
pub fn expected_wait<'w>(
    workers: impl IntoIterator<Item = &'w WorkerRecord>,
    before: u64,
) -> Option<Duration> {
    // What a worker that has just started will do is taken to be what the others do.
    let (mut slots, mut known_slots, mut per_us) = (0.0, 0.0, 0.0);
    for worker in workers {
        let count = f64::from(worker.slots);
        slots += count;
        if let Some(service_us) = worker.service_us.filter(|micros| *micros > 0) {
            known_slots += count;
            per_us += count / as_f64(service_us);
        }
    }
    if known_slots == 0.0 {
        return None;
    }
    let per_us = per_us * slots / known_slots;
    let micros = (as_f64(before) + 1.0) / per_us;
    Duration::try_from_secs_f64(micros / 1e6).ok()
}

#[expect(clippy::cast_precision_loss, reason = "it is an estimate")]
fn as_f64(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use std::cmp::Reverse;
    use std::collections::BinaryHeap;

    use domain::{Band, Timestamp, WorkerId};

    use super::*;

    fn worker(slots: u32, service_us: Option<u64>) -> WorkerRecord {
        WorkerRecord {
            id: WorkerId::new(),
            name: "w".into(),
            slots,
            languages: Vec::new(),
            bands: Band::ALL.to_vec(),
            tags: vec![WorkerTag::default()],
            service_us,
            seen_at: Timestamp(0),
        }
    }

    /// When the one behind `before` others begins, on slots that are all busy: (time of a judgement, slots) of each worker.
    fn simulated(workers: &[(u64, u32)], before: u64, seed: u64) -> f64 {
        let mut state = seed;
        let mut random = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            as_f64(state >> 11) / as_f64(1 << 53)
        };
        // Half of them take a fifth of the mean, the others the rest; of those that are found running, nine of ten are of the latter.
        let mut took = |mean: u64, short: f64| {
            let share = if random() < short { 0.2 } else { 1.8 };
            (Duration::from_secs_f64(as_f64(mean) * share / 1e6), random())
        };
        let mut busy = BinaryHeap::new();
        for (mean, slots) in workers {
            for _ in 0..*slots {
                let (whole, left) = took(*mean, 0.1);
                busy.push(Reverse((whole.mul_f64(left), *mean)));
            }
        }
        let mut begun = 0;
        loop {
            let Reverse((now, mean)) = busy.pop().unwrap();
            if begun == before {
                return now.as_secs_f64();
            }
            begun += 1;
            busy.push(Reverse((now + took(mean, 0.5).0, mean)));
        }
    }

    #[test]
    fn an_estimate_is_within_a_factor_of_two_of_a_simulated_load() {
        let fleets: [&[(u64, u32)]; 4] = [
            &[(50_000, 1)],
            &[(200_000, 4)],
            &[(10_000, 8), (500_000, 2)],
            &[(1_000_000, 16), (100_000, 1)],
        ];
        for fleet in fleets {
            let workers: Vec<_> = fleet
                .iter()
                .map(|(service_us, slots)| worker(*slots, Some(*service_us)))
                .collect();
            for before in [0, 1, 10, 100, 1000] {
                let runs: f64 = (1..=100).map(|seed| simulated(fleet, before, seed * 7919)).sum();
                let mean = runs / 100.0;
                let expected = expected_wait(&workers, before).unwrap().as_secs_f64();
                let factor = expected / mean;
                assert!(
                    (0.5..=2.0).contains(&factor),
                    "{fleet:?}, {before} before: {expected} s for {mean} s"
                );
            }
        }
    }

    #[test]
    fn nothing_is_told_where_nothing_is_known() {
        assert_eq!(expected_wait(&[], 3), None);
        assert_eq!(expected_wait(&[worker(4, None)], 3), None);
        let half = [worker(2, Some(1_000_000)), worker(2, None)];
        assert_eq!(expected_wait(&half, 3), Some(Duration::from_secs(1)));
    }
}
