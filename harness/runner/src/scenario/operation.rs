//! Operations by the names that scenarios use.

use plumbline_fake_server::exchange::Service;
use plumbline_protocol::{ClientKind, Operation, Purpose};

/// What is known of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Known {
    /// The operation.
    pub(crate) operation: Operation,
    /// Its full name.
    pub(crate) name: &'static str,
    /// The service it belongs to.
    pub(crate) service: Service,
    /// The method of its request.
    pub(crate) method: &'static str,
    /// The path of its request; `{argument}` stands for one, `{reference}` for the resource's.
    pub(crate) path: &'static str,
    /// The arguments it takes.
    pub(crate) arguments: &'static [&'static str],
    /// Whether a driver must be given a resource.
    pub(crate) resource: Needs,
    /// The kinds of client that have it, the usual one first.
    pub(crate) clients: &'static [ClientKind],
}

impl Known {
    /// Whether it asks for a token: a form, and for no principal, since who calls is what it is about.
    pub(crate) fn asks_for_token(&self) -> bool {
        matches!(self.operation, Operation::TokensExchange | Operation::TokensIssue)
    }

    /// What a service that serves a request makes such a call for.
    pub(crate) fn purpose(&self) -> Purpose {
        match self.operation {
            Operation::TokensExchange => Purpose::Authorization,
            _ => Purpose::Handler,
        }
    }
}

/// Whether an operation needs a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    /// Only for a controller's signature.
    Nothing,
    /// In any case.
    Resource,
}

const EITHER: &[ClientKind] = &[ClientKind::Api, ClientKind::Controller];
const CONTROLLER: &[ClientKind] = &[ClientKind::Controller];
const API: &[ClientKind] = &[ClientKind::Api];
const TOKEN: &str = "/oauth2/v2/token";
const ORGANIZATIONS: &str = "/api/v1/organizations";
const ORGANIZATION: &str = "/api/v1/organizations/{organization}";
const PROJECTS: &str = "/api/v1/organizations/{organization}/projects";
const PROJECT: &str = "/api/v1/organizations/{organization}/projects/{project}";
const QUOTAS: &str = "/api/v1/organizations/{organization}/quotas";
const ALLOCATIONS: &str = "/api/v1/organizations/{organization}/projects/{project}/allocations";
const ALLOCATION: &str = "/api/v1/organizations/{organization}/projects/{project}/allocations/{allocation}";
const PROJECT_REFERENCE: &str =
    "/api/v1/organizations/{organization}/projects/{project}/references/{reference}";
const NETWORKS: &str = "/api/v2/networks";
const NETWORK: &str = "/api/v2/networks/{network}";
const NETWORK_REFERENCE: &str = "/api/v2/networks/{network}/references/{reference}";

macro_rules! known {
    ($($operation:ident $name:literal $service:ident $method:literal $path:ident [$($argument:literal)*] $needs:ident $clients:ident;)+) => {
        /// All operations.
        pub(crate) const OPERATIONS: &[Known] = &[$(Known {
            operation: Operation::$operation,
            name: $name,
            service: Service::$service,
            method: $method,
            path: $path,
            arguments: &[$($argument),*],
            resource: Needs::$needs,
            clients: $clients,
        }),+];
    };
}

