//! Whatever belongs to a project of a tenant: one way to list, find and delete it, for each of region's two APIs.
//!
//! The second API knows things by their id alone and looks for permission where they are; the first one is told
//! organization and project by the path and asks for permission there.

use serde_json::Value;

use crate::acl::Operation;
use crate::api::projects::{Named, allowed};
use crate::api::{Answered, Call, Reply, network_creation, or_not_found};
use crate::middleware::envelope::Refusal;
use crate::middleware::principal::Principal;
use crate::store::model::{CloudIdentity, Network};
use crate::store::naming;
use crate::store::placed::{Balancer, Machine, Place, Placed, PublicKey, Rules, Spec, Volume};
use crate::store::resource::Resource;

/// Finalizers of the platform's own, which are nobody's reference.
const PLATFORM: [&str; 2] = ["unikorn", "foregroundDeletion"];

/// Something that belongs to a project.
pub(super) trait Tenant: Resource {
    /// Its organization.
    fn organization(&self) -> &str;
    /// Its project.
    fn project(&self) -> &str;
}

/// What the second API can tell by its id.
pub(super) trait Second: Tenant {
    /// What access lists call it.
    const ENDPOINT: &'static str;
    /// What the path calls its id.
    const PARAMETER: &'static str;
    /// What lists can be narrowed by, beside organization and tag.
    const QUERY: &'static [&'static str];

    /// Its region, if it is in one.
    fn region(&self) -> Option<&str>;
    /// Its network, if it is in one.
    fn network(&self) -> Option<&str>;
    /// Whether this API made it; what the first one made is not there for it.
    fn is_second(&self) -> bool;
}

/// What may be deleted while somebody refers to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum InUse {
    /// It may.
    Deletable,
    /// It may not, and this is said.
    Refused(&'static str),
}

/// Lists what the caller may see, by the query: organizations, projects, regions, networks, tags.
pub(super) fn list<T: Second>(call: &mut Call<'_>, say: impl Fn(&T) -> Value) -> Answered {
    let asked = call.target.query_values("organizationID");
    let Some(organizations) = organizations(call, asked) else {
        // Nothing could match: the service says so with a null, which its own document forbids.
        return Ok(Reply::json(200, Value::Null).cacheable());
    };
    let within =
        |allowed: &[String], value: &str| allowed.is_empty() || allowed.iter().any(|it| it.as_str() == value);
    let query = |name| if T::QUERY.contains(&name) { call.target.query_values(name) } else { Vec::new() };
    let [projects, regions, networks] = ["projectID", "regionID", "networkID"].map(query);
    let queries = [&organizations, &projects, &regions, &networks];
    if queries.into_iter().flatten().any(|value| !naming::is_label_value(value)) {
        return Err(Refusal::internal());
    }
    let mut things = call.store.list::<T>()?;
    retain_tagged(call, &mut things)?;
    things.retain(|thing| {
        thing.is_second()
            && within(&organizations, thing.organization())
            && within(&projects, thing.project())
            && within(&regions, thing.region().unwrap_or_default())
            && within(&networks, thing.network().unwrap_or_default())
            && allow(call, Operation::Read, thing).is_ok()
    });
    Ok(Reply::json(200, things.iter().map(say).collect()).cacheable())
}

/// The thing of the path.
pub(super) fn get<T: Second>(call: &mut Call<'_>) -> Result<T, Refusal> {
    let id = call.parameter(T::PARAMETER);
    find(call, &id)
}

/// A thing by its id. Permission comes before the question which API made it.
pub(super) fn find<T: Second>(call: &mut Call<'_>, id: &str) -> Result<T, Refusal> {
    let thing: T = call.store.get(id).map_err(or_not_found)?;
    allow(call, Operation::Read, &thing)?;
    if thing.is_second() { Ok(thing) } else { Err(Refusal::not_found()) }
}

/// The thing of the path, if the caller may do that to it.
pub(super) fn get_for<T: Second>(call: &mut Call<'_>, operation: Operation) -> Result<T, Refusal> {
    let thing = get(call)?;
    allow(call, operation, &thing)?;
    Ok(thing)
}

