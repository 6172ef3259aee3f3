//! Recordings in an order that does not depend on chance.
//!
//! Calls made at once reach the server in any order. Their exchanges are put in the order of what they carry, and
//! everything that counts is counted anew.

use std::collections::{BTreeMap, BTreeSet};

use plumbline_fake_server::exchange::Service;
use plumbline_fake_server::record::{Body, Connection, Exchange, HeaderValue};
use serde_json::Value;

use crate::run::Performance;

/// New numbers for exchanges and connections.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    exchanges: u64,
    connections: BTreeMap<u64, u64>,
    given: u64,
    pools: Vec<Pool>,
}

/// Connections that calls made at once were spread over by chance. Which of them a later call takes is chance, too, so
/// they get their numbers anew, in the order in which they are taken.
#[derive(Debug, Default)]
struct Pool {
    members: BTreeSet<u64>,
    numbers: BTreeSet<u64>,
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

    /// The same for calls made at once.
    pub(super) fn renumber_mixed(&mut self, exchanges: &mut [Exchange], connections: &mut [Connection]) {
        let used: Vec<(Service, u64)> =
            exchanges.iter().map(|exchange| (exchange.service, exchange.connection)).collect();
        self.renumber(exchanges, connections);
        for service in [Service::Identity, Service::Region] {
            let members: BTreeSet<u64> =
                used.iter().filter(|(of, _)| *of == service).map(|(_, connection)| *connection).collect();
            let numbers = members.iter().filter_map(|member| self.connections.remove(member)).collect();
            self.pools.push(Pool { members, numbers });
        }
    }

    /// All connections, renumbered and in order.
    pub(super) fn connections(mut self, mut connections: Vec<Connection>) -> Vec<Connection> {
        self.renumber(&mut [], &mut connections);
        connections
    }

    fn connection(&mut self, member: u64) -> u64 {
        if let Some(number) = self.connections.get(&member) {
            return *number;
        }
        let kept = self.pools.iter_mut().find_map(|pool| {
            let taken = pool.members.remove(&member);
            taken.then(|| pool.numbers.pop_first()).flatten()
        });
        let number = kept.unwrap_or_else(|| {
            self.given += 1;
            self.given
        });
        self.connections.insert(member, number);
        number
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
        let told = exchange.answer.as_ref().map(|answer| answer.status);
        (exchange.request.method.clone(), exchange.request.target.clone(), carried, impersonates, told)
    });
    for (exchange, trace) in exchanges.iter_mut().zip(traces) {
        if let (Some(place), Some(trace)) = (trace_id(exchange), trace) {
            *place = trace;
        }
    }
}

/// Leaves out of the record what tells in which order calls made at once were served: what each of them found, and left.
pub(super) fn forget_race(exchanges: &mut [Exchange]) {
    for change in exchanges.iter_mut().flat_map(|exchange| &mut exchange.changes) {
        change.before = Value::Null;
        change.after = Value::Null;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_are_counted_in_the_order_in_which_they_are_used() {
        let mut numbers = Numbers::default();
        assert_eq!([7, 3, 7].map(|member| numbers.connection(member)), [1, 2, 1]);
    }

    #[test]
    fn mixed_connections_are_counted_anew_when_they_are_used_again() {
        let mut numbers = Numbers { given: 2, ..Numbers::default() };
        numbers.pools.push(Pool { members: [3, 7].into(), numbers: [1, 2].into() });
        assert_eq!([7, 9, 3, 7].map(|member| numbers.connection(member)), [1, 3, 2, 1]);
    }

    #[test]
    fn only_the_ports_of_the_case_are_replaced() {
        let mut text = "https://localhost:40001/ and localhost:40002".to_owned();
        replace(&mut text, &[(":40001".to_owned(), ":{identity}".to_owned())]);
        assert_eq!(text, "https://localhost:{identity}/ and localhost:40002");
    }
}
