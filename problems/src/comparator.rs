//! The default output validator: does an output say the same as the answer?
//!
//! Both are read as streams of tokens between white space, in bounded memory whatever the tokens' lengths. Identical
//! stretches, which is nearly everything of a correct output, are skipped in blocks (`stream`); only where the bytes
//! differ are single tokens looked at: as words, or as numbers (`number`, exact decimals) where there is a tolerance.

mod args;
mod decimal;
mod number;
mod stream;
mod token;

use std::io::{self, BufRead};

use number::{Agreement, Tolerance};
use stream::{Side, Skipped, is_space};
use token::Token;

/// The default output validator's settings.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Comparator {
    /// Letters must agree in case.
    pub case_sensitive: bool,
    /// White space must agree byte for byte.
    pub space_change_sensitive: bool,
    /// Relative tolerance of floats.
    pub float_relative_tolerance: Option<f64>,
    /// Absolute tolerance of floats.
    pub float_absolute_tolerance: Option<f64>,
}

/// Where an output first differs from the answer.
///
/// For words and white space, the first byte that differs; for numbers, and where a token is missing or too many, the
/// beginning of the token. At the end of a file it is the file's length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Byte in the answer.
    pub answer_at: u64,
    /// Byte in the output.
    pub output_at: u64,
    /// In words, for judges: lines, both tokens, cut to a bounded length.
    pub what: String,
}

impl Comparator {
    /// Reads the settings from the words of `output_validator_args`: `case_sensitive`, `space_change_sensitive`,
    /// `float_relative_tolerance E`, `float_absolute_tolerance E`, and `float_tolerance E` for both.
    pub fn from_args(args: &[String]) -> Result<Self, String> {
        args::parse(args, args::Twice::IsAMistake)
    }

    /// As older tools read them: of a tolerance that is set twice, the last one counts.
    pub(crate) fn from_old_args(args: &[String]) -> Result<Self, String> {
        args::parse(args, args::Twice::LastCounts)
    }

    /// Compares an output with the answer: `None` where they agree.
    ///
    /// Reads both to their ends if they agree, and not much further than the first difference if they do not. Errors are
    /// those of the readers.
    pub fn compare<A: BufRead, O: BufRead>(&self, answer: A, output: O) -> io::Result<Option<Difference>> {
        let tolerance = Tolerance::of(self.float_relative_tolerance, self.float_absolute_tolerance);
        let mut pair = Pair {
            settings: self,
            tolerance,
            answer: Side::new(answer),
            output: Side::new(output),
            answer_token: Token::default(),
            output_token: Token::default(),
        };
        loop {
            match pair.skip_identical()? {
                Skipped::BothEnded => return Ok(None),
                Skipped::InToken => {}
                Skipped::BetweenTokens => {
                    if let Some(difference) = pair.white_space()? {
                        return Ok(Some(difference));
                    }
                    match (pair.answer.has_ended()?, pair.output.has_ended()?) {
                        (true, true) => return Ok(None),
                        (false, false) => {}
                        (true, false) => return pair.one_too_many().map(Some),
                        (false, true) => return pair.one_too_few().map(Some),
                    }
                    pair.begin_tokens();
                }
            }
            if let Some(difference) = pair.tokens()? {
                return Ok(Some(difference));
            }
        }
    }
}

struct Pair<'a, A, O> {
    settings: &'a Comparator,
    tolerance: Option<Tolerance>,
    answer: Side<A>,
    output: Side<O>,
    /// What has been read of the current token on either side.
    answer_token: Token,
    output_token: Token,
}

