//! A site on a socket of its own, over SQLite and a bus in process, and what tests do with it.

use std::io::Seek as _;
use std::net::SocketAddr;
use std::path::Path;

use api::{ApiConfig, Desk};
use bus::{Events, Queue};
use domain::{Conclusion, JudgementId, Language, Role, SubmissionId, Timestamp, UserId, Verdict, WorkerId};
use problems::Package;
use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::{Method, RequestBuilder, StatusCode};
use std::time::Duration;
use store::{NewToken, Store, StoreConfig};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use web::WebConfig;

pub(crate) struct Site {
    pub(crate) address: SocketAddr,
    pub(crate) store: Store,
    client: reqwest::Client,
    dir: TempDir,
    stop: CancellationToken,
}

/// What a page answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn location(&self) -> &str {
        self.headers[LOCATION].to_str().unwrap()
    }

    /// The cookies that were set, as a browser sends them back.
    pub(crate) fn cookies(&self) -> String {
        let set = self.headers.get_all(SET_COOKIE).iter();
        let pairs: Vec<&str> = set
            .map(|value| value.to_str().unwrap().split(';').next().unwrap())
            .collect();
        pairs.join("; ")
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Asserts that the page holds a text.
    #[track_caller]
    pub(crate) fn has(&self, text: &str) -> &Self {
        assert!(self.text.contains(text), "no {text:?} in {self:?}");
        self
    }

    /// Asserts that nothing on the page can run, whatever its text says.
    #[track_caller]
    pub(crate) fn is_harmless(&self) {
        let own = "script type=\"module\" src=\"/assets/";
        for tag in self.text.split('<').skip(1).filter(|tag| !tag.starts_with(own)) {
            // What stands in quotes is text, as long as no quote ends it too early.
            let (mut bare, mut quoted) = (String::new(), String::new());
            for (at, part) in tag.split('"').enumerate() {
                if at % 2 == 1 {
                    quoted.push_str(part);
                } else if let Some((end, _)) = part.split_once('>') {
                    bare.push_str(end);
                    break;
                } else {
                    bare.push_str(part);
                }
            }
            for bad in [" on", "style=", "src=x"] {
                assert!(!bare.contains(bad), "<{tag}> in {self:?}");
            }
            for bad in ["script", "iframe", "style", "object", "svg onload"] {
                assert!(!bare.starts_with(bad), "<{tag}> in {self:?}");
            }
            assert!(
                !quoted.trim_start().starts_with("javascript:"),
                "<{tag}> in {self:?}"
            );
        }
    }

    #[track_caller]
    pub(crate) fn has_not(&self, text: &str) -> &Self {
        assert!(!self.text.contains(text), "there is {text:?} in {self:?}");
        self
    }
}

fn language(id: &str, name: &str, ending: &str) -> Language {
    Language {
        id: id.parse().unwrap(),
        name: name.to_owned(),
        aliases: Vec::new(),
        extensions: vec![ending.to_owned()],
        version: None,
        unavailable: None,
        guide: None,
        is_untried: false,
    }
}

impl Site {
    pub(crate) async fn open() -> Self {
        Self::start(true).await
    }

    pub(crate) async fn closed() -> Self {
        Self::start(false).await
    }

