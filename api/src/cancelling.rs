//! Cancelling a submission: asked by its endpoint, and by the pages through the [`Desk`](crate::Desk).

use domain::{Action, Principal, RefusalKind, SubmissionId, SubmissionView, Update};
use serde_json::json;

use crate::app::App;
use crate::audit;
use crate::failure::{Failure, Result};
use crate::reading::own;

/// Cancels a submission that has no verdict yet: one's own, or for administrators anybody's.
pub(crate) async fn cancel(app: &App, principal: &Principal, id: SubmissionId) -> Result<SubmissionView> {
    let view = own(app, principal, id).await?;
    let judgement = view.judgement.id;
    let Some(view) = app.store.cancel(judgement).await? else {
        return Err(Failure::new(
            RefusalKind::Conflict,
            format!("submission {id} is over already: there is nothing to cancel"),
        ));
    };
    // Both are hints: what is left in the queue is not claimed.
    if let Err(error) = app.queue.remove(judgement).await {
        tracing::debug!(%judgement, %error, "a cancelled judgement is left in the queue");
    }
    if let Err(error) = app.events.publish(&Update::from(&view)).await {
        tracing::debug!(%judgement, %error, "listeners were not told that it is cancelled");
    }
    audit::note(app, principal, Action::Cancelled, id, json!({"user": view.user})).await;
    Ok(view)
}
