//! What a listener speaks, as data.

use crate::pki::{Leaf, TrustAnchor};

/// How a listener meets its clients. Equal values share one TLS configuration.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TlsSetup {
    /// What it speaks.
    pub protocol: Protocol,
    /// The certificate it presents.
    pub certificate: Leaf,
    /// What it does about client certificates.
    pub clients: ClientCertificates,
    /// The authority that client certificates are verified against.
    pub client_authority: TrustAnchor,
}

impl Default for TlsSetup {
    fn default() -> Self {
        Self {
            protocol: Protocol::Tls13,
            certificate: Leaf::server(),
            clients: ClientCertificates::Optional,
            client_authority: TrustAnchor::Platform,
        }
    }
}

/// What a listener speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    /// TLS 1.3 and nothing else.
    Tls13,
    /// TLS 1.2 and nothing else.
    Tls12,
    /// HTTP without TLS.
    Plain,
    /// Not a word: connections are accepted, and what they bring is left unanswered.
    Mute,
    /// Nothing: the port is held, but connections to it are refused. Only at the start, not later.
    Nothing,
}

/// What an ingress does about client certificates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum ClientCertificates {
    /// Asks for one, as nginx does with `ssl_verify_client optional`: without one, none is passed on; one that does
    /// not verify gets the ingress's own page with status 400.
    Optional,
    /// Asks for one; one that does not verify is passed on, as `FAILED:reason`.
    PassedOn,
    /// Asks for one; one that does not verify fails the handshake.
    Refused,
    /// Demands one that verifies; without, the handshake fails.
    Required,
    /// Does not ask.
    NotAsked,
}
