//! The protocol of `/api/v1/ws`.
//!
//! ```text
//!   connected ──► anonymous ──auth──► somebody ──subscribe──► subscribed: snapshot, update, update, …
//!                     │                   ▲
//!                     │ no auth in time   └── at once with a token in the header, or in open mode
//!                     ▼
//!                  closed (4401)
//! ```

use axum::extract::{Request as HttpRequest, State};
use axum::response::{IntoResponse, Response};
use bus::{Event, Heard, Listener, Topic};
use domain::{Principal, Refusal, RefusalKind, SubmissionView, Update};
use serde_json::Value;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};
use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::authenticate::HOW;
use crate::message::{About, Incoming, Outgoing, Request, Target};
use crate::refused::Refused;
use crate::seen::Seen;
use crate::socket::{End, Socket, code};
use crate::upgrade::Upgrade;
use crate::{Gateway, guard, message, snapshot};

/// Wrong messages in a row that end a socket.
const STRIKES: u32 = 5;

/// How often those who wait for a verdict are looked after without an event: it may have been lost on its way.
pub(crate) const LOOK_EVERY: Duration = Duration::from_secs(30);

/// When to try again after a read that failed.
pub(crate) const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Upgrades a request to a session.
pub(crate) async fn connect(State(gateway): State<Gateway>, mut request: HttpRequest) -> Response {
    let outcome = admit(&gateway, &mut request).await;
    let headers = request.headers();
    match outcome {
        Ok((upgrade, principal)) => {
            let own = gateway.clone();
            upgrade.begin(&gateway, headers, move |socket| {
                Session::new(own, socket, principal).run()
            })
        }
        Err(refusal) => Refused::new(refusal, headers).into_response(),
    }
}

async fn admit(gateway: &Gateway, request: &mut HttpRequest) -> Result<(Upgrade, Principal), Refusal> {
    guard::check(request.headers(), &gateway.shared.config)?;
    let upgrade = Upgrade::of(request)?;
    let principal = gateway.asker(request.headers()).await?;
    Ok((upgrade, principal))
}

struct Session {
    gateway: Gateway,
    socket: Socket,
    principal: Principal,
    listener: Listener,
    seen: Seen,
    /// Wrong messages in a row.
    strikes: u32,
    /// Whether snapshots are due that could not be read.
    is_behind: bool,
    /// When to do what nobody asks for: end a socket that is nobody's, or look after those who wait.
    wake_at: Option<Instant>,
}

/// Something that happens to a session.
enum Happening {
    Said(Utf8Bytes),
    Heard(Heard),
    Woken,
}

/// Why a request is not served.
enum Failure {
    Refused(Refusal),
    Ended(End),
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<End> for Failure {
    fn from(end: End) -> Self {
        Self::Ended(end)
    }
}

impl Session {
    fn new(gateway: Gateway, socket: Socket, principal: Principal) -> Self {
        let listener = gateway.shared.events.listener();
        let hello = Instant::now() + gateway.shared.config.hello_timeout;
        let seen = Seen::new(gateway.shared.config.max_topics);
        let wake_at = (principal == Principal::Anonymous).then_some(hello);
        Self {
            gateway,
            socket,
            principal,
            listener,
            seen,
            strikes: 0,
            is_behind: false,
            wake_at,
        }
    }

    async fn run(mut self) {
        // What happens once or seldom is in a box, so that a socket that only waits does not hold the memory for it.
        let end = match Box::pin(self.greet()).await {
            Ok(()) => self.serve().await,
            Err(end) => end,
        };
        drop(self.listener);
        Box::pin(self.socket.finish(end)).await;
    }

    async fn greet(&mut self) -> Result<(), End> {
        let hello = Outgoing::Hello {
            version: env!("CARGO_PKG_VERSION"),
            open: self.gateway.shared.config.open,
        };
        self.socket.send(snapshot::text(&hello)).await?;
        self.tell_who(None).await
    }

    async fn serve(&mut self) -> End {
        loop {
            let happening = tokio::select! {
                said = self.socket.receive() => match said {
                    Ok(text) => Happening::Said(text),
                    Err(end) => return end,
                },
                heard = self.listener.next() => Happening::Heard(heard),
                () = sleep(self.wake_at) => Happening::Woken,
            };
            if let Err(end) = Box::pin(self.react(happening)).await {
                return end;
            }
        }
    }

