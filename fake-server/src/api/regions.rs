//! Regions, and what a simulated one offers.

use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::OnceLock;

use crate::acl::Operation;
use crate::api::metadata::{Status, say};
use crate::api::{Answered, Call, Reply, or_not_found};
use crate::middleware::envelope::Refusal;
use crate::store::{Kind, Verb, seed};
use crate::world::Region;

const ENDPOINT: &str = "region:regions";

/// What every simulated region has. Facts of the platform, as recorded.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Simulated {
    flavors: Value,
    pub(super) images: Vec<Value>,
    external_networks: Value,
}

/// What every simulated region has, read once a process.
pub(super) fn simulated() -> &'static Simulated {
    static SIMULATED: OnceLock<Simulated> = OnceLock::new();
    SIMULATED.get_or_init(|| {
        serde_json::from_str(include_str!("../../simulated-region.json"))
            .expect("the embedded region is read by a test")
    })
}

pub(super) fn list(call: &mut Call<'_>) -> Answered {
    let organization = call.parameter("organizationID");
    call.acl.allow_organization(ENDPOINT, Operation::Read, &organization)?;
    call.store.ask(Verb::List, Kind::Region)?;
    let open = call.world.regions.iter().filter(|region| is_open(call, region));
    Ok(Reply::json(200, open.map(|region| one(call, region)).collect()))
}

pub(super) fn detail(call: &mut Call<'_>) -> Answered {
    let organization = call.parameter("organizationID");
    call.acl.allow_organization("region:regions/detail", Operation::Read, &organization)?;
    let id = call.parameter("regionID");
    let region = get(call, &id)?;
    Ok(Reply::json(200, one(call, region)))
}

pub(super) fn flavors(call: &mut Call<'_>) -> Answered {
    offered(call, "region:flavors", &simulated().flavors)
}

pub(super) fn external_networks(call: &mut Call<'_>) -> Answered {
    offered(call, "region:externalnetworks", &simulated().external_networks)
}

/// The region, if it is open to the caller: who may not use one does not learn that it exists.
pub(super) fn get<'w>(call: &mut Call<'w>, id: &str) -> Result<&'w Region, Refusal> {
    call.store.ask(Verb::Get, Kind::Region).map_err(or_not_found)?;
    let region = call.world.regions.iter().find(|region| region.id == id);
    region.filter(|region| is_open(call, region)).ok_or_else(Refusal::not_found)
}

fn offered(call: &mut Call<'_>, endpoint: &str, what: &Value) -> Answered {
    let organization = call.parameter("organizationID");
    call.acl.allow_organization(endpoint, Operation::Read, &organization)?;
    let id = call.parameter("regionID");
    get(call, &id)?;
    Ok(Reply::json(200, what.clone()).for_a_day())
}

/// Regions may be closed to all but some organizations, and to those who see all regions.
fn is_open(call: &Call<'_>, region: &Region) -> bool {
    let Some(members) = &region.organizations else { return true };
    let everywhere = call.acl.allow_global(ENDPOINT, Operation::Read).is_ok();
    everywhere || call.acl.organizations.iter().any(|organization| members.contains(&organization.id))
}

fn one(call: &Call<'_>, region: &Region) -> Value {
    let meta = seed::kept(call.world, &region.id, &region.name);
    json!({
        "metadata": say(&meta, Status::Immediate, &[]),
        "spec": { "type": "simulated", "features": { "physicalNetworks": false } },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_region_is_read() {
        assert_eq!(simulated().images.len(), 2);
    }
}
