//! The fake as clients meet it: over its real TLS, one connection a request.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use plumbline_fake_server::exchange::{self, Change};
use plumbline_fake_server::pki::TrustAnchor;
use plumbline_fake_server::world::World;
use plumbline_fake_server::{FakeServer, Pki, Setup};
use plumbline_vectors::message::Hop;
use plumbline_vectors::vector;
use plumbline_vectors::{Answer, Seen, TargetError, Turn, wire};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::engine::store_fault;
use crate::projection;

/// How long an answer may take: a server that hangs is trouble, and the machine may be busy.
const DEADLINE: Duration = Duration::from_secs(60);

/// Fresh servers on one world, and what their clients show in the handshake.
pub(crate) struct Servers {
    pki: Arc<Pki>,
    connectors: Arc<Connectors>,
}

/// By the name of the certificate; none: a client without one.
type Connectors = BTreeMap<Option<String>, TlsConnector>;

impl Servers {
    pub(crate) fn new(world: &World, pki: &Arc<Pki>) -> Result<Self, TargetError> {
        let names = world.certificates.iter().map(|certificate| Some(certificate.name.clone()));
        let connectors = names
            .chain([None])
            .map(|name| Ok((name.clone(), connector(pki, name.as_deref())?)))
            .collect::<Result<Connectors, TargetError>>()?;
        Ok(Self { pki: Arc::clone(pki), connectors: Arc::new(connectors) })
    }
}

/// A client that trusts the platform and shows that certificate. Sessions are not resumed: each request is a
/// handshake of its own.
fn connector(pki: &Pki, name: Option<&str>) -> Result<TlsConnector, TargetError> {
    let mut roots = RootCertStore::empty();
    roots.add(pki.authority_der(TrustAnchor::Platform).clone())?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots);
    let mut config = match name {
        None => builder.with_no_client_auth(),
        Some(name) => {
            let credential = pki.credential(name)?;
            let chain = vec![credential.certificate_der().clone()];
            builder.with_client_auth_cert(chain, credential.private_key_der())?
        }
    };
    config.resumption = rustls::client::Resumption::disabled();
    Ok(TlsConnector::from(Arc::new(config)))
}

impl Servers {
    /// A server in its fresh world.
    pub(crate) fn fresh(&self) -> Result<ServerWorld, TargetError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let server = runtime.block_on(FakeServer::start(Setup::new(Arc::clone(&self.pki))))?;
        Ok(ServerWorld { server, connectors: Arc::clone(&self.connectors), runtime })
    }
}

/// One server in the course of a vector. It runs while it is asked.
pub(crate) struct ServerWorld {
    server: FakeServer,
    connectors: Arc<Connectors>,
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
        let exchanged = async { timeout(DEADLINE, exchange(&self.server, &self.connectors, turn)).await };
        let answer = self.runtime.block_on(exchanged)??;
        self.server.forgive();
        let changes: Vec<Change> =
            self.server.since(mark).exchanges.into_iter().flat_map(|exchange| exchange.changes).collect();
        Ok(Seen { answer, state: Some(projection::state(&changes)?) })
    }
}

async fn exchange(
    server: &FakeServer,
    connectors: &Connectors,
    turn: &Turn<'_>,
) -> Result<Answer, TargetError> {
    let service = match turn.service {
        vector::Service::Identity => exchange::Service::Identity,
        vector::Service::Region => exchange::Service::Region,
    };
    let peer = turn.peer.map(str::to_owned);
    let connector =
        connectors.get(&peer).ok_or_else(|| format!("no client shows the certificate {peer:?}"))?;
    let stream = TcpStream::connect(server.address(service)).await?;
    stream.set_nodelay(true)?;
    let mut stream = connector.connect(ServerName::try_from("localhost")?, stream).await?;
    Ok(wire::exchange(&mut stream, turn.message).await?)
}
