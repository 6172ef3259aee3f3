//! For build servers: a suite for drift by groups, one for requirements, one for known defects.

use quick_junit::{NonSuccessKind, Report as Document, TestCase, TestCaseStatus, TestSuite};

use crate::findings::Findings;
use crate::requirements::{Catalogue, by_requirement};

pub use quick_junit::SerializeError;

/// The report as XML.
///
/// # Errors
///
/// When a text cannot be written as XML.
pub fn render(findings: &Findings, catalogue: &Catalogue) -> Result<String, SerializeError> {
    let mut document = Document::new("plumbline verify");
    document.add_test_suites([drift(findings), violations(findings, catalogue), known(findings)]);
    document.to_string()
}

/// A case a group: it passes when all that was played agrees.
fn drift(findings: &Findings) -> TestSuite {
    let mut suite = TestSuite::new("drift");
    for ((service, name), group) in &findings.groups {
        let of_group = findings.drift.iter().filter(|it| it.service == *service && it.group == *name);
        let lines: Vec<String> = of_group
            .map(|it| {
                let differences: Vec<String> = it.differences.iter().map(ToString::to_string).collect();
                format!("{} step {} {}\n  {}", it.vector, it.step, it.request, differences.join("\n  "))
            })
            .collect();
        let status = match (lines.len(), group.broken, group.played) {
            (0, 0, 0) => {
                let mut status = TestCaseStatus::skipped();
                let reasons: Vec<&str> = group.left_out.keys().map(String::as_str).collect();
                status.set_message(reasons.join("; "));
                status
            }
            (0, 0, _) => TestCaseStatus::success(),
            (0, broken, _) => {
                failed(NonSuccessKind::Error, &format!("{broken} vectors could not be played"), &[])
            }
            (count, ..) => failed(
                NonSuccessKind::Failure,
                &format!("{count} of {} vectors differ", group.played),
                &lines,
            ),
        };
        suite.add_test_case(case(&format!("{service}/{name}"), "drift", status));
    }
    suite
}

/// A case a requirement: it fails when something breaks it that did not when it was recorded.
fn violations(findings: &Findings, catalogue: &Catalogue) -> TestSuite {
    let mut suite = TestSuite::new("requirements");
    let broken = by_requirement(&findings.violations);
    for requirement in catalogue.requirements().iter().filter(|it| it.is_checked()) {
        let status = match broken.get(requirement.id.as_str()) {
            None => TestCaseStatus::success(),
            Some(violations) => {
                let lines: Vec<String> = violations
                    .iter()
                    .map(|it| format!("{} step {}: {}", it.vector, it.step, it.what))
                    .collect();
                failed(NonSuccessKind::Failure, &requirement.sentence, &lines)
            }
        };
        suite.add_test_case(case(&requirement.id, "requirements", status));
    }
    suite
}

/// A case a known defect: none fails; one that is shown counts as skipped.
fn known(findings: &Findings) -> TestSuite {
    let mut suite = TestSuite::new("known defects");
    for known in &findings.known {
        let status = if known.is_gone() {
            TestCaseStatus::success()
        } else {
            let mut status = TestCaseStatus::skipped();
            status.set_message(known.defect.sentence.as_str());
            status
        };
        suite.add_test_case(case(&known.defect.id, "known defects", status));
    }
    suite
}

fn failed(kind: NonSuccessKind, message: &str, lines: &[String]) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_message(message);
    status.set_description(lines.join("\n"));
    status
}

fn case(name: &str, class: &str, status: TestCaseStatus) -> TestCase {
    let mut case = TestCase::new(name, status);
    case.set_classname(class);
    case
}
