//! Rows to domain types and back: the database knows only signed 64-bit numbers and texts.

use std::fmt::Display;
use std::time::Duration;

use domain::Score;
use serde::de::DeserializeOwned;

use crate::{Result, StoreError};

/// A value that the schema allows and the program does not: a fault of the data.
pub(crate) fn impossible(column: &'static str, value: impl Display) -> StoreError {
    StoreError::failed(
        "read a row",
        format_args!("the column {column} holds {value}, which cannot be"),
    )
}

/// A number that is never negative.
pub(crate) fn number<T: TryFrom<i64>>(column: &'static str, value: i64) -> Result<T> {
    value.try_into().map_err(|_| impossible(column, value))
}

/// A text that has a meaning.
pub(crate) fn parsed<T: std::str::FromStr>(column: &'static str, text: &str) -> Result<T> {
    text.parse()
        .map_err(|_| impossible(column, format_args!("{text:?}")))
}

/// A score.
pub(crate) fn score(column: &'static str, value: Option<f64>) -> Result<Option<Score>> {
    value
        .map(|value| Score::new(value).ok_or_else(|| impossible(column, value)))
        .transpose()
}

/// A list that is stored as JSON; nothing stands for an empty one.
pub(crate) fn document<T: DeserializeOwned>(column: &'static str, text: Option<&str>) -> Result<Vec<T>> {
    match text {
        Some(text) => serde_json::from_str(text).map_err(|error| impossible(column, error)),
        None => Ok(Vec::new()),
    }
}

/// A text that is one of a few.
pub(crate) fn known<T>(column: &'static str, text: &str, read: fn(&str) -> Option<T>) -> Result<T> {
    read(text).ok_or_else(|| impossible(column, format_args!("{text:?}")))
}

/// A hash.
pub(crate) fn hash(column: &'static str, bytes: &[u8]) -> Result<[u8; 32]> {
    bytes
        .try_into()
        .map_err(|_| impossible(column, format_args!("{} bytes instead of 32", bytes.len())))
}

/// An unsigned number for the database; what does not fit is as good as the largest that does.
pub(crate) fn stored(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// A span in microseconds for the database. At most a hundred years, so that adding it to the clock cannot overflow.
pub(crate) fn micros(span: Duration) -> i64 {
    const CENTURY: i64 = 100 * 366 * 24 * 3600 * 1_000_000;
    i64::try_from(span.as_micros()).unwrap_or(CENTURY).min(CENTURY)
}
