//! Puts faults in force beside those of a scenario, and does what they need done while a request is held.

use plumbline_fake_server::FakeServer;
use plumbline_fake_server::exchange::{Response, Service};
use plumbline_fake_server::fault::{
    Arrival, Commit, ConnectionFault, ConnectionRule, ConnectionRuleId, Delivery, Ending, Fault, Gate,
    Moment, Occurrence, Requests, Rule, RuleId,
};
use plumbline_fake_server::ingress::{Protocol, TlsSetup};
use plumbline_fake_server::pki::{KeyType, Leaf};
use std::sync::atomic::Ordering;

use plumbline_protocol::{Capability, Driver, Secret};

use super::desk::{AtStore, Desk};
use super::listener::certificate;
use super::{Play, faults, in_time, off_thread};
use crate::fault::{self, Means, Placed, Point, ROTATED_ROLE, Rotates, Row, Then, What};
use crate::run::Trouble;
use crate::scenario::words::ServerCertificate;

/// A day and an hour: longer than any client keeps its certificate without looking.
const LATER: u64 = 25 * 3_600;

/// A fault in force.
pub(super) struct Armed {
    rule: InForce,
    /// Where it holds a request or a connection, and until when.
    held: Option<(Gate, Until)>,
}

#[derive(Debug, Clone, Copy)]
enum InForce {
    Exchange(RuleId),
    Connection(ConnectionRuleId),
    Store(u64),
}

/// Until when something is held.
enum Until {
    /// The client gives up.
    GivenUp,
    /// Its secrets are these.
    ClientRotated(Vec<Secret>),
    /// Its process is dead.
    Crashed,
    /// The service has another certificate.
    ServerRotated(Service, Box<TlsSetup>),
}

impl Armed {
    /// Whether the client's secrets are others by now.
    pub(super) fn rotated_client(&self) -> bool {
        matches!(&self.held, Some((gate, Until::ClientRotated(_))) if gate.arrived() > 0)
    }

    /// Sends away whoever waits, once nobody does who could be answered.
    pub(super) fn dismiss(&self) {
        if let Some((gate, _)) = self.held.as_ref().filter(|(gate, _)| gate.arrived() > 0) {
            gate.dismiss();
        }
    }

    /// Takes it out of force; whether it was reached.
    pub(super) fn withdraw(self, server: &FakeServer, desk: &Desk) -> bool {
        if let Some((gate, _)) = &self.held {
            gate.dismiss();
        }
        let met = match self.rule {
            InForce::Exchange(rule) => server.withdraw(rule),
            InForce::Connection(rule) => server.withdraw_connection(rule),
            InForce::Store(nth) => return desk.met(nth),
        };
        met.is_some_and(|met| met > 0)
    }
}

