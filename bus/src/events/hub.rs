//! The table of listeners of one process.
//!
//! A topic is in the table while somebody listens to it. Within a process it is live at once; over a wire it becomes
//! live when the subscriber has it confirmed, and whoever listens waits for that. The subscriber learns from `changed`
//! which topics have come or gone; what it does about them is its own business.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, oneshot};

use super::{Event, Mailbox, Topic};

#[derive(Debug)]
pub(super) struct Hub {
    table: Mutex<Table>,
    is_over_wire: bool,
    changed: Notify,
    refused: AtomicU64,
}

#[derive(Debug, Default)]
struct Table {
    topics: HashMap<Topic, Listeners>,
    /// Topics that have come or gone since the subscriber last asked.
    changed: HashSet<Topic>,
}

#[derive(Debug, Default)]
struct Listeners {
    mailboxes: Vec<Arc<Mailbox>>,
    is_live: bool,
    /// Those who wait until it is live.
    waiting: Vec<oneshot::Sender<()>>,
}

/// What became of a topic.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) topic: Topic,
    /// Whether somebody listens to it now.
    pub(super) is_wanted: bool,
}

impl Hub {
    pub(super) fn within_process() -> Self {
        Self::new(false)
    }

    pub(super) fn over_wire() -> Self {
        Self::new(true)
    }

    fn new(is_over_wire: bool) -> Self {
        Self {
            table: Mutex::default(),
            is_over_wire,
            changed: Notify::new(),
            refused: AtomicU64::new(0),
        }
    }

    /// Enters a mailbox; returns what to wait for, where the topic is not live yet.
    pub(super) fn enter(&self, topic: &Topic, mailbox: &Arc<Mailbox>) -> Option<oneshot::Receiver<()>> {
        let mut table = self.table();
        let listeners = table.topics.entry(topic.clone()).or_default();
        listeners.mailboxes.push(Arc::clone(mailbox));
        if !self.is_over_wire || listeners.is_live {
            return None;
        }
        let (live, confirmed) = oneshot::channel();
        listeners.waiting.push(live);
        table.changed.insert(topic.clone());
        drop(table);
        self.changed.notify_one();
        Some(confirmed)
    }

    /// Takes a mailbox out; the topic goes with its last one.
    pub(super) fn leave(&self, topic: &Topic, mailbox: &Arc<Mailbox>) {
        let mut table = self.table();
        let Some(listeners) = table.topics.get_mut(topic) else {
            return;
        };
        if let Some(at) = listeners
            .mailboxes
            .iter()
            .position(|own| Arc::ptr_eq(own, mailbox))
        {
            listeners.mailboxes.swap_remove(at);
        }
        listeners.waiting.retain(|live| !live.is_closed());
        if !listeners.mailboxes.is_empty() {
            return;
        }
        table.topics.remove(topic);
        if self.is_over_wire {
            table.changed.insert(topic.clone());
            drop(table);
            self.changed.notify_one();
        }
    }

    /// Tells everybody who listens to a topic.
    pub(super) fn tell(&self, topic: &Topic, event: &Arc<Event>) {
        if let Some(listeners) = self.table().topics.get(topic) {
            for mailbox in &listeners.mailboxes {
                mailbox.put(event);
            }
        }
    }

    /// Tells what has arrived on a channel, if it is one of our events and belongs there.
    pub(super) fn tell_message(&self, channel: &[u8], message: &[u8]) {
        let channel = String::from_utf8_lossy(channel);
        let Some(topic) = Topic::from_channel(&channel) else {
            return self.refuse(&channel, "it is no channel of ours");
        };
        if !self.table().topics.contains_key(&topic) {
            return; // nobody is left: the end of the subscription is under way
        }
        match Event::read(message) {
            Ok(event) if topic.covers(&event) => self.tell(&topic, &Arc::new(event)),
            Ok(_) => self.refuse(&channel, "it is about something else than the channel"),
            Err(error) => self.refuse(&channel, &error.to_string()),
        }
    }

    /// Says so the first time, and counts.
    fn refuse(&self, channel: &str, reason: &str) {
        if self.refused.fetch_add(1, Ordering::Relaxed) == 0 {
            tracing::warn!(
                channel,
                reason,
                "refused a message that is no event of this version; more are only counted"
            );
        }
    }

    pub(super) fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// Waits until topics have come or gone.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// The topics that have come or gone since the last call.
    pub(super) fn take_changes(&self) -> Vec<Change> {
        let mut table = self.table();
        let changed = std::mem::take(&mut table.changed);
        changed
            .into_iter()
            .map(|topic| Change {
                is_wanted: table.topics.contains_key(&topic),
                topic,
            })
            .collect()
    }

    /// Every topic, for a connection that has none yet; none of them counts as live any more.
    pub(super) fn begin_again(&self) -> Vec<Change> {
        let mut table = self.table();
        table.changed = HashSet::new();
        table
            .topics
            .iter_mut()
            .map(|(topic, listeners)| {
                listeners.is_live = false;
                Change {
                    topic: topic.clone(),
                    is_wanted: true,
                }
            })
            .collect()
    }

    /// Notes that topics are live, and lets those go on who wait for it.
    pub(super) fn confirm(&self, topics: &[Topic]) {
        let mut table = self.table();
        for topic in topics {
            if let Some(listeners) = table.topics.get_mut(topic) {
                listeners.is_live = true;
                for live in std::mem::take(&mut listeners.waiting) {
                    // Who no longer waits has left.
                    let _ = live.send(());
                }
            }
        }
    }

    /// Tells everybody that something may have been missed.
    pub(super) fn resync(&self) {
        for listeners in self.table().topics.values() {
            for mailbox in &listeners.mailboxes {
                mailbox.resync();
            }
        }
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
