//! Query parameters: each known, given once and valid, or all that is wrong at once.

use std::convert::Infallible;
use std::fmt::Display;

use axum::extract::{FromRequestParts, Query};
use axum::http::Uri;
use axum::http::request::Parts;
use domain::{FieldError, Refusal};

use crate::failure::{Failure, Result, shorten};
use crate::near::did_you_mean;

/// The query of a request, taken apart by name.
#[derive(Debug)]
pub(crate) struct Params {
    pairs: Vec<(String, String)>,
    known: Vec<&'static str>,
    errors: Vec<FieldError>,
}

/// For a request that has no parameters.
#[derive(Debug)]
pub(crate) struct NoParams;

impl Params {
    fn of(uri: &Uri) -> Self {
        let pairs = Query::<Vec<(String, String)>>::try_from_uri(uri);
        let errors = pairs.as_ref().err().map(|error| FieldError {
            pointer: "?".into(),
            detail: format!("the query cannot be read: {error}"),
        });
        Self {
            errors: errors.into_iter().collect(),
            pairs: pairs.map(|Query(pairs)| pairs).unwrap_or_default(),
            known: Vec::new(),
        }
    }

    /// The parameter `name`, if it is given and valid.
    pub(crate) fn take<T, E: Display>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> std::result::Result<T, E>,
    ) -> Option<T> {
        self.known.push(name);
        let mut values = self.pairs.extract_if(.., |(key, _)| key == name);
        let (_, value) = values.next()?;
        let is_repeated = values.next().is_some();
        drop(values);
        if is_repeated {
            self.refuse(name, "is given more than once");
            return None;
        }
        match parse(&value) {
            Ok(value) => Some(value),
            Err(error) => {
                self.refuse(name, &error);
                None
            }
        }
    }

    /// Ends the reading: refuses what was wrong, and parameters that nobody asked for.
    pub(crate) fn finish(mut self) -> Result<()> {
        for (name, _) in std::mem::take(&mut self.pairs) {
            let near = did_you_mean(&name, self.known.iter().copied());
            let known = match self.known.as_slice() {
                [] => "there are none here".to_owned(),
                known => format!("known here: ?{}", known.join(", ?")),
            };
            self.refuse(&shorten(&name), format!("is not a parameter{near}; {known}"));
        }
        if self.errors.is_empty() {
            return Ok(());
        }
        Err(Refusal::invalid(self.errors).into())
    }

    fn refuse(&mut self, name: &str, detail: impl Display) {
        self.errors.push(FieldError {
            pointer: format!("?{name}"),
            detail: detail.to_string(),
        });
    }
}

impl<S: Sync> FromRequestParts<S> for Params {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> std::result::Result<Self, Infallible> {
        Ok(Self::of(&parts.uri))
    }
}

impl<S: Sync> FromRequestParts<S> for NoParams {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        Params::of(&parts.uri).finish()?;
        Ok(Self)
    }
}

/// Reads a whole number between two bounds.
pub(crate) fn whole(text: &str, least: u64, most: u64) -> std::result::Result<u64, String> {
    text.parse()
        .ok()
        .filter(|number| (least..=most).contains(number))
        .ok_or_else(|| {
            format!(
                "must be a whole number from {least} to {most}, not {:?}",
                shorten(text)
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(query: &str, expected: &[&str]) {
        let mut params = Params::of(&format!("/x?{query}").parse().unwrap());
        params.take("limit", |text| whole(text, 1, 200));
        params.take("user", str::parse::<domain::UserId>);
        let pointers: Vec<_> = match params.finish() {
            Ok(()) => Vec::new(),
            Err(failure) => failure
                .refusal
                .errors
                .into_iter()
                .map(|error| error.pointer)
                .collect(),
        };
        assert_eq!(pointers, expected, "{query}");
    }

    #[test]
    fn everything_wrong_is_told_at_once() {
        check("", &[]);
        check("limit=5&user=ann", &[]);
        check("limit=0", &["?limit"]);
        check("limit=", &["?limit"]);
        check("limit=-1&user=a%00b&x=1", &["?limit", "?user", "?x"]);
        check("limit=5&limit=5", &["?limit"]);
        check("limit=99999999999999999999", &["?limit"]);
        check("user=%ff", &["?user"]);
        check("limt=5", &["?limt"]);
        check("&&=&", &["?"]);
    }
}
