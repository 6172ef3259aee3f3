//! For build servers: a suite a comparison, a case a rule that matched something.

use std::collections::BTreeMap;

use quick_junit::{NonSuccessKind, Report as Document, TestCase, TestCaseStatus, TestSuite};

use super::{Report, title};
use crate::gate::Comparison;
use crate::rules::{Catalogue, Finding, Level};

pub use quick_junit::SerializeError;

/// The report as XML.
///
/// # Errors
///
/// When a text cannot be written as XML.
pub fn render(report: &Report, catalogue: &Catalogue) -> Result<String, SerializeError> {
    let mut document = Document::new("plumbline interface");
    for comparison in &report.comparisons {
        document.add_test_suite(compared(comparison, catalogue));
    }
    let mut policy = TestSuite::new("policy");
    let found: Vec<&Finding> = report.policy.iter().collect();
    policy.add_test_cases(cases(&found, "policy", catalogue));
    if found.is_empty() {
        policy.add_test_case(passed("policy"));
    }
    document.add_test_suite(policy);
    document.to_string()
}

fn compared(comparison: &Comparison, catalogue: &Catalogue) -> TestSuite {
    let title = title(comparison);
    let mut suite = TestSuite::new(title.as_str());
    let found: Vec<&Finding> = comparison.roots.iter().flat_map(|root| &root.root.findings).collect();
    suite.add_test_cases(cases(&found, &title, catalogue));
    for waived in comparison.roots.iter().flat_map(|root| &root.waived) {
        let mut status = TestCaseStatus::skipped();
        status.set_message(format!("{}: {}", waived.owner, waived.reason));
        suite.add_test_case(case(&format!("{} {}", waived.finding.rule, waived.finding.key), &title, status));
    }
    // A suite without cases looks like one that was not run.
    if suite.test_cases.is_empty() {
        suite.add_test_case(passed(&title));
    }
    suite
}

/// One case a rule, with all that it matched.
fn cases(found: &[&Finding], of: &str, catalogue: &Catalogue) -> Vec<TestCase> {
    let mut rules: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in found {
        rules.entry(&finding.rule).or_default().push(finding);
    }
    rules.into_iter().map(|(rule, findings)| case(rule, of, status(rule, &findings, catalogue))).collect()
}

/// Only what breaks somebody is a failure.
fn status(rule: &str, findings: &[&Finding], catalogue: &Catalogue) -> TestCaseStatus {
    if findings.iter().all(|finding| finding.worst() != Some(Level::Breaking)) {
        return TestCaseStatus::success();
    }
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    let rule = catalogue.rule(rule);
    status.set_message(rule.map_or("", |rule| &rule.reason));
    let lines: Vec<String> =
        findings.iter().map(|finding| format!("{} {}", finding.kind, finding.key)).collect();
    status.set_description(lines.join("\n"));
    status
}

fn passed(of: &str) -> TestCase {
    case("nothing breaks", of, TestCaseStatus::success())
}

fn case(name: &str, of: &str, status: TestCaseStatus) -> TestCase {
    let mut case = TestCase::new(name, status);
    case.set_classname(of);
    case
}
