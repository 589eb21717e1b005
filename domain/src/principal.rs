//! Who is asking, and what they may do.

use serde::{Deserialize, Serialize};

use crate::{ProblemRecord, UserId};

/// What somebody may do, from least to most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Reads what is public.
    Anonymous,
    /// Submits, and reads own submissions.
    User,
    /// Uploads and replaces own problems.
    Setter,
    /// Everything.
    Admin,
}

impl Role {
    /// Every role that a token can have.
    pub const WITH_TOKEN: [Self; 3] = [Self::User, Self::Setter, Self::Admin];

    /// The id on the wire and in the store.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Anonymous => "anonymous",
            Self::User => "user",
            Self::Setter => "setter",
            Self::Admin => "admin",
        }
    }

    /// The role of that id, if a token can have it.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::WITH_TOKEN.into_iter().find(|role| role.id() == id)
    }
}

/// Who is asking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// Nobody in particular, where tokens are required.
    Anonymous,
    /// Nobody in particular, where none are ("open mode"): may submit as, and read as, anybody; may not administer.
    Open,
    /// The holder of a token.
    Known {
        /// The user that the token belongs to.
        user: UserId,
        /// What the token allows.
        role: Role,
    },
}

impl Principal {
    /// The role for which rights are granted.
    pub const fn role(&self) -> Role {
        match self {
            Self::Anonymous => Role::Anonymous,
            Self::Open => Role::User,
            Self::Known { role, .. } => *role,
        }
    }

    /// The user, where one is known.
    pub const fn user(&self) -> Option<&UserId> {
        match self {
            Self::Known { user, .. } => Some(user),
            Self::Anonymous | Self::Open => None,
        }
    }

    /// Whether they may submit in the name of `user`.
    pub fn may_submit_as(&self, user: &UserId) -> bool {
        match self {
            Self::Anonymous => false,
            Self::Open => true,
            Self::Known { user: own, role } => own == user || *role >= Role::Admin,
        }
    }

    /// Whether they may see the submissions of `user`, and be told of them.
    pub fn may_see_submissions_of(&self, user: &UserId) -> bool {
        self.may_submit_as(user)
    }

    /// Whether they may list everybody's submissions.
    pub fn may_see_all_submissions(&self) -> bool {
        matches!(self, Self::Open) || self.role() >= Role::Admin
    }

    /// Whether they may administer: make tokens, see workers by name.
    pub fn may_administer(&self) -> bool {
        self.role() >= Role::Admin
    }

    /// Whether they may upload a new problem.
    pub fn may_create_problems(&self) -> bool {
        self.role() >= Role::Setter
    }

    /// Whether they may replace this problem's package.
    pub fn may_replace(&self, problem: &ProblemRecord) -> bool {
        self.role() >= Role::Admin || self.role() >= Role::Setter && self.user() == Some(&problem.owner)
    }

    /// Whether they may see that there is such a problem.
    pub fn may_see(&self, problem: &ProblemRecord) -> bool {
        !problem.is_hidden || self.may_administer() || self.user() == Some(&problem.owner)
    }

    /// Whether they may read what is secret in this problem's package: its test data, and what its validators say of them.
    pub fn may_read_secrets_of(&self, problem: &ProblemRecord) -> bool {
        self.may_replace(problem)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(user: &str, role: Role) -> Principal {
        Principal::Known {
            user: user.parse().unwrap(),
            role,
        }
    }

    #[test]
    fn a_user_sees_only_own_submissions() {
        let ann: UserId = "ann".parse().unwrap();
        assert!(known("ann", Role::User).may_see_submissions_of(&ann));
        assert!(!known("bob", Role::User).may_see_submissions_of(&ann));
        assert!(!known("bob", Role::Setter).may_see_submissions_of(&ann));
        assert!(known("bob", Role::Admin).may_see_submissions_of(&ann));
        assert!(!Principal::Anonymous.may_see_submissions_of(&ann));
        assert!(Principal::Open.may_see_submissions_of(&ann));
    }

    #[test]
    fn open_mode_does_not_administer() {
        assert!(!Principal::Open.may_create_problems());
        assert!(!Principal::Open.may_administer());
        assert!(known("root", Role::Admin).may_administer());
        assert!(Principal::Open.may_see_all_submissions());
        assert!(!Principal::Anonymous.may_see_all_submissions());
        assert!(!known("ann", Role::User).may_create_problems());
        assert!(known("ann", Role::Setter).may_create_problems());
    }
}
