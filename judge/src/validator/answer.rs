//! What the end of a validator means: its answer, or what it did instead of giving one.

use std::time::Duration;

use problems::{Testlib, ValidationLimits};
use sandbox::End;

use crate::case::signal_message;
use crate::compile::seconds;

pub(crate) const ACCEPTED: i32 = 42;
const WRONG_ANSWER: i32 = 43;

/// What a validator answers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Answer {
    pub(crate) is_accepted: bool,
    /// What testlib says that it is worth.
    pub(crate) worth: Option<Worth>,
}

/// What an output is worth in the words of testlib.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Worth {
    /// So many points.
    Points(f64),
    /// That part of all points.
    Part(f64),
}

/// The steps of testlib's partial answers: all of them are the full score.
const PARTS: i32 = 200;

/// The limits of a run of a validator, as far as they have to be told.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Allowed<'a> {
    pub(crate) limits: &'a ValidationLimits,
    pub(crate) wall: Duration,
    /// Of standard output, in bytes.
    pub(crate) stdout: u64,
}

/// The answer of a validator that ended so, and said this, on standard error or to the judges; `Err` is what it did instead, to be
/// put after its name.
pub(crate) fn answer(
    end: End,
    said: &str,
    testlib: Option<Testlib>,
    allowed: Allowed<'_>,
) -> Result<Answer, String> {
    let limits = allowed.limits;
    let code = match end {
        End::Exited(code) => code,
        End::Signalled(signal) => return Err(format!("was ended by {}", signal_message(signal))),
        End::CpuLimit => {
            let limit = seconds(Duration::from_micros(limits.cpu_us));
            return Err(format!("used more than {limit} of CPU time"));
        }
        End::WallLimit => {
            let limit = seconds(allowed.wall);
            return Err(format!("did not end within {limit} (wall-clock time)"));
        }
        End::MemoryLimit => {
            return Err(format!(
                "used more than {} MiB of memory",
                limits.memory_bytes >> 20
            ));
        }
        End::OutputLimit => return Err(format!("wrote more than {} KiB", allowed.stdout >> 10)),
        End::Stopped => return Err("was stopped".to_owned()),
    };
    match (code, testlib) {
        (ACCEPTED | WRONG_ANSWER, _) if part_of(said).is_none() => Ok(plain(code == ACCEPTED)),
        (_, Some(testlib)) => of_testlib(code, said, testlib),
        (_, None) => Err(format!("exited with code {code}, which is neither 42 nor 43,")),
    }
}

fn plain(is_accepted: bool) -> Answer {
    Answer {
        is_accepted,
        worth: None,
    }
}

/// The exit codes of testlib. That of a partial answer may be any, so the words go before it, where there are any.
fn of_testlib(code: i32, said: &str, testlib: Testlib) -> Result<Answer, String> {
    let worth = |worth| {
        Ok(Answer {
            is_accepted: true,
            worth: Some(worth),
        })
    };
    let part = |steps: i32| worth(Worth::Part(f64::from(steps.clamp(0, PARTS)) / f64::from(PARTS)));
    if let Some(steps) = part_of(said) {
        return part(steps);
    }
    match (code, testlib) {
        (0, Testlib::Stock) => Ok(plain(true)),
        (1 | 2 | 4 | 8, Testlib::Stock) => Ok(plain(false)),
        (3, _) => Err("found a mistake in the problem (testlib's FAIL)".to_owned()),
        (7, _) => match points_of(said) {
            Some(points) => worth(Worth::Points(points)),
            None => Err("gave points, but not how many,".to_owned()),
        },
        // Ours begins at 50; the first code of others differs from build to build, 16 being the oldest.
        (50..=250, Testlib::Missing) => part(code - 50),
        (16..=216, Testlib::Adapted | Testlib::Stock) => part(code - 16),
        _ => Err(format!("exited with code {code}, which is none of testlib's,")),
    }
}

/// The number in `partially correct (N) …`.
fn part_of(said: &str) -> Option<i32> {
    let rest = said.trim_start().strip_prefix("partially correct (")?;
    rest.split(')').next()?.parse().ok()
}

