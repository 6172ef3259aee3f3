//! Where a fault is put: one exchange or one connection of a scenario, counted among its like.

use std::collections::BTreeMap;
use std::fmt;

use bytes::Bytes;
use plumbline_fake_server::contract::Contract;
use plumbline_fake_server::engine::Engine;
use plumbline_fake_server::exchange::{Incoming, Service};
use plumbline_fake_server::record::{Connection, Exchange, Handshake};

use super::{Place, Rotates, Row, What};
use crate::check::service_name;

/// A place among what a scenario makes a client do.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Point {
    /// The nth exchange, from 1, of a kind.
    Exchange {
        /// The service asked.
        service: Service,
        /// The operation's id in the document; none: the request fits none.
        operation: Option<String>,
        /// The method.
        method: String,
        /// Which of them.
        nth: u64,
    },
    /// The nth connection, from 1, to a service.
    Connection {
        /// The service.
        service: Service,
        /// Which of them.
        nth: u64,
    },
    /// The nth time, from 1, that a lifecycle persists its resource.
    Store {
        /// Which of them.
        nth: u64,
    },
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exchange { operation: Some(operation), nth, .. } => write!(f, "{operation}.{nth}"),
            Self::Exchange { service, operation: None, method, nth } => {
                write!(f, "{}.{}.{nth}", service_name(*service), method.to_lowercase())
            }
            Self::Store { nth } => write!(f, "store.{nth}"),
            Self::Connection { service, nth } => write!(f, "{}.connection.{nth}", service_name(*service)),
        }
    }
}

/// Something that the client did when nothing went wrong.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Made {
    pub(crate) point: Point,
    /// What was asked for.
    pub(crate) target: String,
    /// Several like it were made at once; in which order they arrive is chance.
    pub(crate) one_of_many: bool,
    /// The service's success has no body.
    pub(crate) no_body: bool,
}

/// What a client can be told while it waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Means {
    /// That its time is over.
    pub(crate) gives_up: bool,
    /// That its secrets are others.
    pub(crate) reloads: bool,
    /// That it is dead.
    pub(crate) crashes: bool,
}

/// Why a fault is not tried at a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Unreachable {
    /// Its row says so.
    NotForIt,
    /// It is one of several made at once.
    OneOfMany,
    /// The scenario has the listener refuse every connection as it is.
    NoHandshake,
    /// The answer has no body.
    NoBody,
    /// The client cannot be told that its time is over.
    NeverGivesUp,
    /// The client reads its secrets once.
    NeverReloads,
    /// The client cannot be made to crash.
    NeverCrashes,
}

impl fmt::Display for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotForIt => "the fault is for another kind of exchange",
            Self::OneOfMany => "made at once with others like it; the first to arrive stands for all",
            Self::NoHandshake => "the connection comes to nothing without it",
            Self::NoBody => "the answer has no body that could stall",
            Self::NeverGivesUp => "the client cannot be told to give up (capability `give-up` or `cancel`)",
            Self::NeverCrashes => "the client cannot be made to crash (capability `crash`)",
            Self::NeverReloads => "the client reads its secrets once (capability `reload`)",
        })
    }
}

/// The exchanges of a scenario as points. The second of each pair says whether it was made together with others.
pub(crate) fn exchanges<'a>(
    seen: impl Iterator<Item = (&'a Exchange, bool)>,
    contract: Contract,
) -> Vec<Made> {
    let mut count: BTreeMap<(Service, String, String), u64> = BTreeMap::new();
    seen.map(|(exchange, at_once)| {
        let (service, method, target) =
            (exchange.service, exchange.request.method.clone(), exchange.request.target.clone());
        // By the request: what a scenario answers itself never reaches the service.
        let operation = operation(exchange, contract);
        let kind = operation.clone().unwrap_or_else(|| target.clone());
        let nth = count.entry((service, kind, method.clone())).or_default();
        *nth += 1;
        let no_body = operation.as_deref().is_some_and(|id| !has_body(contract, exchange.service, id));
        let point = Point::Exchange { service, operation, method, nth: *nth };
        Made { point, target, one_of_many: at_once, no_body }
    })
    .collect()
}

/// Whether success has a body, by the document. A client need not read one where there is none, so nobody knows when it has
/// ended where one is said to come all the same.
fn has_body(contract: Contract, service: Service, operation: &str) -> bool {
    let replies = contract.document(service).operation(operation).map(|operation| &operation.replies);
    let mut all = replies.into_iter().flatten();
    all.any(|(status, reply)| status.starts_with('2') && !reply.content.is_empty())
}

