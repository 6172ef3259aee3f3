//! Whether what is to go does go, and nothing before it.

use plumbline_protocol::{Failure, Operation, Outcome};

use super::outcome::{confirmed, found_gone, nothing_to_do};
use super::{Attempt, History, Judgement, about, found};
use crate::case::Finding;

/// What a caller removes so that something else can be deleted.
fn removes(operation: Operation) -> bool {
    matches!(
        operation,
        Operation::ProjectReferencesRemove
            | Operation::NetworkReferencesRemove
            | Operation::AllocationsDelete
    )
}

/// The one call of an attempt, if it removes.
fn removal(attempt: &Attempt) -> Option<&crate::check::Made> {
    attempt.calls.first().filter(|made| attempt.calls.len() == 1 && removes(made.call.operation))
}

pub(super) fn of_what_is_gone(history: History<'_>) -> Judgement {
    let told = history.attempts.iter().filter_map(|attempt| {
        let Outcome::Error(Failure { status: Some(404), message, .. }) = &removal(attempt)?.outcome else {
            return None;
        };
        // An answer that arrived otherwise is not the service's word.
        let gone =
            attempt.all().last().filter(|exchange| found_gone(exchange) && exchange.fault.is_none())?;
        let mut finding =
            about(format!("request {} finds that its target is gone already", gone.number), [gone]);
        finding.expected = Some("success".to_owned());
        finding.seen = Some(message.clone());
        Some(finding)
    });
    found(told.collect())
}

pub(super) fn finalizers(history: History<'_>) -> Judgement {
    let lifecycles = history.attempts.iter().enumerate();
    let lifecycles = lifecycles.filter(|(_, attempt)| attempt.budget.is_some());
    let told = lifecycles.filter_map(|(place, attempt)| {
        let made = removal(attempt).filter(|_| !nothing_to_do(attempt))?;
        match &made.outcome {
            _ if !made.stored.is_empty() => early(&history.attempts[..=place]),
            Outcome::Ok { .. } => {
                let message = "the lifecycle reports that it is done, and has not persisted that, so that its resource stays";
                Some(about(message.to_owned(), attempt.all()))
            }
            Outcome::Error(_)
            | Outcome::Cancelled
            | Outcome::CouldNotAttempt { .. }
            | Outcome::Unsupported { .. } => None,
        }
    });
    found(told.collect())
}

/// A resource that was let go before what it held was gone. The last of these attempts is meant, and the earlier ones at
/// the same step count for it.
fn early(attempts: &[Attempt]) -> Option<Finding> {
    let last = attempts.last()?;
    let mut before = attempts.iter().filter(|attempt| attempt.step == last.step).flat_map(Attempt::all);
    let gone = before
        .any(|exchange| exchange.request.method == "DELETE" && (confirmed(exchange) || found_gone(exchange)));
    let message = "the resource is let go, and no answer of the service says that what it held is gone";
    (!gone).then(|| about(message.to_owned(), last.all()))
}
