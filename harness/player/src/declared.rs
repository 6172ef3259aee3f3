//! What the fake's own documents declare, for whoever judges answers by it.

use std::collections::BTreeSet;

use plumbline_fake_server::{contract, exchange};
use plumbline_vectors::requirements::Documents;
use plumbline_vectors::vector::Service;

/// The documents that come with the fake.
#[derive(Debug, Clone, Copy)]
pub struct Declared;

impl Documents for Declared {
    fn statuses(&self, service: Service, method: &str, path: &str) -> Option<BTreeSet<u16>> {
        let service = match service {
            Service::Identity => exchange::Service::Identity,
            Service::Region => exchange::Service::Region,
        };
        let route = contract::document(service).route(method, path)?;
        // A reply for any other status declares them all.
        route.operation.replies.keys().map(|status| status.parse().ok()).collect()
    }
}
