//! What is said for judges in the course of a judgement.

use std::sync::{Mutex, PoisonError};

use domain::JudgeMessage;

use crate::validator::cut;

/// Messages of one judgement at most: enough for any number of test cases that somebody reads.
const MOST_MESSAGES: usize = 1000;

/// What has been said for judges so far.
#[derive(Debug, Default)]
pub(crate) struct Said(Mutex<Vec<JudgeMessage>>);

impl Said {
    /// Notes what a program of the package said of a case. From pass to pass a message grows: the longer one takes the place of
    /// its beginning.
    pub(crate) fn add(&self, case: &str, validator: &str, text: &str) {
        if text.is_empty() {
            return;
        }
        let text = cut(text.to_owned());
        let mut messages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut same = messages.iter_mut().rev();
        let last = same.find(|last| last.case == case && last.validator == validator);
        if let Some(last) = last.filter(|last| text.starts_with(last.text.trim_end_matches('…'))) {
            last.text = text;
        } else if messages.len() < MOST_MESSAGES {
            messages.push(JudgeMessage {
                case: case.to_owned(),
                validator: validator.to_owned(),
                text,
            });
        }
    }

    pub(crate) fn into_messages(self) -> Vec<JudgeMessage> {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_that_grows_is_kept_once() {
        let said = Said::default();
        for (case, validator, text) in [
            ("1", "a", "pass 1"),
            ("1", "a", "pass 1\npass 2"),
            ("1", "b", "pass 1\npass 2, too"),
            ("2", "b", "pass 1"),
            ("2", "b", ""),
            ("2", "b", "something else"),
        ] {
            said.add(case, validator, text);
        }
        let texts: Vec<_> = said
            .into_messages()
            .into_iter()
            .map(|message| message.text)
            .collect();
        assert_eq!(
            texts,
            [
                "pass 1\npass 2",
                "pass 1\npass 2, too",
                "pass 1",
                "something else"
            ]
        );
    }
}
