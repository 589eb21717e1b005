//! What is demanded of the runs of an example submission, and whether they meet it.
//!
//! The format speaks of all runs of a submission: each verdict must be permitted, and one must be among the required ones.
//! A judgement stops long before it has all of them. So a demand is answered by the runs that there are, as far as they tell:
//! [`Standing::Open`] names a test case that would tell more.

use domain::Verdict;

use crate::glob::Glob;
use crate::score_demand::Wanted;

/// What an entry demands of some runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Demand {
    /// Of which test cases, as written and taken apart; `None` for all.
    pub(crate) cases: Option<(String, Glob)>,
    /// What each verdict must be among.
    pub(crate) permitted: Option<Vec<Verdict>>,
    /// What one must be among.
    pub(crate) required: Option<Vec<Verdict>>,
    /// What some message for judges must contain.
    pub(crate) message: Option<String>,
    pub(crate) bound: Option<Bound>,
    /// What the score must be.
    pub(crate) score: Option<Wanted>,
}

/// What times of a submission say about the time limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// Nothing.
    None,
    /// The limit is above them.
    Lower,
    /// The limit is below them.
    Upper,
    /// What the expected verdicts suggest.
    AsVerdictsSay,
}

/// What is known of the run of a test case.
#[derive(Debug, Clone)]
pub struct Seen<'a> {
    /// Its name below `data/`.
    pub case: &'a str,
    /// What became of it.
    pub verdict: Verdict,
    /// What validators said of it for judges.
    pub messages: Vec<&'a str>,
}

/// Whether the runs so far are as they should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing<'a> {
    /// They are, whatever the others are.
    Met,
    /// They are not, for that reason.
    Missed(String),
    /// The run of that case is to be looked at first.
    Open(&'a str),
}

impl Demand {
    /// Lays another of the same subject over it, key by key.
    pub(crate) fn replace_with(&mut self, new: Self) {
        self.permitted = new.permitted.or(self.permitted.take());
        self.required = new.required.or(self.required.take());
        self.message = new.message.or(self.message.take());
        self.bound = new.bound.or(self.bound);
        self.score = new.score.or(self.score.take());
    }

    /// Whether a judgement that meets this may end with the verdict. A judgement ends with its first failure: so with any
    /// permitted one, and with AC only where AC is enough; or where failures leave something of the score.
    pub(crate) fn may_end_with(&self, verdict: Verdict, has_parts: bool) -> bool {
        let includes =
            |verdicts: &Option<Vec<Verdict>>| verdicts.as_ref().is_none_or(|all| all.contains(&verdict));
        includes(&self.permitted) && (verdict != Verdict::Ac || has_parts || includes(&self.required))
    }

    /// `verdict` is that of the judgement, where it is to be looked at before the runs; `left` are the cases that have no run
    /// yet.
    pub(crate) fn standing<'a>(
        &self,
        verdict: Option<Verdict>,
        runs: &[Seen<'_>],
        left: &[&'a str],
    ) -> Standing<'a> {
        let verdict = verdict.filter(|_| self.cases.is_none());
        let concerned = || runs.iter().filter(|run| self.concerns(run.case));
        if let Some(permitted) = &self.permitted {
            if let Some(verdict) = verdict
                && !is_among(verdict, permitted)
            {
                return Standing::Missed(format!("{verdict} is not permitted"));
            }
            let mut bad = concerned().filter(|run| !is_among(run.verdict, permitted));
            if verdict.is_none()
                && let Some(run) = bad.next()
            {
                return Standing::Missed(format!("{} is not permitted in {}", run.verdict, run.case));
            }
        }
        let next = left.iter().find(|case| self.concerns(case));
        let open = |missed: String| next.map_or(Standing::Missed(missed), |case| Standing::Open(case));
        if let Some(required) = &self.required {
            let is_there = verdict.is_some_and(|verdict| is_among(verdict, required))
                || concerned().any(|run| is_among(run.verdict, required));
            if !is_there {
                let words: Vec<&str> = required.iter().map(|verdict| verdict.id()).collect();
                return open(format!("no case{} has {}", self.place(), words.join(" or ")));
            }
        }
        if let Some(wanted) = &self.message {
            let has = |run: &Seen<'_>| run.messages.iter().any(|text| text.contains(wanted.as_str()));
            if !concerned().any(has) {
                let place = self.place();
                return open(format!("no message to judges{place} contains {wanted:?}"));
            }
        }
        match next {
            // What is said of some cases is about each of them. What is said of all is told by the end of the judgement.
            Some(case) if self.cases.is_some() && self.permitted.is_some() => Standing::Open(case),
            _ => Standing::Met,
        }
    }

    fn concerns(&self, case: &str) -> bool {
        self.cases.as_ref().is_none_or(|(_, glob)| glob.matches(case))
    }

    fn place(&self) -> String {
        self.cases
            .as_ref()
            .map_or(String::new(), |(glob, _)| format!(" of {glob}"))
    }
}

