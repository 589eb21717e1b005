//! An API over a store on SQLite and a bus in process, and what tests do with it.

use std::path::PathBuf;

use api::ApiConfig;
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use bus::{Events, Queue};
use domain::{
    Adjustments, Conclusion, EntryPoint, Guide, JudgementId, Language, Limits, PackageHash, ProblemId,
    ProblemRecord, ProblemType, Role, Run, SubmissionId, SubmissionView, Timestamp, Update, Verdict,
    WorkerId,
};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use std::time::Duration;
use store::{NewToken, Store, StoreConfig};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

pub(crate) const BODY_BYTES: usize = 64 << 10;
pub(crate) const PACKAGE_BYTES: u64 = 256 << 10;
pub(crate) const CODE_BYTES: u64 = 1000;
pub(crate) const MOST_WAITING: u32 = 20;

pub(crate) struct TestApp {
    pub(crate) router: Router,
    pub(crate) store: Store,
    pub(crate) queue: Queue,
    pub(crate) events: Events,
    pub(crate) stop: CancellationToken,
    pub(crate) dir: TempDir,
}

/// A language of the tests.
pub(crate) fn language(
    id: &str,
    name: &str,
    aliases: &[&str],
    ending: &str,
    unavailable: Option<&str>,
) -> Language {
    Language {
        id: id.parse().unwrap(),
        name: name.to_owned(),
        aliases: aliases.iter().map(ToString::to_string).collect(),
        extensions: vec![ending.to_owned()],
        version: unavailable.is_none().then(|| format!("{name} 1.0")),
        unavailable: unavailable.map(str::to_owned),
        is_untried: false,
        guide: Some(Box::new(Guide {
            entry_rule: format!("{name} programs begin at the beginning."),
            entry_point: match id {
                "python3" => Some(EntryPoint::File),
                "java" => Some(EntryPoint::Class),
                _ => None,
            },
            hello: Some(format!("{name} says hello")),
            adjustments: Adjustments {
                time_factor: 1.5,
                extra_memory_bytes: 1 << 20,
                extra_processes: 2,
                reason: "a test".to_owned(),
            },
        })),
    }
}

fn config(open: bool, dir: &TempDir) -> ApiConfig {
    ApiConfig {
        open,
        allowed_hosts: vec!["judge.lan".to_owned()],
        body_bytes: BODY_BYTES,
        package_bytes: PACKAGE_BYTES,
        operator: api::Operator {
            choices: domain::Choices {
                most_waiting: Some(MOST_WAITING),
                ..domain::Choices::default()
            },
            flags: Vec::new(),
        },
        max_wait_seconds: 30,
        scratch: dir.path().join("scratch"),
        languages: vec![
            language("c", "C", &[], "c", None),
            language("cpp", "C++", &["g++"], "cpp", None),
            language("python3", "Python 3", &["python", "py"], "py", None),
            language("rust", "Rust", &[], "rs", Some("rustc is not installed")),
        ],
    }
}

impl TestApp {
    /// Takes requests without a token.
    pub(crate) async fn open() -> Self {
        Self::embedded(true).await
    }

    /// Needs tokens.
    pub(crate) async fn closed() -> Self {
        Self::embedded(false).await
    }

