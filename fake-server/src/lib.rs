//! A fake identity and region service that decides as the real ones were recorded to decide.

mod acl;
mod api;
pub mod contract;
pub mod engine;
pub mod exchange;
pub mod fault;
pub mod ingress;
mod middleware;
pub mod pki;
pub mod record;
mod redact;
pub mod serve;
pub mod server;
pub mod store;
mod wire;
pub mod world;

pub use exchange::Service;
pub use pki::Pki;
pub use serve::{ServeOptions, serve};
pub use server::{FakeServer, Setup};
