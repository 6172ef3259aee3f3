//! Connections: shared by every client that wants the same of them, encrypted, and presenting the certificate that
//! is current.
//!
//! What that means for a client's user is told on the crate's page, under *Rotation* and *Sending again*.

mod certificate;
mod connect;
mod exchange;
mod failure;
mod identity;
mod platform;
mod pool;
mod shared;
mod socket;
mod tasks;

use std::time::Duration;

use bytes::Bytes;
use http::header::HeaderMap;
use http::{Method, Uri};

pub use connect::TlsParts;
pub(crate) use exchange::Transport;
pub(crate) use failure::Failure;
pub(crate) use identity::{pair_from_secret, roots_from_secret};
pub use platform::Platform;
pub use pool::{ClientIdentity, Presents};
pub(crate) use shared::Transports;

use crate::rest::{Endpoint, Operation};
use crate::secrets::SecretName;

/// When the client certificate is looked up again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reload {
    /// Never.
    Never,
    /// On the first handshake after this time.
    After(Duration),
}

impl Default for Reload {
    /// After a day, as all services of the platform do.
    fn default() -> Self {
        Self::After(Duration::from_secs(24 * 60 * 60))
    }
}

/// What connections are made with. Equal settings share one transport.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TlsSettings {
    /// The secret with the authorities that servers are checked against; none: those that the system trusts.
    pub authority: Option<SecretName>,
    /// The secret with the client's certificate and key; none, or one without a namespace or a name: no certificate.
    pub client: Option<SecretName>,
    /// When the client's secret is looked up again.
    pub reload: Reload,
}

/// A request that is complete.
#[derive(Clone)]
pub struct Outgoing {
    /// What it asks for.
    pub operation: &'static Operation,
    /// Where it goes.
    pub endpoint: Endpoint,
    /// Its verb.
    pub method: Method,
    /// Path and query, as they travel.
    pub target: Uri,
    /// Its headers, those of the principal included.
    pub headers: HeaderMap,
    /// Its body; empty for none.
    pub body: Bytes,
    /// Which certificate its connection must present.
    pub presents: Presents,
}

impl std::fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outgoing")
            .field("operation", &self.operation.name)
            .field("endpoint", &self.endpoint)
            .finish_non_exhaustive()
    }
}

/// What came back.
#[derive(Debug)]
pub struct Received {
    /// Status and headers.
    pub head: http::response::Parts,
    /// The body, or its beginning.
    pub body: Bytes,
    /// Which of the two.
    pub extent: Extent,
}

/// How much of a body was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// All of it.
    Whole,
    /// Its beginning: it is larger than it may be.
    Beginning,
}
