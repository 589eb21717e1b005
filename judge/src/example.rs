//! Examples of packages, judged as far as what the package expects of them needs.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use domain::{Conclusion, ExamplePart, Fault, JudgeMessage, Phase, Progress, Verdict};
use problems::{Example, Package, Seen, Standing};

use crate::Finding;
use crate::grader::{Grader, Job};

/// What is kept of what is wrong with the data of a package, in bytes.
const FINDINGS_BYTES: usize = 16 << 10;

/// Which test cases of an example are run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Those that tell whether the expectations are met.
    AsNeeded,
    /// All.
    AllCases,
}

impl Grader {
    /// What becomes of an example submission. What is not as expected is in [`Conclusion::missed`].
    ///
    /// It is judged as a contestant's submission would be, up to its first failure. Where that does not tell whether the
    /// expectations are met, further cases are run, one by one, until they do. `Err` only for a fault of the system.
    pub async fn grade_example<F>(
        &self,
        example: &Example,
        job: &Job,
        depth: Depth,
        progress: F,
    ) -> Result<Conclusion, Fault>
    where
        F: FnMut(Phase, Progress) + Send,
    {
        let mut conclusion = self.grade(job, progress).await?;
        let mut unreachable = HashSet::new();
        // Runs that are added later have no part in it.
        let missed_score = example.missed_score(conclusion.score, &conclusion.groups);
        let missed_score = missed_score.filter(|_| has_runs(&conclusion));
        loop {
            let left = left(&job.package, &conclusion, &unreachable);
            let standing = example.standing(conclusion.verdict, &seen(&conclusion), &left);
            let next = match (standing, left.first()) {
                (Standing::Missed(reason), _) => {
                    conclusion.missed = Some(reason);
                    return Ok(conclusion);
                }
                (Standing::Open(case), _) => case,
                (Standing::Met, Some(case)) if depth == Depth::AllCases && has_runs(&conclusion) => case,
                (Standing::Met, _) => {
                    conclusion.missed = missed_score;
                    return Ok(conclusion);
                }
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
        let more = self.grade(&one, |_, _| {}).await?;
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

    /// Judges a part of a job's package for a verification. `Err` only for a fault of the system.
    pub(crate) async fn grade_part<F>(
        &self,
        part: &ExamplePart,
        job: &Job,
        progress: F,
    ) -> Result<Conclusion, Fault>
    where
        F: FnMut(Phase, Progress) + Send,
    {
        match part {
            ExamplePart::Data => Ok(of_findings(&self.check_data(&job.package).await?)),
            ExamplePart::Submission(path) => {
                let mut examples = job.package.submissions.iter();
                let Some(example) = examples.find(|example| example.path == Path::new(path)) else {
                    let missed = Some("the package has no such submission".to_owned());
                    return Ok(Conclusion {
                        missed,
                        ..Conclusion::of(Verdict::Je)
                    });
                };
                self.grade_example(example, job, Depth::AsNeeded, progress).await
            }
        }
    }
}

/// Data that is as it should be is accepted.
fn of_findings(findings: &[Finding]) -> Conclusion {
    if findings.is_empty() {
        return Conclusion::of(Verdict::Ac);
    }
    let said = findings.iter().map(|finding| JudgeMessage {
        case: finding.subject.clone(),
        validator: String::new(),
        text: finding.what.clone(),
    });
    let lines = findings
        .iter()
        .map(|finding| format!("{}: {}", finding.subject, finding.what));
    let mut missed = lines.collect::<Vec<_>>().join("\n");
    missed.truncate(missed.floor_char_boundary(FINDINGS_BYTES));
    Conclusion {
        judge_messages: said.collect(),
        missed: Some(missed),
        ..Conclusion::of(Verdict::Wa)
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