/// Deletes the thing of the path; what is being deleted already stays so.
pub(super) fn delete<T: Second>(call: &mut Call<'_>, in_use: InUse) -> Answered {
    let thing: T = get_for(call, Operation::Delete)?;
    if thing.meta().deleting.is_none() {
        match in_use {
            InUse::Refused(why) if is_referred_to(&thing) => return Err(Refusal::forbidden(why)),
            InUse::Refused(_) | InUse::Deletable => {}
        }
        call.store.delete::<T>(call.now, &thing.meta().id, |_| true).map_err(or_not_found)?;
    }
    Ok(Reply::done(202).cacheable())
}

/// Whether anybody but the platform holds it.
pub(super) fn is_referred_to<T: Resource>(thing: &T) -> bool {
    thing.holders().iter().any(|holder| !PLATFORM.contains(&holder.as_str()))
}

/// Whether the caller may do that to it, where it is.
pub(super) fn allow<T: Second>(call: &Call<'_>, operation: Operation, thing: &T) -> Result<(), Refusal> {
    call.acl.allow_project(T::ENDPOINT, operation, thing.organization(), thing.project())
}

/// A network in which the caller may make a `T`, and for whom it is made.
pub(super) fn beneath<T: Second>(
    call: &mut Call<'_>,
    network: &str,
) -> Result<(Network, Principal), Refusal> {
    let network: Network = find(call, network)?;
    let named = Named { organization: network.organization.clone(), project: network.project.clone() };
    network_creation::allow(call, T::ENDPOINT, &named)?;
    let principal = network_creation::enriched(call.principal, &network.organization, &network.project);
    Ok((network, principal))
}

/// The place of something in a network.
pub(super) fn place_in(network: &Network) -> Place {
    Place {
        organization: network.organization.clone(),
        project: network.project.clone(),
        region: Some(network.region.clone()),
        cloud_identity: Some(network.cloud_identity.clone()),
        network: Some(network.meta.id.clone()),
        v2: true,
    }
}

/// Organization and project, as metadata says them.
pub(super) fn scope(place: &Place) -> [(&'static str, &str); 2] {
    [("organizationId", &place.organization), ("projectId", &place.project)]
}

/// Everything of the path's organization, as the first API lists it.
pub(super) fn first_list<T: Tenant>(call: &mut Call<'_>, endpoint: &str) -> Result<Vec<T>, Refusal> {
    let organization = call.parameter("organizationID");
    call.acl.allow_organization(endpoint, Operation::Read, &organization)?;
    let mut things = call.store.list::<T>()?;
    things.retain(|thing| thing.organization() == organization);
    Ok(things)
}

/// The thing of the path, as the first API finds it.
pub(super) fn first_get<T: Tenant>(
    call: &mut Call<'_>,
    endpoint: &str,
    parameter: &str,
) -> Result<T, Refusal> {
    let named = allowed(call, endpoint, Operation::Read)?;
    let id = call.parameter(parameter);
    owned(call, &named, &id)
}

/// Deletes the thing of the path, as the first API does.
pub(super) fn first_delete<T: Tenant>(call: &mut Call<'_>, endpoint: &str, parameter: &str) -> Answered {
    let named = allowed(call, endpoint, Operation::Delete)?;
    let id = call.parameter(parameter);
    owned::<T>(call, &named, &id)?;
    call.store.delete::<T>(call.now, &id, |_| true).map_err(or_not_found)?;
    Ok(Reply::done(202).cacheable())
}

/// A thing of that project.
pub(super) fn owned<T: Tenant>(call: &mut Call<'_>, named: &Named, id: &str) -> Result<T, Refusal> {
    let thing: T = call.store.get(id).map_err(or_not_found)?;
    let there = thing.organization() == named.organization && thing.project() == named.project;
    if there { Ok(thing) } else { Err(Refusal::not_found()) }
}

/// Keeps what has every tag that was asked for.
pub(super) fn retain_tagged<T: Resource>(call: &Call<'_>, things: &mut Vec<T>) -> Result<(), Refusal> {
    let asked = call.target.query_values("tag");
    let tags = asked.iter().map(|tag| match tag.split('=').collect::<Vec<_>>()[..] {
        [name, value] => Ok((name, value)),
        _ => Err(Refusal::invalid_request("tag decode failed")),
    });
    let tags = tags.collect::<Result<Vec<_>, _>>()?;
    things.retain(|thing| {
        let has = |(name, value): &(&str, &str)| {
            thing.meta().tags.iter().flatten().any(|tag| tag.name == *name && tag.value == *value)
        };
        tags.iter().all(has)
    });
    Ok(())
}

/// Organizations to list of those that were asked for; empty: all; none: the caller asks for none that he may see.
pub(super) fn organizations(call: &Call<'_>, asked: Vec<String>) -> Option<Vec<String>> {
    let own: Vec<String> =
        call.acl.organizations.iter().map(|organization| organization.id.clone()).collect();
    match (own.is_empty(), asked.is_empty()) {
        (true, _) => Some(asked),
        (false, true) => Some(own),
        (false, false) => {
            let both: Vec<String> = own.into_iter().filter(|id| asked.contains(id)).collect();
            (!both.is_empty()).then_some(both)
        }
    }
}

impl<S: Spec> Tenant for Placed<S> {
    fn organization(&self) -> &str {
        &self.place.organization
    }

    fn project(&self) -> &str {
        &self.place.project
    }
}

/// Kinds of things that differ in what they are to be only.
pub(super) trait Family: Spec {
    /// As [`Second::ENDPOINT`].
    const ENDPOINT: &'static str;
    /// As [`Second::PARAMETER`].
    const PARAMETER: &'static str;
    /// As [`Second::QUERY`].
    const QUERY: &'static [&'static str];
}

