//! Who may see which problems, and who may change them.

use domain::{Principal, ProblemId, ProblemRecord};
use store::SeenBy;

use crate::app::App;
use crate::asker::lacks_right;
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
