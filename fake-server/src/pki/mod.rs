//! A throw-away public key infrastructure: two authorities, leaves with every mistake one can ask for, all forgotten
//! when the process ends.
//!
//! Begin with [`Pki::new`], then [`Pki::credential`] (a declared role) or [`Pki::issue`] (any [`Leaf`]).

mod credential;
mod issue;
mod keys;
mod leaf;

use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rustls::pki_types::CertificateDer;

pub use credential::Credential;
pub(crate) use credential::ingress_escape;
pub use leaf::{Authority, KeyType, Leaf, Lifetime, Purpose, UnknownName};

use crate::ingress::{Terminator, Terminators, TlsError, TlsSetup};
use crate::world::{Certificate, World};
use issue::Root;
use keys::KeyPool;

/// The authorities of one run and everything they issued. Shared by all servers of a process.
///
/// Certificates and keys are made when first asked for; [`Pki::warm`] makes the declared ones ahead, side by side.
pub struct Pki {
    platform: Root,
    other: Root,
    declared: Vec<Leaf>,
    keys: KeyPool,
    issued: Mutex<BTreeMap<Leaf, Arc<Credential>>>,
    terminators: Terminators,
}

/// The infrastructure could not be made.
#[derive(Debug, thiserror::Error)]
pub enum PkiError {
    /// A key could not be generated.
    #[error("make the key of `{role}`")]
    Key {
        /// Whose.
        role: String,
        /// Why.
        #[source]
        source: rcgen::Error,
    },
    /// A certificate could not be issued.
    #[error("issue the certificate of `{role}`")]
    Issue {
        /// Whose.
        role: String,
        /// Why.
        #[source]
        source: rcgen::Error,
    },
    /// The world asks for a certificate that cannot be made.
    #[error("read the world's certificates")]
    World(#[from] UnknownName),
    /// No leaf of that role was declared.
    #[error("no certificate has the role `{role}`: declared are `{known}`")]
    UnknownRole {
        /// The role asked for.
        role: String,
        /// Those there are.
        known: String,
    },
}

impl Pki {
    /// Makes the authorities. The leaves are declared: issued when their role is first asked for.
    pub fn new(declared: Vec<Leaf>) -> Result<Arc<Self>, PkiError> {
        Ok(Arc::new(Self {
            platform: Root::new("platform")?,
            other: Root::new("other")?,
            declared,
            keys: KeyPool::default(),
            issued: Mutex::default(),
            terminators: Terminators::default(),
        }))
    }

    /// Authorities, and the world's client certificates declared.
    ///
    /// # Errors
    ///
    /// When the world names a kind of key or a validity that there is not.
    pub fn of(world: &World) -> Result<Arc<Self>, PkiError> {
        let leaf = |certificate: &Certificate| {
            Ok(Leaf {
                key: certificate.key.parse()?,
                lifetime: certificate.validity.parse()?,
                ..Leaf::client(&certificate.name, &certificate.common_name)
            })
        };
        Self::new(world.certificates.iter().map(leaf).collect::<Result<_, UnknownName>>()?)
    }

    /// The credential of a declared role.
    pub fn credential(&self, role: &str) -> Result<Arc<Credential>, PkiError> {
        let leaf =
            self.declared.iter().find(|leaf| leaf.role == role).ok_or_else(|| PkiError::UnknownRole {
                role: role.to_owned(),
                known: self.roles().collect::<Vec<_>>().join("`, `"),
            })?;
        self.issue(leaf)
    }

    /// The declared roles, in the order they were declared.
    pub fn roles(&self) -> impl Iterator<Item = &str> {
        self.declared.iter().map(|leaf| leaf.role.as_str())
    }

    /// Issues a certificate, or finds it when the same was issued before. Blocks while an RSA key is made.
    pub fn issue(&self, leaf: &Leaf) -> Result<Arc<Credential>, PkiError> {
        if let Some(credential) = self.issued().get(leaf) {
            return Ok(Arc::clone(credential));
        }
        let key = self.keys.key(&leaf.role, leaf.key)?;
        let certificate = match leaf.authority {
            Authority::Platform => self.platform.issue(leaf, &key),
            Authority::Other => self.other.issue(leaf, &key),
            Authority::Itself => issue::self_signed(leaf, &key),
        }
        .map_err(|source| PkiError::Issue { role: leaf.role.clone(), source })?;
        let credential = Arc::new(Credential::new(leaf.clone(), &certificate, key));
        // Another thread may have issued the same meanwhile: all get the first one, so that a role stays one
        // certificate.
        Ok(Arc::clone(self.issued().entry(leaf.clone()).or_insert(credential)))
    }

