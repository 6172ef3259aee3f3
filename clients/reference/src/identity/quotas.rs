use http::Method;

use super::{Identity, Quotas, QuotasWrite};
use crate::context::CallContext;
use crate::error::Error;
use crate::id::id;
use crate::rest::{Operation, Request};

const PATH: &str = "/api/v1/organizations/{organizationID}/quotas";

pub(super) static READ: Operation = Operation {
    name: "read quotas",
    method: Method::GET,
    path: PATH,
    success: 200,
    also: None,
    refusals: &[401, 403, 500],
};
pub(super) static UPDATE: Operation = Operation {
    name: "update quotas",
    method: Method::PUT,
    path: PATH,
    success: 200,
    also: None,
    refusals: &[400, 401, 403, 409, 500],
};

/// Quotas.
impl Identity {
    /// An organization's quotas, and what is used of them.
    ///
    /// # Errors
    ///
    /// Any [`Error`] that a call can end with.
    pub async fn read_quotas(&self, context: &CallContext, organization: &str) -> Result<Quotas, Error> {
        let organization = id(READ.name, "organization", organization)?;
        let request = Request::new(&READ, &[organization.as_str()]);
        self.service.send(context, request).await?.json("quotas")
    }

    /// Replaces an organization's quotas.
    ///
    /// # Errors
    ///
    /// Any [`Error`] that a call can end with.
    pub async fn update_quotas(
        &self,
        context: &CallContext,
        organization: &str,
        body: &QuotasWrite,
    ) -> Result<Quotas, Error> {
        let organization = id(UPDATE.name, "organization", organization)?;
        let request = Request::new(&UPDATE, &[organization.as_str()]).json(body);
        self.service.send(context, request).await?.json("quotas")
    }
}
