//! What all connections of a server share: one engine and one recording behind one lock.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{Setup, StartError, Waited};
use crate::engine::Engine;
use crate::exchange::Service;
use crate::fault::Rules;
use crate::ingress::{Protocol, Terminator, TlsSetup};
use crate::pki::Pki;
use crate::record::{Connection, Exchange, Handshake, Recording};

/// Shared by every task of a server.
pub(super) struct Shared {
    pub(super) pki: Arc<Pki>,
    state: Mutex<State>,
    /// Told of every change of the state that someone may wait for.
    changed: watch::Sender<()>,
}

/// What is behind the lock. It is never held across an await.
pub(super) struct State {
    pub(super) engine: Engine,
    pub(super) recording: Recording,
    pub(super) rules: Rules,
    identity: Arc<Terminator>,
    region: Arc<Terminator>,
    /// Cancelled to end the connections of now; then replaced for those to come.
    closing: CancellationToken,
    /// Requests that are whole and neither answered nor held.
    pub(super) busy: usize,
}

impl State {
    /// Whether nothing is under way but what is held.
    pub(super) fn is_settled(&self) -> bool {
        let pending = |connection: &Connection| connection.open && connection.handshake == Handshake::Pending;
        self.busy == 0 && !self.recording.connections.iter().any(pending)
    }

    /// The exchange of that number.
    pub(super) fn exchange(&mut self, number: u64) -> Option<&mut Exchange> {
        at(&mut self.recording.exchanges, number)
    }

    /// The connection of that number.
    pub(super) fn connection(&mut self, number: u64) -> Option<&mut Connection> {
        at(&mut self.recording.connections, number)
    }
}

/// Numbers count from 1. None: the recording was handed over already.
fn at<T>(items: &mut [T], number: u64) -> Option<&mut T> {
    let index = usize::try_from(number).ok()?.checked_sub(1)?;
    items.get_mut(index)
}

impl Shared {
    pub(super) fn new(setup: &Setup) -> Result<Arc<Self>, StartError> {
        let terminator =
            |service, tls| setup.pki.terminator(tls).map_err(|source| StartError::Tls { service, source });
        let state = State {
            engine: Engine::new(Arc::clone(&setup.world), setup.options),
            recording: Recording::default(),
            rules: Rules::default(),
            identity: terminator(Service::Identity, &setup.identity)?,
            region: terminator(Service::Region, &setup.region)?,
            closing: CancellationToken::new(),
            busy: 0,
        };
        Ok(Arc::new(Self {
            pki: Arc::clone(&setup.pki),
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
        match self.terminator(service).setup.protocol {
            Protocol::Tls13 | Protocol::Tls12 | Protocol::Mute | Protocol::Nothing => "https",
            Protocol::Plain => "http",
        }
    }

    pub(super) fn terminator(&self, service: Service) -> Arc<Terminator> {
        let state = self.state();
        Arc::clone(match service {
            Service::Identity => &state.identity,
            Service::Region => &state.region,
        })
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

    pub(super) fn close_connections(&self) {
        let closing = std::mem::take(&mut self.state().closing);
        closing.cancel();
    }

    /// Records a new connection, and hands out the token that ends it.
    pub(super) fn accepted(&self, service: Service) -> (u64, CancellationToken) {
        self.change(|state| {
            let number = state.recording.connections.len() as u64 + 1;
            state.recording.connections.push(Connection {
                number,
                service,
                handshake: Handshake::Pending,
                trouble: None,
                open: true,
            });
            (number, state.closing.clone())
        })
    }

    pub(super) async fn wait(
        &self,
        what: &'static str,
        deadline: Duration,
        condition: impl Fn(&State) -> bool,
    ) -> Result<(), Waited> {
        let mut changed = self.changed.subscribe();
        let come_true = async {
            while !condition(&self.state()) {
                changed.changed().await.expect("the sender lives in self");
            }
        };
        tokio::time::timeout(deadline, come_true).await.map_err(|_elapsed| Waited { what, waited: deadline })
    }
}
