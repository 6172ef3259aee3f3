//! Keys, each made once.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::error::Unspecified;
use aws_lc_rs::signature::Ed25519KeyPair;
use rcgen::{KeyPair, RsaKeySize};
use rustls::pki_types::PrivatePkcs8KeyDer;

use super::{KeyType, PkiError};

/// A key for each role and key type, made when it is first asked for.
///
/// Making an RSA key takes a tenth of a second, and a 4096-bit one seconds, so a slot is locked by itself: threads
/// that want different keys make them side by side.
#[derive(Default)]
pub(super) struct KeyPool {
    slots: Mutex<BTreeMap<(String, KeyType), Slot>>,
}

type Slot = Arc<Mutex<Option<Arc<KeyPair>>>>;

impl KeyPool {
    pub(super) fn key(&self, role: &str, key: KeyType) -> Result<Arc<KeyPair>, PkiError> {
        let slot = {
            let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(slots.entry((role.to_owned(), key)).or_default())
        };
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(made) = &*slot {
            return Ok(Arc::clone(made));
        }
        let made =
            generate(key).map(Arc::new).map_err(|source| PkiError::Key { role: role.to_owned(), source })?;
        *slot = Some(Arc::clone(&made));
        Ok(made)
    }
}

pub(super) fn generate(key: KeyType) -> Result<KeyPair, rcgen::Error> {
    match key {
        KeyType::Rsa2048 => KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, RsaKeySize::_2048),
        KeyType::Rsa4096 => KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, RsaKeySize::_4096),
        KeyType::EcdsaP256 => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256),
        KeyType::EcdsaP384 => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384),
        KeyType::Ed25519 => {
            // By itself, rcgen writes the second version of PKCS #8 (RFC 5958), which OpenSSL cannot read; what issues
            // the platform's certificates writes the first.
            let unspecified = |_: Unspecified| rcgen::Error::RingUnspecified;
            let made = Ed25519KeyPair::generate().map_err(unspecified)?.to_pkcs8v1().map_err(unspecified)?;
            let der = PrivatePkcs8KeyDer::from(made.as_ref().to_vec());
            KeyPair::from_pkcs8_der_and_sign_algo(&der, &rcgen::PKCS_ED25519)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_in_the_version_of_pkcs_8_that_every_tls_stack_reads() {
        for key in [KeyType::Rsa2048, KeyType::EcdsaP256, KeyType::EcdsaP384, KeyType::Ed25519] {
            let der = generate(key).unwrap().serialize_der();
            // A sequence whose length is in one byte, or in as many as the first says, and then INTEGER 0: version 1.
            let length = if der[1] < 0x80 { 1 } else { 1 + usize::from(der[1] & 0x7f) };
            assert_eq!(der[1 + length..][..3], [0x02, 0x01, 0x00], "{key:?}");
        }
    }
}
