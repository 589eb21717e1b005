//! People: who signs in with a password, and their sessions.
//!
//! A session is a token whose text travels in a cookie: tickets stand for it, it ends where it is revoked, and what it
//! allows is told by the same row. Its prefix keeps a text that was meant for a cookie out of headers.
//!
//! What somebody may do changes with all that they hold: a lower role revokes what allows more, a disabled account all.

use std::time::Duration;

use domain::{Role, Timestamp, UserId};
use uuid::Uuid;

use crate::sql::{execute, fetch_all, fetch_optional, statements};
use crate::tokens::{hash, is_secret, new_secret, to_holder};
use crate::{Holder, MAX_PAGE, Result, Store, StoreError, row};

const PREFIX: &str = "gvs_";

/// What a session is called among tokens.
const LABEL: &str = "a session of the pages";

/// Somebody with an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonRecord {
    /// Their name.
    pub id: UserId,
    /// What they may do.
    pub role: Role,
    /// When the account was made.
    pub created_at: Timestamp,
    /// Since when they may not sign in; `None` where they may.
    pub disabled_at: Option<Timestamp>,
}

/// What a password is compared with.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The name as it is written in the account.
    pub id: UserId,
    /// What they may do.
    pub role: Role,
    /// The password's hash, in the form of the Password Hashing Competition.
    pub password: String,
}

#[derive(Debug, sqlx::FromRow)]
struct PersonRow {
    id: String,
    role: String,
    created_at: i64,
    disabled_at: Option<i64>,
}

impl TryFrom<PersonRow> for PersonRecord {
    type Error = StoreError;

    fn try_from(row: PersonRow) -> Result<Self> {
        Ok(Self {
            id: row::parsed("people.id", &row.id)?,
            role: row::known("people.role", &row.role, Role::from_id)?,
            created_at: Timestamp(row.created_at),
            disabled_at: row.disabled_at.map(Timestamp),
        })
    }
}

impl Store {
    /// Makes an account. `false` where there is one of that name, in whatever case of letters.
    pub async fn add_person(&self, id: &UserId, role: Role, password: &str) -> Result<bool> {
        Ok(execute!(self, ADD, id.as_str(), role.id(), password)? > 0)
    }

    /// Whether somebody without an account goes by a name already: holds tokens, or has submitted.
    pub async fn is_name_used(&self, id: &UserId) -> Result<bool> {
        let found: Option<(i64,)> = fetch_optional!(self, read, IS_USED, id.as_str())?;
        Ok(found.is_some())
    }

    /// Whether somebody holds a token in that name.
    pub async fn has_tokens(&self, id: &UserId) -> Result<bool> {
        let found: Option<(i64,)> = fetch_optional!(self, read, HAS_TOKENS, id.as_str())?;
        Ok(found.is_some())
    }

    /// An account.
    pub async fn person(&self, id: &UserId) -> Result<Option<PersonRecord>> {
        let row: Option<PersonRow> = fetch_optional!(self, read, FIND, id.as_str())?;
        row.map(TryInto::try_into).transpose()
    }

