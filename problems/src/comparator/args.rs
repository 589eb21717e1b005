//! The settings from the words of a command line.

use super::Comparator;
use super::number::Scanner;

/// What it means when a tolerance is set twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Twice {
    IsAMistake,
    LastCounts,
}

pub(super) fn parse(args: &[String], twice: Twice) -> Result<Comparator, String> {
    let mut comparator = Comparator::default();
    let mut words = args.iter();
    while let Some(word) = words.next() {
        let mut value = || {
            let value = words
                .next()
                .ok_or_else(|| format!("{word} needs a number after it"))?;
            tolerance(word, value)
        };
        match word.as_str() {
            "case_sensitive" => comparator.case_sensitive = true,
            "space_change_sensitive" => comparator.space_change_sensitive = true,
            "float_relative_tolerance" => {
                set(word, &mut comparator.float_relative_tolerance, value()?, twice)?;
            }
            "float_absolute_tolerance" => {
                set(word, &mut comparator.float_absolute_tolerance, value()?, twice)?;
            }
            "float_tolerance" => {
                let value = value()?;
                set(word, &mut comparator.float_relative_tolerance, value, twice)?;
                set(word, &mut comparator.float_absolute_tolerance, value, twice)?;
            }
            _ => {
                return Err(format!(
                    "{word:?} is not an argument of the default output validator: there are case_sensitive, \
                     space_change_sensitive, float_tolerance, float_relative_tolerance and float_absolute_tolerance"
                ));
            }
        }
    }
    Ok(comparator)
}

fn set(word: &str, tolerance: &mut Option<f64>, value: f64, twice: Twice) -> Result<(), String> {
    if tolerance.replace(value).is_some() && twice == Twice::IsAMistake {
        return Err(format!("{word} sets a tolerance that is set already"));
    }
    Ok(())
}

fn tolerance(word: &str, text: &str) -> Result<f64, String> {
    let mut scanner = Scanner::default();
    scanner.push(text.as_bytes());
    let value = text.parse::<f64>().ok().filter(|_| scanner.is_number());
    let value = value.ok_or_else(|| format!("{word} needs a number after it, not {text:?}"))?;
    if value < 0.0 {
        return Err(format!("{word} must not be negative, as {text} is"));
    }
    if !value.is_finite() {
        return Err(format!("{word} is too large: {text}"));
    }
    Ok(value)
}
