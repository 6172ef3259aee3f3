//! The world around the clients.

use std::fmt;
use std::sync::Arc;

use crate::clock::Clock;
use crate::error::Error;
use crate::secrets::{Secret, SecretError, SecretName, SecretStore};

/// What a transport asks of the world around it.
#[derive(Clone)]
pub struct Platform {
    /// Where secrets are kept.
    pub secrets: Arc<dyn SecretStore>,
    /// How time passes for reloads.
    pub clock: Arc<dyn Clock>,
}

impl Platform {
    /// A secret as it is now, or what is wrong in the client's own words.
    pub(super) async fn secret(&self, name: &SecretName) -> Result<Secret, Error> {
        match self.secrets.get(name).await {
            Ok(secret) => Ok(secret),
            Err(SecretError::NotFound) => Err(Error::SecretNotFound { secret: name.clone() }),
            Err(SecretError::Unavailable(source)) => {
                Err(Error::SecretUnavailable { secret: name.clone(), source })
            }
        }
    }
}

impl fmt::Debug for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Platform").finish_non_exhaustive()
    }
}
