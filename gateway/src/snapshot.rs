//! Messages as text: what a listener is told, and how.

use std::time::Instant;

use bus::{Event, Topic};
use domain::{ProblemId, Sequence, SubmissionId, SubmissionView, UserId};
use serde::Serialize;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::feed::{Row, Told};
use crate::position::Position;

/// What a compiler said is cut to this, in bytes: whoever wants all of it asks the API.
const COMPILER_OUTPUT: usize = 16 * 1024;

/// The message that tells a listener the state of what it listens to.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename = "snapshot")]
struct SubmissionSnapshot<'a> {
    submission: SubmissionId,
    /// Orders it among the updates of its judgement.
    seq: Sequence,
    view: &'a SubmissionView,
}

/// The same for a user, a problem or contests: the newest submissions, the newest first, without what compilers said.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename = "snapshot")]
struct ListSnapshot<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<&'a UserId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<&'a ProblemId>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    contests: bool,
    submissions: &'a [SubmissionView],
}

impl Told {
    /// The name of the server-sent event: the `type` of the message.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Snapshot { .. } => "snapshot",
            Self::Update(_) => "update",
            Self::Queue(_) => "queue",
        }
    }

    /// When the event was made that it tells of.
    pub(crate) fn made_at(&self) -> Option<Instant> {
        match self {
            Self::Update(event) => Some(event.made_at()),
            Self::Snapshot { .. } | Self::Queue(_) => None,
        }
    }

    /// Where in its submission it is, if it is about one.
    pub(crate) fn position(&self) -> Option<Position> {
        match self {
            Self::Snapshot {
                topic: Topic::Submission(_),
                rows,
            } => rows.first().map(|row| Position::from(&row.view)),
            Self::Update(event) => Some(Position::from(event.update())),
            Self::Snapshot { .. } | Self::Queue(_) => None,
        }
    }

    /// The message.
    pub(crate) fn into_text(self) -> Utf8Bytes {
        match self {
            Self::Update(event) => shared_text(&event),
            Self::Queue(text) => text.into(),
            Self::Snapshot { topic, rows } => of_rows(&topic, rows).into(),
        }
    }
}

/// The text of an event, without a copy.
fn shared_text(event: &Event) -> Utf8Bytes {
    Utf8Bytes::try_from(event.json().clone()).unwrap_or_default()
}

fn of_rows(topic: &Topic, rows: Vec<Row>) -> String {
    let mut views: Vec<_> = rows.into_iter().map(|row| row.view).collect();
    if let (Topic::Submission(_), Some(view)) = (topic, views.first()) {
        return of_submission(view.clone());
    }
    for view in &mut views {
        view.judgement.compiler_output = None;
    }
    let (user, problem) = match topic {
        Topic::User(user) => (Some(user), None),
        Topic::Problem(problem) => (None, Some(problem)),
        Topic::Submission(_) | Topic::Contests => (None, None),
    };
    text(&ListSnapshot {
        user,
        problem,
        contests: *topic == Topic::Contests,
        submissions: &views,
    })
}

fn of_submission(mut view: SubmissionView) -> String {
    if let Some(output) = &mut view.judgement.compiler_output {
        cut(output, COMPILER_OUTPUT);
    }
    text(&SubmissionSnapshot {
        submission: view.id,
        seq: view.judgement.sequence(),
        view: &view,
    })
}

/// A message as JSON. Our messages have neither maps with keys that are no text nor serialisers that fail.
pub(crate) fn text(message: &impl Serialize) -> String {
    serde_json::to_string(message).unwrap_or_else(|error| {
        tracing::error!(%error, "a message could not be made into JSON");
        r#"{"type":"error","code":"internal","detail":"the message could not be made"}"#.to_owned()
    })
}

fn cut(text: &mut String, max: usize) {
    if text.len() > max {
        text.truncate(text.floor_char_boundary(max));
        text.push('…');
    }
}
