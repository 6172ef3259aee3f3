//! Clients of the platform's identity and region services, for services and controllers written in Rust.
//!
//! # Layers
//!
//! | layer | module | what it knows |
//! |---|---|---|
//! | clientset | [`ClientSet`] | every client of a service, and their end |
//! | typed | [`identity`], [`region`], [`References`] | operations, bodies, what an answer must be |
//! | rest | `rest` (private) | paths, headers, time limits, which answer is which error |
//! | transport | `transport` (private) | TLS, certificates and their rotation, connections |
//!
//! Each uses only the one below.
//!
//! # Whom a request is made for
//!
//! A service that serves a live request calls through [`ClientSet::identity`] and [`ClientSet::region`]: the
//! principal is the one in the [`CallContext`]. A controller has no live request; it calls through
//! [`ClientSet::identity_for`], [`ClientSet::region_for`] and [`ClientSet::references`]: the principal is rebuilt
//! from the [`Resource`], and signed. Without a principal nothing is sent.
//!
//! # Example
//!
//! ```no_run
//! use std::sync::Arc;
//! use plumbline_reference::{
//!     CallContext, ClientSet, Endpoint, Error, FolderSecrets, Limits, Platform, Principal, SecretName,
//!     ServiceSettings, Settings, SystemClock, TlsSettings,
//! };
//!
//! # async fn example() -> Result<(), Error> {
//! let secret = |name: &str| SecretName { namespace: "unikorn".to_owned(), name: name.to_owned() };
//! let tls = TlsSettings {
//!     authority: Some(secret("unikorn-ca")),
//!     client: Some(secret("unikorn-compute-client")),
//!     ..TlsSettings::default()
//! };
//! let service = |address: &str| {
//!     Ok::<_, Error>(ServiceSettings { endpoint: Endpoint::parse(address)?, tls: tls.clone() })
//! };
//! let settings = Settings {
//!     identity: service("https://identity.unikorn.example")?,
//!     region: service("https://region.unikorn.example")?,
//!     limits: Limits::default(),
//! };
//! let platform = Platform {
//!     secrets: Arc::new(FolderSecrets::new("/var/run/secrets/unikorn".into())),
//!     clock: Arc::new(SystemClock::new()),
//! };
//! let clients = ClientSet::open(settings, platform).await?;
//!
//! let context = CallContext {
//!     principal: Some(Principal { actor: Some("carol@example.test".to_owned()), ..Principal::default() }),
//!     ..CallContext::default()
//! };
//! for organization in clients.identity().list_organizations(&context).await? {
//!     tracing(&organization.metadata.name);
//! }
//! clients.close().await;
//! # Ok(())
//! # }
//! # fn tracing(_name: &str) {}
//! ```
//!
//! A service in the middle of a chain of calls does not make a context up: [`CallContext::serving`] finds in the
//! [`ServedRequest`] what may be carried on.
//!
//! # Tokens
//!
//! Whose a bearer token is identity says for a *passport*, which [`identity::Identity::exchange_token`] gets for it. A
//! passport is read and never handed out; what it says is kept until shortly before it ends, by the [`Clock`].
//!
//! # Parts
//!
//! [`ClientSet::open_with`] takes [`Parts`]: layers around every exchange, how principals are written and signed, how
//! secrets become credentials and TLS, what answers mean. Where secrets are kept and how time passes is the
//! [`Platform`]'s.
//!
//! # Cancellation and time
//!
//! Dropping the future of a call cancels it; its connection is closed, not reused. Every call has a time limit
//! ([`Limits::call`]), and so has opening the clients. [`ClientSet::close`] ends what is under way and returns when no
//! connection and no task is left.
//!
//! # Sending again
//!
//! A request is sent once; whether it may be sent again is for the caller to know, and an [`Error`] says whether it
//! may have arrived. The one exception: a connection that waited in the pool and turns out to be closed *before a
//! byte of the request was written* is replaced by another. That is looked at before each use, so that a server that
//! closes idle connections is never noticed. What may have reached the server is not repeated, whatever its verb.
//!
//! A controller that repeats a call until it succeeds waits in between: [`Backoff`] says how long,
//! [`Error::retry_after`] what the server asks for, and [`Error::is_final`] when there is no point in it.
//!
//! # Rotation
//!
//! The client's certificate is looked up again on the first handshake after [`Reload::After`]; when that fails the
//! old one stays, and the next handshake tries again. A connection that is open keeps what it presented.
//!
//! A signed principal is verified against the certificate of the connection it arrives on. So a request that is
//! signed reads its secret anew, and travels on a connection that presents what it is signed with, if need be a new
//! one: it follows a rotation at once, and there is no time in between at which the two disagree. When the secret
//! cannot be read, nothing is signed and nothing sent.
//!
//! The authorities that servers are checked against are *not* looked up again: whom to trust changes when somebody
//! builds the clients anew, not when a secret is written to. To replace an authority without a gap, put the old and
//! the new one into the bundle first.
//!
//! # What is never done
//!
//! Redirects are not followed, cookies not kept, proxies and the environment's wishes for them not regarded, TLS
//! before 1.3 not spoken, sessions not resumed. `Debug` forms show no certificate, key or principal header.

mod backoff;
mod clientset;
mod clock;
mod context;
#[cfg(test)]
mod contract;
mod error;
mod id;
pub mod identity;
mod metadata;
mod parts;
mod principal;
mod references;
pub mod region;
mod resource;
mod rest;
mod secrets;
mod service;
mod transport;

pub use backoff::Backoff;
pub use clientset::{ClientSet, ServiceSettings, Settings};
pub use clock::{Clock, ManualClock, SystemClock};
pub use context::{CallContext, Impersonation, Purpose, ServedRequest, TraceContext, TraceError};
pub use error::{Cause, Error, Malformed, SecretFormat};
pub use metadata::{
    HealthStatus, OrganizationReadMetadata, ProjectReadMetadata, ProvisioningStatus, ReadMetadata, Tag,
    WriteMetadata,
};
pub use parts::{Credentials, ExchangeFuture, Judge, Layer, Next, Parts, PrincipalCodec, Standard};
pub use principal::{Principal, PrincipalKind};
pub use references::References;
pub use resource::Resource;
pub use rest::{Answer, Endpoint, Limits, Operation, Refusal};
pub use secrets::{
    FolderSecrets, MemorySecrets, Secret, SecretError, SecretFuture, SecretName, SecretStore, TLS_SECRET,
};
pub use transport::{
    ClientIdentity, Extent, Outgoing, Platform, Presents, Received, Reload, TlsParts, TlsSettings,
};
