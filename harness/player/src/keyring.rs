//! The certificates and tokens that the world asks a test to make, as the player uses them.

use plumbline_fake_server::world::World;
use plumbline_fake_server::{Pki, token};
use plumbline_vectors::{Keyring, TargetError};

/// Every certificate that the infrastructure declares, with its key, and every token of the world.
///
/// # Errors
///
/// One of them cannot be made.
pub fn of(world: &World, pki: &Pki) -> Result<Keyring, TargetError> {
    let mut keyring = Keyring::default();
    for role in pki.roles() {
        let credential = pki.credential(role)?;
        keyring.add_certificate(role, credential.certificate_pem(), &credential.private_key_pem())?;
    }
    for name in world.tokens.keys() {
        keyring.add_token(name, &token::named(world, pki, name)?);
    }
    Ok(keyring)
}
