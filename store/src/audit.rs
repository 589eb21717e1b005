//! The audit log: who did what to what, when and from where. Entries are appended and, after a time, forgotten; a trigger of the
//! schema refuses to write over one.
//!
//! What is done is written down right after it. Who serves requests calls `audit::note` of `api`, which fills in who asks,
//! with which token and from where; who is at the command line calls [`Store::note`] itself.

use std::time::Duration;

use domain::{Action, Timestamp, UserId};
use serde_json::Value;
use uuid::Uuid;

use crate::sql::{execute, fetch_all, statements};
use crate::{MAX_PAGE, Result, Store, StoreError, row, text};

/// Bytes of an entry's subject, address and request id at most.
const LONGEST: usize = 255;

/// Bytes of an entry's details at most, as JSON.
const LONGEST_DETAILS: usize = 2048;

/// Entries that are kept at most, however young they are.
const MOST_ENTRIES: i64 = 1_000_000;

/// What is to be written down.
#[derive(Debug, Clone)]
pub struct NewAuditEntry {
    /// Who did it; `None` for nobody in particular.
    pub user: Option<UserId>,
    /// The token or session that they came with.
    pub token: Option<Uuid>,
    /// From where.
    pub address: Option<String>,
    /// The request that it was done by.
    pub request: Option<String>,
    /// What they did.
    pub action: Action,
    /// To what: a user, a problem, a submission.
    pub subject: String,
    /// What else there is to know; what is too long is cut.
    pub details: Value,
}

/// An entry of the log.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditEntry {
    /// Names it. Later ones are larger.
    pub id: Uuid,
    /// When it was written.
    pub at: Timestamp,
    /// Who did it.
    pub user: Option<UserId>,
    /// The token or session that they came with.
    pub token: Option<Uuid>,
    /// From where.
    pub address: Option<String>,
    /// The request that it was done by.
    pub request: Option<String>,
    /// What they did: the id of an [`Action`], perhaps of one that only another version knows.
    pub action: String,
    /// To what.
    pub subject: String,
    /// What else there is to know.
    pub details: Value,
}

/// Which entries to list; all conditions must hold.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Done by this user.
    pub user: Option<UserId>,
    /// This was done.
    pub action: Option<Action>,
    /// It was done to this.
    pub subject: Option<String>,
}

#[derive(Debug, sqlx::FromRow)]
struct Row {
    id: Uuid,
    at: i64,
    user_id: Option<String>,
    token_id: Option<Uuid>,
    address: Option<String>,
    request_id: Option<String>,
    action: String,
    subject: String,
    details: String,
}

impl TryFrom<Row> for AuditEntry {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self> {
        let user = row.user_id.map(|user| row::parsed("audit.user_id", &user));
        Ok(Self {
            id: row.id,
            at: Timestamp(row.at),
            user: user.transpose()?,
            token: row.token_id,
            address: row.address,
            request: row.request_id,
            action: row.action,
            subject: row.subject,
            details: serde_json::from_str(&row.details)
                .map_err(|error| row::impossible("audit.details", error))?,
        })
    }
}

impl Store {
    /// Writes down that somebody did something.
    pub async fn note(&self, entry: &NewAuditEntry) -> Result<()> {
        let cut = |text: &Option<String>| {
            let text = text.as_deref()?;
            Some(text::clean_and_cut(text, LONGEST).into_owned())
        };
        execute!(
            self,
            NOTE,
            Uuid::now_v7(),
            entry.user.as_ref().map(UserId::as_str),
            entry.token,
            cut(&entry.address),
            cut(&entry.request),
            entry.action.id(),
            text::clean_and_cut(&entry.subject, LONGEST).into_owned(),
            bounded(&entry.details),
        )?;
        Ok(())
    }