    async fn start(open: bool) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&StoreConfig {
            database_url: format!("sqlite:{}", dir.path().join("gavel.db").display()),
            objects: dir.path().join("objects"),
            max_connections: 4,
        })
        .await
        .unwrap();
        store.migrate().await.unwrap();
        let config = ApiConfig {
            open,
            allowed_hosts: Vec::new(),
            body_bytes: 64 << 10,
            package_bytes: 1 << 20,
            operator: api::Operator {
                choices: domain::Choices {
                    registration: Some(true),
                    ..domain::Choices::default()
                },
                flags: Vec::new(),
            },
            max_wait_seconds: 30,
            scratch: dir.path().join("scratch"),
            languages: vec![
                language("python3", "Python 3", "py"),
                language("cpp", "C++", "cpp"),
            ],
        };
        let stop = CancellationToken::new();
        let desk = Desk::new(
            config,
            store.clone(),
            Queue::in_process(),
            Events::in_process(),
            stop.clone(),
        );
        let pages = web::router(
            WebConfig {
                scratch: dir.path().join("scratch"),
            },
            desk.clone(),
        );
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let service = desk
            .router(pages)
            .into_make_service_with_connect_info::<SocketAddr>();
        let stopped = stop.clone().cancelled_owned();
        #[expect(clippy::disallowed_methods, reason = "it ends with the runtime of the test")]
        tokio::spawn(async move {
            axum::serve(listener, service)
                .with_graceful_shutdown(stopped)
                .await
        });
        // Installed once a process; another test of it may have been first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        Self {
            address,
            store,
            client,
            dir,
            stop,
        }
    }

    /// Stores a problem of the library.
    pub(crate) async fn library(&self, name: &str) {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../problems/library")
            .join(name);
        self.package(&root, name).await;
    }

    /// Stores a package.
    pub(crate) async fn package(&self, root: &Path, id: &str) {
        let package = Package::open(root).unwrap();
        let owner: UserId = "setter".parse().unwrap();
        let hash = package.hash().unwrap();
        let record = package.record(id.parse().unwrap(), owner, hash, Timestamp(1_700_000_000_000_000));
        let mut zip = tempfile::tempfile_in(self.dir.path()).unwrap();
        package.zip(&mut zip).unwrap();
        zip.rewind().unwrap();
        self.store
            .put_problem(&record, tokio::fs::File::from_std(zip))
            .await
            .unwrap();
    }

    /// Stores a package made of these files and what every package has.
    pub(crate) async fn package_of(&self, id: &str, name: &str, files: &[(&str, &str)]) {
        let root = self.dir.path().join("packages").join(id);
        let yaml = format!(
            "problem_format_version: 2025-09\nname: {}\nuuid: 7692f806-cf27-4413-8ac6-becb7933ffb2\n\
             license: cc0\ncredits: Ann\nlimits: {{time_limit: 1}}\n",
            serde_json::Value::from(name)
        );
        let usual = [
            ("problem.yaml", yaml.as_str()),
            ("data/secret/1.in", "1\n"),
            ("data/secret/1.ans", "1\n"),
            ("submissions/accepted/a.py", "print(input())\n"),
            ("input_validators/v.py", "exit(42)\n"),
        ];
        for (path, content) in usual.iter().chain(files) {
            let path = root.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, content).unwrap();
        }
        self.package(&root, id).await;
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

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client
            .request(method, format!("http://{}{path}", self.address))
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    pub(crate) async fn get_as(&self, cookies: &str, path: &str) -> Answer {
        self.send(self.request(Method::GET, path).header(COOKIE, cookies))
            .await
    }

    /// Sends a form as a browser does from a page of the site.
    pub(crate) async fn post_as(&self, cookies: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{name}={}", escape(value)))
            .collect();
        let request = self
            .request(Method::POST, path)
            .header(COOKIE, cookies)
            .header("sec-fetch-site", "same-origin")
            .header("origin", format!("http://{}", self.address))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body.join("&"));
        self.send(request).await
    }

    /// Sends the form to submit; a file has a name.
    pub(crate) async fn submit_as(
        &self,
        cookies: &str,
        problem: &str,
        parts: &[(&str, Option<&str>, &str)],
    ) -> Answer {
        let mut body = String::new();
        for (name, file, value) in parts {
            let file = file
                .map(|file| format!("; filename=\"{file}\""))
                .unwrap_or_default();
            body = format!(
                "{body}--xyz\r\ncontent-disposition: form-data; name=\"{name}\"{file}\r\n\r\n{value}\r\n"
            );
        }
        body.push_str("--xyz--\r\n");
        let request = self
            .request(Method::POST, &format!("/problems/{problem}/submit"))
            .header(COOKIE, cookies)
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "multipart/form-data; boundary=xyz")
            .body(body);
        self.send(request).await
    }

    pub(crate) async fn send(&self, request: RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        Answer {
            status: response.status(),
            headers: response.headers().clone(),
            text: response.text().await.unwrap(),
        }
    }

    /// Judges the submission of a page as a worker would.
    pub(crate) async fn judge(&self, submission: &str, conclusion: Conclusion) {
        let id: SubmissionId = submission.rsplit('/').next().unwrap().parse().unwrap();
        let judgement: JudgementId = self.store.submission(id).await.unwrap().unwrap().judgement.id;
        let work = self
            .store
            .claim(&[judgement], WorkerId::new(), Duration::from_mins(1))
            .await
            .unwrap();
        self.store
            .commit(&work[0].lease, &conclusion)
            .await
            .unwrap()
            .unwrap();
    }

    /// The path of a new submission.
    pub(crate) async fn submitted(&self, cookies: &str, problem: &str, name: &str, source: &str) -> String {
        let parts = [
            ("language", None, "python3"),
            ("name", None, name),
            ("source", None, source),
        ];
        let answer = self.submit_as(cookies, problem, &parts).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{answer:?}");
        answer.location().to_owned()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

pub(crate) fn accepted() -> Conclusion {
    Conclusion {
        cases_total: 1,
        ..Conclusion::of(Verdict::Ac)
    }
}

pub(crate) fn escape(text: &str) -> String {
    let bytes: Vec<String> = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
    bytes.concat()
}
