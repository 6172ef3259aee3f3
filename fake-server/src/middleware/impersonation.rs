//! Whether a caller acts *as* its principal, and so with no more than that one may do.

use crate::exchange::Incoming;
use crate::middleware::principal::Principal;

/// On whose access list a decision rests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Acting {
    /// The caller's own.
    AsItself,
    /// What the caller and its principal's actor may both do.
    AsPrincipal,
}

/// The caller asked to act as a principal that names no actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NobodyToActAs;

/// Reads the flag, which is this text and no other.
pub(crate) fn read(incoming: &Incoming, principal: &Principal) -> Result<Acting, NobodyToActAs> {
    if incoming.header("X-Impersonate") != Some("true") {
        return Ok(Acting::AsItself);
    }
    if principal.actor.is_empty() { Err(NobodyToActAs) } else { Ok(Acting::AsPrincipal) }
}
