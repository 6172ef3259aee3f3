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

pub(crate) use exchange::Transport;
pub(crate) use failure::Failure;
pub use platform::Platform;
pub(crate) use pool::Presents;
pub(crate) use shared::Transports;

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

/// What came back.
pub(crate) struct Received {
    pub(crate) head: http::response::Parts,
    pub(crate) body: Bytes,
    pub(crate) extent: Extent,
}

/// How much of a body was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// All of it.
    Whole,
    /// Its beginning: it is larger than it may be.
    Beginning,
}
