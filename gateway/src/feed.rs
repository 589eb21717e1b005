//! What one client is told, whatever it is told over: its subscriptions, what it knows, and what comes next.
//!
//! ```text
//!   subscribe:  may they?  ─►  listen  ─►  snapshot from the store ─┐
//!   wait:       an event, missed events, the queue, a while ────────┴─►  take  ─►  what is news to this client
//! ```
//!
//! In this order nothing is missed and nothing is told twice or backwards. When events may have been missed (`Resync`),
//! a snapshot of every subscription is due again, one at a time; and whoever still waits for a verdict is looked after
//! every now and then without any event, because an event is only a hint.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bus::{Event, Heard, Listener, Topic};
use domain::{Principal, Refusal, RefusalKind, SubmissionId, SubmissionView, Update};
use store::NewestOf;
use tokio::time::{Instant, sleep_until};

use crate::Gateway;
use crate::board::{self, Follower};
use crate::position::Position;
use crate::seen::Seen;

/// How long after an event those who wait for a verdict are looked after: a worker can die between the verdict and the telling of it.
const LOOK_AFTER: Duration = Duration::from_secs(5);

/// From look to look it takes twice as long, up to this: who waits in a long queue waits in silence.
const LOOK_AT_LEAST_EVERY: Duration = Duration::from_secs(30);

/// When to try again after a read that failed, but for a part that differs from client to client.
const RETRY_AFTER: Duration = Duration::from_millis(700);

/// Events that are told with one write at most, where many have come in.
const AT_ONCE: usize = 16;

/// What can be subscribed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Subject {
    Topic(Topic),
    /// How many wait, and how many of them before one's own.
    Queue,
}

/// One thing that a client is told.
#[derive(Debug)]
pub(crate) enum Told {
    /// How it is now.
    Snapshot { topic: Topic, rows: Vec<Row> },
    /// What has become of one submission.
    Update(Arc<Event>),
    /// The state of the queue, as a message.
    Queue(String),
}

/// A submission in a snapshot.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) view: SubmissionView,
    /// Whether the client did not know that yet.
    pub(crate) is_news: bool,
}

/// Why [`Feed::wait`] returned.
#[derive(Debug)]
pub(crate) enum Stir {
    Heard(Heard),
    Queue,
    Woken,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Feed {
    gateway: Gateway,
    listener: Listener,
    seen: Seen,
    queue: Option<Follower>,
    /// Subscriptions of which a snapshot is due.
    due: VecDeque<Topic>,
    /// When to do what nobody asks for.
    wake_at: Option<Instant>,
    /// How long until the next look.
    pause: Duration,
}

impl Feed {
    /// Of nothing yet.
    pub(crate) fn new(gateway: &Gateway) -> Self {
        Self {
            listener: gateway.shared.events.listener(),
            seen: Seen::new(gateway.shared.config.max_topics),
            queue: None,
            due: VecDeque::new(),
            wake_at: None,
            pause: LOOK_AFTER,
            gateway: gateway.clone(),
        }
    }

    /// Subscribes; returns what is to be told at once. That is nothing where the client knows all that the store does:
    /// `after` is the last that it has heard of the submission.
    ///
    /// In this order: authorise against the row, listen, read the snapshot. Nothing can fall in between.
    pub(crate) async fn subscribe(
        &mut self,
        principal: &Principal,
        subject: Subject,
        after: Option<Position>,
    ) -> Result<Option<Told>, Refusal> {
        self.make_room(&subject)?;
        let topic = match subject {
            Subject::Topic(topic) => topic,
            Subject::Queue => return Ok(Some(self.follow_queue().await)),
        };
        self.authorise(principal, &topic).await?;
        let is_new = !self.listener.topics().contains(&topic);
        self.listener.add(topic.clone()).await.map_err(|error| {
            tracing::warn!(%error, "cannot subscribe");
            Refusal::new(
                RefusalKind::Unavailable,
                "events are unavailable; try again in a moment",
            )
        })?;
        let rows = match self.rows(&topic).await {
            Ok(rows) => rows,
            Err(refusal) => {
                if is_new {
                    self.listener.remove(&topic);
                }
                return Err(refusal);
            }
        };
        self.plan_look();
        if let (Some(after), [row]) = (after, rows.as_slice())
            && after >= Position::from(&row.view)
        {
            self.seen.note_known(row.view.id, after);
            return Ok(None);
        }
        Ok(Some(Told::Snapshot { topic, rows }))
    }

