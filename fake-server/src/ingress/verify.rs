//! Verifying client certificates: in the handshake, or after it, as an ingress chooses.

use std::sync::Arc;
use std::time::Duration;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::time_provider::TimeProvider;
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, RootCertStore, SignatureScheme,
};

use crate::record::Verified;

/// The moment at which the ingress judges certificates: the start of 2026, within [`crate::pki::Lifetime::Valid`]
/// only. Fixed, so that the day of a run decides nothing.
const NOW: UnixTime = UnixTime::since_unix_epoch(Duration::from_secs(1_767_225_600));

/// A clock that stands still at that moment.
#[derive(Debug)]
pub(super) struct Standstill;

impl TimeProvider for Standstill {
    fn current_time(&self) -> Option<UnixTime> {
        Some(NOW)
    }
}

/// The strict verifier: what does not verify fails the handshake.
pub(super) fn strict(
    trusted: &CertificateDer<'static>,
    provider: &Arc<CryptoProvider>,
) -> Arc<dyn ClientCertVerifier> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).expect("an authority of this run is a trust anchor");
    WebPkiClientVerifier::builder_with_provider(roots.into(), Arc::clone(provider))
        .build()
        .expect("a store with a root and no revocation lists makes a verifier")
}

/// As [`strict`], but a client may come without a certificate.
#[derive(Debug)]
pub(super) struct Asking(pub(super) Arc<dyn ClientCertVerifier>);

/// Lets every certificate pass whose key the client proves to hold; [`verdict`] says afterwards what it is worth.
#[derive(Debug)]
pub(super) struct Lenient(pub(super) Arc<dyn ClientCertVerifier>);

/// Whether a presented chain verifies, in the words of an ingress.
pub(super) fn verdict(strict: &dyn ClientCertVerifier, chain: &[CertificateDer<'_>]) -> Verified {
    match chain {
        [] => Verified::None,
        [leaf, rest @ ..] => match strict.verify_client_cert(leaf, rest, NOW) {
            Ok(_) => Verified::Success,
            Err(error) => Verified::Failed(reason(&error)),
        },
    }
}

/// The reason as OpenSSL words it, where it has a word for it: that is what nginx hands on.
fn reason(error: &Error) -> String {
    match error {
        Error::InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. }) => {
            "certificate has expired".to_owned()
        }
        Error::InvalidCertificate(
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. },
        ) => "certificate is not yet valid".to_owned(),
        Error::InvalidCertificate(CertificateError::UnknownIssuer) => {
            "unable to verify the first certificate".to_owned()
        }
        Error::InvalidCertificate(
            CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. },
        ) => "unsuitable certificate purpose".to_owned(),
        other => other.to_string(),
    }
}

/// Hands the parts of a verifier that no choice of ours changes to the strict one.
macro_rules! as_strict {
    () => {
        fn client_auth_mandatory(&self) -> bool {
            false
        }

        fn root_hint_subjects(&self) -> &[DistinguishedName] {
            self.0.root_hint_subjects()
        }

        fn verify_tls12_signature(
            &self,
            message: &[u8],
            cert: &CertificateDer<'_>,
            dss: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            self.0.verify_tls12_signature(message, cert, dss)
        }

        fn verify_tls13_signature(
            &self,
            message: &[u8],
            cert: &CertificateDer<'_>,
            dss: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            self.0.verify_tls13_signature(message, cert, dss)
        }

        fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
            self.0.supported_verify_schemes()
        }
    };
}

impl ClientCertVerifier for Asking {
    fn verify_client_cert(
        &self,
        leaf: &CertificateDer<'_>,
        rest: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        self.0.verify_client_cert(leaf, rest, now)
    }

    as_strict!();
}

impl ClientCertVerifier for Lenient {
    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        Ok(ClientCertVerified::assertion())
    }

    as_strict!();
}
