//! Refusals: what a client is told when its request cannot be served, in the shape of RFC 9457 (problem details).

use serde::{Deserialize, Serialize};

/// One thing that is wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// Where: a JSON pointer such as `/language`, a query parameter such as `?wait`, or an entry of an archive.
    pub pointer: String,
    /// What, in one sentence.
    pub detail: String,
}

/// The kinds of refusal. Their names are stable: clients may act on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RefusalKind {
    /// The request cannot be read at all.
    Malformed,
    /// The request can be read, and something in it is wrong.
    Invalid,
    /// A token is missing, wrong or expired.
    Unauthenticated,
    /// The token does not allow it.
    Forbidden,
    /// No programs are taken at present.
    Closed,
    /// There is no such thing, or none that the asker may see.
    NotFound,
    /// The method is not one of the resource's.
    MethodNotAllowed,
    /// The thing exists already, or is being made.
    Conflict,
    /// Larger than allowed.
    TooLarge,
    /// Not a content type that is read here.
    UnsupportedMediaType,
    /// The request took too long to arrive.
    TooSlow,
    /// Too many, for now.
    TooMany,
    /// A part that Gavel depends on is away.
    Unavailable,
    /// A fault of ours.
    Internal,
}

impl RefusalKind {
    /// Its stable name.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Invalid => "invalid",
            Self::Unauthenticated => "unauthenticated",
            Self::Forbidden => "forbidden",
            Self::Closed => "closed",
            Self::NotFound => "not-found",
            Self::MethodNotAllowed => "method-not-allowed",
            Self::Conflict => "conflict",
            Self::TooLarge => "too-large",
            Self::UnsupportedMediaType => "unsupported-media-type",
            Self::TooSlow => "too-slow",
            Self::TooMany => "too-many",
            Self::Unavailable => "unavailable",
            Self::Internal => "internal",
        }
    }

    /// The HTTP status.
    pub const fn status(self) -> u16 {
        match self {
            Self::Malformed => 400,
            Self::Invalid => 422,
            Self::Unauthenticated => 401,
            Self::Forbidden | Self::Closed => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::Conflict => 409,
            Self::TooLarge => 413,
            Self::UnsupportedMediaType => 415,
            Self::TooSlow => 408,
            Self::TooMany => 429,
            Self::Unavailable => 503,
            Self::Internal => 500,
        }
    }

    /// The title, the same for every refusal of the kind.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Malformed => "The request cannot be read",
            Self::Invalid => "The request is not valid",
            Self::Unauthenticated => "A valid token is needed",
            Self::Forbidden => "Not allowed",
            Self::Closed => "Closed",
            Self::NotFound => "Not found",
            Self::MethodNotAllowed => "Method not allowed",
            Self::Conflict => "Conflict",
            Self::TooLarge => "Too large",
            Self::UnsupportedMediaType => "Unsupported content type",
            Self::TooSlow => "The request took too long",
            Self::TooMany => "Too many requests",
            Self::Unavailable => "Temporarily unavailable",
            Self::Internal => "Internal error",
        }
    }
}

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct Refusal {
    /// Its kind.
    pub kind: RefusalKind,
    /// What is wrong and, where it helps, how to do it right.
    pub detail: String,
    /// Every single thing that is wrong, where that can be said.
    pub errors: Vec<FieldError>,
}

impl Refusal {
    /// A refusal in one sentence.
    pub fn new(kind: RefusalKind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: detail.into(),
            errors: Vec::new(),
        }
    }

    /// A request with wrong fields. `errors` is not empty.
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        let detail = errors
            .iter()
            .map(|error| format!("{}: {}", error.pointer, error.detail))
            .collect::<Vec<_>>()
            .join("; ");
        Self {
            kind: RefusalKind::Invalid,
            detail,
            errors,
        }
    }

    /// A request with one wrong field.
    pub fn field(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::invalid(vec![FieldError {
            pointer: pointer.into(),
            detail: detail.into(),
        }])
    }

    /// The body of an `application/problem+json` response.
    pub fn to_json(&self, request_id: Option<&str>) -> serde_json::Value {
        let mut body = serde_json::json!({
            "type": format!("urn:gavel:problem:{}", self.kind.id()),
            "title": self.kind.title(),
            "status": self.kind.status(),
            "detail": self.detail,
        });
        if let Some(request_id) = request_id {
            body["request_id"] = request_id.into();
        }
        if !self.errors.is_empty() {
            body["errors"] = serde_json::json!(self.errors);
        }
        body
    }
}
