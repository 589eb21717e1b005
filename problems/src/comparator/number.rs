//! Floats of the format: recognised byte by byte, compared exactly.
//!
//! The grammar: an optional sign, digits with an optional point among, before or after them, and an optional exponent.
//! No hexadecimals, infinities or NaNs; those are words. A tolerance is met inclusively, in the arithmetic of decimals:
//! 1.1 is within 0.1 of 1, though no binary arithmetic finds it so. Binary floats decide only what they can decide.

use super::decimal::Decimal;
use super::token::Token;

/// Digits that are kept; a number's value beyond them changes by less than one part in 10^800.
const MOST_DIGITS: usize = 800;

/// Exponents beyond this are not told apart. Far enough from `i64`'s ends for sums of a few.
const FARTHEST: i64 = 1 << 56;

/// Reading, subtracting and multiplying binary floats is off by at most 2^-53 of the value each; this is 2^-50.
const ERROR: f64 = 4.0 * f64::EPSILON;

/// Recognises a number while its bytes stream by, in bounded memory.
#[derive(Debug, Clone, Default)]
pub(super) struct Scanner {
    state: State,
    is_negative: bool,
    /// Without leading zeros, as values 0 to 9.
    digits: Vec<u8>,
    /// The power of ten that the digits are to be multiplied by, without the exponent.
    scale: i64,
    exponent: i64,
    has_negative_exponent: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum State {
    #[default]
    Start,
    Sign,
    Digits,
    PointFirst,
    Fraction,
    E,
    ExponentSign,
    Exponent,
    Word,
}

impl Scanner {
    pub(super) fn reset(&mut self) {
        self.digits.clear();
        *self = Self {
            digits: std::mem::take(&mut self.digits),
            ..Self::default()
        };
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.state = self.after(*byte);
            if self.state == State::Word {
                return; // A word remains one.
            }
        }
    }

    pub(super) fn is_number(&self) -> bool {
        matches!(self.state, State::Digits | State::Fraction | State::Exponent)
    }

    fn after(&mut self, byte: u8) -> State {
        use State::{Digits, E, Exponent, ExponentSign, Fraction, PointFirst, Sign, Start, Word};
        match (self.state, byte) {
            (Start, b'+' | b'-') => {
                self.is_negative = byte == b'-';
                Sign
            }
            (Start | Sign | Digits, b'0'..=b'9') => {
                self.digit(byte - b'0', false);
                Digits
            }
            (Start | Sign, b'.') => PointFirst,
            (Digits, b'.') => Fraction,
            (PointFirst | Fraction, b'0'..=b'9') => {
                self.digit(byte - b'0', true);
                Fraction
            }
            (Digits | Fraction, b'e' | b'E') => E,
            (E, b'+' | b'-') => {
                self.has_negative_exponent = byte == b'-';
                ExponentSign
            }
            (E | ExponentSign | Exponent, b'0'..=b'9') => {
                let exponent = self.exponent.saturating_mul(10);
                self.exponent = exponent.saturating_add(i64::from(byte - b'0')).min(FARTHEST);
                Exponent
            }
            _ => Word,
        }
    }

    fn digit(&mut self, digit: u8, is_in_fraction: bool) {
        let is_kept = self.digits.len() < MOST_DIGITS;
        if is_kept && !(digit == 0 && self.digits.is_empty()) {
            self.digits.push(digit);
        }
        self.scale += match (is_kept, is_in_fraction) {
            (true, true) => -1,
            (false, false) => 1,
            _ => 0,
        };
    }

    /// The value; for a tiny one, another tiny one. `None` where it is too large to be told from others like it.
    fn decimal(&self) -> Option<Decimal> {
        if self.is_tiny() {
            return Some(Decimal::new(self.is_negative, &[1], -FARTHEST));
        }
        if self.exponent == FARTHEST && !self.is_zero() {
            return None;
        }
        let exponent = if self.has_negative_exponent {
            -self.exponent
        } else {
            self.exponent
        };
        Some(Decimal::new(
            self.is_negative,
            &self.digits,
            self.scale.saturating_add(exponent),
        ))
    }

    fn is_zero(&self) -> bool {
        self.digits.is_empty()
    }

