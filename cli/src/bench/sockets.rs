//! Idle sockets, one event to all of them, and many events to some.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use tokio::sync::{mpsc, watch};
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

/// Submissions on their way at once while many messages are measured.
const POSTERS: u32 = 16;

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
    ends: mpsc::UnboundedSender<Instant>,
}

struct Hall {
    order: watch::Sender<Order>,
    tally: Arc<Tally>,
    ends: mpsc::UnboundedReceiver<Instant>,
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
            let socket = site.listen(&format!("bench-socket-{at}")).await?;
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
        let (sender, ends) = mpsc::unbounded_channel();
        let order = watch::Sender::new(Order::default());
        let tally = Arc::new(Tally {
            following: AtomicUsize::new(0),
            messages: AtomicUsize::new(0),
            ends: sender,
        });
        let mut tasks = JoinSet::new();
        for (at, socket) in (0..).zip(sockets) {
            tasks.spawn(sit(at, socket, order.subscribe(), Arc::clone(&tally)));
        }
        Self {
            order,
            tally,
            ends,
            tasks,
        }
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

    /// From the first socket that hears of a verdict to the last.
    async fn one_event(&mut self, site: &Site, sockets: u32) -> Result<Row, Failure> {
        let user = format!("bench-all-{sockets}");
        self.follow(&user, sockets).await?;
        let mut spreads = Vec::new();
        let bar = counted("fan-out", ROUNDS as u64);
        for _ in 0..ROUNDS {
            site.submit(&user).await?;
            let mut heard = Vec::new();
            while heard.len() < sockets as usize {
                let next = timeout(PATIENCE, self.ends.recv()).await;
                heard.extend(next.doing("wait until every socket has heard")?);
            }
            let first = heard.iter().min().copied();
            let last = heard.iter().max().copied();
            spreads.extend(first.zip(last).map(|(first, last)| last.duration_since(first)));
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

    /// As many messages as go through.
    async fn many_events(
        &mut self,
        site: &Site,
        arguments: &Arguments,
        sockets: u32,
    ) -> Result<Row, Failure> {
        const USER: &str = "bench-many";
        self.follow(USER, sockets).await?;
        let span = arguments.span();
        let before = self.tally.messages.load(Ordering::Relaxed);
        let begin = Instant::now();
        let post = |_| async move {
            while begin.elapsed() < span {
                if site.submit(USER).await?.is_none() {
                    sleep(Duration::from_millis(5)).await;
                }
            }
            Ok::<_, Failure>(())
        };
        let posts = futures_util::future::try_join_all((0..POSTERS).map(post));
        timed("messages", span, posts).await?;
        let messages = self.tally.messages.load(Ordering::Relaxed) - before;
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
                    // Nobody counts any more when the measurement is over.
                    let _ = tally.ends.send(Instant::now());
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
