//! Exact decimals: just enough arithmetic to tell whether two numbers are within a tolerance of each other.

use std::cmp::Ordering;

/// Where one of two numbers is this many digits below the last digit of the other, it is as good as any other tiny one.
/// More than twice what a number or a tolerance has of digits.
const OUT_OF_SIGHT: i64 = 4000;

/// `±0.d₁d₂d₃… · 10^magnitude`, with `d₁` not zero; zero has no digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Decimal {
    is_negative: bool,
    /// As values 0 to 9, without leading or trailing zeros.
    digits: Vec<u8>,
    magnitude: i64,
}

impl Decimal {
    /// `± digits · 10^scale`.
    pub(super) fn new(is_negative: bool, digits: &[u8], scale: i64) -> Self {
        let leading = digits.iter().take_while(|digit| **digit == 0).count();
        let magnitude = scale + length(&digits[leading..]);
        let trailing = digits[leading..]
            .iter()
            .rev()
            .take_while(|digit| **digit == 0)
            .count();
        let digits = digits[leading..digits.len() - trailing].to_vec();
        Self {
            is_negative,
            magnitude: if digits.is_empty() { 0 } else { magnitude },
            digits,
        }
    }

    /// `|self - other|`.
    pub(super) fn distance(&self, other: &Self) -> Self {
        let (large, small) = if self.compare_absolute(other) == Ordering::Less {
            (other, self)
        } else {
            (self, other)
        };
        if small.digits.is_empty() {
            return large.absolute();
        }
        let small = large.bring_into_sight(small);
        let scale = large.scale().min(small.scale());
        let (a, b) = (large.digits_down_to(scale), small.digits_down_to(scale));
        let digits = if large.is_negative == small.is_negative {
            subtract(a, &b)
        } else {
            add(a, &b)
        };
        Self::new(false, &digits, scale)
    }

    /// `|self · other|`.
    pub(super) fn times(&self, other: &Self) -> Self {
        let mut product = vec![0u32; self.digits.len() + other.digits.len()];
        for (i, a) in self.digits.iter().enumerate() {
            for (j, b) in other.digits.iter().enumerate() {
                product[i + j + 1] += u32::from(*a) * u32::from(*b); // At most 81 · 800.
            }
        }
        let mut carry = 0;
        for digit in product.iter_mut().rev() {
            let sum = *digit + carry;
            *digit = sum % 10;
            carry = sum / 10;
        }
        let digits: Vec<u8> = product
            .into_iter()
            .map(|digit| u8::try_from(digit).unwrap_or(9))
            .collect();
        Self::new(false, &digits, self.scale() + other.scale())
    }

    /// Whether `|self| ≤ |other|`.
    pub(super) fn is_at_most(&self, other: &Self) -> bool {
        self.compare_absolute(other) != Ordering::Greater
    }

    fn absolute(&self) -> Self {
        Self {
            is_negative: false,
            ..self.clone()
        }
    }

    fn compare_absolute(&self, other: &Self) -> Ordering {
        match (self.digits.is_empty(), other.digits.is_empty()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            // Without leading and trailing zeros, the order of the digits is that of words.
            (false, false) => (self.magnitude, &self.digits).cmp(&(other.magnitude, &other.digits)),
        }
    }

    /// The power of ten of the last digit.
    fn scale(&self) -> i64 {
        self.magnitude - length(&self.digits)
    }

    /// A smaller number, or one in its place that is as far out of sight but can be written down.
    fn bring_into_sight(&self, small: &Self) -> Self {
        let horizon = self.scale() - OUT_OF_SIGHT;
        if small.magnitude >= horizon {
            return small.clone();
        }
        Self {
            is_negative: small.is_negative,
            digits: vec![1],
            magnitude: horizon,
        }
    }

    /// The digits as those of a whole multiple of `10^scale`; `scale` is not above the number's own.
    fn digits_down_to(&self, scale: i64) -> Vec<u8> {
        let zeros = usize::try_from(self.scale() - scale).unwrap_or(0);
        let mut digits = self.digits.clone();
        digits.resize(digits.len() + zeros, 0);
        digits
    }
}

fn length(digits: &[u8]) -> i64 {
    i64::try_from(digits.len()).unwrap_or(i64::MAX)
}

/// `a + b`, for whole numbers of which `a` is not shorter.
fn add(mut a: Vec<u8>, b: &[u8]) -> Vec<u8> {
    let mut carry = 0;
    let offset = a.len() - b.len();
    for (i, digit) in a.iter_mut().enumerate().rev() {
        let sum = *digit + carry + if i >= offset { b[i - offset] } else { 0 };
        *digit = sum % 10;
        carry = sum / 10;
    }
    a.insert(0, carry);
    a
}

/// `a - b`, for whole numbers of which `a` is not less.
fn subtract(mut a: Vec<u8>, b: &[u8]) -> Vec<u8> {
    let mut borrow = 0;
    let offset = a.len() - b.len();
    for (i, digit) in a.iter_mut().enumerate().rev() {
        let minus = borrow + if i >= offset { b[i - offset] } else { 0 };
        borrow = u8::from(*digit < minus);
        *digit = *digit + 10 * borrow - minus;
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
        let digits: Vec<u8> = mantissa
            .trim_start_matches('-')
            .bytes()
            .map(|c| c - b'0')
            .collect();
        Decimal::new(mantissa.starts_with('-'), &digits, exponent.parse().unwrap())
    }

    fn check_distance(a: &str, b: &str, expected: &str) {
        assert_eq!(decimal(a).distance(&decimal(b)), decimal(expected), "|{a} - {b}|");
        assert_eq!(decimal(b).distance(&decimal(a)), decimal(expected), "|{b} - {a}|");
    }

    #[test]
    fn distances_are_exact() {
        check_distance("11e-1", "1", "1e-1");
        check_distance("1000", "1", "999");
        check_distance("1e3", "-1", "1001");
        check_distance("-5", "-5", "0");
        check_distance("0", "-5", "5");
        check_distance("999", "-1", "1000");
        check_distance("1e30", "1", "999999999999999999999999999999");
        check_distance("1e300000000000", "1e300000000000", "0");
    }

    #[test]
    fn products_are_exact() {
        for (a, b, expected) in [("12", "12", "144"), ("99e5", "99e-7", "9801e-2"), ("0", "7", "0")] {
            assert_eq!(decimal(a).times(&decimal(b)), decimal(expected), "{a} · {b}");
        }
    }

    #[test]
    fn what_is_out_of_sight_still_counts() {
        let one = decimal("1");
        for (other, is_less) in [("1e-1000000000000", true), ("-1e-1000000000000", false)] {
            let distance = one.distance(&decimal(other));
            assert_eq!(distance.is_at_most(&one), is_less, "{other}");
            assert!(!distance.is_at_most(&decimal("99999999999e-11")), "{other}");
        }
    }
}
