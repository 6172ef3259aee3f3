//! The region service: networks.

mod model;
mod networks;

pub use model::{
    Network, NetworkCreate, NetworkCreateSpec, NetworkReservations, NetworkSpec, NetworkStatus,
    NetworkUpdate, Route,
};
pub use networks::NetworkFilter;

#[cfg(test)]
use crate::rest::Operation;
use crate::service::Service;

/// A client of the region service. Cheap to clone; its clones share connections.
#[derive(Debug, Clone)]
pub struct Region {
    pub(crate) service: Service,
}

/// Every operation that the client has, for the test that holds them to the API's document.
#[cfg(test)]
pub(crate) const OPERATIONS: &[&Operation] =
    &[&networks::LIST, &networks::CREATE, &networks::READ, &networks::UPDATE, &networks::DELETE];
