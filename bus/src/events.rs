//! Who is told what.

mod event;
mod hub;
mod mailbox;
mod subscriber;
mod topic;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use domain::Update;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use crate::redis::OPERATION_LIMIT;
use crate::{BusError, Redis, Result};
pub use event::Event;
use hub::Hub;
use mailbox::Mailbox;
pub use topic::Topic;

/// What a listener hears.
#[derive(Debug, Clone)]
pub enum Heard {
    /// Something changed.
    Update(Arc<Event>),
    /// Something may have been missed: read the store again.
    Resync,
}

/// Who is told what. Cheap to clone; all clones share one connection and one table of listeners.
#[derive(Debug, Clone)]
pub struct Events {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    hub: Arc<Hub>,
    wire: Option<Wire>,
}

/// What the events of a fleet need besides the table of listeners.
#[derive(Debug)]
struct Wire {
    redis: Redis,
    tasks: TaskTracker,
    /// Ends the subscriber with the last clone and the last listener. Empty before the first listener, so that a process
    /// that only publishes has no connection for it.
    subscriber: OnceLock<DropGuard>,
}

impl Events {
    /// Events within this process.
    pub fn in_process() -> Self {
        Self {
            inner: Arc::new(Inner {
                hub: Arc::new(Hub::within_process()),
                wire: None,
            }),
        }
    }

    /// Events over Redis pub/sub.
    pub fn redis(redis: &Redis) -> Self {
        Self {
            inner: Arc::new(Inner {
                hub: Arc::new(Hub::over_wire()),
                wire: Some(Wire {
                    redis: redis.clone(),
                    tasks: TaskTracker::new(),
                    subscriber: OnceLock::new(),
                }),
            }),
        }
    }

    /// Tells the submission's, the user's and the problem's listeners, and those of contests; for a finished judgement also the
    /// channel `problem_done`.
    ///
    /// Over Redis, one round trip. Where it fails, whether anybody was told is unknown.
    pub async fn publish(&self, update: &Update) -> Result<()> {
        self.publish_all(std::slice::from_ref(update)).await
    }

    /// The same for several, in their order and in one round trip.
    pub async fn publish_all(&self, updates: &[Update]) -> Result<()> {
        let events = updates.iter().map(|update| Event::new(update.clone()));
        let Some(wire) = &self.inner.wire else {
            for event in events.map(Arc::new) {
                for topic in Topic::of(&event) {
                    self.inner.hub.tell(&topic, &event);
                }
            }
            return Ok(());
        };
        let mut commands = ::redis::pipe();
        for event in events {
            for topic in Topic::of(&event) {
                let channel = topic.channel();
                commands
                    .cmd("PUBLISH")
                    .arg(channel)
                    .arg(&event.json()[..])
                    .ignore();
            }
            if let Some(done) = event.problem_done() {
                commands
                    .cmd("PUBLISH")
                    .arg(topic::PROBLEM_DONE)
                    .arg(done)
                    .ignore();
            }
        }
        if commands.is_empty() {
            return Ok(());
        }
        wire.redis.run("PUBLISH", &commands).await
    }

    /// Listens. Once it returns, everything published afterwards is heard (or a `Resync`).
    pub async fn listen(&self, topic: Topic) -> Result<Listener> {
        let mut listener = self.listener();
        listener.add(topic).await?;
        Ok(listener)
    }

    /// A listener to nothing yet.
    pub fn listener(&self) -> Listener {
        Listener {
            mailbox: Arc::default(),
            topics: Vec::new(),
            events: self.clone(),
        }
    }

    /// How many messages on our channels were refused because they are none of ours (rubbish, or another version's).
    pub fn refused(&self) -> u64 {
        self.inner.hub.refused()
    }

    fn start_subscriber(&self) {
        let Some(wire) = &self.inner.wire else {
            return;
        };
        wire.subscriber.get_or_init(|| {
            let stop = CancellationToken::new();
            let hub = Arc::clone(&self.inner.hub);
            let keep = subscriber::keep(wire.redis.clone(), hub, stop.clone());
            wire.tasks.spawn(keep);
            stop.drop_guard()
        });
    }
}

/// A listener to any number of topics, with one bounded buffer; dropping it ends the subscriptions.
#[derive(Debug)]
pub struct Listener {
    mailbox: Arc<Mailbox>,
    topics: Vec<Topic>,
    events: Events,
}

impl Listener {
    /// Listens to one more topic. Once it returns, everything published afterwards is heard (or a `Resync`).
    ///
    /// Where it fails, or its future is dropped, nothing has changed.
    pub async fn add(&mut self, topic: Topic) -> Result<()> {
        if self.topics.contains(&topic) {
            return Ok(());
        }
        self.events.start_subscriber();
        let hub = &self.events.inner.hub;
        let mut place = Place {
            hub,
            mailbox: &self.mailbox,
            topic: Some(topic),
        };
        if let Some(topic) = &place.topic
            && let Some(confirmed) = hub.enter(topic, &self.mailbox)
        {
            wait_for(confirmed, OPERATION_LIMIT).await?;
        }
        self.topics.extend(place.topic.take());
        Ok(())
    }

    /// Listens to a topic no longer; `false` where it did not.
    pub fn remove(&mut self, topic: &Topic) -> bool {
        let Some(at) = self.topics.iter().position(|own| own == topic) else {
            return false;
        };
        self.topics.swap_remove(at);
        self.events.inner.hub.leave(topic, &self.mailbox);
        true
    }

    /// The topics that it listens to, in no order.
    pub fn topics(&self) -> &[Topic] {
        &self.topics
    }

    /// The next thing. Never blocks the publisher: a listener that does not keep up hears `Resync`. Dropping the future
    /// loses nothing.
    pub async fn next(&mut self) -> Heard {
        self.mailbox.next().await
    }

    /// The next thing, if it has come in already: whoever writes to a slow place writes all of it at once.
    pub fn next_now(&mut self) -> Option<Heard> {
        self.mailbox.take()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        for topic in &self.topics {
            self.events.inner.hub.leave(topic, &self.mailbox);
        }
    }
}

/// A place in the table that is left again unless the subscription comes about.
struct Place<'a> {
    hub: &'a Hub,
    mailbox: &'a Arc<Mailbox>,
    topic: Option<Topic>,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if let Some(topic) = &self.topic {
            self.hub.leave(topic, self.mailbox);
        }
    }
}

async fn wait_for(confirmed: tokio::sync::oneshot::Receiver<()>, limit: Duration) -> Result<()> {
    match tokio::time::timeout(limit, confirmed).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(BusError::silent("SUBSCRIBE")),
    }
}
