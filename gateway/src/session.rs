//! The protocol of `/api/v1/ws`.
//!
//! ```text
//!   connected ──► anonymous ──auth──► somebody ──subscribe──► subscribed: snapshot, update, update, …
//!                     │                   ▲
//!                     │ no auth in time   └── at once with a token or ticket in the request, or in open mode
//!                     ▼
//!                  closed (4401)
//! ```

use axum::extract::{Request as HttpRequest, State};
use axum::response::{IntoResponse, Response};
use bus::Topic;
use domain::{Principal, Refusal, RefusalKind};
use serde_json::Value;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::authenticate::{Asker, HOW};
use crate::conversation::{Protocol, converse};
use crate::feed::{Feed, Subject, Told};
use crate::message::{About, Incoming, Outgoing, Request, Target};
use crate::position::Position;
use crate::query::Query;
use crate::refused::Refused;
use crate::socket::{End, Socket, code};
use crate::upgrade::Upgrade;
use crate::{Gateway, guard, message, snapshot};

/// Wrong messages in a row that end a socket.
pub(crate) const STRIKES: u32 = 5;

/// Upgrades a request to a session.
pub(crate) async fn connect(State(gateway): State<Gateway>, mut request: HttpRequest) -> Response {
    let outcome = admit(&gateway, &mut request).await;
    let headers = request.headers();
    match outcome {
        Ok((upgrade, asker)) => {
            let own = gateway.clone();
            upgrade.begin(&gateway, headers, move |mut socket| {
                let session = Session::new(own, &mut socket, asker);
                converse(socket, session)
            })
        }
        Err(refusal) => Refused::new(refusal, headers).into_response(),
    }
}

async fn admit(gateway: &Gateway, request: &mut HttpRequest) -> Result<(Upgrade, Asker), Refusal> {
    guard::check(request.headers(), &gateway.shared.config)?;
    let upgrade = Upgrade::of(request)?;
    let mut query = Query::of(request.uri());
    let ticket = query.text("ticket");
    query.finish()?;
    let asker = gateway.asker(request.headers(), ticket.as_deref()).await?;
    Ok((upgrade, asker))
}

struct Session {
    gateway: Gateway,
    principal: Principal,
    feed: Feed,
    /// Wrong messages in a row.
    strikes: u32,
    /// When a socket is ended that is nobody's.
    patience: Option<Instant>,
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
    fn new(gateway: Gateway, socket: &mut Socket, asker: Asker) -> Self {
        let hello = Instant::now() + gateway.shared.config.hello_timeout;
        let patience = (asker.principal == Principal::Anonymous).then_some(hello);
        socket.hold(asker.pass);
        Self {
            principal: asker.principal,
            feed: Feed::new(&gateway),
            strikes: 0,
            patience,
            gateway,
        }
    }

    async fn obey(
        &mut self,
        socket: &mut Socket,
        request: Request,
        reference: Option<&Value>,
    ) -> Result<(), Failure> {
        match request {
            Request::Auth { token } => {
                if matches!(self.principal, Principal::Known { .. }) {
                    return Err(Refusal::new(
                        RefusalKind::Conflict,
                        "you are authenticated already; connect again to be somebody else",
                    )
                    .into());
                }
                let asker = self.gateway.holder(&token).await?;
                self.principal = asker.principal;
                self.patience = None;
                socket.hold(asker.pass);
                Ok(self.tell_who(socket, reference).await?)
            }
            Request::Ping => Ok(socket.send(snapshot::text(&Outgoing::Pong { reference })).await?),
            Request::Subscribe(target, after) => self.subscribe(socket, target, after, reference).await,
            Request::Unsubscribe(target) => {
                let subject = target.subject(&self.principal)?;
                if !self.feed.unsubscribe(&subject) {
                    return Err(Refusal::new(RefusalKind::NotFound, "there is no such subscription").into());
                }
                let unsubscribed = Outgoing::Unsubscribed(About::new(&subject, reference));
                Ok(socket.send(snapshot::text(&unsubscribed)).await?)
            }
        }
    }

