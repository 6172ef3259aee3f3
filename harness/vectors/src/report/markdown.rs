//! For a review.

use std::fmt::Write as _;

use crate::findings::Findings;
use crate::requirements::by_requirement;

/// The report.
#[must_use]
pub fn render(findings: &Findings) -> String {
    let mut text = String::new();
    let mut line = |line: &str| writeln!(text, "{line}").expect("writing to a string works");
    line("## Drift\n");
    if findings.drift.is_empty() {
        line("None: every answer is as it was recorded.\n");
    } else {
        line("| vector | step | where | recorded | seen |\n|---|--:|---|---|---|");
        for drift in &findings.drift {
            for difference in &drift.differences {
                let cell = |value: &Option<serde_json::Value>| {
                    value.as_ref().map_or_else(|| "nothing".to_owned(), |value| code(&value.to_string()))
                };
                let (expected, seen) = (cell(&difference.expected), cell(&difference.seen));
                let (vector, at) = (code(&drift.vector), code(&difference.at));
                line(&format!("| {vector} | {} | {at} | {expected} | {seen} |", drift.step));
            }
        }
        line("\nMost likely about:\n");
        for suspect in &findings.suspects {
            line(&format!(
                "* {}: {} ({} that differ, {} that agree)",
                code(&suspect.requirement),
                suspect.sentence,
                suspect.differ,
                suspect.agree
            ));
        }
        line("");
    }
    line("## Violations\n");
    if findings.violations.is_empty() {
        line("None but what is known.\n");
    }
    for (requirement, violations) in by_requirement(&findings.violations) {
        line(&format!("### {requirement}\n"));
        for violation in violations {
            line(&format!("* {} step {}: {}", code(&violation.vector), violation.step, violation.what));
        }
        line("");
    }
    line("## Known defects\n");
    line("| defect | class | recorded | seen | |\n|---|---|--:|--:|---|");
    for known in &findings.known {
        let sentence = if known.is_gone() {
            format!("not shown any more: {}", known.defect.sentence)
        } else {
            known.defect.sentence.clone()
        };
        let (id, class) = (&known.defect.id, &known.defect.class);
        line(&format!("| {id} | {class} | {} | {} | {sentence} |", known.recorded, known.seen.len()));
    }
    line("\n## Not played\n");
    line("| group | vectors | reason |\n|---|--:|---|");
    for ((service, name), group) in &findings.groups {
        for (reason, count) in &group.left_out {
            line(&format!("| {service}/{name} | {count} | {reason} |"));
        }
    }
    for (vector, reason) in &findings.broken {
        line(&format!("| {} | 1 | could not be asked: {reason} |", code(vector)));
    }
    text
}

/// Text as code in a table, whatever is in it.
fn code(text: &str) -> String {
    let fence = if text.contains('`') { "``" } else { "`" };
    format!("{fence}{}{fence}", text.replace('|', "\\|").replace('\n', " "))
}
