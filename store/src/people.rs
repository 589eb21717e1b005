//! People: who signs in with a password, and their sessions.
//!
//! A session is a token whose text travels in a cookie: tickets stand for it, it ends where it is revoked, and what it
//! allows is told by the same row. Its prefix keeps a text that was meant for a cookie out of headers.
//!
//! What somebody may do changes with all that they hold: a lower role revokes what allows more, a disabled account all.

use std::collections::HashSet;
use std::time::Duration;

use domain::{Role, Timestamp, UserId};
use serde::Serialize;
use uuid::Uuid;

use crate::sql::{execute, execute_together, fetch_all, fetch_optional, statements};
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
    /// When they last signed in; `None` where they never did.
    pub signed_in_at: Option<Timestamp>,
}

/// An account to be made.
#[derive(Debug, Clone, Serialize)]
pub struct NewPerson {
    /// Their name.
    pub id: UserId,
    /// What they may do.
    pub role: Role,
    /// The password's hash, in the form of the Password Hashing Competition.
    pub password: String,
}

/// Which accounts to list; all conditions must hold.
#[derive(Debug, Clone, Default)]
pub struct PersonFilter {
    /// With this in the name, in whatever case of letters.
    pub search: Option<String>,
    /// With this role.
    pub role: Option<Role>,
    /// Whether they are disabled.
    pub is_disabled: Option<bool>,
}

/// What became of a change to an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed {
    /// It is done.
    Done,
    /// There is no such account.
    Missing,
    /// It was so before.
    Same,
    /// It is the last account that administers, and stays one.
    LastAdmin,
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
    signed_in_at: Option<i64>,
}

impl TryFrom<PersonRow> for PersonRecord {
    type Error = StoreError;

    fn try_from(row: PersonRow) -> Result<Self> {
        Ok(Self {
            id: row::parsed("people.id", &row.id)?,
            role: row::known("people.role", &row.role, Role::from_id)?,
            created_at: Timestamp(row.created_at),
            disabled_at: row.disabled_at.map(Timestamp),
            signed_in_at: row.signed_in_at.map(Timestamp),
        })
    }
}

impl Store {
    /// Makes an account. `false` where there is one of that name, in whatever case of letters.
    pub async fn add_person(&self, id: &UserId, role: Role, password: &str) -> Result<bool> {
        Ok(execute!(self, ADD, id.as_str(), role.id(), password)? > 0)
    }

    /// Makes accounts, all or none. Returns the names that are taken, in whatever case of letters: where there are any, none is made.
    pub async fn add_people(&self, people: &[NewPerson]) -> Result<Vec<UserId>> {
        let written =
            serde_json::to_string(people).map_err(|error| StoreError::failed(ADD_ALL.operation, error))?;
        let wanted = people.len() as u64;
        if execute!(self, ADD_ALL, written)? == wanted {
            return Ok(Vec::new());
        }
        let names = people.iter().map(|person| person.id.clone());
        self.taken_names(&names.collect::<Vec<_>>()).await
    }

