//! What is sent and told of accounts.

use domain::{Role, Timestamp, UserId};
use serde::Serialize;
use store::{PersonRecord, TokenRecord};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::accounts::{MadeAccount, PersonView};

/// An account.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Account)]
pub(super) struct AccountBody {
    /// Whose.
    #[schema(value_type = String, example = "ann")]
    name: UserId,
    /// What they may do.
    #[schema(value_type = String, example = "user")]
    role: Role,
    /// When it was made.
    #[schema(value_type = String, format = "date-time")]
    created_at: Timestamp,
    /// When they last signed in; null where they never did.
    #[schema(value_type = Option<String>, format = "date-time")]
    signed_in_at: Option<Timestamp>,
    /// Since when they may not sign in; null where they may.
    #[schema(value_type = Option<String>, format = "date-time")]
    disabled_at: Option<Timestamp>,
}

/// Somebody, with all that they hold.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = User)]
pub(super) struct PersonBody {
    /// Their name.
    #[schema(value_type = String, example = "ann")]
    name: UserId,
    /// Their account; null for who only has tokens, or has submitted.
    account: Option<AccountBody>,
    /// How many submissions they have made.
    submissions: u64,
    /// Their tokens that are good, the newest first.
    tokens: Vec<HeldBody>,
    /// Their sessions that have not ended, the newest first.
    sessions: Vec<HeldBody>,
}

/// A token or a session.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Held)]
struct HeldBody {
    /// Names it when it is to be revoked. No secret.
    #[schema(value_type = String, format = "uuid")]
    id: Uuid,
    /// What it allows.
    #[schema(value_type = String)]
    role: Role,
    /// What it is for.
    label: String,
    /// When it was made.
    #[schema(value_type = String, format = "date-time")]
    created_at: Timestamp,
    /// When it ends; null for never.
    #[schema(value_type = Option<String>, format = "date-time")]
    expires_at: Option<Timestamp>,
}

/// An account to be made.
#[expect(dead_code, reason = "the schema of what `users` reads")]
#[derive(ToSchema)]
pub(super) struct AccountRequest {
    /// Their name.
    #[schema(example = "team07")]
    name: String,
    /// user, setter or admin; user where it is missing.
    role: Option<String>,
    /// Their password, of at least eight characters; one is made where it is missing.
    password: Option<String>,
}

/// Accounts to be made.
#[expect(dead_code, reason = "the schema of what `users` reads")]
#[derive(ToSchema)]
pub(super) struct AccountsRequest {
    /// At most a thousand.
    users: Vec<AccountRequest>,
}

/// What is to be changed of an account. What is missing stays.
#[expect(dead_code, reason = "the schema of what `users` reads")]
#[derive(ToSchema)]
pub(super) struct AccountChange {
    /// user, setter or admin.
    role: Option<String>,
    /// Whether they may not sign in any more.
    disabled: Option<bool>,
}

/// A password to be set.
#[expect(dead_code, reason = "the schema of what `users` reads")]
#[derive(ToSchema)]
pub(super) struct PasswordRequest {
    /// The new password; one is made where it is missing.
    password: Option<String>,
}

/// A password that was set.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NewPassword)]
pub(super) struct PasswordBody {
    /// The password, where it was made here: told this once. Null where it was given.
    pub(super) password: Option<String>,
}

/// An account that was made.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NewAccount)]
pub(super) struct MadeAccountBody {
    /// Their name.
    #[schema(value_type = String)]
    name: UserId,
    /// What they may do.
    #[schema(value_type = String)]
    role: Role,
    /// The password, where it was made here: told this once. Null where it was given.
    password: Option<String>,
}

/// Accounts that were made.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NewAccounts)]
pub(super) struct MadeAccountsBody {
    /// In the order given.
    pub(super) users: Vec<MadeAccountBody>,
}

impl From<PersonRecord> for AccountBody {
    fn from(record: PersonRecord) -> Self {
        let PersonRecord {
            id,
            role,
            created_at,
            disabled_at,
            signed_in_at,
        } = record;
        Self {
            name: id,
            role,
            created_at,
            signed_in_at,
            disabled_at,
        }
    }
}

impl From<PersonView> for PersonBody {
    fn from(view: PersonView) -> Self {
        let PersonView {
            name,
            account,
            submissions,
            tokens,
            sessions,
        } = view;
        Self {
            name,
            account: account.map(Into::into),
            submissions,
            tokens: tokens.into_iter().map(Into::into).collect(),
            sessions: sessions.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<TokenRecord> for HeldBody {
    fn from(record: TokenRecord) -> Self {
        let TokenRecord {
            id,
            role,
            label,
            created_at,
            expires_at,
        } = record;
        Self {
            id,
            role,
            label,
            created_at,
            expires_at,
        }
    }
}

impl From<MadeAccount> for MadeAccountBody {
    fn from(made: MadeAccount) -> Self {
        let MadeAccount { name, role, password } = made;
        Self { name, role, password }
    }
}
