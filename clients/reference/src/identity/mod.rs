//! The identity service: organizations, projects, quotas and allocations.

mod allocations;
mod keyed_allocations;
mod model;
mod organizations;
mod projects;
mod quotas;

pub use model::{
    Allocation, AllocationSpec, AllocationWrite, Amount, Organization, OrganizationSpec, OrganizationWrite,
    Project, ProjectSpec, ProjectWrite, Quota, QuotaWrite, Quotas, QuotasWrite,
};

#[cfg(test)]
use crate::rest::Operation;
use crate::service::Service;

/// A client of the identity service. Cheap to clone; its clones share connections.
#[derive(Debug, Clone)]
pub struct Identity {
    pub(crate) service: Service,
}

/// Every operation that the client has, for the test that holds them to the API's document.
#[cfg(test)]
pub(crate) const OPERATIONS: &[&Operation] = &[
    &organizations::LIST,
    &organizations::CREATE,
    &organizations::READ,
    &organizations::UPDATE,
    &organizations::DELETE,
    &projects::LIST,
    &projects::CREATE,
    &projects::READ,
    &projects::UPDATE,
    &projects::DELETE,
    &quotas::READ,
    &quotas::UPDATE,
    &allocations::CREATE,
    &allocations::READ,
    &allocations::UPDATE,
    &allocations::DELETE,
];
/// Those of the revision that keys allocations.
#[cfg(test)]
pub(crate) const KEYED_OPERATIONS: &[&Operation] = &[&keyed_allocations::LIST, &keyed_allocations::CREATE];
