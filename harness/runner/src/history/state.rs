//! What is so in the end.

use std::collections::{BTreeMap, BTreeSet};

use plumbline_fake_server::exchange::{Change, ChangeVerb};
use plumbline_fake_server::record::Exchange;
use serde_json::Value;

use super::effects::{changed, changes};
use super::outcome::leaves_open;
use super::{Attempt, History, Judgement, about, found};
use crate::case::Finding;
use plumbline_protocol::Outcome;

/// Rows of the ledger that a history left: for which resource, and how much; the ids are nobody's business.
fn rows(attempts: &[Attempt]) -> Vec<(String, String)> {
    let mut rows: BTreeMap<&str, &Change> = BTreeMap::new();
    for change in changes(attempts).filter(|change| change.kind == "allocation") {
        match change.verb {
            ChangeVerb::Created | ChangeVerb::Updated => drop(rows.insert(&change.id, change)),
            ChangeVerb::Deleted => drop(rows.remove(change.id.as_str())),
        }
    }
    // What the history itself made has another id in every other.
    let made = changed(attempts, ChangeVerb::Created);
    let text =
        |change: &Change, member: &str| change.after.get(member).map(Value::to_string).unwrap_or_default();
    let mut rows: Vec<_> = rows
        .values()
        .map(|change| {
            let id = text(change, "resource_id");
            let id = if made.contains(id.trim_matches('"')) { "(made meanwhile)" } else { &id };
            let resource = format!("{} {id}", text(change, "resource_kind"));
            (resource, text(change, "amounts"))
        })
        .collect();
    rows.sort();
    rows
}

pub(super) fn ledger(history: History<'_>) -> Judgement {
    // What a report leaves open is judged as such, and what is delivered twice cannot be told.
    let open = history.attempts.iter().flat_map(|attempt| &attempt.calls).any(|made| match &made.outcome {
        Outcome::Error(failure) => {
            made.call.operation == plumbline_protocol::Operation::AllocationsCreate && leaves_open(failure)
        }
        Outcome::Cancelled => made.call.operation == plumbline_protocol::Operation::AllocationsCreate,
        Outcome::Ok { .. } | Outcome::CouldNotAttempt { .. } | Outcome::Unsupported { .. } => false,
    });
    if open && !history.is_keyed() || history.looked_up_late() || history.delivered_twice() {
        return Judgement::default();
    }
    let double = double(history.attempts);
    if !double.is_empty() || !history.ends_alike() {
        return found(double);
    }
    let (expected, seen) = (rows(history.rehearsal), rows(history.attempts));
    if expected == seen {
        return Judgement::default();
    }
    let mut finding = about("the ledger does not say what it says when nothing goes wrong".to_owned(), []);
    (finding.expected, finding.seen) = (Some(lines(&expected)), Some(lines(&seen)));
    found(vec![finding])
}

/// Rows that lifecycles make for a resource while another is there that one of them made.
fn double(attempts: &[Attempt]) -> Vec<Finding> {
    let mut rows: BTreeMap<&str, (String, &Exchange)> = BTreeMap::new();
    let mut findings = Vec::new();
    for attempt in attempts {
        let all =
            attempt.all().flat_map(|exchange| exchange.changes.iter().map(move |change| (exchange, change)));
        for (exchange, change) in all.filter(|(_, change)| change.kind == "allocation") {
            let id = change.id.as_str();
            match change.verb {
                ChangeVerb::Created if attempt.budget.is_some() => {
                    let member = |name| change.after.get(name).map(Value::to_string).unwrap_or_default();
                    let resource = format!("{} {}", member("resource_kind"), member("resource_id"));
                    if let Some((_, first)) = rows.values().find(|(other, _)| *other == resource) {
                        let message = format!(
                            "request {} makes a second row for the resource of request {}",
                            exchange.number, first.number
                        );
                        findings.push(about(message, [*first, exchange]));
                    }
                    rows.insert(id, (resource, exchange));
                }
                ChangeVerb::Deleted => drop(rows.remove(id)),
                ChangeVerb::Created | ChangeVerb::Updated => {}
            }
        }
    }
    findings
}

fn lines(rows: &[(String, String)]) -> String {
    let lines: Vec<_> = rows.iter().map(|(resource, amounts)| format!("{resource}: {amounts}")).collect();
    if lines.is_empty() { "no row".to_owned() } else { lines.join("; ") }
}

/// References of something, before or after a change.
pub(crate) fn held(thing: &Value) -> BTreeSet<&str> {
    let list = thing.get("holders").and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str).collect()
}

/// References that a history left, by what they are on.
fn left(attempts: &[Attempt]) -> BTreeMap<(&str, &str), BTreeSet<&str>> {
    let mut left = BTreeMap::new();
    for change in changes(attempts) {
        left.insert((change.kind.as_str(), change.id.as_str()), held(&change.after));
    }
    left.retain(|(kind, _), _| *kind == "project" || *kind == "network");
    left
}

pub(super) fn references(history: History<'_>) -> Judgement {
    let mut findings: Vec<Finding> = history
        .attempts
        .iter()
        .flat_map(|attempt| attempt.all().filter_map(|exchange| let_go_of_another(attempt, exchange)))
        .collect();
    let fixed = |attempts| left(attempts).into_iter().filter(|((_, id), _)| seeded(history, id));
    let (expected, seen): (Vec<_>, Vec<_>) =
        (fixed(history.rehearsal).collect(), fixed(history.attempts).collect());
    let concurrent = history.rehearsal.iter().any(|attempt| attempt.calls.len() > 1);
    if history.ends_alike() && !concurrent && expected != seen {
        let mut finding =
            about("the references held in the end are not those held when nothing goes wrong".to_owned(), []);
        (finding.expected, finding.seen) = (Some(format!("{expected:?}")), Some(format!("{seen:?}")));
        findings.push(finding);
    }
    found(findings)
}

/// Whether a thing was there before the scenario began: what it makes has other ids in every history.
fn seeded(history: History<'_>, id: &str) -> bool {
    let made = |attempts| changed(attempts, ChangeVerb::Created).contains(id);
    !made(history.rehearsal) && !made(history.attempts)
}

fn let_go_of_another(attempt: &Attempt, exchange: &Exchange) -> Option<Finding> {
    let resource = attempt.calls.first()?.call.resource.as_ref();
    let gone =
        exchange.changes.iter().filter(|change| change.verb == ChangeVerb::Updated).flat_map(|change| {
            held(&change.before)
                .difference(&held(&change.after))
                .map(|reference| (*reference).to_owned())
                .collect::<Vec<_>>()
        });
    let own = |reference: &str| {
        attempt.calls.len() > 1
            || resource.is_some_and(|resource| reference.ends_with(&format!("/{}", resource.name)))
    };
    let others: Vec<String> = gone.filter(|reference| !own(reference)).collect();
    (!others.is_empty()).then(|| {
        about(
            format!("request {} lets go of `{}`, which is another's", exchange.number, others.join("`, `")),
            [exchange],
        )
    })
}
