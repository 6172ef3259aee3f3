//! Certificates and keys, read from secrets into types that cannot be wrong.

use std::fmt;
use std::sync::Arc;

use rustls::RootCertStore;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::{CertifiedKey, SigningKey};

use crate::error::SecretFormat;
use crate::secrets::{Secret, TLS_SECRET};

const CERTIFICATE: &str = "tls.crt";
const PRIVATE_KEY: &str = "tls.key";

/// A client certificate with its key. `Debug` shows neither.
pub(crate) struct Identity {
    certified: Arc<CertifiedKey>,
}

impl Identity {
    pub(crate) fn new(certified: CertifiedKey) -> Self {
        Self { certified: Arc::new(certified) }
    }

    /// What TLS presents.
    pub(crate) fn certified(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.certified)
    }

    /// What signs principals.
    pub(crate) fn key(&self) -> &dyn SigningKey {
        &*self.certified.key
    }

    /// Whether both present the same certificates.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.certified.cert == other.certified.cert
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").finish_non_exhaustive()
    }
}

/// Reads `tls.crt` (the leaf, then what leads to its authority) and `tls.key`.
pub(crate) fn pair_from_secret(
    secret: &Secret,
    provider: &CryptoProvider,
) -> Result<CertifiedKey, SecretFormat> {
    let chain = CertificateDer::pem_slice_iter(tls_key(secret, CERTIFICATE)?)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_unreadable| SecretFormat::Certificate { key: CERTIFICATE })?;
    if chain.is_empty() {
        return Err(SecretFormat::Certificate { key: CERTIFICATE });
    }
    let key = PrivateKeyDer::from_pem_slice(tls_key(secret, PRIVATE_KEY)?)
        .map_err(|_unreadable| SecretFormat::PrivateKey { key: PRIVATE_KEY })?;
    CertifiedKey::from_der(chain, key, provider).map_err(SecretFormat::Pair)
}

/// Reads the authorities in `tls.crt`. A bundle may hold several, and other things between them; `tls.key` and
/// `ca.crt` are not looked at.
pub(crate) fn roots_from_secret(secret: &Secret) -> Result<RootCertStore, SecretFormat> {
    let mut roots = RootCertStore::empty();
    let certificates = CertificateDer::pem_slice_iter(tls_key(secret, CERTIFICATE)?).filter_map(Result::ok);
    let (added, _unreadable) = roots.add_parsable_certificates(certificates);
    match added {
        0 => Err(SecretFormat::Certificate { key: CERTIFICATE }),
        _ => Ok(roots),
    }
}

/// The authorities that this system trusts.
pub(crate) fn system_roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots
}

fn tls_key<'a>(secret: &'a Secret, key: &'static str) -> Result<&'a [u8], SecretFormat> {
    if secret.kind != TLS_SECRET {
        return Err(SecretFormat::Type { seen: secret.kind.clone() });
    }
    secret.data.get(key).map(Vec::as_slice).ok_or(SecretFormat::Key { key })
}
