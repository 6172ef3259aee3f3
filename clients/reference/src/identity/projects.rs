use http::Method;

use super::{Identity, Project, ProjectWrite};
use crate::context::CallContext;
use crate::error::Error;
use crate::id::id;
use crate::rest::{Operation, Request};

const ALL: &str = "/api/v1/organizations/{organizationID}/projects";
const ONE: &str = "/api/v1/organizations/{organizationID}/projects/{projectID}";

pub(super) static LIST: Operation = Operation {
    name: "list projects",
    method: Method::GET,
    path: ALL,
    success: 200,
    also: None,
    refusals: &[401, 403, 500],
};
pub(super) static CREATE: Operation = Operation {
    name: "create a project",
    method: Method::POST,
    path: ALL,
    success: 202,
    also: None,
    refusals: &[400, 401, 403, 409, 500],
};
pub(super) static READ: Operation = Operation {
    name: "read a project",
    method: Method::GET,
    path: ONE,
    success: 200,
    also: None,
    refusals: &[400, 401, 403, 404, 500],
};
pub(super) static UPDATE: Operation = Operation {
    name: "update a project",
    method: Method::PUT,
    path: ONE,
    success: 200,
    also: None,
    refusals: &[400, 401, 403, 404, 409, 500],
};
pub(super) static DELETE: Operation = Operation {
    name: "delete a project",
    method: Method::DELETE,
    path: ONE,
    success: 202,
    also: None,
    refusals: &[400, 401, 403, 404, 500],
};

/// Projects.
impl Identity {
    /// All of an organization that the caller may see.
    ///
    /// # Errors
    ///
    /// Any [`Error`] that a call can end with.
    pub async fn list_projects(
        &self,
        context: &CallContext,
        organization: &str,
    ) -> Result<Vec<Project>, Error> {
        let organization = id(LIST.name, "organization", organization)?;
        let request = Request::new(&LIST, &[organization.as_str()]);
        self.service.send(context, request).await?.json("a list of projects")
    }

    /// Begins to make one.
    ///
    /// # Errors
    ///
    /// Any [`Error`] that a call can end with.
    pub async fn create_project(
        &self,
        context: &CallContext,
        organization: &str,
        body: &ProjectWrite,
    ) -> Result<Project, Error> {
        let organization = id(CREATE.name, "organization", organization)?;
        let request = Request::new(&CREATE, &[organization.as_str()]).json(body);
        self.service.send(context, request).await?.json("a project")
    }

    /// One of them.
    ///
    /// # Errors
    ///
    /// Any [`Error`] that a call can end with.
    pub async fn read_project(
        &self,
        context: &CallContext,
        organization: &str,
        project: &str,
    ) -> Result<Project, Error> {
        self.service.send(context, one(&READ, organization, project)?).await?.json("a project")
    }

    /// Replaces what can be written of one.
    ///
    /// # Errors
    ///
    /// Any [`Error`] that a call can end with.
    pub async fn update_project(
        &self,
        context: &CallContext,
        organization: &str,
        project: &str,
        body: &ProjectWrite,
    ) -> Result<(), Error> {
        let request = one(&UPDATE, organization, project)?.json(body);
        self.service.send(context, request).await.map(drop)
    }

    /// Begins to delete one. It is gone once nothing refers to it any more.
    ///
    /// # Errors
    ///
    /// Any [`Error`] that a call can end with.
    pub async fn delete_project(
        &self,
        context: &CallContext,
        organization: &str,
        project: &str,
    ) -> Result<(), Error> {
        self.service.send(context, one(&DELETE, organization, project)?).await.map(drop)
    }
}

fn one(operation: &'static Operation, organization: &str, project: &str) -> Result<Request, Error> {
    let organization = id(operation.name, "organization", organization)?;
    let project = id(operation.name, "project", project)?;
    Ok(Request::new(operation, &[organization.as_str(), project.as_str()]))
}
