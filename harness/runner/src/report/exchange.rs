//! What travelled, as lines: method, target, the headers that trust hangs on, the answer and who decided it.

use std::collections::BTreeSet;

use plumbline_fake_server::record::{Body, Connection, Exchange, Handshake, Header, HeaderValue, Verified};

use super::style::Style;
use crate::case::CaseResult;

/// So many exchanges are shown when a case has many; those that a finding names always are.
const SHOWN: usize = 12;

/// So many are shown in full when no finding names any.
const IN_FULL: usize = 3;

/// So many characters of a header or body are shown.
const WIDTH: usize = 160;

/// Request headers that trust hangs on.
const OF_INTEREST: [&str; 8] = [
    "x-principal",
    "x-impersonate",
    "unikorn-client-certificate",
    "ssl-client-cert",
    "ssl-client-verify",
    "authorization",
    "traceparent",
    "tracestate",
];

/// Answer headers that a client has to heed.
const ANSWERED: [&str; 3] = ["retry-after", "location", "www-authenticate"];

/// The exchanges of a case, and the handshakes when there was none.
pub(super) fn lines(result: &CaseResult, style: Style) -> Vec<String> {
    if result.exchanges.is_empty() {
        return result.connections.iter().map(|connection| handshake(connection, style)).collect();
    }
    let named: BTreeSet<u64> = result.findings.iter().flat_map(|finding| finding.exchanges.clone()).collect();
    let mut lines = Vec::new();
    let mut left_out = 0;
    for (index, exchange) in result.exchanges.iter().enumerate() {
        let is_named = named.contains(&exchange.number);
        if index >= SHOWN && !is_named {
            left_out += 1;
            continue;
        }
        let pointer = if is_named { style.bad("▶") } else { " ".to_owned() };
        lines.push(format!("{pointer} {}", in_short(exchange, style)));
        if is_named || named.is_empty() && index < IN_FULL {
            lines.extend(in_full(exchange, result, style));
        }
    }
    if left_out > 0 {
        lines.push(style.faint(&format!("    … and {left_out} more in the event log")));
    }
    lines
}

fn in_short(exchange: &Exchange, style: Style) -> String {
    let request = format!("{} {}", exchange.request.method, exchange.request.target);
    let answer = match &exchange.answer {
        Some(answer) => answer.status.to_string(),
        None => "connection cut".to_owned(),
    };
    let decided = format!("{} ({})", written(&exchange.layer), written(&exchange.service));
    let (request, answer) = (style.strong(&request), style.strong(&answer));
    format!("{:>2}  {request} → {answer}  {}", exchange.number, style.faint(&format!("decided by {decided}")))
}

fn in_full(exchange: &Exchange, result: &CaseResult, style: Style) -> Vec<String> {
    let operation = exchange.operation.as_deref();
    let mut lines: Vec<String> =
        operation.map(|operation| format!("        {}", style.faint(operation))).into_iter().collect();
    let peer = result.connections.iter().find(|connection| connection.number == exchange.connection);
    lines.extend(peer.map(|connection| format!("        {}", style.faint(&over(connection)))));
    let mut header = |header: &Header, note: &str| {
        let value = value(&header.value);
        lines.push(format!("        {}: {value}{note}", style.name(&header.name)));
    };
    let interesting =
        |header: &&Header, names: &[&str]| names.iter().any(|name| header.name.eq_ignore_ascii_case(name));
    exchange.request.headers.iter().filter(|h| interesting(h, &OF_INTEREST)).for_each(|h| header(h, ""));
    exchange.spoofed.iter().for_each(|h| header(h, "  (an ingress header from outside: dropped)"));
    if let Some(answer) = &exchange.answer {
        answer.headers.iter().filter(|h| interesting(h, &ANSWERED)).for_each(|h| header(h, "  (answer)"));
        if answer.status >= 400 {
            lines.extend(body(&answer.body).map(|body| format!("        {}", style.faint(&body))));
        }
    }
    lines
}

fn handshake(connection: &Connection, style: Style) -> String {
    let service = written(&connection.service);
    let number = connection.number;
    let how = match &connection.handshake {
        Handshake::Pending => "the handshake has not ended".to_owned(),
        Handshake::Plain | Handshake::Done { .. } => format!("no request came {}", over(connection)),
        Handshake::Failed { reason, .. } => format!("the handshake failed: {reason}"),
    };
    format!("  {number:>2}  connection to {service}: {}", style.faint(&how))
}

fn over(connection: &Connection) -> String {
    match &connection.handshake {
        Handshake::Pending => format!("over connection {}", connection.number),
        Handshake::Plain => format!("over connection {}, without TLS", connection.number),
        Handshake::Failed { reason, .. } => format!("over connection {}: {reason}", connection.number),
        Handshake::Done { version, peer, verified, .. } => {
            let peer = match (peer, verified) {
                (Some(role), Verified::Failed(reason)) => {
                    format!("client certificate `{role}`, which does not verify: {reason}")
                }
                (Some(role), Verified::Success | Verified::None) => format!("client certificate `{role}`"),
                (None, Verified::None) => "no client certificate".to_owned(),
                (None, Verified::Success) => "an unknown client certificate".to_owned(),
                (None, Verified::Failed(reason)) => {
                    format!("an unknown client certificate, which does not verify: {reason}")
                }
            };
            format!("over connection {}: TLS {version}, {peer}", connection.number)
        }
    }
}

fn value(value: &HeaderValue) -> String {
    match value {
        HeaderValue::Text { text } => shortened(text),
        HeaderValue::Certificate { role: Some(role), .. } => format!("the certificate `{role}`"),
        HeaderValue::Certificate { role: None, length } => {
            format!("no certificate of this run, {} bytes", length.unwrap_or_default())
        }
        HeaderValue::PlainPrincipal { payload } => format!("{} (plain)", shortened(payload)),
        HeaderValue::SignedPrincipal { payload, signed_by: Some(role), .. } => {
            format!("{} (signed by `{role}`)", shortened(payload))
        }
        HeaderValue::SignedPrincipal { payload, signed_by: None, .. } => {
            format!("{} (signed by no key of this run)", shortened(payload))
        }
        HeaderValue::Secret { scheme, length } => format!("a {scheme} secret, {length} bytes"),
        HeaderValue::Bytes { length } => format!("{length} bytes that are no text"),
    }
}

fn body(body: &Body) -> Option<String> {
    match body {
        Body::Empty => None,
        Body::Json { value } => Some(shortened(&value.to_string())),
        Body::Text { text, .. } => Some(shortened(text)),
    }
}

fn shortened(text: &str) -> String {
    let text = text.escape_debug().to_string().replace("\\\"", "\"").replace("\\'", "'");
    match text.char_indices().nth(WIDTH) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// The word that a unit variant has in the log.
fn written<T: serde::Serialize>(word: &T) -> String {
    match serde_json::to_value(word) {
        Ok(serde_json::Value::String(word)) => word,
        Ok(other) => other.to_string(),
        Err(error) => error.to_string(),
    }
}
