//! A fake identity and region service that decides as the real ones were recorded to decide.

mod acl;
mod api;
pub mod contract;
pub mod engine;
pub mod exchange;
mod middleware;
pub mod record;
pub mod store;
pub mod world;
