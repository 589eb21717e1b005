//! Two programs that talk to each other: plain data.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::spec::{LONGEST, Stdin};
use crate::{Outcome, SandboxError, Spec};

/// Two programs, each in a slot of its own: what one writes to its standard output the other reads from its standard input.
///
/// All passes through the driver. To both it is as with pipes: who reads waits for what is written, who writes waits when
/// nobody reads and some megabyte of room is used up. It differs from pipes at the ends, so that these have an order:
///
/// - A side comes to the end of its input only when the other has ended and all of its output was read, never sooner: one
///   that closes its output early and goes on is not noticed.
/// - What is written to a side that has ended, or does not want to read any more, is dropped: nobody fails because of it.
/// - When the *program* ends first, the peer goes on until it ends or reaches its limits.
/// - When the *peer* ends first with the exit status `release_on`, the program goes on in the same way.
/// - When the peer ends first in any other way, nobody wants to know what the program does: its input ends, nobody reads
///   its output any more, and it is stopped when it has not ended after `grace`.
#[derive(Debug, Clone)]
pub struct Pair {
    /// What may be released or stopped. Its `stdin` is [`Stdin::Null`]; its `limits.stdout` bounds what it says.
    pub program: Spec,
    /// Who decides by its end what becomes of the program. Its `stdin` is [`Stdin::Null`]; its `limits.stdout` bounds what
    /// it says.
    pub peer: Spec,
    /// The exit status with which the peer lets the program go on.
    pub release_on: Option<i32>,
    /// How long a program may go on that is not wanted any more.
    pub grace: Duration,
    /// How much of what both say is kept, in bytes.
    pub transcript_bytes: u64,
}

/// One of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// [`Pair::program`].
    Program,
    /// [`Pair::peer`].
    Peer,
}

/// What happened. In both outcomes `stdout` is counted, and its bytes are in the transcript only.
#[derive(Debug, Clone)]
pub struct PairOutcome {
    /// Of the program; [`End::Stopped`](crate::End::Stopped) where it went on too long after its peer's end.
    pub program: Outcome,
    /// Of the peer.
    pub peer: Outcome,
    /// Which ended first. Where one end came of the other this is certain, because the one is noted before the other side
    /// can see anything of it; otherwise it is by the moments when the inits saw the ends.
    pub first: Side,
    /// What was said.
    pub transcript: Transcript,
}

/// What two programs said to each other, from the beginning as far as it was to be kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Transcript {
    /// In the order in which it passed; no two in a row are of the same side.
    pub pieces: Vec<Piece>,
    /// How much came after that and was not kept, in bytes.
    pub dropped: u64,
}

/// What one side said until the other said something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Who said it.
    pub from: Side,
    /// When it began to pass, since both were started.
    pub at: Duration,
    /// What was said.
    pub bytes: Vec<u8>,
}

/// A pair that could not be run, and on which side.
#[derive(Debug, thiserror::Error)]
#[error("{side}: {error}")]
pub struct PairError {
    /// The side whose slot or specification is at fault.
    pub side: Side,
    /// What is wrong.
    pub error: SandboxError,
}

impl Pair {
    pub(crate) fn validate(&self) -> Result<(), PairError> {
        for (side, spec) in [(Side::Program, &self.program), (Side::Peer, &self.peer)] {
            if !matches!(spec.stdin, Stdin::Null) {
                return Err(side.failed()(SandboxError::Invalid {
                    field: "stdin",
                    reason: "in a pair it is what the other side writes".to_owned(),
                }));
            }
        }
        if self.grace > LONGEST {
            return Err(Side::Program.failed()(SandboxError::Invalid {
                field: "grace",
                reason: format!("{:?} is more than {LONGEST:?}", self.grace),
            }));
        }
        Ok(())
    }
}

impl Side {
    /// Builds the function that says on which side something went wrong.
    pub(crate) fn failed(self) -> impl FnOnce(SandboxError) -> PairError {
        move |error| PairError { side: self, error }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Program => "program",
            Self::Peer => "peer",
        })
    }
}

impl Transcript {
    /// Adds what a side said; `cap` bytes are kept in all.
    pub(crate) fn add(&mut self, from: Side, at: Duration, bytes: &[u8], room: &mut u64) {
        let kept = usize::try_from(*room).unwrap_or(usize::MAX).min(bytes.len());
        let (kept, dropped) = bytes.split_at(kept);
        *room -= kept.len() as u64;
        self.dropped += dropped.len() as u64;
        match self.pieces.last_mut() {
            _ if kept.is_empty() => {}
            Some(last) if last.from == from => last.bytes.extend_from_slice(kept),
            _ => self.pieces.push(Piece {
                from,
                at,
                bytes: kept.to_vec(),
            }),
        }
    }
}
