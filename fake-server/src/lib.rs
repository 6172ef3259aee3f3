//! A fake identity and region service that decides as the real ones were recorded to decide.

pub mod engine;
pub mod exchange;
pub mod record;
pub mod store;
pub mod world;
