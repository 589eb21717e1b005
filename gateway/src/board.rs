//! The queue as everybody may see it: how many wait in each band, and how many of them before one's own.
//!
//! One task a process asks the queue, every second and only while somebody follows. Who follows is told when what it would be
//! told is something else than the last time.

use std::sync::Arc;
use std::time::Duration;

use bus::Queue;
use domain::{JudgementId, SubmissionId};
use serde::Serialize;
use tokio::sync::{Notify, watch};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::{Gateway, snapshot};

/// How often the queue is asked.
const EVERY: Duration = Duration::from_secs(1);

/// How long it may take to answer.
const PATIENCE: Duration = Duration::from_secs(1);

/// Own submissions whose place is told at most: the newest.
const MOST_PLACES: usize = 20;

/// How many wait, by band; nothing where the queue does not answer.
type Depth = Option<[u64; 3]>;

/// See the module.
#[derive(Debug)]
pub(crate) struct Board {
    depth: watch::Sender<Depth>,
    followed: Notify,
}

/// Somebody who follows the queue.
#[derive(Debug)]
pub(crate) struct Follower {
    depth: watch::Receiver<Depth>,
    last: String,
}

#[derive(Serialize)]
#[serde(tag = "type", rename = "queue")]
struct QueueMessage {
    depth: Option<DepthBody>,
    places: Vec<Place>,
}

#[derive(Serialize)]
struct DepthBody {
    contest: u64,
    interactive: u64,
    bulk: u64,
}

#[derive(Serialize)]
struct Place {
    submission: SubmissionId,
    judgement: JudgementId,
    /// How many are before it.
    before: u64,
}

impl Board {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            depth: watch::Sender::new(None),
            followed: Notify::new(),
        })
    }

    pub(crate) fn follow(&self) -> Follower {
        let follower = Follower {
            depth: self.depth.subscribe(),
            last: String::new(),
        };
        self.followed.notify_one();
        follower
    }

    /// Asks the queue as long as somebody follows, until `stop`.
    pub(crate) async fn keep(self: Arc<Self>, queue: Queue, stop: CancellationToken) {
        let keep = async {
            loop {
                if self.depth.receiver_count() == 0 {
                    self.followed.notified().await;
                }
                let depth = timeout(PATIENCE, queue.depth()).await;
                // Everybody is stirred each time: one's own place moves while the numbers stay the same.
                self.depth.send_replace(depth.ok().and_then(Result::ok));
                tokio::time::sleep(EVERY).await;
            }
        };
        stop.run_until_cancelled(keep).await;
    }
}

impl Follower {
    /// The state of the queue as a message.
    pub(crate) async fn message(&mut self, gateway: &Gateway, own: &[(SubmissionId, JudgementId)]) -> String {
        let mut depth = *self.depth.borrow_and_update();
        if depth.is_none() {
            // The first who follows does not wait for the next round.
            let asked = timeout(PATIENCE, gateway.shared.queue.depth()).await;
            depth = asked.ok().and_then(Result::ok);
        }
        let message = QueueMessage {
            depth: depth.map(|[contest, interactive, bulk]| DepthBody {
                contest,
                interactive,
                bulk,
            }),
            places: places(gateway, own).await,
        };
        self.last = snapshot::text(&message);
        self.last.clone()
    }

    /// The same, where it is something new.
    pub(crate) async fn news(
        &mut self,
        gateway: &Gateway,
        own: &[(SubmissionId, JudgementId)],
    ) -> Option<String> {
        let last = std::mem::take(&mut self.last);
        let text = self.message(gateway, own).await;
        (text != last).then_some(text)
    }
}

/// Waits for the next round, or for ever.
pub(crate) async fn tick(follower: Option<&mut Follower>) {
    if let Some(follower) = follower
        && follower.depth.changed().await.is_ok()
    {
        return;
    }
    std::future::pending::<()>().await;
}

async fn places(gateway: &Gateway, own: &[(SubmissionId, JudgementId)]) -> Vec<Place> {
    let newest = own.iter().rev().take(MOST_PLACES);
    let ask = async {
        let mut places = Vec::new();
        for &(submission, judgement) in newest {
            // What is not in the queue is being judged, or the queue is away.
            if let Ok(Some(before)) = gateway.shared.queue.position(judgement).await {
                places.push(Place {
                    submission,
                    judgement,
                    before,
                });
            }
        }
        places
    };
    timeout(PATIENCE, ask).await.unwrap_or_default()
}
