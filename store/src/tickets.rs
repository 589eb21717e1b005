//! Tickets: each stands in for a token, once and for seconds.
//!
//! A browser's `EventSource` and `WebSocket` cannot set a header, and a token in an address would be kept in logs and
//! histories. A ticket in an address is worth nothing to who finds it there.

use std::time::Duration;

use uuid::Uuid;

use crate::sql::{execute, fetch_optional, statements};
use crate::tokens::{hash, is_secret, new_secret, to_holder};
use crate::{Holder, Result, Store, row};

const PREFIX: &str = "gvt_";

impl Store {
    /// Makes a ticket for the holder of a token; returns its text, which is nowhere else. Takes those away that have ended.
    pub async fn create_ticket(&self, token: Uuid, life: Duration) -> Result<String> {
        let text = new_secret(PREFIX);
        execute!(self, FORGET)?;
        execute!(self, CREATE, hash(&text), token, row::micros(life))?;
        Ok(text)
    }

    /// Who a ticket stands for, if it is good, and so is its token. It is good no more.
    pub async fn redeem_ticket(&self, text: &str) -> Result<Option<Holder>> {
        if !is_secret(PREFIX, text) {
            return Ok(None);
        }
        let token: Option<(Uuid,)> = fetch_optional!(self, write, REDEEM, hash(text))?;
        let Some((token,)) = token else {
            return Ok(None);
        };
        let found: Option<(Uuid, String, String)> = fetch_optional!(self, read, HOLDER, token)?;
        found.map(to_holder).transpose()
    }
}

statements! {
    /// Hash, token, span.
    CREATE(3) = "store a ticket" [
        "INSERT INTO tickets (hash, token_id, expires_at) VALUES ($1, $2, " now " + $3)"
    ];
    FORGET(0) = "forget old tickets" ["DELETE FROM tickets WHERE expires_at <= " now " AND " unhurried];
    REDEEM(1) = "redeem a ticket" ["DELETE FROM tickets WHERE hash = $1 AND expires_at > " now " RETURNING token_id"];
    HOLDER(1) = "look up a ticket's token" [
        "SELECT id, user_id, role FROM tokens \
         WHERE id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > " now ")"
    ];
}
