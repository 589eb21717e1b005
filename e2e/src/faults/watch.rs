//! Those who want to know: each accepted submission is followed to its end by one of four ways. They come back whenever their
//! connection ends, and often end it themselves: before the answer, in the middle of it, after some messages.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use futures_util::{SinkExt as _, StreamExt as _};
use rand::RngExt as _;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use super::ledger::{Heard, Ledger};
use super::plan::{Item, Plan, Way};

/// WebSockets of a trial.
const SOCKETS: u64 = 6;

/// Submissions and users that one socket follows at once; Gavel allows a thousand.
const TOPICS: usize = 400;

/// Streams and waiting requests at once.
const STREAMS: usize = 96;

/// How long a connection may take.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// After how much silence a follower tries another connection. Gavel says something every twenty seconds.
const SILENCE: Duration = Duration::from_mins(1);

/// How long a request asks to wait, in seconds.
const WAIT: u32 = 10;

/// Pauses before a new connection, in milliseconds.
const PAUSE_MS: std::ops::Range<u64> = 5..150;

/// The followers of a trial. They end when this is dropped.
#[derive(Debug)]
pub struct Followers {
    _tasks: JoinSet<()>,
}

/// What followers share.
#[derive(Debug)]
struct Shared {
    plan: Plan,
    apis: Vec<String>,
    gateways: Vec<String>,
    http: reqwest::Client,
    ledger: Arc<Ledger>,
}

impl Followers {
    /// Followers of whatever comes out of `accepted`.
    pub fn start(
        plan: Plan,
        apis: Vec<String>,
        gateways: Vec<String>,
        ledger: Arc<Ledger>,
        accepted: mpsc::UnboundedReceiver<(Item, String)>,
    ) -> Result<Self> {
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT_WITHIN)
            .read_timeout(SILENCE)
            .build()?;
        let shared = Arc::new(Shared {
            plan,
            apis,
            gateways,
            http,
            ledger,
        });
        let mut tasks = JoinSet::new();
        let sockets = (0..SOCKETS)
            .map(|number| {
                let (wanted, is_wanted) = mpsc::unbounded_channel();
                let socket = Socket {
                    lots: shared.plan.lots(!number),
                    shared: Arc::clone(&shared),
                    is_wanted,
                    topics: BTreeMap::new(),
                    known: HashSet::new(),
                    departures: 0,
                };
                tasks.spawn(socket.follow());
                wanted
            })
            .collect();
        tasks.spawn(shared.distribute(accepted, sockets));
        Ok(Self { _tasks: tasks })
    }
}

impl Shared {
    async fn distribute(
        self: Arc<Self>,
        mut accepted: mpsc::UnboundedReceiver<(Item, String)>,
        sockets: Vec<mpsc::UnboundedSender<(Item, String)>>,
    ) {
        let places = Arc::new(Semaphore::new(STREAMS));
        let mut streams = JoinSet::new();
        while let Some((item, id)) = accepted.recv().await {
            while streams.try_join_next().is_some() {}
            let (shared, places) = (Arc::clone(&self), Arc::clone(&places));
            match item.way {
                Way::Socket | Way::User => {
                    // The modulus is the number of sockets: it is an index.
                    let at = usize::try_from(item.number % SOCKETS).unwrap_or_default();
                    let _ = sockets[at].send((item, id));
                }
                Way::Stream => drop(streams.spawn(async move {
                    let _place = places.acquire().await;
                    shared.follow_stream(&item, &id).await;
                })),
                Way::Poll => drop(streams.spawn(async move {
                    let _place = places.acquire().await;
                    shared.poll(&item, &id).await;
                })),
            }
        }
        while streams.join_next().await.is_some() {}
    }

    async fn pause(&self, lots: &mut StdRng) {
        self.ledger.reconnects();
        tokio::time::sleep(Duration::from_millis(lots.random_range(PAUSE_MS))).await;
    }

