use http::Method;

use super::{Network, NetworkCreate, NetworkUpdate, Region};
use crate::context::CallContext;
use crate::error::Error;
use crate::id::id;
use crate::rest::{Operation, Request};

const ALL: &str = "/api/v2/networks";
const ONE: &str = "/api/v2/networks/{networkID}";

pub(super) static LIST: Operation = Operation {
    name: "list networks",
    method: Method::GET,
    path: ALL,
    success: 200,
    also: None,
    refusals: &[400, 401, 403, 500],
};
pub(super) static CREATE: Operation = Operation {
    name: "create a network",
    method: Method::POST,
    path: ALL,
    success: 201,
    also: None,
    refusals: &[400, 401, 403, 404, 422, 500],
};
pub(super) static READ: Operation = Operation {
    name: "read a network",
    method: Method::GET,
    path: ONE,
    success: 200,
    also: None,
    refusals: &[400, 401, 403, 404, 500],
};
pub(super) static UPDATE: Operation = Operation {
    name: "update a network",
    method: Method::PUT,
    path: ONE,
    success: 202,
    also: None,
    refusals: &[400, 401, 403, 404, 409, 422, 500],
};
pub(super) static DELETE: Operation = Operation {
    name: "delete a network",
    method: Method::DELETE,
    path: ONE,
    success: 202,
    also: None,
    refusals: &[400, 401, 403, 404, 500],
};

/// Which networks to list: those in one of the organizations *and* one of the projects *and* one of the regions. An
/// empty list does not filter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NetworkFilter {
    /// Ids of organizations.
    pub organizations: Vec<String>,
    /// Ids of projects.
    pub projects: Vec<String>,
    /// Ids of regions.
    pub regions: Vec<String>,
}

/// Networks.
impl Region {
    /// All that the caller may see and the filter lets through.
    ///
    /// # Errors
    ///
    /// Any [`Error`] that a call can end with.
    pub async fn list_networks(
        &self,
        context: &CallContext,
        filter: &NetworkFilter,
    ) -> Result<Vec<Network>, Error> {
        let request = Request::new(&LIST, &[])
            .query("organizationID", filter.organizations.iter().cloned())
            .query("projectID", filter.projects.iter().cloned())
            .query("regionID", filter.regions.iter().cloned());
        self.service.send(context, request).await?.json("a list of networks")
    }

    /// Begins to make one.
    ///
    /// # Errors
    ///
    /// Any [`Error`] that a call can end with.
    pub async fn create_network(
        &self,
        context: &CallContext,
        body: &NetworkCreate,
    ) -> Result<Network, Error> {
        self.service.send(context, Request::new(&CREATE, &[]).json(body)).await?.json("a network")
    }

    /// One of them.
    ///
    /// # Errors
    ///
    /// Any [`Error`] that a call can end with.
    pub async fn read_network(&self, context: &CallContext, network: &str) -> Result<Network, Error> {
        let network = id(READ.name, "network", network)?;
        let request = Request::new(&READ, &[network.as_str()]);
        self.service.send(context, request).await?.json("a network")
    }

    /// Replaces what can be written of one.
    ///
    /// # Errors
    ///
    /// Any [`Error`] that a call can end with.
    pub async fn update_network(
        &self,
        context: &CallContext,
        network: &str,
        body: &NetworkUpdate,
    ) -> Result<Network, Error> {
        let network = id(UPDATE.name, "network", network)?;
        let request = Request::new(&UPDATE, &[network.as_str()]).json(body);
        self.service.send(context, request).await?.json("a network")
    }

    /// Begins to delete one. Refused while something refers to it.
    ///
    /// # Errors
    ///
    /// Any [`Error`] that a call can end with.
    pub async fn delete_network(&self, context: &CallContext, network: &str) -> Result<(), Error> {
        let network = id(DELETE.name, "network", network)?;
        let request = Request::new(&DELETE, &[network.as_str()]);
        self.service.send(context, request).await.map(drop)
    }
}
