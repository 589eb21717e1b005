//! The fields of a JSON object: each known and of the right type, or all that is wrong at once.

use std::fmt::Display;
use std::str::FromStr;

use domain::FieldError;
use serde_json::{Map, Value};

use crate::failure::shorten;
use crate::near::did_you_mean;

/// A JSON object, taken apart by name. `null` is the same as absent.
#[derive(Debug)]
pub(crate) struct Fields {
    at: String,
    map: Map<String, Value>,
    known: Vec<&'static str>,
    errors: Vec<FieldError>,
}

impl Fields {
    pub(crate) fn new(map: Map<String, Value>) -> Self {
        Self::at(String::new(), map)
    }

    /// An object within another one; `at` is its JSON pointer.
    pub(crate) fn at(at: String, map: Map<String, Value>) -> Self {
        Self {
            at,
            map,
            known: Vec::new(),
            errors: Vec::new(),
        }
    }

    /// Notes that something is wrong with a field.
    pub(crate) fn refuse(&mut self, name: &str, detail: impl Display) {
        let name = name.replace('~', "~0").replace('/', "~1");
        self.errors.push(FieldError {
            pointer: format!("{}/{name}", self.at),
            detail: detail.to_string(),
        });
    }

    /// The field as it is.
    pub(crate) fn value(&mut self, name: &'static str) -> Option<Value> {
        self.known.push(name);
        self.map.remove(name).filter(|value| !value.is_null())
    }

    /// Whether the field is there and null, where that is not the same as absent.
    pub(crate) fn is_null(&self, name: &str) -> bool {
        self.map.get(name).is_some_and(Value::is_null)
    }

    /// A string that must be there.
    pub(crate) fn required(&mut self, name: &'static str) -> Option<String> {
        match self.value(name) {
            Some(Value::String(text)) => Some(text),
            Some(other) => self.wrong_type(name, "a string", &other),
            None => {
                self.refuse(name, "is missing");
                None
            }
        }
    }

    /// A string.
    pub(crate) fn text(&mut self, name: &'static str) -> Option<String> {
        match self.value(name)? {
            Value::String(text) => Some(text),
            other => self.wrong_type(name, "a string", &other),
        }
    }

    /// A string or a whole number, which is the same as its digits: older clients number their problems and users.
    pub(crate) fn text_or_number(&mut self, name: &'static str) -> Option<String> {
        match self.value(name)? {
            Value::String(text) => Some(text),
            Value::Number(number) if number.is_u64() => Some(number.to_string()),
            other => self.wrong_type(name, "a string or a whole number", &other),
        }
    }

    /// A whole number from `least` to `most`.
    pub(crate) fn whole(&mut self, name: &'static str, least: u64, most: u64) -> Option<u64> {
        let value = self.value(name)?;
        let number = value.as_u64().filter(|number| (least..=most).contains(number));
        if number.is_none() {
            self.refuse(
                name,
                format!(
                    "must be a whole number from {least} to {most}, not {}",
                    shorten(&value.to_string())
                ),
            );
        }
        number
    }

    /// Reads what another method took.
    pub(crate) fn parsed<T: FromStr<Err: Display>>(
        &mut self,
        name: &'static str,
        text: Option<String>,
    ) -> Option<T> {
        match text?.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.refuse(name, error);
                None
            }
        }
    }

    /// Notes that a field is missing, unless something else is wrong with it already.
    pub(crate) fn refuse_missing(&mut self, name: &'static str) {
        let pointer = format!("{}/{name}", self.at);
        if self.errors.iter().all(|error| error.pointer != pointer) {
            self.refuse(name, "is missing");
        }
    }

    /// Takes over what is wrong with an object within this one.
    pub(crate) fn adopt(&mut self, inner: Self) {
        self.errors.extend(inner.finish());
    }

    /// Ends the reading: all that was wrong, with the fields that nobody asked for.
    pub(crate) fn finish(mut self) -> Vec<FieldError> {
        for (name, _) in std::mem::take(&mut self.map) {
            let near = did_you_mean(&name, self.known.iter().copied());
            let known = self.known.join(", ");
            self.refuse(
                &shorten(&name),
                format!("is not a field{near}; known here: {known}"),
            );
        }
        self.errors
    }

    fn wrong_type<T>(&mut self, name: &'static str, wanted: &str, found: &Value) -> Option<T> {
        self.refuse(name, format!("must be {wanted}, not {}", kind_of(found)));
        None
    }
}

/// What a JSON value is, with its article.
pub(crate) fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}