    /// Ends a subscription; `false` where there is none.
    pub(crate) fn unsubscribe(&mut self, subject: &Subject) -> bool {
        let topic = match subject {
            Subject::Topic(topic) => topic,
            Subject::Queue => return self.queue.take().is_some(),
        };
        if !self.listener.remove(topic) {
            return false;
        }
        self.due.retain(|due| due != topic);
        if self.listener.topics().is_empty() {
            self.seen = Seen::new(self.gateway.shared.config.max_topics);
        }
        self.plan_look();
        true
    }

    /// Waits until there is something to do. Dropping the future loses nothing.
    pub(crate) async fn wait(&mut self) -> Stir {
        tokio::select! {
            heard = self.listener.next() => Stir::Heard(heard),
            () = board::tick(self.queue.as_mut()) => Stir::Queue,
            () = sleep(self.wake_at) => Stir::Woken,
        }
    }

    /// What is to be told because of that: only what the client does not know yet.
    pub(crate) async fn take(&mut self, stir: Stir) -> Vec<Told> {
        match stir {
            Stir::Heard(Heard::Update(event)) => self.heard(event),
            Stir::Heard(Heard::Resync) => {
                self.fall_behind();
                Vec::new()
            }
            Stir::Queue => self.queue_news().await.into_iter().collect(),
            Stir::Woken if self.due.is_empty() => self.look().await,
            Stir::Woken => self.catch_up().await.into_iter().collect(),
        }
    }

    /// Whether the client has been told that this submission has ended.
    pub(crate) fn has_ended(&self, id: SubmissionId) -> bool {
        self.seen.has_ended(id)
    }

    /// The newest that the client knows of a submission.
    pub(crate) fn position(&self, id: SubmissionId) -> Option<Position> {
        self.seen.position(id)
    }

    fn make_room(&self, subject: &Subject) -> Result<(), Refusal> {
        let max = self.gateway.shared.config.max_topics;
        let topics = self.listener.topics();
        let is_new = match subject {
            Subject::Topic(topic) => !topics.contains(topic),
            Subject::Queue => false, // there is only one
        };
        if is_new && topics.len() >= max {
            return Err(Refusal::new(
                RefusalKind::TooMany,
                format!("there are at most {max} subscriptions at once"),
            ));
        }
        Ok(())
    }

    async fn authorise(&self, principal: &Principal, topic: &Topic) -> Result<(), Refusal> {
        match topic {
            Topic::Submission(id) => match self.gateway.view(*id).await? {
                // An example of a package is for those who know the problem's secrets, whoever asked for it.
                Some(view) if view.is_example => match self.gateway.problem(&view.problem).await? {
                    Some(problem) if principal.may_read_secrets_of(&problem) => Ok(()),
                    _ => Err(no_submission()),
                },
                Some(view) if principal.may_see_submissions_of(&view.user) => Ok(()),
                // Trials are their author's alone.
                Some(view) if !view.is_trial => match self.gateway.problem(&view.problem).await? {
                    Some(problem) if principal.may_read_secrets_of(&problem) => Ok(()),
                    _ => Err(no_submission()),
                },
                _ => Err(no_submission()),
            },
            Topic::User(user) if principal.may_see_submissions_of(user) => Ok(()),
            Topic::User(_) => Err(Refusal::new(
                RefusalKind::Forbidden,
                "you may not see this user's submissions",
            )),
            Topic::Problem(id) => match self.gateway.problem(id).await? {
                Some(problem) if !principal.may_see(&problem) => {
                    Err(Refusal::new(RefusalKind::NotFound, "there is no such problem"))
                }
                Some(problem)
                    if principal.may_see_all_submissions() || principal.may_read_secrets_of(&problem) =>
                {
                    Ok(())
                }
                Some(_) => Err(Refusal::new(
                    RefusalKind::Forbidden,
                    "only the problem's owner and administrators may follow all of its submissions",
                )),
                None => Err(Refusal::new(RefusalKind::NotFound, "there is no such problem")),
            },
            Topic::Contests if principal.may_see_all_submissions() => Ok(()),
            Topic::Contests => Err(Refusal::new(
                RefusalKind::Forbidden,
                "only administrators may follow all that is submitted in contests",
            )),
        }
    }

