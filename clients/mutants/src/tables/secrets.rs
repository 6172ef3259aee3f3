//! What secrets are taken for.

use std::sync::Arc;

use plumbline_protocol::Session;
use plumbline_reference::{
    Credentials, Secret, SecretFormat, SecretFuture, SecretName, SecretStore, Standard, TLS_SECRET,
};
use rustls::RootCertStore;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

use crate::Mutant;
use crate::broken::Broken;

pub(super) const TABLE: &[Mutant] = &[
    Mutant {
        id: "secret-type-unchecked",
        story: "takes a secret of any type",
        build: || Broken::secrets(|usual| Changed(usual, |secret| secret.kind = TLS_SECRET.to_owned())),
    },
    Mutant {
        id: "client-secret-optional",
        story: "calls without a certificate when its secret is not there",
        build: || {
            Broken::session(|session| {
                let there = session
                    .client
                    .as_ref()
                    .is_some_and(|name| find(session, &name.namespace, &name.name).is_some());
                if !there {
                    session.client = None;
                }
            })
        },
    },
    Mutant {
        id: "client-secret-broken-is-none",
        story: "calls without a certificate when its secret cannot be used",
        build: || {
            Broken::session(|session| {
                let usable = session
                    .client
                    .as_ref()
                    .and_then(|name| find(session, &name.namespace, &name.name))
                    .is_some_and(|secret| {
                        ["tls.crt", "tls.key"]
                            .iter()
                            .all(|key| secret.data.get(*key).is_some_and(|text| text.contains("-----BEGIN")))
                    });
                if !usable {
                    session.client = None;
                }
            })
        },
    },
    Mutant {
        id: "client-secret-demanded",
        story: "does not work without a client secret",
        build: || {
            Broken::session(|session| {
                session.client.get_or_insert(plumbline_protocol::SecretName {
                    namespace: "unikorn".to_owned(),
                    name: "unset".to_owned(),
                });
            })
        },
    },
    Mutant {
        id: "client-secret-of-any-namespace",
        story: "looks for a secret that is named without namespace in all of them",
        build: || {
            Broken::session(|session| {
                let Some(name) = session.client.clone().filter(|name| name.namespace.is_empty()) else {
                    return;
                };
                let found =
                    session.secrets.iter().find(|secret| secret.name == name.name || secret.data.len() == 2);
                if let Some(secret) = found {
                    session.client = Some(plumbline_protocol::SecretName {
                        namespace: secret.namespace.clone(),
                        name: secret.name.clone(),
                    });
                }
            })
        },
    },
    Mutant {
        id: "client-pair-unchecked",
        story: "does not look whether key and certificate belong together",
        build: || Broken::credentials(Unchecked),
    },
    Mutant {
        id: "client-chain-reversed",
        story: "presents the last certificate of its secret as its own",
        build: || Broken::credentials(Reversed),
    },
    Mutant {
        id: "client-keys-of-rsa-only",
        story: "does not take a client key that is not RSA",
        build: || Broken::credentials(RsaOnly),
    },
    Mutant {
        id: "authority-optional",
        story: "trusts the system when its authority's secret is not there",
        build: || {
            Broken::session(|session| {
                let there = session
                    .ca
                    .as_ref()
                    .is_some_and(|name| find(session, &name.namespace, &name.name).is_some());
                if !there {
                    session.ca = None;
                }
            })
        },
    },
    Mutant {
        id: "authority-unreadable-is-none",
        story: "trusts nobody when its authority cannot be read, and says so late",
        build: || {
            Broken::credentials(Roots(|secret| {
                Ok(Standard.authorities(secret).unwrap_or_else(|_| RootCertStore::empty()))
            }))
        },
    },
    Mutant {
        id: "authority-needs-its-key",
        story: "demands the authority's key",
        build: || {
            Broken::credentials(Roots(|secret| match secret.data.contains_key("tls.key") {
                true => Standard.authorities(secret),
                false => Err(SecretFormat::Key { key: "tls.key" }),
            }))
        },
    },
    Mutant {
        id: "authority-first-only",
        story: "trusts the first authority of a bundle only",
        build: || Broken::credentials(Roots(first)),
    },
    Mutant {
        id: "authority-strict-bundle",
        story: "refuses a bundle in which something else stands",
        build: || {
            Broken::credentials(Roots(|secret| {
                let text = String::from_utf8_lossy(secret.data.get("tls.crt").map_or(&[][..], Vec::as_slice))
                    .into_owned();
                let mut inside = false;
                for line in text.lines() {
                    if line.starts_with("-----BEGIN CERTIFICATE") {
                        inside = true;
                    } else if line.starts_with("-----END CERTIFICATE") {
                        inside = false;
                    } else if !inside && !line.trim().is_empty() {
                        return Err(SecretFormat::Certificate { key: "tls.crt" });
                    }
                }
                Standard.authorities(secret)
            }))
        },
    },
];

fn find<'a>(session: &'a Session, namespace: &str, name: &str) -> Option<&'a plumbline_protocol::Secret> {
    session.secrets.iter().find(|secret| secret.namespace == namespace && secret.name == name)
}

fn first(secret: &Secret) -> Result<RootCertStore, SecretFormat> {
    Standard.authorities(secret)?;
    let text = secret.data.get("tls.crt").map_or(&[][..], Vec::as_slice);
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(CertificateDer::pem_slice_iter(text).filter_map(Result::ok).take(1));
    Ok(roots)
}

struct Roots(fn(&Secret) -> Result<RootCertStore, SecretFormat>);

impl Credentials for Roots {
    fn authorities(&self, secret: &Secret) -> Result<RootCertStore, SecretFormat> {
        (self.0)(secret)
    }
}

struct Unchecked;

impl Credentials for Unchecked {
    fn pair(&self, secret: &Secret, provider: &CryptoProvider) -> Result<CertifiedKey, SecretFormat> {
        match Standard.pair(secret, provider) {
            Err(SecretFormat::Pair(source)) => read(secret, provider).ok_or(SecretFormat::Pair(source)),
            other => other,
        }
    }
}

fn read(secret: &Secret, provider: &CryptoProvider) -> Option<CertifiedKey> {
    let chain = CertificateDer::pem_slice_iter(secret.data.get("tls.crt")?).filter_map(Result::ok).collect();
    let key = PrivateKeyDer::from_pem_slice(secret.data.get("tls.key")?).ok()?;
    Some(CertifiedKey::new(chain, provider.key_provider.load_private_key(key).ok()?))
}

struct Reversed;

impl Credentials for Reversed {
    fn pair(&self, secret: &Secret, provider: &CryptoProvider) -> Result<CertifiedKey, SecretFormat> {
        let mut pair = Standard.pair(secret, provider)?;
        pair.cert.reverse();
        Ok(pair)
    }
}

struct RsaOnly;

impl Credentials for RsaOnly {
    fn pair(&self, secret: &Secret, provider: &CryptoProvider) -> Result<CertifiedKey, SecretFormat> {
        let pair = Standard.pair(secret, provider)?;
        match pair.key.algorithm() {
            rustls::SignatureAlgorithm::RSA => Ok(pair),
            _ => Err(SecretFormat::PrivateKey { key: "tls.key" }),
        }
    }
}

/// Changes every secret that is read.
struct Changed(Arc<dyn SecretStore>, fn(&mut Secret));

impl SecretStore for Changed {
    fn get<'a>(&'a self, name: &'a SecretName) -> SecretFuture<'a> {
        Box::pin(async move {
            let mut secret = self.0.get(name).await?;
            (self.1)(&mut secret);
            Ok(secret)
        })
    }
}
