//! Users: who he is everywhere, and his membership of an organization.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::acl::Operation;
use crate::api::groups::{self, Member};
use crate::api::metadata::{Written, WrittenTag, time};
use crate::api::{Answered, Call, Reply, body, mail, or_conflict, organizations, owned};
use crate::middleware::envelope::Refusal;
use crate::store::Verb;
use crate::store::model::{Group, Organization, OrganizationUser, User};
use crate::world::UserState;

const ENDPOINT: &str = "identity:users";

#[derive(Debug, Deserialize)]
struct Write {
    #[serde(default)]
    metadata: Option<WrittenMetadata>,
    spec: Spec,
}

/// A user has no name but his subject, so that only tags count.
#[derive(Debug, Deserialize)]
struct WrittenMetadata {
    #[serde(default)]
    tags: Option<Vec<WrittenTag>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Spec {
    subject: String,
    state: UserState,
    #[serde(rename = "groupIDs")]
    group_ids: Vec<String>,
}

/// By subject.
pub(super) fn list(call: &mut Call<'_>) -> Answered {
    let organization = owned::organization(call, ENDPOINT, Operation::Read)?;
    let users = call.store.list::<User>()?;
    let memberships = owned::list::<OrganizationUser>(call, &organization)?;
    let groups = owned::list::<Group>(call, &organization)?;
    let mut said = memberships
        .iter()
        .map(|membership| {
            let user = users.iter().find(|user| user.meta.id == membership.user);
            user.map(|user| (&user.subject, one(membership, user, &groups)))
        })
        .collect::<Option<Vec<_>>>()
        .ok_or_else(Refusal::internal)?;
    said.sort_by_key(|(subject, _)| *subject);
    Ok(Reply::json(200, said.into_iter().map(|(_, said)| said).collect()))
}

/// The user comes first, and stays even when he does not become a member. Who is one already stays as he is.
pub(super) fn create(call: &mut Call<'_>) -> Answered {
    let id = owned::allowed(call, ENDPOINT, Operation::Create)?;
    let write: Write = body::read(call.body)?;
    if !mail::is_address(&write.spec.subject) {
        return Err(Refusal::invalid_request("subject address invalid"));
    }
    let user = known_or_made(call, &write)?;
    let organization = organizations::get(call, &id)?;
    let membership = member_or_made(call, &organization, &user, write.spec.state)?;
    let groups = owned::list::<Group>(call, &organization)?;
    join(call, &user, &membership, &groups, &write.spec.group_ids)?;
    // Said is what was before.
    Ok(Reply::json(201, one(&membership, &user, &groups)))
}

/// Who he is everywhere is not changed from here.
pub(super) fn update(call: &mut Call<'_>) -> Answered {
    let id = owned::allowed(call, ENDPOINT, Operation::Update)?;
    let write: Write = body::read(call.body)?;
    let organization = organizations::get(call, &id)?;
    let current: OrganizationUser = owned::get(call, &organization, &call.parameter("userID"))?;
    let user: User = call.store.get(&current.user)?;
    let meta = Written::unnamed().amend(call, &current.meta);
    let changed = OrganizationUser { meta, state: write.spec.state, ..current };
    let written = call.store.write(Verb::Patch, changed).map_err(or_conflict)?;
    let groups = owned::list::<Group>(call, &organization)?;
    join(call, &user, &written, &groups, &write.spec.group_ids)?;
    let groups = owned::list::<Group>(call, &organization)?;
    Ok(Reply::json(200, one(&written, &user, &groups)))
}

/// He is a member no more; who he is everywhere stays.
pub(super) fn delete(call: &mut Call<'_>) -> Answered {
    let organization = owned::organization(call, ENDPOINT, Operation::Delete)?;
    let membership: OrganizationUser = owned::get(call, &organization, &call.parameter("userID"))?;
    let groups = owned::list::<Group>(call, &organization)?;
    let user: User = call.store.get(&membership.user)?;
    join(call, &user, &membership, &groups, &[])?;
    owned::delete::<OrganizationUser>(call, &organization, &membership.meta.id)?;
    Ok(Reply::done(200))
}

fn known_or_made(call: &mut Call<'_>, write: &Write) -> Result<User, Refusal> {
    let known = call.store.list::<User>()?.into_iter().find(|user| user.subject == write.spec.subject);
    if let Some(known) = known {
        return Ok(known);
    }
    let mut meta = Written::unnamed().create(call);
    let tags = write.metadata.as_ref().and_then(|metadata| metadata.tags.as_ref());
    meta.tags = tags.map(|tags| tags.iter().map(WrittenTag::kept).collect());
    let subject = write.spec.subject.clone();
    Ok(call.store.create(User { meta, subject, state: UserState::Active, sessions: Vec::new() })?)
}

fn member_or_made(
    call: &mut Call<'_>,
    organization: &Organization,
    user: &User,
    state: UserState,
) -> Result<OrganizationUser, Refusal> {
    let mut known = call.store.list::<OrganizationUser>()?;
    known.retain(|it| it.user == user.meta.id && it.organization == organization.meta.id);
    match known.as_slice() {
        [] => {}
        [only] => return Ok(only.clone()),
        _ => return Err(Refusal::internal()),
    }
    let meta = Written::unnamed().create(call);
    let made = OrganizationUser {
        meta,
        organization: organization.meta.id.clone(),
        user: user.meta.id.clone(),
        state,
    };
    owned::create(call, organization, made)
}

fn join(
    call: &mut Call<'_>,
    user: &User,
    membership: &OrganizationUser,
    groups: &[Group],
    named: &[String],
) -> Result<(), Refusal> {
    let user: User = call.store.get(&user.meta.id)?;
    let subject = groups::of_user(call, &user);
    Member::User { subject: &subject, membership: &membership.meta.id }.move_to(call, groups, named)
}

fn one(membership: &OrganizationUser, user: &User, groups: &[Group]) -> Value {
    let groups = groups.iter().filter(|group| group.users.contains(&membership.meta.id));
    let seen = user.sessions.iter().map(|session| session.since).max();
    json!({
        "metadata": owned::metadata(&membership.meta, &membership.organization),
        "spec": {
            "subject": user.subject,
            "state": membership.state,
            "groupIDs": groups.map(|group| &group.meta.id).collect::<Vec<_>>(),
        },
        "status": seen.map_or_else(|| json!({}), |at| json!({ "lastActive": time(at) })),
    })
}
