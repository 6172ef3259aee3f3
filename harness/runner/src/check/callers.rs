//! Many calls at once: which request, answer and failure belongs to which call.

use plumbline_fake_server::exchange::Layer;
use plumbline_fake_server::record::{Body, Exchange, HeaderValue};
use plumbline_protocol::{ClientKind, Impersonation, Outcome, Resource};
use serde_json::{Map, Value};

use super::json::{Others, compare};
use super::request::{header_text, header_values};
use super::target::{of_call, same};
use super::{Finding, Made, Observation, plural};
use crate::trace::TraceParent;

/// Each call has exactly one request that carries what its context or resource holds.
pub(super) fn each_caller_once(seen: Observation<'_>) -> Vec<Finding> {
    const CHECK: &str = "each-caller-once";
    let mut unclaimed: Vec<&Exchange> = seen.exchanges.iter().collect();
    let mut findings = Vec::new();
    for made in seen.calls {
        match unclaimed.iter().position(|exchange| belongs(exchange, made, seen)) {
            Some(place) => drop(unclaimed.remove(place)),
            None => findings.push(
                Finding::new(CHECK, "no request is left that carries what this caller's context holds")
                    .compared(describe_call(made), "none"),
            ),
        }
    }
    findings.extend(unclaimed.into_iter().map(|exchange| {
        let message = format!("request {} is no caller's, or a second one of the same", exchange.number);
        Finding::new(CHECK, message).compared("none", describe_request(exchange)).about([exchange.number])
    }));
    findings
}

/// Each call that succeeded returned the things in the answer to its own request.
pub(super) fn each_answer_to_its_caller(seen: Observation<'_>) -> Vec<Finding> {
    let told = seen.calls.iter().filter_map(|made| {
        let Outcome::Ok { value, .. } = &made.outcome else { return None };
        let own = seen.exchanges.iter().filter(|exchange| belongs(exchange, made, seen));
        let mut own = own.filter_map(|exchange| Some((exchange.number, ids(json(exchange)?))));
        let returned = ids(value);
        let (number, answered) = own.next()?;
        let fits = answered == returned || own.any(|(_, answered)| answered == returned);
        (!fits).then(|| {
            let message = format!("the caller of request {number} was given something else than its answer");
            Finding::new("each-answer-to-its-caller", message)
                .compared(answered.join(", "), returned.join(", "))
                .about([number])
        })
    });
    told.collect()
}

/// No more calls fail than requests were answered badly on purpose.
pub(super) fn failures_are_their_own(seen: Observation<'_>) -> Vec<Finding> {
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    let spoiled = seen.exchanges.iter().filter(|exchange| exchange.layer == Layer::Fault);
    let spoiled: Vec<u64> = spoiled.map(|exchange| exchange.number).collect();
    let failed = seen.calls.iter().filter(|made| !matches!(made.outcome, Outcome::Ok { .. })).count();
    if failed <= spoiled.len() {
        return Vec::new();
    }
    let finding = Finding::new("failures-are-their-own", "calls fail whose requests were answered well");
    let expected = format!("at most {}", plural(count(spoiled.len()), "failed call"));
    vec![finding.compared(expected, plural(count(failed), "failed call")).about(spoiled)]
}

/// Whether a request carries what the call's context, or its controller's resource, holds.
fn belongs(exchange: &Exchange, made: &Made, seen: Observation<'_>) -> bool {
    let impersonated = header_values(exchange, "X-Impersonate").next().is_some();
    let sent = header_values(exchange, "X-Principal").find_map(payload);
    let sent: Option<Value> = sent.and_then(|payload| serde_json::from_str(payload).ok());
    let own = seen.known.and_then(|known| of_call(known, &made.call));
    sent.is_some_and(|sent| compare(&principal(made), &sent, Others::Forbidden).is_empty())
        && impersonated == impersonates(made)
        && certificate(exchange) == made.certificate
        && follows(exchange, made)
        && own.is_none_or(|own| same(&own, &exchange.request.target))
}

/// The principal that a call should carry.
fn principal(made: &Made) -> Value {
    let of_context = || {
        let principal = made.call.context.principal.as_ref();
        principal.and_then(|principal| serde_json::to_value(principal).ok()).unwrap_or(Value::Null)
    };
    match (made.call.client, &made.call.resource) {
        (ClientKind::Controller, Some(resource)) => of_resource(resource),
        (ClientKind::Controller, None) | (ClientKind::Api, _) => of_context(),
    }
}

