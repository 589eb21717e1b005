//! The use cases of administrators, for their pages.

use std::fmt::Display;
use std::sync::Arc;

use domain::{Action, Principal, Role, Setting, Settings, SubmissionId, SubmissionView, UserId};
use serde_json::Value;
use store::{AuditEntry, AuditFilter, InWork, PersonFilter, PersonRecord};
use uuid::Uuid;

use super::{Desk, Result, told};
use crate::accounts::{self, MadeAccount, NewAccount, PersonView};
use crate::queue_status::{self, QueueStatus};
use crate::settings::{self, Flag, SettingView};
use crate::{audit, cancelling};

impl Desk {
    /// The settings that hold, as they were within the last seconds.
    pub async fn settings(&self) -> Arc<Settings> {
        self.0.settings.current(&self.0).await
    }

    /// All settings, and who has said what.
    pub async fn setting_views(&self, principal: &Principal) -> Result<Vec<SettingView>> {
        told(settings::list(&self.0, principal).await)
    }

    /// The flags of this process.
    pub fn flags(&self, principal: &Principal) -> Result<&[Flag]> {
        told(settings::flags(&self.0, principal))
    }

    /// Chooses settings, or takes back what was chosen where that is null: all of them or none.
    pub async fn change_settings(&self, principal: &Principal, wanted: &[(Setting, Value)]) -> Result<()> {
        told(settings::change(&self.0, principal, wanted).await)
    }

    /// Accounts by name, after `after`.
    pub async fn people(
        &self,
        principal: &Principal,
        filter: &PersonFilter,
        after: Option<&UserId>,
        limit: u32,
    ) -> Result<Vec<PersonRecord>> {
        told(accounts::list(&self.0, principal, filter, after, limit).await)
    }

    /// All there is to know of somebody.
    pub async fn person(&self, principal: &Principal, name: &UserId) -> Result<PersonView> {
        told(accounts::get(&self.0, principal, name).await)
    }

    /// Makes accounts, all or none; what is wrong is told by its place among them: `/3/name`.
    pub async fn create_people(
        &self,
        principal: &Principal,
        wanted: Vec<NewAccount>,
    ) -> Result<Vec<MadeAccount>> {
        told(accounts::create(&self.0, principal, wanted).await)
    }

    /// Gives an account another role.
    pub async fn set_role(&self, principal: &Principal, name: &UserId, role: Role) -> Result<()> {
        told(accounts::set_role(&self.0, principal, name, role).await)
    }

    /// Disables an account, or enables it again.
    pub async fn set_disabled(&self, principal: &Principal, name: &UserId, disabled: bool) -> Result<()> {
        told(accounts::set_disabled(&self.0, principal, name, disabled).await)
    }

    /// Gives an account another password; tells it, where it was made here.
    pub async fn set_password(
        &self,
        principal: &Principal,
        name: &UserId,
        password: Option<String>,
    ) -> Result<Option<String>> {
        told(accounts::set_password(&self.0, principal, name, password).await)
    }

    /// Ends a token or a session of somebody.
    pub async fn revoke_token_of(&self, principal: &Principal, name: &UserId, id: Uuid) -> Result<()> {
        told(accounts::revoke(&self.0, principal, name, id).await)
    }

    /// What waits, what runs, and who works on it.
    pub async fn queue(&self, principal: &Principal) -> Result<QueueStatus> {
        told(queue_status::read(&self.0, principal).await)
    }

    /// What runs, and what waits: `limit` of each at most, for who may see everybody's submissions.
    pub async fn in_work(&self, principal: &Principal, limit: u32) -> Result<(Vec<InWork>, Vec<InWork>)> {
        told(queue_status::in_work(&self.0, principal, limit).await)
    }

    /// Cancels a submission that has no verdict yet.
    pub async fn cancel(&self, principal: &Principal, id: SubmissionId) -> Result<SubmissionView> {
        told(cancelling::cancel(&self.0, principal, id).await)
    }

    /// The audit log, the newest first.
    pub async fn audit_log(
        &self,
        principal: &Principal,
        filter: &AuditFilter,
        before: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<AuditEntry>> {
        told(audit::read(&self.0, principal, filter, before, limit).await)
    }

    /// Writes into the audit log that somebody did something; right after it.
    pub async fn note(&self, principal: &Principal, action: Action, subject: impl Display, details: Value) {
        audit::note(&self.0, principal, action, subject, details).await;
    }

    /// Writes down what anybody can cause, as far as it is not too much.
    pub async fn note_sparingly(&self, action: Action, subject: impl Display) {
        audit::note_sparingly(&self.0, action, subject).await;
    }
}
