//! What belongs to an organization and is kept in its place. An organization without a place keeps nothing, and looks
//! into the places of all others.

use crate::acl::Operation;
use crate::api::metadata::{Status, say};
use crate::api::{Call, or_not_found, organizations};
use crate::middleware::envelope::Refusal;
use crate::store::door;
use crate::store::model::{Group, Meta, Organization, OrganizationUser, Provider, ServiceAccount};
use crate::store::resource::Resource;
use serde_json::Value;

/// A kind of thing that belongs to an organization.
pub(super) trait Owned: Resource {
    /// Which; none: it belongs to the platform.
    fn organization(&self) -> Option<&str>;
}

impl Owned for Group {
    fn organization(&self) -> Option<&str> {
        Some(&self.organization)
    }
}

impl Owned for OrganizationUser {
    fn organization(&self) -> Option<&str> {
        Some(&self.organization)
    }
}

impl Owned for ServiceAccount {
    fn organization(&self) -> Option<&str> {
        Some(&self.organization)
    }
}

impl Owned for Provider {
    fn organization(&self) -> Option<&str> {
        self.organization.as_deref()
    }
}

/// The id of the path's organization, once the caller may do that in it.
pub(super) fn allowed(call: &Call<'_>, endpoint: &str, operation: Operation) -> Result<String, Refusal> {
    let id = call.parameter("organizationID");
    call.acl.allow_organization(endpoint, operation, &id)?;
    Ok(id)
}

/// The path's organization, once the caller may do that in it.
pub(super) fn organization(
    call: &mut Call<'_>,
    endpoint: &str,
    operation: Operation,
) -> Result<Organization, Refusal> {
    let id = allowed(call, endpoint, operation)?;
    organizations::get(call, &id)
}

/// Everything of a kind in an organization's place.
pub(super) fn list<T: Owned>(call: &mut Call<'_>, organization: &Organization) -> Result<Vec<T>, Refusal> {
    let mut all = call.store.list::<T>()?;
    if organization.provisioned {
        all.retain(|thing| is_in(organization, thing));
    }
    Ok(all)
}

/// One thing in an organization's place, or 404.
pub(super) fn get<T: Owned>(
    call: &mut Call<'_>,
    organization: &Organization,
    id: &str,
) -> Result<T, Refusal> {
    find(call, organization, id).map_err(or_not_found)
}

/// One thing in an organization's place.
pub(super) fn find<T: Owned>(
    call: &mut Call<'_>,
    organization: &Organization,
    id: &str,
) -> Result<T, door::Refusal> {
    let thing: T = call.store.get(id)?;
    if is_in(organization, &thing) { Ok(thing) } else { Err(door::Refusal::NotFound) }
}

/// Puts a thing into an organization's place.
pub(super) fn create<T: Owned>(
    call: &mut Call<'_>,
    organization: &Organization,
    thing: T,
) -> Result<T, Refusal> {
    if organization.provisioned { Ok(call.store.create(thing)?) } else { Err(Refusal::internal()) }
}

/// Takes a thing out of an organization's place, or 404.
pub(super) fn delete<T: Owned>(
    call: &mut Call<'_>,
    organization: &Organization,
    id: &str,
) -> Result<(), Refusal> {
    call.store.delete(call.now, id, |thing: &T| is_in(organization, thing)).map_err(or_not_found)
}

/// Metadata of a thing that belongs to an organization. Nothing of this kind has a controller.
pub(super) fn metadata(meta: &Meta, organization: &str) -> Value {
    say(meta, Status::Immediate, &[("organizationId", organization)])
}

fn is_in<T: Owned>(organization: &Organization, thing: &T) -> bool {
    organization.provisioned && thing.organization() == Some(organization.meta.id.as_str())
}
