//! The parameters of a request: each known, given once and valid, or all that is wrong at once.

use std::fmt::Display;
use std::str::FromStr;

use domain::{FieldError, Refusal};
use http::Uri;

/// What is shown of a name that nobody knows, in characters.
const SHOWN: usize = 64;

/// The query of a request, taken apart by name.
#[derive(Debug)]
pub(crate) struct Query {
    pairs: Vec<(String, String)>,
    known: Vec<&'static str>,
    errors: Vec<FieldError>,
}

impl Query {
    pub(crate) fn of(uri: &Uri) -> Self {
        let pairs = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(uri);
        let errors = pairs.as_ref().err().map(|error| FieldError {
            pointer: "?".into(),
            detail: format!("the query cannot be read: {error}"),
        });
        Self {
            errors: errors.into_iter().collect(),
            pairs: pairs.map(|query| query.0).unwrap_or_default(),
            known: Vec::new(),
        }
    }

    /// Every value of a parameter that can be repeated.
    pub(crate) fn all(&mut self, name: &'static str) -> Vec<String> {
        self.known.push(name);
        let values = self.pairs.extract_if(.., |(key, _)| key == name);
        values.map(|(_, value)| value).collect()
    }

    /// The value of a parameter.
    pub(crate) fn text(&mut self, name: &'static str) -> Option<String> {
        let mut values = self.all(name);
        if values.len() > 1 {
            self.refuse(name, "is given more than once");
        }
        values.pop()
    }

    /// The same, read.
    pub(crate) fn parsed<T: FromStr<Err: Display>>(&mut self, name: &'static str) -> Option<T> {
        let text = self.text(name)?;
        text.parse().map_err(|error| self.refuse(name, error)).ok()
    }

    pub(crate) fn refuse(&mut self, name: &str, detail: impl Display) {
        self.errors.push(FieldError {
            pointer: format!("?{name}"),
            detail: detail.to_string(),
        });
    }

    /// Ends the reading: refuses what was wrong, and parameters that nobody asked for.
    pub(crate) fn finish(mut self) -> Result<(), Refusal> {
        for (name, _) in std::mem::take(&mut self.pairs) {
            let known = match self.known.as_slice() {
                [] => "there are none here".to_owned(),
                known => format!("known here: ?{}", known.join(", ?")),
            };
            let name: String = name.chars().take(SHOWN).collect();
            self.refuse(&name, format!("is not a parameter; {known}"));
        }
        if self.errors.is_empty() {
            return Ok(());
        }
        Err(Refusal::invalid(self.errors))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(query: &str, expected: &[&str]) {
        let mut query = Query::of(&format!("/x?{query}").parse().unwrap());
        query.parsed::<u16>("wait");
        query.all("user");
        let pointers: Vec<_> = match query.finish() {
            Ok(()) => Vec::new(),
            Err(refusal) => refusal.errors.into_iter().map(|error| error.pointer).collect(),
        };
        assert_eq!(pointers, expected);
    }

    #[test]
    fn everything_wrong_is_told_at_once() {
        check("", &[]);
        check("wait=5&user=ann&user=bob", &[]);
        check("wait=-5&colour=red", &["?wait", "?colour"]);
        check("wait=5&wait=5", &["?wait"]);
        check("wait=", &["?wait"]);
        check("&&=&", &["?"]);
    }
}
