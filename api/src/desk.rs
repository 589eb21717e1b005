//! The use cases behind the endpoints, for the pages: they may do what a client of the interface may do, and no more.
//!
//! The pages run in the same process and call these functions instead of sending themselves requests. Every function
//! takes the principal, and asks the same questions of it as the endpoint of that name does.

mod administration;
mod setters;

use axum::http::request::Parts;
use bus::{Events, Queue};
use domain::{
    JudgeMessage, Language, Principal, ProblemId, ProblemRecord, Refusal, Run, SourceFile, SubmissionId,
    SubmissionView, Trial, TrialOutput, UserId,
};
use store::{NewToken, Outstanding, Store, SubmissionFilter, TimelineRecord, TokenRecord};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::app::App;
use crate::asker;
use crate::failure::{Failure, Result as Answer};
use crate::known_languages::languages;
use crate::reading::{listable, trial, trial_runs, visible};
use crate::submit::{Draft, Names, Source, accept};
use crate::{ApiConfig, endpoints, judge_messages, layers, seeing, timeline, token_rights};

/// Result of a use case.
pub type Result<T> = std::result::Result<T, Refusal>;

/// The use cases, and the router of the endpoints that offer the same. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Desk(App);

/// A submission to be made.
#[derive(Debug, Clone)]
pub struct NewSubmission {
    /// In whose name; the principal's own where it is missing.
    pub user: Option<UserId>,
    /// The problem's id.
    pub problem: String,
    /// The language's id, name or alias.
    pub language: String,
    /// What is submitted.
    pub source: NewSource,
}

/// The source of a new submission.
#[derive(Debug, Clone)]
pub enum NewSource {
    /// One text; its file gets the language's usual name.
    Text(String),
    /// Files with names of their own.
    Files(Vec<SourceFile>),
}

impl Desk {
    /// The desk of a process. When `stop` is cancelled, long polls answer at once and readiness turns to draining.
    pub fn new(
        config: ApiConfig,
        store: Store,
        queue: Queue,
        events: Events,
        stop: CancellationToken,
    ) -> Self {
        let (_, document) = endpoints::routes().split_for_parts();
        Self(App::new(config, store, queue, events, stop, document))
    }

    /// The endpoints; what they do not serve, `pages` do.
    pub fn router(&self, pages: axum::Router) -> axum::Router {
        let (routes, _) = endpoints::routes().split_for_parts();
        let routes = routes.fallback_service(pages);
        layers::around(routes, self.0.hosts.clone()).with_state(self.0.clone())
    }

    /// The answer to a path of the interface that is not served.
    pub fn unknown_path(path: &str) -> axum::response::Response {
        axum::response::IntoResponse::into_response(layers::not_served(path))
    }

    /// Whether requests need no token.
    pub fn is_open(&self) -> bool {
        self.0.config.open
    }

    /// The largest body that is not a package, in bytes.
    pub fn body_bytes(&self) -> usize {
        self.0.config.body_bytes
    }

    /// The store, for what is not a use case of the interface.
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// Who sends a request.
    pub async fn asker(&self, parts: &Parts) -> Result<Principal> {
        told(asker::principal(parts, &self.0).await)
    }

    /// Submits a program.
    pub async fn submit(&self, principal: Principal, new: NewSubmission) -> Result<SubmissionView> {
        self.take(principal, new, None).await
    }

    /// Runs a program on that input, or on the problem's samples, without submitting it.
    pub async fn try_out(
        &self,
        principal: Principal,
        new: NewSubmission,
        input: Option<String>,
    ) -> Result<SubmissionView> {
        let trial = input.map_or(Trial::Samples, Trial::Input);
        self.take(principal, new, Some(trial)).await
    }

    /// A trial, its runs, and what the program wrote in them.
    pub async fn trial(
        &self,
        principal: &Principal,
        id: SubmissionId,
    ) -> Result<(SubmissionView, Vec<(Run, TrialOutput)>)> {
        told(
            async {
                let view = trial(&self.0, principal, id).await?;
                let runs = trial_runs(&self.0, &view).await?;
                Ok((view, runs))
            }
            .await,
        )
    }

