//! The order of the queue as one number.
//!
//! A sorted set of Redis orders by a 64-bit float, which holds every integer below 2⁵³ exactly. Of these 53 bits, the
//! upper two are the band and the lower 51 the age:
//!
//! ```text
//!   score = rank(band) · 2⁵¹ + microseconds since 2020-01-01T00:00:00Z, cut to 0 ..= 2⁵¹ − 1
//! ```
//!
//! 2⁵¹ µs are 71 years: the order within a band is exact to the microsecond until 2091. Equal scores are ordered by the
//! judgement's id, which is itself ordered by time.

use domain::{Band, Timestamp};

use super::Entry;

const AGE_BITS: u32 = 51;

/// 2020-01-01T00:00:00Z, in microseconds since 1970.
const EPOCH: i64 = 1_577_836_800_000_000;

/// A place in the order; the smaller, the sooner. Always below 2⁵³.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Score(pub(super) u64);

impl Score {
    pub(super) fn of(entry: &Entry) -> Self {
        Self(Self::first_of(entry.band).0 + age(entry.created_at))
    }

    /// The smallest score of a band.
    pub(super) fn first_of(band: Band) -> Self {
        Self(u64::from(band.rank()) << AGE_BITS)
    }

    /// The first score that is beyond a band.
    pub(super) fn end_of(band: Band) -> Self {
        Self((u64::from(band.rank()) + 1) << AGE_BITS)
    }
}

fn age(created_at: Timestamp) -> u64 {
    let since = created_at.0.saturating_sub(EPOCH).max(0);
    since.unsigned_abs().min((1 << AGE_BITS) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::JudgementId;

    fn score(band: Band, micros: i64) -> u64 {
        let entry = Entry {
            judgement: JudgementId::new(),
            band,
            created_at: Timestamp(micros),
        };
        Score::of(&entry).0
    }

    #[test]
    fn a_band_comes_before_any_age_and_age_is_exact() {
        let now = 1_800_000_000_000_000;
        let ordered = [
            score(Band::Contest, i64::MIN),
            score(Band::Contest, now),
            score(Band::Contest, now + 1),
            score(Band::Contest, i64::MAX),
            score(Band::Interactive, 0),
            score(Band::Interactive, now),
            score(Band::Bulk, now - 1),
            score(Band::Bulk, now),
            score(Band::Bulk, i64::MAX),
        ];
        assert!(ordered.is_sorted_by(|a, b| a < b), "{ordered:?}");
    }

    #[test]
    fn every_score_survives_a_float() {
        for band in Band::ALL {
            for micros in [i64::MIN, 0, 1_799_999_999_999_999, i64::MAX - 1, i64::MAX] {
                let score = score(band, micros);
                assert!(score < 1 << 53);
                #[expect(
                    clippy::cast_precision_loss,
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "whether this loses anything is the question"
                )]
                let back = score as f64 as u64;
                assert_eq!(back, score);
            }
        }
    }
}
