//! What a caller may do. A service: what the role bound to its common name may, everywhere; and, where it acts as
//! somebody, no more than that one may do. Users and service accounts: what the roles of their groups may.

use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::acl::{Acl, Endpoints, Operation, OrganizationAcl, ProjectAcl};
use crate::middleware::authentication::{Account, Caller};
use crate::middleware::impersonation::Acting;
use crate::middleware::principal::Principal;
use crate::store::{Group, Kind, Organization, OrganizationUser, Project, Refusal, Store, User, Verb};
use crate::world::{Role, World};

/// How long an access list is kept.
const KEPT: SignedDuration = SignedDuration::from_mins(1);

/// The access list cannot be computed; the caller does not learn why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Incomputable {
    /// A user asks about an organization of which he is no member.
    NotInOrganization,
    /// The service is in trouble, or what it holds does not fit together.
    Trouble,
}

impl From<Refusal> for Incomputable {
    fn from(_: Refusal) -> Self {
        Self::Trouble
    }
}

/// Access lists of one service. Those of impersonated calls are kept apart from those of direct ones: either in
/// the other's place would grant too much or too little.
#[derive(Debug, Clone, Default)]
pub(crate) struct Kept(BTreeMap<Key, (Timestamp, Arc<Acl>)>);

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    actor: Option<String>,
    caller: String,
    organization: String,
}

/// A request for an access list.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    /// Who calls.
    pub(crate) caller: &'a Caller,
    /// For whom.
    pub(crate) principal: &'a Principal,
    /// As whom.
    pub(crate) acting: Acting,
    /// The organization of the path, as it stands there; empty when the path names none.
    pub(crate) organization: &'a str,
}

impl Kept {
    /// The list that was kept, or what `compute` makes of the request.
    pub(crate) fn get_or<E>(
        &mut self,
        now: Timestamp,
        asked: Asked<'_>,
        compute: impl FnOnce() -> Result<Arc<Acl>, E>,
    ) -> Result<Arc<Acl>, E> {
        let actor = (asked.acting == Acting::AsPrincipal).then(|| asked.principal.actor.clone());
        let caller = asked.caller.subject.clone();
        let key = Key { actor, caller, organization: asked.organization.to_owned() };
        if let Some((_, acl)) = self.0.get(&key).filter(|(until, _)| now < *until) {
            return Ok(Arc::clone(acl));
        }
        let acl = compute()?;
        self.0.insert(key, (now.saturating_add(KEPT).unwrap_or(now), Arc::clone(&acl)));
        Ok(acl)
    }
}

/// Computes an access list.
pub(crate) fn compute(world: &World, store: &mut Store, asked: Asked<'_>) -> Result<Acl, Incomputable> {
    let mut lists = Lists { world, store };
    let subject = &asked.caller.subject;
    match (&asked.caller.account, asked.acting) {
        (Account::System, Acting::AsItself) => lists.of_service(subject),
        (Account::System, Acting::AsPrincipal) => {
            let actor = lists.of_actor(asked.principal, asked.organization)?;
            Ok(actor.limited_by(&lists.of_service(subject)?))
        }
        (Account::User { organizations }, _) => lists.of_user(subject, organizations, asked.organization),
        (Account::Service { organization }, _) => {
            lists.of_service_account(subject, std::slice::from_ref(organization), asked.organization)
        }
    }
}

/// Which groups somebody is in.
#[derive(Clone, Copy)]
enum Member<'a> {
    User(&'a str),
    ServiceAccount(&'a str),
}

struct Lists<'a> {
    world: &'a World,
    store: &'a mut Store,
}

impl<'a> Lists<'a> {
    fn of_service(&mut self, common_name: &str) -> Result<Acl, Incomputable> {
        let account = self.world.system_accounts.get(common_name).ok_or(Incomputable::Trouble)?;
        self.store.ask(Verb::List, Kind::Role)?;
        let mut acl = Acl::default();
        grant(&mut acl.global, self.role(&account.role_id)?.global.as_ref());
        Ok(acl)
    }

    fn of_actor(&mut self, principal: &Principal, organization: &str) -> Result<Acl, Incomputable> {
        let fallback = std::slice::from_ref(&principal.organization);
        let claimed = match principal.organizations.as_slice() {
            [] if principal.organization.is_empty() => &[],
            [] => fallback,
            list => list,
        };
        match principal.kind.as_str() {
            "user" => self.of_user(&principal.actor, claimed, organization),
            "service" => self.of_service_account(&principal.actor, claimed, organization),
            _ => Err(Incomputable::Trouble),
        }
    }

    fn of_user(
        &mut self,
        subject: &str,
        claimed: &[String],
        organization: &str,
    ) -> Result<Acl, Incomputable> {
        self.store.ask(Verb::List, Kind::Role)?;
        let mut acl = Acl::default();
        let administrators = &self.world.platform_administrators;
        if administrators.subjects.iter().any(|it| it == subject) {
            for name in &administrators.roles {
                let role = self.world.roles.get(name).ok_or(Incomputable::Trouble)?;
                grant(&mut acl.global, role.global.as_ref());
            }
            return Ok(acl);
        }
        if !organization.is_empty() {
            if !claimed.iter().any(|it| it == organization) {
                return Err(Incomputable::NotInOrganization);
            }
            self.provisioned(organization)?;
            let groups = self.groups(organization, Member::User(subject))?;
            if groups.is_empty() {
                return Ok(acl);
            }
            self.scope(&mut acl, &groups, organization)?;
        }
        if !claimed.is_empty() {
            self.everywhere(&mut acl, claimed, Member::User(subject))?;
        }
        Ok(acl)
    }

