//! The requests of a step: how many, and each against its entry.

use percent_encoding::percent_decode_str;
use plumbline_fake_server::record::{Body, Exchange, Handshake, HeaderValue};
use serde_json::Value;

use super::json::{Others, compare};
use super::target::{of_call, same, service_name};
use super::{Finding, Observation, plural, principal};
use crate::scenario::expect::{Count, ExpectBody, ExpectRequest, ExpectRequests, RoleExpect, TextExpect};
use crate::scenario::node::Span;
use crate::scenario::read::At;
use crate::scenario::words::Presence;

/// Holds the step's requests to what is expected of them.
pub(super) fn check(expect: &ExpectRequests, seen: Observation<'_>) -> Vec<Finding> {
    match expect {
        ExpectRequests::Count(count) => {
            let mut findings: Vec<_> = number(count, seen).into_iter().collect();
            let own = seen.exchanges.iter().flat_map(|exchange| line(None, exchange, &count.span, seen));
            findings.extend(own);
            findings
        }
        ExpectRequests::Each(entries) => {
            let wanted = u64::try_from(entries.value.len()).unwrap_or(u64::MAX);
            let count = Count { at_least: wanted, at_most: wanted, span: entries.span.clone() };
            let mut findings: Vec<_> = number(&count, seen).into_iter().collect();
            for (entry, exchange) in entries.value.iter().zip(seen.exchanges) {
                findings.extend(one(entry, exchange, seen));
            }
            findings
        }
    }
}

fn number(count: &Count, seen: Observation<'_>) -> Option<Finding> {
    let found = u64::try_from(seen.exchanges.len()).unwrap_or(u64::MAX);
    if (count.at_least..=count.at_most).contains(&found) {
        return None;
    }
    let message = format!("expected {}, saw {found}", describe(count, "request"));
    let finding = Finding::new("requests", message).stated_at(seen, &count.span).about(numbers(seen));
    Some(match seen.known {
        Some(known) if found > count.at_most && known.method != "GET" => {
            finding.help(format!("{} is not safe to repeat, so a client sends it once", known.name))
        }
        Some(_) | None => finding,
    })
}

/// `2 requests`, `1 to 2 requests`, `at most 3 connections`.
pub(super) fn describe(count: &Count, what: &str) -> String {
    match (count.at_least, count.at_most) {
        (least, most) if least == most => plural(least, what),
        (0, most) => format!("at most {}", plural(most, what)),
        (least, u64::MAX) => format!("at least {}", plural(least, what)),
        (least, most) => format!("{least} to {}", plural(most, what)),
    }
}

fn numbers(seen: Observation<'_>) -> impl Iterator<Item = u64> {
    seen.exchanges.iter().map(|exchange| exchange.number)
}

fn one(entry: &ExpectRequest, exchange: &Exchange, seen: Observation<'_>) -> Vec<Finding> {
    let mut findings = line(Some(entry), exchange, &entry.span, seen);
    for (name, expected) in &entry.headers {
        findings.extend(header(name, expected, exchange, seen));
    }
    if let Some(expected) = &entry.principal {
        findings.extend(principal::check(expected, exchange, seen));
    }
    if let Some(expected) = &entry.certificate {
        findings.extend(certificate(expected, exchange, seen));
    }
    if let Some(expected) = &entry.peer {
        findings.extend(peer(expected, exchange, seen));
    }
    if let Some(expected) = &entry.body {
        findings.extend(body(expected, exchange, seen));
    }
    if let Some(expected) = &entry.form {
        findings.extend(form(expected, &entry.span, exchange, seen));
    }
    findings.extend(answer(entry, exchange, seen));
    findings
}

/// Service, method and target: what the entry says, or else the call's own.
fn line(
    entry: Option<&ExpectRequest>,
    exchange: &Exchange,
    span: &Span,
    seen: Observation<'_>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let stated = entry.and_then(|entry| entry.service.as_ref());
    let service = stated.map(|at| at.value).or_else(|| seen.service());
    if let Some(service) = service.filter(|service| *service != exchange.service) {
        let span = stated.map_or(span, |at| &at.span);
        findings.push(differs(
            "service",
            service_name(service),
            service_name(exchange.service),
            exchange,
            span,
            seen,
        ));
    }
    let stated = entry.and_then(|entry| entry.method.as_ref());
    let method = stated.map(|at| at.value.as_str()).or_else(|| seen.known.map(|known| known.method));
    if let Some(method) = method.filter(|method| *method != exchange.request.method) {
        let span = stated.map_or(span, |at| &at.span);
        findings.push(differs("method", method, &exchange.request.method, exchange, span, seen));
    }
    findings.extend(target(entry.and_then(|entry| entry.target.as_ref()), exchange, span, seen));
    findings
}

