//! Lifecycles: what a controller or a handler does with a client until it is done.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

use crate::{Context, DriverError, Resource};

/// Run a lifecycle until it is done, or until what it may try is spent.
///
/// A failed attempt is made again after a pause that does not shrink ([`Capability::VirtualWait`]), unless the error is
/// one that cannot get better: a resource that lacks something, a key that cannot sign.
///
/// [`Capability::VirtualWait`]: crate::Capability::VirtualWait
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Converge {
    /// Names this run in its answer, in `cancel` and in `give-up`; unique in the driver's life, among calls too.
    pub id: u64,
    /// The session whose clients run it.
    pub session: u64,
    /// Which lifecycle.
    pub lifecycle: Lifecycle,
    /// Where it is to end.
    pub goal: Goal,
    /// Arguments by name; [`Lifecycle`] lists them.
    #[serde(default)]
    pub arguments: BTreeMap<String, Value>,
    /// What the caller's context holds: a live request's for the creation of an allocation, a controller's else.
    #[serde(default)]
    pub context: Context,
    /// The resource that it is run for, as it was persisted last.
    pub resource: Resource,
    /// How many attempts it may make, at least 1. What is never made again counts as one.
    pub attempts: u32,
}

/// What is brought about. Arguments in brackets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Lifecycle {
    /// `[]`, a controller's: the resource depends on its project. Present: the reference is added until that succeeds.
    /// Absent: it is removed until that succeeds, and then the resource is stored, its finalizer gone.
    ProjectReference,
    /// `[network]`, a controller's: the same for a network.
    NetworkReference,
    /// `[allocations]` for its presence, as for the operation that creates one; `[]` for its absence.
    ///
    /// Present is what a handler does that serves a live request, with the API client: the allocation is created once,
    /// since nobody repeats a creation whose outcome is unknown; then the resource is stored with its annotation; when
    /// that is refused the allocation is deleted again, for the same principal, and the lifecycle ends with an error.
    ///
    /// Absent is a controller's: the allocation is deleted until that succeeds, and then the resource is stored, its
    /// finalizer gone. A resource without annotation has nothing to delete.
    Allocation,
    /// As `allocation`, on a contract by which a resource has at most one allocation (`docs/keyed-allocations.md`): a
    /// creation that failed is made again, like any other attempt; and for a resource without annotation the allocation
    /// is looked for before it is deleted.
    KeyedAllocation,
}

/// Where a lifecycle is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Goal {
    /// The thing is there.
    Present,
    /// The thing is gone.
    Absent,
}

/// Whoever asked for a lifecycle, as far as it is needed while the lifecycle runs.
pub trait Desk: Send + Sync + 'static {
    /// Persists the resource, as a write to Kubernetes does: what is not stored is lost in a crash.
    ///
    /// # Errors
    ///
    /// Nobody is there to store it any more; the lifecycle is pointless then.
    fn store(&self, resource: Resource) -> impl Future<Output = Result<Stored, DriverError>> + Send;

    /// Notes that so much time passes before the next attempt. It has passed when this returns.
    fn waits(&self, milliseconds: u64);
}

/// What became of a write to Kubernetes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stored {
    /// The resource is persisted.
    Kept,
    /// It is not, and why.
    Refused(String),
}
