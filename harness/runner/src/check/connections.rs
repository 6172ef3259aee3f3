//! Connections and handshakes of a step.

use plumbline_fake_server::record::{Connection, Handshake};

use super::request::describe;
use super::target::service_name;
use super::{Finding, Observation, plural};
use crate::scenario::expect::{Count, ExpectHandshake, RoleExpect, TextExpect};
use crate::scenario::node::Span;
use crate::scenario::read::At;
use crate::scenario::words::{Presence, YesNo};

/// How many connections the step opened.
pub(super) fn check_opened(expect: &Count, seen: Observation<'_>) -> Option<Finding> {
    let found = u64::try_from(seen.opened.len()).unwrap_or(u64::MAX);
    outside(expect, found).then(|| {
        let message = format!("expected {}, saw {found}", describe(expect, "new connection"));
        Finding::new("connections", message).stated_at(seen, &expect.span)
    })
}

/// How many connections are still open.
pub(super) fn check_open(expect: &Count, seen: Observation<'_>) -> Option<Finding> {
    outside(expect, seen.open).then(|| {
        let message = format!("expected {}, saw {}", describe(expect, "open connection"), seen.open);
        Finding::new("open-connections", message).stated_at(seen, &expect.span)
    })
}

/// Each handshake of the step against its entry.
pub(super) fn check_handshakes(expect: &At<Vec<ExpectHandshake>>, seen: Observation<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let (wanted, found) = (expect.value.len(), seen.opened.len());
    if wanted != found {
        let wanted = plural(u64::try_from(wanted).unwrap_or(u64::MAX), "handshake");
        let message = format!("expected {wanted}, saw {found}");
        findings.push(Finding::new("handshakes", message).stated_at(seen, &expect.span));
    }
    for (entry, connection) in expect.value.iter().zip(seen.opened) {
        findings.extend(one(entry, connection, seen));
    }
    findings
}

fn outside(count: &Count, found: u64) -> bool {
    !(count.at_least..=count.at_most).contains(&found)
}

fn one(entry: &ExpectHandshake, connection: &Connection, seen: Observation<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut differ = |what: &str, expected: &str, found: &str, span: &Span| {
        if expected != found {
            let message = format!("the handshake of connection {} has another {what}", connection.number);
            findings
                .push(Finding::new("handshakes", message).compared(expected, found).stated_at(seen, span));
        }
    };
    if let Some(service) = &entry.service {
        differ("service", service_name(service.value), service_name(connection.service), &service.span);
    }
    let done = Done::of(&connection.handshake);
    if let Some(completed) = &entry.completed {
        let wanted = match completed.value {
            YesNo::Yes => "completed",
            YesNo::No => "not completed",
        };
        differ("end", wanted, if done.completed { "completed" } else { "not completed" }, &completed.span);
    }
    if let Some(version) = &entry.version {
        differ("TLS version", &version.value, done.version.unwrap_or("none"), &version.span);
    }
    for (what, expected, found) in [("ALPN", &entry.alpn, done.alpn), ("server name", &entry.sni, done.sni)] {
        match expected {
            Some(TextExpect::Exact(text)) => differ(what, &text.value, found.unwrap_or("none"), &text.span),
            Some(TextExpect::Presence(At { value: Presence::Absent, span })) => {
                differ(what, "none", found.unwrap_or("none"), span);
            }
            Some(TextExpect::Presence(At { value: Presence::Present, span })) => {
                differ(what, "any", found.map_or("none", |_| "any"), span);
            }
            None => {}
        }
    }
    match &entry.peer {
        Some(RoleExpect::Absent(span)) => {
            differ("client certificate", "none", done.peer.unwrap_or("none"), span)
        }
        Some(RoleExpect::Role(role)) => {
            differ("client certificate", &role.value, done.peer.unwrap_or("none"), &role.span);
        }
        None => {}
    }
    findings
}

/// What a handshake agreed on, as far as it went.
#[derive(Default)]
struct Done<'a> {
    completed: bool,
    version: Option<&'a str>,
    alpn: Option<&'a str>,
    sni: Option<&'a str>,
    peer: Option<&'a str>,
}

impl<'a> Done<'a> {
    fn of(handshake: &'a Handshake) -> Self {
        match handshake {
            Handshake::Done { version, alpn, sni, peer, .. } => Self {
                completed: true,
                version: Some(version),
                alpn: alpn.as_deref(),
                sni: sni.as_deref(),
                peer: peer.as_deref(),
            },
            Handshake::Pending | Handshake::Plain | Handshake::Failed { .. } => Self::default(),
        }
    }
}