    /// Requests that wait, until one says the end.
    async fn poll(&self, item: &Item, id: &str) {
        let mut lots = self.plan.lots(item.number ^ 0x5555);
        let mut departures = item.departures;
        loop {
            let api = pick(&self.apis, &mut lots);
            let answer = self
                .http
                .get(format!("{api}/api/v1/submissions/{id}?wait={WAIT}"));
            let answer = async {
                let response = answer.send().await?;
                let status = response.status().as_u16();
                Ok::<_, reqwest::Error>((status, response.text().await?))
            };
            let answer = if departures > 0 {
                departures -= 1;
                timeout(Duration::from_millis(lots.random_range(0..40)), answer).await
            } else {
                Ok(answer.await)
            };
            match answer {
                Ok(Ok((200, text))) => {
                    let view: Value = serde_json::from_str(&text).unwrap_or_default();
                    if self.ledger.view(&view, None, &mut Heard::default()) {
                        return self.ledger.deliver(id);
                    }
                }
                Ok(Ok((503, _)) | Err(_)) | Err(_) => self.pause(&mut lots).await,
                Ok(Ok((status, text))) => {
                    self.ledger
                        .contradict(format!("asking for {id}: {status} {text}"));
                    self.pause(&mut lots).await;
                }
            }
        }
    }

    /// Streams of events, until one tells the end.
    async fn follow_stream(&self, item: &Item, id: &str) {
        let mut lots = self.plan.lots(item.number ^ 0xaaaa);
        let mut departures = item.departures;
        loop {
            let gateway = pick(&self.gateways, &mut lots);
            let stream = self.read_stream(format!("{gateway}/api/v1/submissions/{id}/events"));
            let told = if departures > 0 {
                departures -= 1;
                let patience = Duration::from_millis(lots.random_range(0..60));
                timeout(patience, stream).await.unwrap_or(false)
            } else {
                stream.await
            };
            if told {
                return self.ledger.deliver(id);
            }
            self.pause(&mut lots).await;
        }
    }

    /// One stream; whether the end was told.
    async fn read_stream(&self, url: String) -> bool {
        let Ok(mut response) = self.http.get(&url).send().await else {
            return false;
        };
        match response.status().as_u16() {
            200 => {}
            503 => return false,
            status => {
                self.ledger.contradict(format!("{url}: {status}"));
                return false;
            }
        }
        let (mut heard, mut text) = (Heard::default(), String::new());
        while let Ok(Some(chunk)) = response.chunk().await {
            text.push_str(&String::from_utf8_lossy(&chunk));
            while let Some((event, rest)) = text.split_once("\n\n") {
                let told = self.tell(event, &mut heard);
                text = rest.to_owned();
                if told {
                    return true;
                }
            }
        }
        false
    }

    /// One event of a stream; whether it was the end.
    fn tell(&self, event: &str, heard: &mut Heard) -> bool {
        let data = event.lines().find_map(|line| line.strip_prefix("data: "));
        let Some(message) = data.and_then(|data| serde_json::from_str::<Value>(data).ok()) else {
            return false;
        };
        if message["type"] == "snapshot" {
            self.ledger.view(&message["view"], message["seq"].as_u64(), heard)
        } else {
            self.ledger.update(&message, heard)
        }
    }
}

fn pick<'a>(among: &'a [String], lots: &mut StdRng) -> &'a str {
    &among[lots.random_range(0..among.len())]
}

/// What a socket listens to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Topic {
    Submission(String),
    User(String),
}

impl Topic {
    fn message(&self, what: &str) -> Message {
        let message = match self {
            Self::Submission(id) => json!({"type": what, "submission": id}),
            Self::User(user) => json!({"type": what, "user": user}),
        };
        Message::text(message.to_string())
    }
}

/// A WebSocket that is opened again and again.
#[derive(Debug)]
struct Socket {
    shared: Arc<Shared>,
    lots: StdRng,
    is_wanted: mpsc::UnboundedReceiver<(Item, String)>,
    /// What is listened to, and the submissions that are awaited by it.
    topics: BTreeMap<Topic, HashSet<String>>,
    /// Of what it was told the end: of a user's submission perhaps before anybody asked it to.
    known: HashSet<String>,
    /// How often it is still to go away by itself.
    departures: u32,
}