known! {
    OrganizationsList "identity.organizations.list" Identity "GET" ORGANIZATIONS [] Nothing EITHER;
    OrganizationsCreate "identity.organizations.create" Identity "POST" ORGANIZATIONS ["body"] Nothing EITHER;
    OrganizationsRead "identity.organizations.read" Identity "GET" ORGANIZATION ["organization"] Nothing EITHER;
    OrganizationsUpdate "identity.organizations.update" Identity "PUT" ORGANIZATION ["organization" "body"] Nothing EITHER;
    OrganizationsDelete "identity.organizations.delete" Identity "DELETE" ORGANIZATION ["organization"] Nothing EITHER;
    ProjectsList "identity.projects.list" Identity "GET" PROJECTS ["organization"] Nothing EITHER;
    ProjectsCreate "identity.projects.create" Identity "POST" PROJECTS ["organization" "body"] Nothing EITHER;
    ProjectsRead "identity.projects.read" Identity "GET" PROJECT ["organization" "project"] Nothing EITHER;
    ProjectsUpdate "identity.projects.update" Identity "PUT" PROJECT ["organization" "project" "body"] Nothing EITHER;
    ProjectsDelete "identity.projects.delete" Identity "DELETE" PROJECT ["organization" "project"] Nothing EITHER;
    QuotasRead "identity.quotas.read" Identity "GET" QUOTAS ["organization"] Nothing EITHER;
    QuotasUpdate "identity.quotas.update" Identity "PUT" QUOTAS ["organization" "body"] Nothing EITHER;
    AllocationsCreate "identity.allocations.create" Identity "POST" ALLOCATIONS ["allocations"] Resource EITHER;
    AllocationsRead "identity.allocations.read" Identity "GET" ALLOCATION ["organization" "project" "allocation"] Nothing EITHER;
    AllocationsUpdate "identity.allocations.update" Identity "PUT" ALLOCATION ["allocations"] Resource EITHER;
    AllocationsDelete "identity.allocations.delete" Identity "DELETE" ALLOCATION [] Resource EITHER;
    ProjectReferencesAdd "identity.references.add" Identity "PUT" PROJECT_REFERENCE [] Resource CONTROLLER;
    ProjectReferencesRemove "identity.references.remove" Identity "DELETE" PROJECT_REFERENCE [] Resource CONTROLLER;
    TokensExchange "identity.tokens.exchange" Identity "POST" TOKEN ["token" "scope_organization" "scope_project"] Nothing API;
    TokensIssue "identity.tokens.issue" Identity "POST" TOKEN [] Nothing API;
    NetworksList "region.networks.list" Region "GET" NETWORKS ["organizations" "projects" "regions"] Nothing EITHER;
    NetworksCreate "region.networks.create" Region "POST" NETWORKS ["body"] Nothing EITHER;
    NetworksRead "region.networks.read" Region "GET" NETWORK ["network"] Nothing EITHER;
    NetworksUpdate "region.networks.update" Region "PUT" NETWORK ["network" "body"] Nothing EITHER;
    NetworksDelete "region.networks.delete" Region "DELETE" NETWORK ["network"] Nothing EITHER;
    NetworkReferencesAdd "region.references.add" Region "PUT" NETWORK_REFERENCE ["network"] Resource CONTROLLER;
    NetworkReferencesRemove "region.references.remove" Region "DELETE" NETWORK_REFERENCE ["network"] Resource CONTROLLER;
}

/// Short names that mean an operation of whichever API the case calls.
const SHORT: &[(&str, Operation, Operation)] = &[
    ("list", Operation::ProjectsList, Operation::NetworksList),
    ("create", Operation::ProjectsCreate, Operation::NetworksCreate),
    ("read", Operation::ProjectsRead, Operation::NetworksRead),
    ("update", Operation::ProjectsUpdate, Operation::NetworksUpdate),
    ("delete", Operation::ProjectsDelete, Operation::NetworksDelete),
    ("other.list", Operation::NetworksList, Operation::ProjectsList),
    ("references.add", Operation::ProjectReferencesAdd, Operation::NetworkReferencesAdd),
    ("references.remove", Operation::ProjectReferencesRemove, Operation::NetworkReferencesRemove),
];

/// What a step calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Called {
    /// One operation.
    One(Operation),
    /// One of each API: the first is identity's, the second region's.
    Either(Operation, Operation),
}

impl Called {
    /// The operation that a name means.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let short = SHORT.iter().find(|(short, _, _)| *short == name);
        short.map(|(_, identity, region)| Self::Either(*identity, *region)).or_else(|| {
            OPERATIONS.iter().find(|known| known.name == name).map(|known| Self::One(known.operation))
        })
    }

    /// Every name there is.
    pub(crate) fn names() -> impl Iterator<Item = &'static str> {
        SHORT.iter().map(|(short, _, _)| *short).chain(OPERATIONS.iter().map(|known| known.name))
    }

    /// The operation, once the API is chosen; identity's when the scenario has no such axis.
    pub(crate) fn on(self, api: Option<Service>) -> &'static Known {
        let operation = match (self, api) {
            (Self::One(operation), _)
            | (Self::Either(operation, _), Some(Service::Identity) | None)
            | (Self::Either(_, operation), Some(Service::Region)) => operation,
        };
        known(operation)
    }
}

/// What is known of an operation.
pub(crate) fn known(operation: Operation) -> &'static Known {
    OPERATIONS
        .iter()
        .find(|known| known.operation == operation)
        .expect("every operation of the protocol is in the table, as a test makes sure")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_the_operations_of_the_protocol_under_the_names_of_the_protocol() {
        for known in OPERATIONS {
            let name = serde_json::to_value(known.operation).unwrap();
            assert_eq!(name, known.name);
        }
        let schema = serde_json::to_string(&schemars::schema_for!(Operation)).unwrap();
        let named = schema.matches("\"identity.").count() + schema.matches("\"region.").count();
        assert_eq!(named, OPERATIONS.len());
    }
}
