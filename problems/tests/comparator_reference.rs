//! The comparator against a slow and obvious one: all tokens in memory, numbers as multiples of 10^-12.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::io::BufReader;

use problems::Comparator;
use proptest::prelude::*;

/// `10^-12`ths. The generated numbers have at most six digits on either side of the point, and small exponents.
const UNIT: i128 = 1_000_000_000_000;

fn is_space(byte: u8) -> bool {
    b" \t\n\x0b\x0c\r".contains(&byte)
}

fn tokens(text: &[u8]) -> Vec<&[u8]> {
    text.split(|byte| is_space(*byte))
        .filter(|token| !token.is_empty())
        .collect()
}

/// The runs of white space: before, between and after the tokens.
fn spaces(text: &[u8]) -> Vec<Vec<u8>> {
    let mut runs = vec![Vec::new()];
    for (i, byte) in text.iter().enumerate() {
        match (is_space(*byte), i > 0 && !is_space(text[i - 1])) {
            (true, _) => runs.last_mut().unwrap().push(*byte),
            (false, false) => runs.push(Vec::new()),
            (false, true) => {}
        }
    }
    runs
}

fn number(token: &[u8]) -> Option<i128> {
    let text = std::str::from_utf8(token).ok()?.to_ascii_lowercase();
    let (mantissa, exponent) = match text.split_once('e') {
        Some((mantissa, exponent)) => {
            let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            if digits.is_empty() || !digits.bytes().all(|c| c.is_ascii_digit()) {
                return None;
            }
            (mantissa, exponent.parse::<i32>().ok()?)
        }
        None => (text.as_str(), 0),
    };
    let (sign, digits) = match mantissa.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, mantissa.strip_prefix('+').unwrap_or(mantissa)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all = format!("{whole}{fraction}");
    if all.is_empty() || !all.bytes().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let power = exponent - i32::try_from(fraction.len()).unwrap() + 12;
    let value: i128 = all.parse().unwrap();
    assert!(power >= 0, "{text} is finer than the reference");
    Some(sign * value * 10i128.pow(power.unsigned_abs()))
}

/// The tolerances are given as multiples of 10^-3, exactly.
fn reference(settings: &Settings, answer: &[u8], output: &[u8]) -> bool {
    if settings.space_change_sensitive && spaces(answer) != spaces(output) {
        return false;
    }
    let (answer, output) = (tokens(answer), tokens(output));
    answer.len() == output.len()
        && answer
            .iter()
            .zip(&output)
            .all(|(a, o)| token_agrees(settings, a, o))
}

fn token_agrees(settings: &Settings, answer: &[u8], output: &[u8]) -> bool {
    let has_tolerance = settings.relative.is_some() || settings.absolute.is_some();
    if let (true, Some(a)) = (has_tolerance, number(answer)) {
        let Some(o) = number(output) else {
            return false;
        };
        let distance = (a - o).abs();
        let relative = settings
            .relative
            .is_some_and(|relative| distance * 1000 <= a.abs() * relative);
        let absolute = settings
            .absolute
            .is_some_and(|absolute| distance <= UNIT / 1000 * absolute);
        return relative || absolute;
    }
    if settings.case_sensitive {
        answer == output
    } else {
        answer.eq_ignore_ascii_case(output)
    }
}

#[derive(Debug, Clone)]
struct Settings {
    case_sensitive: bool,
    space_change_sensitive: bool,
    /// In thousandths.
    relative: Option<i128>,
    absolute: Option<i128>,
}

impl Settings {
    fn comparator(&self) -> Comparator {
        let words = |name: &str, thousandths: Option<i128>| {
            let value = thousandths.map(|value| format!("{}.{:03}", value / 1000, value % 1000));
            value.map_or(Vec::new(), |value| vec![name.to_owned(), value])
        };
        let mut args = words("float_relative_tolerance", self.relative);
        args.extend(words("float_absolute_tolerance", self.absolute));
        args.extend(self.case_sensitive.then(|| "case_sensitive".to_owned()));
        args.extend(
            self.space_change_sensitive
                .then(|| "space_change_sensitive".to_owned()),
        );
        Comparator::from_args(&args).unwrap()
    }
}

fn settings() -> impl Strategy<Value = Settings> {
    let tolerance = || {
        prop_oneof![
            Just(None),
            Just(Some(0)),
            (1i128..=100).prop_map(Some),
            Just(Some(1000))
        ]
    };
    (any::<bool>(), any::<bool>(), tolerance(), tolerance()).prop_map(
        |(case_sensitive, space_change_sensitive, relative, absolute)| Settings {
            case_sensitive,
            space_change_sensitive,
            relative,
            absolute,
        },
    )
}

/// Tokens that are close to each other: words in several cases, numbers in several forms.
fn token() -> impl Strategy<Value = String> {
    prop_oneof![
        "[aA]{1,3}",
        "[0-2]{1,3}",
        "[-+]?[01]{0,2}\\.?[019]{0,3}",
        "[-+]?(1|10|100|99|101|0)(\\.[0-9]{1,3})?([eE][-+]?[0-2])?",
        "[a0.e+-]{1,4}",
        "[\\x00\\x7f\\[{]",
    ]
}

fn space() -> impl Strategy<Value = String> {
    prop_oneof![4 => Just(" ".to_owned()), 1 => "[ \n\t\r\x0b\x0c]{1,3}", 1 => Just("\n".to_owned())]
}

fn text() -> impl Strategy<Value = Vec<(String, String)>> {
    prop::collection::vec((token(), space()), 0..6)
}

/// A text, and another one with the same tokens but for a few.
fn texts() -> impl Strategy<Value = (String, String)> {
    let changes = prop::collection::vec(
        (any::<prop::sample::Index>(), token(), prop::option::of(space())),
        0..3,
    );
    (text(), changes, any::<bool>()).prop_map(|(text, changes, trims)| {
        let mut other = text.clone();
        for (index, token, space) in changes {
            if !other.is_empty() {
                let entry = index.get_mut(&mut other);
                match space {
                    Some(space) => entry.1 = space,
                    None => entry.0 = token,
                }
            }
        }
        let join = |text: &[(String, String)]| {
            text.iter()
                .flat_map(|(token, space)| [token.as_str(), space])
                .collect()
        };
        let (text, mut other): (String, String) = (join(&text), join(&other));
        if trims {
            other.truncate(other.trim_end().len());
        }
        (text, other)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn agrees_with_the_reference(
        settings in settings(),
        (answer, output) in texts(),
        pieces in (1usize..9, 1usize..9),
    ) {
        let found = settings
            .comparator()
            .compare(
                BufReader::with_capacity(pieces.0, answer.as_bytes()),
                BufReader::with_capacity(pieces.1, output.as_bytes()),
            )
            .unwrap();
        let expected = reference(&settings, answer.as_bytes(), output.as_bytes());
        prop_assert_eq!(found.is_none(), expected, "{:?}", found);
        if let Some(found) = found {
            prop_assert!(found.answer_at <= answer.len() as u64);
            prop_assert!(found.output_at <= output.len() as u64);
        }
    }
}
