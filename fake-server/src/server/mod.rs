//! The fake itself: a pair of listeners, one decision at a time, everything recorded.

mod connection;
mod deliver;
mod guards;
mod listen;
mod requests;
mod state;
mod stream;
mod unread;

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::engine::{Admitted, Options};
use crate::exchange::Service;
use crate::fault::{ConnectionRule, ConnectionRuleId, Rule, RuleId};
use crate::ingress::{TlsError, TlsSetup};
use crate::pki::Pki;
use crate::record::{Connection, Exchange, Recording};
use crate::store::StoreFault;
use crate::world::World;
use listen::Port;
use state::{Shared, State};

/// What a server is started with. All of it is shared or small, so that a server a test costs next to nothing.
#[derive(Debug, Clone)]
pub struct Setup {
    /// Who issues and verifies certificates. The certificates of clients come from the same one.
    pub pki: Arc<Pki>,
    /// What exists before the first request.
    pub world: Arc<World>,
    /// How the services decide.
    pub options: Options,
    /// How the identity service's listener meets its clients.
    pub identity: TlsSetup,
    /// How the region service's listener meets its clients.
    pub region: TlsSetup,
    /// The address both listen on.
    pub address: IpAddr,
    /// Their ports; zero: any free one.
    pub ports: Ports,
}

impl Setup {
    /// The default world on loopback, on any free ports, with TLS as the platform has it.
    #[must_use]
    pub fn new(pki: Arc<Pki>) -> Self {
        Self {
            pki,
            world: World::shared(),
            options: Options::default(),
            identity: TlsSetup::default(),
            region: TlsSetup::default(),
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            ports: Ports::default(),
        }
    }
}

/// The listeners' ports.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ports {
    /// The identity service's.
    pub identity: u16,
    /// The region service's.
    pub region: u16,
}

/// A server could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A listener could not be bound.
    #[error("listen on {address} port {port} for {service:?}")]
    Bind {
        /// For which service.
        service: Service,
        /// Where.
        address: IpAddr,
        /// On which port.
        port: u16,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Its TLS could not be set up.
    #[error("set up TLS for {service:?}")]
    Tls {
        /// For which service.
        service: Service,
        /// Why.
        #[source]
        source: TlsError,
    },
}

/// A condition did not come true in time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("waited {waited:?} for {what}")]
pub struct Waited {
    /// For what.
    pub what: &'static str,
    /// How long.
    pub waited: Duration,
}

/// A place in a recording: everything before it has happened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Mark {
    connections: usize,
    exchanges: usize,
}

/// Both services, listening. Dropping it ends every connection and task at once.
pub struct FakeServer {
    shared: Arc<Shared>,
    identity: Port,
    region: Port,
    stop: CancellationToken,
    tasks: JoinSet<()>,
}

impl FakeServer {
    /// Starts both listeners; when this returns, they accept connections.
    ///
    /// # Errors
    ///
    /// When a port cannot be bound, or a listener's certificate cannot be made or used.
    #[expect(clippy::unused_async, reason = "it needs the runtime it is awaited on, and may come to wait")]
    pub async fn start(setup: Setup) -> Result<Self, StartError> {
        let identity = Port::bind(Service::Identity, &setup)?;
        let region = Port::bind(Service::Region, &setup)?;
        let shared = Shared::new(&setup)?;
        let stop = CancellationToken::new();
        let mut tasks = JoinSet::new();
        identity.spawn(&shared, &stop, &mut tasks);
        region.spawn(&shared, &stop, &mut tasks);
        Ok(Self { shared, identity, region, stop, tasks })
    }

    /// The base address of a service, e.g. `https://localhost:40001`.
    #[must_use]
    pub fn endpoint(&self, service: Service) -> String {
        let scheme = self.shared.scheme(service);
        let port = self.port(service);
        let host = port.address.ip();
        // Loopback and "any" go by the name that the certificate is for.
        if host.is_loopback() || host.is_unspecified() {
            format!("{scheme}://localhost:{}", port.address.port())
        } else {
            format!("{scheme}://{}", port.address)
        }
    }

    /// The address a service listens on.
    #[must_use]
    pub fn address(&self, service: Service) -> std::net::SocketAddr {
        self.port(service).address
    }

    /// The infrastructure its certificates come from.
    #[must_use]
    pub fn pki(&self) -> &Arc<Pki> {
        &self.shared.pki
    }

    /// Everything so far.
    #[must_use]
    pub fn recording(&self) -> Recording {
        self.shared.state().recording().clone()
    }

    /// This moment, for [`FakeServer::since`].
    #[must_use]
    pub fn mark(&self) -> Mark {
        let state = self.shared.state();
        Mark { connections: state.connections().len(), exchanges: state.exchanges() }
    }

    /// The connections and exchanges that have begun since a mark.
    #[must_use]
    pub fn since(&self, mark: Mark) -> Recording {
        let mut state = self.shared.state();
        let recording = state.recording();
        let connections: &[Connection] = recording.connections.get(mark.connections..).unwrap_or_default();
        let exchanges: &[Exchange] = recording.exchanges.get(mark.exchanges..).unwrap_or_default();
        Recording { connections: connections.to_vec(), exchanges: exchanges.to_vec() }
    }

    /// Puts a rule in force, until it is withdrawn. It counts requests from now on.
    pub fn inject(&self, rule: Rule) -> RuleId {
        self.shared.state().rules.inject(rule)
    }

