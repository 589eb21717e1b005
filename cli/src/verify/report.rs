//! What became of packages and their submissions, as lines and as JSON.

use std::path::Path;

use domain::{Conclusion, LanguageId, Verdict};
use judge::Finding;
use problems::{Complaint, Example, Refused};
use serde_json::{Value, json};

use crate::grade::micros_to_millis;

/// What became of one package.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) path: String,
    /// What it calls itself.
    pub(super) name: String,
    /// Why it could not even be opened.
    pub(super) refused: Option<Refused>,
    pub(super) warnings: Vec<Complaint>,
    pub(super) findings: Vec<Finding>,
    pub(super) rows: Vec<Row>,
    /// In microseconds.
    pub(super) time_limit_us: u64,
    /// What follows from the submissions, where the package states no time limit.
    pub(super) inferred_us: Option<u64>,
    /// What kept its data from being checked, where Gavel failed.
    pub(super) fault: Option<String>,
    /// Margins that are small; programs of it that cannot be run here.
    pub(super) notes: Vec<String>,
}

/// What became of one example submission.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) path: String,
    pub(super) language: Option<LanguageId>,
    pub(super) expected: Vec<Verdict>,
    pub(super) result: Result<Conclusion, Skipped>,
    /// `None` where it was not judged, and nobody is to blame.
    pub(super) is_ok: Option<bool>,
    /// What is not as expected.
    pub(super) missed: Option<String>,
    /// CPU time of a run, in microseconds.
    pub(super) limit_us: u64,
}

/// Why a submission was not judged.
#[derive(Debug)]
pub(super) enum Skipped {
    /// Not in a language that there is here: nobody's mistake.
    Language(String),
    /// It cannot be read as a program.
    Unreadable(String),
    /// Gavel failed.
    Fault(String),
}

/// How many submissions there are, by what became of them.
#[derive(Debug, Default, Clone, Copy)]
struct Totals {
    submissions: usize,
    ok: usize,
    mismatches: usize,
    skipped: usize,
    findings: usize,
}

/// All reports as one object.
pub(super) fn as_json(reports: &[Report]) -> Value {
    let packages = reports.iter().map(Report::as_json);
    json!({
        "packages": packages.collect::<Vec<_>>(),
        "totals": totals(reports).as_json(),
        "ok": reports.iter().all(Report::is_ok),
    })
}

/// All reports in a line.
pub(super) fn summary(reports: &[Report]) -> String {
    let bad = reports.iter().filter(|report| !report.is_ok()).count();
    let count = reports.len();
    format!("{count} packages, {bad} not ok: {}", totals(reports).as_text())
}

fn totals(reports: &[Report]) -> Totals {
    let mut all = Totals::default();
    for totals in reports.iter().map(Report::totals) {
        all.submissions += totals.submissions;
        all.ok += totals.ok;
        all.mismatches += totals.mismatches;
        all.skipped += totals.skipped;
        all.findings += totals.findings;
    }
    all
}

impl Report {
    pub(super) fn new(path: &Path) -> Self {
        let name = path.file_stem().unwrap_or_default();
        Self {
            path: path.display().to_string(),
            name: name.to_string_lossy().into_owned(),
            refused: None,
            warnings: Vec::new(),
            findings: Vec::new(),
            rows: Vec::new(),
            time_limit_us: 0,
            inferred_us: None,
            fault: None,
            notes: Vec::new(),
        }
    }

    pub(super) fn is_ok(&self) -> bool {
        self.refused.is_none()
            && self.fault.is_none()
            && self.findings.is_empty()
            && self.rows.iter().all(|row| row.is_ok != Some(false))
    }

    /// Whether Gavel failed somewhere.
    pub(super) fn has_fault(&self) -> bool {
        let mut rows = self.rows.iter();
        self.fault.is_some() || rows.any(|row| matches!(row.result, Err(Skipped::Fault(_))))
    }

    fn totals(&self) -> Totals {
        let count = |wanted| self.rows.iter().filter(|row| row.is_ok == wanted).count();
        Totals {
            submissions: self.rows.len(),
            ok: count(Some(true)),
            mismatches: count(Some(false)),
            skipped: count(None),
            findings: self.findings.len(),
        }
    }

    pub(super) fn summary(&self) -> String {
        let word = if self.is_ok() { "ok" } else { "NOT OK" };
        format!("  {word}: {}", self.totals().as_text())
    }

    fn as_json(&self) -> Value {
        let findings = self.findings.iter();
        let findings = findings.map(|finding| json!({"subject": finding.subject, "what": finding.what}));
        let complaints = self.refused.iter().flat_map(|refused| &refused.0);
        let limit = |us: u64| (us > 0).then(|| micros_to_millis(us));
        json!({
            "path": self.path,
            "name": self.name,
            "ok": self.is_ok(),
            "refused": self.refused.as_ref().map(ToString::to_string),
            "complaints": complaints.map(complaint_as_json).collect::<Vec<_>>(),
            "warnings": self.warnings.iter().map(complaint_as_json).collect::<Vec<_>>(),
            "time_limit_ms": limit(self.time_limit_us),
            "inferred_time_limit_ms": self.inferred_us.map(micros_to_millis),
            "fault": self.fault,
            "notes": self.notes,
            "findings": findings.collect::<Vec<_>>(),
            "submissions": self.rows.iter().map(Row::as_json).collect::<Vec<_>>(),
            "totals": self.totals().as_json(),
        })
    }
}

