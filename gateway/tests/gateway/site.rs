//! A gateway on a free port, with a store and events of its own.

use std::net::SocketAddr;
use std::time::Duration;

use axum::serve::ListenerExt;
use bus::{Events, Queue};
use domain::{
    Band, Conclusion, JudgementId, Lease, Limits, PackageHash, ProblemRecord, ProblemType, Progress, Role,
    Sequence, SourceFile, State, Submission, SubmissionId, SubmissionView, Timestamp, Update, Verdict,
    WorkerId,
};
use gateway::{Gateway, GatewayConfig};
use store::{NewToken, Store, StoreConfig, Submitted};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::client::Client;

/// Longer than anything here takes; a test that waits so long has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Site {
    pub(crate) store: Store,
    pub(crate) queue: Queue,
    pub(crate) events: Events,
    pub(crate) gateway: Gateway,
    pub(crate) stop: CancellationToken,
    pub(crate) address: SocketAddr,
    worker: WorkerId,
    servers: TaskTracker,
    _home: tempfile::TempDir,
}

pub(crate) fn config() -> GatewayConfig {
    GatewayConfig {
        open: true,
        allowed_origins: Vec::new(),
        hello_timeout: PATIENCE,
        ping_every: 10 * PATIENCE,
        max_topics: 8,
        recheck_every: 10 * PATIENCE,
        metrics: metrics::GatewayMetrics::default(),
    }
}

impl Site {
    /// One where nobody needs a token.
    pub(crate) async fn open() -> Self {
        Self::start(config(), Events::in_process()).await
    }

    /// One where everybody does.
    pub(crate) async fn with_tokens() -> Self {
        let config = GatewayConfig {
            open: false,
            ..config()
        };
        Self::start(config, Events::in_process()).await
    }