    /// Entries, the newest first, before `before`; at most [`MAX_PAGE`].
    pub async fn audit_log(
        &self,
        filter: &AuditFilter,
        before: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<AuditEntry>> {
        let before = before.unwrap_or(Uuid::max());
        let limit = i64::from(limit.min(MAX_PAGE));
        let user = filter.user.as_ref().map(UserId::as_str);
        let action = filter.action.map(Action::id);
        let subject = filter.subject.as_deref();
        // One statement an index: a condition that is sometimes absent would cost the plan.
        let rows: Vec<Row> = match (subject, user, action) {
            (Some(_), _, _) => fetch_all!(self, read, LIST_OF_SUBJECT, before, limit, user, action, subject),
            (None, Some(_), _) => fetch_all!(self, read, LIST_OF_USER, before, limit, user, action),
            (None, None, Some(_)) => fetch_all!(self, read, LIST_OF_ACTION, before, limit, action),
            (None, None, None) => fetch_all!(self, read, LIST, before, limit),
        }?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// Forgets entries that are older, and the oldest of more than a million.
    pub async fn forget_audit(&self, older: Duration) -> Result<u64> {
        let old = execute!(self, FORGET_OLD, row::micros(older))?;
        Ok(old + execute!(self, FORGET_MANY, MOST_ENTRIES)?)
    }
}

/// The details as JSON; where they are too long, as much of it as a text.
fn bounded(details: &Value) -> String {
    let text = details.to_string();
    if text.len() <= LONGEST_DETAILS {
        return text;
    }
    // Quoting a text can double it.
    let cut = &text[..text.floor_char_boundary(LONGEST_DETAILS / 2 - 32)];
    serde_json::json!({ "cut": cut }).to_string()
}

statements! {
    /// Id, user, token, address, request, action, subject, details.
    NOTE(8) = "write into the audit log" [
        "INSERT INTO audit (id, at, user_id, token_id, address, request_id, action, subject, details) \
         VALUES ($1, " now ", $2, $3, $4, $5, $6, $7, $8)"
    ];
    /// Before, limit.
    LIST(2) = "read the audit log" [
        "SELECT " audit_columns " FROM audit WHERE id < $1 ORDER BY id DESC LIMIT $2"
    ];
    /// The same, and the action.
    LIST_OF_ACTION(3) = "read the audit log" [
        "SELECT " audit_columns " FROM audit WHERE action = $3 AND id < $1 ORDER BY id DESC LIMIT $2"
    ];
    /// The same, the user, and the action or NULL.
    LIST_OF_USER(4) = "read the audit log" [
        "SELECT " audit_columns " FROM audit WHERE user_id = $3 AND id < $1 AND (CAST($4 AS TEXT) IS NULL OR action = $4) \
         ORDER BY id DESC LIMIT $2"
    ];
    /// The same, user or NULL, action or NULL, and the subject.
    LIST_OF_SUBJECT(5) = "read the audit log" [
        "SELECT " audit_columns " FROM audit WHERE subject = $5 AND id < $1 AND (CAST($3 AS TEXT) IS NULL OR user_id = $3) \
         AND (CAST($4 AS TEXT) IS NULL OR action = $4) ORDER BY id DESC LIMIT $2"
    ];
    /// Span.
    FORGET_OLD(1) = "shorten the audit log" ["DELETE FROM audit WHERE at < " now " - $1"];
    /// How many stay.
    FORGET_MANY(1) = "shorten the audit log" [
        "DELETE FROM audit WHERE id <= (SELECT id FROM audit ORDER BY id DESC LIMIT 1 OFFSET $1)"
    ];
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn details_are_bounded_and_stay_json() {
        assert_eq!(bounded(&json!({"role": "admin"})), r#"{"role":"admin"}"#);
        for long in ["é\"\\".repeat(5000), "x".repeat(10_000), "\u{1}".repeat(3000)] {
            let text = bounded(&json!({ "name": long }));
            assert!(text.len() <= LONGEST_DETAILS, "{}", text.len());
            assert!(serde_json::from_str::<Value>(&text).is_ok(), "{text}");
        }
    }
}
