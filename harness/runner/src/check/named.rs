//! Named checks: what a scenario cannot say in the words of the format. One row each.

use std::collections::BTreeSet;

use plumbline_fake_server::record::{Body, Handshake, HeaderValue};
use plumbline_protocol::Outcome;
use serde_json::Value;

use super::request::{header_text, header_values};
use super::{Finding, Observation, callers};
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
        meaning: "the requests of the step carry each caller's principal, impersonation, certificate, trace and path exactly once, in any order",
        look: callers::each_caller_once,
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
    Named {
        name: "each-answer-to-its-caller",
        meaning: "each call that succeeds returns the things in the answer to its own request",
        look: callers::each_answer_to_its_caller,
    },
    Named {
        name: "failures-are-their-own",
        meaning: "no more calls fail than requests were answered badly by the step",
        look: callers::failures_are_their_own,
    },
    Named {
        name: "span-of-its-own",
        meaning: "every request names another span than the caller of the service in the middle does",
        look: span_of_its_own,
    },
    Named {
        name: "nothing-else-carried-on",
        meaning: "no request has a header line of the request being served but for those that a client adds itself",
        look: nothing_else_carried_on,
    },
    Named {
        name: "offers-only-http-1.1",
        meaning: "no handshake of the step offers another protocol than HTTP/1.1",
        look: offers_only_http_1_1,
    },
];

/// The check of that name.
pub(crate) fn find(name: &str) -> Option<&'static Named> {
    CHECKS.iter().find(|check| check.name == name)
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

fn span_of_its_own(seen: Observation<'_>) -> Vec<Finding> {
    let served = seen.calls.first().and_then(|made| made.served.as_ref());
    let parent = served.and_then(|served| served.parent.as_ref()?.parse::<TraceParent>().ok());
    let Some(parent) = parent else { return Vec::new() };
    let told = seen.exchanges.iter().filter_map(|exchange| {
        let found = header_values(exchange, "Traceparent").map(header_text).next()?;
        found.parse::<TraceParent>().is_ok_and(|found| found.is_same_span(&parent)).then(|| {
            let message = format!("request {} passes for one of the caller's own", exchange.number);
            Finding::new("span-of-its-own", message)
                .compared(format!("another span than {parent}"), found)
                .about([exchange.number])
        })
    });
    told.collect()
}

/// Header lines that a client writes itself, whatever the request being served has.
const WRITTEN_ANEW: &[&str] = &[
    "Host",
    "User-Agent",
    "Accept",
    "Accept-Encoding",
    "Connection",
    "Content-Length",
    "Content-Type",
    "Traceparent",
    "Tracestate",
    "Unikorn-Client-Certificate",
    "X-Impersonate",
    "X-Principal",
];

fn nothing_else_carried_on(seen: Observation<'_>) -> Vec<Finding> {
    let served = seen.calls.iter().filter_map(|made| made.served.as_ref());
    let came: Vec<&String> = served.flat_map(|served| &served.headers).collect();
    let anew = |name: &str| WRITTEN_ANEW.iter().any(|own| own.eq_ignore_ascii_case(name));
    let carried = |name: &str| !anew(name) && came.iter().any(|came| came.eq_ignore_ascii_case(name));
    let told = seen.exchanges.iter().filter_map(|exchange| {
        let lines = exchange.request.headers.iter().chain(&exchange.spoofed);
        let names: Vec<&str> = lines.map(|line| line.name.as_str()).filter(|name| carried(name)).collect();
        (!names.is_empty()).then(|| {
            let names = names.join("`, `");
            let message = format!("request {} carries `{names}` on", exchange.number);
            Finding::new("nothing-else-carried-on", message).about([exchange.number])
        })
    });
    told.collect()
}

fn offers_only_http_1_1(seen: Observation<'_>) -> Vec<Finding> {
    let told = seen.opened.iter().filter_map(|connection| {
        let Handshake::Done { offered_alpn, .. } = &connection.handshake else { return None };
        offered_alpn.iter().any(|offered| offered != "http/1.1").then(|| {
            let message = format!("connection {} offers another protocol", connection.number);
            Finding::new("offers-only-http-1.1", message)
                .compared("`http/1.1` or none", offered_alpn.join(", "))
        })
    });
    told.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scenarios_can_name_exactly_these() {
        let names: Vec<_> = CHECKS.iter().map(|check| check.name).collect();
        assert_eq!(names, crate::scenario::lint::CHECKS);
    }
}
