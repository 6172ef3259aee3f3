use http::Method;

use super::{Allocation, AllocationSpec, AllocationWrite, Amount, Identity};
use crate::context::CallContext;
use crate::error::{Error, Malformed};
use crate::id::{Id, id};
use crate::metadata::WriteMetadata;
use crate::principal::Principal;
use crate::resource::Resource;
use crate::rest::{Answer, Operation, Request};

pub(super) const ALL: &str = "/api/v1/organizations/{organizationID}/projects/{projectID}/allocations";
const ONE: &str = "/api/v1/organizations/{organizationID}/projects/{projectID}/allocations/{allocationID}";

/// Allocations have no name of their own; the platform's clients all give this one.
const UNNAMED: &str = "undefined";

pub(super) static CREATE: Operation = Operation {
    name: "create an allocation",
    method: Method::POST,
    path: ALL,
    success: 201,
    also: None,
    refusals: &[400, 401, 403, 409, 500],
};
pub(super) static READ: Operation = Operation {
    name: "read an allocation",
    method: Method::GET,
    path: ONE,
    success: 200,
    also: None,
    refusals: &[401, 403, 404, 500],
};
pub(super) static UPDATE: Operation = Operation {
    name: "update an allocation",
    method: Method::PUT,
    path: ONE,
    success: 200,
    also: None,
    refusals: &[400, 401, 403, 404, 409, 500],
};
pub(super) static DELETE: Operation = Operation {
    name: "delete an allocation",
    method: Method::DELETE,
    path: ONE,
    success: 202,
    also: None,
    refusals: &[401, 403, 404, 500],
};

/// Allocations: what a resource takes of its organization's quotas.
///
/// There is no list of allocations, so one whose creation was answered to nobody cannot be found again: before
/// making the call again after [`Error::ConnectionLost`] or [`Error::Timeout`], know that there may be two then.
impl Identity {
    /// Takes `amounts` for a resource, in the organization and project of the context's principal, which is needed
    /// over either kind of client. On success the resource's annotation names the allocation; persisting it is the
    /// caller's part, and forgetting to leaks the allocation. After any error the resource is as it was.
    ///
    /// # Errors
    ///
    /// [`Error::MalformedAnswer`] also when the answer names no allocation that could be deleted again; any other
    /// [`Error`] that a call can end with.
    pub async fn create_allocation(
        &self,
        context: &CallContext,
        resource: &mut Resource,
        amounts: &[Amount],
    ) -> Result<Allocation, Error> {
        self.create_by(&CREATE, context, resource, amounts).await
    }

    /// Creates one by an operation that does.
    pub(super) async fn create_by(
        &self,
        operation: &'static Operation,
        context: &CallContext,
        resource: &mut Resource,
        amounts: &[Amount],
    ) -> Result<Allocation, Error> {
        let name = operation.name;
        let principal = context.principal.as_ref().ok_or(Error::NoPrincipal { operation: name })?;
        let text = |member: &Option<String>| member.clone().unwrap_or_default();
        let organization = id(name, "the principal's organization", &text(&principal.organization_id))?;
        let project = id(name, "the principal's project", &text(&principal.project_id))?;

        let request = Request::new(operation, &[organization.as_str(), project.as_str()]);
        let answer = self.service.send(context, request.json(&body(resource, amounts))).await?;
        let (allocation, named) = read(answer)?;
        resource.set_allocation(named.as_str());
        Ok(allocation)
    }

    /// One allocation.
    ///
    /// # Errors
    ///
    /// Any [`Error`] that a call can end with.
    pub async fn read_allocation(
        &self,
        context: &CallContext,
        organization: &str,
        project: &str,
        allocation: &str,
    ) -> Result<Allocation, Error> {
        let organization = id(READ.name, "organization", organization)?;
        let project = id(READ.name, "project", project)?;
        let allocation = id(READ.name, "allocation", allocation)?;
        let parameters = [organization.as_str(), project.as_str(), allocation.as_str()];
        self.service.send(context, Request::new(&READ, &parameters)).await?.json("an allocation")
    }

    /// Replaces what a resource takes by `amounts`. Where and which are the resource's own.
    ///
    /// # Errors
    ///
    /// [`Error::MalformedAnswer`] also when the answer is about another allocation; any other [`Error`] that a call
    /// can end with.
    pub async fn update_allocation(
        &self,
        context: &CallContext,
        resource: &Resource,
        amounts: &[Amount],
    ) -> Result<Allocation, Error> {
        let (request, asked) = of_resource(&UPDATE, resource)?;
        let answer = self.service.send(context, request.json(&body(resource, amounts))).await?;
        let other = answer.clone();
        let (allocation, named) = read(answer)?;
        if named != asked {
            return Err(other.malformed(Malformed::Meaning("it is about another allocation")));
        }
        Ok(allocation)
    }

    /// Gives back what a resource takes. That the allocation is gone already is success.
    ///
    /// # Errors
    ///
    /// Any [`Error`] that a call can end with.
    pub async fn delete_allocation(&self, context: &CallContext, resource: &Resource) -> Result<(), Error> {
        let (request, _) = of_resource(&DELETE, resource)?;
        match self.service.send(context, request).await {
            Ok(_answer) => Ok(()),
            Err(error) if self.service.is_gone(&error) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// A request for a resource's allocation. Unlike a reference's, its path is that of the resource's principal.
fn of_resource(operation: &'static Operation, resource: &Resource) -> Result<(Request, Id), Error> {
    let name = operation.name;
    let principal = resource.principal(name)?;
    let allocation = resource.allocation(name)?;
    let (organization, project) = scope(name, principal)?;
    let parameters = [organization.as_str(), project.as_str(), allocation.as_str()];
    Ok((Request::new(operation, &parameters), allocation))
}

/// Where a resource's principal acts.
pub(super) fn scope(name: &'static str, principal: Principal) -> Result<(Id, Id), Error> {
    let member = |member: Option<String>, missing| {
        member.ok_or(Error::ResourceInconsistent { operation: name, missing })
    };
    let organization = member(principal.organization_id, "organization label")?;
    let project = member(principal.project_id, "project label")?;
    let organization = id(name, "the resource's organization", &organization)?;
    Ok((organization, id(name, "the resource's project", &project)?))
}

fn body(resource: &Resource, amounts: &[Amount]) -> AllocationWrite {
    AllocationWrite {
        metadata: WriteMetadata { name: UNNAMED.to_owned(), description: None, tags: None },
        spec: AllocationSpec {
            kind: resource.reference_kind(),
            id: resource.name.clone(),
            allocations: amounts.to_vec(),
        },
    }
}

/// An allocation and its id, which must be one that later calls can name.
fn read(answer: Answer) -> Result<(Allocation, Id), Error> {
    let malformed = answer.clone();
    let allocation: Allocation = answer.json("an allocation")?;
    match id(CREATE.name, "metadata.id", &allocation.metadata.id) {
        Ok(named) => Ok((allocation, named)),
        Err(_not_one) => Err(malformed.malformed(Malformed::Meaning("`metadata.id` is not a UUID"))),
    }
}
