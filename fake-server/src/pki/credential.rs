//! A certificate with its key.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PSS_2048_8192_SHA512, RSA_PSS_SHA512, RsaKeyPair, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use rcgen::{KeyPair, PublicKeyData};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

use super::Leaf;

/// A certificate of this run with its private key. It prints as its role: bytes come out only when asked for.
#[derive(Clone)]
pub struct Credential {
    leaf: Leaf,
    certificate: CertificateDer<'static>,
    certificate_pem: String,
    ingress_escaped: String,
    query_escaped: String,
    key: Arc<KeyPair>,
}

impl Credential {
    pub(super) fn new(leaf: Leaf, certificate: &rcgen::Certificate, key: Arc<KeyPair>) -> Self {
        let certificate_pem = certificate.pem();
        let ingress_escaped = ingress_escape(&certificate_pem);
        let query_escaped = ingress_escaped.replace("%20", "+");
        Self {
            leaf,
            certificate: certificate.der().clone(),
            certificate_pem,
            ingress_escaped,
            query_escaped,
            key,
        }
    }

    /// The name by which recordings speak of it.
    #[must_use]
    pub fn role(&self) -> &str {
        &self.leaf.role
    }

    /// What the certificate says.
    #[must_use]
    pub fn leaf(&self) -> &Leaf {
        &self.leaf
    }

    /// The certificate, as PEM.
    #[must_use]
    pub fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    /// The certificate, as DER.
    #[must_use]
    pub fn certificate_der(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    /// The private key, as PKCS #8 PEM.
    #[must_use]
    pub fn private_key_pem(&self) -> String {
        self.key.serialize_pem()
    }

    /// The private key, for a TLS stack.
    #[must_use]
    pub fn private_key_der(&self) -> PrivateKeyDer<'static> {
        PrivatePkcs8KeyDer::from(self.key.serialize_der()).into()
    }

    /// The certificate as the platform's services propagate it: PEM, query-escaped, a space as `+`.
    #[must_use]
    pub fn query_escaped(&self) -> &str {
        &self.query_escaped
    }

    /// The certificate as the ingress hands it on: PEM, percent-encoded, a space as `%20`.
    #[must_use]
    pub fn ingress_escaped(&self) -> &str {
        &self.ingress_escaped
    }

    /// That text signed by this key as a controller signs its principal: a compact JWS with PS512; none: it is no RSA key.
    #[must_use]
    pub fn sign(&self, payload: &str) -> Option<String> {
        let key = self.leaf.key.is_rsa().then(|| RsaKeyPair::from_pkcs8(self.key.serialized_der()))?.ok()?;
        let encoded = |text: &[u8]| URL_SAFE_NO_PAD.encode(text);
        let message = format!("{}.{}", encoded(br#"{"alg":"PS512"}"#), encoded(payload.as_bytes()));
        let mut signature = vec![0; key.public_modulus_len()];
        key.sign(&RSA_PSS_SHA512, &SystemRandom::new(), message.as_bytes(), &mut signature).ok()?;
        Some(format!("{message}.{}", encoded(&signature)))
    }

    /// Whether this key made that PS512 signature. No key but an RSA key can have.
    #[must_use]
    pub fn signed(&self, message: &[u8], signature: &[u8]) -> bool {
        self.leaf.key.is_rsa()
            && UnparsedPublicKey::new(&RSA_PSS_2048_8192_SHA512, self.key.der_bytes())
                .verify(message, signature)
                .is_ok()
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential").field("leaf", &self.leaf).finish_non_exhaustive()
    }
}

/// Escapes PEM as nginx does for `$ssl_client_escaped_cert`: everything but RFC 3986's unreserved characters.
pub(crate) fn ingress_escape(pem: &str) -> String {
    const RESERVED: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    utf8_percent_encode(pem, &RESERVED).to_string()
}