    /// Takes a rule away; returns how many requests met its fault, or none when it was withdrawn before.
    pub fn withdraw(&self, rule: RuleId) -> Option<u64> {
        self.shared.state().rules.withdraw(rule)
    }

    /// Puts a rule for connections in force, until it is withdrawn. It counts connections from now on.
    ///
    /// # Errors
    ///
    /// When the certificate of another setup cannot be made or used.
    pub fn inject_connection(&self, rule: ConnectionRule) -> Result<ConnectionRuleId, StartError> {
        self.shared.inject_connection(rule)
    }

    /// Takes a rule for connections away; returns how many met its fault, or none when it was withdrawn before.
    pub fn withdraw_connection(&self, rule: ConnectionRuleId) -> Option<u64> {
        self.shared.state().connection_rules.withdraw(rule)
    }

    /// What a service knows of the request that was decided on last; none: it was not let in, or nobody had to be known.
    /// For a service of one's own between a client and others: have requests remembered by [`Options::remembered`], hold one
    /// at a gate, and go on with this.
    #[must_use]
    pub fn admitted(&self) -> Option<Admitted> {
        self.shared.state().engine.admitted().cloned()
    }

    /// Moves the services' clock forward; until then it stands at the world's epoch.
    pub fn advance(&self, by: Duration) {
        self.shared.state().engine.advance(by);
    }

    /// Lets the store refuse an access to come, in whichever request makes it.
    pub fn refuse(&self, fault: StoreFault) {
        self.shared.state().engine.refuse(fault);
    }

    /// Takes away the store's refusals that were not reached.
    pub fn forgive(&self) {
        self.shared.state().engine.forgive();
    }

    /// Changes how a service's listener meets clients from the next connection on.
    ///
    /// # Errors
    ///
    /// When its certificate cannot be made or used.
    pub fn retls(&self, service: Service, setup: &TlsSetup) -> Result<(), StartError> {
        self.shared.retls(service, setup)
    }

    /// Ends every open connection in good order: idle ones at once, others after the answer they are at. A connection
    /// counts as closed once the client has closed its side too, or has not for a second.
    pub fn close_connections(&self) {
        self.shared.state().close_connections();
    }

    /// Ends every open connection like [`FakeServer::close_connections`], and those that come meanwhile too, until none is
    /// left: clients open connections of their own accord, also some that they then have no use for.
    ///
    /// # Errors
    ///
    /// When one is still open at the deadline.
    pub async fn close_all(&self, deadline: Duration) -> Result<(), Waited> {
        let none_left = |state: &mut State| {
            state.close_connections();
            state.connections().iter().all(|connection| !connection.open)
        };
        self.shared.wait("every connection to be closed", deadline, none_left).await
    }

    /// Cuts every connection at once and without a goodbye, as when both services are started anew: handshakes, idle
    /// connections and requests under way, which get no answer. The state is kept, and connections are accepted on the
    /// same ports all the while.
    pub fn restart(&self) {
        self.shared.change(State::restart);
    }

    /// Restores the world from before the first request, and forgets every access list that was kept. Connections,
    /// rules and the recording stay as they are.
    pub fn reset(&self) {
        self.shared.change(State::reset);
    }

    /// How many connections are open.
    #[must_use]
    pub fn open_connections(&self) -> usize {
        self.shared.state().connections().iter().filter(|connection| connection.open).count()
    }

    /// Waits until every connection is closed, by whichever side.
    ///
    /// # Errors
    ///
    /// When one is still open at the deadline.
    pub async fn all_closed(&self, deadline: Duration) -> Result<(), Waited> {
        let closed = |state: &mut State| state.connections().iter().all(|connection| !connection.open);
        self.shared.wait("every connection to be closed", deadline, closed).await
    }

    /// Waits until nothing is under way: every handshake has ended and every request has its answer, or is held.
    ///
    /// A client may know of a failed handshake before the server does, so look at connections after this only.
    ///
    /// # Errors
    ///
    /// When something is still under way at the deadline.
    pub async fn settled(&self, deadline: Duration) -> Result<(), Waited> {
        self.shared.wait("everything under way to end", deadline, |state| state.is_settled()).await
    }

    /// Waits until the recording is as told.
    ///
    /// # Errors
    ///
    /// When it is not so at the deadline; `what` says in the error what was waited for.
    pub async fn until(
        &self,
        what: &'static str,
        deadline: Duration,
        condition: impl Fn(&Recording) -> bool,
    ) -> Result<(), Waited> {
        self.shared.wait(what, deadline, |state| condition(state.recording())).await
    }

    /// Hands over the recording as it is now, and ends every connection and task.
    ///
    /// A connection that is `open` in it was so when this was called.
    pub async fn finish(mut self) -> Recording {
        // First, so that what ending the connections does is not taken for the clients' doing.
        let recording = std::mem::take(self.shared.state().recording());
        self.stop.cancel();
        while self.tasks.join_next().await.is_some() {}
        recording
    }

    fn port(&self, service: Service) -> &Port {
        match service {
            Service::Identity => &self.identity,
            Service::Region => &self.region,
        }
    }
}

impl std::fmt::Debug for FakeServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (identity, region) = (self.endpoint(Service::Identity), self.endpoint(Service::Region));
        f.debug_struct("FakeServer")
            .field("identity", &identity)
            .field("region", &region)
            .finish_non_exhaustive()
    }
}
