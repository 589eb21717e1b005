//! Who may read what programs of a package said for judges.

use domain::{JudgeMessage, Principal, SubmissionView};

use crate::app::App;
use crate::failure::Result;
use crate::reading::knows_secrets;

/// What the built-in comparator is called.
const COMPARATOR: &str = "comparator";

/// What the names of samples begin with.
const SAMPLES: &str = "sample/";

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
