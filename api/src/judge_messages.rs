//! Who may read what programs of a package said for judges.

use domain::{JudgeMessage, Principal, SubmissionId, SubmissionView};

use crate::app::App;
use crate::failure::{Failure, Result};

/// What the built-in comparator is called.
const COMPARATOR: &str = "comparator";

/// What the names of samples begin with.
const SAMPLES: &str = "sample/";

/// The submission, for whom may read any of what was said of it: its sender, and those who know the problem's secrets.
pub(crate) async fn reachable(app: &App, principal: &Principal, id: SubmissionId) -> Result<SubmissionView> {
    let missing = || Failure::not_found("submission", id);
    let view = app.store.submission(id).await?;
    let view = view.filter(|view| !view.is_trial).ok_or_else(missing)?;
    if principal.may_see_submissions_of(&view.user) || knows_secrets(app, principal, &view).await? {
        return Ok(view);
    }
    Err(missing())
}

/// What was said of the newest judgement, as far as they may read it.
///
/// All of it for those who know the problem's secrets. A sample is no secret, and what the comparator says of it is made
/// of the sample and of the submission's own output.
pub(crate) async fn readable(
    app: &App,
    principal: &Principal,
    view: &SubmissionView,
) -> Result<Vec<JudgeMessage>> {
    let messages = app.store.judge_messages(view.judgement.id).await?;
    let mut messages = messages.unwrap_or_default();
    if !messages.is_empty() && !knows_secrets(app, principal, view).await? {
        messages.retain(|message| message.validator == COMPARATOR && message.case.starts_with(SAMPLES));
    }
    Ok(messages)
}

async fn knows_secrets(app: &App, principal: &Principal, view: &SubmissionView) -> Result<bool> {
    let problem = app.store.problem(&view.problem).await?;
    Ok(problem.is_some_and(|problem| principal.may_read_secrets_of(&problem)))
}
