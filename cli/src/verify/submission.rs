//! Judges one example submission, as far as what is expected of it needs.

use std::collections::HashSet;
use std::sync::Arc;

use domain::{Conclusion, Fault, LanguageId, Verdict};
use judge::Job;
use problems::{Example, Package, Seen, Standing};

use super::Verifier;
use super::report::{Row, Skipped};
use crate::example;

impl Verifier {
    /// Judges an example, and compares. A fault of the system is told as its own, so that the others are judged all the same.
    pub(super) async fn judge(&self, example: &Example, package: &Arc<Package>) -> Row {
        let mut row = Row::new(example);
        let job = match self.job(example, package) {
            Ok(job) => job,
            Err(skipped) => return row.skip(skipped),
        };
        row.language = Some(job.language.clone());
        if let Some(reason) = self.grader.missing(&job.language).await {
            return row.skip(Skipped::Language(reason));
        }
        if let Some(lacking) = self.grader.lacking(package).await {
            let reason = format!("{} {}", lacking.subject, lacking.what);
            return row.skip(Skipped::Language(reason));
        }
        match self.grade(example, &job).await {
            Ok((conclusion, missed)) => {
                row.is_ok = Some(missed.is_none());
                row.missed = missed;
                row.result = Ok(conclusion);
                row
            }
            Err(fault) => row.skip(Skipped::Fault(fault.to_string())),
        }
    }

    /// What becomes of it, and what of that is not as expected.
    ///
    /// It is judged as a contestant's submission would be, up to its first failure. Where that does not tell whether the
    /// expectations are met, further cases are run, one by one, until they do.
    async fn grade(&self, example: &Example, job: &Job) -> Result<(Conclusion, Option<String>), Fault> {
        let bar = self.board.bar(&example.path.display().to_string());
        let show = |phase, progress| bar.show(phase, progress);
        let mut conclusion = self.grader.grade(job, show).await?;
        let mut unreachable = HashSet::new();
        // Runs that are added later have no part in it.
        let missed_score = example.missed_score(conclusion.score, &conclusion.groups);
        let missed_score = missed_score.filter(|_| has_runs(&conclusion));
        loop {
            let left = left(&job.package, &conclusion, &unreachable);
            let standing = example.standing(conclusion.verdict, &seen(&conclusion), &left);
            let next = match (standing, left.first()) {
                (Standing::Missed(reason), _) => return Ok((conclusion, Some(reason))),
                (Standing::Open(case), _) => case,
                (Standing::Met, Some(case)) if self.all_cases && has_runs(&conclusion) => case,
                (Standing::Met, _) => return Ok((conclusion, missed_score)),
            };
            let next = next.to_owned();
            if !self.add_run(job, &next, &mut conclusion).await? {
                unreachable.insert(next);
            }
        }
    }

    /// Runs one more case; `false` where the package never does.
    async fn add_run(&self, job: &Job, case: &str, conclusion: &mut Conclusion) -> Result<bool, Fault> {
        let mut cases = job.package.cases.iter();
        let Some(index) = cases.position(|found| found.name == case) else {
            return Ok(false);
        };
        let one = Job {
            package: Arc::new(job.package.only(index)),
            ..job.clone()
        };
        let more = self.grader.grade(&one, |_, _| {}).await?;
        let mut runs = more.runs.into_iter();
        let found = runs.next().map(|mut run| {
            run.ordinal = u32::try_from(conclusion.runs.len() + 1).unwrap_or(u32::MAX);
            conclusion.runs.push(run);
        });
        conclusion.judge_messages.extend(more.judge_messages);
        if more.verdict == Verdict::Je {
            conclusion.verdict = Verdict::Je;
            conclusion.message = more.message;
            return Ok(true);
        }
        Ok(found.is_some())
    }

    fn job(&self, example: &Example, package: &Arc<Package>) -> Result<Job, Skipped> {
        let files =
            example::files(example, package).map_err(|failure| Skipped::Unreadable(failure.to_string()))?;
        let language = if package.takes_answers() {
            LanguageId::text()
        } else {
            example::language(example, &files, &self.languages).map_err(Skipped::Language)?
        };
        Ok(Job {
            package: Arc::clone(package),
            language,
            files,
            entry_point: example.entrypoint.clone(),
        })
    }
}

const fn has_runs(conclusion: &Conclusion) -> bool {
    !matches!(conclusion.verdict, Verdict::Ce | Verdict::Je)
}

/// The cases that have no run, in the order of judging.
fn left<'a>(package: &'a Package, conclusion: &Conclusion, but: &HashSet<String>) -> Vec<&'a str> {
    let done: HashSet<&str> = conclusion.runs.iter().map(|run| run.case.as_str()).collect();
    let names = package.cases.iter().map(|case| case.name.as_str());
    names
        .filter(|name| !done.contains(name) && !but.contains(*name))
        .collect()
}

fn seen(conclusion: &Conclusion) -> Vec<Seen<'_>> {
    let messages = |case: &str| {
        let of_case = conclusion.judge_messages.iter();
        let of_case = of_case.filter(|message| message.case == case);
        of_case.map(|message| message.text.as_str()).collect()
    };
    let runs = conclusion.runs.iter();
    runs.map(|run| Seen {
        case: &run.case,
        verdict: run.verdict,
        messages: messages(&run.case),
    })
    .collect()
}
