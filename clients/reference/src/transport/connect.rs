//! From an address to an encrypted stream.

use std::sync::Arc;

use rustls::client::Resumption;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::ServerName;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ClientConfig, RootCertStore};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::failure::Failure;
use super::identity::Identity;
use super::socket::{Lookout, Socket};
use crate::parts::Parts;
use crate::rest::Endpoint;

/// What every handshake has in common.
pub(crate) struct Connector {
    pub(crate) provider: Arc<CryptoProvider>,
    pub(crate) roots: Arc<RootCertStore>,
    pub(crate) parts: Arc<Parts>,
}

/// What a connection's TLS is made from.
#[derive(Debug)]
pub struct TlsParts {
    /// Ciphers, key exchange and signatures.
    pub provider: Arc<CryptoProvider>,
    /// The authorities that the server is checked against.
    pub roots: Arc<RootCertStore>,
    /// What is presented when the server asks.
    pub identity: Option<Arc<CertifiedKey>>,
}

impl Connector {
    /// Connects and shakes hands, presenting that identity if the server asks.
    pub(crate) async fn connect(
        &self,
        endpoint: &Endpoint,
        identity: Option<&Identity>,
    ) -> Result<(TlsStream<Socket>, Lookout), Failure> {
        let socket = Socket::connect(endpoint.host(), endpoint.port())
            .await
            .map_err(|error| Failure::Connect(error.into()))?;
        let lookout = socket.lookout();
        let name = ServerName::try_from(endpoint.host().to_owned())
            .map_err(|error| Failure::Connect(Box::new(error)))?;
        let parts = TlsParts {
            provider: Arc::clone(&self.provider),
            roots: Arc::clone(&self.roots),
            identity: identity.map(Identity::certified),
        };
        let stream = TlsConnector::from(Arc::new(self.parts.credentials.tls(parts)))
            .connect(name, socket)
            .await
            .map_err(|error| Failure::before_body(error.into()))?;
        Ok((stream, lookout))
    }
}

impl TlsParts {
    /// TLS 1.3 and nothing else; no ALPN, so HTTP/1.1 and nothing else; no resumption, so that every connection
    /// presents the certificate that is current when it begins.
    pub(crate) fn into_config(self) -> ClientConfig {
        let builder = ClientConfig::builder_with_provider(self.provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .expect("the provider knows TLS 1.3")
            .with_root_certificates(self.roots);
        let mut config = match self.identity {
            Some(identity) => builder.with_client_cert_resolver(Arc::new(SingleCertAndKey::from(identity))),
            None => builder.with_no_client_auth(),
        };
        config.resumption = Resumption::disabled();
        config
    }
}