fn complaint_as_json(complaint: &Complaint) -> Value {
    json!({
        "file": complaint.file,
        "line": complaint.line,
        "key": complaint.key,
        "what": complaint.what,
        "text": complaint.to_string(),
    })
}

impl Totals {
    fn as_text(self) -> String {
        format!(
            "{} submissions, {} not as expected, {} skipped; {} findings in the data",
            self.submissions, self.mismatches, self.skipped, self.findings,
        )
    }

    fn as_json(self) -> Value {
        json!({
            "submissions": self.submissions,
            "ok": self.ok,
            "mismatches": self.mismatches,
            "skipped": self.skipped,
            "findings": self.findings,
        })
    }
}

impl Row {
    /// Nothing has become of it yet.
    pub(super) fn new(example: &Example) -> Self {
        Self {
            path: example.path.display().to_string(),
            language: None,
            expected: example.expected.clone(),
            result: Err(Skipped::Unreadable(String::new())),
            is_ok: Some(false),
            missed: None,
            limit_us: 0,
        }
    }

    pub(super) fn skip(mut self, skipped: Skipped) -> Self {
        self.is_ok = match skipped {
            Skipped::Language(_) => None,
            Skipped::Unreadable(_) | Skipped::Fault(_) => Some(false),
        };
        self.result = Err(skipped);
        self
    }

    pub(super) fn conclusion(&self) -> Option<&Conclusion> {
        self.result.as_ref().ok()
    }

    /// CPU time, in microseconds.
    pub(super) fn slowest_us(&self) -> Option<u64> {
        self.conclusion()?.runs.iter().map(|run| run.cpu_us).max()
    }

    /// The first case that has the verdict.
    pub(super) fn first_with(&self, verdict: Verdict) -> Option<String> {
        let mut runs = self.conclusion()?.runs.iter();
        runs.find(|run| run.verdict == verdict)
            .map(|run| run.case.clone())
    }

    fn first_failing(&self) -> Option<&str> {
        let mut runs = self.conclusion()?.runs.iter();
        runs.find(|run| !run.verdict.is_accepted())
            .map(|run| run.case.as_str())
    }

    /// The slowest case's time as a part of the limit.
    #[expect(clippy::cast_precision_loss, reason = "for display with two decimals")]
    fn margin(&self) -> Option<f64> {
        let slowest = self.slowest_us()? as f64;
        (self.limit_us > 0).then(|| slowest / self.limit_us as f64)
    }

    pub(super) fn skipped(&self) -> Option<&str> {
        match &self.result {
            Ok(_) => None,
            Err(Skipped::Language(reason) | Skipped::Unreadable(reason) | Skipped::Fault(reason)) => {
                Some(reason)
            }
        }
    }

    /// What is to be said beside the verdict.
    pub(super) fn remark(&self) -> String {
        let message = self
            .conclusion()
            .and_then(|conclusion| conclusion.message.as_deref());
        let parts = [message, self.missed.as_deref()];
        let parts: Vec<&str> = parts.into_iter().flatten().collect();
        parts.join("; ")
    }

    pub(super) fn as_text(&self) -> String {
        let mark = match self.is_ok {
            Some(true) => " ",
            Some(false) => "!",
            None => "-",
        };
        let expected: Vec<&str> = self.expected.iter().map(|verdict| verdict.id()).collect();
        let expected = expected.join("|");
        let path = &self.path;
        let Some(conclusion) = self.conclusion() else {
            let reason = self.skipped().unwrap_or_default();
            return format!("{mark} --- {expected:<12} {path:<44} skipped: {reason}");
        };
        let verdict = conclusion.verdict;
        let slowest = self.slowest_us().map_or(0.0, micros_to_millis);
        let margin = self.margin().unwrap_or(0.0) * 100.0;
        let score = conclusion
            .score
            .map(|score| score.to_string())
            .unwrap_or_default();
        let remark = self.remark();
        let line = format!(
            "{mark} {verdict:<3} {expected:<12} {path:<44} {slowest:>8.1} ms {margin:>4.0}% {score:>6}  {remark}"
        );
        line.trim_end().to_owned()
    }

    fn as_json(&self) -> Value {
        let conclusion = self.conclusion();
        json!({
            "path": self.path,
            "language": self.language,
            "expected": self.expected,
            "got": conclusion.map(|conclusion| conclusion.verdict),
            "message": conclusion.and_then(|conclusion| conclusion.message.as_deref()),
            "compiler_output": conclusion
                .filter(|conclusion| conclusion.verdict == Verdict::Ce)
                .and_then(|conclusion| conclusion.compiler_output.as_deref()),
            "missed": self.missed,
            "skipped": self.skipped(),
            "score": conclusion.and_then(|conclusion| conclusion.score),
            "slowest_ms": self.slowest_us().map(micros_to_millis),
            "margin": self.margin(),
            "first_failing": self.first_failing(),
            "cases_run": conclusion.map(|conclusion| conclusion.runs.len()),
            "ok": self.is_ok,
        })
    }
}
