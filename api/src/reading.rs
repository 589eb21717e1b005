//! Who may read which submissions: asked by the endpoints, and by the pages through the [`Desk`](crate::Desk).

use std::collections::HashMap;

use domain::{Principal, ProblemId, RefusalKind, Run, SubmissionId, SubmissionView, TrialOutput, UserId};
use store::SubmissionFilter;

use crate::app::App;
use crate::failure::{Failure, Result};

/// The submission, if there is one that they may see: their own, or one to a problem whose secrets they know.
pub(crate) async fn visible(app: &App, principal: &Principal, id: SubmissionId) -> Result<SubmissionView> {
    let missing = || Failure::not_found("submission", id);
    let view = app.store.submission(id).await?;
    let view = view.filter(|view| !view.is_trial).ok_or_else(missing)?;
    if principal.may_see_submissions_of(&view.user) || knows_secrets(app, principal, &view).await? {
        return Ok(view);
    }
    Err(missing())
}

/// The submission, if there is one that is theirs to command.
pub(crate) async fn own(app: &App, principal: &Principal, id: SubmissionId) -> Result<SubmissionView> {
    let view = app.store.submission(id).await?;
    view.filter(|view| !view.is_trial && principal.may_submit_as(&view.user))
        .ok_or_else(|| Failure::not_found("submission", id))
}

/// Whether they know the secrets of the submission's problem.
pub(crate) async fn knows_secrets(app: &App, principal: &Principal, view: &SubmissionView) -> Result<bool> {
    owns(app, principal, &view.problem).await
}

async fn owns(app: &App, principal: &Principal, problem: &ProblemId) -> Result<bool> {
    if !principal.may_create_problems() {
        return Ok(false);
    }
    let problem = app.store.problem(problem).await?;
    Ok(problem.is_some_and(|problem| principal.may_read_secrets_of(&problem)))
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

/// Whose submissions are listed to somebody who asks for those that the filter lets through.
pub(crate) async fn listable(
    app: &App,
    principal: &Principal,
    filter: &SubmissionFilter,
) -> Result<Option<UserId>> {
    if let Some(user) = &filter.user
        && principal.may_see_submissions_of(user)
    {
        return Ok(Some(user.clone()));
    }
    let sees_all = principal.may_see_all_submissions()
        || match &filter.problem {
            Some(problem) => owns(app, principal, problem).await?,
            None => false,
        };
    match &filter.user {
        user if sees_all => Ok(user.clone()),
        None => Ok(principal.user().cloned()),
        Some(user) => Err(Failure::new(
            RefusalKind::Forbidden,
            format!("?user: your token does not allow to see the submissions of {user}"),
        )),
    }
}