impl<D: Driver> Play<'_, D> {
    /// Puts a fault in force.
    pub(super) async fn arm(&mut self, placed: &Placed) -> Result<(), Trouble> {
        let armed = match &placed.point {
            Point::Exchange { service, operation, method, nth } => {
                let (fault, held) = self.at_exchange(&placed.row, *service, &placed.target).await?;
                let requests = Requests {
                    service: Some(*service),
                    method: Some(method.clone()),
                    operation: operation.clone(),
                    target_prefix: operation.is_none().then(|| placed.target.clone()),
                    ..Requests::default()
                };
                let rule = Rule { requests, occurrence: Occurrence::Nth(*nth), fault };
                Armed { rule: InForce::Exchange(self.server.inject(rule)), held }
            }
            Point::Store { nth } => {
                let (what, held) = at_store(&placed.row);
                self.desk.trap(*nth, what);
                Armed { rule: InForce::Store(*nth), held }
            }
            Point::Connection { service, nth } => {
                let (fault, held) = at_connection(&placed.row);
                let rule =
                    ConnectionRule { service: Some(*service), occurrence: Occurrence::Nth(*nth), fault };
                let rule = self.server.inject_connection(rule);
                let rule = rule.map_err(|e| Trouble::with("set up a listener", &e))?;
                Armed { rule: InForce::Connection(rule), held }
            }
        };
        self.armed.push(armed);
        Ok(())
    }

    async fn at_exchange(
        &self,
        row: &Row,
        service: Service,
        target: &str,
    ) -> Result<(Fault, Option<(Gate, Until)>), Trouble> {
        let gate = Gate::new();
        let held = |until| Fault {
            hold: Some(gate.clone()),
            commit: Commit::Late,
            then: Some(Ending::Close),
            ..until
        };
        Ok(match &row.what {
            What::Answer(answer) => {
                let places = self.places_of(service, target.to_owned());
                let prepared = faults::prepare(answer, service, &[], &places);
                (prepared.rule.fault, prepared.gate.map(|(gate, _)| (gate, Until::GivenUp)))
            }
            What::Delivery(delivery) => (Fault::deliver(delivered(*delivery)), None),
            What::Then(then) => {
                let ending = match then {
                    Then::Close => Ending::Close,
                    Then::Reset => Ending::Reset,
                };
                (Fault { then: Some(ending), ..Fault::default() }, None)
            }
            What::Twice => (Fault { arrival: Arrival::Twice, ..Fault::default() }, None),
            What::Restart(moment) => {
                let moment = match moment {
                    fault::Moment::Before => Moment::Before,
                    fault::Moment::After => Moment::After,
                };
                (Fault { restart: Some(moment), ..Fault::default() }, None)
            }
            What::Stale(changes) => (Fault { stale: *changes, ..Fault::default() }, None),
            What::Rotate(Rotates::Client) => {
                let secrets = self.rotated().await?;
                (held(Fault::default()), Some((gate.clone(), Until::ClientRotated(secrets))))
            }
            What::Rotate(Rotates::Server) => {
                let certificate = Leaf { key: KeyType::EcdsaP384, ..Leaf::server() };
                let setup = Box::new(TlsSetup { certificate, ..TlsSetup::default() });
                (held(Fault::default()), Some((gate.clone(), Until::ServerRotated(service, setup))))
            }
            What::Crash(moment) => {
                let commit = match moment {
                    fault::Moment::Before => Commit::No,
                    fault::Moment::After => Commit::Yes,
                };
                (
                    Fault { hold: Some(gate.clone()), commit, ..Fault::default() },
                    Some((gate.clone(), Until::Crashed)),
                )
            }
            What::Connection(_) | What::Store(_) => (Fault::reply(Response::empty(503)), None),
        })
    }

    /// The client's secrets with another certificate of the same name.
    async fn rotated(&self) -> Result<Vec<Secret>, Trouble> {
        let mut identity = self.identity.clone();
        ROTATED_ROLE.clone_into(&mut identity.role);
        let pki = std::sync::Arc::clone(self.bench.pki());
        off_thread("issue certificates", move || identity.secrets(&pki)).await
    }

    /// Does what faults in force need done once they hold a request of these calls. Ends only in trouble.
    pub(super) async fn disturb(&self, calls: &[u64]) -> Trouble {
        let mut waiting = self.armed.iter().filter(|armed| {
            // One that held a request of an earlier step has had its effect.
            armed.held.as_ref().is_some_and(|(gate, _)| gate.arrived() == 0)
        });
        let (first, second) = (waiting.next(), waiting.next());
        match tokio::try_join!(self.attend(first, calls), self.attend(second, calls)) {
            Ok(_) => std::future::pending().await,
            Err(trouble) => trouble,
        }
    }

    async fn attend(&self, armed: Option<&Armed>, calls: &[u64]) -> Result<(), Trouble> {
        let Some((gate, until)) = armed.and_then(|armed| armed.held.as_ref()) else { return Ok(()) };
        gate.reached().await;
        match until {
            Until::GivenUp => return self.give_up(calls).await,
            Until::Crashed => {
                let Some(session) = self.usable() else { return Ok(()) };
                self.crashes.fetch_add(1, Ordering::SeqCst);
                return in_time("crash the session", self.bench.driver().crash(session)).await;
            }
            Until::ClientRotated(secrets) => {
                let Some(session) = self.usable() else { return Ok(()) };
                let driver = self.bench.driver();
                in_time("replace the secrets", driver.secrets(session, secrets.clone())).await?;
                if self.bench.hello().capabilities.contains(&Capability::Clock) {
                    in_time("advance the clock", driver.advance(session, LATER)).await?;
                }
            }
            Until::ServerRotated(service, setup) => {
                let changed = self.server.retls(*service, setup);
                changed.map_err(|e| Trouble::with("set up a listener", &e))?;
            }
        }
        gate.release();
        Ok(())
    }

    async fn give_up(&self, calls: &[u64]) -> Result<(), Trouble> {
        let declared = self.bench.hello().capabilities.contains(&Capability::GiveUp);
        for call in calls {
            if declared {
                in_time("give up", self.bench.driver().give_up(*call)).await?;
            } else {
                in_time("cancel", self.bench.driver().cancel(*call)).await?;
            }
        }
        Ok(())
    }
}

/// What a client can be told while it waits.
pub(crate) fn means(capabilities: &[Capability]) -> Means {
    let any = |wanted: &[Capability]| capabilities.iter().any(|capability| wanted.contains(capability));
    Means {
        gives_up: any(&[Capability::GiveUp, Capability::Cancel]),
        reloads: any(&[Capability::Reload]),
        crashes: any(&[Capability::Crash]),
    }
}

fn delivered(delivery: fault::Delivery) -> Delivery {
    match delivery {
        fault::Delivery::Slowly => Delivery::Slowly,
        fault::Delivery::Overlong => Delivery::Overlong(Ending::Close),
        fault::Delivery::Garbled => Delivery::Garbled,
        fault::Delivery::AsHtml => Delivery::Retyped("text/html".to_owned()),
    }
}

fn at_store(row: &Row) -> (AtStore, Option<(Gate, Until)>) {
    let gate = Gate::new();
    match row.what {
        What::Store(fault::Store::Lost) => (AtStore::Lost(gate.clone()), Some((gate, Until::Crashed))),
        What::Store(fault::Store::Unanswered) => {
            (AtStore::Unanswered(gate.clone()), Some((gate, Until::Crashed)))
        }
        _ => (AtStore::Refused, None),
    }
}

fn at_connection(row: &Row) -> (ConnectionFault, Option<(Gate, Until)>) {
    let listener = |certificate, protocol| {
        ConnectionFault::Listener(TlsSetup { certificate, protocol, ..TlsSetup::default() })
    };
    let certificate = |kind| listener(certificate(kind, Leaf::server()), Protocol::Tls13);
    let What::Connection(connection) = &row.what else {
        unreachable!("only connections have points of that kind")
    };
    let fault = match connection {
        fault::Connection::Refused => ConnectionFault::Refuse,
        fault::Connection::Silent => {
            let gate = Gate::new();
            return (ConnectionFault::Silence(gate.clone()), Some((gate, Until::GivenUp)));
        }
        fault::Connection::ClosedAtHello => ConnectionFault::CloseAtHello,
        fault::Connection::ResetAtHello => ConnectionFault::ResetAtHello,
        fault::Connection::WrongName => certificate(ServerCertificate::WrongName),
        fault::Connection::Expired => certificate(ServerCertificate::Expired),
        fault::Connection::UnknownAuthority => certificate(ServerCertificate::OtherCa),
        fault::Connection::Tls12 => listener(Leaf::server(), Protocol::Tls12),
    };
    (fault, None)
}
