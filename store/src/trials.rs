//! Trials: what they wrote, and forgetting them.

use std::time::Duration;

use domain::{JudgementId, TrialOutput};
use uuid::Uuid;

use crate::ids::Ids;
use crate::sql::{execute, fetch_all, fetch_optional, statements};
use crate::{MAX_PAGE, Result, Store, row};

impl Store {
    /// What the program of a trial wrote, in the order of its runs; `None` where there is no such judgement.
    pub async fn trial_outputs(&self, id: JudgementId) -> Result<Option<Vec<TrialOutput>>> {
        let row: Option<(Option<String>,)> = fetch_optional!(self, read, OUTPUTS, id.0)?;
        row.map(|(text,)| row::document("judgements.trial_outputs", text.as_deref()))
            .transpose()
    }

    /// Deletes trials that are older than that, whatever has become of them, `limit` at most. Returns how many. Those of
    /// verifications are kept.
    pub async fn forget_trials(&self, age: Duration, limit: u32) -> Result<u64> {
        let limit = i64::from(limit.min(MAX_PAGE));
        let old: Vec<(Uuid,)> = fetch_all!(self, read, OLD, row::micros(age), limit)?;
        if old.is_empty() {
            return Ok(0);
        }
        let old = Ids(old.into_iter().map(|(id,)| id).collect());
        // From the leaves to the root: what a crash leaves behind is still found by the next sweep.
        execute!(self, DELETE_RUNS, old.clone())?;
        execute!(self, DELETE_JUDGEMENTS, old.clone())?;
        execute!(self, DELETE_SUBMISSIONS, old)
    }
}

statements! {
    OUTPUTS(1) = "read what a trial wrote" ["SELECT trial_outputs FROM judgements WHERE id = $1"];
    /// Age, limit.
    OLD(2) = "list old trials" [
        "SELECT id FROM submissions WHERE " passing " AND created_at <= " now " - $1 ORDER BY created_at LIMIT $2"
    ];
    DELETE_RUNS(1) = "forget trials" [
        "DELETE FROM runs WHERE judgement_id IN (SELECT j.id FROM judgements j WHERE j.submission_id " in_ids ")"
    ];
    DELETE_JUDGEMENTS(1) = "forget trials" ["DELETE FROM judgements WHERE submission_id " in_ids];
    DELETE_SUBMISSIONS(1) = "forget trials" ["DELETE FROM submissions WHERE " passing " AND id " in_ids];
}