    /// The rows of a snapshot, noted as known.
    async fn rows(&mut self, topic: &Topic) -> Result<Vec<Row>, Refusal> {
        let views = match topic {
            Topic::Submission(id) => vec![self.gateway.view(*id).await?.ok_or_else(no_submission)?],
            Topic::User(user) => self.gateway.newest(NewestOf::User(user.clone())).await?,
            Topic::Problem(problem) => self.gateway.newest(NewestOf::Problem(problem.clone())).await?,
            Topic::Contests => self.gateway.newest(NewestOf::Contests).await?,
        };
        let rows = views.into_iter().map(|view| Row {
            is_news: self.seen.note_row(&view),
            view,
        });
        Ok(rows.collect())
    }

    /// An event, and those that have come in after it.
    fn heard(&mut self, first: Arc<Event>) -> Vec<Told> {
        let mut news = Vec::with_capacity(1);
        let mut next = Some(Heard::Update(first));
        while let Some(heard) = next {
            match heard {
                Heard::Update(event) => {
                    // What was on its way when a topic was left is not told any more.
                    let is_wanted = self.listener.topics().iter().any(|topic| topic.covers(&event));
                    if is_wanted && self.seen.note(&event) {
                        news.push(Told::Update(event));
                    }
                }
                Heard::Resync => {
                    self.fall_behind();
                    break;
                }
            }
            next = if news.len() < AT_ONCE {
                self.listener.next_now()
            } else {
                None
            };
        }
        if !news.is_empty() {
            self.pause = LOOK_AFTER;
            let soon = Instant::now() + self.pause;
            self.wake_at = self.wake_at.map(|planned| planned.min(soon));
        }
        news
    }

    /// Something may have been missed: a snapshot of everything is due.
    fn fall_behind(&mut self) {
        self.gateway.shared.config.metrics.resynchronised();
        self.due = self.listener.topics().iter().cloned().collect();
        self.wake_at = Some(Instant::now());
    }

    /// The next snapshot that is due.
    async fn catch_up(&mut self) -> Option<Told> {
        let topic = self.due.front()?.clone();
        let rows = self.rows(&topic).await;
        let told = match rows {
            Ok(rows) => Some(Told::Snapshot { topic, rows }),
            Err(refusal) if refusal.kind == RefusalKind::NotFound => None,
            Err(_) => {
                let pause = RETRY_AFTER + RETRY_AFTER.mul_f64(rand::random());
                self.wake_at = Some(Instant::now() + pause);
                return None;
            }
        };
        self.due.pop_front();
        self.plan_look();
        told
    }

    /// Asks the store about those that are still to end.
    async fn look(&mut self) -> Vec<Told> {
        self.pause = (self.pause * 2).min(LOOK_AT_LEAST_EVERY);
        self.plan_look();
        let unfinished = self.seen.unfinished();
        if unfinished.is_empty() {
            return Vec::new();
        }
        // If this fails, the next look is soon enough: reading has said so in the log.
        let mut views = self.gateway.views(&unfinished).await.unwrap_or_default();
        views.sort_unstable_by_key(|view| view.id);
        let events = views.iter().map(|view| Event::new(Update::from(view)));
        let news = events.filter(|event| self.seen.note(event));
        news.map(|event| Told::Update(Arc::new(event))).collect()
    }

    fn plan_look(&mut self) {
        let is_waiting = !self.listener.topics().is_empty();
        self.wake_at = is_waiting.then(|| {
            let pause = if self.due.is_empty() {
                self.pause
            } else {
                Duration::ZERO
            };
            Instant::now() + pause
        });
    }

    async fn follow_queue(&mut self) -> Told {
        let mut follower = self.gateway.shared.board.follow();
        let text = follower
            .message(&self.gateway, &self.seen.unfinished_judgements())
            .await;
        self.queue = Some(follower);
        Told::Queue(text)
    }

    async fn queue_news(&mut self) -> Option<Told> {
        let own = self.seen.unfinished_judgements();
        let follower = self.queue.as_mut()?;
        follower.news(&self.gateway, &own).await.map(Told::Queue)
    }
}

/// The same for what does not exist and for what the asker may not see, so that ids cannot be tried out.
fn no_submission() -> Refusal {
    Refusal::new(
        RefusalKind::NotFound,
        "there is no such submission, or none that you may see",
    )
}

/// Sleeps until then, or for ever.
pub(crate) async fn sleep(until: Option<Instant>) {
    match until {
        Some(until) => sleep_until(until).await,
        None => std::future::pending().await,
    }
}
