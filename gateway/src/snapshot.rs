//! Snapshots: what a listener is told of the store's rows.

use domain::{Sequence, SubmissionId, SubmissionView, UserId};
use serde::Serialize;

/// What a compiler said is cut to this, in bytes: a message has to fit into the write buffer, escaped.
const COMPILER_OUTPUT: usize = 16 * 1024;

/// The message that tells a listener the state of what it listens to.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename = "snapshot")]
pub(crate) struct SubmissionSnapshot<'a> {
    submission: SubmissionId,
    /// Orders it among the updates of its judgement.
    seq: Sequence,
    view: &'a SubmissionView,
}

/// The same for a user: the newest submissions, the newest first, without what compilers said.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename = "snapshot")]
pub(crate) struct UserSnapshot<'a> {
    user: &'a UserId,
    submissions: &'a [SubmissionView],
}

/// The text of a submission's snapshot.
pub(crate) fn of_submission(mut view: SubmissionView) -> String {
    if let Some(output) = &mut view.judgement.compiler_output {
        cut(output, COMPILER_OUTPUT);
    }
    text(&SubmissionSnapshot {
        submission: view.id,
        seq: view.judgement.sequence(),
        view: &view,
    })
}

/// The text of a user's snapshot.
pub(crate) fn of_user(user: &UserId, mut views: Vec<SubmissionView>) -> String {
    for view in &mut views {
        view.judgement.compiler_output = None;
    }
    text(&UserSnapshot {
        user,
        submissions: &views,
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
