//! References: while one is held, what it is held on cannot be deleted.

use http::Method;

use crate::context::CallContext;
use crate::error::Error;
use crate::id::id;
use crate::resource::Resource;
use crate::rest::{Answer, Operation, Request, segment};
use crate::service::Service;

const PROJECT: &str = "/api/v1/organizations/{organizationID}/projects/{projectID}/references/{reference}";
const NETWORK: &str = "/api/v2/networks/{networkID}/references/{reference}";

static ADD_TO_PROJECT: Operation = Operation {
    name: "add a reference to a project",
    method: Method::PUT,
    path: PROJECT,
    success: 201,
    also: None,
    refusals: &[400, 401, 403, 404, 409, 500],
};
static REMOVE_FROM_PROJECT: Operation = Operation {
    name: "remove a reference from a project",
    method: Method::DELETE,
    path: PROJECT,
    success: 204,
    also: None,
    refusals: &[401, 403, 404, 500],
};
static ADD_TO_NETWORK: Operation = Operation {
    name: "add a reference to a network",
    method: Method::PUT,
    path: NETWORK,
    success: 201,
    also: None,
    refusals: &[400, 401, 403, 404, 500],
};
static REMOVE_FROM_NETWORK: Operation = Operation {
    name: "remove a reference from a network",
    method: Method::DELETE,
    path: NETWORK,
    success: 204,
    also: None,
    refusals: &[401, 403, 404, 500],
};

/// Every operation of the identity service's part.
#[cfg(test)]
pub(crate) const IDENTITY_OPERATIONS: &[&Operation] = &[&ADD_TO_PROJECT, &REMOVE_FROM_PROJECT];
/// Every operation of the region service's part.
#[cfg(test)]
pub(crate) const REGION_OPERATIONS: &[&Operation] = &[&ADD_TO_NETWORK, &REMOVE_FROM_NETWORK];

/// The references that one resource holds on things of other services. A controller's business: its requests are
/// signed, and made for the principal that the resource remembers.
///
/// Adding one that is held and removing one that is not are success, so that a controller may repeat either for
/// ever. A target that the platform says is not there (404, in its own error envelope) counts as removed, whether
/// it is a project or a network: what is gone is referred to by nobody, and an error would keep the resource's own
/// deletion waiting for something that can never come. A 404 that is not the platform's, of a proxy say, is an
/// error: the reference may well be held still.
#[derive(Debug, Clone)]
pub struct References {
    pub(crate) identity: Service,
    pub(crate) region: Service,
    pub(crate) resource: Resource,
}

impl References {
    /// The resource begins to depend on its project.
    ///
    /// # Errors
    ///
    /// [`Error::ResourceInconsistent`] when a label is missing; any other [`Error`] that a call can end with.
    pub async fn add_to_project(&self, context: &CallContext) -> Result<(), Error> {
        let request = self.project_request(&ADD_TO_PROJECT)?;
        self.identity.send(context, request).await.map(drop)
    }

    /// The resource no longer depends on its project.
    ///
    /// # Errors
    ///
    /// [`Error::ResourceInconsistent`] when a label is missing; any other [`Error`] that a call can end with.
    pub async fn remove_from_project(&self, context: &CallContext) -> Result<(), Error> {
        let request = self.project_request(&REMOVE_FROM_PROJECT)?;
        removed(&self.identity, self.identity.send(context, request).await)
    }

    /// The resource begins to depend on a network.
    ///
    /// # Errors
    ///
    /// Any [`Error`] that a call can end with.
    pub async fn add_to_network(&self, context: &CallContext, network: &str) -> Result<(), Error> {
        let request = self.network_request(&ADD_TO_NETWORK, network)?;
        self.region.send(context, request).await.map(drop)
    }

    /// The resource no longer depends on a network.
    ///
    /// # Errors
    ///
    /// Any [`Error`] that a call can end with.
    pub async fn remove_from_network(&self, context: &CallContext, network: &str) -> Result<(), Error> {
        let request = self.network_request(&REMOVE_FROM_NETWORK, network)?;
        removed(&self.region, self.region.send(context, request).await)
    }

    fn project_request(&self, operation: &'static Operation) -> Result<Request, Error> {
        let (organization, project) = self.resource.scope(operation.name)?;
        let parameters = [organization.as_str(), project.as_str(), &self.parameter()];
        Ok(Request::new(operation, &parameters))
    }

    fn network_request(&self, operation: &'static Operation, network: &str) -> Result<Request, Error> {
        let network = id(operation.name, "network", network)?;
        Ok(Request::new(operation, &[network.as_str(), &self.parameter()]))
    }

    /// The reference, escaped once. The request escapes it a second time: the server's router undoes one, the
    /// binding of the parameter the other, and only so does its slash arrive.
    fn parameter(&self) -> String {
        segment(&self.resource.reference())
    }
}

fn removed(service: &Service, outcome: Result<Answer, Error>) -> Result<(), Error> {
    match outcome {
        Ok(_answer) => Ok(()),
        Err(error) if service.is_gone(&error) => Ok(()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn travels(name: &str, expected: &str) {
        let resource = Resource {
            group: "identity.unikorn-cloud.org".to_owned(),
            plural: "projects".to_owned(),
            name: name.to_owned(),
            labels: None,
            annotations: None,
        };
        let sent = Request::new(&ADD_TO_NETWORK, &["N", &segment(&resource.reference())]).target();
        assert_eq!(
            sent,
            format!("/api/v2/networks/N/references/projects.identity.unikorn-cloud.org{expected}")
        );
    }

    #[test]
    fn names_travel_escaped_twice() {
        travels("77777777-1111", "%252F77777777-1111");
        travels("a b", "%252Fa%2520b");
        travels("a/b", "%252Fa%252Fb");
        travels("zoë日本", "%252Fzo%25C3%25AB%25E6%2597%25A5%25E6%259C%25AC");
        travels("100%", "%252F100%2525");
        travels("a%2Fb", "%252Fa%25252Fb");
        travels("a+b", "%252Fa+b");
        travels("a?b#c", "%252Fa%253Fb%2523c");
        travels("..", "%252F..");
        travels("../../x", "%252F..%252F..%252Fx");
        travels("", "%252F");
        travels("a;b=c", "%252Fa%253Bb=c");
        travels("a:b@c", "%252Fa:b@c");
        travels("a,b", "%252Fa%252Cb");
        travels("a~b_c.d-e!$&'()*", "%252Fa~b_c.d-e%2521$&%2527%2528%2529%252A");
        travels("a\r\nX: y", "%252Fa%250D%250AX:%2520y");
        travels(&"n".repeat(8000), &format!("%252F{}", "n".repeat(8000)));
    }
}