/// The number in `points N …`, or in `N …`, as it is told to judges.
fn points_of(said: &str) -> Option<f64> {
    let said = said.trim_start();
    let rest = said.strip_prefix("points ").unwrap_or(said);
    rest.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use Testlib::{Adapted, Missing, Stock};

    fn check(
        end: End,
        stderr: &str,
        testlib: Option<Testlib>,
        expected: Result<(bool, Option<Worth>), &str>,
    ) {
        let limits = ValidationLimits {
            cpu_us: 2_000_000,
            memory_bytes: 3 << 20,
            output_bytes: 4 << 10,
        };
        let allowed = Allowed {
            limits: &limits,
            wall: Duration::from_secs(11),
            stdout: 4 << 10,
        };
        let found = answer(end, stderr, testlib, allowed);
        let found = found.as_ref().map(|answer| (answer.is_accepted, answer.worth));
        assert_eq!(
            found.map_err(String::as_str),
            expected,
            "{end:?} {stderr:?} {testlib:?}"
        );
    }

    #[test]
    fn forty_two_accepts_and_forty_three_rejects_whatever_it_is_written_with() {
        for testlib in [None, Some(Missing), Some(Adapted), Some(Stock)] {
            check(End::Exited(42), "", testlib, Ok((true, None)));
            check(End::Exited(43), "wrong answer x", testlib, Ok((false, None)));
        }
    }

    #[test]
    fn anything_else_is_no_answer() {
        let neither = |code| format!("exited with code {code}, which is neither 42 nor 43,");
        for code in [0, 1, 2, 3, 7, 41, 44, 255] {
            check(End::Exited(code), "points 5", None, Err(&neither(code)));
        }
        for (end, what) in [
            (End::Signalled(11), "was ended by signal 11 (SIGSEGV)"),
            (End::CpuLimit, "used more than 2 s of CPU time"),
            (End::WallLimit, "did not end within 11 s (wall-clock time)"),
            (End::MemoryLimit, "used more than 3 MiB of memory"),
            (End::OutputLimit, "wrote more than 4 KiB"),
        ] {
            check(end, "ok", None, Err(what));
            check(end, "ok", Some(Stock), Err(what));
        }
    }

    #[test]
    fn testlib_has_codes_of_its_own() {
        check(End::Exited(0), "ok fine", Some(Stock), Ok((true, None)));
        for code in [1, 2, 4, 8] {
            check(
                End::Exited(code),
                "wrong answer x",
                Some(Stock),
                Ok((false, None)),
            );
        }
        let fail = "found a mistake in the problem (testlib's FAIL)";
        let no_number = "gave points, but not how many,";
        for testlib in [Missing, Adapted, Stock] {
            let testlib = Some(testlib);
            check(End::Exited(3), "FAIL x", testlib, Err(fail));
            check(
                End::Exited(7),
                "points 2.5 good",
                testlib,
                Ok((true, Some(Worth::Points(2.5)))),
            );
            check(End::Exited(7), "points", testlib, Err(no_number));
            for code in [0, 42, 43, 50, 216] {
                let part = Ok((true, Some(Worth::Part(0.25))));
                check(End::Exited(code), "partially correct (50) so so", testlib, part);
            }
            check(
                End::Exited(7),
                "2.5 good",
                testlib,
                Ok((true, Some(Worth::Points(2.5)))),
            );
            let none = "exited with code 9, which is none of testlib's,";
            check(End::Exited(9), "", testlib, Err(none));
        }
        for (code, testlib) in [(150, Missing), (116, Adapted), (116, Stock)] {
            check(
                End::Exited(code),
                "",
                Some(testlib),
                Ok((true, Some(Worth::Part(0.5)))),
            );
        }
        // The adapted header has 42 and 43 in their place: these are crashes.
        for code in [0, 1, 2] {
            let none = format!("exited with code {code}, which is none of testlib's,");
            check(End::Exited(code), "", Some(Adapted), Err(&none));
            check(End::Exited(code), "", Some(Missing), Err(&none));
        }
    }
}
