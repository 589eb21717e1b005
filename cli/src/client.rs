//! A client of the HTTP interface, for the commands that talk to a server.

use std::time::{Duration, Instant};

use reqwest::{Method, RequestBuilder, Response};
use serde_json::Value;

use crate::arguments::Server;
use crate::failure::{Doing, Failure};
use crate::settings;
use crate::stream::Pauses;

/// How long a server may take to accept a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a server that has answered before may be away, as it is while it is restarted.
const AWAY_WITHIN: Duration = Duration::from_mins(1);

/// A server and who we are to it.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    server: String,
    gateway: String,
    token: Option<String>,
}

impl Client {
    /// Reads the settings; does not connect yet.
    pub(crate) fn new(server: &Server) -> Result<Self, Failure> {
        // One provider for the process; a second call finds it installed, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .user_agent(concat!("gavel/", env!("CARGO_PKG_VERSION")))
            .build()
            .doing("prepare the HTTP client")?;
        let address = read_address(&server.address)?;
        let gateway = server
            .gateway
            .as_deref()
            .map_or_else(|| Ok(address.clone()), read_address)?;
        let token = settings::or_from_file(server.token.clone(), "GAVEL_TOKEN")?;
        Ok(Self {
            http,
            server: address,
            gateway,
            token,
        })
    }

    /// The gateway's address.
    pub(crate) fn gateway_address(&self) -> &str {
        &self.gateway
    }

    /// The token, where there is one.
    pub(crate) fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// A request to the API; `path` begins below `/api/v1`.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.authorised(self.http.request(method, format!("{}/api/v1{path}", self.server)))
    }

    /// A request to the gateway; `path` begins below `/api/v1`.
    pub(crate) fn request_gateway(&self, path: &str) -> RequestBuilder {
        self.authorised(self.http.get(format!("{}/api/v1{path}", self.gateway)))
    }

    fn authorised(&self, request: RequestBuilder) -> RequestBuilder {
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Sends a request; a refusal becomes its sentence.
    pub(crate) async fn send(&self, request: RequestBuilder) -> Result<Response, Failure> {
        let response = request.send().await.map_err(|error| self.unreachable(&error))?;
        self.checked(response).await
    }

    async fn checked(&self, response: Response) -> Result<Response, Failure> {
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status();
        let body: Value = response.json().await.unwrap_or_default();
        Err(Failure::new(match body["detail"].as_str() {
            Some(detail) => format!("{} refuses: {detail}", self.server),
            None => format!("{} answers {status}: is it Gavel?", self.server),
        }))
    }

    /// Sends a request and reads its JSON.
    pub(crate) async fn json(&self, request: RequestBuilder) -> Result<Value, Failure> {
        self.send(request)
            .await?
            .json()
            .await
            .doing(format!("read the answer of {}", self.server))
    }

    /// The same for what can be asked again: an answer that the server cannot give just now is waited for, within a minute.
    pub(crate) async fn json_in_the_end(&self, ask: impl Fn() -> RequestBuilder) -> Result<Value, Failure> {
        let (begin, mut pauses) = (Instant::now(), Pauses::new());
        loop {
            let failure = match ask().send().await {
                Ok(response) if !response.status().is_server_error() => {
                    return self
                        .checked(response)
                        .await?
                        .json()
                        .await
                        .doing("read the answer");
                }
                Ok(response) => Failure::new(format!("{} answers {}", self.server, response.status())),
                Err(error) => self.unreachable(&error),
            };
            if begin.elapsed() > AWAY_WITHIN {
                return Err(failure);
            }
            tokio::time::sleep(pauses.next()).await;
        }
    }

    fn unreachable(&self, error: &reqwest::Error) -> Failure {
        let reason = if error.is_timeout() {
            "it does not answer in time"
        } else {
            "nobody answers there"
        };
        if error.is_connect() || error.is_timeout() {
            Failure::new(format!(
                "cannot reach {}: {reason}; name the server with --server or GAVEL_SERVER",
                self.server
            ))
        } else {
            Failure::new(format!("the conversation with {} broke: {error}", self.server))
        }
    }
}

fn read_address(address: &str) -> Result<String, Failure> {
    let url = reqwest::Url::parse(address).doing(format!("read the server's address {address:?}"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Failure::new(format!(
            "the server's address {address:?} must begin with http:// or https://"
        )));
    }
    Ok(address.trim_end_matches('/').to_owned())
}
