//! The client's certificates and secrets, from what a scenario says of them.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use plumbline_fake_server::Pki;
use plumbline_fake_server::pki::{
    Authority, Credential, KeyType, Leaf, Lifetime, PkiError, Purpose, TrustAnchor,
};
use plumbline_protocol::{Secret, SecretName};

use crate::scenario::Fixtures;
use crate::scenario::setup::ClientSetup;
use crate::scenario::words::{ClientCertificate, Key, SecretShape, Trust};

/// The role of the client's certificate unless the scenario names another.
pub(super) const USUAL_ROLE: &str = "consumer";

const NAMESPACE: &str = "platform";
const TLS_TYPE: &str = "kubernetes.io/tls";

/// What the client's secrets are made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identity {
    /// The name that recordings use.
    pub(super) role: String,
    pub(super) common_name: String,
    pub(super) key: Key,
    pub(super) certificate: ClientCertificate,
    pub(super) secret: SecretShape,
    pub(super) trust: Trust,
    pub(super) ca_secret: SecretShape,
}

impl Identity {
    /// The usual one, with a key of that type.
    pub(super) fn usual(key: Key, fixtures: &Fixtures) -> Self {
        Self {
            role: USUAL_ROLE.to_owned(),
            common_name: common_name(USUAL_ROLE, fixtures),
            key,
            certificate: ClientCertificate::Valid,
            secret: SecretShape::Valid,
            trust: Trust::Platform,
            ca_secret: SecretShape::Valid,
        }
    }

    /// The same with changes.
    #[must_use]
    pub(super) fn changed(&self, setup: &ClientSetup, fixtures: &Fixtures) -> Self {
        let mut changed = self.clone();
        if let Some(role) = &setup.role {
            changed.role.clone_from(&role.value);
            changed.common_name = common_name(&role.value, fixtures);
        }
        changed.key = setup.key.as_ref().map_or(changed.key, |at| at.value);
        changed.certificate = setup.certificate.as_ref().map_or(changed.certificate, |at| at.value);
        changed.secret = setup.secret.as_ref().map_or(changed.secret, |at| at.value);
        changed.trust = setup.ca.as_ref().map_or(changed.trust, |at| at.value);
        changed.ca_secret = setup.ca_secret.as_ref().map_or(changed.ca_secret, |at| at.value);
        changed
    }

    /// The name of the client's secret; none: no client certificate is configured.
    pub(super) fn client_name(&self) -> Option<SecretName> {
        let namespace = if self.secret == SecretShape::NoNamespace { "" } else { NAMESPACE };
        let name = SecretName { namespace: namespace.to_owned(), name: "client".to_owned() };
        (self.certificate != ClientCertificate::None).then_some(name)
    }

    /// The name of the authority's secret; none: the system's roots.
    pub(super) fn ca_name(&self) -> Option<SecretName> {
        let name = SecretName { namespace: NAMESPACE.to_owned(), name: "ca".to_owned() };
        (self.trust != Trust::System).then_some(name)
    }

    /// Every secret of the platform.
    pub(super) fn secrets(&self, pki: &Pki) -> Result<Vec<Secret>, PkiError> {
        let mut secrets = Vec::new();
        if self.trust != Trust::System && self.ca_secret != SecretShape::Absent {
            let key =
                pki.issue(&Leaf { key: KeyType::EcdsaP256, ..Leaf::client("authority", "authority") })?;
            let authority = bundle(self.trust, pki);
            secrets.push(secret("ca", self.ca_secret, &authority, &key, pki)?);
        }
        if self.certificate != ClientCertificate::None && self.secret != SecretShape::Absent {
            let credential = self.credential(pki)?;
            secrets.push(secret("client", self.secret, credential.certificate_pem(), &credential, pki)?);
        }
        Ok(secrets)
    }

