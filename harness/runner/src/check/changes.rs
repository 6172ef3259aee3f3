//! What a step changed in the server's store.

use plumbline_fake_server::exchange::{Change, ChangeVerb};

use super::json::{Others, compare};
use super::{Finding, Observation, plural};
use crate::scenario::expect::ExpectChange;
use crate::scenario::read::{At, Word};

const CHECK: &str = "changes";

/// Holds the changes to what is expected: exactly these, in order.
pub(super) fn check(expect: &At<Vec<ExpectChange>>, seen: Observation<'_>) -> Vec<Finding> {
    let found: Vec<(u64, &Change)> = seen
        .exchanges
        .iter()
        .flat_map(|exchange| exchange.changes.iter().map(move |change| (exchange.number, change)))
        .collect();
    let mut findings = Vec::new();
    if found.len() != expect.value.len() {
        let wanted = plural(u64::try_from(expect.value.len()).unwrap_or(u64::MAX), "change");
        let message = format!("expected {wanted} in the store, saw {}", found.len());
        let list: Vec<_> = found.iter().map(|(_, change)| describe(change)).collect();
        let shown = if list.is_empty() { "none".to_owned() } else { list.join(", ") };
        let numbers = found.iter().map(|(number, _)| *number);
        findings.push(
            Finding::new(CHECK, message).compared(wanted, shown).stated_at(seen, &expect.span).about(numbers),
        );
    }
    for (entry, (number, change)) in expect.value.iter().zip(found) {
        findings.extend(one(entry, number, change, seen));
    }
    findings
}

fn one(entry: &ExpectChange, number: u64, change: &Change, seen: Observation<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    if entry.verb.value != change.verb || entry.kind.value != change.kind {
        let wanted = format!("{} {}", verb_name(entry.verb.value), entry.kind.value);
        let finding = Finding::new(CHECK, format!("request {number} changed something else"));
        findings
            .push(finding.compared(wanted, describe(change)).stated_at(seen, &entry.span).about([number]));
    }
    if let Some(id) = &entry.id {
        let wanted = seen.fill(&id.value);
        if wanted != change.id {
            let finding = Finding::new(CHECK, format!("request {number} changed another {}", change.kind));
            findings.push(finding.compared(wanted, &change.id).stated_at(seen, &id.span).about([number]));
        }
    }
    if let Some(after) = &entry.after {
        for difference in compare(&seen.fill_json(&after.json), &change.after, Others::Allowed) {
            let message = format!("the {} differs at `{}` afterwards", change.kind, difference.pointer);
            let finding = Finding::new(CHECK, message).compared(difference.expected, difference.seen);
            findings.push(finding.stated_at(seen, after.place(&difference.pointer)).about([number]));
        }
    }
    findings
}

fn describe(change: &Change) -> String {
    format!("{} {}", verb_name(change.verb), change.kind)
}

fn verb_name(verb: ChangeVerb) -> &'static str {
    ChangeVerb::WORDS.iter().find(|(_, value)| *value == verb).map_or("", |(name, _)| name)
}
