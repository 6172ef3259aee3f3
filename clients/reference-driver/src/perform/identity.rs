//! Calls on the identity client.

use plumbline_reference::identity::{Amount, OrganizationWrite, ProjectWrite, QuotasWrite};

use super::{Attempt, Work, shown};

impl Work<'_> {
    pub(super) async fn organizations_list(&mut self) -> Attempt {
        self.arguments.finish()?;
        shown(self.identity()?.list_organizations(&self.context).await)
    }

    pub(super) async fn organizations_create(&mut self) -> Attempt {
        let body: OrganizationWrite = self.arguments.take("body")?;
        self.arguments.finish()?;
        shown(self.identity()?.create_organization(&self.context, &body).await)
    }

    pub(super) async fn organizations_read(&mut self) -> Attempt {
        let organization: String = self.arguments.take("organization")?;
        self.arguments.finish()?;
        shown(self.identity()?.read_organization(&self.context, &organization).await)
    }

    pub(super) async fn organizations_update(&mut self) -> Attempt {
        let organization: String = self.arguments.take("organization")?;
        let body: OrganizationWrite = self.arguments.take("body")?;
        self.arguments.finish()?;
        shown(self.identity()?.update_organization(&self.context, &organization, &body).await)
    }

    pub(super) async fn organizations_delete(&mut self) -> Attempt {
        let organization: String = self.arguments.take("organization")?;
        self.arguments.finish()?;
        shown(self.identity()?.delete_organization(&self.context, &organization).await)
    }

    pub(super) async fn projects_list(&mut self) -> Attempt {
        let organization: String = self.arguments.take("organization")?;
        self.arguments.finish()?;
        shown(self.identity()?.list_projects(&self.context, &organization).await)
    }

    pub(super) async fn projects_create(&mut self) -> Attempt {
        let organization: String = self.arguments.take("organization")?;
        let body: ProjectWrite = self.arguments.take("body")?;
        self.arguments.finish()?;
        shown(self.identity()?.create_project(&self.context, &organization, &body).await)
    }

    pub(super) async fn projects_read(&mut self) -> Attempt {
        let organization: String = self.arguments.take("organization")?;
        let project: String = self.arguments.take("project")?;
        self.arguments.finish()?;
        shown(self.identity()?.read_project(&self.context, &organization, &project).await)
    }

    pub(super) async fn projects_update(&mut self) -> Attempt {
        let organization: String = self.arguments.take("organization")?;
        let project: String = self.arguments.take("project")?;
        let body: ProjectWrite = self.arguments.take("body")?;
        self.arguments.finish()?;
        shown(self.identity()?.update_project(&self.context, &organization, &project, &body).await)
    }

    pub(super) async fn projects_delete(&mut self) -> Attempt {
        let organization: String = self.arguments.take("organization")?;
        let project: String = self.arguments.take("project")?;
        self.arguments.finish()?;
        shown(self.identity()?.delete_project(&self.context, &organization, &project).await)
    }

    pub(super) async fn quotas_read(&mut self) -> Attempt {
        let organization: String = self.arguments.take("organization")?;
        self.arguments.finish()?;
        shown(self.identity()?.read_quotas(&self.context, &organization).await)
    }

    pub(super) async fn quotas_update(&mut self) -> Attempt {
        let organization: String = self.arguments.take("organization")?;
        let body: QuotasWrite = self.arguments.take("body")?;
        self.arguments.finish()?;
        shown(self.identity()?.update_quotas(&self.context, &organization, &body).await)
    }

    pub(super) async fn allocations_create(&mut self) -> Attempt {
        let allocations: Vec<Amount> = self.arguments.take("allocations")?;
        self.arguments.finish()?;
        let identity = self.identity()?;
        let mut resource = self.resource()?.clone();
        let created = identity.create_allocation(&self.context, &mut resource, &allocations).await;
        self.resource = Some(resource);
        shown(created)
    }

    pub(super) async fn allocations_read(&mut self) -> Attempt {
        let organization: String = self.arguments.take("organization")?;
        let project: String = self.arguments.take("project")?;
        let allocation: String = self.arguments.take("allocation")?;
        self.arguments.finish()?;
        shown(self.identity()?.read_allocation(&self.context, &organization, &project, &allocation).await)
    }

    pub(super) async fn allocations_update(&mut self) -> Attempt {
        let allocations: Vec<Amount> = self.arguments.take("allocations")?;
        self.arguments.finish()?;
        let resource = self.resource()?;
        shown(self.identity()?.update_allocation(&self.context, resource, &allocations).await)
    }

    pub(super) async fn allocations_delete(&mut self) -> Attempt {
        self.arguments.finish()?;
        shown(self.identity()?.delete_allocation(&self.context, self.resource()?).await)
    }
}
