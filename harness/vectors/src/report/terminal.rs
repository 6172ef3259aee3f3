//! For people.

use std::fmt::Write as _;

use crate::findings::{Findings, Known};
use crate::requirements::{Violation, by_requirement};

/// How many examples of one thing are shown.
const EXAMPLES: usize = 3;

/// What was played and what was not, then drift, then violations.
#[must_use]
pub fn render(findings: &Findings) -> String {
    let mut text = String::new();
    groups(&mut text, findings);
    left_out(&mut text, findings);
    drift(&mut text, findings);
    violations(&mut text, findings);
    known(&mut text, &findings.known);
    broken(&mut text, findings);
    text
}

fn line(text: &mut String, line: &str) {
    writeln!(text, "{}", line.trim_end()).expect("writing to a string works");
}

fn groups(text: &mut String, findings: &Findings) {
    let row = |name: &str, played: usize, agree: usize, broken: usize| {
        format!("{name:<30} {played:>6} {agree:>6} {:>6} {broken:>6}", played - agree)
    };
    line(text, &format!("{:<30} {:>6} {:>6} {:>6} {:>6}", "", "played", "agree", "differ", "broken"));
    let mut sum = (0, 0, 0);
    for ((service, name), group) in &findings.groups {
        if group.played + group.broken > 0 {
            line(text, &row(&format!("{service:<9} {name}"), group.played, group.agree, group.broken));
            sum = (sum.0 + group.played, sum.1 + group.agree, sum.2 + group.broken);
        }
    }
    line(text, &row("all", sum.0, sum.1, sum.2));
}

fn left_out(text: &mut String, findings: &Findings) {
    if findings.groups.values().all(|group| group.left_out.is_empty()) {
        return;
    }
    line(text, "\nnot played");
    for ((service, name), group) in &findings.groups {
        for (reason, count) in &group.left_out {
            line(text, &format!("  {service:<9} {name:<20} {count:>5}  {reason}"));
        }
    }
}

fn drift(text: &mut String, findings: &Findings) {
    if findings.drift.is_empty() {
        line(text, "\ndrift: none, every answer is as it was recorded");
        return;
    }
    line(text, &format!("\ndrift: {} vectors are answered otherwise than recorded", findings.drift.len()));
    for drift in &findings.drift {
        line(text, &format!("  {}", drift.vector));
        line(text, &format!("    step {}  {}", drift.step, drift.request));
        for difference in &drift.differences {
            line(text, &format!("      {difference}"));
        }
    }
    line(text, "  most likely about");
    for suspect in &findings.suspects {
        line(
            text,
            &format!(
                "    {} ({} of {} that differ, {} agree)",
                suspect.requirement,
                suspect.differ,
                findings.drift.len(),
                suspect.agree
            ),
        );
        line(text, &format!("      {}", suspect.sentence));
    }
}

fn violations(text: &mut String, findings: &Findings) {
    if findings.violations.is_empty() {
        line(text, "\nviolations: none but what is known");
        return;
    }
    line(
        text,
        &format!("\nviolations: {} answers break what they did not when recorded", findings.violations.len()),
    );
    for (requirement, violations) in by_requirement(&findings.violations) {
        line(text, &format!("  {requirement} ({})", violations.len()));
        examples(text, violations.iter().copied());
    }
}

fn examples<'a>(text: &mut String, violations: impl ExactSizeIterator<Item = &'a Violation>) {
    let more = violations.len().saturating_sub(EXAMPLES);
    for violation in violations.take(EXAMPLES) {
        line(text, &format!("    {} step {}: {}", violation.vector, violation.step, violation.what));
    }
    if more > 0 {
        line(text, &format!("    … and {more} more"));
    }
}

fn known(text: &mut String, known: &[Known]) {
    let (gone, shown): (Vec<&Known>, Vec<&Known>) = known.iter().partition(|known| known.is_gone());
    if !shown.is_empty() {
        line(text, "\nknown defects that are shown");
        for known in shown {
            let Known { defect, recorded, seen } = known;
            line(
                text,
                &format!(
                    "  {} ({}, {} of {recorded}): {}",
                    defect.id,
                    defect.class,
                    seen.len(),
                    defect.sentence
                ),
            );
            examples(text, seen.iter());
        }
    }
    if !gone.is_empty() {
        line(text, "\nknown defects that are not shown any more");
        for known in gone {
            line(
                text,
                &format!("  {} ({} played): {}", known.defect.id, known.recorded, known.defect.sentence),
            );
        }
    }
}

fn broken(text: &mut String, findings: &Findings) {
    if findings.broken.is_empty() {
        return;
    }
    line(text, &format!("\nincomplete: {} vectors could not be played", findings.broken.len()));
    for (id, why) in findings.broken.iter().take(EXAMPLES) {
        line(text, &format!("  {id}: {why}"));
    }
}
