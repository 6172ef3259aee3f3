//! Recordings in an order that does not depend on chance.
//!
//! Calls made at once reach the server in any order. Their exchanges are put in the order of what they carry, and
//! everything that counts is counted anew.

use std::collections::BTreeMap;

use plumbline_fake_server::record::{Body, Connection, Exchange, HeaderValue};
use serde_json::Value;

use crate::run::Performance;

/// New numbers for exchanges and connections.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    exchanges: u64,
    connections: BTreeMap<u64, u64>,
}

impl Numbers {
    /// Renumbers the exchanges and connections of a step, in the order given.
    pub(super) fn renumber(&mut self, exchanges: &mut [Exchange], connections: &mut [Connection]) {
        for exchange in exchanges.iter_mut() {
            self.exchanges += 1;
            exchange.number = self.exchanges;
            exchange.connection = self.connection(exchange.connection);
        }
        for connection in connections.iter_mut() {
            connection.number = self.connection(connection.number);
        }
        connections.sort_by_key(|connection| connection.number);
    }

    /// All connections, renumbered and in order.
    pub(super) fn connections(mut self, mut connections: Vec<Connection>) -> Vec<Connection> {
        self.renumber(&mut [], &mut connections);
        connections
    }

    fn connection(&mut self, number: u64) -> u64 {
        let next = u64::try_from(self.connections.len()).unwrap_or(u64::MAX) + 1;
        *self.connections.entry(number).or_insert(next)
    }
}

/// Puts the exchanges of calls made at once in the order of what they carry. Trace ids that the server made up stay in
/// the order in which it made them.
pub(super) fn sort(exchanges: &mut [Exchange]) {
    let traces: Vec<_> = exchanges.iter_mut().map(|exchange| trace_id(exchange).cloned()).collect();
    exchanges.sort_by_cached_key(|exchange| {
        let carried: Vec<String> =
            exchange.request.headers.iter().filter_map(|header| carried(&header.value)).collect();
        let impersonates =
            exchange.request.headers.iter().any(|h| h.name.eq_ignore_ascii_case("X-Impersonate"));
        (exchange.request.method.clone(), exchange.request.target.clone(), carried, impersonates)
    });
    for (exchange, trace) in exchanges.iter_mut().zip(traces) {
        if let (Some(place), Some(trace)) = (trace_id(exchange), trace) {
            *place = trace;
        }
    }
}

fn trace_id(exchange: &mut Exchange) -> Option<&mut Value> {
    match &mut exchange.answer.as_mut()?.body {
        Body::Json { value } => value.get_mut("trace_id"),
        Body::Empty | Body::Text { .. } => None,
    }
}

fn carried(value: &HeaderValue) -> Option<String> {
    match value {
        HeaderValue::PlainPrincipal { payload } | HeaderValue::SignedPrincipal { payload, .. } => {
            Some(payload.clone())
        }
        HeaderValue::Text { .. }
        | HeaderValue::Certificate { .. }
        | HeaderValue::Secret { .. }
        | HeaderValue::Bytes { .. } => None,
    }
}

/// The same with `{identity}`, `{region}` and `{silent}` wherever a port of this case stands, the last for the one
/// where nothing listens.
pub(super) fn without_ports(performance: Performance, silent: u16) -> Performance {
    let listening =
        performance.ports.iter().map(|(service, port)| (*port, crate::check::service_name(*service)));
    let names: Vec<(String, String)> = listening
        .chain([(silent, "silent")])
        .map(|(port, name)| (format!(":{port}"), format!(":{{{name}}}")))
        .collect();
    let Performance { mut findings, mut recording, .. } = performance;
    for finding in &mut findings {
        for text in [Some(&mut finding.message), finding.expected.as_mut(), finding.seen.as_mut()] {
            text.into_iter().for_each(|text| replace(text, &names));
        }
    }
    for exchange in &mut recording.exchanges {
        replace(&mut exchange.request.target, &names);
        let answered = exchange.answer.iter_mut().flat_map(|answer| &mut answer.headers);
        for header in exchange.request.headers.iter_mut().chain(answered) {
            if let HeaderValue::Text { text } = &mut header.value {
                replace(text, &names);
            }
        }
    }
    Performance { findings, recording, ..performance }
}

fn replace(text: &mut String, names: &[(String, String)]) {
    for (port, name) in names {
        if text.contains(port.as_str()) {
            *text = text.replace(port.as_str(), name);
        }
    }
}
