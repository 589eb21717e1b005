//! A way between a process and a service that can be disturbed: a TCP proxy of our own.
//!
//! Bytes that a stalled link has taken are passed on when it is opened again, also where the sender has given up meanwhile, as a
//! network would do: a statement that nobody waits for any more is still executed.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::runtime::Runtime;
use tokio::sync::watch;

/// The thread that the links live on: their owners may block.
#[derive(Debug)]
pub struct Network {
    runtime: Option<Runtime>,
}

/// Where a link leads to.
#[derive(Debug, Clone)]
pub enum Target {
    /// A port of the loopback interface.
    Port(u16),
    /// A Unix socket.
    Socket(PathBuf),
}

/// What a link does with bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Passes them on.
    Open,
    /// Takes connections and bytes, and passes nothing on, in either direction.
    Stalled,
    /// Passes everything on after this time.
    Slow(Duration),
    /// Resets every new connection.
    Closed,
}

/// One link; it ends with its network.
#[derive(Debug, Clone)]
pub struct Link {
    port: u16,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    state: watch::Sender<State>,
    target: Mutex<Target>,
    open: AtomicUsize,
    held_up: AtomicU64,
    reset: AtomicU64,
}

#[derive(Debug, Clone, Copy)]
struct State {
    mode: Mode,
    /// Grows with every cut: a connection ends when it is no longer what it was at its beginning.
    cuts: u64,
}

impl Network {
    /// Without links yet.
    pub fn new() -> Result<Self> {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        let runtime = builder
            .worker_threads(1)
            .thread_name("links")
            .enable_all()
            .build()?;
        Ok(Self {
            runtime: Some(runtime),
        })
    }

    /// A new link, open, on a free port of the loopback interface.
    pub fn link(&self, target: Target) -> Result<Link> {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let port = listener.local_addr()?.port();
        let state = State {
            mode: Mode::Open,
            cuts: 0,
        };
        let shared = Arc::new(Shared {
            state: watch::channel(state).0,
            target: Mutex::new(target),
            open: AtomicUsize::new(0),
            held_up: AtomicU64::new(0),
            reset: AtomicU64::new(0),
        });
        if let Some(runtime) = &self.runtime {
            runtime.spawn(accept(listener, Arc::clone(&shared)));
        }
        Ok(Link { port, shared })
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // A runtime must not be waited for inside another one.
            runtime.shutdown_background();
        }
    }
}

impl Link {
    /// Its port on the loopback interface.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its address for HTTP.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Leads new connections elsewhere.
    pub fn aim(&self, target: Target) {
        *self.target() = target;
    }

    /// Where new connections are led to.
    pub fn target(&self) -> std::sync::MutexGuard<'_, Target> {
        self.shared.target.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes what it does from now on, with what it holds too.
    pub fn set(&self, mode: Mode) {
        self.shared.state.send_modify(|state| state.mode = mode);
    }

    /// Resets every connection that is open.
    pub fn cut(&self) {
        self.shared.state.send_modify(|state| state.cuts += 1);
    }

    /// Connections that are open.
    pub fn open(&self) -> usize {
        self.shared.open.load(Ordering::Relaxed)
    }

    /// How often bytes had to wait because of what it was told to do.
    pub fn held_up(&self) -> u64 {
        self.shared.held_up.load(Ordering::Relaxed)
    }

    /// How many connections it has reset.
    pub fn resets(&self) -> u64 {
        self.shared.reset.load(Ordering::Relaxed)
    }
}

async fn accept(listener: std::net::TcpListener, shared: Arc<Shared>) {
    let Ok(listener) = TcpListener::from_std(listener) else {
        return;
    };
    let tasks = &mut tokio::task::JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((stream, _)) = accepted {
                    tasks.spawn(carry(stream, Arc::clone(&shared)));
                }
            }
            Some(_) = tasks.join_next() => {}
        }
    }
}

/// One connection, to its end.
async fn carry(mut client: TcpStream, shared: Arc<Shared>) {
    shared.open.fetch_add(1, Ordering::Relaxed);
    let mut state = shared.state.subscribe();
    let cuts = state.borrow_and_update().cuts;
    let is_whole = tokio::select! {
        is_whole = pass(&mut client, &shared) => is_whole,
        () = cut(&mut state, cuts) => false,
    };
    if !is_whole {
        shared.reset.fetch_add(1, Ordering::Relaxed);
        // So that the kernel sends a reset and not an orderly end.
        let _ = client.set_zero_linger();
    }
    drop(client);
    shared.open.fetch_sub(1, Ordering::Relaxed);
}

async fn cut(state: &mut watch::Receiver<State>, cuts: u64) {
    if state.wait_for(|state| state.cuts != cuts).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Passes bytes on until both ends have ended; `false` where it broke off.
async fn pass(client: &mut TcpStream, shared: &Shared) -> bool {
    if shared.state.borrow().mode == Mode::Closed {
        return false;
    }
    let mut state = shared.state.subscribe();
    shared.hold(&mut state).await;
    let target = shared
        .target
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone();
    let _ = client.set_nodelay(true);
    match target {
        Target::Port(port) => {
            let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
            match TcpStream::connect(address).await {
                Ok(server) => {
                    let _ = server.set_nodelay(true);
                    both_ways(client, server, shared).await
                }
                Err(_) => false,
            }
        }
        Target::Socket(path) => match UnixStream::connect(path).await {
            Ok(server) => both_ways(client, server, shared).await,
            Err(_) => false,
        },
    }
}

async fn both_ways(client: &mut TcpStream, server: impl AsyncRead + AsyncWrite, shared: &Shared) -> bool {
    let (from_client, to_client) = client.split();
    let (from_server, to_server) = tokio::io::split(server);
    let (up, down) = (
        one_way(from_client, to_server, shared),
        one_way(from_server, to_client, shared),
    );
    let (mut up, mut down) = (std::pin::pin!(up), std::pin::pin!(down));
    tokio::select! {
        is_whole = &mut up => is_whole && down.await,
        is_whole = &mut down => is_whole && up.await,
    }
}

async fn one_way(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, shared: &Shared) -> bool {
    let mut state = shared.state.subscribe();
    let mut buffer = vec![0; 16 << 10];
    loop {
        let Ok(length) = from.read(&mut buffer).await else {
            return false;
        };
        shared.hold(&mut state).await;
        let passed = if length == 0 {
            to.shutdown().await
        } else {
            to.write_all(&buffer[..length]).await
        };
        if passed.is_err() || length == 0 {
            return passed.is_ok();
        }
    }
}

impl Shared {
    /// Waits as long as the mode of the link wants it.
    async fn hold(&self, state: &mut watch::Receiver<State>) {
        let mode = state.borrow_and_update().mode;
        if mode != Mode::Open {
            self.held_up.fetch_add(1, Ordering::Relaxed);
        }
        match mode {
            Mode::Open | Mode::Closed => {}
            Mode::Stalled => {
                // The sender is ours: it is not gone.
                let _ = state.wait_for(|state| state.mode != Mode::Stalled).await;
            }
            Mode::Slow(time) => tokio::time::sleep(time).await,
        }
    }
}
