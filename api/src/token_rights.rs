//! Who may make, see and revoke which tokens.

use domain::{Action, Principal, UserId};
use serde_json::json;
use store::{NewToken, TokenRecord};
use uuid::Uuid;

use crate::app::App;
use crate::asker::lacks_right;
use crate::audit;
use crate::failure::{Failure, Result};

/// Makes a token: administrators for anybody, everybody else for themselves, and with no more rights than their own.
pub(crate) async fn make(app: &App, principal: &Principal, new: &NewToken) -> Result<String> {
    let is_own = principal.user() == Some(&new.user) && new.role <= principal.role();
    if !principal.may_administer() && !is_own {
        return Err(lacks_right(
            principal,
            "only administrators may make tokens for others, or with more rights than their own",
        ));
    }
    let text = app.store.create_token(new).await?;
    let details = json!({"role": new.role, "label": new.label, "expires_at": new.expires_at});
    audit::note(app, principal, Action::TokenMade, &new.user, details).await;
    Ok(text)
}

/// One's own tokens, the newest first.
pub(crate) async fn own(app: &App, principal: &Principal) -> Result<Vec<TokenRecord>> {
    Ok(app.store.tokens(holder(principal)?).await?)
}

/// Ends one of one's own tokens.
pub(crate) async fn revoke(app: &App, principal: &Principal, id: Uuid) -> Result<()> {
    let user = holder(principal)?;
    if app.store.revoke_token_of(user, id).await? {
        audit::note(app, principal, Action::TokenRevoked, user, json!({"token": id})).await;
        return Ok(());
    }
    Err(Failure::not_found("token", id))
}

fn holder(principal: &Principal) -> Result<&UserId> {
    principal
        .user()
        .ok_or_else(|| lacks_right(principal, "only who is known has tokens"))
}
