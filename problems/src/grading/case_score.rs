//! What a test case is worth: by its verdict, by what its package says, and by what a validator gave.

use domain::{Score, Verdict};

/// How the score of a test case comes about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CaseScore {
    /// It has none, and a validator must not give one.
    #[default]
    None,
    /// It has none, and what a validator gives is of no interest.
    Ignored,
    /// Where it is accepted, what the validator gives, up to this; this, where it gives nothing. Else none.
    UpTo(Score),
    /// Where it is accepted, what the validator gives, which is never nothing. Else none.
    Unbounded,
    /// As older versions do it.
    Fixed {
        /// Of an accepted case.
        accepted: Score,
        /// Of another.
        rejected: Score,
        /// What validators give.
        given: Given,
    },
}

/// What validators of older versions give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Given {
    /// No score.
    Never,
    /// A score for every accepted case.
    Always,
    /// A score for some accepted cases.
    Sometimes,
    /// A factor to the fixed score for some accepted cases.
    Factor,
    /// A score for some cases, whether they are accepted or wrong, and never less than 0.
    EvenIfWrong,
}

/// What a validator gave for a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reported {
    /// A score.
    pub score: Option<Score>,
    /// A factor to the best score of the case.
    pub multiplier: Option<Score>,
}

/// The number that a text is, by the format's grammar for numbers: decimal, with or without an exponent.
pub fn score_of(text: &str) -> Option<Score> {
    let text = text.trim();
    let is_decimal = text
        .bytes()
        .all(|c| matches!(c, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
    text.parse().ok().filter(|_| is_decimal).and_then(Score::new)
}

impl Reported {
    /// Whether it is anything.
    pub fn is_any(&self) -> bool {
        self.score.is_some() || self.multiplier.is_some()
    }
}

impl CaseScore {
    /// The score of a case with that verdict; `None` where it has none. An error says what is wrong with what the
    /// validator gave, as the end of a sentence that begins with the validator: the package is at fault.
    pub fn of(&self, verdict: Verdict, reported: Reported) -> Result<Option<Score>, String> {
        match *self {
            Self::None if reported.is_any() => Err("gave a score to a test case that has none".to_owned()),
            Self::None | Self::Ignored => Ok(None),
            Self::UpTo(most) => bounded(verdict, reported, most).map(Some),
            Self::Unbounded => unbounded(verdict, reported).map(Some),
            Self::Fixed {
                accepted,
                rejected,
                given,
            } => {
                let base = if verdict.is_accepted() { accepted } else { rejected };
                fixed(verdict, reported, base, given).map(Some)
            }
        }
    }
}

const WITHOUT_ACCEPTING: &str = "gave a score to a test case without accepting it";

fn bounded(verdict: Verdict, reported: Reported, most: Score) -> Result<Score, String> {
    let points = match (reported.score, reported.multiplier) {
        (None, None) if verdict.is_accepted() => return Ok(most),
        (None, None) => return Ok(Score::ZERO),
        _ if !verdict.is_accepted() => return Err(WITHOUT_ACCEPTING.to_owned()),
        (Some(_), Some(_)) => return Err("wrote both score.txt and score_multiplier.txt".to_owned()),
        (Some(score), None) if score < Score::ZERO => return Err(format!("gave {score}, less than 0")),
        (Some(score), None) if score.exceeds(most) => {
            return Err(format!(
                "gave {score} to a test case that is worth {most} at most"
            ));
        }
        (Some(score), None) => return Ok(score),
        (None, Some(multiplier)) => factor(multiplier)?.points() * most.points(),
    };
    Score::new(points).ok_or_else(|| "gave too much".to_owned())
}

fn unbounded(verdict: Verdict, reported: Reported) -> Result<Score, String> {
    match (reported.score, reported.multiplier) {
        (None, None) if !verdict.is_accepted() => Ok(Score::ZERO),
        _ if !verdict.is_accepted() => Err(WITHOUT_ACCEPTING.to_owned()),
        (_, Some(_)) => Err("wrote score_multiplier.txt for a test case without a best score".to_owned()),
        (None, None) => {
            Err("wrote no score.txt for an accepted test case, which has no other score".to_owned())
        }
        (Some(score), None) if score < Score::ZERO => Err(format!("gave {score}, less than 0")),
        (Some(score), None) => Ok(score),
    }
}

fn fixed(verdict: Verdict, reported: Reported, base: Score, given: Given) -> Result<Score, String> {
    let is_accepted = verdict.is_accepted();
    let score = match (reported.score, reported.multiplier) {
        (None, None) if given == Given::Always && is_accepted => {
            return Err("wrote no score.txt for an accepted test case".to_owned());
        }
        (None, None) => return Ok(base),
        (Some(_), Some(_)) => return Err("wrote both score.txt and score_multiplier.txt".to_owned()),
        _ if !is_accepted && given != Given::EvenIfWrong => return Err(WITHOUT_ACCEPTING.to_owned()),
        (None, Some(multiplier)) => return scaled(factor(multiplier)?, base),
        (Some(score), None) => score,
    };
    match given {
        Given::Never => {
            Err("gave a score, which problem.yaml does not say: `validation: custom score`".to_owned())
        }
        Given::Factor => scaled(score, base),
        Given::EvenIfWrong if score < Score::ZERO => Err(format!("gave {score}, less than 0")),
        // Of a program that crashed or was too slow nothing is given.
        Given::EvenIfWrong if !matches!(verdict, Verdict::Ac | Verdict::Wa) => Ok(Score::ZERO),
        Given::Always | Given::Sometimes | Given::EvenIfWrong => Ok(score),
    }
}

fn factor(multiplier: Score) -> Result<Score, String> {
    if (Score::ZERO..=Score::from(1)).contains(&multiplier) {
        Ok(multiplier)
    } else {
        Err(format!(
            "gave the factor {multiplier}, which is not between 0 and 1"
        ))
    }
}

fn scaled(factor: Score, base: Score) -> Result<Score, String> {
    Score::new(factor.points() * base.points()).ok_or_else(|| "gave too much".to_owned())
}
