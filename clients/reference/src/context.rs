//! What a caller has at hand when it makes a call.

mod served;
mod trace;

use std::fmt;

pub use served::{Purpose, ServedRequest};
pub use trace::{TraceContext, TraceError};

use crate::principal::Principal;

/// Everything that a call takes from the request being served. Nothing of it outlives the call.
#[derive(Clone, Default)]
pub struct CallContext {
    /// For whom the request is made.
    pub principal: Option<Principal>,
    /// Whether to act *as* the principal: with no more than its rights. Needs an actor; controllers pass over it.
    pub impersonation: Impersonation,
    /// The span that the call belongs to.
    pub trace: Option<TraceContext>,
    /// The certificate that started the call chain, as a header carries it: PEM, query-escaped. Sent verbatim.
    pub certificate: Option<String>,
}

/// Whether to act as the principal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Impersonation {
    /// With this service's own rights, on the principal's behalf.
    #[default]
    No,
    /// With the principal's rights.
    Yes,
}

impl fmt::Debug for CallContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let certificate = self.certificate.as_ref().map(|_hidden| "…");
        f.debug_struct("CallContext")
            .field("principal", &self.principal)
            .field("impersonation", &self.impersonation)
            .field("trace", &self.trace)
            .field("certificate", &certificate)
            .finish()
    }
}
