//! Goes through one package.

use std::path::Path;
use std::sync::Arc;

use domain::Verdict;
use futures_util::{StreamExt, stream};
use problems::{Bound, Example, Package};

use super::Verifier;
use super::report::{Report, Row};
use crate::failure::Failure;
use crate::grade;

/// CPU time of a run while the time limit is being inferred, in microseconds: more than anybody waits for.
const PATIENCE_US: u64 = 120_000_000;

impl Verifier {
    /// Verifies a package. `Err` only where something other than the package is at fault.
    pub(super) async fn verify(&self, path: &Path) -> Result<Report, Failure> {
        let mut report = Report::new(path);
        self.board.line(&report.path);
        let (package, _unpacked) = match grade::unpack(path)? {
            Ok(opened) => opened,
            Err(refused) => {
                for complaint in &refused.0 {
                    self.board.line(&format!("  {complaint}"));
                }
                report.refused = Some(refused);
                return Ok(report);
            }
        };
        for warning in &package.warnings {
            self.board.line(&format!("  warning: {warning}"));
        }
        report.warnings.clone_from(&package.warnings);
        report.name.clone_from(&package.short_name);
        match self.grader.check_data(&package).await {
            Ok(check) => {
                report.findings = check.findings;
                let lacking = check.not_run.into_iter();
                report
                    .notes
                    .extend(lacking.map(|program| format!("{} {}", program.subject, program.what)));
            }
            Err(fault) => report.fault = Some(fault.to_string()),
        }
        for note in &report.notes {
            self.board.line(&format!("  warning: {note}"));
        }
        if let Some(fault) = &report.fault {
            self.board.line(&format!("  {fault}"));
        }
        for finding in &report.findings {
            self.board
                .line(&format!("  {}: {}", finding.subject, finding.what));
        }
        self.board.begin(&report.path, package.submissions.len());
        self.examples(package, &mut report).await;
        self.board.end();
        self.board.line(&report.summary());
        Ok(report)
    }

    async fn examples(&self, mut package: Package, report: &mut Report) {
        let examples = std::mem::take(&mut package.submissions);
        let Some(inference) = package.inference else {
            report.time_limit_us = package.limits.cpu_us;
            return self.rows(examples, &Arc::new(package), report).await;
        };
        // Those first that the time limit follows from.
        let (lower, others): (Vec<_>, Vec<_>) = examples
            .into_iter()
            .partition(|example| example.bound() == Bound::Lower);
        let upper: Vec<Example> = others
            .iter()
            .filter(|example| example.bound() == Bound::Upper)
            .cloned()
            .collect();
        let usual_us = package.limits.cpu_us;
        package.set_time_limit(PATIENCE_US);
        let mut package = Arc::new(package);
        self.rows(lower, &package, report).await;
        let as_expected = report.rows.iter().filter(|row| row.is_ok == Some(true));
        if let Some(slowest) = as_expected.filter_map(Row::slowest_us).max() {
            let limit = Arc::make_mut(&mut package).infer_time_limit(slowest);
            report.inferred_us = limit;
            if let Some(limit) = limit {
                let limit = grade::micros_to_millis(limit) / 1000.0;
                self.board.line(&format!(
                    "  time limit: {limit} s, inferred from the submissions above"
                ));
            }
        } else {
            // Nothing tells how long a submission may take: as long as on a server.
            Arc::make_mut(&mut package).set_time_limit(usual_us);
        }
        report.time_limit_us = package.limits.cpu_us;
        self.rows(others, &package, report).await;
        for example in upper {
            self.check_margin(&example, &package, inference.margin, report)
                .await;
        }
    }

    async fn rows(&self, examples: Vec<Example>, package: &Arc<Package>, report: &mut Report) {
        let limit = package.limits.cpu_us;
        let mut rows = stream::iter(&examples)
            .map(|example| Box::pin(self.judge(example, package)))
            .buffered(self.jobs);
        while let Some(mut row) = rows.next().await {
            row.limit_us = limit;
            self.board.line(&row.as_text());
            report.rows.push(row);
        }
    }

    /// Warns where a submission that is to be too slow is so by little: the case that it fails in is run again, with that many
    /// times the limit.
    async fn check_margin(
        &self,
        example: &Example,
        package: &Arc<Package>,
        margin: f64,
        report: &mut Report,
    ) {
        let path = example.path.display().to_string();
        let row = report.rows.iter().find(|row| row.path == path);
        let Some(case) = row.and_then(|row| row.first_with(Verdict::Tle)) else {
            return;
        };
        let mut patient = package.as_ref().clone();
        let limit = scaled(package.limits.cpu_us, margin);
        let Some(index) = patient.cases.iter().position(|found| found.name == case) else {
            return;
        };
        patient.set_time_limit(limit);
        let row = self.judge(example, &Arc::new(patient.only(index))).await;
        if row.first_with(Verdict::Tle).is_none()
            && let Some(slowest) = row.slowest_us()
        {
            let text = format!(
                "{path} takes {:.1} ms in {case}, which is less than {margin} times the time limit",
                grade::micros_to_millis(slowest)
            );
            self.board.line(&format!("  warning: {text}"));
            report.notes.push(text);
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "microseconds of a limit are far below 2^53, and the factor is checked to be at least 1"
)]
fn scaled(us: u64, factor: f64) -> u64 {
    (us as f64 * factor).round() as u64
}