    fn of_service_account(
        &mut self,
        id: &str,
        claimed: &[String],
        organization: &str,
    ) -> Result<Acl, Incomputable> {
        let [home] = claimed else { return Err(Incomputable::Trouble) };
        self.provisioned(home)?;
        let groups = self.groups(home, Member::ServiceAccount(id))?;
        let mut acl = Acl::default();
        if groups.is_empty() {
            return Ok(acl);
        }
        self.store.ask(Verb::List, Kind::Role)?;
        if organization.is_empty() || organization == home {
            self.scope(&mut acl, &groups, home)?;
        }
        self.everywhere(&mut acl, std::slice::from_ref(home), Member::ServiceAccount(id))?;
        Ok(acl)
    }

    /// What is granted in the organization that was asked about, as older clients read it.
    fn scope(&mut self, acl: &mut Acl, groups: &[Group], organization: &str) -> Result<(), Incomputable> {
        let endpoints = self.organization_grants(groups)?;
        if !endpoints.is_empty() {
            let id = organization.to_owned();
            acl.organization = Some(OrganizationAcl { id, endpoints, projects: Vec::new() });
        }
        acl.projects = self.project_grants(groups, organization)?;
        Ok(())
    }

    /// What is granted in every organization of a list; those without a place grant nothing.
    fn everywhere(
        &mut self,
        acl: &mut Acl,
        claimed: &[String],
        member: Member<'_>,
    ) -> Result<(), Incomputable> {
        self.store.ask(Verb::List, Kind::Role)?;
        let mut seen: Vec<&String> = Vec::new();
        for id in claimed {
            if seen.contains(&id) {
                continue;
            }
            seen.push(id);
            if !self.store.get::<Organization>(id)?.provisioned {
                continue;
            }
            let groups = self.groups(id, member)?;
            let endpoints = self.organization_grants(&groups)?;
            let projects = self.project_grants(&groups, id)?;
            acl.organizations.push(OrganizationAcl { id: id.clone(), endpoints, projects });
        }
        Ok(())
    }

    fn organization_grants(&self, groups: &[Group]) -> Result<Endpoints, Incomputable> {
        let mut endpoints = Endpoints::default();
        for id in groups.iter().flat_map(|group| &group.roles) {
            grant(&mut endpoints, self.role(id)?.organization.as_ref());
        }
        Ok(endpoints)
    }

    fn project_grants(
        &mut self,
        groups: &[Group],
        organization: &str,
    ) -> Result<Vec<ProjectAcl>, Incomputable> {
        let projects = self.store.list::<Project>()?;
        let mut granted = Vec::new();
        for project in projects.iter().filter(|project| project.organization == organization) {
            let mut endpoints = Endpoints::default();
            for id in project.groups.iter().flatten() {
                for role in groups.iter().filter(|group| group.meta.id == *id).flat_map(|group| &group.roles)
                {
                    grant(&mut endpoints, self.role(role)?.project.as_ref());
                }
            }
            if !endpoints.is_empty() {
                granted.push(ProjectAcl { id: project.meta.id.clone(), endpoints });
            }
        }
        Ok(granted)
    }

    fn groups(&mut self, organization: &str, member: Member<'_>) -> Result<Vec<Group>, Incomputable> {
        let mut groups = self.store.list::<Group>()?;
        groups.retain(|group| group.organization == organization);
        let mut found = Vec::new();
        for group in groups {
            let inside = match member {
                Member::User(subject) => {
                    group.subjects.iter().any(|it| it.id == subject) || self.in_older_list(&group, subject)
                }
                Member::ServiceAccount(id) => group.service_accounts.iter().any(|it| it == id),
            };
            if inside {
                found.push(group);
            }
        }
        Ok(found)
    }

    /// The older list holds ids of memberships; trouble while looking one up only means that it is not found.
    fn in_older_list(&mut self, group: &Group, subject: &str) -> bool {
        if group.users.is_empty() {
            return false;
        }
        let Ok(users) = self.store.list::<User>() else { return false };
        let Some(user) = users.iter().find(|user| user.subject == subject) else { return false };
        let Ok(memberships) = self.store.list::<OrganizationUser>() else { return false };
        let mut memberships =
            memberships.iter().filter(|it| it.user == user.meta.id && it.organization == group.organization);
        match (memberships.next(), memberships.next()) {
            (Some(only), None) => group.users.contains(&only.meta.id),
            _ => false,
        }
    }

    fn provisioned(&mut self, organization: &str) -> Result<(), Incomputable> {
        let organization = self.store.get::<Organization>(organization)?;
        if organization.provisioned { Ok(()) } else { Err(Incomputable::Trouble) }
    }

    fn role(&self, id: &str) -> Result<&'a Role, Incomputable> {
        self.world.roles.values().find(|role| role.id == id).ok_or(Incomputable::Trouble)
    }
}

fn grant(endpoints: &mut Endpoints, scope: Option<&BTreeMap<String, String>>) {
    for (name, letters) in scope.into_iter().flatten() {
        endpoints.grant(name, letters.chars().filter_map(Operation::by_letter));
    }
}
