//! The certificates that the world asks a test to make, as the player uses them.

use plumbline_fake_server::Pki;
use plumbline_vectors::{Keyring, TargetError};

/// Every certificate that the infrastructure declares, with its key.
pub(crate) fn of(pki: &Pki) -> Result<Keyring, TargetError> {
    let mut keyring = Keyring::default();
    for role in pki.roles() {
        let credential = pki.credential(role)?;
        keyring.add_certificate(role, credential.certificate_pem(), &credential.private_key_pem())?;
    }
    Ok(keyring)
}
