//! Who may read which submissions: asked by the endpoints, and by the pages through the [`Desk`](crate::Desk).

use std::collections::HashMap;

use domain::{Principal, RefusalKind, Run, SubmissionId, SubmissionView, TrialOutput, UserId};

use crate::app::App;
use crate::failure::{Failure, Result};

/// The submission, if there is one that they may see.
pub(crate) async fn visible(app: &App, principal: &Principal, id: SubmissionId) -> Result<SubmissionView> {
    app.store
        .submission(id)
        .await?
        .filter(|view| !view.is_trial && principal.may_see_submissions_of(&view.user))
        .ok_or_else(|| Failure::not_found("submission", id))
}

/// A trial that they may see.
pub(crate) async fn trial(app: &App, principal: &Principal, id: SubmissionId) -> Result<SubmissionView> {
    app.store
        .submission(id)
        .await?
        .filter(|view| view.is_trial && !view.is_example && principal.may_see_submissions_of(&view.user))
        .ok_or_else(|| Failure::not_found("trial", id))
}

/// The runs of a trial, with what the program wrote in each.
pub(crate) async fn trial_runs(app: &App, view: &SubmissionView) -> Result<Vec<(Run, TrialOutput)>> {
    let runs = app.store.runs(view.judgement.id).await?;
    let outputs = app.store.trial_outputs(view.judgement.id).await?;
    let mut outputs: HashMap<u32, TrialOutput> = outputs
        .unwrap_or_default()
        .into_iter()
        .map(|output| (output.ordinal, output))
        .collect();
    let runs = runs.into_iter().map(|run| {
        let output = outputs.remove(&run.ordinal).unwrap_or_else(|| TrialOutput {
            ordinal: run.ordinal,
            stdout: String::new(),
            stderr: String::new(),
            is_cut: false,
        });
        (run, output)
    });
    Ok(runs.collect())
}

/// Whose submissions are listed to somebody who asks for those of `user`.
pub(crate) fn listable(principal: &Principal, user: Option<UserId>) -> Result<Option<UserId>> {
    match user {
        None if principal.may_see_all_submissions() => Ok(None),
        None => Ok(principal.user().cloned()),
        Some(user) if principal.may_see_submissions_of(&user) => Ok(Some(user)),
        Some(user) => Err(Failure::new(
            RefusalKind::Forbidden,
            format!("?user: your token does not allow to see the submissions of {user}"),
        )),
    }
}
