//! Who may see which problems, and who may change them.

use domain::{Action, Principal, ProblemId, ProblemRecord};
use serde_json::json;
use store::SeenBy;

use crate::app::App;
use crate::asker::lacks_right;
use crate::audit;
use crate::clock::now;
use crate::failure::{Failure, Result};

/// Which problems are listed to somebody.
pub(crate) fn seen_by(principal: &Principal) -> SeenBy<'_> {
    if principal.may_administer() {
        return SeenBy::Everything;
    }
    principal.user().map_or(SeenBy::Anybody, SeenBy::User)
}

/// The problem, if there is one that they may see.
pub(crate) async fn problem(app: &App, principal: &Principal, id: &ProblemId) -> Result<ProblemRecord> {
    app.store
        .problem(id)
        .await?
        .filter(|problem| principal.may_see(problem))
        .ok_or_else(|| Failure::not_found("problem", id))
}

/// The same, for whom may change it: its owner and administrators.
pub(crate) async fn own(app: &App, principal: &Principal, id: &ProblemId) -> Result<ProblemRecord> {
    let problem = problem(app, principal, id).await?;
    if principal.may_replace(&problem) {
        return Ok(problem);
    }
    Err(lacks_right(
        principal,
        "only its owner and administrators may do this with a problem",
    ))
}

/// Hides a problem, or shows it to everybody, for whom may.
pub(crate) async fn set_hidden(
    app: &App,
    principal: &Principal,
    id: &ProblemId,
    is_hidden: bool,
) -> Result<ProblemRecord> {
    own(app, principal, id).await?;
    let problem = app.store.set_hidden(id, is_hidden).await?;
    let problem = problem.ok_or_else(|| Failure::not_found("problem", id))?;
    let action = if is_hidden {
        Action::ProblemHidden
    } else {
        Action::ProblemPublished
    };
    let details = json!({"package": problem.package});
    audit::note(app, principal, action, id, details).await;
    Ok(problem)
}

/// Makes a version current again, for whom may.
pub(crate) async fn restore(
    app: &App,
    principal: &Principal,
    id: &ProblemId,
    number: u32,
) -> Result<ProblemRecord> {
    own(app, principal, id).await?;
    let problem = app.store.restore_version(id, number, now()).await?;
    let problem = problem.ok_or_else(|| Failure::not_found("version", number))?;
    let details = json!({"package": problem.package, "version": number});
    audit::note(app, principal, Action::ProblemReplaced, id, details).await;
    Ok(problem)
}
