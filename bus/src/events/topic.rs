//! What can be listened to, and the channels it is heard on.

use domain::{ProblemId, SubmissionId, Update, UserId};

/// The channel of every finished judgement, for anything that can SUBSCRIBE. Without prefix: it is the tutorial's name.
pub(super) const PROBLEM_DONE: &str = "problem_done";

const SUBMISSION: &str = "{gavel}:submission:";
const USER: &str = "{gavel}:user:";
const PROBLEM: &str = "{gavel}:problem:";
const CONTESTS: &str = "{gavel}:contests";

/// What can be listened to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Topic {
    /// One submission.
    Submission(SubmissionId),
    /// All submissions of a user.
    User(UserId),
    /// All submissions for a problem.
    Problem(ProblemId),
    /// All submissions in contests.
    Contests,
}

impl Topic {
    /// Who is to hear of an update.
    pub(super) fn of(update: &Update) -> Vec<Self> {
        let mut topics = vec![Self::Submission(update.submission)];
        if !update.is_trial {
            topics.push(Self::User(update.user.clone()));
            topics.push(Self::Problem(update.problem.clone()));
            if update.is_contest {
                topics.push(Self::Contests);
            }
        }
        topics
    }

    /// Whether an update belongs here.
    pub fn covers(&self, update: &Update) -> bool {
        match self {
            Self::Submission(id) => *id == update.submission,
            Self::User(id) => *id == update.user && !update.is_trial,
            Self::Problem(id) => *id == update.problem && !update.is_trial,
            Self::Contests => update.is_contest && !update.is_trial,
        }
    }

    pub(super) fn channel(&self) -> String {
        match self {
            Self::Submission(id) => format!("{SUBMISSION}{id}"),
            Self::User(id) => format!("{USER}{id}"),
            Self::Problem(id) => format!("{PROBLEM}{id}"),
            Self::Contests => CONTESTS.to_owned(),
        }
    }

    pub(super) fn from_channel(channel: &str) -> Option<Self> {
        if let Some(id) = channel.strip_prefix(SUBMISSION) {
            return id.parse().ok().map(Self::Submission);
        }
        if channel == CONTESTS {
            return Some(Self::Contests);
        }
        if let Some(id) = channel.strip_prefix(PROBLEM) {
            return id.parse().ok().map(Self::Problem);
        }
        channel.strip_prefix(USER)?.parse().ok().map(Self::User)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_names_its_topic() {
        for topic in [
            Topic::Submission(SubmissionId::new()),
            Topic::User("ann.o@example.org".parse().unwrap()),
            Topic::Problem("aplusb".parse().unwrap()),
            Topic::Contests,
        ] {
            assert_eq!(Topic::from_channel(&topic.channel()), Some(topic));
        }
        for channel in [
            "",
            PROBLEM_DONE,
            SUBMISSION,
            "{gavel}:submission:x",
            "{gavel}:user:",
            "{gavel}:problem:a b",
            "{gavel}:contests:",
            "user:ann",
        ] {
            assert_eq!(Topic::from_channel(channel), None, "{channel:?}");
        }
    }
}
