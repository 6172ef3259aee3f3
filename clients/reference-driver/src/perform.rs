//! One call.

mod identity;
mod references;
mod region;
mod tokens;

use std::time::Duration;

use plumbline_protocol::{Call, ClientKind, Operation, Outcome, Resource};
use plumbline_reference::identity::Identity;
use plumbline_reference::region::Region;
use plumbline_reference::{self as client, CallContext, ClientSet, Error};
use serde::Serialize;
use serde_json::Value;

use crate::arguments::{Arguments, NotAttempted};
use crate::context;
use crate::failure::failure;

/// What the client made of a call: the first kind of error is the driver's, the second the client's.
type Attempt = Result<Result<Value, Error>, NotAttempted>;

/// Makes a call and says what the client made of it.
pub(crate) async fn perform(clients: &ClientSet, call: Call) -> Outcome {
    let context = match context::context(call.context) {
        Ok(context) => context,
        Err(error) => return Outcome::Error(failure(&error, call.resource)),
    };
    let mut work = Work {
        context,
        arguments: Arguments::new(call.arguments),
        client: call.client,
        resource: call.resource.as_ref().map(context::resource),
        clients,
    };
    let attempt = work.perform(call.operation).await;
    let resource = call.resource.map(|resource| left(resource, work.resource));
    match attempt {
        Ok(Ok(value)) => Outcome::Ok { value, resource },
        Ok(Err(error)) => Outcome::Error(failure(&error, resource)),
        Err(NotAttempted(reason)) => Outcome::CouldNotAttempt { reason },
    }
}

/// What comes of a call whose time limit is said to have passed.
pub(crate) fn given_up(limit: Duration, resource: Option<Resource>) -> Outcome {
    Outcome::Error(failure(&Error::Timeout { operation: "a call", limit }, resource))
}

/// The resource of a call as the client left it.
pub(crate) fn left(given: Resource, after: Option<client::Resource>) -> Resource {
    match after {
        Some(after) => Resource { labels: after.labels, annotations: after.annotations, ..given },
        None => given,
    }
}

struct Work<'a> {
    clients: &'a ClientSet,
    client: ClientKind,
    context: CallContext,
    arguments: Arguments,
    resource: Option<client::Resource>,
}

impl Work<'_> {
    async fn perform(&mut self, operation: Operation) -> Attempt {
        match operation {
            Operation::OrganizationsList => self.organizations_list().await,
            Operation::OrganizationsCreate => self.organizations_create().await,
            Operation::OrganizationsRead => self.organizations_read().await,
            Operation::OrganizationsUpdate => self.organizations_update().await,
            Operation::OrganizationsDelete => self.organizations_delete().await,
            Operation::ProjectsList => self.projects_list().await,
            Operation::ProjectsCreate => self.projects_create().await,
            Operation::ProjectsRead => self.projects_read().await,
            Operation::ProjectsUpdate => self.projects_update().await,
            Operation::ProjectsDelete => self.projects_delete().await,
            Operation::QuotasRead => self.quotas_read().await,
            Operation::QuotasUpdate => self.quotas_update().await,
            Operation::AllocationsCreate => self.allocations_create().await,
            Operation::AllocationsRead => self.allocations_read().await,
            Operation::AllocationsUpdate => self.allocations_update().await,
            Operation::AllocationsDelete => self.allocations_delete().await,
            Operation::ProjectReferencesAdd => self.project_references_add().await,
            Operation::ProjectReferencesRemove => self.project_references_remove().await,
            Operation::TokensExchange => self.tokens_exchange().await,
            Operation::TokensIssue => self.tokens_issue().await,
            Operation::NetworksList => self.networks_list().await,
            Operation::NetworksCreate => self.networks_create().await,
            Operation::NetworksRead => self.networks_read().await,
            Operation::NetworksUpdate => self.networks_update().await,
            Operation::NetworksDelete => self.networks_delete().await,
            Operation::NetworkReferencesAdd => self.network_references_add().await,
            Operation::NetworkReferencesRemove => self.network_references_remove().await,
        }
    }

    /// The identity client of the call's kind.
    fn identity(&self) -> Result<Identity, NotAttempted> {
        match self.client {
            ClientKind::Api => Ok(self.clients.identity()),
            ClientKind::Controller => Ok(self.clients.identity_for(self.resource()?)),
        }
    }

    /// The region client of the call's kind.
    fn region(&self) -> Result<Region, NotAttempted> {
        match self.client {
            ClientKind::Api => Ok(self.clients.region()),
            ClientKind::Controller => Ok(self.clients.region_for(self.resource()?)),
        }
    }

    fn resource(&self) -> Result<&client::Resource, NotAttempted> {
        self.resource.as_ref().ok_or_else(|| NotAttempted("the call has no resource".to_owned()))
    }
}

/// What the client returned, as JSON.
fn shown<T: Serialize>(returned: Result<T, Error>) -> Attempt {
    match returned {
        Err(error) => Ok(Err(error)),
        Ok(value) => match serde_json::to_value(value) {
            Ok(value) => Ok(Ok(value)),
            Err(error) => Err(NotAttempted(format!("show what the client returned: {error}"))),
        },
    }
}