/// The format has no words for running out of memory, which it sees as a runtime error, and for too much output: there some
/// judges see a wrong answer, others end the program, and others let it write until its time is over.
pub(crate) fn is_among(verdict: Verdict, verdicts: &[Verdict]) -> bool {
    let words: &[Verdict] = match verdict {
        Verdict::Mle => &[Verdict::Rte],
        Verdict::Ole => &[Verdict::Wa, Verdict::Rte, Verdict::Tle],
        _ => &[],
    };
    verdicts.contains(&verdict) || words.iter().any(|word| verdicts.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use Verdict::{Ac, Mle, Ole, Rte, Tle, Wa};

    fn demand(cases: &str, permitted: &[Verdict], required: &[Verdict]) -> Demand {
        let some = |verdicts: &[Verdict]| (!verdicts.is_empty()).then(|| verdicts.to_vec());
        Demand {
            cases: (!cases.is_empty()).then(|| (cases.to_owned(), Glob::parse(cases).unwrap())),
            permitted: some(permitted),
            required: some(required),
            ..Demand::default()
        }
    }

    fn runs<'a>(verdicts: &[(&'a str, Verdict)]) -> Vec<Seen<'a>> {
        let seen = |&(case, verdict)| Seen {
            case,
            verdict,
            messages: vec!["differs in line 3"],
        };
        verdicts.iter().map(seen).collect()
    }

    #[test]
    fn demands_are_answered_as_soon_as_the_runs_tell() {
        let wrong = demand("", &[Ac, Wa], &[Wa]);
        let slow = demand("", &[Ac, Wa, Tle], &[Tle]);
        let part = demand("secret/a*", &[Ac], &[]);
        let missed = |text: &str| Standing::Missed(text.to_owned());
        for (demand, verdict, seen, left, expected) in [
            (&wrong, None, &[("1", Wa)][..], &["2"][..], Standing::Met),
            (&wrong, None, &[("1", Ac)], &["2"], Standing::Open("2")),
            (&wrong, None, &[("1", Ac)], &[], missed("no case has WA")),
            (
                &wrong,
                None,
                &[("1", Ac), ("2", Tle)],
                &["3"],
                missed("TLE is not permitted in 2"),
            ),
            (&wrong, None, &[("1", Ole)], &["2"], Standing::Met),
            (
                &wrong,
                None,
                &[("1", Mle)],
                &["2"],
                missed("MLE is not permitted in 1"),
            ),
            (
                &slow,
                None,
                &[("1", Ac), ("2", Wa)],
                &["3", "4"],
                Standing::Open("3"),
            ),
            (&slow, None, &[("2", Wa), ("3", Tle)], &["4"], Standing::Met),
            // By the verdict of the judgement, where cases may fail in a judgement that does not.
            (&wrong, Some(Wa), &[("1", Rte)], &["2"], Standing::Met),
            (&wrong, Some(Ac), &[("1", Rte)], &[], missed("no case has WA")),
            (
                &wrong,
                Some(Rte),
                &[("1", Rte)],
                &["2"],
                missed("RTE is not permitted"),
            ),
            (&slow, Some(Wa), &[("1", Wa)], &["2"], Standing::Open("2")),
            (&slow, Some(Wa), &[("1", Wa), ("2", Tle)], &[], Standing::Met),
            (
                &part,
                None,
                &[("secret/b/1", Wa)],
                &["secret/a1", "secret/b/2"],
                Standing::Open("secret/a1"),
            ),
            (
                &part,
                Some(Wa),
                &[("secret/a/1", Wa)],
                &[],
                missed("WA is not permitted in secret/a/1"),
            ),
            (
                &part,
                Some(Wa),
                &[("secret/a1", Ac), ("secret/b/1", Wa)],
                &[],
                Standing::Met,
            ),
        ] {
            let found = demand.standing(verdict, &runs(seen), left);
            assert_eq!(found, expected, "{demand:?} {seen:?} {left:?}");
        }
    }

    #[test]
    fn a_part_of_the_cases_can_be_asked_for_one() {
        let some = demand("secret/{a,b}", &[], &[Rte]);
        let missed = Standing::Missed("no case of secret/{a,b} has RTE".to_owned());
        for (seen, left, expected) in [
            (
                ("sample/1", Rte),
                &["secret/c", "secret/b"][..],
                Standing::Open("secret/b"),
            ),
            (("secret/b", Mle), &["secret/a"], Standing::Met),
            (("secret/b", Ac), &[], missed),
        ] {
            assert_eq!(some.standing(None, &runs(&[seen]), left), expected, "{seen:?}");
        }
    }

    #[test]
    fn messages_are_looked_for() {
        let demand = |text: &str| Demand {
            message: Some(text.to_owned()),
            ..demand("secret", &[], &[])
        };
        let runs = runs(&[("secret/1", Wa)]);
        assert_eq!(
            demand("line 3").standing(None, &runs, &["secret/2"]),
            Standing::Met
        );
        assert_eq!(
            demand("line 4").standing(None, &runs, &["sample/1", "secret/2"]),
            Standing::Open("secret/2")
        );
        assert_eq!(
            demand("line 4").standing(None, &runs, &[]),
            Standing::Missed("no message to judges of secret contains \"line 4\"".to_owned())
        );
    }
}