impl<S: Family> Second for Placed<S> {
    const ENDPOINT: &'static str = S::ENDPOINT;
    const PARAMETER: &'static str = S::PARAMETER;
    const QUERY: &'static [&'static str] = S::QUERY;

    fn region(&self) -> Option<&str> {
        self.place.region.as_deref()
    }

    fn network(&self) -> Option<&str> {
        self.place.network.as_deref()
    }

    fn is_second(&self) -> bool {
        self.place.v2
    }
}

macro_rules! tenant {
    ($type:ident) => {
        impl Tenant for $type {
            fn organization(&self) -> &str {
                &self.organization
            }

            fn project(&self) -> &str {
                &self.project
            }
        }
    };
}

tenant!(Network);
tenant!(CloudIdentity);

impl Second for Network {
    const ENDPOINT: &'static str = "region:networks:v2";
    const PARAMETER: &'static str = "networkID";
    const QUERY: &'static [&'static str] = &["projectID", "regionID"];

    fn region(&self) -> Option<&str> {
        Some(&self.region)
    }

    fn network(&self) -> Option<&str> {
        None
    }

    fn is_second(&self) -> bool {
        self.v2
    }
}

macro_rules! family {
    ($type:ident, $endpoint:literal, $parameter:literal, $query:expr) => {
        impl Family for $type {
            const ENDPOINT: &'static str = $endpoint;
            const PARAMETER: &'static str = $parameter;
            const QUERY: &'static [&'static str] = $query;
        }
    };
}

/// What lists of things in a network can be narrowed by.
const IN_A_NETWORK: &[&str] = &["projectID", "regionID", "networkID"];

family!(Rules, "region:securitygroups:v2", "securityGroupID", IN_A_NETWORK);
family!(Machine, "region:servers", "serverID", IN_A_NETWORK);
family!(Balancer, "region:loadbalancers:v2", "loadBalancerID", IN_A_NETWORK);
family!(Volume, "region:filestorage:v2", "filestorageID", &["projectID", "regionID"]);
family!(PublicKey, "region:sshcertificateauthorities:v2", "sshCertificateAuthorityID", &["projectID"]);
