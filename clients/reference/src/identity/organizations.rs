use http::Method;

use super::{Identity, Organization, OrganizationWrite};
use crate::context::CallContext;
use crate::error::Error;
use crate::id::id;
use crate::rest::{Operation, Request};

const ALL: &str = "/api/v1/organizations";
const ONE: &str = "/api/v1/organizations/{organizationID}";

pub(super) static LIST: Operation = Operation {
    name: "list organizations",
    method: Method::GET,
    path: ALL,
    success: 200,
    also: None,
    refusals: &[401, 403, 404, 500],
};
pub(super) static CREATE: Operation = Operation {
    name: "create an organization",
    method: Method::POST,
    path: ALL,
    success: 202,
    also: None,
    refusals: &[400, 401, 403, 500],
};
pub(super) static READ: Operation = Operation {
    name: "read an organization",
    method: Method::GET,
    path: ONE,
    success: 200,
    also: None,
    refusals: &[401, 403, 500],
};
pub(super) static UPDATE: Operation = Operation {
    name: "update an organization",
    method: Method::PUT,
    path: ONE,
    success: 200,
    also: None,
    refusals: &[401, 403, 409, 500],
};
pub(super) static DELETE: Operation = Operation {
    name: "delete an organization",
    method: Method::DELETE,
    path: ONE,
    success: 202,
    also: None,
    refusals: &[401, 403, 404, 500],
};

/// Organizations.
impl Identity {
    /// All that the caller may see.
    ///
    /// # Errors
    ///
    /// Any [`Error`] that a call can end with.
    pub async fn list_organizations(&self, context: &CallContext) -> Result<Vec<Organization>, Error> {
        self.service.send(context, Request::new(&LIST, &[])).await?.json("a list of organizations")
    }

    /// Begins to make one.
    ///
    /// # Errors
    ///
    /// Any [`Error`] that a call can end with.
    pub async fn create_organization(
        &self,
        context: &CallContext,
        body: &OrganizationWrite,
    ) -> Result<Organization, Error> {
        self.service.send(context, Request::new(&CREATE, &[]).json(body)).await?.json("an organization")
    }

    /// One of them.
    ///
    /// # Errors
    ///
    /// Any [`Error`] that a call can end with.
    pub async fn read_organization(
        &self,
        context: &CallContext,
        organization: &str,
    ) -> Result<Organization, Error> {
        let organization = id(READ.name, "organization", organization)?;
        let request = Request::new(&READ, &[organization.as_str()]);
        self.service.send(context, request).await?.json("an organization")
    }

    /// Replaces what can be written of one.
    ///
    /// # Errors
    ///
    /// Any [`Error`] that a call can end with.
    pub async fn update_organization(
        &self,
        context: &CallContext,
        organization: &str,
        body: &OrganizationWrite,
    ) -> Result<(), Error> {
        let organization = id(UPDATE.name, "organization", organization)?;
        let request = Request::new(&UPDATE, &[organization.as_str()]).json(body);
        self.service.send(context, request).await.map(drop)
    }

    /// Begins to delete one.
    ///
    /// # Errors
    ///
    /// Any [`Error`] that a call can end with.
    pub async fn delete_organization(&self, context: &CallContext, organization: &str) -> Result<(), Error> {
        let organization = id(DELETE.name, "organization", organization)?;
        let request = Request::new(&DELETE, &[organization.as_str()]);
        self.service.send(context, request).await.map(drop)
    }
}
