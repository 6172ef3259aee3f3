//! What the client made of a call.

use plumbline_protocol::{ErrorClass, Failure, Outcome};

use super::json::{Others, compare};
use super::{Finding, Observation};
use crate::scenario::expect::{ErrorText, ExpectOutcome, OutcomeKind, Pattern, TextExpect};
use crate::scenario::read::{At, Word};
use crate::scenario::words::Presence;

const CHECK: &str = "outcome";

/// Holds every call's outcome to what is expected; of many that are wrong in the same way, one is told.
pub(super) fn check(expect: &ExpectOutcome, seen: Observation<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for made in seen.calls {
        for finding in one(expect, &made.outcome, seen) {
            if !findings.contains(&finding) {
                findings.push(finding);
            }
        }
    }
    findings
}

/// Holds what a call returned to what is expected.
pub(super) fn check_value(expect: &Pattern, seen: Observation<'_>) -> Vec<Finding> {
    let Some(made) = seen.calls.first() else { return Vec::new() };
    let Outcome::Ok { value, .. } = &made.outcome else {
        let finding = Finding::new("value", "the call returned nothing, because it did not succeed");
        return vec![
            finding.compared(expect.json.to_string(), describe(&made.outcome)).stated_at(seen, &expect.span),
        ];
    };
    let differences = compare(&seen.fill_json(&expect.json), value, Others::Allowed);
    let told = differences.into_iter().map(|difference| {
        Finding::new("value", format!("the returned value differs at `{}`", difference.pointer))
            .compared(difference.expected, difference.seen)
            .stated_at(seen, expect.place(&difference.pointer))
    });
    told.collect()
}

fn one(expect: &ExpectOutcome, outcome: &Outcome, seen: Observation<'_>) -> Vec<Finding> {
    match (&expect.kind, outcome) {
        (OutcomeKind::Any, _)
        | (OutcomeKind::Ok, Outcome::Ok { .. })
        | (OutcomeKind::Cancelled, Outcome::Cancelled) => Vec::new(),
        (OutcomeKind::Error { classes, status, texts }, Outcome::Error(failure)) => {
            let mut findings: Vec<_> = class(classes, failure, expect, seen).into_iter().collect();
            findings.extend(status.as_ref().and_then(|status| self::status(status, failure, seen)));
            findings
                .extend(texts.iter().filter_map(|(member, text)| self::text(*member, text, failure, seen)));
            findings
        }
        (wanted, other) => {
            let wanted = describe_expected(wanted);
            let message = format!("expected {wanted}, the client reports {}", short(other));
            let finding = Finding::new(CHECK, message).compared(wanted, describe(other));
            vec![finding.stated_at(seen, &expect.span)]
        }
    }
}

fn class(
    classes: &[At<ErrorClass>],
    failure: &Failure,
    expect: &ExpectOutcome,
    seen: Observation<'_>,
) -> Option<Finding> {
    if classes.is_empty() || classes.iter().any(|class| class.value == failure.class) {
        return None;
    }
    let wanted =
        classes.iter().map(|class| format!("`{}`", class_name(class.value))).collect::<Vec<_>>().join(" or ");
    let span = classes.first().map_or(&expect.span, |class| &class.span);
    let found = format!("`{}`: {}", class_name(failure.class), failure.message);
    Some(Finding::new(CHECK, "the error is of another class").compared(wanted, found).stated_at(seen, span))
}

fn status(expected: &At<u16>, failure: &Failure, seen: Observation<'_>) -> Option<Finding> {
    let shown = failure.status.map_or("none".to_owned(), |status| status.to_string());
    (failure.status != Some(expected.value)).then(|| {
        Finding::new(CHECK, "the error's status differs")
            .compared(expected.value.to_string(), shown)
            .stated_at(seen, &expected.span)
    })
}

fn text(
    member: ErrorText,
    expected: &TextExpect,
    failure: &Failure,
    seen: Observation<'_>,
) -> Option<Finding> {
    let (name, found) = match member {
        ErrorText::Code => ("code", &failure.code),
        ErrorText::Description => ("description", &failure.description),
        ErrorText::TraceId => ("trace id", &failure.trace_id),
        ErrorText::RetryAfter => ("`Retry-After`", &failure.retry_after),
        ErrorText::Body => ("body", &failure.body),
    };
    let (fine, wanted, span) = match expected {
        TextExpect::Presence(At { value: Presence::Absent, span }) => {
            (found.is_none(), "none".to_owned(), span)
        }
        TextExpect::Presence(At { value: Presence::Present, span }) => {
            (found.is_some(), "any".to_owned(), span)
        }
        TextExpect::Exact(text) => {
            let wanted = seen.fill(&text.value);
            (found.as_ref() == Some(&wanted), format!("`{wanted}`"), &text.span)
        }
    };
    let shown = found.as_ref().map_or("none".to_owned(), |found| format!("`{found}`"));
    (!fine).then(|| {
        Finding::new(CHECK, format!("the error's {name} differs"))
            .compared(wanted, shown)
            .stated_at(seen, span)
    })
}

fn class_name(class: ErrorClass) -> &'static str {
    ErrorClass::WORDS.iter().find(|(_, value)| *value == class).map_or("", |(name, _)| name)
}

fn describe_expected(kind: &OutcomeKind) -> String {
    match kind {
        OutcomeKind::Ok => "success".to_owned(),
        OutcomeKind::Cancelled => "a cancelled call".to_owned(),
        OutcomeKind::Any => "anything".to_owned(),
        OutcomeKind::Error { classes, .. } if classes.is_empty() => "an error".to_owned(),
        OutcomeKind::Error { classes, .. } => {
            let names: Vec<_> =
                classes.iter().map(|class| format!("`{}`", class_name(class.value))).collect();
            format!("an error of class {}", names.join(" or "))
        }
    }
}

fn short(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Ok { .. } => "success".to_owned(),
        Outcome::Error(failure) => format!("an error of class `{}`", class_name(failure.class)),
        Outcome::Cancelled => "a cancelled call".to_owned(),
        Outcome::CouldNotAttempt { .. } => "that it could not try".to_owned(),
        Outcome::Unsupported { .. } => "that it cannot do this".to_owned(),
    }
}

fn describe(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Ok { value, .. } => format!("success: {value}"),
        Outcome::Error(failure) => format!("`{}`: {}", class_name(failure.class), failure.message),
        Outcome::Cancelled => "cancelled".to_owned(),
        Outcome::CouldNotAttempt { reason } | Outcome::Unsupported { reason } => reason.clone(),
    }
}
