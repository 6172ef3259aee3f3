//! Projects, and references to them.

use serde_json::{Value, json};

use crate::acl::Operation;
use crate::api::groups::GroupIds;
use crate::api::metadata::{Status, Write, say};
use crate::api::organizations;
use crate::api::{Answered, Call, Reply, body, or_conflict, or_not_found};
use crate::middleware::envelope::Refusal;
use crate::store::Verb;
use crate::store::door;
use crate::store::model::{Group, Organization, Project};

const ENDPOINT: &str = "identity:projects";
const REFERENCES: &str = "identity:projects/references";

/// Lists before it looks at permissions. An organization without a place of its own lists those of all others.
pub(super) fn list(call: &mut Call<'_>) -> Answered {
    let id = call.parameter("organizationID");
    let organization = organizations::get(call, &id)?;
    let projects = call.store.list::<Project>()?;
    let visible = projects.iter().filter(|project| {
        (!organization.provisioned || project.organization == id)
            && call.acl.allow_project(ENDPOINT, Operation::Read, &id, &project.meta.id).is_ok()
    });
    Ok(Reply::json(200, visible.map(one).collect()))
}

pub(super) fn create(call: &mut Call<'_>) -> Answered {
    let id = call.parameter("organizationID");
    call.acl.allow_organization(ENDPOINT, Operation::Create, &id)?;
    let write: Write<GroupIds> = body::read(call.body)?;
    let organization = organizations::get(call, &id)?;
    let meta = write.metadata.create(call);
    look_up_groups(call, &organization, &write.spec.group_ids)?;
    if !organization.provisioned {
        return Err(Refusal::internal());
    }
    let made = call.store.create(Project {
        meta,
        organization: id,
        groups: Some(write.spec.group_ids),
        holders: Vec::new(),
        provisioned: false,
    })?;
    Ok(Reply::json(202, one(&made)))
}

pub(super) fn read(call: &mut Call<'_>) -> Answered {
    let project = allowed(call, ENDPOINT, Operation::Read)?;
    Ok(Reply::json(200, one(&get(call, &project)?)))
}

pub(super) fn update(call: &mut Call<'_>) -> Answered {
    let named = allowed(call, ENDPOINT, Operation::Update)?;
    let write: Write<GroupIds> = body::read(call.body)?;
    let organization = organizations::get(call, &named.organization)?;
    let current = in_organization(call, &organization, &named.project)?;
    look_up_groups(call, &organization, &write.spec.group_ids)?;
    let meta = write.metadata.amend(call, &current.meta);
    let changed = Project { meta, groups: Some(write.spec.group_ids), ..current };
    call.store.write(Verb::Patch, changed).map_err(or_conflict)?;
    Ok(Reply::done(200))
}

pub(super) fn delete(call: &mut Call<'_>) -> Answered {
    let named = allowed(call, ENDPOINT, Operation::Delete)?;
    let organization = organizations::get(call, &named.organization)?;
    let belongs = |project: &Project| organization.provisioned && project.organization == named.organization;
    call.store.delete(call.now, &named.project, belongs).map_err(or_not_found)?;
    Ok(Reply::done(202))
}

pub(super) fn add_reference(call: &mut Call<'_>) -> Answered {
    let named = allowed(call, REFERENCES, Operation::Create)?;
    let mut project = get(call, &named)?;
    if project.meta.deleting.is_some() {
        return Err(Refusal::invalid_request("unable to add reference, resource is being deleted"));
    }
    let reference = call.parameter("reference");
    if !project.holders.contains(&reference) {
        project.holders.push(reference);
        call.store.write(Verb::Update, project).map_err(or_conflict)?;
    }
    Ok(Reply::done(201))
}

pub(super) fn remove_reference(call: &mut Call<'_>) -> Answered {
    let named = allowed(call, REFERENCES, Operation::Delete)?;
    let mut project = get(call, &named)?;
    let reference = call.parameter("reference");
    if project.holders.contains(&reference) {
        project.holders.retain(|holder| *holder != reference);
        call.store.write(Verb::Update, project)?;
    }
    Ok(Reply::done(204))
}

/// The organization and the project of a path.
pub(super) struct Named {
    pub(super) organization: String,
    pub(super) project: String,
}

/// What a path names, once the caller may do that there.
pub(super) fn allowed(call: &Call<'_>, endpoint: &str, operation: Operation) -> Result<Named, Refusal> {
    let named =
        Named { organization: call.parameter("organizationID"), project: call.parameter("projectID") };
    call.acl.allow_project(endpoint, operation, &named.organization, &named.project)?;
    Ok(named)
}

fn get(call: &mut Call<'_>, named: &Named) -> Result<Project, Refusal> {
    let organization = organizations::get(call, &named.organization)?;
    in_organization(call, &organization, &named.project)
}

fn in_organization(call: &mut Call<'_>, organization: &Organization, id: &str) -> Result<Project, Refusal> {
    let project: Project = call.store.get(id).map_err(or_not_found)?;
    if organization.provisioned && project.organization == organization.meta.id {
        Ok(project)
    } else {
        Err(Refusal::not_found())
    }
}

fn look_up_groups(call: &mut Call<'_>, organization: &Organization, ids: &[String]) -> Result<(), Refusal> {
    for id in ids {
        let missing = || Refusal::invalid_request(format!("group ID {id} does not exist"));
        let found: Option<Group> = match call.store.get(id) {
            Ok(group) => Some(group),
            Err(door::Refusal::NotFound) => None,
            Err(door::Refusal::Conflict | door::Refusal::Internal | door::Refusal::Exists) => {
                return Err(Refusal::internal());
            }
        };
        found
            .filter(|group| organization.provisioned && group.organization == organization.meta.id)
            .ok_or_else(missing)?;
    }
    Ok(())
}

fn one(project: &Project) -> Value {
    let scope = [("organizationId", project.organization.as_str())];
    let groups = project.groups.as_deref().unwrap_or_default();
    json!({
        "metadata": say(&project.meta, Status::of(project.provisioned), &scope),
        "spec": { "groupIDs": groups },
    })
}
