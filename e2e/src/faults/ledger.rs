//! What was promised, and what was told.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Result, bail};
use serde_json::Value;
use tokio::sync::watch;

use super::plan::Item;

/// How long nothing at all may happen before a trial is given up. Far longer than any wait of Gavel's own.
const PATIENCE: Duration = Duration::from_mins(2);

/// So many contradictions are kept in words.
const KEPT: usize = 20;

/// What has happened so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Submissions whose 202 was seen.
    pub accepted: u64,
    /// Those of them whose follower knows the end.
    pub delivered: u64,
    /// Requests whose answer is not known, or was that it does not work now.
    pub unanswered: u64,
    /// Connections of followers that ended before the verdict, by whomever.
    pub reconnections: u64,
    /// Everything that must not be.
    pub contradictions: u64,
}

/// The book of a trial.
#[derive(Debug, Default)]
pub struct Ledger {
    inner: Mutex<Inner>,
    counts: watch::Sender<Counts>,
}

#[derive(Debug, Default)]
struct Inner {
    accepted: HashMap<String, Accepted>,
    /// The end of each submission, as the first who heard of it was told.
    ends: HashMap<String, End>,
    contradictions: Vec<String>,
}

/// A submission that was accepted.
#[derive(Debug, Clone)]
pub struct Accepted {
    /// Its number.
    pub number: u64,
    /// The only right verdict.
    pub expected: &'static str,
    /// Whether its follower knows the end.
    pub is_delivered: bool,
}

/// The end of a judgement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    /// The judgement's id.
    pub judgement: String,
    /// Its verdict.
    pub verdict: String,
}

/// What one connection has heard: the largest number of each judgement, and those that have ended.
#[derive(Debug, Default)]
pub struct Heard {
    judgements: HashMap<String, u64>,
    ended: HashSet<String>,
}

impl Ledger {
    /// What has happened so far.
    pub fn counts(&self) -> Counts {
        *self.counts.borrow()
    }

    /// Waits until it is so; fails where nothing happens for a long time.
    pub async fn until(&self, what: &str, is_so: impl Fn(&Counts) -> bool) -> Result<()> {
        let mut counts = self.counts.subscribe();
        loop {
            let now = *counts.borrow_and_update();
            if is_so(&now) {
                return Ok(());
            }
            if now.contradictions >= KEPT as u64 {
                bail!("{what}: too much is wrong: {:#?}", self.contradictions());
            }
            if tokio::time::timeout(PATIENCE, counts.changed()).await.is_err() {
                bail!("{what}: nothing happened for {PATIENCE:?}; {now:?}");
            }
        }
    }

    /// A 202 was seen.
    pub fn accept(&self, item: &Item, id: &str) {
        let accepted = Accepted {
            number: item.number,
            expected: item.expected,
            is_delivered: false,
        };
        let before = self.lock().accepted.insert(id.to_owned(), accepted);
        if let Some(before) = before {
            self.contradict(format!(
                "{id} was given to {} and to {}",
                before.number, item.number
            ));
        }
        self.count(|counts| counts.accepted += 1);
    }

    /// An answer is not known.
    pub fn unanswered(&self) {
        self.count(|counts| counts.unanswered += 1);
    }

    /// A follower lost its connection.
    pub fn reconnects(&self) {
        self.count(|counts| counts.reconnections += 1);
    }

    /// Something that must not be.
    pub fn contradict(&self, what: String) {
        let mut inner = self.lock();
        if inner.contradictions.len() < KEPT {
            inner.contradictions.push(what);
        }
        drop(inner);
        self.count(|counts| counts.contradictions += 1);
    }

    /// What must not be and was.
    pub fn contradictions(&self) -> Vec<String> {
        self.lock().contradictions.clone()
    }

    /// An update, as one connection hears it; whether it was the end.
    pub fn update(&self, update: &Value, heard: &mut Heard) -> bool {
        let judgement = text(&update["judgement"]);
        let Some(seq) = update["seq"].as_u64() else {
            self.contradict(format!("an update without a number: {update}"));
            return false;
        };
        let is_end = is_final(&update["state"]);
        let before = heard.judgements.insert(judgement.clone(), seq);
        if before.is_some_and(|before| before >= seq) {
            self.contradict(format!("told backwards, {before:?} before: {update}"));
        }
        if heard.ended.contains(&judgement) {
            self.contradict(format!("told after the end: {update}"));
        }
        if is_end {
            heard.ended.insert(judgement.clone());
            self.end(&text(&update["submission"]), judgement, &update["verdict"]);
        }
        is_end
    }

    /// A submission as a snapshot or an answer has it, with the number that a snapshot has; whether it has ended.
    pub fn view(&self, view: &Value, seq: Option<u64>, heard: &mut Heard) -> bool {
        let row = &view["judgement"];
        let judgement = text(&row["id"]);
        let is_end = is_final(&row["state"]);
        // The row does not know how far a running judgement has come: its number may be smaller than that of an update before.
        let known = heard.judgements.entry(judgement.clone()).or_default();
        *known = seq.unwrap_or_default().max(*known);
        if is_end {
            heard.ended.insert(judgement.clone());
            self.end(&text(&view["id"]), judgement, &row["verdict"]);
        } else if heard.ended.contains(&judgement) {
            self.contradict(format!("not ended any more: {view}"));
        }
        is_end
    }

    /// The message of the channel `problem_done`.
    pub fn problem_done(&self, message: &Value) {
        let (id, verdict) = (text(&message["submissionId"]), text(&message["status"]));
        let mut inner = self.lock();
        let told = inner.ends.get(&id).map(|end| end.verdict.clone());
        match told {
            Some(told) if told != verdict => {
                drop(inner);
                self.contradict(format!("told {told} before: {message}"));
            }
            Some(_) => {}
            None => {
                let judgement = String::new();
                inner.ends.insert(id, End { judgement, verdict });
            }
        }
    }

    /// The follower of a submission knows its end.
    pub fn deliver(&self, id: &str) {
        let is_news = match self.lock().accepted.get_mut(id) {
            Some(accepted) => !std::mem::replace(&mut accepted.is_delivered, true),
            None => false,
        };
        if is_news {
            self.count(|counts| counts.delivered += 1);
        }
    }

    /// The submissions that were accepted, by id.
    pub fn accepted(&self) -> HashMap<String, Accepted> {
        self.lock().accepted.clone()
    }

    /// The end that was told of a submission.
    pub fn end_of(&self, id: &str) -> Option<End> {
        self.lock().ends.get(id).cloned()
    }

    fn end(&self, id: &str, judgement: String, verdict: &Value) {
        let end = End {
            judgement,
            verdict: text(verdict),
        };
        let mut inner = self.lock();
        let told = inner.ends.entry(id.to_owned()).or_insert_with(|| end.clone());
        if told.judgement.is_empty() {
            told.judgement.clone_from(&end.judgement);
        }
        if *told != end {
            let words = format!("{id} was told to have ended as {told:?} and as {end:?}");
            drop(inner);
            self.contradict(words);
        }
    }

    fn count(&self, change: impl FnOnce(&mut Counts)) {
        self.counts.send_modify(change);
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a state is the last one.
pub fn is_final(state: &Value) -> bool {
    state == "done" || state == "cancelled"
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
