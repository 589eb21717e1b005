//! The messages of `/api/v1/ws`: JSON objects with a `type`.
//!
//! Read field by field, so that whoever writes a client is told which field is wrong; what is not a field of the message
//! is refused. A client may put a `ref` into any message, and finds it in the answers.

use bus::Topic;
use domain::{FieldError, Refusal, RefusalKind, Role, SubmissionId, UserId};
use serde::Serialize;
use serde_json::{Map, Value};

/// The longest `ref`, in characters.
const REFERENCE: usize = 128;

/// A message of a client.
#[derive(Debug)]
pub(crate) struct Incoming {
    /// What the client wants to find in the answer.
    pub(crate) reference: Option<Value>,
    /// What it asks, or what is wrong with the message.
    pub(crate) request: Result<Request, Refusal>,
}

/// What a client asks.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Request {
    Auth { token: String },
    Subscribe(Target),
    Unsubscribe(Target),
}

/// What a client wants to listen to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Submission(SubmissionId),
    User(UserId),
    /// Whoever is authenticated.
    Me,
}

/// A message to a client, but for snapshots and updates.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(crate) enum Outgoing<'a> {
    /// The first message.
    Hello {
        version: &'static str,
        /// Whether no token is needed.
        open: bool,
    },
    Authenticated {
        user: &'a UserId,
        role: Role,
        #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
        reference: Option<&'a Value>,
    },
    Subscribed(About<'a>),
    Unsubscribed(About<'a>),
    Error {
        code: RefusalKind,
        detail: &'a str,
        #[serde(skip_serializing_if = "<[_]>::is_empty")]
        errors: &'a [FieldError],
        #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
        reference: Option<&'a Value>,
    },
}

/// A topic, in an answer.
#[derive(Debug, Serialize)]
pub(crate) struct About<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    submission: Option<SubmissionId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<&'a UserId>,
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    reference: Option<&'a Value>,
}

impl<'a> About<'a> {
    pub(crate) fn new(topic: &'a Topic, reference: Option<&'a Value>) -> Self {
        let (submission, user) = match topic {
            Topic::Submission(id) => (Some(*id), None),
            Topic::User(user) => (None, Some(user)),
        };
        Self {
            submission,
            user,
            reference,
        }
    }
}

impl<'a> Outgoing<'a> {
    /// What a client is told that cannot be served.
    pub(crate) fn error(refusal: &'a Refusal, reference: Option<&'a Value>) -> Self {
        Self::Error {
            code: refusal.kind,
            detail: &refusal.detail,
            errors: &refusal.errors,
            reference,
        }
    }
}

/// Reads a message.
pub(crate) fn read(text: &str) -> Incoming {
    let mut fields = match object(text) {
        Ok(fields) => Fields(fields),
        Err(refusal) => {
            return Incoming {
                reference: None,
                request: Err(refusal),
            };
        }
    };
    match fields.reference() {
        Ok(reference) => Incoming {
            reference,
            request: fields.request(),
        },
        Err(refusal) => Incoming {
            reference: None,
            request: Err(refusal),
        },
    }
}

fn object(text: &str) -> Result<Map<String, Value>, Refusal> {
    match serde_json::from_str(text) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Err(Refusal::new(
            RefusalKind::Malformed,
            r#"a message is a JSON object, such as {"type":"subscribe","submission":"…"}"#,
        )),
        Err(error) => Err(Refusal::new(
            RefusalKind::Malformed,
            format!("the message is not JSON: {error}"),
        )),
    }
}

/// The fields of a message that have not been read yet.
struct Fields(Map<String, Value>);

impl Fields {
    fn reference(&mut self) -> Result<Option<Value>, Refusal> {
        match self.0.remove("ref") {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.chars().count() <= REFERENCE => Ok(Some(Value::String(text))),
            Some(Value::Number(number)) => Ok(Some(Value::Number(number))),
            Some(_) => Err(Refusal::field(
                "/ref",
                format!("must be a number, or text of at most {REFERENCE} characters"),
            )),
        }
    }

    fn request(mut self) -> Result<Request, Refusal> {
        let request = match self.text("type")?.as_deref() {
            Some("auth") => Request::Auth {
                token: self.text("token")?.ok_or_else(|| missing("/token"))?,
            },
            Some("subscribe") => Request::Subscribe(self.target()?),
            Some("unsubscribe") => Request::Unsubscribe(self.target()?),
            Some(_) => return Err(Refusal::field("/type", "must be auth, subscribe or unsubscribe")),
            None => return Err(missing("/type")),
        };
        match self.0.keys().next() {
            Some(unknown) => {
                let name: String = unknown.chars().take(64).collect();
                Err(Refusal::field(
                    format!("/{name}"),
                    "is not a field of this message",
                ))
            }
            None => Ok(request),
        }
    }

