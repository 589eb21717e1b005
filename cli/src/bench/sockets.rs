//! Idle sockets, one event to all of them, and many events to some.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use super::site::{PATIENCE, Site, Socket, is_end};
use super::summary::{Row, Times, micros, shown};
use crate::arguments::Bench as Arguments;
use crate::failure::{Doing, Failure};
use crate::live::{counted, timed};

/// Sockets that are being opened at once.
const OPENING: usize = 64;

/// How often one event is sent to all.
const ROUNDS: usize = 9;

/// Of how many sockets the smaller of the two measurements is.
const SOME: u32 = 1000;

/// Submissions of whose end not every socket has heard, at most, while many messages are measured: a socket that falls further behind is
/// told less, and it is not that what is measured.
const UNHEARD: usize = 12;

/// What the sockets are to listen to besides, and how many of them.
#[derive(Debug, Clone, Default)]
struct Order {
    user: String,
    sockets: u32,
}

/// What the sockets have heard.
#[derive(Debug)]
struct Tally {
    /// How many have done as ordered.
    following: AtomicUsize,
    messages: AtomicUsize,
    /// How often a socket has heard of the end of a submission.
    heard: AtomicUsize,
    /// Told when so many were.
    wanted: AtomicUsize,
    reached: Notify,
    /// The first and the last such moment of a round, in nanoseconds since the beginning.
    first: AtomicU64,
    last: AtomicU64,
    begin: Instant,
}

impl Tally {
    fn new() -> Self {
        Self {
            following: AtomicUsize::new(0),
            messages: AtomicUsize::new(0),
            heard: AtomicUsize::new(0),
            wanted: AtomicUsize::new(usize::MAX),
            reached: Notify::new(),
            first: AtomicU64::new(u64::MAX),
            last: AtomicU64::new(0),
            begin: Instant::now(),
        }
    }

    /// A socket has heard of the end of a submission. All that is measured is what this does and the reading before it.
    fn hear(&self) {
        let at = u64::try_from(self.begin.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.first.fetch_min(at, Ordering::Relaxed);
        self.last.fetch_max(at, Ordering::Relaxed);
        // In this order here, and in the other where it is waited: one of the two sees the other.
        let heard = self.heard.fetch_add(1, Ordering::SeqCst) + 1;
        if heard >= self.wanted.load(Ordering::SeqCst) {
            self.reached.notify_one();
        }
    }

    /// A round begins.
    fn begin_round(&self) {
        self.first.store(u64::MAX, Ordering::Relaxed);
        self.last.store(0, Ordering::Relaxed);
    }

    /// From the first moment of the round to the last.
    fn spread(&self) -> Duration {
        let [first, last] = [&self.first, &self.last].map(|at| at.load(Ordering::Relaxed));
        Duration::from_nanos(last.saturating_sub(first))
    }

    /// Waits until so many were heard.
    async fn until(&self, wanted: usize) -> Result<(), Failure> {
        self.wanted.store(wanted, Ordering::SeqCst);
        let all = async {
            while self.heard.load(Ordering::SeqCst) < wanted {
                self.reached.notified().await;
            }
        };
        let all = timeout(PATIENCE, all).await;
        self.wanted.store(usize::MAX, Ordering::SeqCst);
        all.doing("wait until every socket has heard")
    }
}

struct Hall {
    order: watch::Sender<Order>,
    tally: Arc<Tally>,
    tasks: JoinSet<Result<(), Failure>>,
}

/// All of it.
pub(crate) async fn measure(site: &Site, arguments: &Arguments) -> Result<Vec<Row>, Failure> {
    let count = arguments.sockets;
    let before = site.resident().await;
    let (sockets, times, span) = open(site, count).await?;
    let mut rows = vec![Row::rate(
        format!("opening {count} sockets"),
        sockets.len(),
        span,
        times,
    )];
    rows.extend(memory(before, site.resident().await, count));
    let mut hall = Hall::of(sockets);
    for some in [SOME.min(count), count] {
        rows.push(hall.one_event(site, some).await?);
    }
    rows.push(hall.many_events(site, arguments, SOME.min(count)).await?);
    hall.tasks.shutdown().await;
    Ok(rows)
}

async fn open(site: &Site, count: u32) -> Result<(Vec<Socket>, Times, Duration), Failure> {
    let (begin, bar) = (Instant::now(), counted("sockets", count.into()));
    let opening = stream::iter(0..count).map(|at| {
        let bar = bar.clone();
        async move {
            let begin = Instant::now();
            let socket = site.listen(&site.user(format_args!("socket-{at}"))).await?;
            bar.inc(1);
            Ok::<_, Failure>((socket, begin.elapsed()))
        }
    });
    let opened: Vec<_> = opening.buffer_unordered(OPENING).try_collect().await?;
    bar.finish_and_clear();
    let (sockets, times) = opened.into_iter().unzip();
    Ok((sockets, Times::new(times), begin.elapsed()))
}

fn memory(before: Option<u64>, after: Option<u64>, count: u32) -> Vec<Row> {
    let (Some(before), Some(after)) = (before, after) else {
        return Vec::new();
    };
    let each = after.saturating_sub(before) / u64::from(count.max(1));
    #[expect(clippy::cast_precision_loss, reason = "mebibytes for people")]
    let mebibytes = |bytes: u64| format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20));
    vec![
        Row::single(
            "memory of the gateway before them",
            mebibytes(before),
            before.into(),
        ),
        Row::single("memory with them", mebibytes(after), after.into()),
        Row::single("memory of each", format!("{each} B"), each.into()),
    ]
}

