use http::Method;

use super::allocations::{ALL, scope};
use super::{Allocation, Amount, Identity};
use crate::context::CallContext;
use crate::error::Error;
use crate::resource::Resource;
use crate::rest::{Operation, Request};

pub(super) static LIST: Operation = Operation {
    name: "find an allocation",
    method: Method::GET,
    path: ALL,
    success: 200,
    also: None,
    refusals: &[400, 401, 403, 500],
};
pub(super) static CREATE: Operation = Operation {
    name: "create or find an allocation",
    method: Method::POST,
    path: ALL,
    success: 201,
    also: Some(200),
    refusals: &[400, 401, 403, 409, 500],
};

/// Allocations on a server that keeps at most one for a resource. The platform has not published that: its own server
/// makes another one each time, and has nothing to find them by.
impl Identity {
    /// As [`Identity::create_allocation`], for a server that answers with the allocation of an earlier attempt if there
    /// is one: so it is safe to repeat, also after a crash.
    ///
    /// # Errors
    ///
    /// Those of [`Identity::create_allocation`]. A conflict says that the resource has an allocation of other amounts.
    pub async fn keep_allocation(
        &self,
        context: &CallContext,
        resource: &mut Resource,
        amounts: &[Amount],
    ) -> Result<Allocation, Error> {
        self.create_by(&CREATE, context, resource, amounts).await
    }

    /// Finds the allocation that was made for a resource, whether or not the resource remembers it; when there is one,
    /// the resource's annotation names it. Where is looked for it is the resource's own.
    ///
    /// # Errors
    ///
    /// Any [`Error`] that a call can end with.
    pub async fn find_allocation(
        &self,
        context: &CallContext,
        resource: &mut Resource,
    ) -> Result<Option<Allocation>, Error> {
        let (organization, project) = scope(LIST.name, resource.principal(LIST.name)?)?;
        let request = Request::new(&LIST, &[organization.as_str(), project.as_str()])
            .query("kind", [resource.reference_kind()])
            .query("id", [resource.name.clone()]);
        let found: Vec<Allocation> =
            self.service.send(context, request).await?.json("a list of allocations")?;
        let found = found.into_iter().next();
        if let Some(allocation) = &found {
            resource.set_allocation(&allocation.metadata.id);
        }
        Ok(found)
    }
}
