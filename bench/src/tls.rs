//! TLS as the fake has it, for whoever is measured beside it: TLS 1.3, client certificates demanded, every handshake a
//! full one.

use std::sync::Arc;

use plumbline_fake_server::Pki;
use plumbline_fake_server::pki::{Credential, KeyType, Leaf, TrustAnchor};
use rustls::client::Resumption;
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::version::TLS13;
use rustls::{ClientConfig, RootCertStore, ServerConfig};

use crate::BenchError;

/// The certificate of a server, with that kind of key.
pub(crate) fn server_leaf(key: KeyType) -> Leaf {
    Leaf { key, ..Leaf::server() }
}

/// The certificate of a service that the fake's world knows and lets read, with that kind of key.
pub(crate) fn client_leaf(key: KeyType) -> Leaf {
    Leaf { key, ..Leaf::client("kubernetes", "unikorn-kubernetes") }
}

/// What a bare server shakes hands with.
pub(crate) fn server(pki: &Pki, key: KeyType) -> Result<Arc<ServerConfig>, BenchError> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(
        roots(pki, TrustAnchor::Platform)?,
        Arc::clone(&provider),
    )
    .build()
    .map_err(|error| BenchError::Tls(error.to_string()))?;
    let credential = pki.issue(&server_leaf(key))?;
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13])?
        .with_client_cert_verifier(verifier)
        .with_single_cert(vec![credential.certificate_der().clone()], credential.private_key_der())?;
    config.send_tls13_tickets = 0;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    Ok(Arc::new(config))
}

/// What a client with that certificate shakes hands with.
pub(crate) fn client(pki: &Pki, credential: &Credential) -> Result<Arc<ClientConfig>, BenchError> {
    trusting(pki, TrustAnchor::Platform, credential)
}

/// The same for a client that trusts somebody else, and so gives up in the middle of the handshake.
pub(crate) fn suspicious(pki: &Pki, credential: &Credential) -> Result<Arc<ClientConfig>, BenchError> {
    trusting(pki, TrustAnchor::Other, credential)
}

fn trusting(
    pki: &Pki,
    anchor: TrustAnchor,
    credential: &Credential,
) -> Result<Arc<ClientConfig>, BenchError> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13])?
        .with_root_certificates(roots(pki, anchor)?)
        .with_client_auth_cert(vec![credential.certificate_der().clone()], credential.private_key_der())?;
    config.resumption = Resumption::disabled();
    Ok(Arc::new(config))
}

fn roots(pki: &Pki, anchor: TrustAnchor) -> Result<Arc<RootCertStore>, BenchError> {
    let mut roots = RootCertStore::empty();
    roots.add(pki.authority_der(anchor).clone())?;
    Ok(Arc::new(roots))
}
