//! Times and sizes on the command line: a whole number and a unit, always both.

use std::fmt::Display;
use std::time::Duration;

/// Microseconds of each unit of time.
const TIMES: [(&str, u64); 4] = [("us", 1), ("ms", 1_000), ("s", 1_000_000), ("min", 60_000_000)];
/// Bytes of each unit of size.
const SIZES: [(&str, u64); 4] = [("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)];

/// A time of at least a microsecond.
pub(crate) fn time(text: &str) -> Result<Duration, String> {
    quantity(text, &TIMES).map(Duration::from_micros)
}

/// A size of at least a byte, in bytes.
pub(crate) fn size(text: &str) -> Result<u64, String> {
    quantity(text, &SIZES)
}

/// A number of at least one.
pub(crate) fn count(text: &str) -> Result<u32, String> {
    let number = digits(text).filter(|digits| digits.len() == text.len());
    let number = number.ok_or_else(|| format!("{text:?} is not a whole number"))?;
    let number = number.parse().map_err(|_| format!("{text} is too large"))?;
    if number == 0 {
        return Err("it must be at least 1".to_owned());
    }
    Ok(number)
}

fn quantity(text: &str, units: &[(&str, u64)]) -> Result<u64, String> {
    let names: Vec<_> = units.iter().map(|(name, _)| *name).collect();
    let malformed = || {
        format!(
            "{text:?} is not a whole number with a unit ({})",
            names.join(", ")
        )
    };
    let number = digits(text).ok_or_else(malformed)?;
    let unit = text.get(number.len()..).unwrap_or_default();
    let (_, factor) = units
        .iter()
        .find(|(name, _)| *name == unit)
        .ok_or_else(malformed)?;
    let number: Option<u64> = number.parse().ok();
    let value = number.and_then(|number| number.checked_mul(*factor));
    match value {
        None => Err(format!("{text} is too large")),
        Some(0) => Err(format!("{text} is nothing: it must be more than zero")),
        Some(value) => Ok(value),
    }
}

/// The decimal digits that a text begins with.
fn digits(text: &str) -> Option<&str> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text.get(..end).filter(|digits| !digits.is_empty())
}

/// A time for people.
pub(crate) fn show_time(time: Duration) -> impl Display {
    format!("{:.3} ms", time.as_secs_f64() * 1e3)
}

/// A size for people.
pub(crate) fn show_size(bytes: u64) -> impl Display {
    if bytes < 1 << 10 {
        format!("{bytes} B")
    } else if bytes < 1 << 20 {
        format!("{:.1} KiB", crate::grade::bytes_to_mebibytes(bytes << 10))
    } else {
        format!("{:.1} MiB", crate::grade::bytes_to_mebibytes(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_and_a_unit_are_wanted_both() {
        let micros = |text| time(text).map(|time| time.as_micros());
        for (text, expected) in [
            ("1us", 1),
            ("250ms", 250_000),
            ("3s", 3_000_000),
            ("2min", 120_000_000),
        ] {
            assert_eq!(micros(text), Ok(expected), "{text}");
        }
        for (text, expected) in [
            ("1B", 1),
            ("2KiB", 2048),
            ("256MiB", 256 << 20),
            ("1GiB", 1 << 30),
        ] {
            assert_eq!(size(text), Ok(expected), "{text}");
        }
        for wrong in [
            "",
            "1",
            "s",
            "-1s",
            "+1s",
            " 1s",
            "1 s",
            "1.5s",
            "1S",
            "1h",
            "1sec",
            "1e3ms",
            "٣s",
            "1s1",
            "0s",
            "00us",
            "99999999999999999999s",
            "18446744073709551615min",
            "1MiB",
        ] {
            assert!(time(wrong).is_err(), "{wrong:?} is taken for a time");
        }
        for wrong in [
            "",
            "1",
            "1k",
            "1KB",
            "1MB",
            "1mib",
            "-1MiB",
            "0B",
            "17179869184GiB",
            "1s",
        ] {
            assert!(size(wrong).is_err(), "{wrong:?} is taken for a size");
        }
        assert_eq!(count("1"), Ok(1));
        for wrong in ["", "0", "-1", "1.0", "4294967296", "x", "1x"] {
            assert!(count(wrong).is_err(), "{wrong:?} is taken for a count");
        }
    }
}