type Stream = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// A connection that is no good any more.
struct Gone;

impl<E: std::error::Error> From<E> for Gone {
    fn from(_: E) -> Self {
        Self
    }
}

impl Socket {
    async fn follow(mut self) {
        loop {
            let gateway = pick(&self.shared.gateways, &mut self.lots);
            let url = format!("{}/api/v1/ws", gateway.replacen("http", "ws", 1));
            let connected = timeout(CONNECT_WITHIN, tokio_tungstenite::connect_async(url)).await;
            if let Ok(Ok((stream, _))) = connected {
                // It ends with the connection, or with the trial.
                let Err(Gone) = self.talk(stream).await else {
                    return;
                };
            }
            let shared = Arc::clone(&self.shared);
            shared.pause(&mut self.lots).await;
        }
    }

    async fn talk(&mut self, mut stream: Stream) -> std::result::Result<(), Gone> {
        let mut heard = Heard::default();
        let mut messages = 0;
        let departs_after = (self.departures > 0).then(|| self.lots.random_range(0..30));
        self.departures = self.departures.saturating_sub(1);
        for topic in self.topics.keys() {
            stream.feed(topic.message("subscribe")).await?;
        }
        stream.flush().await?;
        loop {
            if departs_after.is_some_and(|most| messages >= most) {
                return Err(Gone);
            }
            tokio::select! {
                wanted = self.is_wanted.recv(), if self.topics.len() < TOPICS => {
                    let Some((item, id)) = wanted else {
                        return Ok(());
                    };
                    self.departures += item.departures;
                    if self.known.contains(&id) {
                        self.shared.ledger.deliver(&id);
                        continue;
                    }
                    let topic = if item.way == Way::User {
                        Topic::User(item.user)
                    } else {
                        Topic::Submission(id.clone())
                    };
                    // Noted first: where saying it fails, the next connection says it.
                    let message = topic.message("subscribe");
                    self.topics.entry(topic).or_default().insert(id);
                    stream.send(message).await?;
                }
                message = timeout(SILENCE, stream.next()) => {
                    messages += 1;
                    if let Message::Text(text) = message?.ok_or(Gone)?? {
                        let message = serde_json::from_str(&text).unwrap_or_default();
                        for over in self.hear(&message, &mut heard)? {
                            stream.send(over.message("unsubscribe")).await?;
                        }
                    }
                }
            }
        }
    }

    /// Notes a message; the topics that nothing is awaited of any more.
    fn hear(&mut self, message: &Value, heard: &mut Heard) -> std::result::Result<Vec<Topic>, Gone> {
        let ledger = &self.shared.ledger;
        let mut ended = Vec::new();
        let mut note = |id: &Value, is_end: bool| {
            if is_end && let Some(id) = id.as_str() {
                ended.push(id.to_owned());
            }
        };
        match message["type"].as_str() {
            Some("update") => note(&message["submission"], ledger.update(message, heard)),
            Some("snapshot") if message["view"].is_object() => {
                let is_end = ledger.view(&message["view"], message["seq"].as_u64(), heard);
                note(&message["submission"], is_end);
            }
            Some("snapshot") => {
                for view in message["submissions"].as_array().into_iter().flatten() {
                    note(&view["id"], ledger.view(view, None, heard));
                }
            }
            Some("error") => {
                if message["code"] != "unavailable" {
                    ledger.contradict(format!("a socket was told {message}"));
                }
                return Err(Gone);
            }
            _ => {}
        }
        Ok(ended.iter().flat_map(|id| self.settle(id)).collect())
    }

    /// The end of a submission is known.
    fn settle(&mut self, id: &str) -> Vec<Topic> {
        self.known.insert(id.to_owned());
        let mut over = Vec::new();
        for (topic, awaited) in &mut self.topics {
            if awaited.remove(id) {
                self.shared.ledger.deliver(id);
                if awaited.is_empty() {
                    over.push(topic.clone());
                }
            }
        }
        self.topics.retain(|_, awaited| !awaited.is_empty());
        over
    }
}