fn of_resource(resource: &Resource) -> Value {
    let sources = [
        ("organizationId", &resource.labels, "unikorn-cloud.org/organization"),
        ("projectId", &resource.labels, "unikorn-cloud.org/project"),
        ("actor", &resource.annotations, "unikorn-cloud.org/creator"),
    ];
    let members = sources.into_iter().filter_map(|(member, map, key)| {
        let map = map.as_ref()?;
        let found = map.get(&format!("principal.{key}")).or_else(|| map.get(key))?;
        (!found.is_empty()).then(|| (member.to_owned(), Value::from(found.as_str())))
    });
    Value::Object(members.collect::<Map<_, _>>())
}

fn impersonates(made: &Made) -> bool {
    made.call.client == ClientKind::Api && made.call.context.impersonate == Impersonation::Yes
}

fn certificate(exchange: &Exchange) -> Option<String> {
    header_values(exchange, "Unikorn-Client-Certificate").next().map(|value| match value {
        HeaderValue::Certificate { role: Some(role), .. } => role.clone(),
        other => header_text(other),
    })
}

/// Whether a request continues the call's trace, or both have none.
fn follows(exchange: &Exchange, made: &Made) -> bool {
    let text = |name| header_values(exchange, name).map(header_text).next();
    let given = made.call.context.traceparent.as_ref().map(|given| given.parse::<TraceParent>());
    let parent = match (text("Traceparent"), given) {
        (None, None) => true,
        (Some(found), Some(Ok(given))) => {
            found.parse::<TraceParent>().is_ok_and(|found| found.continues(&given))
        }
        (Some(_), None | Some(Err(_))) | (None, Some(_)) => false,
    };
    parent && text("Tracestate") == made.call.context.tracestate
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

fn json(exchange: &Exchange) -> Option<&Value> {
    match &exchange.answer.as_ref()?.body {
        Body::Json { value } => Some(value),
        Body::Empty | Body::Text { .. } => None,
    }
}

/// The ids of the things in an answer, in order.
fn ids(value: &Value) -> Vec<String> {
    let things = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
    let ids = things.iter().filter_map(|thing| thing.pointer("/metadata/id")?.as_str());
    ids.map(ToOwned::to_owned).collect()
}

fn describe_call(made: &Made) -> String {
    let context = &made.call.context;
    let flag = impersonates(made).then(|| "impersonated".to_owned());
    let certificate = made.certificate.as_ref().map(|role| format!("certificate of `{role}`"));
    let trace = context.traceparent.as_ref().map(|parent| format!("trace {parent}"));
    describe([Some(principal(made).to_string()), flag, certificate, trace])
}

fn describe_request(exchange: &Exchange) -> String {
    let sent = header_values(exchange, "X-Principal").map(header_text).next();
    let flag = header_values(exchange, "X-Impersonate").next().map(|_| "impersonated".to_owned());
    let certificate = certificate(exchange).map(|role| format!("certificate of `{role}`"));
    let trace = header_values(exchange, "Traceparent").map(header_text).next();
    describe([sent, flag, certificate, trace.map(|parent| format!("trace {parent}"))])
}

fn describe(parts: [Option<String>; 4]) -> String {
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn resource(labels: &Value, annotations: &Value) -> Resource {
        let resource = json!({
            "group": "g", "kind": "K", "plural": "ks", "name": "n", "labels": labels, "annotations": annotations,
        });
        serde_json::from_value(resource).unwrap()
    }

    #[test]
    fn a_twin_wins_even_when_it_is_empty() {
        let plain = json!({ "unikorn-cloud.org/organization": "o", "unikorn-cloud.org/project": "p" });
        assert_eq!(
            of_resource(&resource(&plain, &json!({}))),
            json!({ "organizationId": "o", "projectId": "p" })
        );
        let twins = json!({
            "unikorn-cloud.org/organization": "o",
            "principal.unikorn-cloud.org/organization": "q",
            "unikorn-cloud.org/project": "p",
            "principal.unikorn-cloud.org/project": "",
        });
        assert_eq!(of_resource(&resource(&twins, &Value::Null)), json!({ "organizationId": "q" }));
    }

    #[test]
    fn things_are_told_apart_by_their_ids() {
        let thing = |id: &str| json!({ "metadata": { "id": id } });
        assert_eq!(ids(&json!([thing("b"), thing("a")])), ["b", "a"]);
        assert_eq!(ids(&thing("a")), ["a"]);
        assert!(ids(&json!([])).is_empty());
    }
}
