//! Tokens: who is asking. Opaque, random, and kept only as a hash.
//!
//! A token's text is `gvl_` and 64 hexadecimal digits: 256 random bits, so that a plain fast hash is enough: there is
//! nothing to guess. The prefix lets people and scanners recognise one that has leaked.

use std::fmt::Write as _;

use domain::{Role, Timestamp, UserId};
use uuid::Uuid;

use crate::ids::Ids;
use crate::sql::{execute, fetch_all, fetch_optional, statements};
use crate::{MAX_PAGE, Result, Store, row, text};

const PREFIX: &str = "gvl_";
const RANDOM_BYTES: usize = 32;

/// Tokens listed of a user at most.
const MOST_LISTED: i64 = 1000;

/// A token to be stored; only its hash is.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// Whose.
    pub user: UserId,
    /// What it allows.
    pub role: Role,
    /// For people.
    pub label: String,
    /// When it ends; `None` for never.
    pub expires_at: Option<Timestamp>,
}

/// Who holds a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The token's id, by which it can be asked for again. No secret.
    pub token: Uuid,
    /// Whose it is.
    pub user: UserId,
    /// What it allows.
    pub role: Role,
}

/// A token as it is listed: everything but its text, which is nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRecord {
    /// Names it when it is to be revoked. No secret.
    pub id: Uuid,
    /// What it allows.
    pub role: Role,
    /// For people.
    pub label: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends; `None` for never.
    pub expires_at: Option<Timestamp>,
}

impl Store {
    /// Makes a token, stores its hash, and returns its text, which is nowhere else.
    pub async fn create_token(&self, token: &NewToken) -> Result<String> {
        let text = new_secret(PREFIX);
        execute!(
            self,
            CREATE,
            Uuid::now_v7(),
            hash(&text),
            token.user.as_str(),
            token.role.id(),
            text::clean(&token.label).into_owned(),
            token.expires_at.map(|time| time.0),
        )?;
        Ok(text)
    }

    /// Who a token belongs to, if it is known, not revoked and not expired.
    pub async fn token(&self, text: &str) -> Result<Option<(UserId, Role)>> {
        Ok(self.holder(text).await?.map(|holder| (holder.user, holder.role)))
    }

    /// The same, with the token's id.
    pub async fn holder(&self, text: &str) -> Result<Option<Holder>> {
        if !is_secret(PREFIX, text) {
            return Ok(None);
        }
        let found: Option<(Uuid, String, String)> = fetch_optional!(self, read, FIND, hash(text))?;
        found.map(to_holder).transpose()
    }

    /// Those of many tokens that are still good: neither revoked nor expired.
    pub async fn good_tokens(&self, ids: &[Uuid]) -> Result<Vec<Uuid>> {
        let mut good = Vec::with_capacity(ids.len());
        for chunk in ids.chunks(MAX_PAGE as usize) {
            let rows: Vec<(Uuid,)> = fetch_all!(self, read, STILL_GOOD, Ids(chunk.to_vec()))?;
            good.extend(rows.into_iter().map(|(id,)| id));
        }
        Ok(good)
    }

    /// The tokens of a user that are still good, the newest first.
    pub async fn tokens(&self, user: &UserId) -> Result<Vec<TokenRecord>> {
        let rows: Vec<TokenRow> = fetch_all!(self, read, LIST, user.as_str(), MOST_LISTED)?;
        rows.into_iter().map(to_record).collect()
    }

    /// The sessions of a user that have not ended, the newest first.
    pub async fn sessions(&self, user: &UserId) -> Result<Vec<TokenRecord>> {
        let rows: Vec<TokenRow> = fetch_all!(self, read, LIST_SESSIONS, user.as_str(), MOST_LISTED)?;
        rows.into_iter().map(to_record).collect()
    }

    /// Ends a token or a session of a user. `false` where they have none of that id, or it was revoked before.
    pub async fn revoke_any_of(&self, user: &UserId, id: Uuid) -> Result<bool> {
        Ok(execute!(self, REVOKE_ANY_OF, id, user.as_str())? > 0)
    }

