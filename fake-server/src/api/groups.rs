//! Groups: who is in them, and which roles that gives.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::acl::Operation;
use crate::api::metadata::Write;
use crate::api::{Answered, Call, Reply, body, or_conflict, or_not_found, organizations, owned, roles};
use crate::middleware::envelope::Refusal;
use crate::store::Verb;
use crate::store::model::{Group, Meta, Organization, OrganizationUser, Project, Subject, User};

const ENDPOINT: &str = "identity:groups";

#[derive(Debug, Deserialize)]
struct Spec {
    #[serde(default)]
    subjects: Option<Vec<WrittenSubject>>,
    #[serde(default, rename = "userIDs")]
    user_ids: Option<Vec<String>>,
    #[serde(rename = "serviceAccountIDs")]
    service_account_ids: Vec<String>,
    #[serde(rename = "roleIDs")]
    role_ids: Vec<String>,
}

/// What is written of things of which nothing matters but the groups that may use them, or in which they are.
#[derive(Debug, Deserialize)]
pub(super) struct GroupIds {
    #[serde(rename = "groupIDs")]
    pub(super) group_ids: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct WrittenSubject {
    id: String,
    issuer: String,
    #[serde(default)]
    email: Option<String>,
}

pub(super) fn list(call: &mut Call<'_>) -> Answered {
    let organization = owned::organization(call, ENDPOINT, Operation::Read)?;
    let groups = owned::list::<Group>(call, &organization)?;
    Ok(Reply::json(200, groups.iter().map(one).collect()))
}

pub(super) fn create(call: &mut Call<'_>) -> Answered {
    let id = owned::allowed(call, ENDPOINT, Operation::Create)?;
    let write: Write<Spec> = body::read(call.body)?;
    let organization = organizations::get(call, &id)?;
    let contents = write.spec.contents(call, &organization)?;
    let meta = write.metadata.create(call);
    let made = owned::create(call, &organization, contents.group(meta, id))?;
    Ok(Reply::json(201, one(&made)))
}

pub(super) fn read(call: &mut Call<'_>) -> Answered {
    let organization = owned::organization(call, ENDPOINT, Operation::Read)?;
    let id = call.parameter("groupid");
    Ok(Reply::json(200, one(&owned::get(call, &organization, &id)?)))
}

pub(super) fn update(call: &mut Call<'_>) -> Answered {
    let id = owned::allowed(call, ENDPOINT, Operation::Update)?;
    let write: Write<Spec> = body::read(call.body)?;
    let organization = organizations::get(call, &id)?;
    let current: Group = owned::get(call, &organization, &call.parameter("groupid"))?;
    let contents = write.spec.contents(call, &organization)?;
    let meta = write.metadata.amend(call, &current.meta);
    call.store.write(Verb::Patch, contents.group(meta, current.organization)).map_err(or_conflict)?;
    Ok(Reply::done(200))
}

/// Projects that name the group forget it first.
pub(super) fn delete(call: &mut Call<'_>) -> Answered {
    let organization = owned::organization(call, ENDPOINT, Operation::Delete)?;
    let id = call.parameter("groupid");
    let projects = call.store.list::<Project>().map_err(or_not_found)?;
    for mut project in projects {
        let named = project.groups.iter_mut().flatten().position(|group| *group == id);
        let here = !organization.provisioned || project.organization == organization.meta.id;
        if let (true, Some(position), Some(groups)) = (here, named, &mut project.groups) {
            groups.remove(position);
            call.store.write(Verb::Update, project)?;
        }
    }
    owned::delete::<Group>(call, &organization, &id)?;
    Ok(Reply::done(200))
}

/// What somebody's membership of groups is to become.
#[derive(Debug, Clone, Copy)]
pub(super) enum Member<'a> {
    /// A user, by both lists.
    User { subject: &'a Subject, membership: &'a str },
    /// A service account.
    ServiceAccount(&'a str),
}

impl Member<'_> {
    /// Puts a member into the groups that are named, and takes it out of all others.
    pub(super) fn move_to(
        self,
        call: &mut Call<'_>,
        groups: &[Group],
        named: &[String],
    ) -> Result<(), Refusal> {
        for group in groups {
            let mut changed = group.clone();
            if named.contains(&group.meta.id) {
                self.join(&mut changed);
            } else {
                self.leave(&mut changed);
            }
            if changed != *group {
                call.store.write(Verb::Patch, changed).map_err(or_conflict)?;
            }
        }
        Ok(())
    }

    fn join(self, group: &mut Group) {
        match self {
            Self::User { subject, membership } => {
                if !group.users.iter().any(|it| it == membership) {
                    group.users.push(membership.to_owned());
                }
                if !group.subjects.contains(subject) {
                    group.subjects.push(subject.clone());
                }
            }
            Self::ServiceAccount(id) => {
                if !group.service_accounts.iter().any(|it| it == id) {
                    group.service_accounts.push(id.to_owned());
                }
            }
        }
    }

