//! Where certificates and keys come from: the platform's secrets.
//!
//! A service of the platform implements [`SecretStore`] over its Kubernetes client. [`MemorySecrets`] serves tests
//! and services that are handed their secrets; [`FolderSecrets`] serves those that find them mounted.

mod folder;
mod memory;

use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;

pub use folder::FolderSecrets;
pub use memory::MemorySecrets;

use crate::error::Cause;

/// The type of a secret that holds a certificate and its key.
pub const TLS_SECRET: &str = "kubernetes.io/tls";

/// A secret's full name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SecretName {
    /// Its namespace.
    pub namespace: String,
    /// Its name in there.
    pub name: String,
}

impl fmt::Display for SecretName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}/{}`", self.namespace, self.name)
    }
}

/// A secret's type and content. Its `Debug` form shows the names of its keys only.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    /// Its type, [`TLS_SECRET`] for certificates.
    pub kind: String,
    /// Its keys and their bytes.
    pub data: BTreeMap<String, Vec<u8>>,
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys: Vec<_> = self.data.keys().collect();
        f.debug_struct("Secret").field("kind", &self.kind).field("keys", &keys).finish_non_exhaustive()
    }
}

/// A secret could not be had.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// There is none of that name.
    #[error("there is no such secret")]
    NotFound,
    /// The store did not answer.
    #[error("ask the store of secrets")]
    Unavailable(#[source] Cause),
}

/// What [`SecretStore::get`] returns.
pub type SecretFuture<'a> = Pin<Box<dyn Future<Output = Result<Secret, SecretError>> + Send + 'a>>;

/// A place that holds secrets.
pub trait SecretStore: Send + Sync + 'static {
    /// The secret as it is now: nothing may be cached for longer than its owner can wait for a rotation.
    fn get<'a>(&'a self, name: &'a SecretName) -> SecretFuture<'a>;
}