impl<A: BufRead, O: BufRead> Pair<'_, A, O> {
    /// Skips what is the same on both sides, up to the token or white space that differs.
    fn skip_identical(&mut self) -> io::Result<Skipped> {
        let skipped = stream::skip_identical(
            &mut self.answer,
            &mut self.output,
            &mut self.answer_token,
            self.tolerance.is_some(),
        )?;
        if skipped == Skipped::InToken {
            self.output_token.copy_from(&self.answer_token);
            self.output_token.at = self
                .answer_token
                .at
                .wrapping_add(self.output.at)
                .wrapping_sub(self.answer.at);
            self.output_token.line = self.output.line;
        }
        Ok(skipped)
    }

    fn begin_tokens(&mut self) {
        self.answer_token.begin(self.answer.at, self.answer.line);
        self.output_token.begin(self.output.at, self.output.line);
    }

    /// Reads the white space on both sides up to the next tokens.
    fn white_space(&mut self) -> io::Result<Option<Difference>> {
        if !self.settings.space_change_sensitive {
            self.answer.skip_space()?;
            self.output.skip_space()?;
            return Ok(None);
        }
        loop {
            let answer = self.answer.peek()?.filter(|byte| is_space(*byte));
            let output = self.output.peek()?.filter(|byte| is_space(*byte));
            match (answer, output) {
                (None, None) => return Ok(None),
                (Some(a), Some(o)) if a == o => {
                    self.answer.step(a);
                    self.output.step(o);
                }
                (answer, output) => return Ok(Some(self.space_differs(answer, output))),
            }
        }
    }

    /// Reads the rest of both tokens and compares them.
    fn tokens(&mut self) -> io::Result<Option<Difference>> {
        let with_numbers = self.tolerance.is_some();
        let mut differ_at = None;
        loop {
            let at = (self.answer.at, self.output.at);
            let (answer, output) = (self.answer.in_token()?, self.output.in_token()?);
            let common = answer.len().min(output.len());
            if common == 0 {
                if differ_at.is_none() && answer.len() != output.len() {
                    differ_at = Some(at);
                }
                break;
            }
            let (answer, output) = (&answer[..common], &output[..common]);
            if differ_at.is_none()
                && let Some(place) = self.settings.first_difference(answer, output)
            {
                let place = place as u64;
                differ_at = Some((at.0 + place, at.1 + place));
            }
            self.answer_token.push(answer, with_numbers);
            self.output_token.push(output, with_numbers);
            self.answer.consume_token_part(common);
            self.output.consume_token_part(common);
            if differ_at.is_some() && !with_numbers {
                break;
            }
        }
        let Some(place) = differ_at else {
            return Ok(None);
        };
        self.judge_different_tokens(place)
    }

    fn judge_different_tokens(&mut self, place: (u64, u64)) -> io::Result<Option<Difference>> {
        let Some(tolerance) = &self.tolerance else {
            self.answer_token.complete_head(&mut self.answer)?;
            self.output_token.complete_head(&mut self.output)?;
            return Ok(Some(self.words_differ(place)));
        };
        self.answer_token.complete(&mut self.answer)?;
        self.output_token.complete(&mut self.output)?;
        Ok(match tolerance.judge(&self.answer_token, &self.output_token) {
            Agreement::Agree => None,
            Agreement::NotNumbers => Some(self.words_differ(place)),
            Agreement::OutputIsNoNumber => Some(self.numbers_differ("is not a number")),
            Agreement::TooFar => Some(self.numbers_differ("is too far off")),
        })
    }

    fn one_too_many(&mut self) -> io::Result<Difference> {
        self.begin_tokens();
        self.output_token.complete_head(&mut self.output)?;
        Ok(Difference {
            answer_at: self.answer_token.at,
            output_at: self.output_token.at,
            what: format!(
                "line {}: the output goes on with {} after the end of the answer",
                self.output_token.line,
                self.output_token.shown()
            ),
        })
    }

    fn one_too_few(&mut self) -> io::Result<Difference> {
        self.begin_tokens();
        self.answer_token.complete_head(&mut self.answer)?;
        Ok(Difference {
            answer_at: self.answer_token.at,
            output_at: self.output_token.at,
            what: format!(
                "line {}: the output ends where the answer (line {}) has {}",
                self.output_token.line,
                self.answer_token.line,
                self.answer_token.shown()
            ),
        })
    }

    fn space_differs(&self, answer: Option<u8>, output: Option<u8>) -> Difference {
        Difference {
            answer_at: self.answer.at,
            output_at: self.output.at,
            what: format!(
                "line {}: the output has {} where the answer (line {}) has {}",
                self.output.line,
                space_name(output),
                self.answer.line,
                space_name(answer)
            ),
        }
    }

    fn words_differ(&self, (answer_at, output_at): (u64, u64)) -> Difference {
        Difference {
            answer_at,
            output_at,
            what: self.tokens_in_words(""),
        }
    }

    fn numbers_differ(&self, why: &str) -> Difference {
        Difference {
            answer_at: self.answer_token.at,
            output_at: self.output_token.at,
            what: self.tokens_in_words(&format!(", which {why}")),
        }
    }

    fn tokens_in_words(&self, why: &str) -> String {
        format!(
            "line {}: the output has {}{why} where the answer (line {}) has {}",
            self.output_token.line,
            self.output_token.shown(),
            self.answer_token.line,
            self.answer_token.shown()
        )
    }
}

impl Comparator {
    /// The first place where two stretches of the same length differ.
    fn first_difference(&self, answer: &[u8], output: &[u8]) -> Option<usize> {
        let mut bytes = answer.iter().zip(output);
        if self.case_sensitive {
            bytes.position(|(a, o)| a != o)
        } else {
            bytes.position(|(a, o)| !a.eq_ignore_ascii_case(o))
        }
    }
}

fn space_name(byte: Option<u8>) -> &'static str {
    match byte {
        Some(b' ') => "a space",
        Some(b'\n') => "a line feed",
        Some(b'\r') => "a carriage return",
        Some(b'\t') => "a tab",
        Some(11) => "a vertical tab",
        Some(12) => "a form feed",
        _ => "no white space",
    }
}