    async fn subscribe(
        &mut self,
        socket: &mut Socket,
        target: Target,
        after: Option<Position>,
        reference: Option<&Value>,
    ) -> Result<(), Failure> {
        let subject = target.subject(&self.principal)?;
        let told = self
            .feed
            .subscribe(&self.principal, subject.clone(), after)
            .await?;
        let subscribed = snapshot::text(&Outgoing::Subscribed(About::new(&subject, reference)));
        let told = told.map(Told::into_text);
        let messages = std::iter::once(Utf8Bytes::from(subscribed)).chain(told);
        Ok(socket.send_all(messages).await?)
    }

    async fn tell_who(&self, socket: &mut Socket, reference: Option<&Value>) -> Result<(), End> {
        let Principal::Known { user, role } = &self.principal else {
            return Ok(());
        };
        let authenticated = Outgoing::Authenticated {
            user,
            role: *role,
            reference,
        };
        socket.send(snapshot::text(&authenticated)).await
    }
}

impl Protocol for Session {
    async fn greet(&mut self, socket: &mut Socket) -> Result<(), End> {
        let hello = Outgoing::Hello {
            version: env!("CARGO_PKG_VERSION"),
            open: self.gateway.shared.config.open,
        };
        socket.send(snapshot::text(&hello)).await?;
        self.tell_who(socket, None).await
    }

    async fn answer(&mut self, socket: &mut Socket, text: &str) -> Result<(), End> {
        let Incoming { reference, request } = message::read(text);
        self.strikes = if request.is_ok() { 0 } else { self.strikes + 1 };
        let is_auth = matches!(request, Ok(Request::Auth { .. }));
        let outcome = match request {
            Ok(request) => self.obey(socket, request, reference.as_ref()).await,
            Err(refusal) => Err(refusal.into()),
        };
        let refusal = match outcome {
            Ok(()) => return Ok(()),
            Err(Failure::Ended(end)) => return Err(end),
            Err(Failure::Refused(refusal)) => refusal,
        };
        self.gateway.shared.config.metrics.refused(refusal.kind.id());
        let error = Outgoing::error(&refusal, reference.as_ref());
        socket.send(snapshot::text(&error)).await?;
        if is_auth && refusal.kind == RefusalKind::Unauthenticated {
            return Err(End::close(code::UNAUTHENTICATED, refusal.detail));
        }
        if self.strikes >= STRIKES {
            let reason = format!("{STRIKES} wrong messages in a row; the last: {refusal}");
            return Err(End::close(code::RUBBISH, reason));
        }
        Ok(())
    }

    async fn tell(&mut self, socket: &mut Socket, news: Vec<Told>) -> Result<(), End> {
        let oldest = news.first().and_then(Told::made_at);
        socket.send_all(news.into_iter().map(Told::into_text)).await?;
        if let Some(made_at) = oldest {
            self.gateway.shared.config.metrics.told(made_at.elapsed());
        }
        Ok(())
    }

    fn feed(&mut self) -> &mut Feed {
        &mut self.feed
    }

    fn patience(&self) -> Option<Instant> {
        self.patience
    }

    fn out_of_patience(&self) -> End {
        let seconds = self.gateway.shared.config.hello_timeout.as_secs_f32();
        End::close(
            code::UNAUTHENTICATED,
            format!("no token within {seconds} s: send {{\"type\":\"auth\",\"token\":\"gvl_…\"}} first"),
        )
    }
}

impl Target {
    /// What is meant by it, when this one says it.
    pub(crate) fn subject(self, principal: &Principal) -> Result<Subject, Refusal> {
        match (self, principal) {
            (_, Principal::Anonymous) => Err(Refusal::new(
                RefusalKind::Unauthenticated,
                format!("a token is needed: {HOW}"),
            )),
            (Self::Submission(id), _) => Ok(Subject::Topic(Topic::Submission(id))),
            (Self::User(user), _) => Ok(Subject::Topic(Topic::User(user))),
            (Self::Problem(problem), _) => Ok(Subject::Topic(Topic::Problem(problem))),
            (Self::Contests, _) => Ok(Subject::Topic(Topic::Contests)),
            (Self::Queue, _) => Ok(Subject::Queue),
            (Self::Me, Principal::Known { user, .. }) => Ok(Subject::Topic(Topic::User(user.clone()))),
            (Self::Me, Principal::Open) => Err(Refusal::field(
                "/user",
                "is nobody without a token: name the user",
            )),
        }
    }
}
