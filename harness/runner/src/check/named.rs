//! Named checks: what a scenario cannot say in the words of the format. One row each.

use std::collections::BTreeSet;

use plumbline_fake_server::record::{Body, HeaderValue};
use plumbline_protocol::{ClientKind, Impersonation, Outcome};
use serde_json::Value;

use super::json::{Others, compare};
use super::request::{header_text, header_values};
use super::{Finding, Made, Observation};
use crate::trace::TraceParent;

/// A named check.
pub struct Named {
    /// The name that scenarios use.
    pub name: &'static str,
    /// What it looks at.
    pub meaning: &'static str,
    pub(super) look: fn(Observation<'_>) -> Vec<Finding>,
}

/// Every named check.
pub const CHECKS: &[Named] = &[
    Named {
        name: "each-caller-once",
        meaning: "the requests of the step carry each caller's principal and impersonation exactly once, in any order",
        look: each_caller_once,
    },
    Named {
        name: "one-connection",
        meaning: "every request of the case so far came over the same connection",
        look: one_connection,
    },
    Named {
        name: "continues-trace",
        meaning: "every request continues the trace of the step's context, with its sampling flag and state",
        look: continues_trace,
    },
    Named {
        name: "error-names-trace",
        meaning: "the error's trace id is the one in the answer that the client was given",
        look: error_names_trace,
    },
    Named {
        name: "bare-signature",
        meaning: "every request carries a signed principal whose header names PS512 and nothing else",
        look: bare_signature,
    },
];

/// The check of that name.
pub(crate) fn find(name: &str) -> Option<&'static Named> {
    CHECKS.iter().find(|check| check.name == name)
}

fn each_caller_once(seen: Observation<'_>) -> Vec<Finding> {
    let sent: Vec<(Value, bool, u64)> = seen
        .exchanges
        .iter()
        .filter_map(|exchange| {
            let payload = header_values(exchange, "X-Principal").find_map(payload)?;
            let impersonates = header_values(exchange, "X-Impersonate").next().is_some();
            Some((serde_json::from_str(payload).ok()?, impersonates, exchange.number))
        })
        .collect();
    let mut unclaimed: Vec<_> = sent.iter().collect();
    let mut findings = Vec::new();
    for made in seen.calls {
        let (principal, impersonates) = carried_by(made);
        let place = unclaimed.iter().position(|(found, flag, _)| {
            *flag == impersonates && compare(&principal, found, Others::Forbidden).is_empty()
        });
        match place {
            Some(place) => drop(unclaimed.swap_remove(place)),
            None => findings.push(
                Finding::new(
                    "each-caller-once",
                    "no request is left that carries this caller's principal and flag",
                )
                .compared(describe(&principal, impersonates), "none"),
            ),
        }
    }
    unclaimed.sort_by_key(|(_, _, number)| *number);
    findings.extend(unclaimed.into_iter().map(|(principal, flag, number)| {
        Finding::new(
            "each-caller-once",
            format!("request {number} is no caller's, or a second one of the same"),
        )
        .compared("none", describe(principal, *flag))
        .about([*number])
    }));
    findings
}

fn carried_by(made: &Made) -> (Value, bool) {
    let principal = made.call.context.principal.as_ref();
    let principal =
        principal.and_then(|principal| serde_json::to_value(principal).ok()).unwrap_or(Value::Null);
    let api = made.call.client == ClientKind::Api;
    (principal, api && made.call.context.impersonate == Impersonation::Yes)
}

fn payload(value: &HeaderValue) -> Option<&str> {
    match value {
        HeaderValue::PlainPrincipal { payload } | HeaderValue::SignedPrincipal { payload, .. } => {
            Some(payload)
        }
        HeaderValue::Text { .. }
        | HeaderValue::Certificate { .. }
        | HeaderValue::Secret { .. }
        | HeaderValue::Bytes { .. } => None,
    }
}

fn describe(principal: &Value, impersonates: bool) -> String {
    if impersonates { format!("{principal}, impersonated") } else { principal.to_string() }
}

fn one_connection(seen: Observation<'_>) -> Vec<Finding> {
    let all = seen.earlier.iter().chain(seen.exchanges);
    let connections: BTreeSet<u64> = all.map(|exchange| exchange.connection).collect();
    if connections.len() <= 1 {
        return Vec::new();
    }
    let finding = Finding::new("one-connection", "the requests came over several connections");
    vec![finding.compared("1 connection", format!("{} connections", connections.len()))]
}

fn continues_trace(seen: Observation<'_>) -> Vec<Finding> {
    let context = seen.calls.first().map(|made| &made.call.context);
    let Some(given) = context.and_then(|context| context.traceparent.as_ref()) else { return Vec::new() };
    let state = context.and_then(|context| context.tracestate.clone());
    let Ok(given) = given.parse::<TraceParent>() else { return Vec::new() };
    let mut findings = Vec::new();
    for exchange in seen.exchanges {
        let found = header_values(exchange, "Traceparent").map(header_text).next();
        let parsed = found.as_ref().and_then(|text| text.parse::<TraceParent>().ok());
        let shown = found.unwrap_or_else(|| "none".to_owned());
        if !parsed.is_some_and(|found| found.continues(&given)) {
            let message = format!("request {} does not continue its caller's trace", exchange.number);
            let finding =
                Finding::new("continues-trace", message).compared(format!("a child of {given}"), shown);
            findings.push(finding.about([exchange.number]));
        }
        let found = header_values(exchange, "Tracestate").map(header_text).next();
        if found != state {
            let none = || "none".to_owned();
            let finding = Finding::new(
                "continues-trace",
                format!("request {} has another `Tracestate`", exchange.number),
            )
            .compared(state.clone().unwrap_or_else(none), found.unwrap_or_else(none));
            findings.push(finding.about([exchange.number]));
        }
    }
    findings
}

fn error_names_trace(seen: Observation<'_>) -> Vec<Finding> {
    let answered = seen.exchanges.last().and_then(|exchange| match &exchange.answer.as_ref()?.body {
        Body::Json { value } => value.get("trace_id")?.as_str().map(ToOwned::to_owned),
        Body::Empty | Body::Text { .. } => None,
    });
    let told = seen.calls.first().and_then(|made| match &made.outcome {
        Outcome::Error(failure) => failure.trace_id.clone(),
        Outcome::Ok { .. }
        | Outcome::Cancelled
        | Outcome::CouldNotAttempt { .. }
        | Outcome::Unsupported { .. } => None,
    });
    if answered.is_some() && answered == told {
        return Vec::new();
    }
    let none = || "none".to_owned();
    let finding = Finding::new("error-names-trace", "the error does not name the server's trace");
    vec![finding.compared(answered.unwrap_or_else(none), told.unwrap_or_else(none))]
}

fn bare_signature(seen: Observation<'_>) -> Vec<Finding> {
    let bare = serde_json::json!({ "alg": "PS512" });
    let told = seen.exchanges.iter().filter_map(|exchange| {
        let found = match header_values(exchange, "X-Principal").next() {
            Some(HeaderValue::SignedPrincipal { protected, .. }) => protected.as_str(),
            Some(_) | None => "no signature",
        };
        (serde_json::from_str::<Value>(found).ok().as_ref() != Some(&bare)).then(|| {
            let message = format!("request {} has another signature header", exchange.number);
            Finding::new("bare-signature", message).compared(bare.to_string(), found).about([exchange.number])
        })
    });
    told.collect()
}
