//! What all connections of a server share: one engine and one recording behind one lock.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::unread::Unread;
use super::{Setup, StartError, Waited};
use crate::contract::Contract;
use crate::deviation::Deviation;
use crate::engine::Engine;
use crate::exchange::Service;
use crate::fault::{ConnectionFault, ConnectionRule, ConnectionRuleId, ConnectionRules, Met, Rules};
use crate::ingress::{Protocol, Terminator, TlsSetup};
use crate::pki::Pki;
use crate::record::{Connection, Exchange, Handshake, Recording};

/// Shared by every task of a server.
pub(super) struct Shared {
    pub(super) pki: Arc<Pki>,
    /// In which rule this deployment differs.
    pub(super) deviation: Option<Deviation>,
    state: Mutex<State>,
    /// Told of every change of the state that someone may wait for.
    changed: watch::Sender<()>,
}

/// What is behind the lock. It is never held across an await.
pub(super) struct State {
    pub(super) engine: Engine,
    pub(super) contract: Contract,
    recording: Recording,
    /// What is missing in it.
    pub(super) unread: Unread,
    pki: Arc<Pki>,
    pub(super) rules: Rules,
    pub(super) connection_rules: ConnectionRules,
    identity: Arc<Terminator>,
    region: Arc<Terminator>,
    /// Cancelled to end the connections of now; then replaced for those to come.
    closing: CancellationToken,
    /// Cancelled to cut the connections of now; then replaced for those to come.
    cutting: CancellationToken,
    /// Connections that wait at a gate before their handshake.
    pub(super) silent: BTreeSet<u64>,
    /// Requests that are whole and neither answered nor held.
    pub(super) busy: usize,
}

/// A new connection's circumstances.
pub(super) struct Accepted {
    pub(super) number: u64,
    pub(super) service: Service,
    /// Ends it in good order.
    pub(super) closing: CancellationToken,
    /// Ends it at once.
    pub(super) cutting: CancellationToken,
    /// The fault it meets.
    pub(super) fault: Option<ConnectionFault>,
    /// How it is met.
    pub(super) terminator: Arc<Terminator>,
}

impl State {
    /// Whether nothing is under way but what is held.
    pub(super) fn is_settled(&self) -> bool {
        let pending = |connection: &Connection| {
            connection.open
                && connection.handshake == Handshake::Pending
                && !self.silent.contains(&connection.number)
        };
        self.busy == 0 && !self.recording.connections.iter().any(pending)
    }

    /// Tells the connections of now to end in good order.
    pub(super) fn close_connections(&mut self) {
        std::mem::take(&mut self.closing).cancel();
    }

    /// Cuts every connection, and forgets what a service forgets that is started anew.
    pub(super) fn restart(&mut self) {
        std::mem::take(&mut self.cutting).cancel();
        self.engine.restart();
    }

    /// Restores the world.
    pub(super) fn reset(&mut self) {
        self.engine.reset();
    }

    fn terminator(&self, service: Service) -> &Arc<Terminator> {
        match service {
            Service::Identity => &self.identity,
            Service::Region => &self.region,
        }
    }

    /// Records a new connection, finds the fault it meets, and hands out what it needs.
    fn accepted(&mut self, service: Service) -> Accepted {
        let number = self.recording.connections.len() as u64 + 1;
        let met = self.connection_rules.meet(service);
        self.recording.connections.push(Connection {
            number,
            service,
            handshake: Handshake::Pending,
            trouble: None,
            fault: met.as_ref().map(|met| met.fault.name().to_owned()),
            open: true,
        });
        let (fault, other) = met.map_or((None, None), |met| (Some(met.fault), met.terminator));
        Accepted {
            number,
            service,
            closing: self.closing.clone(),
            cutting: self.cutting.clone(),
            fault,
            terminator: other.unwrap_or_else(|| Arc::clone(self.terminator(service))),
        }
    }

    /// Everything that happened, for somebody to look at.
    pub(super) fn recording(&mut self) -> &mut Recording {
        self.unread.record(&self.pki, &mut self.recording.exchanges);
        &mut self.recording
    }

