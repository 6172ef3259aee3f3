//! The identity service: organizations, projects, quotas and allocations.

mod allocations;
mod keyed_allocations;
mod model;
mod organizations;
mod passports;
mod projects;
mod quotas;
mod tokens;

use std::sync::Arc;

pub use model::{
    Allocation, AllocationSpec, AllocationWrite, Amount, Organization, OrganizationSpec, OrganizationWrite,
    Project, ProjectSpec, ProjectWrite, Quota, QuotaWrite, Quotas, QuotasWrite,
};

pub(crate) use passports::Passports;
pub use tokens::{AccessToken, Bearer, TokenScope};

#[cfg(test)]
use crate::rest::Operation;
use crate::service::Service;

/// A client of the identity service. Cheap to clone; its clones share connections.
#[derive(Debug, Clone)]
pub struct Identity {
    pub(crate) service: Service,
    pub(crate) passports: Arc<Passports>,
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
    &tokens::EXCHANGE,
    &tokens::ISSUE,
];
/// Those of the revision that keys allocations.
#[cfg(test)]
pub(crate) const KEYED_OPERATIONS: &[&Operation] = &[&keyed_allocations::LIST, &keyed_allocations::CREATE];
