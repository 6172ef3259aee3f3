//! Keys, each made once.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use rcgen::{KeyPair, RsaKeySize};

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
        KeyType::Ed25519 => KeyPair::generate_for(&rcgen::PKCS_ED25519),
    }
}
