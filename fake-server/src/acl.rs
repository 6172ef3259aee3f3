//! Access lists: what a caller may do, everywhere, in organizations and in projects.

use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

use crate::middleware::envelope::Refusal;

/// What is done to an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Operation {
    Create,
    Delete,
    Read,
    Update,
}

impl Operation {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Delete => "delete",
            Self::Read => "read",
            Self::Update => "update",
        }
    }

    /// By the letter that the world has for it.
    pub(crate) fn by_letter(letter: char) -> Option<Self> {
        match letter {
            'c' => Some(Self::Create),
            'r' => Some(Self::Read),
            'u' => Some(Self::Update),
            'd' => Some(Self::Delete),
            _ => None,
        }
    }
}

/// Endpoints and what may be done to each, in the order in which they were granted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Endpoints(Vec<(String, BTreeSet<Operation>)>);

/// What is granted in an organization, and in its projects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OrganizationAcl {
    pub(crate) id: String,
    pub(crate) endpoints: Endpoints,
    pub(crate) projects: Vec<ProjectAcl>,
}

/// What is granted in a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProjectAcl {
    pub(crate) id: String,
    pub(crate) endpoints: Endpoints,
}

/// An access list. Empty parts are left out of its JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Acl {
    /// Everywhere.
    pub(crate) global: Endpoints,
    /// In the organization that was asked about; read by nobody but clients of an older kind.
    pub(crate) organization: Option<OrganizationAcl>,
    /// In every organization.
    pub(crate) organizations: Vec<OrganizationAcl>,
    /// In projects of the organization that was asked about; as above.
    pub(crate) projects: Vec<ProjectAcl>,
}

impl Endpoints {
    /// Grants more.
    pub(crate) fn grant(&mut self, name: &str, operations: impl IntoIterator<Item = Operation>) {
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, granted)) => granted.extend(operations),
            None => self.0.push((name.to_owned(), operations.into_iter().collect())),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn allows(&self, name: &str, operation: Operation) -> bool {
        self.0.iter().any(|(known, granted)| known == name && granted.contains(&operation))
    }

    /// What both grant.
    fn both(&self, other: &Self) -> Self {
        let common = self.0.iter().filter_map(|(name, granted)| {
            let kept: BTreeSet<_> = granted.iter().copied().filter(|&o| other.allows(name, o)).collect();
            (!kept.is_empty()).then(|| (name.clone(), kept))
        });
        Self(common.collect())
    }

    fn json(&self) -> Value {
        let endpoints = self.0.iter().map(|(name, granted)| {
            json!({ "name": name, "operations": granted.iter().map(|o| o.name()).collect::<Vec<_>>() })
        });
        Value::Array(endpoints.collect())
    }
}

impl Acl {
    /// What an actor and the service that acts as him may both do. Services have grants everywhere and nowhere else,
    /// so those limit every part of the actor's.
    pub(crate) fn limited_by(&self, service: &Self) -> Self {
        let limit = &service.global;
        let projects = |list: &[ProjectAcl]| -> Vec<ProjectAcl> {
            let common =
                list.iter().map(|it| ProjectAcl { id: it.id.clone(), endpoints: it.endpoints.both(limit) });
            common.filter(|project| !project.endpoints.is_empty()).collect()
        };
        let organization = |it: &OrganizationAcl| {
            let endpoints = it.endpoints.both(limit);
            let projects = projects(&it.projects);
            let empty = endpoints.is_empty() && projects.is_empty();
            (!empty).then(|| OrganizationAcl { id: it.id.clone(), endpoints, projects })
        };
        Self {
            global: self.global.both(limit),
            organization: self.organization.as_ref().and_then(organization),
            organizations: self.organizations.iter().filter_map(organization).collect(),
            projects: projects(&self.projects),
        }
    }

    /// Whether it grants something everywhere.
    pub(crate) fn allow_global(&self, endpoint: &str, operation: Operation) -> Result<(), Refusal> {
        if self.global.is_empty() {
            let why = "— no global-scope permissions are granted to this principal";
            return Err(refusal(endpoint, operation, why));
        }
        allow(&self.global, endpoint, operation)
    }

    /// Whether it grants something in an organization, or everywhere.
    pub(crate) fn allow_organization(
        &self,
        endpoint: &str,
        operation: Operation,
        organization: &str,
    ) -> Result<(), Refusal> {
        if self.allow_global(endpoint, operation).is_ok() {
            return Ok(());
        }
        if self.organizations.is_empty() {
            return Err(refusal(endpoint, operation, NO_ORGANIZATION));
        }
        match self.organizations.iter().find(|it| it.id == organization) {
            None => {
                Err(refusal(endpoint, operation, "— organization is not in this principal's accessible set"))
            }
            Some(it) if it.endpoints.is_empty() => {
                Err(refusal(endpoint, operation, "— no endpoints are granted at organization scope"))
            }
            Some(it) => allow(&it.endpoints, endpoint, operation),
        }
    }

