//! What the clients put on the wire and make of what comes back, over real TLS.

#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

mod answers;
mod connections;
mod requests;
mod rotation;
mod support;
mod tls;