    /// Accounts by name, after `after`; at most [`MAX_PAGE`].
    pub async fn people(&self, after: Option<&UserId>, limit: u32) -> Result<Vec<PersonRecord>> {
        let after = after.map_or("", UserId::as_str);
        let rows: Vec<PersonRow> = fetch_all!(self, read, LIST, after, i64::from(limit.min(MAX_PAGE)))?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// What the password of a name is compared with, in whatever case of letters; `None` where nobody of that name may
    /// sign in.
    pub async fn credentials(&self, id: &UserId) -> Result<Option<Credentials>> {
        let found: Option<(String, String, String)> =
            fetch_optional!(self, read, CREDENTIALS, id.as_str().to_ascii_lowercase())?;
        found
            .map(|(id, role, password)| {
                Ok(Credentials {
                    id: row::parsed("people.id", &id)?,
                    role: row::known("people.role", &role, Role::from_id)?,
                    password,
                })
            })
            .transpose()
    }

    /// Gives an account another password, and ends all its sessions. `false` where there is none.
    pub async fn set_password(&self, id: &UserId, password: &str) -> Result<bool> {
        let changed = execute!(self, SET_PASSWORD, id.as_str(), password)? > 0;
        execute!(self, END_SESSIONS, id.as_str())?;
        Ok(changed)
    }

    /// Gives an account another role, and revokes what allows more; sessions end, for they allow what was. `false` where
    /// there is none.
    pub async fn set_role(&self, id: &UserId, role: Role) -> Result<bool> {
        let changed = execute!(self, SET_ROLE, id.as_str(), role.id())? > 0;
        if changed {
            execute!(self, END_SESSIONS, id.as_str())?;
            for above in Role::WITH_TOKEN.into_iter().filter(|above| *above > role) {
                execute!(self, REVOKE_ROLE, id.as_str(), above.id())?;
            }
        }
        Ok(changed)
    }

    /// Disables an account and revokes all that it holds, or lets it sign in again. `false` where there is none.
    pub async fn set_disabled(&self, id: &UserId, disabled: bool) -> Result<bool> {
        if !disabled {
            return Ok(execute!(self, ENABLE, id.as_str())? > 0);
        }
        let changed = execute!(self, DISABLE, id.as_str())? > 0;
        if changed {
            execute!(self, REVOKE_ALL, id.as_str())?;
        }
        Ok(changed)
    }

    /// Begins a session and returns its text, which is nowhere else. Forgets those of the user that have ended.
    pub async fn begin_session(&self, user: &UserId, role: Role, life: Duration) -> Result<String> {
        let text = new_secret(PREFIX);
        execute!(self, FORGET_SESSIONS, user.as_str())?;
        execute!(
            self,
            BEGIN,
            Uuid::now_v7(),
            hash(&text),
            user.as_str(),
            role.id(),
            LABEL,
            row::micros(life)
        )?;
        Ok(text)
    }

    /// Whose session a text is, if it has not ended.
    pub async fn session(&self, text: &str) -> Result<Option<Holder>> {
        if !is_secret(PREFIX, text) {
            return Ok(None);
        }
        let found: Option<(Uuid, String, String)> = fetch_optional!(self, read, SESSION, hash(text))?;
        found.map(to_holder).transpose()
    }
}

statements! {
    /// Id, role, password.
    ADD(3) = "make an account" [
        "INSERT INTO people (id, role, password, created_at) VALUES ($1, $2, $3, " now ") ON CONFLICT DO NOTHING"
    ];
    IS_USED(1) = "look up a name" [
        "SELECT CAST(1 AS BIGINT) WHERE EXISTS (SELECT 1 FROM submissions WHERE user_id = $1) \
         OR EXISTS (SELECT 1 FROM tokens WHERE user_id = $1)"
    ];
    HAS_TOKENS(1) = "look up a name" [
        "SELECT CAST(1 AS BIGINT) WHERE EXISTS (SELECT 1 FROM tokens WHERE user_id = $1)"
    ];
    FIND(1) = "read an account" ["SELECT id, role, created_at, disabled_at FROM people WHERE id = $1"];
    /// After, limit.
    LIST(2) = "list accounts" [
        "SELECT id, role, created_at, disabled_at FROM people WHERE id > $1 ORDER BY id LIMIT $2"
    ];
    CREDENTIALS(1) = "look up a password" [
        "SELECT id, role, password FROM people WHERE lower(id) = $1 AND disabled_at IS NULL"
    ];
    /// Id, password.
    SET_PASSWORD(2) = "change a password" ["UPDATE people SET password = $2 WHERE id = $1"];
    /// Id, role.
    SET_ROLE(2) = "change a role" ["UPDATE people SET role = $2 WHERE id = $1"];
    DISABLE(1) = "disable an account" ["UPDATE people SET disabled_at = " now " WHERE id = $1 AND disabled_at IS NULL"];
    ENABLE(1) = "enable an account" ["UPDATE people SET disabled_at = NULL WHERE id = $1 AND disabled_at IS NOT NULL"];
    END_SESSIONS(1) = "end sessions" [
        "UPDATE tokens SET revoked_at = " now " WHERE user_id = $1 AND is_session AND revoked_at IS NULL"
    ];
    /// User, role.
    REVOKE_ROLE(2) = "revoke tokens" [
        "UPDATE tokens SET revoked_at = " now " WHERE user_id = $1 AND role = $2 AND revoked_at IS NULL"
    ];
    REVOKE_ALL(1) = "revoke tokens" [
        "UPDATE tokens SET revoked_at = " now " WHERE user_id = $1 AND revoked_at IS NULL"
    ];
    FORGET_SESSIONS(1) = "forget old sessions" [
        "DELETE FROM tokens WHERE user_id = $1 AND is_session AND (revoked_at IS NOT NULL OR expires_at <= " now ")"
    ];
    /// Id, hash, user, role, label, span.
    BEGIN(6) = "begin a session" [
        "INSERT INTO tokens (id, hash, user_id, role, label, created_at, expires_at, is_session) \
         VALUES ($1, $2, $3, $4, $5, " now ", " now " + $6, TRUE)"
    ];
    SESSION(1) = "look up a session" [
        "SELECT id, user_id, role FROM tokens \
         WHERE hash = $1 AND is_session AND revoked_at IS NULL AND expires_at > " now
    ];
}