    fn credential(&self, pki: &Pki) -> Result<Arc<Credential>, PkiError> {
        let usual = Leaf { key: key_type(self.key), ..Leaf::client(&self.role, &self.common_name) };
        let leaf = match self.certificate {
            ClientCertificate::Valid | ClientCertificate::None => usual,
            ClientCertificate::Expired => Leaf { lifetime: Lifetime::Expired, ..usual },
            ClientCertificate::NotYetValid => Leaf { lifetime: Lifetime::NotYetValid, ..usual },
            ClientCertificate::WrongUse => Leaf { purpose: Purpose::Server, ..usual },
            ClientCertificate::OtherCa => Leaf { authority: Authority::Other, ..usual },
        };
        pki.issue(&leaf)
    }
}

/// The certificate of a role as a request header carries it, to put into a context.
pub(super) fn propagated(role: &str, pki: &Pki, fixtures: &Fixtures) -> Result<Arc<Credential>, PkiError> {
    pki.issue(&Leaf::client(role, &common_name(role, fixtures)))
}

/// Writes secrets as files, `<namespace>/<name>/<key>`, in place of those of before.
pub(super) fn write(secrets: &[Secret], folder: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        std::fs::remove_dir_all(entry?.path())?;
    }
    for secret in secrets {
        let folder = folder.join(&secret.namespace).join(&secret.name);
        std::fs::create_dir_all(&folder)?;
        for (key, text) in &secret.data {
            std::fs::write(folder.join(key), text)?;
        }
    }
    Ok(())
}

pub(super) fn key_type(key: Key) -> KeyType {
    match key {
        Key::Rsa2048 => KeyType::Rsa2048,
        Key::Rsa4096 => KeyType::Rsa4096,
        Key::P256 => KeyType::EcdsaP256,
        Key::P384 => KeyType::EcdsaP384,
        Key::Ed25519 => KeyType::Ed25519,
    }
}

fn common_name(role: &str, fixtures: &Fixtures) -> String {
    let fallback = || fixtures.roles.get(USUAL_ROLE).cloned().unwrap_or_else(|| role.to_owned());
    fixtures.roles.get(role).cloned().unwrap_or_else(fallback)
}

fn bundle(trust: Trust, pki: &Pki) -> String {
    let platform = pki.authority_pem(TrustAnchor::Platform);
    let other = pki.authority_pem(TrustAnchor::Other);
    match trust {
        Trust::Platform | Trust::System => platform.to_owned(),
        Trust::Other => other.to_owned(),
        Trust::Bundle => format!("rubbish before\n{other}\nrubbish between\n{platform}\nrubbish after\n"),
    }
}

fn secret(
    name: &str,
    shape: SecretShape,
    certificate: &str,
    credential: &Credential,
    pki: &Pki,
) -> Result<Secret, PkiError> {
    let mut data = BTreeMap::from([
        ("tls.crt".to_owned(), certificate.to_owned()),
        ("tls.key".to_owned(), credential.private_key_pem()),
    ]);
    let mut kind = TLS_TYPE;
    let mut put = |key: &str, text: String| drop(data.insert(key.to_owned(), text));
    match shape {
        SecretShape::Valid | SecretShape::Absent | SecretShape::NoNamespace => {}
        SecretShape::WrongType => kind = "Opaque",
        // Whoever looks elsewhere finds it there, and is found out.
        SecretShape::NoCertificate => {
            put("ca.crt", certificate.to_owned());
            data.remove("tls.crt");
        }
        SecretShape::NoKey => drop(data.remove("tls.key")),
        SecretShape::EmptyCertificate => put("tls.crt", String::new()),
        SecretShape::GarbageCertificate => put("tls.crt", "this is no certificate\n".to_owned()),
        SecretShape::GarbageKey => put("tls.key", "this is no key\n".to_owned()),
        SecretShape::ForeignKey => {
            let leaf = Leaf { role: "foreign".to_owned(), ..credential.leaf().clone() };
            put("tls.key", pki.issue(&leaf)?.private_key_pem());
        }
        SecretShape::Chain => {
            put("tls.crt", format!("{certificate}{}", pki.authority_pem(TrustAnchor::Platform)));
        }
    }
    Ok(Secret { namespace: NAMESPACE.to_owned(), name: name.to_owned(), kind: kind.to_owned(), data })
}
