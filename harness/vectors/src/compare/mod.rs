//! Holding what was seen against what was recorded.
//!
//! The rules of the recording: framing headers aside; order counts but within access lists; placeholders stand for
//! what they name; and where the real service quotes its schema validator, status and code count.

mod value;

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Value, json};

use crate::placeholder::Bindings;
use crate::target::{Answer, Response, Seen};
use crate::vector::{Expected, ExpectedResponse, State, Step};
use value::Comparison;

/// One place where what was seen is not what was recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Where: `status`, `headers.Cache-Control`, `body.metadata.name`, `state.created.0.kind`, …
    pub at: String,
    /// What was recorded; none: nothing there.
    pub expected: Option<Value>,
    /// What was seen; none: nothing there.
    pub seen: Option<Value>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let show =
            |value: &Option<Value>| value.as_ref().map_or_else(|| "nothing".to_owned(), Value::to_string);
        write!(f, "{}: expected {}, saw {}", self.at, show(&self.expected), show(&self.seen))
    }
}

/// Headers that say nothing of the decision: framing, the date, cookies.
const UNRECORDED: [&str; 5] = ["date", "content-length", "connection", "set-cookie", "transfer-encoding"];

/// How the texts begin that the real services take from their schema validator.
const VALIDATORS: [&str; 2] = ["request body has an error", "parameter "];

/// Where what was seen is not what was recorded; `bindings` learns what the placeholders stand for.
pub fn compare(step: &Step, seen: &Seen, bindings: &mut Bindings) -> Vec<Difference> {
    let traceparent = step.request.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("traceparent"));
    bindings.give_trace(traceparent.and_then(|(_, value)| value.as_deref()).unwrap_or_default());

    let mut comparison = Comparison::new(bindings);
    match (&step.response, &seen.answer) {
        (Expected::Response(recorded), Answer::Response(seen)) => response(&mut comparison, recorded, seen),
        (Expected::Aborted, Answer::Aborted) => {}
        (Expected::Response(recorded), Answer::Aborted) => {
            comparison.differ("status", Some(json!(recorded.status)), None);
        }
        (Expected::Aborted, Answer::Response(seen)) => {
            comparison.differ("status", None, Some(json!(seen.status)))
        }
    }
    if let Some(seen) = &seen.state {
        let recorded = step.state.clone().unwrap_or_default();
        let mut recorded = state(&recorded);
        veil(&mut recorded);
        comparison.value("state", &recorded, &state(seen));
    }
    comparison.found
}

