//! Scores: what a submission to a scoring problem, a group of test cases or a test case is worth.

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A finite number of points. Ordered by size, shown with as many digits as it takes to read the same number again.
#[derive(Debug, Clone, Copy, Default)]
pub struct Score(f64);

impl Score {
    /// No points.
    pub const ZERO: Self = Self(0.0);

    /// The score of that many points; `None` for an infinity, or for what is not a number.
    pub fn new(points: f64) -> Option<Self> {
        // There is one zero.
        points.is_finite().then_some(Self(points + 0.0))
    }

    /// The points.
    pub const fn points(self) -> f64 {
        self.0
    }

    /// Whether two scores differ by no more than what adding up fractions in another order may make of the same score.
    pub fn is_about(self, other: Self) -> bool {
        (self.0 - other.0).abs() <= 1e-9 * self.0.abs().max(other.0.abs()).max(1.0)
    }

    /// Whether it is larger, by more than [`Score::is_about`] lets pass.
    pub fn exceeds(self, other: Self) -> bool {
        self > other && !self.is_about(other)
    }
}

impl From<u32> for Score {
    fn from(points: u32) -> Self {
        Self(points.into())
    }
}

impl PartialEq for Score {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Score {}

impl PartialOrd for Score {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Score {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.0.abs();
        if size == 0.0 || (1e-7..1e17).contains(&size) {
            f.pad(&self.0.to_string())
        } else {
            f.pad(&format!("{:e}", self.0))
        }
    }
}

impl Serialize for Score {
    /// A whole number as one.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        const EXACT: f64 = 9_007_199_254_740_992.0; // 2^53: below it, whole numbers are exact.
        if self.0.fract() == 0.0 && self.0.abs() < EXACT {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "a whole number, far below 2^63 in size"
            )]
            let whole = self.0 as i64;
            serializer.serialize_i64(whole)
        } else {
            serializer.serialize_f64(self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Score {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let points = f64::deserialize(deserializer)?;
        Self::new(points).ok_or_else(|| serde::de::Error::custom("a score is a finite number"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_is_read_as_it_is_shown() {
        for (points, shown, json) in [
            (0.0, "0", "0"),
            (-0.0, "0", "0"),
            (100.0, "100", "100"),
            (-3.5, "-3.5", "-3.5"),
            (100.0 / 3.0, "33.333333333333336", "33.333333333333336"),
            (0.1 + 0.2, "0.30000000000000004", "0.30000000000000004"),
            (1e16, "10000000000000000", "1e+16"),
            (1e300, "1e300", "1e+300"),
            (5e-324, "5e-324", "5e-324"),
        ] {
            let score = Score::new(points).unwrap();
            assert_eq!(score.to_string(), shown);
            assert_eq!(serde_json::to_string(&score).unwrap(), json);
            assert_eq!(serde_json::from_str::<Score>(json).unwrap(), score);
            assert_eq!(Score::new(shown.parse().unwrap()), Some(score));
        }
        for points in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(Score::new(points), None);
        }
        assert_eq!(format!("{:>5}", Score::from(7)), "    7");
        assert!(serde_json::from_str::<Score>("1e999").is_err());
    }

    #[test]
    fn scores_are_ordered_by_size() {
        let scores = [-1e300, -1.0, 0.0, 5e-324, 1.0, 33.3, 1e300].map(|points| Score::new(points).unwrap());
        assert!(scores.is_sorted());
        assert!(Score::from(1).exceeds(Score::ZERO));
        let third = Score::new(100.0 / 3.0).unwrap();
        let sum = Score::new(third.points() * 3.0 + 1e-10).unwrap();
        assert!(sum.is_about(Score::from(100)) && !sum.exceeds(Score::from(100)));
        assert!(!Score::from(100).is_about(Score::from(101)));
    }
}