    /// The connections, as far as they have come.
    pub(super) fn connections(&self) -> &[Connection] {
        &self.recording.connections
    }

    /// How many exchanges there are.
    pub(super) fn exchanges(&self) -> usize {
        self.recording.exchanges.len()
    }

    /// Enters an exchange; its request and its answer may follow as [`Unread`].
    pub(super) fn enter(&mut self, exchange: Exchange) {
        self.recording.exchanges.push(exchange);
    }

    /// The exchange of that number, which may lack what is unread.
    pub(super) fn exchange(&mut self, number: u64) -> Option<&mut Exchange> {
        at(&mut self.recording.exchanges, number)
    }

    /// The connection of that number.
    pub(super) fn connection(&mut self, number: u64) -> Option<&mut Connection> {
        at(&mut self.recording.connections, number)
    }
}

/// Numbers count from 1. None: the recording was handed over already.
pub(super) fn at<T>(items: &mut [T], number: u64) -> Option<&mut T> {
    let index = usize::try_from(number).ok()?.checked_sub(1)?;
    items.get_mut(index)
}

impl Shared {
    pub(super) fn new(setup: &Setup) -> Result<Arc<Self>, StartError> {
        let terminator =
            |service, tls| setup.pki.terminator(tls).map_err(|source| StartError::Tls { service, source });
        let state = State {
            contract: setup.options.contract,
            engine: Engine::new(Arc::clone(&setup.world), setup.options),
            recording: Recording::default(),
            unread: Unread::default(),
            pki: Arc::clone(&setup.pki),
            rules: Rules::default(),
            connection_rules: ConnectionRules::default(),
            identity: terminator(Service::Identity, &setup.identity)?,
            region: terminator(Service::Region, &setup.region)?,
            closing: CancellationToken::new(),
            cutting: CancellationToken::new(),
            silent: BTreeSet::new(),
            busy: 0,
        };
        Ok(Arc::new(Self {
            pki: Arc::clone(&setup.pki),
            deviation: setup.options.deviation,
            state: Mutex::new(state),
            changed: watch::Sender::default(),
        }))
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state and tells those who wait.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let result = change(&mut self.state());
        self.changed.send_replace(());
        result
    }

    pub(super) fn scheme(&self, service: Service) -> &'static str {
        match self.state().terminator(service).setup.protocol {
            Protocol::Tls13 | Protocol::Tls12 | Protocol::Mute | Protocol::Nothing => "https",
            Protocol::Plain => "http",
        }
    }

    pub(super) fn retls(&self, service: Service, setup: &TlsSetup) -> Result<(), StartError> {
        let made = self.pki.terminator(setup).map_err(|source| StartError::Tls { service, source })?;
        let mut state = self.state();
        match service {
            Service::Identity => state.identity = made,
            Service::Region => state.region = made,
        }
        Ok(())
    }

    pub(super) fn accepted(&self, service: Service) -> Accepted {
        self.change(|state| state.accepted(service))
    }

    pub(super) fn inject_connection(&self, rule: ConnectionRule) -> Result<ConnectionRuleId, StartError> {
        let ConnectionRule { service, occurrence, fault } = rule;
        let terminator = match &fault {
            ConnectionFault::Listener(setup) => {
                let failed =
                    |source| StartError::Tls { service: service.unwrap_or(Service::Identity), source };
                Some(self.pki.terminator(setup).map_err(failed)?)
            }
            ConnectionFault::Refuse
            | ConnectionFault::Silence(_)
            | ConnectionFault::CloseAtHello
            | ConnectionFault::ResetAtHello => None,
        };
        Ok(self.state().connection_rules.inject(service, occurrence, Met { fault, terminator }))
    }

    pub(super) async fn wait(
        &self,
        what: &'static str,
        deadline: Duration,
        condition: impl Fn(&mut State) -> bool,
    ) -> Result<(), Waited> {
        let mut changed = self.changed.subscribe();
        let come_true = async {
            while !condition(&mut self.state()) {
                changed.changed().await.expect("the sender lives in self");
            }
        };
        tokio::time::timeout(deadline, come_true).await.map_err(|_elapsed| Waited { what, waited: deadline })
    }
}
