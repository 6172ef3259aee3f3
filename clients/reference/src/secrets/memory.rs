use std::collections::BTreeMap;
use std::sync::Mutex;

use super::{Secret, SecretError, SecretFuture, SecretName, SecretStore};

/// Secrets held in memory.
#[derive(Debug, Default)]
pub struct MemorySecrets {
    secrets: Mutex<BTreeMap<SecretName, Secret>>,
}

impl MemorySecrets {
    /// Replaces all secrets by these.
    pub fn replace(&self, secrets: impl IntoIterator<Item = (SecretName, Secret)>) {
        let secrets = secrets.into_iter().collect();
        *self.secrets.lock().expect("no holder of this lock panics") = secrets;
    }
}

impl FromIterator<(SecretName, Secret)> for MemorySecrets {
    fn from_iter<I: IntoIterator<Item = (SecretName, Secret)>>(secrets: I) -> Self {
        Self { secrets: Mutex::new(secrets.into_iter().collect()) }
    }
}

impl SecretStore for MemorySecrets {
    fn get<'a>(&'a self, name: &'a SecretName) -> SecretFuture<'a> {
        let secret = self.secrets.lock().expect("no holder of this lock panics").get(name).cloned();
        Box::pin(std::future::ready(secret.ok_or(SecretError::NotFound)))
    }
}
