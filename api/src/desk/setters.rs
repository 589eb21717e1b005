//! The use cases of setters: upload, versions, publish and hide, verify, rejudge.

use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use domain::{Principal, ProblemId, ProblemRecord, RejudgeId, SubmissionId, UserId, VerificationId};
use store::{Change, RejudgeRecord, RejudgeState, VerificationRecord, VersionRecord};

use super::{Desk, Result, told};
use crate::failure::Failure;
use crate::rejudging::{Rejudge, RejudgeWish};
use crate::routing::{Routing, RoutingWish};
use crate::seeing::{own, seen_by};
use crate::uploading::{self, Stored, Target, Wishes};
use crate::verifying::Verification;
use crate::{rejudging, routing, verifying, versions};

impl Desk {
    /// The largest package, in bytes.
    pub fn package_bytes(&self) -> u64 {
        self.0.config.package_bytes
    }

    /// A problem, for whom may change it.
    pub async fn own_problem(&self, principal: &Principal, id: &ProblemId) -> Result<ProblemRecord> {
        told(own(&self.0, principal, id).await)
    }

    /// The problems of an owner that somebody may see, or all, by id, after `after`.
    pub async fn problems_of(
        &self,
        principal: &Principal,
        owner: Option<&UserId>,
        after: Option<&ProblemId>,
        limit: u32,
    ) -> Result<Vec<ProblemRecord>> {
        let found = self.0.store.problems(seen_by(principal), owner, after, limit);
        told(found.await.map_err(Failure::from))
    }

    /// Takes a package in. `wishes` are what the form says beside it, whatever becomes of it.
    pub async fn upload(
        &self,
        principal: &Principal,
        target: Target,
        wishes: &mut Wishes,
        request: Request,
    ) -> Result<Stored> {
        if let Target::Problem(id) = &target {
            told(own(&self.0, principal, id).await)?;
        }
        told(uploading::upload(&self.0, principal, target, wishes, request).await)
    }

    /// Hides a problem, or shows it to everybody.
    pub async fn set_hidden(
        &self,
        principal: &Principal,
        id: &ProblemId,
        is_hidden: bool,
    ) -> Result<ProblemRecord> {
        told(versions::set_hidden(&self.0, principal, id, is_hidden).await)
    }

    /// Where submissions to a problem go.
    pub async fn routing(&self, principal: &Principal, id: &ProblemId) -> Result<Routing> {
        told(routing::read(&self.0, principal, id).await)
    }

    /// Sends what is submitted to a problem from now on elsewhere.
    pub async fn route(&self, principal: &Principal, id: &ProblemId, wish: RoutingWish) -> Result<Routing> {
        told(routing::change(&self.0, principal, id, wish).await)
    }

    /// The versions of a problem, the newest first, before the one of that number.
    pub async fn versions(
        &self,
        principal: &Principal,
        id: &ProblemId,
        before: Option<u32>,
        limit: u32,
    ) -> Result<Vec<VersionRecord>> {
        told(own(&self.0, principal, id).await)?;
        told(
            self.0
                .store
                .versions(id, before, limit)
                .await
                .map_err(Failure::from),
        )
    }

    /// The zip of a version, and its length in bytes.
    pub async fn package(&self, principal: &Principal, id: &ProblemId, number: u32) -> Result<(Body, u64)> {
        told(versions::open(&self.0, principal, id, number).await)
    }

    /// Makes an older version current again.
    pub async fn restore_version(
        &self,
        principal: &Principal,
        id: &ProblemId,
        number: u32,
    ) -> Result<ProblemRecord> {
        told(versions::restore(&self.0, principal, id, number).await)
    }

    /// Verifies a version of a problem, or the current one.
    pub async fn verify(
        &self,
        principal: &Principal,
        id: &ProblemId,
        version: Option<u32>,
    ) -> Result<Verification> {
        told(verifying::start(&self.0, principal, id, version).await)
    }

    /// A verification of a problem as it stands.
    pub async fn verification(
        &self,
        principal: &Principal,
        problem: &ProblemId,
        id: VerificationId,
    ) -> Result<Verification> {
        told(verifying::read(&self.0, principal, problem, id, Duration::ZERO).await)
    }

    /// The newest verifications of a problem.
    pub async fn verifications(
        &self,
        principal: &Principal,
        id: &ProblemId,
        limit: u32,
    ) -> Result<Vec<VerificationRecord>> {
        told(own(&self.0, principal, id).await)?;
        told(
            self.0
                .store
                .verifications(id, None, limit)
                .await
                .map_err(Failure::from),
        )
    }

    /// Judges submissions to a problem anew, apart from what counts.
    pub async fn rejudge(&self, principal: &Principal, id: &ProblemId, wish: RejudgeWish) -> Result<Rejudge> {
        told(rejudging::start(&self.0, principal, id, wish).await)
    }

    /// A rejudge of a problem as it stands.
    pub async fn rejudge_of(
        &self,
        principal: &Principal,
        problem: &ProblemId,
        id: RejudgeId,
    ) -> Result<Rejudge> {
        told(rejudging::read(&self.0, principal, problem, id, Duration::ZERO).await)
    }

    /// The newest rejudges of a problem.
    pub async fn rejudges(
        &self,
        principal: &Principal,
        id: &ProblemId,
        limit: u32,
    ) -> Result<Vec<RejudgeRecord>> {
        told(own(&self.0, principal, id).await)?;
        told(
            self.0
                .store
                .rejudges(id, None, limit)
                .await
                .map_err(Failure::from),
        )
    }

    /// What a rejudge changes, by the submissions' ids, after `after`.
    pub async fn rejudge_changes(
        &self,
        principal: &Principal,
        problem: &ProblemId,
        id: RejudgeId,
        after: Option<SubmissionId>,
        limit: u32,
    ) -> Result<Vec<Change>> {
        told(rejudging::changes(&self.0, principal, problem, id, after, limit).await)
    }

    /// Makes what a rejudge found count.
    pub async fn apply_rejudge(
        &self,
        principal: &Principal,
        problem: &ProblemId,
        id: RejudgeId,
    ) -> Result<Rejudge> {
        told(rejudging::decide(&self.0, principal, problem, id, RejudgeState::Applied).await)
    }

    /// Gives up what a rejudge found.
    pub async fn discard_rejudge(
        &self,
        principal: &Principal,
        problem: &ProblemId,
        id: RejudgeId,
    ) -> Result<Rejudge> {
        told(rejudging::decide(&self.0, principal, problem, id, RejudgeState::Discarded).await)
    }
}
