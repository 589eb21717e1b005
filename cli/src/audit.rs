//! What is done at the command line, for the audit log.

use domain::{Action, Role, UserId};
use serde_json::json;
use store::{NewAuditEntry, Store};

/// Writes down that whoever can reach the database did something to somebody's account. What is done stays done without it.
pub(crate) async fn note(store: &Store, action: Action, subject: &UserId, role: impl Into<Option<Role>>) {
    let mut details = json!({"at": "the command line"});
    if let Some(role) = role.into() {
        details["role"] = role.id().into();
    }
    let entry = NewAuditEntry {
        user: None,
        token: None,
        address: None,
        request: None,
        action,
        subject: subject.to_string(),
        details,
    };
    if let Err(error) = store.note(&entry).await {
        tracing::warn!(%error, "the audit log could not be written");
    }
}
