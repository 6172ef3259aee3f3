//! The report for build servers: JUnit XML, a test suite for each suite of scenarios.

use std::time::Duration;

use indexmap::IndexMap;
pub use quick_junit::SerializeError;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::rerun;
use crate::case::CaseResult;
use crate::event::Run;
use crate::verdict::Verdict;

/// The XML document.
///
/// # Errors
///
/// It cannot be written as XML.
pub fn render(run: &Run) -> Result<String, SerializeError> {
    let mut suites: IndexMap<&str, TestSuite> = IndexMap::new();
    for (id, number) in run.started.planned.iter().zip(1..) {
        let (suite, case) = match run.results.get(&number) {
            Some(result) => (result.case.suite.as_str(), played(run, result)),
            None => (id.split('/').next().unwrap_or_default(), not_played(id)),
        };
        suites.entry(suite).or_insert_with(|| TestSuite::new(suite)).add_test_case(case);
    }
    let client = &run.started.client;
    let mut report = Report::new(format!("plumbline: {} {}", client.name, client.version));
    if let Some(finished) = &run.finished {
        report.set_time(Duration::from_millis(finished.volatile.duration_ms));
        if !finished.stale.is_empty() {
            report.add_test_suite(stale(run));
        }
    }
    report.add_test_suites(suites.into_values());
    report.to_string()
}

fn played(run: &Run, result: &CaseResult) -> TestCase {
    let mut status = match result.verdict {
        Verdict::Pass => TestCaseStatus::success(),
        Verdict::KnownFail | Verdict::Ambiguous | Verdict::Unsupported => TestCaseStatus::skipped(),
        Verdict::Fail | Verdict::UnexpectedPass => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Verdict::Incomplete => TestCaseStatus::non_success(NonSuccessKind::Error),
    };
    if result.verdict != Verdict::Pass {
        let finding = result.findings.first().map(|finding| finding.message.as_str());
        let message = result.reason.as_deref().or(finding).unwrap_or_default();
        status.set_type(result.verdict.to_string());
        status.set_message(format!("{}: {}", result.verdict, message.lines().next().unwrap_or_default()));
    }
    if !result.verdict.is_acceptable() {
        let again = rerun(&run.started.rerun, &result.case.id);
        status.set_description(format!("{}play it again: {again}\n", result.describe()));
    }
    let mut case = TestCase::new(result.case.id.as_str(), status);
    case.set_classname(result.case.scenario.as_str());
    case.set_time(Duration::from_millis(result.volatile.duration_ms));
    if !result.volatile.driver_output.is_empty() {
        case.set_system_err(result.volatile.driver_output.join("\n"));
    }
    case
}

fn not_played(id: &str) -> TestCase {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_type("not-played");
    status.set_message("not played: the run ended before");
    TestCase::new(id, status)
}

/// The list of known failures is not about one case, but a build server shows cases only.
fn stale(run: &Run) -> TestSuite {
    let mut suite = TestSuite::new("known-failures");
    for stale in run.finished.iter().flat_map(|finished| &finished.stale) {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status.set_type("stale");
        status.set_message("stale: the entry covers nothing; take it off the list of known failures");
        suite.add_test_case(TestCase::new(stale.entry.id.to_string(), status));
    }
    suite
}
