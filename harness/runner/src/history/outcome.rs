//! Whether clients say what is so.

use plumbline_fake_server::exchange::Layer;
use plumbline_fake_server::record::Exchange;
use plumbline_protocol::{ErrorClass, Failure, Operation, Outcome};

use super::{Attempt, History, Judgement, about, found};
use crate::check::allocation_id;

/// Whether an error leaves open whether the request took effect.
pub(crate) fn leaves_open(failure: &Failure) -> bool {
    match failure.class {
        ErrorClass::ConnectionLost
        | ErrorClass::Timeout
        | ErrorClass::Protocol
        | ErrorClass::MalformedAnswer
        | ErrorClass::TooLarge
        | ErrorClass::Redirect
        | ErrorClass::Other => true,
        ErrorClass::Api | ErrorClass::UnexpectedStatus => failure.status.is_none_or(|status| status >= 500),
        ErrorClass::SecretNotFound
        | ErrorClass::SecretFormat
        | ErrorClass::KeyType
        | ErrorClass::NoPrincipal
        | ErrorClass::ResourceInconsistent
        | ErrorClass::InvalidArgument
        | ErrorClass::Connect
        | ErrorClass::ServerUntrusted
        | ErrorClass::Tls => false,
    }
}

/// Where a resource says which allocation is its own.
/// What a client may say of a request that arrived twice: the second answer is all it has.
const SECOND_ANSWER: &str = "of a request that is delivered twice the client has the second answer only";

/// Whether the service itself says that a request took effect, or found its effect there already.
pub(super) fn confirmed(exchange: &Exchange) -> bool {
    decided(exchange) && exchange.answer.as_ref().is_some_and(|answer| (200..300).contains(&answer.status))
}

/// Whether the service was asked, whatever became of its answer.
pub(super) fn decided(exchange: &Exchange) -> bool {
    exchange.operation.is_some() || exchange.layer != Layer::Fault
}

/// Whether the service itself says that there is no such thing.
pub(super) fn found_gone(exchange: &Exchange) -> bool {
    decided(exchange) && exchange.answer.as_ref().is_some_and(|answer| answer.status == 404)
}

pub(super) fn is_true(history: History<'_>) -> Judgement {
    let judged = untrue(history);
    if history.delivered_twice() && !judged.findings.is_empty() {
        return Judgement { findings: Vec::new(), ambiguous: vec![SECOND_ANSWER.to_owned()] };
    }
    judged
}

fn untrue(history: History<'_>) -> Judgement {
    let told = history.attempts.iter().filter(|attempt| attempt.calls.len() == 1).flat_map(|attempt| {
        let outcome = &attempt.calls[0].outcome;
        let writes = attempt.known.is_some_and(|known| known.method != "GET");
        match outcome {
            Outcome::Ok { .. } if writes => unconfirmed(attempt, history),
            Outcome::Error(failure) if writes && !leaves_open(failure) => {
                // An answer of the scenario's own may say what is not so.
                let usual = history.rehearsed(attempt.step).and_then(|usual| took_effect(usual, failure));
                took_effect(attempt, failure).filter(|_| usual.is_none())
            }
            Outcome::Ok { .. }
            | Outcome::Error(_)
            | Outcome::Cancelled
            | Outcome::CouldNotAttempt { .. }
            | Outcome::Unsupported { .. } => None,
        }
    });
    found(told.collect())
}

/// Success that no answer bears out; not where it is reported without faults, too, for a reason of the scenario's.
fn unconfirmed(attempt: &Attempt, history: History<'_>) -> Option<crate::case::Finding> {
    let method = attempt.known?.method;
    if nothing_to_do(attempt) {
        return None;
    }
    let asked = |attempt: &Attempt| {
        attempt.all().any(|exchange| exchange.request.method == method && confirmed(exchange))
    };
    let scenario_has_it = history.rehearsed(attempt.step).is_some_and(|rehearsed| !asked(rehearsed));
    let tolerated = attempt.all().any(found_gone);
    (!asked(attempt) && !scenario_has_it && !tolerated).then(|| {
        about("the client reports success, and no answer of the service says so".to_owned(), attempt.all())
    })
}

/// Whether a lifecycle has nothing to do, because its resource knows of nothing to delete, or has an allocation already.
pub(super) fn nothing_to_do(attempt: &Attempt) -> bool {
    let made = &attempt.calls[0];
    let has = made.call.resource.as_ref().and_then(allocation_id).is_some();
    match made.call.operation {
        Operation::AllocationsDelete => !has,
        Operation::AllocationsCreate => has && attempt.all().next().is_none(),
        _ => false,
    }
}

fn took_effect(attempt: &Attempt, failure: &Failure) -> Option<crate::case::Finding> {
    let effective = attempt.all().find(|exchange| !exchange.changes.is_empty())?;
    let mut finding = about(
        format!("request {} took effect, and the client reports that it was refused", effective.number),
        [effective],
    );
    finding.expected = Some("success, or an error that leaves open what became of the request".to_owned());
    finding.seen = Some(failure.message.clone());
    Some(finding)
}
