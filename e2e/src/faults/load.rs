//! Those who submit. Each has one key for one submission and repeats its request until it has seen that it was accepted.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Result;
use rand::RngExt as _;
use reqwest::header::HeaderName;
use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::ledger::Ledger;
use super::plan::{Item, Plan};

/// Submitters at once.
const SUBMITTERS: u64 = 16;

/// How long a submitter waits for an answer before it asks again.
const ANSWER_WITHIN: Duration = Duration::from_secs(4);

/// Pauses between two attempts at one submission, in milliseconds.
const PAUSE_MS: std::ops::Range<u64> = 20..120;

/// The submitters of a trial. They end when this is dropped.
#[derive(Debug)]
pub struct Load {
    released: watch::Sender<u64>,
    _tasks: JoinSet<()>,
}

/// What submitters share.
#[derive(Debug)]
struct Shared {
    plan: Plan,
    apis: Vec<String>,
    http: reqwest::Client,
    ledger: Arc<Ledger>,
    next: AtomicU64,
    /// Who is to follow what was accepted.
    followers: mpsc::UnboundedSender<(Item, String)>,
}

impl Load {
    /// Submitters who wait for their turn; what is accepted is handed to `followers` with its id.
    pub fn start(
        plan: Plan,
        apis: Vec<String>,
        ledger: Arc<Ledger>,
        followers: mpsc::UnboundedSender<(Item, String)>,
    ) -> Result<Self> {
        let shared = Arc::new(Shared {
            plan,
            apis,
            http: reqwest::Client::builder().timeout(ANSWER_WITHIN).build()?,
            ledger,
            next: AtomicU64::new(0),
            followers,
        });
        let (released, is_released) = watch::channel(0);
        let mut tasks = JoinSet::new();
        for _ in 0..SUBMITTERS {
            tasks.spawn(Arc::clone(&shared).submit_on(is_released.clone()));
        }
        Ok(Self {
            released,
            _tasks: tasks,
        })
    }

    /// Lets `more` submissions in.
    pub fn release(&self, more: u64) {
        self.released.send_modify(|released| *released += more);
    }

    /// How many submissions have been let in.
    pub fn released(&self) -> u64 {
        *self.released.borrow()
    }
}

impl Shared {
    async fn submit_on(self: Arc<Self>, mut released: watch::Receiver<u64>) {
        loop {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            if released.wait_for(|released| number < *released).await.is_err() {
                return;
            }
            let item = self.plan.item(number);
            let id = self.submit(&item).await;
            self.ledger.accept(&item, &id);
            if self.followers.send((item, id)).is_err() {
                return;
            }
        }
    }

    /// Submits until it is seen to be accepted; the id.
    async fn submit(&self, item: &Item) -> String {
        let mut lots = self.plan.lots(!item.number);
        let mut leaves_after = item.leaves_after;
        loop {
            let api = &self.apis[lots.random_range(0..self.apis.len())];
            let answer = self.ask(api, item);
            let answer = match leaves_after.take() {
                // Dropped in its middle, whatever its middle is by then.
                Some(time) => match tokio::time::timeout(time, answer).await {
                    Ok(answer) => answer,
                    Err(_) => continue,
                },
                None => answer.await,
            };
            match answer {
                Ok(Some(id)) => return id,
                Ok(None) => self.ledger.unanswered(),
                Err(refusal) => self
                    .ledger
                    .contradict(format!("{} was refused: {refusal}", item.number)),
            }
            tokio::time::sleep(Duration::from_millis(lots.random_range(PAUSE_MS))).await;
        }
    }

    /// One request: the id where it was accepted, nothing where that is unknown or cannot be now.
    async fn ask(&self, api: &str, item: &Item) -> std::result::Result<Option<String>, String> {
        let key = HeaderName::from_static("idempotency-key");
        let body = json!({
            "user": item.user,
            "problem": "aplusb",
            "language": item.language,
            "source": item.source,
        });
        let request = self.http.post(format!("{api}/api/v1/submissions"));
        let request = request.header(key, format!("item-{}", item.number)).json(&body);
        let Ok(response) = request.send().await else {
            return Ok(None);
        };
        let status = response.status().as_u16();
        let Ok(text) = response.text().await else {
            return Ok(None);
        };
        match status {
            202 => {
                let view: Value = serde_json::from_str(&text).map_err(|error| format!("{error}: {text}"))?;
                let id = view["id"].as_str().ok_or_else(|| format!("no id: {text}"))?;
                Ok(Some(id.to_owned()))
            }
            503 => Ok(None),
            _ => Err(format!("{status} {text}")),
        }
    }
}
