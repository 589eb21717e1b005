//! A program and a validator that talk to each other.
//!
//! The validator is called as ever, but reads what the program writes, and what it writes is what the program reads. Both run at
//! the same time, each in a slot of its own. What their two ends mean together is [`resolve`]; which of them was first matters
//! where the one came of the other.

use std::time::Duration;

use domain::{Blame, Fault, Verdict};
use sandbox::{End, Pair, PairError, PairOutcome, Side, Transcript};

use crate::case::{Candidate, PATIENCE, Passed, Runner, Used, is_doubtful};
use crate::validator::{Checked, Checker, Feedback, Round};

/// How long a program may go on after it was rejected: long enough to see that nobody talks to it any more.
const GRACE: Duration = Duration::from_millis(200);

/// What is kept of a conversation, in bytes: as much as of any message for judges.
const KEPT_BYTES: u64 = 4 << 10;

impl Runner<'_> {
    /// One pass of a program that talks to the validator.
    pub(crate) async fn talk(
        &self,
        candidate: &Candidate<'_>,
        round: &Round<'_>,
        used: &mut Used,
        feedback: &mut Feedback,
    ) -> Result<Passed, Fault> {
        let interactor = self
            .checker
            .interactor(round, feedback, candidate.limits.wall())?;
        let pair = Pair {
            program: candidate.spec(self.package, round.case)?,
            peer: interactor.spec.clone(),
            release_on: Some(interactor.accepts_with),
            grace: GRACE,
            transcript_bytes: KEPT_BYTES,
        };
        let mut ran = self.pool.run_pair(pair.clone()).await;
        if matches!(&ran, Ok(outcome) if is_doubtful(&outcome.program)) {
            ran = self.pool.run_pair(patiently(pair)).await;
        }
        let outcome = match ran {
            Ok(outcome) => outcome,
            Err(PairError {
                side: Side::Program,
                error,
            }) => {
                return Ok(Passed::by_itself((Verdict::Rte, candidate.not_started(error)?)));
            }
            Err(PairError {
                side: Side::Peer,
                error,
            }) => return Err(Checker::not_talking(&interactor, error)),
        };
        used.add(&outcome.program);
        if let Some(notes) = self.notes {
            notes.talked(round.ordinal, &outcome);
        }
        let checked = self
            .checker
            .conclude_talk(&interactor, round, &outcome.peer, feedback);
        let failure = candidate.failure(&outcome.program);
        let passed = checked.or_else(|fault| cut_off(fault, failure.as_ref(), &outcome));
        let passed = passed.map(
            |checked| match resolve(failure, checked.is_accepted, outcome.first) {
                Resolution::Program(verdict, message) => Passed::by_itself((verdict, message)),
                Resolution::Told => {
                    used.cap(candidate.limits);
                    checked.into()
                }
                Resolution::Validator => checked.into(),
            },
        );
        if !matches!(&passed, Ok(passed) if passed.verdict == Verdict::Ac) {
            self.checker.note_talk(round.case, &text_of(&outcome.transcript));
        }
        passed
    }
}

/// The same with more time on the clock for the program, and as much more for the validator, which waits for it.
fn patiently(mut pair: Pair) -> Pair {
    let wall = pair.program.limits.wall;
    pair.program.limits.wall *= PATIENCE;
    pair.peer.limits.wall += wall * (PATIENCE - 1);
    pair
}

/// A validator that ended without an answer when the program's time was up did not expect the conversation to end like that. Any
/// answer would have meant the same, so that is forgiven, and taken for a rejection. One that does not end at all is not.
fn cut_off(
    fault: Fault,
    program: Option<&(Verdict, String)>,
    outcome: &PairOutcome,
) -> Result<Checked, Fault> {
    let is_late = matches!(program, Some((Verdict::Tle, _))) && outcome.first == Side::Program;
    let has_ended = matches!(outcome.peer.end, End::Exited(_) | End::Signalled(_));
    if is_late && has_ended && fault.blame == Blame::Problem {
        Ok(Checked::rejected())
    } else {
        Err(fault)
    }
}

/// What both ends mean together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Resolution {
    /// What the program did decides.
    Program(Verdict, String),
    /// The program is wrong whatever it did: it was told so before.
    Told,
    /// What the validator says decides.
    Validator,
}

/// `program` is the verdict on the program by itself, where it is none that is accepted; `is_accepted` what the validator says, which
/// has given an answer: one that has not is its package's fault before all else.
pub(crate) fn resolve(program: Option<(Verdict, String)>, is_accepted: bool, first: Side) -> Resolution {
    match program {
        _ if !is_accepted && first == Side::Peer => Resolution::Told,
        Some((verdict, message)) => Resolution::Program(verdict, message),
        None => Resolution::Validator,
    }
}

/// A conversation in the manner of the format's `.interaction` files: `<` before what the validator said, `>` before what the
/// program did.
pub(crate) fn text_of(transcript: &Transcript) -> String {
    let mut text = String::new();
    for piece in &transcript.pieces {
        let mark = match piece.from {
            Side::Peer => '<',
            Side::Program => '>',
        };
        for line in String::from_utf8_lossy(&piece.bytes).lines() {
            text.push(mark);
            text.push_str(line);
            text.push('\n');
        }
    }
    if transcript.dropped > 0 {
        text.push_str("…\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use sandbox::Piece;

    use super::*;
    use Resolution::{Told, Validator};
    use Side::{Peer, Program};

    #[test]
    fn every_combination_has_one_meaning() {
        let failed = |verdict: Verdict| Some((verdict, verdict.name().to_owned()));
        let own = |verdict: Verdict| Resolution::Program(verdict, verdict.name().to_owned());
        let failures = [Verdict::Tle, Verdict::Mle, Verdict::Rte, Verdict::Ole];
        for first in [Program, Peer] {
            // Accepted, and then crashed or looped: it crashed or looped.
            assert_eq!(resolve(None, true, first), Validator);
            for verdict in failures {
                assert_eq!(resolve(failed(verdict), true, first), own(verdict));
            }
        }
        assert_eq!(resolve(None, false, Program), Validator);
        assert_eq!(resolve(None, false, Peer), Told);
        for verdict in failures {
            // A program that fails by itself leaves the validator nothing but to reject.
            assert_eq!(resolve(failed(verdict), false, Program), own(verdict));
            // One that was rejected fails because nobody talks to it any more.
            assert_eq!(resolve(failed(verdict), false, Peer), Told);
        }
    }

    #[test]
    fn a_conversation_is_written_line_by_line() {
        let piece = |from, text: &str| Piece {
            from,
            at: Duration::ZERO,
            bytes: text.as_bytes().to_vec(),
        };
        let mut transcript = Transcript {
            pieces: vec![piece(Peer, "5\n6"), piece(Program, "x\n\n"), piece(Peer, "ok\n")],
            dropped: 0,
        };
        assert_eq!(text_of(&transcript), "<5\n<6\n>x\n>\n<ok\n");
        transcript.dropped = 1;
        assert_eq!(text_of(&transcript), "<5\n<6\n>x\n>\n<ok\n…\n");
    }
}