    async fn react(&mut self, happening: Happening) -> Result<(), End> {
        match happening {
            Happening::Said(text) => self.answer(&text).await,
            Happening::Heard(Heard::Update(event)) => self.tell(&event).await,
            Happening::Heard(Heard::Resync) => self.resynchronise().await,
            Happening::Woken if self.principal == Principal::Anonymous => {
                let seconds = self.gateway.shared.config.hello_timeout.as_secs_f32();
                Err(End::close(
                    code::UNAUTHENTICATED,
                    format!(
                        "no token within {seconds} s: send {{\"type\":\"auth\",\"token\":\"gvl_…\"}} first"
                    ),
                ))
            }
            Happening::Woken if self.is_behind => self.resynchronise().await,
            Happening::Woken => self.look().await,
        }
    }

    /// Does what a message asks, and answers.
    async fn answer(&mut self, text: &str) -> Result<(), End> {
        let Incoming { reference, request } = message::read(text);
        self.strikes = if request.is_ok() { 0 } else { self.strikes + 1 };
        let is_auth = matches!(request, Ok(Request::Auth { .. }));
        let outcome = match request {
            Ok(request) => self.obey(request, reference.as_ref()).await,
            Err(refusal) => Err(refusal.into()),
        };
        let refusal = match outcome {
            Ok(()) => return Ok(()),
            Err(Failure::Ended(end)) => return Err(end),
            Err(Failure::Refused(refusal)) => refusal,
        };
        let error = Outgoing::error(&refusal, reference.as_ref());
        self.socket.send(snapshot::text(&error)).await?;
        if is_auth && refusal.kind == RefusalKind::Unauthenticated {
            return Err(End::close(code::UNAUTHENTICATED, refusal.detail));
        }
        if self.strikes >= STRIKES {
            let reason = format!("{STRIKES} wrong messages in a row; the last: {refusal}");
            return Err(End::close(code::RUBBISH, reason));
        }
        Ok(())
    }

    async fn obey(&mut self, request: Request, reference: Option<&Value>) -> Result<(), Failure> {
        match request {
            Request::Auth { token } => {
                if matches!(self.principal, Principal::Known { .. }) {
                    return Err(Refusal::new(
                        RefusalKind::Conflict,
                        "you are authenticated already; connect again to be somebody else",
                    )
                    .into());
                }
                self.principal = self.gateway.holder(&token).await?;
                self.plan_look();
                Ok(self.tell_who(reference).await?)
            }
            Request::Subscribe(target) => {
                let topic = self.topic(target)?;
                self.subscribe(topic, reference).await
            }
            Request::Unsubscribe(target) => {
                let topic = self.topic(target)?;
                self.unsubscribe(&topic, reference).await
            }
        }
    }

    fn topic(&self, target: Target) -> Result<Topic, Refusal> {
        match (target, &self.principal) {
            (_, Principal::Anonymous) => Err(Refusal::new(
                RefusalKind::Unauthenticated,
                format!("a token is needed: {HOW}"),
            )),
            (Target::Submission(id), _) => Ok(Topic::Submission(id)),
            (Target::User(user), _) => Ok(Topic::User(user)),
            (Target::Me, Principal::Known { user, .. }) => Ok(Topic::User(user.clone())),
            (Target::Me, Principal::Open) => Err(Refusal::field(
                "/user",
                "is nobody without a token: name the user",
            )),
        }
    }

    /// In this order: authorise against the row, listen, read the snapshot. Nothing can fall in between.
    async fn subscribe(&mut self, topic: Topic, reference: Option<&Value>) -> Result<(), Failure> {
        self.authorise(&topic).await?;
        let max = self.gateway.shared.config.max_topics;
        let topics = self.listener.topics();
        let is_new = !topics.contains(&topic);
        if is_new && topics.len() >= max {
            return Err(Refusal::new(
                RefusalKind::TooMany,
                format!("a socket has at most {max} subscriptions"),
            )
            .into());
        }
        self.listener.add(topic.clone()).await.map_err(|error| {
            tracing::warn!(%error, "cannot subscribe");
            Refusal::new(
                RefusalKind::Unavailable,
                "events are unavailable; try again in a moment",
            )
        })?;
        let text = match self.snapshot(&topic).await {
            Ok(text) => text,
            Err(refusal) => {
                if is_new {
                    self.listener.remove(&topic);
                }
                return Err(refusal.into());
            }
        };
        let subscribed = Outgoing::Subscribed(About::new(&topic, reference));
        self.socket.send(snapshot::text(&subscribed)).await?;
        self.socket.send(text).await?;
        self.plan_look();
        Ok(())
    }