    pub(crate) async fn start(config: GatewayConfig, events: Events) -> Self {
        let home = tempfile::tempdir().unwrap();
        let store = Store::open(&StoreConfig {
            database_url: format!("sqlite:{}", home.path().join("gavel.db").display()),
            objects: home.path().join("objects"),
            max_connections: 4,
        })
        .await
        .unwrap();
        store.migrate().await.unwrap();
        let stop = CancellationToken::new();
        let queue = Queue::in_process();
        let gateway = Gateway::new(config, store.clone(), queue.clone(), events.clone(), stop.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let servers = TaskTracker::new();
        // Small messages one after the other would wait for each other's acknowledgement.
        let listener = listener.tap_io(|tcp| tcp.set_nodelay(true).unwrap());
        let server =
            axum::serve(listener, gateway.router()).with_graceful_shutdown(stop.clone().cancelled_owned());
        servers.spawn(async { server.await.unwrap() });
        Self {
            store,
            queue,
            events,
            gateway,
            stop,
            address,
            worker: WorkerId::new(),
            servers,
            _home: home,
        }
    }

    /// Stops it, and waits until everybody has been told.
    pub(crate) async fn stop(self) {
        self.stop.cancel();
        in_time(self.gateway.drained()).await;
        self.servers.close();
        in_time(self.servers.wait()).await;
        assert_eq!(self.gateway.sockets(), 0);
        self.store.close().await;
    }

    /// A plain request.
    pub(crate) fn get(&self, path: &str, headers: &[(&str, &str)]) -> reqwest::RequestBuilder {
        // The client wants one, even where nothing is encrypted; a second attempt to install it changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let request = reqwest::Client::new().get(format!("http://{}{path}", self.address));
        headers
            .iter()
            .fold(request, |request, (name, value)| request.header(*name, *value))
    }

    /// A socket.
    pub(crate) async fn socket(&self, path: &str) -> Client {
        Client::connect(self.address, path, &[]).await.unwrap()
    }

    /// A socket that has been greeted.
    pub(crate) async fn greeted(&self) -> Client {
        let mut client = self.socket("/api/v1/ws").await;
        client.hear("hello").await;
        client
    }

    /// A socket of the holder of a token.
    pub(crate) async fn socket_of(&self, token: &str) -> Client {
        let mut client = self.greeted().await;
        client
            .send(serde_json::json!({"type": "auth", "token": token}))
            .await;
        client.hear("authenticated").await;
        client
    }

    pub(crate) async fn token(&self, user: &str, role: Role) -> String {
        self.token_until(user, role, None).await
    }

    pub(crate) async fn token_until(&self, user: &str, role: Role, expires_at: Option<Timestamp>) -> String {
        let token = NewToken {
            user: user.parse().unwrap(),
            role,
            label: "test".to_owned(),
            expires_at,
        };
        self.store.create_token(&token).await.unwrap()
    }

    /// Stores the problem that all submissions here are for.
    pub(crate) async fn add_problem(&self, owner: &str) {
        let record = ProblemRecord {
            id: "aplusb".parse().unwrap(),
            name: "A plus B".to_owned(),
            types: vec![ProblemType::PassFail],
            limits: Limits::default(),
            code_bytes: 1 << 16,
            languages: None,
            test_cases: 1,
            max_score: None,
            keywords: Vec::new(),
            package: PackageHash([7; 32]),
            owner: owner.parse().unwrap(),
            is_hidden: false,
            band: domain::Band::Interactive,
            tag: domain::WorkerTag::default(),
            created_at: Timestamp(0),
            updated_at: Timestamp(0),
        };
        let package = tokio::fs::File::from_std(tempfile::tempfile().unwrap());
        self.store.put_problem(&record, package).await.unwrap();
    }

    /// Stores a submission, queued.
    pub(crate) async fn submit(&self, user: &str) -> (SubmissionId, JudgementId) {
        self.submit_in(Band::Interactive, user).await
    }

    /// The same with that urgency.
    pub(crate) async fn submit_in(&self, band: Band, user: &str) -> (SubmissionId, JudgementId) {
        let submission = Submission {
            id: SubmissionId::new(),
            user: user.parse().unwrap(),
            problem: "aplusb".parse().unwrap(),
            package: PackageHash([7; 32]),
            language: "python3".parse().unwrap(),
            files: vec![SourceFile {
                name: "main.py".to_owned(),
                content: "print(3)".to_owned(),
            }],
            entry_point: None,
            band,
            tag: domain::WorkerTag::default(),
            created_at: Timestamp(1_795_000_000_000_000),
            trial: None,
        };
        match self.store.submit(&submission, None, None).await.unwrap() {
            Submitted::New(view) => (submission.id, view.judgement.id),
            other => panic!("{other:?}"),
        }
    }

    /// Claims a judgement, and tells.
    pub(crate) async fn claim(&self, submission: SubmissionId, judgement: JudgementId) -> Lease {
        let work = self
            .store
            .claim(&[judgement], self.worker, PATIENCE)
            .await
            .unwrap();
        let [work] = work.as_slice() else {
            panic!("{judgement} was not to be claimed")
        };
        let view = self.view(submission).await;
        self.events.publish(&Update::from(&view)).await.unwrap();
        work.lease
    }

    /// Concludes a judgement without telling anybody.
    pub(crate) async fn conclude(&self, lease: &Lease, verdict: Verdict) -> Update {
        let conclusion = Conclusion {
            message: Some("as it must".to_owned()),
            compiler_output: Some("warning: \u{1b}[1m".repeat(2000)),
            runs: Vec::new(),
            cases_total: 0,
            ..Conclusion::of(verdict)
        };
        let view = self.store.commit(lease, &conclusion).await.unwrap();
        Update::from(&view.expect("the lease was lost"))
    }

    /// Concludes a judgement, and tells.
    pub(crate) async fn finish(&self, lease: &Lease, verdict: Verdict) {
        let update = self.conclude(lease, verdict).await;
        self.events.publish(&update).await.unwrap();
    }

    /// A whole life: submitted, claimed, concluded.
    pub(crate) async fn judged(&self, user: &str, verdict: Verdict) -> SubmissionId {
        let (id, judgement) = self.submit(user).await;
        let lease = self.claim(id, judgement).await;
        self.finish(&lease, verdict).await;
        id
    }

    pub(crate) async fn view(&self, id: SubmissionId) -> SubmissionView {
        self.store.submission(id).await.unwrap().unwrap()
    }

    /// Tells of progress.
    pub(crate) async fn progress(&self, id: SubmissionId, lease: &Lease, step: u32) {
        let update = progress(&self.view(id).await, lease, step);
        self.events.publish(&update).await.unwrap();
    }
}

/// Lets so much time pass that the gateway looks after those who wait.
pub(crate) async fn let_half_a_minute_pass() {
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(31)).await;
    tokio::time::resume();
}

/// What a worker tells of its progress.
pub(crate) fn progress(view: &SubmissionView, lease: &Lease, step: u32) -> Update {
    Update {
        seq: Sequence::of_progress(lease.attempt, step),
        state: State::Running,
        progress: Progress {
            cases_done: step,
            ..Progress::default()
        },
        ..Update::from(view)
    }
}

/// Waits, but not for ever.
pub(crate) async fn in_time<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work).await.expect("it hangs")
}
