//! The named checks: what an answer must be, whatever was recorded. Values in, what is wrong out.

mod credentials;
mod form;
mod neighbors;

use super::Documents;
use super::exchange::{Exchange, Neighbors};

/// What an answer is held to.
#[derive(Clone, Copy)]
pub(super) struct Check {
    pub(super) name: &'static str,
    pub(super) run: fn(&Judged<'_>) -> Option<String>,
}

/// An exchange, and what it is judged with.
pub(super) struct Judged<'a> {
    pub(super) exchange: &'a Exchange<'a>,
    pub(super) neighbors: &'a Neighbors<'a>,
    /// All exchanges of its vector, in order.
    pub(super) vector: &'a [Exchange<'a>],
    pub(super) documents: &'a dyn Documents,
}

/// Every check that a requirement can name.
pub(super) const CHECKS: [Check; 14] = [
    Check { name: "no-server-error", run: form::no_server_error },
    Check { name: "no-cut-connection", run: form::no_cut_connection },
    Check { name: "declared-status", run: form::declared_status },
    Check { name: "error-envelope", run: form::error_envelope },
    Check { name: "challenge", run: form::challenge },
    Check { name: "trace-kept", run: form::trace_kept },
    Check { name: "refusal-without-effect", run: form::refusal_without_effect },
    Check { name: "quotes-nothing", run: credentials::quotes_nothing },
    Check { name: "own-references-only", run: credentials::own_references_only },
    Check { name: "own-organization-only", run: form::own_organization_only },
    Check { name: "caller-stays-itself", run: neighbors::caller_stays_itself },
    Check { name: "same-whoever-asked-before", run: neighbors::same_whoever_asked_before },
    Check { name: "same-in-any-spelling", run: neighbors::same_in_any_spelling },
    Check { name: "leaving-out-opens-nothing", run: neighbors::leaving_out_opens_nothing },
];
