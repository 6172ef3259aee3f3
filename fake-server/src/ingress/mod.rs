//! The ingress in front of both services: ends TLS, verifies clients, and alone says who they are.

mod handshake;
mod headers;
mod page;
mod setup;
mod tls;
mod verify;

pub(crate) use handshake::{Hello, Outcome, Peer, drain, hello, lost, shake};
pub(crate) use headers::spoofed;
pub(crate) use page::{bad_request, certificate_error, too_large};
pub use setup::{ClientCertificates, Protocol, TlsSetup};
pub use tls::TlsError;
pub(crate) use tls::{Terminator, Terminators};
