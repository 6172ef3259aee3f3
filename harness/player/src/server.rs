//! The fake as clients meet it: over its real TLS, one connection a request.

use std::sync::Arc;
use std::time::Duration;

use plumbline_fake_server::engine::Options;
use plumbline_fake_server::exchange::{self, Change};
use plumbline_fake_server::pki::TrustAnchor;
use plumbline_fake_server::world::World;
use plumbline_fake_server::{FakeServer, Pki, Setup};
use plumbline_vectors::message::Hop;
use plumbline_vectors::tls::{Clients, Shown};
use plumbline_vectors::vector;
use plumbline_vectors::{Answer, Seen, TargetError, Turn, wire};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio::time::timeout;

use crate::engine::store_fault;
use crate::projection;

/// How long an answer may take: a server that hangs is trouble, and the machine may be busy.
const DEADLINE: Duration = Duration::from_secs(60);

/// Fresh servers on one world, and what their clients show in the handshake.
pub(crate) struct Servers {
    pki: Arc<Pki>,
    clients: Arc<Clients>,
    options: Options,
}

impl Servers {
    pub(crate) fn new(world: &World, pki: &Arc<Pki>, options: Options) -> Result<Self, TargetError> {
        let names = || world.certificates.iter().map(|certificate| certificate.name.as_str());
        let credentials = names().map(|name| pki.credential(name)).collect::<Result<Vec<_>, _>>()?;
        let keys: Vec<String> = credentials.iter().map(|credential| credential.private_key_pem()).collect();
        let shown = credentials.iter().zip(&keys);
        let shown = shown.map(|(credential, key)| Shown { certificate: credential.certificate_pem(), key });
        let clients = Clients::new(pki.authority_pem(TrustAnchor::Platform), names().zip(shown))?;
        Ok(Self { pki: Arc::clone(pki), clients: Arc::new(clients), options })
    }
}

impl Servers {
    /// A server in its fresh world.
    pub(crate) fn fresh(&self) -> Result<ServerWorld, TargetError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let setup = Setup { options: self.options, ..Setup::new(Arc::clone(&self.pki)) };
        let server = runtime.block_on(FakeServer::start(setup))?;
        Ok(ServerWorld { server, clients: Arc::clone(&self.clients), runtime })
    }
}

/// One server in the course of a vector. It runs while it is asked.
pub(crate) struct ServerWorld {
    server: FakeServer,
    clients: Arc<Clients>,
    runtime: Runtime,
}

impl plumbline_vectors::World for ServerWorld {
    fn hop(&self) -> Hop {
        Hop::Ingress
    }

    fn ask(&mut self, turn: &Turn<'_>) -> Result<Seen, TargetError> {
        if let Some(fault) = turn.fault {
            self.server.refuse(store_fault(fault)?);
        }
        let mark = self.server.mark();
        let exchanged = async { timeout(DEADLINE, exchange(&self.server, &self.clients, turn)).await };
        let answer = self.runtime.block_on(exchanged)??;
        self.server.forgive();
        let changes: Vec<Change> =
            self.server.since(mark).exchanges.into_iter().flat_map(|exchange| exchange.changes).collect();
        Ok(Seen { answer, state: Some(projection::state(&changes)?) })
    }
}

async fn exchange(server: &FakeServer, clients: &Clients, turn: &Turn<'_>) -> Result<Answer, TargetError> {
    let service = match turn.service {
        vector::Service::Identity => exchange::Service::Identity,
        vector::Service::Region => exchange::Service::Region,
    };
    let stream = TcpStream::connect(server.address(service)).await?;
    stream.set_nodelay(true)?;
    let mut stream = clients.connect(turn.peer, "localhost", stream).await?;
    Ok(wire::exchange(&mut stream, turn.message).await?)
}
