//! What the fake serves, by rule.

use plumbline_vectors::scope::{Bearer, Route, Served};
use plumbline_vectors::vector::Service;

/// Groups of the recording that the fake is held to.
const IDENTITY: [&str; 9] = [
    "auth",
    "acl",
    "impersonation",
    "precedence",
    "routing",
    "trace",
    "references",
    "reference-encoding",
    "allocations",
];
const REGION: [&str; 6] = ["auth", "acl", "impersonation", "routing", "trace", "references"];

/// Operations of each service.
const OPERATIONS: [(Service, &str, &[&str]); 11] = [
    (Service::Identity, "/api/v1/organizations", &["GET", "POST"]),
    (Service::Identity, "/api/v1/organizations/{organizationID}", &["GET", "PUT", "DELETE"]),
    (Service::Identity, "/api/v1/organizations/{organizationID}/projects", &["GET", "POST"]),
    (
        Service::Identity,
        "/api/v1/organizations/{organizationID}/projects/{projectID}",
        &["GET", "PUT", "DELETE"],
    ),
    (Service::Identity, "/api/v1/organizations/{organizationID}/quotas", &["GET", "PUT"]),
    (
        Service::Identity,
        "/api/v1/organizations/{organizationID}/projects/{projectID}/references/{reference}",
        &["PUT", "DELETE"],
    ),
    (Service::Identity, "/api/v1/organizations/{organizationID}/projects/{projectID}/allocations", &["POST"]),
    (
        Service::Identity,
        "/api/v1/organizations/{organizationID}/projects/{projectID}/allocations/{allocationID}",
        &["GET", "PUT", "DELETE"],
    ),
    (Service::Region, "/api/v2/networks", &["GET", "POST"]),
    (Service::Region, "/api/v2/networks/{networkID}", &["GET", "PUT", "DELETE"]),
    (Service::Region, "/api/v2/networks/{networkID}/references/{reference}", &["PUT", "DELETE"]),
];

/// The rule by which vectors are played: these groups, the fake's operations, no bearer token.
pub(crate) fn served() -> Served {
    let groups =
        |service, names: &[&str]| names.iter().map(|name| (service, (*name).to_owned())).collect::<Vec<_>>();
    let routes = OPERATIONS.iter().flat_map(|(service, template, methods)| {
        methods.iter().map(|method| Route {
            service: *service,
            method: (*method).to_owned(),
            template: (*template).to_owned(),
        })
    });
    Served {
        groups: [groups(Service::Identity, &IDENTITY), groups(Service::Region, &REGION)].concat(),
        routes: routes.collect(),
        bearer: Bearer::NotUnderstood,
    }
}