    /// Issues the declared certificates ahead, on as many threads as there are processors. The OpenAPI documents are
    /// read meanwhile, so that the first request does not wait for them either.
    pub fn warm(&self) -> Result<(), PkiError> {
        let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
        let next = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            scope.spawn(crate::contract::warm);
            let work = || {
                while let Some(leaf) = self.declared.get(next.fetch_add(1, Ordering::Relaxed)) {
                    self.issue(leaf)?;
                }
                Ok(())
            };
            let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
            workers.into_iter().try_for_each(|worker| {
                worker.join().expect("issuing a certificate returns its errors and does not panic")
            })
        })
    }

    /// The certificate of an authority, as PEM: what the other side is told to trust.
    #[must_use]
    pub fn authority_pem(&self, authority: TrustAnchor) -> &str {
        self.root(authority).pem()
    }

    /// The certificate of an authority, as DER.
    #[must_use]
    pub fn authority_der(&self, authority: TrustAnchor) -> &CertificateDer<'static> {
        self.root(authority).der()
    }

    /// The role of a certificate of this run.
    #[must_use]
    pub fn role_of(&self, certificate: &CertificateDer<'_>) -> Option<String> {
        self.find(|credential| credential.certificate_der() == certificate)
    }

    /// The role of the certificate that a header holds, escaped as a service or as the ingress escapes it.
    #[must_use]
    pub fn role_of_escaped(&self, text: &str) -> Option<String> {
        self.find(|credential| credential.query_escaped() == text || credential.ingress_escaped() == text)
    }

    /// The role whose key made a PS512 signature.
    #[must_use]
    pub fn signer_of(&self, message: &[u8], signature: &[u8]) -> Option<String> {
        self.find(|credential| credential.signed(message, signature))
    }

    /// What a listener of that setup terminates TLS with; made once.
    pub(crate) fn terminator(&self, setup: &TlsSetup) -> Result<Arc<Terminator>, TlsError> {
        self.terminators.get(self, setup)
    }

    fn find(&self, fits: impl Fn(&Credential) -> bool) -> Option<String> {
        self.issued().values().find(|credential| fits(credential)).map(|found| found.role().to_owned())
    }

    fn root(&self, authority: TrustAnchor) -> &Root {
        match authority {
            TrustAnchor::Platform => &self.platform,
            TrustAnchor::Other => &self.other,
        }
    }

    fn issued(&self) -> std::sync::MutexGuard<'_, BTreeMap<Leaf, Arc<Credential>>> {
        self.issued.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Pki {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pki").field("roles", &self.roles().collect::<Vec<_>>()).finish_non_exhaustive()
    }
}

/// An authority that one can be told to trust.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TrustAnchor {
    /// The platform's.
    Platform,
    /// The one that nobody trusts unless told.
    Other,
}

#[cfg(test)]
mod tests {
    use x509_parser::prelude::{FromDer as _, GeneralName, X509Certificate};

    use super::*;

    fn pki() -> Arc<Pki> {
        let roles = ["one", "two"].map(|role| Leaf { key: KeyType::Ed25519, ..Leaf::client(role, role) });
        Pki::new(roles.to_vec()).unwrap()
    }

    #[test]
    fn a_role_is_one_certificate_and_has_a_key_of_its_own() {
        let pki = pki();
        let (one, two) = (pki.credential("one").unwrap(), pki.credential("two").unwrap());
        assert_eq!(one.certificate_der(), pki.credential("one").unwrap().certificate_der());
        assert_ne!(one.private_key_pem(), two.private_key_pem());

        let expired = Leaf { lifetime: Lifetime::Expired, ..one.leaf().clone() };
        let renewed = pki.issue(&expired).unwrap();
        assert_ne!(one.certificate_der(), renewed.certificate_der());
        assert_eq!(one.private_key_pem(), renewed.private_key_pem());
    }

    #[test]
    fn certificates_are_known_by_their_bytes_in_either_escaping() {
        let pki = pki();
        pki.warm().unwrap();
        let two = pki.credential("two").unwrap();
        assert_eq!(pki.role_of(two.certificate_der()).as_deref(), Some("two"));
        assert_eq!(pki.role_of_escaped(two.query_escaped()).as_deref(), Some("two"));
        assert_eq!(pki.role_of_escaped(two.ingress_escaped()).as_deref(), Some("two"));
        assert_eq!(pki.role_of_escaped(two.certificate_pem()), None);
        assert!(two.query_escaped().starts_with("-----BEGIN+CERTIFICATE-----%0A"));
        assert!(two.ingress_escaped().starts_with("-----BEGIN%20CERTIFICATE-----%0A"));
    }

    #[test]
    fn an_unknown_role_is_told_with_the_known_ones() {
        let error = pki().credential("three").unwrap_err();
        insta::assert_snapshot!(error, @"no certificate has the role `three`: declared are `one`, `two`");
    }

    #[test]
    fn a_certificate_says_what_it_was_told_to() {
        let leaf = Leaf { lifetime: Lifetime::Expired, ..Leaf::server() };
        let credential = pki().issue(&leaf).unwrap();
        let (_, certificate) = X509Certificate::from_der(credential.certificate_der()).unwrap();

        assert_eq!(certificate.subject().to_string(), "CN=localhost");
        assert_eq!(certificate.issuer().to_string(), "CN=plumbline platform authority");
        let usage = certificate.extended_key_usage().unwrap().unwrap().value;
        assert!(usage.server_auth && !usage.client_auth);
        let names = &certificate.subject_alternative_name().unwrap().unwrap().value.general_names;
        assert!(
            matches!(
                names[..],
                [
                    GeneralName::DNSName("localhost"),
                    GeneralName::IPAddress([127, 0, 0, 1]),
                    GeneralName::IPAddress([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
                ]
            ),
            "{names:?}"
        );
        let years = [certificate.validity().not_before, certificate.validity().not_after];
        assert_eq!(years.map(|time| time.to_datetime().year()), [2020, 2021]);
    }

    #[test]
    fn a_nameless_certificate_has_no_names() {
        let leaf = Leaf { names: Vec::new(), common_name: String::new(), ..Leaf::server() };
        let credential = pki().issue(&leaf).unwrap();
        let (_, certificate) = X509Certificate::from_der(credential.certificate_der()).unwrap();
        assert_eq!(certificate.subject().to_string(), "");
        assert!(certificate.subject_alternative_name().unwrap().is_none());
    }

    #[test]
    fn nothing_of_a_credential_is_printed_but_what_it_says() {
        let pki = pki();
        let credential = pki.credential("one").unwrap();
        let shown = format!("{credential:?} {pki:?}");
        assert!(!shown.contains("BEGIN"), "{shown}");
        insta::assert_snapshot!(format!("{pki:?}"), @r#"Pki { roles: ["one", "two"], .. }"#);
    }
}