impl Hall {
    /// From now on, everybody reads all the time: nobody misses a ping.
    fn of(sockets: Vec<Socket>) -> Self {
        let order = watch::Sender::new(Order::default());
        let tally = Arc::new(Tally::new());
        let mut tasks = JoinSet::new();
        for (at, socket) in (0..).zip(sockets) {
            tasks.spawn(sit(at, socket, order.subscribe(), Arc::clone(&tally)));
        }
        Self { order, tally, tasks }
    }

    /// Lets so many sockets listen to a user, and waits until they do.
    async fn follow(&mut self, user: &str, sockets: u32) -> Result<(), Failure> {
        self.tally.following.store(0, Ordering::Relaxed);
        self.order.send_replace(Order {
            user: user.to_owned(),
            sockets,
        });
        let begin = Instant::now();
        while self.tally.following.load(Ordering::Relaxed) < sockets as usize {
            if let Some(ended) = self.tasks.try_join_next() {
                ended.doing("keep a socket open")??;
            }
            if begin.elapsed() > PATIENCE {
                return Err(Failure::new("the sockets could not all subscribe in time"));
            }
            sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    }

    /// From the first socket that hears of a verdict to the last. It is the last of the three or four messages of a submission.
    async fn one_event(&mut self, site: &Site, sockets: u32) -> Result<Row, Failure> {
        let user = site.user(format_args!("all-{sockets}"));
        self.follow(&user, sockets).await?;
        let mut spreads = Vec::new();
        let bar = counted("fan-out", ROUNDS as u64);
        for _ in 0..ROUNDS {
            self.tally.begin_round();
            let before = self.tally.heard.load(Ordering::SeqCst);
            site.submit(&user).await?;
            self.tally.until(before + sockets as usize).await?;
            spreads.push(self.tally.spread());
            bar.inc(1);
        }
        bar.finish_and_clear();
        let times = Times::new(spreads);
        let median = times.percentile(500);
        let value = serde_json::json!({
            "median_us": micros(median),
            "max_us": micros(times.percentile(1000)),
        });
        let name = format!("one event, first to last of {sockets} sockets, median");
        Ok(Row::single(name, shown(median), value))
    }

    /// As many messages as go through, to sockets that keep up.
    async fn many_events(
        &mut self,
        site: &Site,
        arguments: &Arguments,
        sockets: u32,
    ) -> Result<Row, Failure> {
        let user = site.user("many");
        self.follow(&user, sockets).await?;
        let (tally, sockets) = (&self.tally, sockets as usize);
        let span = arguments.span();
        let [messages, heard] = [&tally.messages, &tally.heard].map(|count| count.load(Ordering::SeqCst));
        let begin = Instant::now();
        let post = async {
            let mut posted = 0;
            while begin.elapsed() < span {
                if site.submit(&user).await?.is_none() {
                    sleep(Duration::from_millis(5)).await;
                    continue;
                }
                posted += 1;
                tally
                    .until(heard + sockets * (posted + 1_usize).saturating_sub(UNHEARD))
                    .await?;
            }
            tally.until(heard + sockets * posted).await
        };
        timed("messages", span, post).await?;
        let messages = tally.messages.load(Ordering::SeqCst) - messages;
        let name = format!("messages to {sockets} sockets");
        Ok(Row::rate(name, messages, begin.elapsed(), Times::new(Vec::new())))
    }
}

/// One socket: reads, counts, and subscribes as ordered.
async fn sit(
    at: u32,
    mut socket: Socket,
    mut order: watch::Receiver<Order>,
    tally: Arc<Tally>,
) -> Result<(), Failure> {
    loop {
        tokio::select! {
            text = socket.next() => {
                let text = text?;
                tally.messages.fetch_add(1, Ordering::Relaxed);
                if is_end(&text) && text.starts_with(r#"{"type":"update""#) {
                    tally.hear();
                }
            }
            changed = order.changed() => {
                if changed.is_err() {
                    return Ok(());
                }
                let Order { user, sockets } = order.borrow_and_update().clone();
                if at < sockets {
                    socket.follow(&user).await?;
                    tally.following.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
    }
}
