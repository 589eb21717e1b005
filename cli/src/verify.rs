//! `gavel problem verify`: is a package what it says of itself?
//!
//! Its validators are run over its data, its example submissions are judged, and each verdict is compared with what the package
//! expects. One after the other, so that none disturbs another's time.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use domain::{Conclusion, LanguageId, State, Verdict};
use judge::{Finding, Grader, Job, Languages};
use problems::{Example, Package};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::live::Live;
use crate::{arguments, grade, terminal};

/// Verifies all packages.
pub(crate) async fn run(arguments: arguments::Verify) -> Result<ExitCode, Failure> {
    let languages = arguments.languages.load()?;
    let grader = Grader::start(languages.clone(), 1).await.map_err(Failure::new)?;
    let mut reports = Vec::new();
    for path in &arguments.packages {
        match verify(path, &grader, &languages, !arguments.json).await {
            Ok(report) => reports.push(report),
            Err(failure) => {
                grader.close().await;
                return Err(failure);
            }
        }
    }
    grader.close().await;
    let is_ok = reports.iter().all(Report::is_ok);
    if arguments.json {
        let packages: Vec<Value> = reports.iter().map(Report::as_json).collect();
        terminal::line(&json!({"packages": packages, "ok": is_ok}).to_string());
    }
    Ok(if is_ok {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// What became of one package.
struct Report {
    path: String,
    /// Why it could not even be opened.
    refused: Option<String>,
    warnings: Vec<String>,
    findings: Vec<Finding>,
    rows: Vec<Row>,
    /// What follows from the accepted submissions, where the package states no time limit; in microseconds.
    time_limit_us: Option<u64>,
}

/// What became of one example submission.
struct Row {
    path: String,
    language: Option<LanguageId>,
    expected: Vec<Verdict>,
    result: Result<Conclusion, Skipped>,
    is_ok: bool,
}

/// Why a submission was not judged.
enum Skipped {
    /// Not in a language that there is here: nobody's mistake.
    Language(String),
    /// It cannot be read as a program.
    Unreadable(String),
}

async fn verify(
    path: &Path,
    grader: &Grader,
    languages: &Languages,
    is_told: bool,
) -> Result<Report, Failure> {
    let mut report = Report {
        path: path.display().to_string(),
        refused: None,
        warnings: Vec::new(),
        findings: Vec::new(),
        rows: Vec::new(),
        time_limit_us: None,
    };
    let tell = |text: &str| {
        if is_told {
            terminal::line(text);
        }
    };
    tell(&report.path);
    if !path.exists() {
        return Err(Failure::new(format!("there is no package {}", report.path)));
    }
    let (package, _unpacked) = match grade::open(path) {
        Ok(opened) => opened,
        Err(failure) => {
            let text = failure.to_string();
            tell(&format!("  {}", text.replace('\n', "\n  ")));
            report.refused = Some(text);
            return Ok(report);
        }
    };
    report.warnings = package.warnings.iter().map(ToString::to_string).collect();
    for warning in &report.warnings {
        tell(&format!("  warning: {warning}"));
    }
    let mut package = Arc::new(package);
    let checked = grader.check_data(&package).await;
    report.findings = checked.map_err(|fault| Failure::new(format!("{}: {fault}", report.path)))?;
    for finding in &report.findings {
        tell(&format!("  {}: {}", finding.subject, finding.what));
    }
    // The accepted ones first: a time limit may follow from them.
    let mut examples = package.submissions.clone();
    examples.sort_by_key(|example| example.expected != [Verdict::Ac]);
    for example in &examples {
        if example.expected != [Verdict::Ac] {
            report.infer_time_limit(&mut package);
        }
        let row = judge(example, &package, grader, languages).await?;
        tell(&row.as_text());
        report.rows.push(row);
    }
    report.infer_time_limit(&mut package);
    if let Some(limit) = report.time_limit_us {
        let limit = grade::micros_to_millis(limit) / 1000.0;
        tell(&format!(
            "  time limit: {limit} s, inferred from the accepted submissions"
        ));
    }
    tell(&report.summary());
    Ok(report)
}

async fn judge(
    example: &Example,
    package: &Arc<Package>,
    grader: &Grader,
    languages: &Languages,
) -> Result<Row, Failure> {
    let label = example.path.display().to_string();
    let mut row = Row {
        path: label.clone(),
        language: None,
        expected: example.expected.clone(),
        result: Err(Skipped::Unreadable(String::new())),
        is_ok: false,
    };
    let job = match job(example, package, languages) {
        Ok(job) => job,
        Err(skipped) => {
            row.is_ok = matches!(skipped, Skipped::Language(_));
            row.result = Err(skipped);
            return Ok(row);
        }
    };
    row.language = Some(job.language.clone());
    if let Some(reason) = grader.missing(&job.language).await {
        row.is_ok = true;
        row.result = Err(Skipped::Language(reason));
        return Ok(row);
    }
    let mut live = terminal::is_live().then(|| Live::new(&label));
    let graded = grader
        .grade(&job, |phase, progress| {
            if let Some(live) = &mut live {
                live.show(State::Running, Some(phase), progress);
            }
        })
        .await;
    if let Some(live) = live {
        live.finish();
    }
    let conclusion = graded.map_err(|fault| Failure::new(format!("{label}: {fault}")))?;
    row.is_ok = example.agrees_with(conclusion.verdict);
    row.result = Ok(conclusion);
    Ok(row)
}

fn job(example: &Example, package: &Arc<Package>, languages: &Languages) -> Result<Job, Skipped> {
    let unreadable = |failure: Failure| Skipped::Unreadable(failure.to_string());
    let files = example.files.iter().map(|path| grade::source(path));
    let files = files.collect::<Result<Vec<_>, _>>().map_err(unreadable)?;
    let declared = example.language.as_ref();
    let language = match declared.and_then(|language| languages.find(language.as_str())) {
        Some(language) => language,
        None => files
            .iter()
            .find_map(|file| languages.of_file(&file.name))
            .ok_or_else(|| Skipped::Language("no language of the table has its files' endings".to_owned()))?,
    };
    Ok(Job {
        package: Arc::clone(package),
        language,
        files,
    })
}

impl Report {
    /// Sets the time limit that follows from what is accepted so far, once.
    fn infer_time_limit(&mut self, package: &mut Arc<Package>) {
        if self.time_limit_us.is_some() {
            return;
        }
        let accepted = self
            .rows
            .iter()
            .filter(|row| row.is_ok && row.expected == [Verdict::Ac]);
        if let Some(slowest) = accepted.filter_map(Row::slowest_us).max() {
            self.time_limit_us = Arc::make_mut(package).infer_time_limit(slowest);
        }
    }

    fn is_ok(&self) -> bool {
        self.refused.is_none() && self.findings.is_empty() && self.rows.iter().all(|row| row.is_ok)
    }

    fn count(&self, wanted: impl Fn(&Row) -> bool) -> usize {
        self.rows.iter().filter(|row| wanted(row)).count()
    }

    fn skipped(&self) -> usize {
        self.count(|row| matches!(row.result, Err(Skipped::Language(_))))
    }

    fn mismatches(&self) -> usize {
        self.count(|row| !row.is_ok)
    }

    fn summary(&self) -> String {
        format!(
            "  {}: {} submissions, {} not as expected, {} skipped; {} findings in the data",
            if self.is_ok() { "ok" } else { "NOT OK" },
            self.rows.len(),
            self.mismatches(),
            self.skipped(),
            self.findings.len(),
        )
    }

    fn as_json(&self) -> Value {
        let findings = self.findings.iter();
        let findings = findings.map(|finding| json!({"subject": finding.subject, "what": finding.what}));
        json!({
            "path": self.path,
            "ok": self.is_ok(),
            "refused": self.refused,
            "warnings": self.warnings,
            "inferred_time_limit_ms": self.time_limit_us.map(grade::micros_to_millis),
            "findings": findings.collect::<Vec<_>>(),
            "submissions": self.rows.iter().map(Row::as_json).collect::<Vec<_>>(),
            "totals": {
                "submissions": self.rows.len(),
                "ok": self.rows.len() - self.mismatches() - self.skipped(),
                "mismatches": self.mismatches(),
                "skipped": self.skipped(),
            },
        })
    }
}

impl Row {
    fn slowest_us(&self) -> Option<u64> {
        let conclusion = self.result.as_ref().ok()?;
        conclusion.runs.iter().map(|run| run.cpu_us).max()
    }

    fn as_text(&self) -> String {
        let mark = if self.is_ok { " " } else { "!" };
        let expected: Vec<&str> = self.expected.iter().map(|verdict| verdict.id()).collect();
        let expected = expected.join("|");
        match &self.result {
            Ok(conclusion) => {
                let slowest = self.slowest_us().map_or(0.0, grade::micros_to_millis);
                let message = conclusion.message.as_deref().unwrap_or_default();
                let line = format!(
                    "{mark} {:<3} {expected:<12} {:<44} {slowest:>8.1} ms  {message}",
                    conclusion.verdict, self.path
                );
                line.trim_end().to_owned()
            }
            Err(Skipped::Language(reason)) => {
                format!("{mark} --- {expected:<12} {:<44} skipped: {reason}", self.path)
            }
            Err(Skipped::Unreadable(reason)) => {
                format!("{mark} --- {expected:<12} {:<44} {reason}", self.path)
            }
        }
    }

    fn as_json(&self) -> Value {
        let conclusion = self.result.as_ref().ok();
        let first_failing = conclusion.and_then(|conclusion| {
            let mut runs = conclusion.runs.iter();
            runs.find(|run| !run.verdict.is_accepted())
                .map(|run| run.case.as_str())
        });
        let skipped = match &self.result {
            Ok(_) => None,
            Err(Skipped::Language(reason) | Skipped::Unreadable(reason)) => Some(reason),
        };
        json!({
            "path": self.path,
            "language": self.language,
            "expected": self.expected,
            "got": conclusion.map(|conclusion| conclusion.verdict),
            "message": conclusion.and_then(|conclusion| conclusion.message.as_deref()),
            "skipped": skipped,
            "score": null,
            "slowest_ms": self.slowest_us().map(grade::micros_to_millis),
            "first_failing": first_failing,
            "ok": self.is_ok,
        })
    }
}