    /// Ends a token of a user that is no session. `false` where they have none of that id, or it was revoked before.
    pub async fn revoke_token_of(&self, user: &UserId, id: Uuid) -> Result<bool> {
        Ok(execute!(self, REVOKE_OF, id, user.as_str())? > 0)
    }

    /// Ends a token. `false` where there is none of that id, or it was revoked before.
    pub async fn revoke_token(&self, id: Uuid) -> Result<bool> {
        Ok(execute!(self, REVOKE, id)? > 0)
    }
}

type TokenRow = (Uuid, String, String, i64, Option<i64>);

fn to_record((id, role, label, created_at, expires_at): TokenRow) -> Result<TokenRecord> {
    Ok(TokenRecord {
        id,
        role: row::known("tokens.role", &role, Role::from_id)?,
        label,
        created_at: Timestamp(created_at),
        expires_at: expires_at.map(Timestamp),
    })
}

/// A text that nobody can guess.
pub(crate) fn new_secret(prefix: &str) -> String {
    let secret: [u8; RANDOM_BYTES] = rand::random();
    let mut text = String::from(prefix);
    for byte in secret {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Whether it could be one: what is not is answered without asking the database.
pub(crate) fn is_secret(prefix: &str, text: &str) -> bool {
    text.strip_prefix(prefix).is_some_and(|digits| {
        digits.len() == 2 * RANDOM_BYTES && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
    })
}

pub(crate) fn hash(text: &str) -> Vec<u8> {
    blake3::hash(text.as_bytes()).as_bytes().to_vec()
}

pub(crate) fn to_holder((token, user, role): (Uuid, String, String)) -> Result<Holder> {
    Ok(Holder {
        token,
        user: row::parsed("tokens.user_id", &user)?,
        role: row::known("tokens.role", &role, Role::from_id)?,
    })
}

statements! {
    /// Id, hash, user, role, label, end.
    CREATE(6) = "store a token" [
        "INSERT INTO tokens (id, hash, user_id, role, label, created_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, " now ", $6)"
    ];
    FIND(1) = "look up a token" [
        "SELECT id, user_id, role FROM tokens \
         WHERE hash = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > " now ")"
    ];
    STILL_GOOD(1) = "look at tokens again" [
        "SELECT id FROM tokens \
         WHERE id " in_ids " AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > " now ")"
    ];
    /// User, limit.
    LIST(2) = "list tokens" [
        "SELECT " token_columns " FROM tokens WHERE user_id = $1 AND NOT is_session AND revoked_at IS NULL \
         AND (expires_at IS NULL OR expires_at > " now ") ORDER BY id DESC LIMIT $2"
    ];
    /// User, limit.
    LIST_SESSIONS(2) = "list sessions" [
        "SELECT " token_columns " FROM tokens WHERE user_id = $1 AND is_session AND revoked_at IS NULL \
         AND expires_at > " now " ORDER BY id DESC LIMIT $2"
    ];
    /// Id, user.
    REVOKE_OF(2) = "revoke a token" [
        "UPDATE tokens SET revoked_at = " now " WHERE id = $1 AND user_id = $2 AND NOT is_session AND revoked_at IS NULL"
    ];
    /// Id, user.
    REVOKE_ANY_OF(2) = "revoke a token" [
        "UPDATE tokens SET revoked_at = " now " WHERE id = $1 AND user_id = $2 AND revoked_at IS NULL"
    ];
    REVOKE(1) = "revoke a token" [
        "UPDATE tokens SET revoked_at = " now " WHERE id = $1 AND revoked_at IS NULL"
    ];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_tokens_are_looked_up() {
        let good = format!("{PREFIX}{}", "a0".repeat(32));
        assert!(is_secret(PREFIX, &good));
        for wrong in [
            "",
            "gvl_",
            "a0a0",
            &good[1..],
            &format!("{good}0"),
            &good.replace('a', "ä"),
        ] {
            assert!(!is_secret(PREFIX, wrong), "{wrong:?}");
        }
    }
}
