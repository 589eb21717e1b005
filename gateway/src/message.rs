//! The messages of `/api/v1/ws`: JSON objects with a `type`.
//!
//! Read field by field, so that whoever writes a client is told which field is wrong; what is not a field of the message
//! is refused. A client may put a `ref` into any message, and finds it in the answers.

use std::fmt::Display;
use std::str::FromStr;

use bus::Topic;
use domain::{FieldError, ProblemId, Refusal, RefusalKind, Role, SubmissionId, UserId};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::feed::Subject;
use crate::position::Position;

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
    Auth {
        token: String,
    },
    /// To what, and the last that the client knows of it.
    Subscribe(Target, Option<Position>),
    Unsubscribe(Target),
    /// A sign of life: pages do not see the pings of WebSockets.
    Ping,
}

/// What a client wants to listen to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Submission(SubmissionId),
    User(UserId),
    /// Whoever is authenticated.
    Me,
    Problem(ProblemId),
    Contests,
    Queue,
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
    Pong {
        #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
        reference: Option<&'a Value>,
    },
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
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<&'a ProblemId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contests: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    queue: Option<bool>,
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    reference: Option<&'a Value>,
}

impl<'a> About<'a> {
    pub(crate) fn new(subject: &'a Subject, reference: Option<&'a Value>) -> Self {
        let mut about = Self {
            submission: None,
            user: None,
            problem: None,
            contests: None,
            queue: None,
            reference,
        };
        match subject {
            Subject::Topic(Topic::Submission(id)) => about.submission = Some(*id),
            Subject::Topic(Topic::User(user)) => about.user = Some(user),
            Subject::Topic(Topic::Problem(problem)) => about.problem = Some(problem),
            Subject::Topic(Topic::Contests) => about.contests = Some(true),
            Subject::Queue => about.queue = Some(true),
        }
        about
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
            Some("subscribe") => {
                let target = self.target()?;
                let after = self.after()?;
                if after.is_some() && !matches!(target, Target::Submission(_)) {
                    return Err(Refusal::field("/after", "goes with submission alone"));
                }
                Request::Subscribe(target, after)
            }
            Some("unsubscribe") => Request::Unsubscribe(self.target()?),
            Some("ping") => Request::Ping,
            Some(_) => {
                return Err(Refusal::field(
                    "/type",
                    "must be auth, subscribe, unsubscribe or ping",
                ));
            }
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
        let contests = self.flag("contests")?.then_some(Target::Contests);
        let queue = self.flag("queue")?.then_some(Target::Queue);
        let targets = [
            self.text("submission")?
                .map(|id| parsed("/submission", &id).map(Target::Submission)),
            self.text("user")?.map(|id| match id.as_str() {
                "me" => Ok(Target::Me),
                id => parsed("/user", id).map(Target::User),
            }),
            self.text("problem")?
                .map(|id| parsed("/problem", &id).map(Target::Problem)),
            contests.map(Ok),
            queue.map(Ok),
        ];
        let mut targets = targets.into_iter().flatten();
        match (targets.next(), targets.next()) {
            (Some(target), None) => target,
            (Some(_), Some(_)) => Err(Refusal::new(
                RefusalKind::Invalid,
                "submission, user, problem, contests and queue cannot be given together: subscribe to one after the other",
            )),
            (None, _) => Err(Refusal::field(
                "/submission",
                "is missing: give submission, user, problem, contests or queue",
            )),
        }
    }

    fn after(&mut self) -> Result<Option<Position>, Refusal> {
        let after = self.text("after")?;
        after.map(|text| parsed("/after", &text)).transpose()
    }

    fn flag(&mut self, name: &str) -> Result<bool, Refusal> {
        match self.0.remove(name) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(flag),
            Some(_) => Err(Refusal::field(format!("/{name}"), "must be true")),
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

fn parsed<T: FromStr<Err: Display>>(pointer: &str, text: &str) -> Result<T, Refusal> {
    text.parse()
        .map_err(|error: T::Err| Refusal::field(pointer, error.to_string()))
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
        check(&subscribe, Ok(Request::Subscribe(Target::Submission(id), None)));
        assert_eq!(read(&subscribe).reference, Some(7.into()));
        check(
            r#"{"type":"subscribe","user":"me"}"#,
            Ok(Request::Subscribe(Target::Me, None)),
        );
        let after: Position = format!("{ID}:7").parse().unwrap();
        check(
            &format!(r#"{{"type":"subscribe","submission":"{ID}","after":"{after}"}}"#),
            Ok(Request::Subscribe(Target::Submission(id), Some(after))),
        );
        check(
            r#"{"type":"subscribe","problem":"aplusb"}"#,
            Ok(Request::Subscribe(
                Target::Problem("aplusb".parse().unwrap()),
                None,
            )),
        );
        check(
            r#"{"type":"unsubscribe","queue":true}"#,
            Ok(Request::Unsubscribe(Target::Queue)),
        );
        check(
            r#"{"type":"subscribe","contests":true}"#,
            Ok(Request::Subscribe(Target::Contests, None)),
        );
        check(r#"{"type":"ping","ref":1}"#, Ok(Request::Ping));
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
                r#"{"type":"subscribe","problem":"a b"}"#,
                "/problem: must consist of",
            ),
            (r#"{"type":"subscribe","queue":1}"#, "/queue: must be true"),
            (
                r#"{"type":"subscribe","contests":"icpc"}"#,
                "/contests: must be true",
            ),
            (
                r#"{"type":"subscribe","contests":true,"queue":true}"#,
                "submission, user, problem, contests and queue cannot be given together",
            ),
            (r#"{"type":"subscribe","queue":false}"#, "/submission: is missing"),
            (
                r#"{"type":"subscribe","user":"a","queue":true}"#,
                "submission, user, problem, contests and queue cannot be given together",
            ),
            (
                r#"{"type":"unsubscribe","user":"a","after":"x"}"#,
                "/after: is not a field",
            ),
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
        check(
            &both,
            Err("submission, user, problem, contests and queue cannot be given together"),
        );
        let after = format!(r#"{{"type":"subscribe","submission":"{ID}","after":"7"}}"#);
        check(&after, Err("/after: must be JUDGEMENT:SEQ"));
        check(
            &format!(r#"{{"type":"subscribe","user":"a","after":"{ID}:7"}}"#),
            Err("/after: goes with submission"),
        );
        let long = format!(r#"{{"type":"subscribe","user":"a","ref":"{}"}}"#, "x".repeat(129));
        check(&long, Err("/ref: must be a number"));
        check(&"[".repeat(10_000), Err("the message is not JSON"));
    }
}
