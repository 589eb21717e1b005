//! Who tried and solved what, by the newest judgement of each submission.
//!
//! A compile error and a judging error are no try.

use domain::{ProblemId, UserId};

use crate::sql::{fetch_all, statements};
use crate::{Result, Store, row};

/// How many people tried and solved a problem.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ProblemCount {
    /// Whose submissions were judged.
    pub tried: u64,
    /// Those of them with an accepted one.
    pub solved: u64,
}

impl Store {
    /// How many people tried and solved each problem that somebody tried. Reads every submission: not for every request.
    pub async fn problem_counts(&self) -> Result<Vec<(ProblemId, ProblemCount)>> {
        let rows: Vec<(String, i64, i64)> = fetch_all!(self, read, COUNTS)?;
        rows.into_iter()
            .map(|(problem, tried, solved)| {
                let count = ProblemCount {
                    tried: row::number("the count of who tried", tried)?,
                    solved: row::number("the count of who solved", solved)?,
                };
                Ok((row::parsed("submissions.problem_id", &problem)?, count))
            })
            .collect()
    }

    /// The problems that somebody tried, and whether they solved them.
    pub async fn tried_by(&self, user: &UserId) -> Result<Vec<(ProblemId, bool)>> {
        let rows: Vec<(String, i64)> = fetch_all!(self, read, TRIED, user.as_str())?;
        rows.into_iter()
            .map(|(problem, solved)| Ok((row::parsed("submissions.problem_id", &problem)?, solved > 0)))
            .collect()
    }
}

statements! {
    COUNTS(0) = "count who solved what" [
        "SELECT s.problem_id, COUNT(DISTINCT s.user_id), \
         COUNT(DISTINCT CASE WHEN j.verdict = 'AC' THEN s.user_id END) \
         FROM submissions s JOIN judgements j ON j.id = " newest
        " WHERE s.trial IS NULL AND j.state = 'done' AND j.verdict NOT IN ('CE', 'JE') GROUP BY s.problem_id"
    ];
    TRIED(1) = "read what somebody tried" [
        "SELECT s.problem_id, CAST(SUM(CASE WHEN j.verdict = 'AC' THEN 1 ELSE 0 END) AS BIGINT) \
         FROM submissions s JOIN judgements j ON j.id = " newest
        " WHERE s.user_id = $1 AND s.trial IS NULL AND j.state = 'done' AND j.verdict NOT IN ('CE', 'JE') GROUP BY s.problem_id"
    ];
}
