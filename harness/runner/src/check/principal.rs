//! The principal of a request.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE};
use plumbline_fake_server::record::{Exchange, HeaderValue};
use serde_json::Value;

use super::json::{Others, compare};
use super::request::header_values;
use super::{Finding, Observation};
use crate::scenario::expect::{ExpectPrincipal, Pattern, PrincipalValue};
use crate::scenario::node::Span;
use crate::scenario::read::At;

const CHECK: &str = "principal";

/// Holds a request's principal to what is expected of it.
pub(super) fn check(expect: &ExpectPrincipal, exchange: &Exchange, seen: Observation<'_>) -> Vec<Finding> {
    let found = header_values(exchange, "X-Principal").next();
    match (expect, found) {
        (ExpectPrincipal::Absent(_), None) => Vec::new(),
        (ExpectPrincipal::Absent(span), Some(value)) => {
            vec![wrong(exchange, seen, span, "no principal", &describe(value))]
        }
        (ExpectPrincipal::Plain(value), Some(HeaderValue::PlainPrincipal { payload })) => {
            members(value, payload, exchange, seen)
        }
        (
            ExpectPrincipal::Signed { value, by },
            Some(HeaderValue::SignedPrincipal { payload, signed_by, .. }),
        ) => {
            let mut findings = members(value, payload, exchange, seen);
            findings.extend(signer(by.as_ref(), signed_by.as_deref(), span_of(value), exchange, seen));
            findings
        }
        (ExpectPrincipal::Plain(value), other) => {
            vec![wrong(
                exchange,
                seen,
                span_of(value),
                "a principal: JSON in base64url without padding",
                &describe_any(other),
            )]
        }
        (ExpectPrincipal::Signed { value, .. }, other) => {
            vec![wrong(exchange, seen, span_of(value), "a principal signed as a JWS", &describe_any(other))]
        }
    }
}

fn members(
    value: &PrincipalValue,
    payload: &str,
    exchange: &Exchange,
    seen: Observation<'_>,
) -> Vec<Finding> {
    let (expected, pattern) = match value {
        PrincipalValue::Named(name) => (seen.fixtures.principals.get(&name.value).cloned(), None),
        PrincipalValue::Inline(pattern) => (Some(pattern.json.clone()), Some(pattern)),
    };
    let expected = seen.fill_json(&expected.expect("lint refuses a principal that has no such name"));
    let Ok(found) = serde_json::from_str::<Value>(payload) else {
        return vec![wrong(
            exchange,
            seen,
            span_of(value),
            &expected.to_string(),
            &format!("`{payload}`, no JSON"),
        )];
    };
    let differences = compare(&expected, &found, Others::Forbidden);
    let place =
        |pointer: &str| pattern.map_or_else(|| span_of(value), |pattern: &Pattern| pattern.place(pointer));
    differences
        .into_iter()
        .map(|difference| {
            let member = difference.pointer.trim_start_matches('/');
            let what = if member.is_empty() {
                "its principal".to_owned()
            } else {
                format!("the principal's `{member}`")
            };
            Finding::new(CHECK, format!("request {} differs in {what}", exchange.number))
                .compared(difference.expected, difference.seen)
                .stated_at(seen, place(&difference.pointer))
                .about([exchange.number])
        })
        .collect()
}

fn signer(
    expected: Option<&At<String>>,
    signed_by: Option<&str>,
    span: &Span,
    exchange: &Exchange,
    seen: Observation<'_>,
) -> Option<Finding> {
    let (role, span) = expected.map_or((seen.role, span), |by| (by.value.as_str(), &by.span));
    if signed_by == Some(role) {
        return None;
    }
    let found = signed_by.map_or("a signature that no certificate of this run made".to_owned(), |by| {
        format!("a signature by `{by}`")
    });
    Some(wrong(exchange, seen, span, &format!("a signature (PS512) by `{role}`"), &found))
}

fn wrong(exchange: &Exchange, seen: Observation<'_>, span: &Span, expected: &str, found: &str) -> Finding {
    Finding::new(CHECK, format!("request {} has another principal", exchange.number))
        .compared(expected, found)
        .stated_at(seen, span)
        .about([exchange.number])
}

fn span_of(value: &PrincipalValue) -> &Span {
    match value {
        PrincipalValue::Named(name) => &name.span,
        PrincipalValue::Inline(pattern) => &pattern.span,
    }
}

fn describe_any(value: Option<&HeaderValue>) -> String {
    value.map_or_else(|| "no principal".to_owned(), describe)
}

/// A principal as people should see it.
fn describe(value: &HeaderValue) -> String {
    match value {
        HeaderValue::PlainPrincipal { payload } => format!("base64url JSON {payload}"),
        HeaderValue::SignedPrincipal { payload, signed_by, .. } => {
            format!("JWS {payload} by {}", signed_by.as_deref().unwrap_or("nobody known"))
        }
        HeaderValue::Text { text } => format!("{} `{text}`", unreadable(text)),
        HeaderValue::Certificate { .. } => "a certificate".to_owned(),
        HeaderValue::Secret { scheme, .. } => format!("a secret ({scheme})"),
        HeaderValue::Bytes { length } => format!("{length} bytes that are no text"),
    }
}

/// Which of the usual mistakes makes a principal unreadable.
fn unreadable(text: &str) -> &'static str {
    let encodes_json = |engine: &base64::engine::GeneralPurpose| {
        engine.decode(text).is_ok_and(|bytes| serde_json::from_slice::<Value>(&bytes).is_ok())
    };
    if serde_json::from_str::<Value>(text).is_ok() {
        "JSON that is not encoded:"
    } else if encodes_json(&URL_SAFE) {
        "base64url with padding:"
    } else if encodes_json(&STANDARD) || encodes_json(&STANDARD_NO_PAD) {
        "base64 of the standard alphabet:"
    } else {
        "no base64url JSON:"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unreadable_principal_is_told_by_its_mistake() {
        let json = r#"{"actor":"zoë??>"}"#;
        assert_eq!(unreadable(json), "JSON that is not encoded:");
        assert_eq!(unreadable(&URL_SAFE.encode(json)), "base64url with padding:");
        assert_eq!(unreadable(&STANDARD.encode(json)), "base64 of the standard alphabet:");
        assert_eq!(unreadable(&STANDARD_NO_PAD.encode(json)), "base64 of the standard alphabet:");
        assert_eq!(unreadable("e30.e30.c2ln"), "no base64url JSON:");
    }
}
