//! What calls made, and who knows of it.

use std::collections::{BTreeMap, BTreeSet};

use plumbline_fake_server::exchange::{Change, ChangeVerb};
use plumbline_fake_server::record::Exchange;
use plumbline_protocol::{Operation, Outcome};

use super::outcome::leaves_open;
use super::{Attempt, History, Judgement, about};

/// The contract's own debt: creations carry nothing by which a second one could be told from the first.
const NO_KEY: &str = "a creation carries no key, so one that is delivered twice makes two";
/// The same, for whoever lost the answer.
const NOT_FOUND: &str =
    "a creation whose answer is lost cannot be looked up, so what it made is left to the caller's report";

/// And for whoever died between.
const CRASHED: &str =
    "a process that dies between a creation and its storing loses the id, and nothing can be looked up";

/// The revision's own condition.
const LAGS: &str =
    "a list that lags does not show what was made; only one that is up to date lets a controller find it";

/// Whether a call asked for what was made. Beside a network the service makes an allocation and an identity of its own,
/// which it looks after itself.
fn is_asked_for(attempt: &Attempt, change: &Change) -> bool {
    let operation = attempt.known.map(|known| known.operation);
    operation != Some(Operation::NetworksCreate) || change.kind == "network"
}

/// What was made, by kind, with the number of each.
fn created(attempt: &Attempt) -> BTreeMap<&str, usize> {
    let mut count = BTreeMap::new();
    for change in attempt.all().flat_map(|exchange| &exchange.changes) {
        if change.verb == ChangeVerb::Created {
            *count.entry(change.kind.as_str()).or_default() += 1;
        }
    }
    count
}

pub(super) fn once(history: History<'_>) -> Judgement {
    let mut judged = Judgement::default();
    for attempt in history.attempts {
        for (kind, count) in created(attempt) {
            let expected = attempt.calls.len();
            if count <= expected {
                continue;
            }
            if history.delivered_twice() && count == expected + 1 {
                judged.ambiguous.push(NO_KEY.to_owned());
                continue;
            }
            let making = attempt.all().filter(|exchange| {
                exchange
                    .changes
                    .iter()
                    .any(|change| change.verb == ChangeVerb::Created && change.kind == kind)
            });
            judged
                .findings
                .push(about(format!("expected {expected} of kind {kind}, the call made {count}"), making));
        }
    }
    judged
}

/// Ids that a client told its caller of: in what it returned, or on the resource as it left it.
fn told(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Ok { value, resource } => format!("{value}{}", serde_json::json!(resource)),
        Outcome::Error(failure) => serde_json::json!(failure.resource).to_string(),
        Outcome::Cancelled | Outcome::CouldNotAttempt { .. } | Outcome::Unsupported { .. } => String::new(),
    }
}

pub(super) fn orphans(history: History<'_>) -> Judgement {
    let mut judged = Judgement::default();
    let gone = changed(history.attempts, ChangeVerb::Deleted);
    // Where a creation can be looked up, whoever comes later may have done so.
    let ever: String = if history.is_keyed() {
        let made = history.attempts.iter().flat_map(|attempt| &attempt.calls);
        made.map(|made| format!("{}{}", told(&made.outcome), serde_json::json!(made.stored))).collect()
    } else {
        String::new()
    };
    for (place, attempt) in history.attempts.iter().enumerate() {
        // What a lifecycle did not persist is forgotten with its process, whatever it says in the end.
        let known = attempt.calls.iter().map(|made| match attempt.budget {
            Some(_) => serde_json::json!(made.stored).to_string(),
            None => told(&made.outcome),
        });
        let known: String = known.collect();
        let open = attempt.calls.iter().any(|made| match &made.outcome {
            Outcome::Error(failure) => leaves_open(failure),
            Outcome::Cancelled => true,
            Outcome::Ok { .. } | Outcome::CouldNotAttempt { .. } | Outcome::Unsupported { .. } => false,
        });
        for exchange in attempt.all() {
            let made = exchange.changes.iter().filter(|change| {
                change.verb == ChangeVerb::Created
                    && is_asked_for(attempt, change)
                    && !gone.contains(change.id.as_str())
                    && !known.contains(&change.id)
                    && !ever.contains(&change.id)
            });
            for change in made {
                let keyed = history.is_keyed() && change.kind == "allocation";
                match () {
                    () if keyed && history.looked_up_late() => judged.ambiguous.push(LAGS.to_owned()),
                    // Whoever comes next finds it.
                    () if keyed && !comes_again(attempt, &history.attempts[place + 1..]) => {}
                    () if history.delivered_twice() => judged.ambiguous.push(NO_KEY.to_owned()),
                    () if attempt.crashed && !keyed => judged.ambiguous.push(CRASHED.to_owned()),
                    () if open && !keyed && !answered(exchange) => {
                        judged.ambiguous.push(NOT_FOUND.to_owned());
                    }
                    // Who answers for the caller has answered without saying what was made: the scenario has it so.
                    () if orphaned_anyway(history, attempt) => {}
                    () => judged.findings.push(about(
                        format!(
                            "request {} made one of kind {}, and its caller never hears of it",
                            exchange.number, change.kind
                        ),
                        [exchange],
                    )),
                }
            }
        }
    }
    judged
}

/// Whether somebody comes back later to the resource of an attempt.
fn comes_again(attempt: &Attempt, later: &[Attempt]) -> bool {
    let resource = |attempt: &Attempt| {
        let made = attempt.calls.first()?;
        let allocates = matches!(
            made.call.operation,
            Operation::AllocationsCreate | Operation::AllocationsUpdate | Operation::AllocationsDelete
        );
        made.call.resource.as_ref().filter(|_| allocates).map(|resource| resource.name.clone())
    };
    let own = resource(attempt);
    later.iter().any(|other| resource(other) == own)
}

/// Whether the service's own answer went back as it was, so that its client has it.
fn answered(exchange: &Exchange) -> bool {
    exchange.fault.is_none() && exchange.answer.is_some()
}

/// Whether the same step leaves something unknown behind when nothing goes wrong but what the scenario has go wrong.
fn orphaned_anyway(history: History<'_>, attempt: &Attempt) -> bool {
    history.rehearsed(attempt.step).is_some_and(|rehearsed| {
        let known: String = rehearsed.calls.iter().map(|made| told(&made.outcome)).collect();
        let disturbed = rehearsed.all().filter(|exchange| !answered(exchange));
        disturbed
            .flat_map(|exchange| &exchange.changes)
            .any(|change| change.verb == ChangeVerb::Created && !known.contains(&change.id))
    })
}

/// Ids of what was changed so.
pub(super) fn changed(attempts: &[Attempt], verb: ChangeVerb) -> BTreeSet<&str> {
    changes(attempts).filter(|change| change.verb == verb).map(|change| change.id.as_str()).collect()
}

/// Every change, in order.
pub(super) fn changes(attempts: &[Attempt]) -> impl Iterator<Item = &Change> {
    attempts.iter().flat_map(Attempt::all).flat_map(|exchange| &exchange.changes)
}