/// Secrets in the store are not told apart: whoever is compared writes down only that there is one.
fn veil(recorded: &mut Value) {
    match recorded {
        Value::Object(members) => members.iter_mut().for_each(|(name, value)| match value {
            Value::String(secret) if name.ends_with("clientSecret") => "<random>".clone_into(secret),
            _ => veil(value),
        }),
        Value::Array(items) => items.iter_mut().for_each(veil),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn state(state: &State) -> Value {
    serde_json::to_value(state).expect("a state is JSON")
}

fn response(comparison: &mut Comparison<'_>, recorded: &ExpectedResponse, seen: &Response) {
    if recorded.status != seen.status {
        comparison.differ("status", Some(json!(recorded.status)), Some(json!(seen.status)));
    }
    headers(comparison, recorded, seen);
    let parsed = serde_json::from_slice::<Value>(&seen.body).ok();
    match (&recorded.body, parsed) {
        (None, _) => {
            if !seen.body.is_empty() {
                comparison.differ("body", None, Some(text(seen)));
            }
        }
        (Some(Value::String(recorded)), _) => {
            comparison.value("body", &Value::String(recorded.clone()), &text(seen));
        }
        (Some(recorded), None) => comparison.differ("body", Some(recorded.clone()), Some(text(seen))),
        (Some(body), Some(mut seen)) => {
            let mut body = body.clone();
            if recorded.description.as_deref().is_some_and(is_validators) {
                forget_description(&mut body, &mut seen);
            }
            comparison.value("body", &body, &seen);
        }
    }
}

fn text(seen: &Response) -> Value {
    Value::String(String::from_utf8_lossy(&seen.body).into_owned())
}

fn is_validators(description: &str) -> bool {
    VALIDATORS.iter().any(|beginning| description.starts_with(beginning))
}

/// Takes the description out of both envelopes, if there is one in both.
fn forget_description(recorded: &mut Value, seen: &mut Value) {
    const NAME: &str = "error_description";
    let is_text = seen.get(NAME).and_then(Value::as_str).is_some_and(|text| !text.is_empty());
    if let (Some(recorded), Some(seen), true) = (recorded.as_object_mut(), seen.as_object_mut(), is_text) {
        recorded.shift_remove(NAME);
        seen.shift_remove(NAME);
    }
}

fn headers(comparison: &mut Comparison<'_>, recorded: &ExpectedResponse, seen: &Response) {
    let mut lines: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in &seen.headers {
        let joined = lines.entry(name.to_ascii_lowercase()).or_default();
        let separator = if joined.is_empty() { "" } else { " | " };
        joined.push_str(&format!("{separator}{value}"));
    }
    lines.retain(|name, _| !UNRECORDED.contains(&name.as_str()));
    for (name, value) in &recorded.headers {
        let at = format!("headers.{name}");
        match lines.remove(&name.to_ascii_lowercase()) {
            Some(seen) if name.eq_ignore_ascii_case("Access-Control-Allow-Methods") => {
                comparison.value(&at, &sorted(value), &sorted(&seen));
            }
            Some(seen) => comparison.value(&at, &json!(value), &json!(seen)),
            None => comparison.differ(&at, Some(json!(value)), None),
        }
    }
    for (name, value) in lines {
        comparison.differ(&format!("headers.{name}"), None, Some(json!(value)));
    }
}

/// The members of a list in a header, in an order of their own.
fn sorted(value: &str) -> Value {
    let mut members: Vec<&str> = value.split(',').map(str::trim).collect();
    members.sort_unstable();
    json!(members.join(", "))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::needless_pass_by_value, reason = "a literal reads best without an ampersand")]

    use super::*;

    /// The differences between a recorded step and an answer, as texts.
    fn differences(step: Value, status: u16, headers: &[(&str, &str)], body: &str) -> Vec<String> {
        let mut whole = json!({ "request": { "method": "GET", "path": "/" } });
        whole.as_object_mut().unwrap().extend(step.as_object().unwrap().clone());
        let step: Step = serde_json::from_value(whole).unwrap();
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let answer = Answer::Response(Response { status, headers, body: body.to_owned().into() });
        let seen = Seen { answer, state: Some(State::default()) };
        compare(&step, &seen, &mut Bindings::default()).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_status_counts() {
        let step = json!({ "response": { "status": 200 } });
        assert_eq!(differences(step.clone(), 200, &[], ""), [""; 0]);
        assert_eq!(differences(step, 500, &[], ""), ["status: expected 200, saw 500"]);
    }

    #[test]
    fn headers_count_but_for_framing() {
        let step = json!({ "response": { "status": 200, "headers": { "Cache-Control": "max-age=86400 | private" } } });
        let seen = [("cache-control", "max-age=86400"), ("Cache-Control", "private"), ("Date", "today")];
        assert_eq!(differences(step.clone(), 200, &seen, ""), [""; 0]);
        assert_eq!(
            differences(step, 200, &[("Server", "x")], ""),
            [
                r#"headers.Cache-Control: expected "max-age=86400 | private", saw nothing"#,
                r#"headers.server: expected nothing, saw "x""#,
            ]
        );
    }

    #[test]
    fn allowed_methods_come_in_any_order() {
        let step = |methods| json!({ "response": { "status": 200, "headers": { "Access-Control-Allow-Methods": methods } } });
        let seen = [("Access-Control-Allow-Methods", "PUT, GET")];
        assert_eq!(differences(step("GET, PUT"), 200, &seen, ""), [""; 0]);
        assert_eq!(differences(step("GET"), 200, &seen, "").len(), 1);
    }

    #[test]
    fn a_body_is_json_text_or_nothing() {
        let step = |body| json!({ "response": { "status": 200, "body": body } });
        assert_eq!(differences(step(json!({ "a": 1 })), 200, &[], r#"{ "a": 1 }"#), [""; 0]);
        assert_eq!(
            differences(step(json!({ "a": 1 })), 200, &[], "a"),
            [r#"body: expected {"a":1}, saw "a""#]
        );
        assert_eq!(differences(step(json!("<html>")), 200, &[], "<html>"), [""; 0]);
        assert_eq!(differences(step(json!("<html>")), 200, &[], "<body>").len(), 1);
        let nothing = json!({ "response": { "status": 204 } });
        assert_eq!(differences(nothing, 204, &[], "{}"), [r#"body: expected nothing, saw "{}""#]);
    }

    fn refusal(description: &str) -> Value {
        let body =
            json!({ "error": "invalid_request", "error_description": description, "trace_id": "<trace>" });
        json!({ "response": { "status": 400, "code": "invalid_request", "description": description, "body": body } })
    }

    fn envelope(code: &str, description: &str) -> String {
        json!({ "error": code, "error_description": description, "trace_id": "a".repeat(32) }).to_string()
    }

    #[test]
    fn a_validators_text_is_its_own_and_the_code_is_not() {
        let step = refusal(
            "request body has an error: value must be an object\n<schema and offending value follow>",
        );
        assert_eq!(differences(step.clone(), 400, &[], &envelope("invalid_request", "other words")), [""; 0]);
        assert_eq!(
            differences(step.clone(), 400, &[], &envelope("conflict", "other words")),
            [r#"body.error: expected "invalid_request", saw "conflict""#]
        );
        assert_eq!(differences(step, 400, &[], &envelope("invalid_request", "")).len(), 1);
        let step = refusal("certificate propagation failure");
        assert_eq!(differences(step, 400, &[], &envelope("invalid_request", "other words")).len(), 1);
    }

    #[test]
    fn a_closed_connection_is_no_answer() {
        let step = json!({ "response": { "status": 0, "aborted": true } });
        assert_eq!(differences(step, 200, &[], ""), ["status: expected nothing, saw 200"]);
        let step: Step = serde_json::from_value(json!({
            "request": { "method": "GET", "path": "/" }, "response": { "status": 200 },
        }))
        .unwrap();
        let aborted = Seen { answer: Answer::Aborted, state: None };
        let found = compare(&step, &aborted, &mut Bindings::default());
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].to_string(), "status: expected 200, saw nothing");
    }

    #[test]
    fn the_state_counts_where_it_is_seen() {
        let step: Step = serde_json::from_value(json!({
            "request": { "method": "DELETE", "path": "/" },
            "response": { "status": 202 },
            "state": { "deleted": [{ "kind": "Allocation", "id": "a" }] },
        }))
        .unwrap();
        let answer = Answer::Response(Response { status: 202, headers: Vec::new(), body: "".into() });
        let found = |state| compare(&step, &Seen { answer: answer.clone(), state }, &mut Bindings::default());
        assert_eq!(found(None), []);
        assert_eq!(
            found(Some(State::default()))[0].to_string(),
            r#"state.deleted: expected [{"kind":"Allocation","id":"a"}], saw nothing"#
        );
    }

    #[test]
    fn a_trace_that_the_caller_gave_is_not_fresh() {
        let step: Step = serde_json::from_value(json!({
            "request": { "method": "GET", "path": "/", "headers": { "traceparent": format!("zz-{}-x", "b".repeat(32)) } },
            "response": { "status": 404, "body": { "trace_id": "<trace>" } },
        }))
        .unwrap();
        let found = |trace: &str| {
            let body = json!({ "trace_id": trace.repeat(32) }).to_string().into();
            let answer = Answer::Response(Response { status: 404, headers: Vec::new(), body });
            compare(&step, &Seen { answer, state: None }, &mut Bindings::default()).len()
        };
        assert_eq!((found("a"), found("b")), (0, 1));
    }
}
