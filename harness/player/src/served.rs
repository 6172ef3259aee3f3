//! What the fake serves, by rule.

use plumbline_fake_server::{contract, exchange};
use plumbline_vectors::scope::{Route, Scope, Served};
use plumbline_vectors::vector::{Service, Vector};

use crate::engine::store_fault;

/// The operations of the fake's own documents, those aside that it only routes; bearer tokens at both.
pub(crate) fn served() -> Served {
    let services =
        [(Service::Identity, exchange::Service::Identity), (Service::Region, exchange::Service::Region)];
    let routes = services.into_iter().flat_map(|(service, ours)| {
        let operations = contract::document(ours).operations().iter();
        operations
            .filter(|operation| operation.extensions.get("x-plumbline-served") != Some(&false.into()))
            .map(move |operation| Route {
                service,
                method: operation.method.clone(),
                template: operation.template.clone(),
            })
    });
    Served { routes: routes.collect(), bearer: vec![Service::Identity, Service::Region] }
}

/// Whether that vector is among what is served, and the store can refuse as it asks.
pub(crate) fn scope(served: &Served, vector: &Vector) -> Scope {
    let mut faults = vector.steps.iter().filter_map(|step| step.fault.as_ref());
    match served.scope(vector) {
        Scope::Played if faults.any(|fault| store_fault(fault).is_err()) => {
            Scope::NotServed("with a refusal of a kind that the store does not hold".to_owned())
        }
        scope => scope,
    }
}
