//! Clients over TLS, by the certificate that they show.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustls::client::Resumption;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, InvalidDnsNameError, PrivateKeyDer, ServerName, pem};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// A connection that has been agreed on.
pub type Connection = tokio_rustls::client::TlsStream<TcpStream>;

/// Clients by the name of the certificate that they show; without a name, the one that shows none.
#[derive(Clone)]
pub struct Clients(BTreeMap<Option<String>, TlsConnector>);

/// A certificate with its key, both PEM.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a> {
    /// The certificate, and those between it and an authority.
    pub certificate: &'a str,
    /// The key.
    pub key: &'a str,
}

/// Why there is no such client.
#[derive(Debug, thiserror::Error)]
pub enum TlsClientError {
    /// The authorities to trust are none.
    #[error("read the authorities to trust")]
    Authority(#[source] pem::Error),
    /// No authority among them.
    #[error("read the authorities to trust: expected a certificate in PEM, saw none")]
    NoAuthority,
    /// The certificate or its key cannot be read.
    #[error("read certificate and key of `{name}`")]
    Credential {
        /// The certificate's name.
        name: String,
        /// Why.
        #[source]
        source: pem::Error,
    },
    /// They cannot be used.
    #[error("set up a client")]
    Setup(#[from] rustls::Error),
    /// Nobody has such a certificate.
    #[error("no client shows the certificate `{0}`")]
    Unknown(String),
    /// The server cannot be called so.
    #[error("verify a server by the name `{name}`")]
    Name {
        /// The name.
        name: String,
        /// Why.
        #[source]
        source: InvalidDnsNameError,
    },
    /// No connection could be agreed on.
    #[error("agree on a connection")]
    Handshake(#[source] std::io::Error),
}

impl Clients {
    /// Clients that trust these authorities (PEM): one for each certificate, and one that shows none. Sessions are not
    /// resumed: each request is a handshake of its own.
    ///
    /// # Errors
    ///
    /// When a PEM cannot be read, or a key does not belong to its certificate.
    pub fn new<'a>(
        authorities: &str,
        shown: impl IntoIterator<Item = (&'a str, Shown<'a>)>,
    ) -> Result<Self, TlsClientError> {
        let roots = Arc::new(roots(authorities)?);
        let mut clients = BTreeMap::from([(None, client(&roots, None)?)]);
        for (name, shown) in shown {
            clients.insert(Some(name.to_owned()), client(&roots, Some((name, shown)))?);
        }
        Ok(Self(clients))
    }

    /// Agrees on a connection to the server of that name.
    ///
    /// # Errors
    ///
    /// When there is no such certificate, or the server is not who it should be.
    pub async fn connect(
        &self,
        certificate: Option<&str>,
        server: &str,
        stream: TcpStream,
    ) -> Result<Connection, TlsClientError> {
        let name = certificate.map(str::to_owned);
        let client = self.0.get(&name).ok_or_else(|| TlsClientError::Unknown(name.unwrap_or_default()))?;
        let server = ServerName::try_from(server.to_owned())
            .map_err(|source| TlsClientError::Name { name: server.to_owned(), source })?;
        client.connect(server, stream).await.map_err(TlsClientError::Handshake)
    }
}

fn roots(authorities: &str) -> Result<RootCertStore, TlsClientError> {
    let mut roots = RootCertStore::empty();
    for authority in CertificateDer::pem_slice_iter(authorities.as_bytes()) {
        roots.add(authority.map_err(TlsClientError::Authority)?)?;
    }
    if roots.is_empty() { Err(TlsClientError::NoAuthority) } else { Ok(roots) }
}

fn client(
    roots: &Arc<RootCertStore>,
    shown: Option<(&str, Shown<'_>)>,
) -> Result<TlsConnector, TlsClientError> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(Arc::clone(roots));
    let mut config = match shown {
        None => builder.with_no_client_auth(),
        Some((name, Shown { certificate, key })) => {
            let unread = |source| TlsClientError::Credential { name: name.to_owned(), source };
            let chain = CertificateDer::pem_slice_iter(certificate.as_bytes())
                .collect::<Result<Vec<_>, _>>()
                .map_err(unread)?;
            let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(unread)?;
            builder.with_client_auth_cert(chain, key)?
        }
    };
    config.resumption = Resumption::disabled();
    Ok(TlsConnector::from(Arc::new(config)))
}