    fn target(&mut self) -> Result<Target, Refusal> {
        match (self.text("submission")?, self.text("user")?) {
            (Some(id), None) => match id.parse() {
                Ok(id) => Ok(Target::Submission(id)),
                Err(error) => Err(Refusal::field("/submission", error.to_string())),
            },
            (None, Some(id)) if id == "me" => Ok(Target::Me),
            (None, Some(id)) => match id.parse() {
                Ok(id) => Ok(Target::User(id)),
                Err(error) => Err(Refusal::field("/user", error.to_string())),
            },
            (Some(_), Some(_)) => Err(Refusal::field(
                "/user",
                "cannot be given together with submission",
            )),
            (None, None) => Err(Refusal::field(
                "/submission",
                "is missing: give submission or user",
            )),
        }
    }

    fn text(&mut self, name: &str) -> Result<Option<String>, Refusal> {
        match self.0.remove(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Refusal::field(format!("/{name}"), "must be text")),
        }
    }
}

fn missing(pointer: &str) -> Refusal {
    Refusal::field(pointer, "is missing")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0190a0a0-0000-7000-8000-000000000000";

    fn check(text: &str, expected: Result<Request, &str>) {
        match (read(text).request, expected) {
            (Ok(request), Ok(expected)) => assert_eq!(request, expected, "{text}"),
            (Err(refusal), Err(expected)) => {
                assert!(refusal.detail.starts_with(expected), "{text}: {refusal}");
            }
            (found, expected) => panic!("{text}: {found:?} where {expected:?} was expected"),
        }
    }

    #[test]
    fn requests_are_read() {
        let id: SubmissionId = ID.parse().unwrap();
        let subscribe = format!(r#"{{"type":"subscribe","submission":"{ID}","ref":7}}"#);
        check(&subscribe, Ok(Request::Subscribe(Target::Submission(id))));
        assert_eq!(read(&subscribe).reference, Some(7.into()));
        check(
            r#"{"type":"subscribe","user":"me"}"#,
            Ok(Request::Subscribe(Target::Me)),
        );
        check(
            r#"{"user":"ann","type":"unsubscribe","ref":null}"#,
            Ok(Request::Unsubscribe(Target::User("ann".parse().unwrap()))),
        );
        check(
            r#"{"type":"auth","token":"gvl_x","ref":"a"}"#,
            Ok(Request::Auth {
                token: "gvl_x".to_owned(),
            }),
        );
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, expected) in [
            ("", "the message is not JSON"),
            ("{", "the message is not JSON"),
            ("hello", "the message is not JSON"),
            ("{}}", "the message is not JSON"),
            ("[]", "a message is a JSON object"),
            ("7", "a message is a JSON object"),
            ("null", "a message is a JSON object"),
            ("{}", "/type: is missing"),
            (r#"{"type":7}"#, "/type: must be text"),
            (r#"{"type":"shout"}"#, "/type: must be auth"),
            (r#"{"type":"auth"}"#, "/token: is missing"),
            (r#"{"type":"auth","token":{}}"#, "/token: must be text"),
            (
                r#"{"type":"auth","token":"x","user":"ann"}"#,
                "/user: is not a field",
            ),
            (r#"{"type":"subscribe"}"#, "/submission: is missing"),
            (
                r#"{"type":"subscribe","submission":"7"}"#,
                "/submission: must be a UUID",
            ),
            (
                r#"{"type":"subscribe","submission":7}"#,
                "/submission: must be text",
            ),
            (r#"{"type":"subscribe","user":""}"#, "/user: must not be empty"),
            (r#"{"type":"subscribe","user":"a b"}"#, "/user: must consist of"),
            (
                r#"{"type":"subscribe","user":"a","colour":1}"#,
                "/colour: is not a field",
            ),
            (
                r#"{"type":"subscribe","user":"a","ref":[]}"#,
                "/ref: must be a number",
            ),
        ] {
            check(text, Err(expected));
        }
        let both = format!(r#"{{"type":"subscribe","user":"a","submission":"{ID}"}}"#);
        check(&both, Err("/user: cannot be given together"));
        let long = format!(r#"{{"type":"subscribe","user":"a","ref":"{}"}}"#, "x".repeat(129));
        check(&long, Err("/ref: must be a number"));
        check(&"[".repeat(10_000), Err("the message is not JSON"));
    }
}
