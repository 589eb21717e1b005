//! What is written down of who did what.

use serde::{Deserialize, Serialize};

/// What somebody did, as the audit log names it. The names are stable: people search for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Action {
    /// Somebody signed in.
    SignedIn,
    /// Somebody tried to sign in and was not let in.
    SignInFailed,
    /// Somebody made an account for themselves.
    Registered,
    /// An administrator made an account.
    UserCreated,
    /// An account got another role.
    RoleChanged,
    /// An account got another password.
    PasswordChanged,
    /// An account was disabled.
    UserDisabled,
    /// An account was enabled again.
    UserEnabled,
    /// A token was made.
    TokenMade,
    /// A token or a session was ended.
    TokenRevoked,
    /// A package made a problem.
    ProblemUploaded,
    /// A package replaced another one.
    ProblemReplaced,
    /// A problem was published.
    ProblemPublished,
    /// A problem was hidden.
    ProblemHidden,
    /// A problem is judged elsewhere, or sooner or later.
    ProblemRouted,
    /// Submissions are judged again.
    Rejudged,
    /// A submission was cancelled.
    Cancelled,
    /// A setting was changed.
    SettingsChanged,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 18] = [
        Self::SignedIn,
        Self::SignInFailed,
        Self::Registered,
        Self::UserCreated,
        Self::RoleChanged,
        Self::PasswordChanged,
        Self::UserDisabled,
        Self::UserEnabled,
        Self::TokenMade,
        Self::TokenRevoked,
        Self::ProblemUploaded,
        Self::ProblemReplaced,
        Self::ProblemPublished,
        Self::ProblemHidden,
        Self::ProblemRouted,
        Self::Rejudged,
        Self::Cancelled,
        Self::SettingsChanged,
    ];

    /// The id on the wire and in the store.
    pub const fn id(self) -> &'static str {
        match self {
            Self::SignedIn => "sign-in",
            Self::SignInFailed => "sign-in.failed",
            Self::Registered => "user.registered",
            Self::UserCreated => "user.created",
            Self::RoleChanged => "user.role",
            Self::PasswordChanged => "user.password",
            Self::UserDisabled => "user.disabled",
            Self::UserEnabled => "user.enabled",
            Self::TokenMade => "token.made",
            Self::TokenRevoked => "token.revoked",
            Self::ProblemUploaded => "problem.uploaded",
            Self::ProblemReplaced => "problem.replaced",
            Self::ProblemPublished => "problem.published",
            Self::ProblemHidden => "problem.hidden",
            Self::ProblemRouted => "problem.routed",
            Self::Rejudged => "rejudged",
            Self::Cancelled => "submission.cancelled",
            Self::SettingsChanged => "settings.changed",
        }
    }

    /// The action of that id.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.id() == id)
    }

    /// In words, as a sentence goes on after who did it.
    pub const fn words(self) -> &'static str {
        match self {
            Self::SignedIn => "signed in",
            Self::SignInFailed => "was not let in",
            Self::Registered => "made an account",
            Self::UserCreated => "created a user",
            Self::RoleChanged => "changed a role",
            Self::PasswordChanged => "changed a password",
            Self::UserDisabled => "disabled a user",
            Self::UserEnabled => "enabled a user",
            Self::TokenMade => "made a token",
            Self::TokenRevoked => "revoked a token",
            Self::ProblemUploaded => "uploaded a problem",
            Self::ProblemReplaced => "replaced a package",
            Self::ProblemPublished => "published a problem",
            Self::ProblemHidden => "hid a problem",
            Self::ProblemRouted => "routed a problem",
            Self::Rejudged => "had submissions judged again",
            Self::Cancelled => "cancelled a submission",
            Self::SettingsChanged => "changed a setting",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_name_one_action_each() {
        for action in Action::ALL {
            assert_eq!(Action::from_id(action.id()), Some(action));
        }
    }
}