    /// Whether it is not zero, but has an exponent beyond all that are told apart.
    fn is_tiny(&self) -> bool {
        self.has_negative_exponent && self.exponent == FARTHEST && !self.is_zero()
    }
}

/// The two tolerances; a number that meets one of them is close enough.
#[derive(Debug)]
pub(super) struct Tolerance {
    relative: Option<(f64, Decimal)>,
    absolute: Option<(f64, Decimal)>,
    /// Whether binary floats hold both with full precision.
    is_tame: bool,
}

/// What becomes of two tokens that are not the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Agreement {
    /// Both are numbers and close enough.
    Agree,
    /// Both are numbers and not close enough.
    TooFar,
    /// The answer is a number, the output is not.
    OutputIsNoNumber,
    /// The answer is no number: they are compared as words.
    NotNumbers,
}

impl Tolerance {
    /// `None` where there is neither.
    pub(super) fn of(relative: Option<f64>, absolute: Option<f64>) -> Option<Self> {
        let with_decimal = |value: f64| {
            // The shortest decimal that reads as this float is what the author wrote.
            let mut scanner = Scanner::default();
            scanner.push(format!("{value:e}").as_bytes());
            scanner.decimal().map(|decimal| (value, decimal))
        };
        let relative = relative.and_then(with_decimal);
        let absolute = absolute.and_then(with_decimal);
        let given: Vec<f64> = [&relative, &absolute]
            .into_iter()
            .flatten()
            .map(|given| given.0)
            .collect();
        let is_tame = given.iter().all(|value| *value == 0.0 || is_tame(*value));
        (!given.is_empty()).then_some(Self {
            relative,
            absolute,
            is_tame,
        })
    }

    pub(super) fn judge(&self, answer: &Token, output: &Token) -> Agreement {
        if !answer.scanner().is_number() {
            return Agreement::NotNumbers;
        }
        if !output.scanner().is_number() {
            return Agreement::OutputIsNoNumber;
        }
        let is_close = match self.quick(answer, output) {
            Some(is_close) => is_close,
            None => self.exact(answer.scanner(), output.scanner()),
        };
        if is_close {
            Agreement::Agree
        } else {
            Agreement::TooFar
        }
    }

    /// Decides in binary floats, where their errors cannot matter.
    fn quick(&self, answer: &Token, output: &Token) -> Option<bool> {
        let read = |token: &Token| {
            let value: f64 = token.text()?.parse().ok()?;
            let is_exact_zero = value == 0.0 && token.scanner().is_zero(); // And not 1e-400.
            (is_exact_zero || is_tame(value)).then_some(value)
        };
        let (a, s) = (read(answer)?, read(output)?);
        let distance = (s - a).abs();
        let error = (s.abs() + a.abs()) * ERROR;
        let mut is_unsure = !self.is_tame;
        let relative = self.relative.as_ref().map(|(relative, _)| relative * a.abs());
        let absolute = self.absolute.as_ref().map(|(absolute, _)| *absolute);
        for allowed in [relative, absolute].into_iter().flatten() {
            let error = error + allowed * ERROR;
            if distance + error <= allowed {
                return self.is_tame.then_some(true);
            }
            is_unsure |= distance <= allowed + error;
        }
        (!is_unsure).then_some(false)
    }

    /// Decides in decimals.
    fn exact(&self, answer: &Scanner, output: &Scanner) -> bool {
        if answer.is_tiny() && output.is_tiny() {
            // Closer to each other than to any absolute tolerance but zero.
            return self
                .absolute
                .as_ref()
                .is_some_and(|(absolute, _)| *absolute > 0.0);
        }
        let (Some(a), Some(s)) = (answer.decimal(), output.decimal()) else {
            return false; // Too large to be told apart; the same text has been seen not to be there.
        };
        let distance = a.distance(&s);
        let relative = self.relative.as_ref().map(|(_, relative)| relative.times(&a));
        let absolute = self.absolute.as_ref().map(|(_, absolute)| absolute.clone());
        [relative, absolute]
            .into_iter()
            .flatten()
            .any(|allowed| distance.is_at_most(&allowed))
    }
}

/// Whether binary floats hold the value with their full precision, and some way around it.
fn is_tame(value: f64) -> bool {
    (1e-140..1e140).contains(&value.abs())
}