    async fn unsubscribe(&mut self, topic: &Topic, reference: Option<&Value>) -> Result<(), Failure> {
        if !self.listener.remove(topic) {
            return Err(Refusal::new(RefusalKind::NotFound, "there is no such subscription").into());
        }
        if self.listener.topics().is_empty() {
            self.seen = Seen::new(self.gateway.shared.config.max_topics);
        }
        let unsubscribed = Outgoing::Unsubscribed(About::new(topic, reference));
        Ok(self.socket.send(snapshot::text(&unsubscribed)).await?)
    }

    async fn authorise(&mut self, topic: &Topic) -> Result<(), Refusal> {
        match topic {
            Topic::Submission(id) => match self.gateway.view(*id).await? {
                Some(view) if self.principal.may_see_submissions_of(&view.user) => Ok(()),
                _ => Err(no_submission()),
            },
            Topic::User(user) if self.principal.may_see_submissions_of(user) => Ok(()),
            Topic::User(_) => Err(Refusal::new(
                RefusalKind::Forbidden,
                "/user: your token does not allow to listen to another user",
            )),
        }
    }

    /// Reads a topic's snapshot, and notes what it says.
    async fn snapshot(&mut self, topic: &Topic) -> Result<String, Refusal> {
        match topic {
            Topic::Submission(id) => {
                let view = self.gateway.view(*id).await?.ok_or_else(no_submission)?;
                self.seen.note_row(&view);
                Ok(snapshot::of_submission(view))
            }
            Topic::User(user) => {
                let views = self.gateway.newest(user).await?;
                for view in &views {
                    self.seen.note_row(view);
                }
                Ok(snapshot::of_user(user, views))
            }
        }
    }

    /// Something may have been missed: a new snapshot of everything. What cannot be read now is tried again.
    async fn resynchronise(&mut self) -> Result<(), End> {
        self.is_behind = false;
        for topic in self.listener.topics().to_vec() {
            match self.snapshot(&topic).await {
                Ok(text) => self.socket.send(text).await?,
                Err(refusal) if refusal.kind == RefusalKind::NotFound => {}
                Err(_) => {
                    self.is_behind = true;
                    self.wake_at = Some(Instant::now() + RETRY_AFTER);
                    return Ok(());
                }
            }
        }
        self.plan_look();
        Ok(())
    }

    /// Asks the store about those that are still to end.
    async fn look(&mut self) -> Result<(), End> {
        self.plan_look();
        let unfinished = self.seen.unfinished();
        if unfinished.is_empty() {
            return Ok(());
        }
        // If this fails, the next look is soon enough: reading has said so in the log.
        for view in self.gateway.views(&unfinished).await.unwrap_or_default() {
            self.tell_row(&view).await?;
        }
        Ok(())
    }

    async fn tell_row(&mut self, view: &SubmissionView) -> Result<(), End> {
        self.tell(&Event::new(Update::from(view))).await
    }

    async fn tell(&mut self, event: &Event) -> Result<(), End> {
        // What was on its way when a topic was left is not told any more.
        let is_wanted = self.listener.topics().iter().any(|topic| topic.covers(event));
        if !is_wanted || !self.seen.note(event) {
            return Ok(());
        }
        self.socket.send(shared_text(event)).await
    }

    async fn tell_who(&mut self, reference: Option<&Value>) -> Result<(), End> {
        let Principal::Known { user, role } = &self.principal else {
            return Ok(());
        };
        let authenticated = Outgoing::Authenticated {
            user,
            role: *role,
            reference,
        };
        self.socket.send(snapshot::text(&authenticated)).await
    }

    fn plan_look(&mut self) {
        let is_waiting = !self.listener.topics().is_empty();
        self.wake_at = is_waiting.then(|| Instant::now() + LOOK_EVERY);
    }
}

/// The text of an event, without a copy.
fn shared_text(event: &Event) -> Utf8Bytes {
    Utf8Bytes::try_from(event.json().clone()).unwrap_or_default()
}

/// The same for what does not exist and for what the asker may not see, so that ids cannot be tried out.
pub(crate) fn no_submission() -> Refusal {
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
