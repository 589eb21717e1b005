//! The audit: what was promised and told, against what is stored.

use std::collections::HashMap;
use std::fmt;
use std::ops::AddAssign;

use anyhow::{Context, Result, ensure};
use reqwest::Method;
use serde_json::Value;

use super::arena::Arena;
use super::ledger::{Ledger, is_final};

/// What a trial came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Submissions whose 202 was seen.
    pub submissions: u64,
    /// Those of them that are not stored, or have no verdict.
    pub lost: u64,
    /// What is stored more than once, or was not promised to anybody.
    pub duplicated: u64,
    /// Other verdicts than the right one, and whatever was told and is not so.
    pub wrong: u64,
    /// Those whose follower does not know the end.
    pub undelivered: u64,
    /// Requests that had to be repeated.
    pub unanswered: u64,
    /// Connections of followers that ended before the verdict.
    pub reconnections: u64,
}

impl Tally {
    /// Whether nothing is lost, duplicated, wrong or undelivered.
    pub fn is_clean(&self) -> bool {
        self.lost + self.duplicated + self.wrong + self.undelivered == 0
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.submissions += other.submissions;
        self.lost += other.lost;
        self.duplicated += other.duplicated;
        self.wrong += other.wrong;
        self.undelivered += other.undelivered;
        self.unanswered += other.unanswered;
        self.reconnections += other.reconnections;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:>6} submissions  lost {}, duplicated {}, wrong {}, undelivered {}  ({} requests repeated, {} connections renewed)",
            self.submissions,
            self.lost,
            self.duplicated,
            self.wrong,
            self.undelivered,
            self.unanswered,
            self.reconnections
        )
    }
}

/// Compares everything, when everything should be over; with words for what is amiss.
pub(super) async fn audit(arena: &Arena, ledger: &Ledger) -> Result<(Tally, Vec<String>)> {
    let (counts, accepted) = (ledger.counts(), ledger.accepted());
    let mut words = ledger.contradictions();
    let mut tally = Tally {
        submissions: counts.accepted,
        wrong: counts.contradictions,
        unanswered: counts.unanswered,
        reconnections: counts.reconnections,
        ..Tally::default()
    };
    let rows = rows(arena).await?;
    for (id, promise) in &accepted {
        let Some(row) = rows.get(id) else {
            tally.lost += 1;
            words.push(format!("{id} is not stored"));
            continue;
        };
        let (state, verdict) = (&row["judgement"]["state"], &row["judgement"]["verdict"]);
        if !is_final(state) {
            tally.lost += 1;
            words.push(format!("{id} has not ended: {row}"));
        } else if verdict != promise.expected {
            tally.wrong += 1;
            words.push(format!("{id} should be {}: {row}", promise.expected));
        }
        if let Some(told) = ledger.end_of(id)
            && (*verdict != *told.verdict
                || !told.judgement.is_empty() && row["judgement"]["id"] != *told.judgement)
        {
            tally.wrong += 1;
            words.push(format!("{id} was told to be {told:?}: {row}"));
        }
        if !promise.is_delivered {
            tally.undelivered += 1;
            words.push(format!("nobody was told the end of {id}: {row}"));
        }
    }
    for id in rows.keys().filter(|id| !accepted.contains_key(*id)) {
        tally.duplicated += 1;
        words.push(format!("{id} was promised to nobody"));
    }
    if arena.services.is_some() {
        let judgements: u64 = arena.sql("SELECT count(*) FROM judgements")?.parse()?;
        let more = judgements.saturating_sub(rows.len() as u64);
        if more > 0 {
            tally.duplicated += more;
            words.push(format!("{more} judgements too many"));
        }
        let leases = "SELECT count(*) FROM judgements WHERE state = 'running' OR lease_until IS NOT NULL";
        ensure!(arena.sql(leases)? == "0", "leases are left");
    }
    Ok((tally, words))
}

/// Every submission, as the interface lists it.
async fn rows(arena: &Arena) -> Result<HashMap<String, Value>> {
    let (client, admin) = arena.client()?;
    let mut rows = HashMap::new();
    let mut path = "/api/v1/submissions?limit=200".to_owned();
    loop {
        let request = client.request(Method::GET, &path).bearer_auth(admin);
        let (status, page) = client.send(request).await?;
        ensure!(status == 200, "{path}: {status} {page}");
        for row in page["items"].as_array().context("no list")? {
            let id = row["id"].as_str().context("no id")?.to_owned();
            rows.insert(id, row.clone());
        }
        let Some(cursor) = page["next_cursor"].as_str() else {
            return Ok(rows);
        };
        path = format!("/api/v1/submissions?limit=200&cursor={cursor}");
    }
}
