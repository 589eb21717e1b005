//! How far somebody knows a submission.

use std::fmt;
use std::str::FromStr;

use domain::{JudgementId, Sequence, SubmissionView, Update};

/// Which judgement, and which of its events. Of two positions in a submission, the larger is the newer.
///
/// On the wire `JUDGEMENT:SEQ`: the `id` of a server-sent event, and what a client that comes back names as `after`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position {
    pub(crate) judgement: JudgementId,
    pub(crate) seq: Sequence,
}

impl From<&Update> for Position {
    fn from(update: &Update) -> Self {
        Self {
            judgement: update.judgement,
            seq: update.seq,
        }
    }
}

impl From<&SubmissionView> for Position {
    fn from(view: &SubmissionView) -> Self {
        Self {
            judgement: view.judgement.id,
            seq: view.judgement.sequence(),
        }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.judgement, self.seq.0)
    }
}

/// What is wrong with a text that should be a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be JUDGEMENT:SEQ, the id of the judgement and the last sequence number that was heard of it")]
pub(crate) struct NotAPosition;

impl FromStr for Position {
    type Err = NotAPosition;

    fn from_str(text: &str) -> Result<Self, NotAPosition> {
        let (judgement, seq) = text.split_once(':').ok_or(NotAPosition)?;
        Ok(Self {
            judgement: judgement.parse().map_err(|_| NotAPosition)?,
            seq: Sequence(seq.parse().map_err(|_| NotAPosition)?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reads_what_it_writes_and_nothing_else() {
        let position = Position {
            judgement: JudgementId::new(),
            seq: Sequence(33_554_431),
        };
        assert_eq!(position.to_string().parse(), Ok(position));
        let id = position.judgement;
        for wrong in [
            "",
            ":",
            "7",
            "7:7",
            &id.to_string(),
            &format!("{id}:"),
            &format!("{id}:-1"),
            &format!("{id}:1:2"),
        ] {
            assert_eq!(wrong.parse::<Position>(), Err(NotAPosition), "{wrong:?}");
        }
    }
}