fn target(
    stated: Option<&At<String>>,
    exchange: &Exchange,
    span: &Span,
    seen: Observation<'_>,
) -> Option<Finding> {
    let found = &exchange.request.target;
    if let Some(stated) = stated {
        let expected = seen.fill(&stated.value);
        return (!same(&expected, found))
            .then(|| differs("target", &expected, found, exchange, &stated.span, seen));
    }
    let known = seen.known?;
    let own: Vec<String> = seen.calls.iter().filter_map(|made| of_call(known, &made.call)).collect();
    let path = |target: &str| target.split('?').next().unwrap_or_default().to_ascii_lowercase();
    let fits = |expected: &String| same(&path(expected), &path(found));
    match own.first() {
        Some(expected) if !own.iter().any(fits) => {
            Some(differs("target", expected, found, exchange, span, seen))
        }
        Some(_) | None => None,
    }
}

fn differs(
    what: &str,
    expected: &str,
    found: &str,
    exchange: &Exchange,
    span: &Span,
    seen: Observation<'_>,
) -> Finding {
    Finding::new("requests", format!("request {} has another {what}", exchange.number))
        .compared(expected, found)
        .stated_at(seen, span)
        .about([exchange.number])
}

/// Whether an answer sent the client elsewhere.
pub(crate) fn is_redirected(exchange: &Exchange) -> bool {
    exchange.answer.as_ref().is_some_and(|answer| (300..400).contains(&answer.status))
}

/// Every value of a header, in the order in which they came.
pub(crate) fn header_values<'a>(exchange: &'a Exchange, name: &str) -> impl Iterator<Item = &'a HeaderValue> {
    let named = move |found: &str| found.eq_ignore_ascii_case(name);
    exchange.request.headers.iter().filter(move |header| named(&header.name)).map(|header| &header.value)
}

/// A header's value as people should see it; secrets by what they are.
pub(super) fn header_text(value: &HeaderValue) -> String {
    match value {
        HeaderValue::Text { text } => text.clone(),
        HeaderValue::Certificate { role: Some(role), .. } => format!("the certificate of `{role}`"),
        HeaderValue::Certificate { role: None, length } => {
            format!("{} bytes that are no certificate of this run", length.unwrap_or_default())
        }
        HeaderValue::PlainPrincipal { payload } => format!("the principal {payload}"),
        HeaderValue::SignedPrincipal { payload, .. } => format!("the signed principal {payload}"),
        HeaderValue::Secret { scheme, .. } => format!("a secret ({scheme})"),
        HeaderValue::Bytes { length } => format!("{length} bytes that are no text"),
    }
}

fn header(
    name: &At<String>,
    expected: &TextExpect,
    exchange: &Exchange,
    seen: Observation<'_>,
) -> Option<Finding> {
    let found: Vec<String> = header_values(exchange, &name.value).map(header_text).collect();
    let message = format!("request {} has another `{}`", exchange.number, name.value);
    text("headers", message, (expected, &found), exchange, seen)
}

/// The fields of a form, each once.
fn form(
    expected: &[(At<String>, TextExpect)],
    span: &Span,
    exchange: &Exchange,
    seen: Observation<'_>,
) -> Vec<Finding> {
    let Body::Text { text: written, .. } = &exchange.request.body else {
        return vec![differs("body", "a form", &body_text(&exchange.request.body), exchange, span, seen)];
    };
    let fields = fields(written);
    let stated = expected.iter().filter_map(|(name, expected)| {
        let same = fields.iter().filter(|(found, _)| *found == name.value);
        let found: Vec<String> = same.map(|(_, value)| value.clone()).collect();
        let message = format!("request {} has another field `{}`", exchange.number, name.value);
        text("form", message, (expected, &found), exchange, seen)
    });
    let known = |name: &String| expected.iter().any(|(expected, _)| expected.value == *name);
    let others = fields.iter().filter(|(name, _)| !known(name));
    let others = others.map(|(name, _)| differs("form", "no other field", name, exchange, span, seen));
    stated.chain(others).collect()
}

/// The names and values of a form's fields.
fn fields(form: &str) -> Vec<(String, String)> {
    let plain = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    let pairs = form.split('&').filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.map(|(name, value)| (plain(name), plain(value))).collect()
}

