//! What is submitted, and by whom it is awaited: the seed and a number say all about a submission.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::programs;

/// Submissions of one user. Not more than a snapshot of a user shows, so that nothing of a user's is ever missed.
const OF_A_USER: u64 = 15;

/// The verdicts that are wished for where nothing is judged, and of a hundred how many.
const WISHES: [(&str, u64); 7] = [
    ("AC", 50),
    ("WA", 20),
    ("RTE", 10),
    ("TLE", 8),
    ("CE", 6),
    ("MLE", 4),
    ("OLE", 2),
];

/// C that is accepted for `aplusb`.
const ACCEPTED_C: &str = "#include <stdio.h>\nint main(void) { long long a, b; scanf(\"%lld %lld\", &a, &b); printf(\"%lld\\n\", a + b); }\n";
/// C with a wrong answer.
const WRONG_C: &str = "#include <stdio.h>\nint main(void) { puts(\"no\"); }\n";

/// Tiny programs with their language and verdict, and of a hundred how many.
const PROGRAMS: [(&str, &str, &str, u64); 6] = [
    ("python3", programs::ACCEPTED, "AC", 40),
    ("python3", programs::WRONG, "WA", 20),
    ("python3", programs::FAILING, "RTE", 15),
    ("python3", programs::BROKEN, "CE", 10),
    ("c", ACCEPTED_C, "AC", 10),
    ("c", WRONG_C, "WA", 5),
];

/// What the workers of a trial judge with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judging {
    /// Nothing: a source names its verdict and how long it takes.
    Named,
    /// The real thing.
    Real,
}

/// How submissions are drawn.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// The same seed draws the same submissions.
    pub seed: u64,
    /// What they are made for.
    pub judging: Judging,
    /// Of a hundred, how many take their time where nothing is judged.
    pub slow_percent: u64,
    /// The longest such time, in milliseconds.
    pub slowest_ms: u64,
}

/// Who waits for a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// A WebSocket that follows the submission.
    Socket,
    /// A WebSocket that follows the user.
    User,
    /// Server-sent events.
    Stream,
    /// Requests that wait.
    Poll,
}

/// One submission.
#[derive(Debug, Clone)]
pub struct Item {
    /// Its number, from 0.
    pub number: u64,
    /// Whose.
    pub user: String,
    /// In which language.
    pub language: &'static str,
    /// The program.
    pub source: String,
    /// The only right verdict.
    pub expected: &'static str,
    /// How it is followed.
    pub way: Way,
    /// When its submitter goes away the first time, without having heard the answer.
    pub leaves_after: Option<Duration>,
    /// How often whoever follows it goes away on the way.
    pub departures: u32,
}

impl Plan {
    /// The submission of that number.
    pub fn item(&self, number: u64) -> Item {
        let mut lots = self.lots(number);
        let (language, source, expected) = match self.judging {
            Judging::Named => self.wish(&mut lots, number),
            Judging::Real => program(&mut lots, number),
        };
        Item {
            number,
            user: format!("u{}", number / OF_A_USER),
            language,
            source,
            expected,
            way: match lots.random_range(0..100) {
                0..45 => Way::Socket,
                45..60 => Way::User,
                60..80 => Way::Stream,
                _ => Way::Poll,
            },
            leaves_after: (lots.random_range(0..100) < 8)
                .then(|| Duration::from_micros(lots.random_range(0..20_000))),
            departures: lots.random_range(0..10_u32).saturating_sub(7),
        }
    }

    /// Lots for whatever else belongs to that number.
    pub fn lots(&self, number: u64) -> StdRng {
        StdRng::seed_from_u64(self.seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    fn wish(&self, lots: &mut StdRng, number: u64) -> (&'static str, String, &'static str) {
        let (verdict, _) = drawn(lots, &WISHES, |(_, share)| *share);
        let millis = if lots.random_range(0..100) < self.slow_percent {
            lots.random_range(1..=self.slowest_ms)
        } else {
            0
        };
        let source = format!("# judge-nothing: {verdict} {millis}\n# {number}\n");
        ("python3", source, verdict)
    }
}

fn program(lots: &mut StdRng, number: u64) -> (&'static str, String, &'static str) {
    let (language, text, verdict, _) = drawn(lots, &PROGRAMS, |(_, _, _, share)| *share);
    // What compiles is not made different each time: the cache of compiled programs is part of what is broken.
    let source = if *language == "c" {
        (*text).to_owned()
    } else {
        format!("{text}# {number}\n")
    };
    (language, source, verdict)
}

fn drawn<'t, T>(lots: &mut StdRng, table: &'t [T], share: impl Fn(&T) -> u64) -> &'t T {
    let mut lot = lots.random_range(0..table.iter().map(&share).sum());
    let mut row = &table[0];
    for candidate in table {
        row = candidate;
        if lot < share(candidate) {
            break;
        }
        lot -= share(candidate);
    }
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_and_a_number_say_all_about_a_submission() {
        let plan = |seed| Plan {
            seed,
            judging: Judging::Named,
            slow_percent: 10,
            slowest_ms: 50,
        };
        let drawn = |seed| -> Vec<String> {
            let items = (0..50).map(|number| plan(seed).item(number));
            items.map(|item| format!("{item:?}")).collect()
        };
        assert_eq!(drawn(1), drawn(1));
        assert_ne!(drawn(1), drawn(2));
    }

    #[test]
    fn every_verdict_and_every_way_is_drawn() {
        let plan = Plan {
            seed: 3,
            judging: Judging::Named,
            slow_percent: 10,
            slowest_ms: 50,
        };
        let items: Vec<Item> = (0..500).map(|number| plan.item(number)).collect();
        for (verdict, _) in WISHES {
            assert!(items.iter().any(|item| item.expected == verdict), "{verdict}");
        }
        for way in [Way::Socket, Way::User, Way::Stream, Way::Poll] {
            assert!(items.iter().any(|item| item.way == way), "{way:?}");
        }
        assert!(items.iter().any(|item| item.leaves_after.is_some()));
        assert!(items.iter().any(|item| item.departures > 0));
    }
}