    /// Those of many names that an account has, in whatever case of letters.
    pub async fn taken_names(&self, names: &[UserId]) -> Result<Vec<UserId>> {
        let lower: Vec<String> = names
            .iter()
            .map(|name| name.as_str().to_ascii_lowercase())
            .collect();
        let lower =
            serde_json::to_string(&lower).map_err(|error| StoreError::failed(TAKEN.operation, error))?;
        let rows: Vec<(String,)> = fetch_all!(self, write, TAKEN, lower)?;
        let taken: HashSet<String> = rows.into_iter().map(|(name,)| name).collect();
        let is_taken = |name: &&UserId| taken.contains(&name.as_str().to_ascii_lowercase());
        Ok(names.iter().filter(is_taken).cloned().collect())
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

    /// Accounts by name, in whatever case of letters, after `after`; at most [`MAX_PAGE`].
    pub async fn people(
        &self,
        filter: &PersonFilter,
        after: Option<&UserId>,
        limit: u32,
    ) -> Result<Vec<PersonRecord>> {
        let after = after.map_or(String::new(), |after| after.as_str().to_ascii_lowercase());
        let limit = i64::from(limit.min(MAX_PAGE));
        let search = filter.search.as_deref().map(like);
        let role = filter.role.map(Role::id);
        let disabled = filter.is_disabled.map(i64::from);
        let rows: Vec<PersonRow> = fetch_all!(self, read, LIST, after, limit, search, role, disabled)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// How many submissions somebody has made.
    pub async fn count_submissions(&self, id: &UserId) -> Result<u64> {
        let found: Option<(i64,)> = fetch_optional!(self, read, COUNT_SUBMISSIONS, id.as_str())?;
        row::number("the count of submissions", found.map_or(0, |(count,)| count))
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
        let id = id.as_str();
        Ok(execute_together!(self, SET_PASSWORD[id, password], END_SESSIONS[id])? > 0)
    }

    /// Gives an account another role, and revokes what allows more; sessions end, for they allow what was.
    pub async fn set_role(&self, id: &UserId, role: Role) -> Result<Changed> {
        let above: Vec<&str> = Role::WITH_TOKEN
            .into_iter()
            .filter(|above| *above > role)
            .map(Role::id)
            .collect();
        let above =
            serde_json::to_string(&above).map_err(|error| StoreError::failed("change a role", error))?;
        let name = id.as_str();
        let changed = execute_together!(
            self,
            SET_ROLE[name, role.id()],
            END_SESSIONS[name],
            REVOKE_ROLES[above.as_str(), name]
        )?;
        if changed > 0 {
            return Ok(Changed::Done);
        }
        Ok(match self.person(id).await? {
            None => Changed::Missing,
            Some(person) if person.role == role => Changed::Same,
            Some(_) => Changed::LastAdmin,
        })
    }

    /// Disables an account and revokes all that it holds, or lets it sign in again.
    pub async fn set_disabled(&self, id: &UserId, disabled: bool) -> Result<Changed> {
        let name = id.as_str();
        let changed = if disabled {
            execute_together!(self, DISABLE[name], REVOKE_ALL[name])?
        } else {
            execute!(self, ENABLE, name)?
        };
        if changed > 0 {
            return Ok(Changed::Done);
        }
        Ok(match self.person(id).await? {
            None => Changed::Missing,
            Some(person) if person.disabled_at.is_some() == disabled => Changed::Same,
            Some(_) => Changed::LastAdmin,
        })
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
        execute!(self, SIGNED_IN, user.as_str())?;
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

/// A pattern for what holds a text somewhere, in whatever case of letters.
fn like(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in text.chars().map(|c| c.to_ascii_lowercase()) {
        if matches!(c, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern.replace('\0', "\u{fffd}")
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
    /// Accounts. All or none.
    ADD_ALL(1) = "make accounts" [
        "INSERT INTO people (id, role, password, created_at) SELECT i.id, i.role, i.password, " now " FROM " new_people
        " WHERE NOT EXISTS (SELECT 1 FROM people p WHERE lower(p.id) IN (SELECT lower(i.id) FROM " new_people "))"
    ];
    /// Names in small letters.
    TAKEN(1) = "look up names" ["SELECT lower(id) FROM people WHERE lower(id) IN " texts];
    FIND(1) = "read an account" ["SELECT " person_columns " FROM people WHERE id = $1"];
    /// After, limit, pattern or NULL, role or NULL, disabled as a number or NULL.
    LIST(5) = "list accounts" [
        "SELECT " person_columns " FROM people WHERE lower(id) > $1 \
         AND (CAST($3 AS TEXT) IS NULL OR lower(id) LIKE $3 ESCAPE '!') AND (CAST($4 AS TEXT) IS NULL OR role = $4) \
         AND (CAST($5 AS BIGINT) IS NULL OR (disabled_at IS NOT NULL) = ($5 > 0)) ORDER BY lower(id) LIMIT $2"
    ];
    COUNT_SUBMISSIONS(1) = "count submissions" [
        "SELECT COUNT(*) FROM submissions WHERE user_id = $1 AND trial IS NULL"
    ];
    CREDENTIALS(1) = "look up a password" [
        "SELECT id, role, password FROM people WHERE lower(id) = $1 AND disabled_at IS NULL"
    ];
    /// Id, password.
    SET_PASSWORD(2) = "change a password" ["UPDATE people SET password = $2 WHERE id = $1"];
    /// Id, role. Not that of the last administrator.
    SET_ROLE(2) = "change a role" [
        admins "UPDATE people SET role = $2 WHERE id = $1 AND role <> $2 \
         AND (role <> 'admin' OR disabled_at IS NOT NULL OR " another_admin ")"
    ];
    DISABLE(1) = "disable an account" [
        admins "UPDATE people SET disabled_at = " now " WHERE id = $1 AND disabled_at IS NULL \
         AND (role <> 'admin' OR " another_admin ")"
    ];
    ENABLE(1) = "enable an account" ["UPDATE people SET disabled_at = NULL WHERE id = $1 AND disabled_at IS NOT NULL"];
    END_SESSIONS(1) = "end sessions" [
        "UPDATE tokens SET revoked_at = " now " WHERE user_id = $1 AND is_session AND revoked_at IS NULL"
    ];
    /// Roles, user.
    REVOKE_ROLES(2) = "revoke tokens" [
        "UPDATE tokens SET revoked_at = " now " WHERE user_id = $2 AND role IN " texts " AND revoked_at IS NULL"
    ];
    REVOKE_ALL(1) = "revoke tokens" [
        "UPDATE tokens SET revoked_at = " now " WHERE user_id = $1 AND revoked_at IS NULL"
    ];
    SIGNED_IN(1) = "note a sign-in" ["UPDATE people SET signed_in_at = " now " WHERE id = $1 AND " unhurried];
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