/// Text that may be exact, present or absent.
fn text(
    check: &str,
    message: String,
    (expected, found): (&TextExpect, &[String]),
    exchange: &Exchange,
    seen: Observation<'_>,
) -> Option<Finding> {
    let (fine, wanted, span) = match expected {
        TextExpect::Presence(At { value: Presence::Absent, span }) => {
            (found.is_empty(), "none".to_owned(), span)
        }
        TextExpect::Presence(At { value: Presence::Present, span }) => {
            (!found.is_empty(), "any".to_owned(), span)
        }
        TextExpect::Exact(text) => {
            let wanted = seen.fill(&text.value);
            (found.len() == 1 && found[0] == wanted, format!("`{wanted}`"), &text.span)
        }
    };
    let shown = if found.is_empty() { "none".to_owned() } else { format!("`{}`", found.join("`, `")) };
    (!fine).then(|| {
        Finding::new(check, message).compared(wanted, shown).stated_at(seen, span).about([exchange.number])
    })
}

fn certificate(expected: &RoleExpect, exchange: &Exchange, seen: Observation<'_>) -> Option<Finding> {
    let found = header_values(exchange, "Unikorn-Client-Certificate").next();
    let role = found.map(|value| match value {
        HeaderValue::Certificate { role: Some(role), .. } => role.clone(),
        other => header_text(other),
    });
    self::role("propagated certificate", expected, role.as_deref(), exchange, seen)
}

fn peer(expected: &RoleExpect, exchange: &Exchange, seen: Observation<'_>) -> Option<Finding> {
    let connection = seen.connections.iter().find(|connection| connection.number == exchange.connection)?;
    let found = match &connection.handshake {
        Handshake::Done { peer, .. } => peer.as_deref(),
        Handshake::Pending | Handshake::Plain | Handshake::Failed { .. } => None,
    };
    role("client certificate", expected, found, exchange, seen)
}

fn role(
    what: &str,
    expected: &RoleExpect,
    found: Option<&str>,
    exchange: &Exchange,
    seen: Observation<'_>,
) -> Option<Finding> {
    let (wanted, span) = match expected {
        RoleExpect::Absent(span) => (None, span),
        RoleExpect::Role(role) => (Some(role.value.as_str()), &role.span),
    };
    (wanted != found)
        .then(|| differs(what, wanted.unwrap_or("none"), found.unwrap_or("none"), exchange, span, seen))
}

fn body(expected: &ExpectBody, exchange: &Exchange, seen: Observation<'_>) -> Vec<Finding> {
    let found = &exchange.request.body;
    match (expected, found) {
        (ExpectBody::Empty(_), Body::Empty) => Vec::new(),
        (ExpectBody::Empty(span), other) => {
            vec![differs("body", "none", &body_text(other), exchange, span, seen)]
        }
        (ExpectBody::Json(pattern), Body::Json { value }) => {
            let differences = compare(&seen.fill_json(&pattern.json), value, Others::Forbidden);
            let told = differences.into_iter().map(|difference| {
                let place = pattern.place(&difference.pointer);
                let what = format!("body at `{}`", difference.pointer);
                differs(&what, &difference.expected, &difference.seen, exchange, place, seen)
            });
            told.collect()
        }
        (ExpectBody::Json(pattern), other) => {
            let wanted = seen.fill_json(&pattern.json).to_string();
            vec![differs("body", &wanted, &body_text(other), exchange, &pattern.span, seen)]
        }
    }
}

/// A body as people should see it.
pub(super) fn body_text(body: &Body) -> String {
    match body {
        Body::Empty => "none".to_owned(),
        Body::Json { value } => value.to_string(),
        Body::Text { text, .. } => format!("`{text}`"),
    }
}

fn answer(entry: &ExpectRequest, exchange: &Exchange, seen: Observation<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(status) = &entry.status {
        let found = exchange.answer.as_ref().map(|answer| answer.status);
        if found != Some(status.value) {
            let shown = found.map_or("no answer".to_owned(), |found| found.to_string());
            let expected = status.value.to_string();
            let finding = differs("answer", &expected, &shown, exchange, &status.span, seen);
            findings.push(finding.help("the server decides by what it was sent: see the exchange"));
        }
    }
    if let Some(code) = &entry.code {
        let found = error_code(exchange);
        if found.as_deref() != Some(code.value.as_str()) {
            let shown = found.unwrap_or_else(|| "none".to_owned());
            findings.push(differs(
                "error code in its answer",
                &code.value,
                &shown,
                exchange,
                &code.span,
                seen,
            ));
        }
    }
    findings
}

fn error_code(exchange: &Exchange) -> Option<String> {
    match &exchange.answer.as_ref()?.body {
        Body::Json { value } => value.get("error").and_then(Value::as_str).map(ToOwned::to_owned),
        Body::Empty | Body::Text { .. } => None,
    }
}