    /// Whether it grants something in a project, in its organization, or everywhere.
    pub(crate) fn allow_project(
        &self,
        endpoint: &str,
        operation: Operation,
        organization: &str,
        project: &str,
    ) -> Result<(), Refusal> {
        if self.allow_organization(endpoint, operation, organization).is_ok() {
            return Ok(());
        }
        if self.organizations.is_empty() {
            return Err(refusal(endpoint, operation, NO_ORGANIZATION));
        }
        match self.project(organization, project) {
            Some(it) => allow(&it.endpoints, endpoint, operation),
            None => Err(refusal(endpoint, operation, "— project is not in this principal's accessible set")),
        }
    }

    /// Whether it grants something in a project by name, with no regard to wider grants.
    pub(crate) fn names_project(
        &self,
        endpoint: &str,
        operation: Operation,
        organization: &str,
        project: &str,
    ) -> bool {
        self.project(organization, project).is_some_and(|it| it.endpoints.allows(endpoint, operation))
    }

    /// Whether anything is granted in a project, or in all there are: everywhere, or in the organization that was asked
    /// about.
    pub(crate) fn reaches_project(&self, organization: &str, project: &str) -> bool {
        let wider =
            self.organization.as_ref().is_some_and(|it| it.id == organization && !it.endpoints.is_empty());
        !self.global.is_empty() || wider || self.projects.iter().any(|it| it.id == project)
    }

    /// As the service says it.
    pub(crate) fn json(&self) -> Value {
        let mut out = Map::new();
        let mut put = |name: &str, value: Value| out.insert(name.to_owned(), value);
        if !self.global.is_empty() {
            put("global", self.global.json());
        }
        if let Some(organization) = &self.organization {
            put("organization", organization.json());
        }
        if !self.organizations.is_empty() {
            put("organizations", self.organizations.iter().map(OrganizationAcl::json).collect());
        }
        if !self.projects.is_empty() {
            put("projects", self.projects.iter().map(ProjectAcl::json).collect());
        }
        Value::Object(out)
    }

    fn project(&self, organization: &str, project: &str) -> Option<&ProjectAcl> {
        let organization = self.organizations.iter().find(|it| it.id == organization)?;
        organization.projects.iter().find(|it| it.id == project)
    }
}

impl OrganizationAcl {
    fn json(&self) -> Value {
        let mut out = json!({ "id": self.id });
        if !self.endpoints.is_empty() {
            out["endpoints"] = self.endpoints.json();
        }
        if !self.projects.is_empty() {
            out["projects"] = self.projects.iter().map(ProjectAcl::json).collect();
        }
        out
    }
}

impl ProjectAcl {
    fn json(&self) -> Value {
        json!({ "id": self.id, "endpoints": self.endpoints.json() })
    }
}

const NO_ORGANIZATION: &str = "— this principal has no organization-scope permissions";

fn allow(endpoints: &Endpoints, endpoint: &str, operation: Operation) -> Result<(), Refusal> {
    if endpoints.allows(endpoint, operation) {
        return Ok(());
    }
    Err(refusal(endpoint, operation, "is not permitted"))
}

fn refusal(endpoint: &str, operation: Operation, why: &str) -> Refusal {
    Refusal::forbidden(format!(
        "operation is not allowed by rbac: operation '{}' on endpoint '{endpoint}' {why}",
        operation.name()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const THINGS: &str = "things";

    fn endpoints(operations: &str) -> Endpoints {
        let mut endpoints = Endpoints::default();
        endpoints.grant(THINGS, operations.chars().filter_map(Operation::by_letter));
        endpoints
    }

    fn in_project(operations: &str) -> Acl {
        let project = ProjectAcl { id: "p".to_owned(), endpoints: endpoints(operations) };
        let organization =
            OrganizationAcl { id: "o".to_owned(), endpoints: Endpoints::default(), projects: vec![project] };
        Acl { organizations: vec![organization], ..Acl::default() }
    }

    #[test]
    fn a_wider_grant_holds_in_narrower_places() {
        let everywhere = Acl { global: endpoints("r"), ..Acl::default() };
        assert!(everywhere.allow_project(THINGS, Operation::Read, "o", "p").is_ok());
        assert!(everywhere.allow_project(THINGS, Operation::Create, "o", "p").is_err());
        assert!(in_project("r").allow_project(THINGS, Operation::Read, "o", "p").is_ok());
        assert!(in_project("r").allow_organization(THINGS, Operation::Read, "o").is_err());
    }

    #[test]
    fn a_service_limits_an_actor() {
        let service = Acl { global: endpoints("r"), ..Acl::default() };
        let limited = in_project("cr").limited_by(&service);
        assert!(limited.allow_project(THINGS, Operation::Read, "o", "p").is_ok());
        assert!(limited.allow_project(THINGS, Operation::Create, "o", "p").is_err());
        assert_eq!(in_project("c").limited_by(&service), Acl::default());
    }
}
