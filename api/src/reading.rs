//! Who may read which submissions: asked by the endpoints, and by the pages through the [`Desk`](crate::Desk).

use domain::{Principal, RefusalKind, SubmissionId, SubmissionView, UserId};

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
