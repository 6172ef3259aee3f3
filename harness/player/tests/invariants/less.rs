//! What remains of a request, or of the rights of whoever asks, when something is left out.

use plumbline_fake_server::store::{Group, Store};
use plumbline_fake_server::world::World;
use plumbline_vectors::vector::{Principal, Request};

/// What a principal says: who acts, and where.
const WHO: [&str; 2] = ["actor", "type"];
const WHERE: [&str; 3] = ["organizationId", "organizationIds", "projectId"];

/// The same request with one thing left out of what it shows, each with its name.
///
/// Not the flag by which a service acts as somebody: without it the service asks for itself, and may what it may. Nor one
/// of two credentials that each say who asks, a token, a certificate or a quoted one: without the one that counts, another
/// caller asks. What is left out then is all but one.
pub(crate) fn requests(request: &Request) -> Vec<(&'static str, Request)> {
    let mut less = Vec::new();
    let without = |change: fn(&mut Request)| {
        let mut less = request.clone();
        change(&mut less);
        less
    };
    if request.peer.is_some() && request.bearer.is_some() {
        less.push(("the certificate beside the token", without(|it| it.peer = None)));
    } else if request.peer.is_some() {
        less.push((
            "the certificate",
            without(|it| {
                it.peer = None;
                it.propagated = None;
            }),
        ));
    } else if request.bearer.is_some() {
        less.push(("the token", without(|it| it.bearer = None)));
    }
    if request.peer.is_some() && request.propagated.is_some() && request.bearer.is_none() {
        less.push(("the certificate before the quoted one", without(|it| it.peer = None)));
    }
    if request.principal.is_some() {
        less.push(("the principal", without(|it| it.principal = None)));
    }
    if let Some(Principal::Plain(value)) = &request.principal {
        // Without a place where there is no other, something else is asked: what somebody may anywhere.
        let place = if request.path.contains("/organizations/") { &WHERE[..] } else { &[] };
        for &name in WHO.iter().chain(place) {
            let mut value = value.clone();
            if value.as_object_mut().is_some_and(|members| members.shift_remove(name).is_some()) {
                less.push((name, Request { principal: Some(Principal::Plain(value)), ..request.clone() }));
            }
        }
    }
    less
}

/// Who acts in a request, as groups name their members: a user's name, or a service account's id.
pub(crate) fn actor(world: &World, request: &Request) -> Option<String> {
    if let Some(name) = &request.bearer {
        return Some(world.tokens.get(name)?.subject.clone());
    }
    match &request.principal {
        Some(Principal::Plain(value)) => Some(value.get("actor")?.as_str()?.to_owned()),
        _ => None,
    }
}

/// The groups whose roles an actor has.
pub(crate) fn groups_of(store: &Store, actor: &str) -> Vec<String> {
    let holds = |group: &&Group| {
        group.subjects.iter().any(|it| it.id == actor)
            || group.service_accounts.iter().any(|it| it == actor)
            || group.users.iter().any(|it| is_membership_of(store, it, actor))
    };
    let groups = store.groups.values().filter(|group| !group.roles.is_empty()).filter(holds);
    groups.map(|group| group.meta.id.clone()).collect()
}

fn is_membership_of(store: &Store, membership: &str, actor: &str) -> bool {
    let user = store.organization_users.get(membership).and_then(|it| store.users.get(&it.user));
    user.is_some_and(|user| user.subject == actor)
}