fn operation(exchange: &Exchange, contract: Contract) -> Option<String> {
    let incoming = Incoming {
        service: exchange.service,
        method: exchange.request.method.clone(),
        target: exchange.request.target.clone(),
        headers: Vec::new(),
        body: Bytes::new(),
    };
    Engine::operation(contract, &incoming).map(str::to_owned)
}

/// The connections of a scenario as points, and whether each came about.
fn connections(seen: &[Connection], at_once: bool) -> Vec<(Made, bool)> {
    let mut count: BTreeMap<Service, u64> = BTreeMap::new();
    let made = seen.iter().map(|connection| {
        let nth = count.entry(connection.service).or_default();
        *nth += 1;
        let point = Point::Connection { service: connection.service, nth: *nth };
        let done = matches!(connection.handshake, Handshake::Done { .. });
        (Made { point, target: String::new(), one_of_many: at_once && *nth > 1, no_body: false }, done)
    });
    made.collect()
}

/// What a client did.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Points<'a> {
    /// Its exchanges, as points.
    pub(crate) exchanges: &'a [Made],
    /// Its connections.
    pub(crate) connections: &'a [Connection],
    /// How often it persisted something.
    pub(crate) stores: u64,
}

/// How much of what a client did comes before a fault is to be put.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Skipped {
    pub(crate) exchanges: usize,
    pub(crate) connections: usize,
    pub(crate) stores: u64,
}

/// Where a row is put, and where not and why.
pub(crate) fn points(
    row: &Row,
    seen: Points<'_>,
    skipped: Skipped,
    means: Means,
) -> Vec<(Made, Result<(), Unreachable>)> {
    match row.place() {
        Place::Store => at_stores(row, seen.stores, skipped.stores, means),
        Place::Connection => at_connections(row, seen, skipped.connections, means),
        Place::Request => at_exchanges(row, seen, skipped.exchanges, means),
    }
}

fn at_stores(row: &Row, stores: u64, skipped: u64, means: Means) -> Vec<(Made, Result<(), Unreachable>)> {
    let made =
        |nth| Made { point: Point::Store { nth }, target: String::new(), one_of_many: false, no_body: false };
    let reach = if row.crashes() && !means.crashes { Err(Unreachable::NeverCrashes) } else { Ok(()) };
    (skipped + 1..=stores).map(|nth| (made(nth), reach)).collect()
}

fn at_connections(
    row: &Row,
    seen: Points<'_>,
    skipped: usize,
    means: Means,
) -> Vec<(Made, Result<(), Unreachable>)> {
    let at_once = seen.exchanges.iter().any(|made| made.one_of_many);
    let waits = row.holds() && !means.gives_up;
    let found = connections(seen.connections, at_once).into_iter().skip(skipped).map(|(made, done)| {
        let reach = match () {
            () if made.one_of_many => Err(Unreachable::OneOfMany),
            () if !done => Err(Unreachable::NoHandshake),
            () if waits => Err(Unreachable::NeverGivesUp),
            () => Ok(()),
        };
        (made, reach)
    });
    found.collect()
}

fn at_exchanges(
    row: &Row,
    seen: Points<'_>,
    skipped: usize,
    means: Means,
) -> Vec<(Made, Result<(), Unreachable>)> {
    let mut first_of_many = Vec::new();
    let found = seen.exchanges.iter().map(|made| {
        let Point::Exchange { service, operation, method, .. } = &made.point else {
            unreachable!("exchanges have points of their own")
        };
        let kind = (*service, operation.clone(), method.clone());
        let stands_for_others = made.one_of_many && !first_of_many.contains(&kind);
        if stands_for_others {
            first_of_many.push(kind);
        }
        let reach = match () {
            () if !row.on.holds(method) => Err(Unreachable::NotForIt),
            () if made.one_of_many && !stands_for_others => Err(Unreachable::OneOfMany),
            () if row.stalls_body() && made.no_body => Err(Unreachable::NoBody),
            () if row.holds() && !means.gives_up => Err(Unreachable::NeverGivesUp),
            () if row.crashes() && !means.crashes => Err(Unreachable::NeverCrashes),
            () if row.what == What::Rotate(Rotates::Client) && !means.reloads => {
                Err(Unreachable::NeverReloads)
            }
            () => Ok(()),
        };
        (made.clone(), reach)
    });
    found.skip(skipped).collect()
}
