//! Requests and answers: what travels over a [transport](crate::transport), and what is made of what comes back.
//!
//! Every call has a time limit, follows no redirect and reads no more of a body than its limit.

mod answer;
mod endpoint;
mod headers;
mod path;
mod request;
mod send;

use std::sync::Arc;
use std::time::Duration;

pub use answer::{Answer, Refusal};
pub use endpoint::Endpoint;
pub(crate) use headers::base64url;
pub(crate) use path::segment;
pub use request::Operation;
pub(crate) use request::Request;
pub(crate) use send::Rest;

use crate::resource::Resource;

/// How long a call may take and how much it may read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// For one call, all told: reading secrets, connecting, waiting, reading. Half a minute unless said otherwise.
    pub call: Duration,
    /// The largest body that is read, in bytes. 8 MiB unless said otherwise.
    pub body: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { call: Duration::from_secs(30), body: 8 << 20 }
    }
}

/// For whom requests are made.
#[derive(Debug, Clone)]
pub(crate) enum Subject {
    /// For the principal in the call's context: a live request is being served.
    Caller,
    /// For the principal that a resource remembers: a controller is at work.
    Resource(Arc<Resource>),
    /// For nobody: whose a token is, is only being asked.
    Nobody,
}