    async fn embedded(open: bool) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", dir.path().join("gavel.db").display());
        Self::over(open, dir, url, Queue::in_process(), Events::in_process()).await
    }

    /// Over any store and bus.
    pub(crate) async fn over(
        open: bool,
        dir: TempDir,
        database_url: String,
        queue: Queue,
        events: Events,
    ) -> Self {
        let store = Store::open(&StoreConfig {
            database_url,
            objects: dir.path().join("objects"),
            max_connections: 8,
        })
        .await
        .unwrap();
        store.migrate().await.unwrap();
        let stop = CancellationToken::new();
        let router = api::router(
            config(open, &dir),
            store.clone(),
            queue.clone(),
            events.clone(),
            stop.clone(),
        );
        let app = Self {
            router,
            store,
            queue,
            events,
            stop,
            dir,
        };
        app.problem("aplusb", None).await;
        app
    }

    /// Stores a problem without a package of its own.
    pub(crate) async fn problem(&self, id: &str, languages: Option<&[&str]>) -> ProblemRecord {
        self.problem_of(id, &[ProblemType::PassFail], languages).await
    }

    /// The same of other types.
    pub(crate) async fn problem_of(
        &self,
        id: &str,
        types: &[ProblemType],
        languages: Option<&[&str]>,
    ) -> ProblemRecord {
        let mut hash = [0; 32];
        hash[..id.len()].copy_from_slice(id.as_bytes());
        self.store_problem(id, types, languages, hash).await
    }

    /// The same with another package.
    pub(crate) async fn problem_with(&self, id: &str, hash: [u8; 32]) -> ProblemRecord {
        self.store_problem(id, &[ProblemType::PassFail], None, hash).await
    }

    async fn store_problem(
        &self,
        id: &str,
        types: &[ProblemType],
        languages: Option<&[&str]>,
        hash: [u8; 32],
    ) -> ProblemRecord {
        let path = self.dir.path().join(format!("{id}.zip"));
        std::fs::write(&path, id).unwrap();
        let record = ProblemRecord {
            id: id.parse().unwrap(),
            name: id.to_uppercase(),
            types: types.to_vec(),
            limits: Limits::default(),
            code_bytes: CODE_BYTES,
            languages: languages.map(|ids| ids.iter().map(|id| id.parse().unwrap()).collect()),
            test_cases: 3,
            max_score: None,
            keywords: Vec::new(),
            package: PackageHash(hash),
            owner: "setter".parse().unwrap(),
            is_hidden: false,
            band: domain::Band::Interactive,
            tag: domain::WorkerTag::default(),
            created_at: Timestamp(1_700_000_000_000_000),
            updated_at: Timestamp(1_700_000_000_000_000),
        };
        let file = tokio::fs::File::open(&path).await.unwrap();
        self.store.put_problem(&record, file).await.unwrap()
    }

    pub(crate) async fn has_problem(&self, id: &str) -> bool {
        let id: ProblemId = id.parse().unwrap();
        self.store.problem(&id).await.unwrap().is_some()
    }

    /// A token of somebody.
    pub(crate) async fn token(&self, user: &str, role: Role) -> String {
        let token = NewToken {
            user: user.parse().unwrap(),
            role,
            label: "test".to_owned(),
            expires_at: None,
        };
        self.store.create_token(&token).await.unwrap()
    }

    pub(crate) fn get(&self, path: &str) -> Call<'_> {
        self.call(Method::GET, path)
    }

    pub(crate) fn post(&self, path: &str) -> Call<'_> {
        self.call(Method::POST, path)
    }

    pub(crate) fn patch(&self, path: &str) -> Call<'_> {
        self.call(Method::PATCH, path)
    }

    pub(crate) fn put(&self, path: &str) -> Call<'_> {
        self.call(Method::PUT, path)
    }

    pub(crate) fn call(&self, method: Method, path: &str) -> Call<'_> {
        Call {
            app: self,
            request: Request::builder().method(method).uri(path),
            body: Vec::new(),
        }
    }

    /// Sends a submission that is right.
    pub(crate) async fn submit(&self, user: &str) -> SubmissionView {
        let body = json!({"problem": "aplusb", "language": "python3", "source": "print(3)", "user": user});
        let answer = self.post("/api/v1/submissions").json(&body).send().await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
        serde_json::from_value(answer.json()).unwrap()
    }

    /// Announces a worker that has C and Python.
    pub(crate) async fn announce(&self, slots: u32, service_us: Option<u64>) {
        let languages = [("c", "C", "c"), ("python3", "Python 3", "py")];
        let record = store::WorkerRecord {
            id: WorkerId::new(),
            name: "host/1".to_owned(),
            slots,
            languages: languages
                .map(|(id, name, ending)| language(id, name, &[], ending, None))
                .to_vec(),
            bands: domain::Band::ALL.to_vec(),
            tags: vec![domain::WorkerTag::default()],
            service_us,
            seen_at: Timestamp(0),
        };
        self.store.announce_worker(&record).await.unwrap();
    }

    /// Waits until the queue has been told, and takes it out.
    pub(crate) async fn queued(&self) -> JudgementId {
        let languages = ["c", "cpp", "python3", "text"].map(|id| id.parse().unwrap());
        let everything = bus::Scope::new(domain::Band::ALL, languages, [domain::WorkerTag::default()]);
        let patience = Duration::from_secs(10);
        let ids = self.queue.pop(&everything, 1, patience).await.unwrap();
        assert_eq!(ids.len(), 1);
        ids[0]
    }

    /// Judges a submission as a worker would, and tells of it.
    pub(crate) async fn judge(&self, view: &SubmissionView, verdict: Verdict) -> SubmissionView {
        let conclusion = Conclusion {
            message: Some("in case 1".to_owned()),
            runs: vec![Run {
                ordinal: 1,
                case: "secret/1".to_owned(),
                verdict,
                score: None,
                message: None,
                cpu_us: 1000,
                wall_us: 2000,
                memory_bytes: 4096,
            }],
            cases_total: 3,
            ..Conclusion::of(verdict)
        };
        self.judge_as(view, conclusion).await
    }

    /// The same with all that a judgement can say.
    pub(crate) async fn judge_as(&self, view: &SubmissionView, conclusion: Conclusion) -> SubmissionView {
        let lease = Duration::from_mins(1);
        let work = self
            .store
            .claim(&[view.judgement.id], WorkerId::new(), lease)
            .await
            .unwrap();
        let done = self
            .store
            .commit(&work[0].lease, &conclusion)
            .await
            .unwrap()
            .unwrap();
        self.events.publish(&Update::from(&done)).await.unwrap();
        done
    }

    pub(crate) fn scratch(&self) -> Vec<PathBuf> {
        let Ok(entries) = std::fs::read_dir(self.dir.path().join("scratch")) else {
            return Vec::new();
        };
        entries.map(|entry| entry.unwrap().path()).collect()
    }
}

