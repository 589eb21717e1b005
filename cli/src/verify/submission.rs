//! Judges one example submission, as far as what is expected of it needs.

use std::sync::Arc;

use domain::LanguageId;
use judge::Job;
use problems::{Example, Package};

use super::Verifier;
use super::report::{Row, Skipped};

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
        let bar = self.board.bar(&example.path.display().to_string());
        let show = |phase, progress| bar.show(phase, progress);
        match self.grader.grade_example(example, &job, self.depth, show).await {
            Ok(mut conclusion) => {
                row.missed = conclusion.missed.take();
                row.is_ok = Some(row.missed.is_none());
                row.result = Ok(conclusion);
                row
            }
            Err(fault) => row.skip(Skipped::Fault(fault.to_string())),
        }
    }

    fn job(&self, example: &Example, package: &Arc<Package>) -> Result<Job, Skipped> {
        let files = example
            .sources(package)
            .map_err(|error| Skipped::Unreadable(error.to_string()))?;
        let language = if package.takes_answers() {
            LanguageId::text()
        } else {
            example
                .language_of(&files, &self.languages.list())
                .map_err(Skipped::Language)?
        };
        Ok(Job {
            package: Arc::clone(package),
            language,
            files,
            entry_point: example.entrypoint.clone(),
        })
    }
}
