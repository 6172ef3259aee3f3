//! Roles: they are given, and nobody gives more than he has.

use serde_json::{Value, json};
use std::collections::BTreeMap;

use crate::acl::Operation;
use crate::api::metadata::{Status, say};
use crate::api::{Answered, Call, Reply, owned};
use crate::middleware::envelope::Refusal;
use crate::store::{Attribution, Kind, Meta, Verb, door};
use crate::world::Role;

/// Those that the caller could give, by name.
pub(super) fn list(call: &mut Call<'_>) -> Answered {
    let id = owned::allowed(call, "identity:roles", Operation::Read)?;
    call.store.ask(Verb::List, Kind::Role)?;
    let given = call.world.roles.iter().filter(|(_, role)| !role.protected && may_give(call, &id, role));
    let given: Vec<Value> = given.map(|(name, role)| one(call, name, role)).collect();
    // The service has no list for none.
    let given = if given.is_empty() { Value::Null } else { Value::Array(given) };
    Ok(Reply::json(200, given))
}

/// Refuses roles that do not exist, or that the caller may not give.
pub(super) fn look_up(call: &mut Call<'_>, organization: &str, ids: &[String]) -> Result<(), Refusal> {
    for id in ids {
        let known = match call.store.ask(Verb::Get, Kind::Role) {
            Ok(()) => call.world.roles.values().find(|role| role.id == *id),
            Err(door::Refusal::NotFound) => None,
            Err(door::Refusal::Conflict | door::Refusal::Internal | door::Refusal::Exists) => {
                return Err(Refusal::internal());
            }
        };
        let role = known.ok_or_else(|| Refusal::invalid_request(format!("role ID {id} does not exist")))?;
        if role.protected {
            return Err(Refusal::forbidden("requested role is protected"));
        }
        if !may_give(call, organization, role) {
            return Err(Refusal::forbidden("requested role cannot be granted"));
        }
    }
    Ok(())
}

/// Whether the caller has in an organization all that a role gives. What it gives in a project counts as if it gave it
/// in the organization.
fn may_give(call: &Call<'_>, organization: &str, role: &Role) -> bool {
    let everywhere = all(role.global.as_ref(), |name, operation| call.acl.allow_global(name, operation));
    let here = |name: &str, operation| call.acl.allow_organization(name, operation, organization);
    everywhere && all(role.organization.as_ref(), here) && all(role.project.as_ref(), here)
}

fn all(
    scope: Option<&BTreeMap<String, String>>,
    allow: impl Fn(&str, Operation) -> Result<(), Refusal>,
) -> bool {
    scope.into_iter().flatten().all(|(name, letters)| {
        letters.chars().filter_map(Operation::by_letter).all(|operation| allow(name, operation).is_ok())
    })
}

fn one(call: &Call<'_>, name: &str, role: &Role) -> Value {
    let meta = Meta {
        id: role.id.clone(),
        name: name.to_owned(),
        description: Some(role.description.clone()),
        tags: None,
        created: call.world.epoch,
        creator: Some(call.world.created_by.clone()),
        modified: None,
        modifier: None,
        principal: Attribution::default(),
        deleting: None,
        revision: 1,
    };
    json!({ "metadata": say(&meta, Status::Immediate, &[]) })
}
