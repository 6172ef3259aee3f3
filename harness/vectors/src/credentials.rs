//! The certificates, keys and tokens that a test brings, by the names that the recording uses.

use std::collections::BTreeMap;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA512,
    RsaEncoding, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::vector::Algorithm;

/// What a test brings.
pub trait Credentials: Sync {
    /// The PEM of the certificate of that name.
    fn certificate(&self, name: &str) -> Option<&str>;

    /// A signature over `message` by the key of the certificate of that name; none: there is no such key, or it is
    /// of another type.
    fn sign(&self, name: &str, algorithm: Algorithm, message: &[u8]) -> Option<Vec<u8>>;

    /// The token of that name.
    fn token(&self, name: &str) -> Option<&str>;
}

/// Certificates with their keys, and tokens, in memory.
#[derive(Debug, Default)]
pub struct Keyring {
    certificates: BTreeMap<String, Certificate>,
    tokens: BTreeMap<String, String>,
}

#[derive(Debug)]
struct Certificate {
    pem: String,
    key: Option<Key>,
}

#[derive(Debug)]
enum Key {
    Rsa(RsaKeyPair),
    P256(EcdsaKeyPair),
}

/// A key that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("read the key of certificate `{name}`: expected PKCS #8 PEM of an RSA or P-256 key")]
pub struct KeyError {
    name: String,
}

impl Keyring {
    /// Adds a certificate with its key, both PEM, the key as PKCS #8.
    ///
    /// # Errors
    ///
    /// When the key is of another form, or neither RSA nor P-256.
    pub fn add_certificate(&mut self, name: &str, certificate: &str, key: &str) -> Result<(), KeyError> {
        let key =
            pem_to_der(key).and_then(|der| Key::parse(&der)).ok_or(KeyError { name: name.to_owned() })?;
        self.certificates
            .insert(name.to_owned(), Certificate { pem: certificate.to_owned(), key: Some(key) });
        Ok(())
    }

    /// Adds a certificate without its key: it can be quoted, and nobody can sign as its holder.
    pub fn add_quoted(&mut self, name: &str, certificate: &str) {
        self.certificates.insert(name.to_owned(), Certificate { pem: certificate.to_owned(), key: None });
    }

    /// Adds a token.
    pub fn add_token(&mut self, name: &str, token: &str) {
        self.tokens.insert(name.to_owned(), token.to_owned());
    }
}

impl Credentials for Keyring {
    fn certificate(&self, name: &str) -> Option<&str> {
        self.certificates.get(name).map(|certificate| certificate.pem.as_str())
    }

    fn sign(&self, name: &str, algorithm: Algorithm, message: &[u8]) -> Option<Vec<u8>> {
        self.certificates.get(name)?.key.as_ref()?.sign(algorithm, message)
    }

    fn token(&self, name: &str) -> Option<&str> {
        self.tokens.get(name).map(String::as_str)
    }
}

impl Key {
    fn parse(der: &[u8]) -> Option<Self> {
        let rsa = RsaKeyPair::from_pkcs8(der).ok().map(Self::Rsa);
        rsa.or_else(|| EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der).ok().map(Self::P256))
    }

    fn sign(&self, algorithm: Algorithm, message: &[u8]) -> Option<Vec<u8>> {
        match (self, algorithm) {
            (Self::Rsa(key), Algorithm::Ps512) => sign_rsa(key, &RSA_PSS_SHA512, message),
            (Self::Rsa(key), Algorithm::Ps256) => sign_rsa(key, &RSA_PSS_SHA256, message),
            (Self::Rsa(key), Algorithm::Rs512) => sign_rsa(key, &RSA_PKCS1_SHA512, message),
            (Self::P256(key), Algorithm::Es256) => {
                key.sign(&SystemRandom::new(), message).ok().map(|signature| signature.as_ref().to_vec())
            }
            (Self::Rsa(_), Algorithm::Es256)
            | (Self::P256(_), Algorithm::Ps512 | Algorithm::Ps256 | Algorithm::Rs512) => None,
        }
    }
}

fn sign_rsa(key: &RsaKeyPair, padding: &'static dyn RsaEncoding, message: &[u8]) -> Option<Vec<u8>> {
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(padding, &SystemRandom::new(), message, &mut signature).ok()?;
    Some(signature)
}

/// The bytes of the first block of a PEM.
pub(crate) fn pem_to_der(pem: &str) -> Option<Vec<u8>> {
    let body: String = pem
        .lines()
        .skip_while(|line| !line.starts_with("-----BEGIN "))
        .skip(1)
        .take_while(|line| !line.starts_with("-----END "))
        .map(str::trim)
        .collect();
    STANDARD.decode(body).ok().filter(|der| !der.is_empty())
}

#[cfg(test)]
pub(crate) mod tests {
    use aws_lc_rs::encoding::AsDer;
    use aws_lc_rs::rsa::KeySize;
    use aws_lc_rs::signature::{
        KeyPair, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA512,
        UnparsedPublicKey, VerificationAlgorithm,
    };

    use super::*;

    fn pem(label: &str, der: &[u8]) -> String {
        format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der))
    }

    /// A keyring with `kubernetes` (RSA) and `ecdsa`; the certificates are no real ones.
    pub(crate) fn keyring() -> Keyring {
        let rsa = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let rsa: aws_lc_rs::encoding::Pkcs8V1Der<'_> = rsa.as_der().unwrap();
        let ec =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).unwrap();
        let mut keyring = Keyring::default();
        let certificate = pem("CERTIFICATE", b"not really a certificate");
        keyring.add_certificate("kubernetes", &certificate, &pem("PRIVATE KEY", rsa.as_ref())).unwrap();
        keyring.add_certificate("ecdsa", &certificate, &pem("PRIVATE KEY", ec.as_ref())).unwrap();
        keyring.add_token("alice", "alice's token");
        keyring
    }

    fn verifies(keyring: &Keyring, algorithm: Algorithm, with: &'static dyn VerificationAlgorithm) {
        let signature = keyring.sign("kubernetes", algorithm, b"message").unwrap();
        let Some(Key::Rsa(key)) = &keyring.certificates["kubernetes"].key else { panic!("it is an RSA key") };
        let public = UnparsedPublicKey::new(with, key.public_key().as_ref());
        assert!(public.verify(b"message", &signature).is_ok(), "{algorithm:?}");
        assert!(public.verify(b"massage", &signature).is_err(), "{algorithm:?}");
    }

    #[test]
    fn each_algorithm_is_itself() {
        let keyring = keyring();
        verifies(&keyring, Algorithm::Ps512, &RSA_PSS_2048_8192_SHA512);
        verifies(&keyring, Algorithm::Ps256, &RSA_PSS_2048_8192_SHA256);
        verifies(&keyring, Algorithm::Rs512, &RSA_PKCS1_2048_8192_SHA512);
        assert_eq!(keyring.sign("ecdsa", Algorithm::Es256, b"message").map(|s| s.len()), Some(64));
    }

    #[test]
    fn what_is_not_there_is_none() {
        let keyring = keyring();
        assert_eq!(keyring.certificate("region"), None);
        assert_eq!(keyring.sign("region", Algorithm::Ps512, b""), None);
        assert_eq!(keyring.sign("ecdsa", Algorithm::Ps512, b""), None);
        assert_eq!(keyring.token("bob"), None);
        let error = Keyring::default().add_certificate("x", "", "no key").expect_err("no key is no key");
        assert!(error.to_string().contains("certificate `x`"));
    }
}
