//! TLS configurations, each built once.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::server::NoServerSessionStorage;
use rustls::server::danger::ClientCertVerifier;
use rustls::{ServerConfig, SupportedProtocolVersion};

use super::setup::{ClientCertificates, Protocol, TlsSetup};
use super::verify::{Asking, Lenient, Standstill, strict, verdict};
use crate::pki::{Pki, PkiError};
use crate::record::Verified;

/// A listener's setup, ready to accept connections with.
pub(crate) struct Terminator {
    pub(crate) setup: TlsSetup,
    /// None: plain HTTP.
    config: Option<Arc<ServerConfig>>,
    verifier: Arc<dyn ClientCertVerifier>,
    /// What client certificates are worth, by their chains: certificates are judged at a moment that stands still, so
    /// what was found once holds for ever.
    verdicts: Mutex<BTreeMap<Vec<Vec<u8>>, Verified>>,
}

impl Terminator {
    /// As many verdicts as a run has clients; whoever shows ever new certificates is not to fill the memory with them.
    const MOST: usize = 64;

    /// What a client's chain of certificates is worth.
    pub(super) fn verdict(&self, chain: Option<&[CertificateDer<'_>]>) -> Verified {
        let chain = chain.unwrap_or_default();
        let key: Vec<Vec<u8>> = chain.iter().map(|certificate| certificate.to_vec()).collect();
        let mut verdicts = self.verdicts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(verdict) = verdicts.get(&key) {
            return verdict.clone();
        }
        if verdicts.len() == Self::MOST {
            verdicts.clear();
        }
        let verdict = verdict(&*self.verifier, chain);
        verdicts.insert(key, verdict.clone());
        verdict
    }

    /// What to shake hands with; none: the listener speaks HTTP without TLS.
    pub(crate) fn config(&self) -> Option<Arc<ServerConfig>> {
        self.config.clone()
    }
}

/// The terminators of one public key infrastructure, by setup.
#[derive(Default)]
pub(crate) struct Terminators(Mutex<BTreeMap<TlsSetup, Arc<Terminator>>>);

/// A listener's TLS could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// Its certificate could not be made.
    #[error("make the listener's certificate")]
    Certificate(#[source] PkiError),
    /// The TLS stack does not take the certificate.
    #[error("set up TLS with the certificate of `{role}`")]
    Config {
        /// Whose certificate.
        role: String,
        /// Why.
        #[source]
        source: rustls::Error,
    },
}

impl Terminators {
    pub(crate) fn get(&self, pki: &Pki, setup: &TlsSetup) -> Result<Arc<Terminator>, TlsError> {
        let mut made = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(terminator) = made.get(setup) {
            return Ok(Arc::clone(terminator));
        }
        let terminator = Arc::new(terminator(pki, setup)?);
        made.insert(setup.clone(), Arc::clone(&terminator));
        Ok(terminator)
    }
}

fn terminator(pki: &Pki, setup: &TlsSetup) -> Result<Terminator, TlsError> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier = strict(pki.authority_der(setup.client_authority), &provider);
    let config = match setup.protocol {
        Protocol::Tls13 => Some(config(pki, setup, &verifier, provider, &rustls::version::TLS13)?),
        Protocol::Tls12 => Some(config(pki, setup, &verifier, provider, &rustls::version::TLS12)?),
        Protocol::Plain | Protocol::Mute | Protocol::Nothing => None,
    };
    Ok(Terminator { setup: setup.clone(), config, verifier, verdicts: Mutex::default() })
}

fn config(
    pki: &Pki,
    setup: &TlsSetup,
    verifier: &Arc<dyn ClientCertVerifier>,
    provider: Arc<CryptoProvider>,
    version: &'static SupportedProtocolVersion,
) -> Result<Arc<ServerConfig>, TlsError> {
    let credential = pki.issue(&setup.certificate).map_err(TlsError::Certificate)?;
    let failed = |source| TlsError::Config { role: credential.role().to_owned(), source };
    let builder = ServerConfig::builder_with_details(provider, Arc::new(Standstill))
        .with_protocol_versions(&[version])
        .map_err(failed)?;
    let builder = match setup.clients {
        ClientCertificates::Optional | ClientCertificates::PassedOn => {
            builder.with_client_cert_verifier(Arc::new(Lenient(Arc::clone(verifier))))
        }
        ClientCertificates::Refused => {
            builder.with_client_cert_verifier(Arc::new(Asking(Arc::clone(verifier))))
        }
        ClientCertificates::Required => builder.with_client_cert_verifier(Arc::clone(verifier)),
        ClientCertificates::NotAsked => builder.with_no_client_auth(),
    };
    let mut config = builder
        .with_single_cert(vec![credential.certificate_der().clone()], credential.private_key_der())
        .map_err(failed)?;
    // Every connection is a full handshake, so that every connection shows its client's certificate of that moment.
    config.send_tls13_tickets = 0;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    Ok(Arc::new(config))
}
