//! What a listener has been told, so that it is told nothing twice and nothing backwards.

use std::collections::BTreeMap;

use domain::{JudgementId, SubmissionId, SubmissionView, Update};

use crate::position::Position;

/// The newest that a listener knows of each submission.
#[derive(Debug)]
pub(crate) struct Seen {
    /// Submissions that are remembered at most; beyond, the oldest is forgotten.
    capacity: usize,
    submissions: BTreeMap<SubmissionId, Known>,
}

#[derive(Debug)]
struct Known {
    position: Position,
    is_final: bool,
}

impl Seen {
    /// Nothing yet. Remembers the submissions of that many subscriptions.
    pub(crate) fn new(topics: usize) -> Self {
        Self {
            // A snapshot of a user alone has twenty.
            capacity: topics.saturating_add(100),
            submissions: BTreeMap::new(),
        }
    }

    /// Notes what an update says; `false` where the listener knows that, or something newer, already.
    pub(crate) fn note(&mut self, update: &Update) -> bool {
        self.note_position(update.submission, update.into(), update.state.is_final())
    }

    /// The same for a row.
    pub(crate) fn note_row(&mut self, view: &SubmissionView) -> bool {
        self.note_position(view.id, view.into(), view.judgement.state.is_final())
    }

    /// Notes that the listener knows more than the row that was noted last: progress is in no row.
    pub(crate) fn note_known(&mut self, id: SubmissionId, position: Position) {
        let is_final = self.has_ended(id);
        self.note_position(id, position, is_final);
    }

    fn note_position(&mut self, id: SubmissionId, position: Position, is_final: bool) -> bool {
        let known = self.submissions.get(&id);
        if known.is_some_and(|known| known.position >= position) {
            return false;
        }
        self.submissions.insert(id, Known { position, is_final });
        if self.submissions.len() > self.capacity {
            self.submissions.pop_first();
        }
        true
    }

    /// The newest that the listener knows of a submission.
    pub(crate) fn position(&self, id: SubmissionId) -> Option<Position> {
        self.submissions.get(&id).map(|known| known.position)
    }

    /// The judgements that are still to end, the oldest submission first.
    pub(crate) fn unfinished_judgements(&self) -> Vec<(SubmissionId, JudgementId)> {
        let unfinished = self.submissions.iter().filter(|(_, known)| !known.is_final);
        unfinished
            .map(|(id, known)| (*id, known.position.judgement))
            .collect()
    }

    /// The submissions that are still to end.
    pub(crate) fn unfinished(&self) -> Vec<SubmissionId> {
        let unfinished = self.submissions.iter().filter(|(_, known)| !known.is_final);
        unfinished.map(|(id, _)| *id).collect()
    }

    /// Whether the listener has been told that this one has ended.
    pub(crate) fn has_ended(&self, id: SubmissionId) -> bool {
        self.submissions.get(&id).is_some_and(|known| known.is_final)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Progress, Sequence, State};

    fn update(submission: SubmissionId, judgement: JudgementId, seq: u64, state: State) -> Update {
        Update {
            seq: Sequence(seq),
            submission,
            judgement,
            user: "ann".parse().unwrap(),
            problem: "aplusb".parse().unwrap(),
            language: "c".parse().unwrap(),
            state,
            phase: None,
            verdict: None,
            message: None,
            is_trial: false,
            is_contest: false,
            progress: Progress::default(),
            recent: domain::RecentRuns::default(),
        }
    }

    #[test]
    fn only_what_is_newer_is_told() {
        let (id, other) = (SubmissionId::new(), SubmissionId::new());
        let (first, again) = (JudgementId::new(), JudgementId::new());
        let mut seen = Seen::new(1);
        let mut check = |submission, judgement, seq, state, expected| {
            let is_new = seen.note(&update(submission, judgement, seq, state));
            assert_eq!(is_new, expected, "{judgement} {seq}");
            seen.has_ended(id)
        };
        assert!(!check(id, first, 5, State::Running, true));
        assert!(!check(id, first, 5, State::Running, false));
        assert!(!check(id, first, 4, State::Running, false));
        assert!(!check(other, first, 1, State::Running, true));
        assert!(check(id, first, 9, State::Done, true));
        assert!(check(id, first, 6, State::Running, false));
        assert!(
            !check(id, again, 0, State::Queued, true),
            "a rejudge begins again"
        );
        assert!(!check(id, first, 10, State::Done, false));
        assert_eq!(seen.unfinished(), [id, other]);
    }

    #[test]
    fn the_oldest_are_forgotten() {
        let mut seen = Seen::new(5);
        let ids: Vec<_> = (0..115).map(|_| SubmissionId::new()).collect();
        for id in &ids {
            assert!(seen.note(&update(*id, JudgementId::new(), 1, State::Running)));
        }
        assert_eq!(seen.unfinished(), ids[10..]);
    }
}