/// A request to be sent.
pub(crate) struct Call<'a> {
    app: &'a TestApp,
    request: axum::http::request::Builder,
    body: Vec<u8>,
}

impl Call<'_> {
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.request = self.request.header(name, value);
        self
    }

    pub(crate) fn token(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string().into_bytes())
    }

    pub(crate) fn body(mut self, media: &str, body: Vec<u8>) -> Self {
        self.body = body;
        if media.is_empty() {
            return self;
        }
        self.header("content-type", media)
    }

    /// Sends it, and checks what holds for every answer.
    pub(crate) async fn send(self) -> Answer {
        let request = self.request.body(Body::from(self.body)).unwrap();
        let what = format!("{} {}", request.method(), request.uri());
        let response = self.app.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let answer = Answer {
            status: parts.status,
            headers: parts.headers,
            body: body.collect().await.unwrap().to_bytes().to_vec(),
        };
        let id = answer.header("x-request-id").expect("a request id").to_owned();
        if answer.status.is_client_error() || answer.status.is_server_error() {
            assert_eq!(
                answer.header("content-type"),
                Some("application/problem+json"),
                "{what}: {answer:?}"
            );
            let body = answer.json();
            assert_eq!(body["status"], answer.status.as_u16(), "{what}");
            assert_eq!(body["request_id"], id, "{what}");
            for field in ["type", "title", "detail"] {
                assert!(
                    body[field].as_str().is_some_and(|text| !text.is_empty()),
                    "{what}: {body}"
                );
            }
        }
        answer
    }
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The pointers of a refusal.
    pub(crate) fn pointers(&self) -> Vec<String> {
        let body = self.json();
        let errors = body["errors"].as_array().cloned().unwrap_or_default();
        errors
            .iter()
            .map(|error| error["pointer"].as_str().unwrap().to_owned())
            .collect()
    }
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let body = String::from_utf8_lossy(&self.body);
        write!(f, "{} {:?} {body}", self.status, self.headers)
    }
}

/// The id in a body.
pub(crate) fn id(body: &Value) -> SubmissionId {
    body["id"].as_str().unwrap().parse().unwrap()
}
