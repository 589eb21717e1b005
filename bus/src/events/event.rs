//! An update with its text, made once for everybody who is told.

use std::ops::Deref;
use std::time::Instant;

use bytes::Bytes;
use domain::{ProblemId, State, SubmissionId, Update, UserId, Verdict};
use serde::{Deserialize, Serialize};

/// An update and its JSON text: `{"type":"update", …}` with the fields of [`Update`].
///
/// The text is made once for each process and shared by all its listeners; it is what travels through Redis and what
/// reaches browsers.
#[derive(Debug, Clone)]
pub struct Event {
    made_at: Instant,
    update: Update,
    json: Bytes,
    problem_done: Option<Box<str>>,
}

/// The form on the wire. Another version that means something else has another type.
#[derive(Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Message<U> {
    Update(U),
}

/// A finished judgement, as the tutorial has it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ProblemDone<'a> {
    problem_id: &'a ProblemId,
    status: Verdict,
    user_id: &'a UserId,
    submission_id: SubmissionId,
}

impl Event {
    /// The event of an update.
    pub fn new(update: Update) -> Self {
        let json = text(&Message::Update(&update)).into_bytes().into();
        let problem_done = match (update.state, update.verdict) {
            (State::Done, Some(status)) if !update.is_trial => Some(
                text(&ProblemDone {
                    problem_id: &update.problem,
                    status,
                    user_id: &update.user,
                    submission_id: update.submission,
                })
                .into(),
            ),
            _ => None,
        };
        Self {
            made_at: Instant::now(),
            update,
            json,
            problem_done,
        }
    }

    /// When it was made in this process: published or received here.
    pub fn made_at(&self) -> Instant {
        self.made_at
    }

    /// The update.
    pub fn update(&self) -> &Update {
        &self.update
    }

    /// The text for clients: a JSON object with `"type": "update"` and the fields of the update. UTF-8, and shared: a
    /// clone is a reference to the same bytes.
    pub fn json(&self) -> &Bytes {
        &self.json
    }

    /// For a finished judgement the tutorial's text: `{"problemId", "status", "userId", "submissionId"}`, where the
    /// status is a verdict's id such as `AC`.
    pub fn problem_done(&self) -> Option<&str> {
        self.problem_done.as_deref()
    }

    /// Reads what another process has published.
    pub(super) fn read(text: &[u8]) -> Result<Self, serde_json::Error> {
        let Message::Update(update) = serde_json::from_slice(text)?;
        Ok(Self::new(update))
    }
}

impl Deref for Event {
    type Target = Update;

    fn deref(&self) -> &Update {
        &self.update
    }
}

/// These types have no map with keys that are no strings and no serialiser that fails; the empty object is unreachable.
fn text(message: &impl Serialize) -> String {
    serde_json::to_string(message).unwrap_or_else(|_| "{}".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{JudgementId, Progress, Sequence};

    fn update(state: State, verdict: Option<Verdict>) -> Update {
        Update {
            seq: Sequence(7),
            submission: SubmissionId::new(),
            judgement: JudgementId::new(),
            user: "ann".parse().unwrap(),
            problem: "aplusb".parse().unwrap(),
            language: "python3".parse().unwrap(),
            state,
            phase: None,
            verdict,
            message: Some("<b>\"quoted\"\n".to_owned()),
            is_trial: false,
            is_contest: false,
            progress: Progress::default(),
            recent: domain::RecentRuns::default(),
        }
    }

    #[test]
    fn it_reads_what_it_writes() {
        let event = Event::new(update(State::Done, Some(Verdict::Wa)));
        let read = Event::read(event.json()).unwrap();
        assert_eq!(
            (read.update(), read.json(), read.problem_done()),
            (event.update(), event.json(), event.problem_done())
        );
        let json: serde_json::Value = serde_json::from_slice(event.json()).unwrap();
        assert_eq!(json["type"], "update");
        assert_eq!(json["cases_done"], 0);
    }

    #[test]
    fn only_a_finished_judgement_is_told_to_the_tutorial() {
        assert_eq!(Event::new(update(State::Running, None)).problem_done(), None);
        assert_eq!(Event::new(update(State::Cancelled, None)).problem_done(), None);
        let done = update(State::Done, Some(Verdict::Ac));
        let expected = format!(
            r#"{{"problemId":"aplusb","status":"AC","userId":"ann","submissionId":"{}"}}"#,
            done.submission
        );
        assert_eq!(Event::new(done).problem_done(), Some(&*expected));
    }

    #[test]
    fn rubbish_is_no_event() {
        for text in [
            "",
            "{}",
            "null",
            r#"{"type":"update"}"#,
            r#"{"type":"update2","seq":1}"#,
            "\u{0}",
        ] {
            assert!(Event::read(text.as_bytes()).is_err(), "{text:?}");
        }
    }
}
