//! What became of packages as JUnit XML, for CI.
//!
//! A suite for each package; a test case for the package itself, for each example submission, and for each finding in the data.
//! Readers tell test cases apart by class and name, and show the text of an element: both are made for that.

use std::collections::HashMap;
use std::time::Duration;

use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};

use super::report::{Report, Row};

/// The document.
pub(super) fn of(reports: &[Report]) -> quick_junit::Report {
    let mut document = quick_junit::Report::new("gavel problem verify");
    let mut names = Names::default();
    for report in reports {
        let name = names.unique("", &report.name);
        document.add_test_suite(suite(report, &name));
    }
    document
}

/// Makes names that are there once in their class.
#[derive(Default)]
struct Names(HashMap<(String, String), usize>);

impl Names {
    fn unique(&mut self, class: &str, name: &str) -> String {
        let count = self.0.entry((class.to_owned(), name.to_owned())).or_default();
        *count += 1;
        match *count {
            1 => name.to_owned(),
            count => format!("{name} ({count})"),
        }
    }
}

fn suite(report: &Report, name: &str) -> TestSuite {
    let mut suite = TestSuite::new(name);
    let mut names = Names::default();
    let mut add = |class: &str, case: &str, status: TestCaseStatus, time: Duration| {
        let class = format!("{name}.{class}");
        let mut case = TestCase::new(names.unique(&class, case), status);
        case.set_classname(class);
        case.set_time(time);
        suite.add_test_case(case);
    };
    let opened = report
        .refused
        .as_ref()
        .map_or_else(TestCaseStatus::success, |refused| {
            failed(NonSuccessKind::Error, "refused", &refused.to_string())
        });
    add("package", "is valid", opened, Duration::ZERO);
    for finding in &report.findings {
        let status = failed(NonSuccessKind::Failure, "data", &finding.what);
        add("data", &finding.subject, status, Duration::ZERO);
    }
    for row in &report.rows {
        let time = Duration::from_micros(row.slowest_us().unwrap_or(0));
        add("submissions", &row.path, status(row), time);
    }
    suite
}

fn status(row: &Row) -> TestCaseStatus {
    match row.is_ok {
        Some(true) => TestCaseStatus::success(),
        None => {
            let mut status = TestCaseStatus::skipped();
            let reason = row.skipped().unwrap_or_default();
            status.set_message(reason).set_description(reason);
            status
        }
        Some(false) => {
            let expected: Vec<&str> = row.expected.iter().map(|verdict| verdict.id()).collect();
            let got = row.conclusion().map(|conclusion| conclusion.verdict);
            let kind = if got.is_some_and(|verdict| !matches!(verdict.id(), "CE" | "JE")) {
                NonSuccessKind::Failure
            } else {
                NonSuccessKind::Error
            };
            let got = got.map_or("unreadable", |verdict| verdict.id());
            let what = row.skipped().map_or_else(|| row.remark(), str::to_owned);
            let text = format!("got {got}, expected {}: {what}", expected.join(" or "));
            failed(kind, got, &text)
        }
    }
}

fn failed(kind: NonSuccessKind, what: &str, text: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    let first = text.lines().next().unwrap_or_default();
    status.set_type(what).set_message(first).set_description(text);
    status
}
