//! From the events of a run to what the client does: for each scenario what it sent, over which connections, and what it
//! told its user.
//!
//! Identifiers differ from run to run, or when a request is made that was not before; each is written as the number of
//! its first appearance in its case, so that only who meets whom counts. What is long is a digest.

mod mask;

use std::collections::BTreeMap;

use serde_json::Value;

use super::ExtractError;
use crate::fingerprint::of_text;
use crate::model::{About, Fact, Interface};
use crate::source::SourceFile;
use mask::Mask;

/// So many digits of a digest are kept.
const DIGITS: usize = 12;

/// Whether a file may be an event log.
pub fn wanted(path: &str) -> bool {
    path.ends_with(".jsonl")
}

/// Extracts what a client did in the runs that event logs tell of.
pub fn extract(about: About, files: &[SourceFile]) -> Result<Interface, ExtractError> {
    let mut facts = Vec::new();
    for file in files {
        for (line, number) in file.text.lines().zip(1..) {
            let event: Value = serde_json::from_str(line).map_err(|error| {
                // A log that ends in the middle of a line is that of a run that was killed.
                let problem = format!("expected an event of a run as JSON: {error}");
                ExtractError::at(&file.path, number, problem)
                    .helping("`plumbline run --report-dir FOLDER` writes `FOLDER/events.jsonl`")
            })?;
            if event["event"] == "judged" {
                let result = &event["result"];
                let id = result["case"]["id"].as_str().ok_or_else(|| {
                    ExtractError::at(&file.path, number, "expected the id of a case in `result.case.id`")
                })?;
                case(id, result, &mut facts);
            }
        }
    }
    if facts.is_empty() {
        let file = files.first().map_or("the source", |file| &file.path);
        return Err(ExtractError::of(file, "expected an event log with cases that were played, found none")
            .helping("`plumbline run --report-dir FOLDER` writes `FOLDER/events.jsonl`"));
    }
    Ok(Interface::new(about, facts))
}

fn case(id: &str, result: &Value, facts: &mut Vec<Fact>) {
    let list = |name: &str| result[name].as_array().map_or(&[][..], Vec::as_slice);
    let (connections, exchanges, told) = (list("connections"), list("exchanges"), list("told"));
    facts.push(
        Fact::new("case", id)
            .with("verdict", words(&result["verdict"]))
            .with("connections", connections.len().to_string())
            .with("requests", exchanges.len().to_string())
            .with("calls", told.len().to_string()),
    );
    let mut mask = Mask::default();
    for (connection, number) in connections.iter().zip(1..) {
        facts.push(handshake(&connection["handshake"], Fact::new("connection", format!("{id}#{number}"))));
    }
    for (exchange, number) in exchanges.iter().zip(1..) {
        facts.push(request(exchange, &mut mask, Fact::new("request", format!("{id}#{number}"))));
    }
    for (told, number) in told.iter().zip(1..) {
        facts.push(outcome(told, &mut mask, Fact::new("outcome", format!("{id}#{number}"))));
    }
}

/// How a connection was made: what the client offered, and who it said it was.
fn handshake(handshake: &Value, fact: Fact) -> Fact {
    let mut fact = fact.with("tls", words(&handshake["kind"]));
    for name in ["version", "alpn", "offered_alpn", "sni", "peer", "verified", "reason"] {
        if !handshake[name].is_null() {
            fact = fact.with(name.replace('_', "-"), words(&handshake[name]));
        }
    }
    fact
}

/// What was sent: its headers by name, and digests of what they and the body say.
fn request(exchange: &Value, mask: &mut Mask, fact: Fact) -> Fact {
    let request = &exchange["request"];
    let mut headers: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for header in request["headers"].as_array().into_iter().flatten() {
        let name = words(&header["name"]).to_lowercase();
        headers.entry(name).or_default().push(mask.json(&header["value"]));
    }
    let names: Vec<&str> = headers.keys().map(String::as_str).collect();
    let (names, identity): (Vec<&str>, Vec<&str>) = names.into_iter().partition(|name| !is_identity(name));
    let target = mask.text(&words(&request["target"]));
    let values: Vec<String> = headers.iter().map(|(name, values)| format!("{name}={values:?}")).collect();
    let spoofed = exchange["spoofed"].as_array().map_or(0, Vec::len);
    let fact = fact
        .with("service", words(&exchange["service"]))
        .with("method", words(&request["method"]))
        .with("target", target)
        .with("headers", names.join(", "))
        .with("identity", identity.join(", "))
        .with("values", digest(&values.join("\n")))
        .with("connection", words(&exchange["connection"]));
    let fact = match request["body"]["kind"].as_str() {
        None | Some("empty") => fact,
        Some(_) => fact.with("body", digest(&mask.json(&request["body"]))),
    };
    if spoofed > 0 { fact.with("spoofed", spoofed.to_string()) } else { fact }
}

/// Headers that say who calls.
fn is_identity(name: &str) -> bool {
    matches!(name, "authorization" | "cookie")
        || name.starts_with("x-principal")
        || name.starts_with("x-impersonate")
}

/// What the client told its user: how a call ended, and a digest of the rest.
fn outcome(told: &Value, mask: &mut Mask, fact: Fact) -> Fact {
    let outcome = &told["outcome"];
    let mut fact = fact.with("operation", words(&told["operation"])).with("ending", words(&outcome["kind"]));
    for name in ["class", "status", "code"] {
        if !outcome[name].is_null() {
            fact = fact.with(name, words(&outcome[name]));
        }
    }
    let rest: Vec<String> = ["value", "resource", "description", "trace_id", "retry_after", "body"]
        .iter()
        .filter(|name| !outcome[**name].is_null())
        .map(|name| format!("{name}={}", mask.json(&outcome[*name])))
        .collect();
    if rest.is_empty() { fact } else { fact.with("tells", digest(&rest.join("\n"))) }
}

/// A text as it is, and anything else as JSON.
fn words(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn digest(text: &str) -> String {
    let mut digits = of_text(text);
    digits.truncate(DIGITS);
    digits
}

#[cfg(test)]
mod tests;
