//! Whose share of a band is larger than that of others.

use std::collections::HashMap;

use domain::UserId;

use crate::sql::{execute, fetch_all, statements};
use crate::{Result, Store, row};

/// What everybody weighs of whom nothing else is said.
const USUAL: u32 = 1;

impl Store {
    /// The weights of those who do not weigh as much as everybody else.
    pub async fn weights(&self) -> Result<HashMap<UserId, u32>> {
        let rows: Vec<(String, i64)> = fetch_all!(self, read, LIST)?;
        rows.into_iter()
            .map(|(user, weight)| {
                Ok((
                    row::parsed("weights.user_id", &user)?,
                    row::number("weights.weight", weight)?,
                ))
            })
            .collect()
    }

    /// Lets a user weigh so much, from 1, what everybody weighs, to 100.
    pub async fn set_weight(&self, user: &UserId, weight: u32) -> Result<()> {
        if weight == USUAL {
            execute!(self, REMOVE, user.as_str())?;
        } else {
            execute!(self, SET, user.as_str(), i64::from(weight))?;
        }
        Ok(())
    }
}

statements! {
    LIST(0) = "read weights" ["SELECT user_id, weight FROM weights"];
    /// User, weight.
    SET(2) = "set a weight" [
        "INSERT INTO weights (user_id, weight) VALUES ($1, $2) ON CONFLICT (user_id) DO UPDATE SET weight = excluded.weight"
    ];
    REMOVE(1) = "remove a weight" ["DELETE FROM weights WHERE user_id = $1"];
}