    async fn take(
        &self,
        principal: Principal,
        new: NewSubmission,
        trial: Option<Trial>,
    ) -> Result<SubmissionView> {
        let draft = Draft {
            user: new.user,
            problem: Some(new.problem),
            language: Some(new.language),
            source: match new.source {
                NewSource::Text(text) => Source::Text(text, None),
                NewSource::Files(files) => Source::Files(files),
            },
            entry_point: None,
            trial,
            errors: Vec::new(),
            names: Names {
                user: "name",
                problem: "problem",
                language: "language",
                source: "source",
            },
        };
        told(accept(&self.0, principal, draft, None).await).map(|accepted| accepted.view)
    }

    /// A submission with its newest judgement.
    pub async fn submission(&self, principal: &Principal, id: SubmissionId) -> Result<SubmissionView> {
        told(visible(&self.0, principal, id).await)
    }

    /// The runs of a submission's newest judgement.
    pub async fn runs(&self, view: &SubmissionView) -> Result<Vec<Run>> {
        told(self.0.store.runs(view.judgement.id).await.map_err(Failure::from))
    }

    /// The source of a submission.
    pub async fn source(&self, principal: &Principal, id: SubmissionId) -> Result<Vec<SourceFile>> {
        told(visible(&self.0, principal, id).await)?;
        let files = told(self.0.store.source(id).await.map_err(Failure::from))?;
        files.ok_or_else(|| Failure::not_found("submission", id).refusal)
    }

    /// When a submission's newest judgement was where; what went wrong on the way, as far as the principal may read it.
    pub async fn timeline(&self, principal: &Principal, view: &SubmissionView) -> Result<TimelineRecord> {
        told(timeline::readable(&self.0, principal, view).await)
    }

    /// What was said for judges of a submission, as far as the principal may read it.
    pub async fn judge_messages(
        &self,
        principal: &Principal,
        view: &SubmissionView,
    ) -> Result<Vec<JudgeMessage>> {
        told(judge_messages::readable(&self.0, principal, view).await)
    }

    /// Submissions, the newest first: of everybody where the principal may see them, else the principal's own.
    pub async fn submissions(
        &self,
        principal: &Principal,
        mut filter: SubmissionFilter,
        before: Option<SubmissionId>,
        limit: u32,
    ) -> Result<Vec<SubmissionView>> {
        filter.user = told(listable(&self.0, principal, &filter).await)?;
        told(
            self.0
                .store
                .submissions(&filter, before, limit)
                .await
                .map_err(Failure::from),
        )
    }

    /// A problem that somebody may see.
    pub async fn problem(&self, principal: &Principal, id: &ProblemId) -> Result<ProblemRecord> {
        told(seeing::problem(&self.0, principal, id).await)
    }

    /// Problems that somebody may see, by id, after `after`.
    pub async fn problems(
        &self,
        principal: &Principal,
        after: Option<&ProblemId>,
        limit: u32,
    ) -> Result<Vec<ProblemRecord>> {
        self.problems_of(principal, None, after, limit).await
    }

    /// The languages that are known, and whether they can be used now.
    pub async fn languages(&self) -> Result<Vec<Language>> {
        told(languages(&self.0).await)
    }

    /// Makes a token of the API.
    pub async fn create_token(&self, principal: &Principal, new: &NewToken) -> Result<String> {
        told(token_rights::make(&self.0, principal, new).await)
    }

    /// The principal's own tokens, the newest first.
    pub async fn tokens(&self, principal: &Principal) -> Result<Vec<TokenRecord>> {
        told(token_rights::own(&self.0, principal).await)
    }

    /// Ends one of the principal's own tokens.
    pub async fn revoke_token(&self, principal: &Principal, id: Uuid) -> Result<()> {
        told(token_rights::revoke(&self.0, principal, id).await)
    }

    /// Ends the session that sent a request, if it was one.
    pub async fn end_session(&self, parts: &Parts) -> Result<()> {
        if let Some(holder) = told(asker::holder(parts, &self.0).await)? {
            told(
                self.0
                    .store
                    .revoke_token(holder.token)
                    .await
                    .map_err(Failure::from),
            )?;
        }
        Ok(())
    }

    /// How many judgements wait and run.
    pub async fn outstanding(&self) -> Result<Outstanding> {
        told(self.0.store.outstanding().await.map_err(Failure::from))
    }
}

fn told<T>(answer: Answer<T>) -> Result<T> {
    answer.map_err(|failure| failure.refusal)
}
