//! Who is served next: weighted fair queueing between users, as one number.
//!
//! Each band has a clock of its own that counts in parts of a turn, [`TURN`] to a turn, and shows the largest number that
//! was served. A judgement's number is
//!
//! ```text
//!   max( clock + half a turn,  the number of its user's last one + a turn / the user's weight )
//! ```
//!
//! and the smallest number is served first. So one user's judgements are a turn apart, and of two users with many each
//! gets every second turn; whoever comes with a single one is half a turn behind what is being served, and therefore before
//! the next of anybody who has many. Who had nothing for a while has saved nothing up, and owes nothing.
//!
//! Where nothing else is said, a user's weight is 1. Who weighs 3 gets three turns where another gets one.
//!
//! A newcomer advances the clock by one part. So newcomers are served in the order of their coming, and those who wait
//! among ever more of them are not passed for ever.
//!
//! A sorted set of Redis orders by a 64-bit float, which holds every integer below 2⁵³ exactly. Of these 53 bits, the
//! upper two are the band and the lower 51 the number: 2⁴¹ turns, which at 2 500 turns a second last for 28 years.
//! `scripts/push.lua` is the same rule in Redis, and one suite of tests holds both to it.

use std::collections::{BTreeSet, HashMap};

use domain::{Band, UserId};

const BAND_BITS: u32 = 51;

/// Parts of a turn.
const TURN: u64 = 1024;

/// Nobody weighs more.
const MOST_WEIGHT: u32 = 100;

/// How far behind the clock a newcomer is.
const HALF: u64 = TURN / 2;

/// A place in the order; the smaller, the sooner. Always below 2⁵³.
pub(super) type Score = u64;

/// The clocks of all bands, and the last numbers of those users for whom they still matter.
#[derive(Debug)]
pub(super) struct Fairness {
    bands: [Clock; 3],
}

#[derive(Debug)]
struct Clock {
    now: Score,
    last: HashMap<UserId, Score>,
    /// The same, the smallest first.
    order: BTreeSet<(Score, UserId)>,
}

impl Default for Fairness {
    fn default() -> Self {
        Self {
            bands: Band::ALL.map(|band| Clock {
                now: first_of(band),
                last: HashMap::new(),
                order: BTreeSet::new(),
            }),
        }
    }
}

impl Fairness {
    /// The place of one more judgement of a user, who is that far from one to the next: see [`turn`].
    pub(super) fn push(&mut self, band: Band, user: &UserId, turn: Score) -> Score {
        let most = first_of(band) + (1 << BAND_BITS) - 1;
        let clock = &mut self.bands[usize::from(band.rank())];
        clock.forget();
        let newcomer = clock.now + HALF;
        let score = match clock.last.get(user).map(|last| last + turn) {
            Some(next) if next > newcomer => next,
            _ => {
                clock.now += 1;
                newcomer
            }
        };
        let score = score.min(most);
        if let Some(last) = clock.last.insert(user.clone(), score) {
            clock.order.remove(&(last, user.clone()));
        }
        clock.order.insert((score, user.clone()));
        score
    }

    /// Something with that number is being served.
    pub(super) fn pop(&mut self, band: Band, score: Score) {
        let clock = &mut self.bands[usize::from(band.rank())];
        clock.now = clock.now.max(score);
    }
}

impl Clock {
    /// Forgets those whose next one would be a newcomer's anyway.
    fn forget(&mut self) {
        let settled = (self.now + HALF).saturating_sub(TURN);
        while self.order.first().is_some_and(|(last, _)| *last <= settled) {
            if let Some((_, user)) = self.order.pop_first() {
                self.last.remove(&user);
            }
        }
    }
}

/// The length of a turn of who weighs so much.
pub(super) fn turn(weight: u32) -> Score {
    TURN / Score::from(weight.clamp(1, MOST_WEIGHT))
}

/// The smallest score of a band.
fn first_of(band: Band) -> Score {
    Score::from(band.rank()) << BAND_BITS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_band_comes_before_any_number_and_no_number_leaves_its_band() {
        let mut fairness = Fairness::default();
        let ann: UserId = "ann".parse().unwrap();
        let first = Band::ALL.map(|band| fairness.push(band, &ann, TURN));
        for band in Band::ALL {
            fairness.pop(band, first_of(band) + (1 << BAND_BITS) - 2);
        }
        let last = Band::ALL.map(|band| fairness.push(band, &ann, TURN));
        let order = [first[0], last[0], first[1], last[1], first[2], last[2]];
        assert!(order.is_sorted_by(|a, b| a < b), "{order:?}");
        assert!(order[5] < 1 << 53);
    }

    #[test]
    fn nobody_is_remembered_who_waits_for_nothing() {
        let mut fairness = Fairness::default();
        for number in 0..1000 {
            let score = fairness.push(Band::Bulk, &format!("user{number}").parse().unwrap(), TURN);
            fairness.pop(Band::Bulk, score);
        }
        let clock = &fairness.bands[2];
        assert!(clock.last.len() < 4, "{}", clock.last.len());
        assert_eq!(clock.last.len(), clock.order.len());
    }
}