    fn leave(self, group: &mut Group) {
        match self {
            Self::User { subject, membership } => {
                group.users.retain(|it| it != membership);
                group.subjects.retain(|it| (&it.id, &it.issuer) != (&subject.id, &subject.issuer));
            }
            Self::ServiceAccount(id) => group.service_accounts.retain(|it| it != id),
        }
    }
}

/// What a group holds, once all of it was looked up.
struct Contents {
    subjects: Vec<Subject>,
    users: Vec<String>,
    service_accounts: Vec<String>,
    roles: Vec<String>,
}

impl Contents {
    fn group(self, meta: Meta, organization: String) -> Group {
        let Self { subjects, users, service_accounts, roles } = self;
        Group { meta, organization, subjects, users, service_accounts, roles }
    }
}

impl Spec {
    fn contents(self, call: &mut Call<'_>, organization: &Organization) -> Result<Contents, Refusal> {
        let written = self.subjects.unwrap_or_default().into_iter();
        let subjects = written.map(|it| Subject {
            id: it.id,
            issuer: it.issuer,
            // An empty address is none.
            email: it.email.filter(|email| !email.is_empty()),
        });
        let subjects = without_repetition(subjects, |it| (it.issuer.clone(), it.id.clone()));
        let users = without_repetition(self.user_ids.unwrap_or_default(), Clone::clone);
        let (subjects, users) = match (subjects.is_empty(), users.is_empty()) {
            (false, false) => {
                return Err(Refusal::invalid_request("cannot provide both subjects and userIDs"));
            }
            (false, true) => {
                let users = members_of(call, organization, &subjects)?;
                (subjects, users)
            }
            (true, _) => (subjects_of(call, organization, &users)?, users),
        };
        let roles = without_repetition(self.role_ids, Clone::clone);
        roles::look_up(call, &organization.meta.id, &roles)?;
        let service_accounts = without_repetition(self.service_account_ids, Clone::clone);
        Ok(Contents { subjects, users, service_accounts, roles })
    }
}

/// Memberships of those subjects for whom the platform itself vouches.
fn members_of(
    call: &mut Call<'_>,
    organization: &Organization,
    subjects: &[Subject],
) -> Result<Vec<String>, Refusal> {
    let mut found = Vec::new();
    for subject in subjects.iter().filter(|subject| subject.issuer == call.world.issuer) {
        let id = &subject.id;
        let user = call.store.list::<User>()?.into_iter().find(|user| user.subject == *id);
        let user =
            user.ok_or_else(|| Refusal::invalid_request(format!("user with subject {id} does not exist")))?;
        let mut memberships = owned::list::<OrganizationUser>(call, organization)?;
        memberships.retain(|membership| membership.user == user.meta.id);
        match memberships.as_slice() {
            [] => {
                let id = &user.meta.id;
                let text = format!("user with ID {id} is not a member of this organization");
                return Err(Refusal::invalid_request(text));
            }
            [only] => found.push(only.meta.id.clone()),
            _ => return Err(Refusal::internal()),
        }
    }
    Ok(without_repetition(found, Clone::clone))
}

/// The subjects of some memberships.
fn subjects_of(
    call: &mut Call<'_>,
    organization: &Organization,
    memberships: &[String],
) -> Result<Vec<Subject>, Refusal> {
    let mut found = Vec::new();
    for id in memberships {
        let membership: OrganizationUser = owned::find(call, organization, id)
            .map_err(|_whatever| Refusal::invalid_request(format!("user {id} does not exist")))?;
        let user: User = call.store.get(&membership.user)?;
        found.push(of_user(call, &user));
    }
    Ok(without_repetition(found, |it| it.id.clone()))
}

/// A user, as the platform vouches for him.
pub(super) fn of_user(call: &Call<'_>, user: &User) -> Subject {
    Subject { id: user.subject.clone(), issuer: call.world.issuer.clone(), email: Some(user.subject.clone()) }
}

fn without_repetition<T, K: PartialEq>(things: impl IntoIterator<Item = T>, key: impl Fn(&T) -> K) -> Vec<T> {
    let mut kept: Vec<T> = Vec::new();
    for thing in things {
        if !kept.iter().any(|it| key(it) == key(&thing)) {
            kept.push(thing);
        }
    }
    kept
}

fn one(group: &Group) -> Value {
    let subjects = group.subjects.iter().map(|subject| {
        let mut said = json!({ "id": subject.id, "issuer": subject.issuer });
        if let Some(email) = &subject.email {
            said["email"] = json!(email);
        }
        said
    });
    json!({
        "metadata": owned::metadata(&group.meta, &group.organization),
        "spec": {
            "roleIDs": group.roles,
            "userIDs": group.users,
            "subjects": subjects.collect::<Vec<_>>(),
            "serviceAccountIDs": group.service_accounts,
        },
    })
}
