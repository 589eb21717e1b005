//! The name in a path.

use std::str::FromStr;

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use domain::{ProblemId, RejudgeId, SubmissionId, UserId, VerificationId};

use crate::failure::Failure;

/// What a path can name.
pub(crate) trait Named: FromStr {
    /// In words.
    const KIND: &'static str;
}

impl Named for SubmissionId {
    const KIND: &'static str = "submission";
}

impl Named for uuid::Uuid {
    const KIND: &'static str = "token";
}

impl Named for UserId {
    const KIND: &'static str = "user";
}

impl Named for ProblemId {
    const KIND: &'static str = "problem";
}

impl Named for VerificationId {
    const KIND: &'static str = "verification";
}

impl Named for RejudgeId {
    const KIND: &'static str = "rejudge";
}

impl Named for u32 {
    const KIND: &'static str = "version";
}

/// A problem, and something of it: `{id}` and what comes after it. What cannot be a name names nothing: 404.
#[derive(Debug)]
pub(crate) struct Of<T>(pub(crate) ProblemId, pub(crate) T);

impl<T: Named, S: Sync + Send> FromRequestParts<S> for Of<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let Ok(Path((problem, text))) = Path::<(String, String)>::from_request_parts(parts, state).await
        else {
            return Err(Failure::not_found(T::KIND, parts.uri.path()));
        };
        let Ok(problem) = problem.parse() else {
            return Err(Failure::not_found(ProblemId::KIND, problem));
        };
        match text.parse() {
            Ok(named) => Ok(Self(problem, named)),
            Err(_) => Err(Failure::not_found(T::KIND, text)),
        }
    }
}

/// The `{id}` of a path. What cannot be an id names nothing: 404.
#[derive(Debug)]
pub(crate) struct Id<T>(pub(crate) T);

impl<T: Named, S: Sync + Send> FromRequestParts<S> for Id<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let text = match Path::<String>::from_request_parts(parts, state).await {
            Ok(Path(text)) => text,
            Err(_) => parts.uri.path().to_owned(), // not UTF-8 once decoded
        };
        match text.parse() {
            Ok(id) => Ok(Self(id)),
            Err(_) => Err(Failure::not_found(T::KIND, text)),
        }
    }
}
