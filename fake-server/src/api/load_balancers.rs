//! Load balancers: charged to the network's project when they are made, and charged anew when a public address comes
//! or goes.

use serde::Deserialize;
use serde_json::{Value, json};
use std::net::Ipv4Addr;

use crate::acl::Operation;
use crate::api::balancer_listeners::{self as listeners, WrittenListener};
use crate::api::body::Id;
use crate::api::charging::{self, Resource};
use crate::api::metadata::{Status, Written, say};
use crate::api::networks::Prefix;
use crate::api::tenancy::{self, InUse};
use crate::api::{Answered, Call, Reply, body, network_creation, or_conflict};
use crate::middleware::envelope::Refusal;
use crate::store::Verb;
use crate::store::model::Network;
use crate::store::placed::{Balancer, LoadBalancer, Placed};

/// What a load balancer is to the ledger.
const RESOURCE: &str = "loadbalancers.region.unikorn-cloud.org";

#[derive(Debug, Deserialize)]
struct Create {
    metadata: Written,
    spec: CreateSpec,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CreateSpec {
    network_id: Id,
    #[serde(default)]
    vip_address: Option<String>,
    #[serde(default, rename = "publicIP")]
    public_ip: Option<bool>,
    listeners: Vec<WrittenListener>,
}

#[derive(Debug, Deserialize)]
struct Update {
    metadata: Written,
    spec: Spec,
}

#[derive(Debug, Deserialize)]
struct Spec {
    #[serde(default, rename = "publicIP")]
    public_ip: Option<bool>,
    listeners: Vec<WrittenListener>,
}

pub(super) fn list(call: &mut Call<'_>) -> Answered {
    tenancy::list(call, one)
}

pub(super) fn create(call: &mut Call<'_>) -> Answered {
    let Create { metadata, spec } = body::read(call.body)?;
    let (network, principal) = tenancy::beneath::<LoadBalancer>(call, &spec.network_id.0)?;
    let address = spec.vip_address.as_deref().map(|text| requested_address(text, &network)).transpose()?;
    let balancer = Balancer {
        address,
        public_ip: spec.public_ip.unwrap_or_default(),
        listeners: listeners::read(&spec.listeners)?,
    };
    let mut call = call.acting_for(&principal);
    let call = &mut call;
    let meta = metadata.create(call);
    let charged = charging::to(&principal)?;
    let resource = Resource { kind: RESOURCE, id: &meta.id };
    let allocation = charging::charge(call, &charged, resource, &amounts(&balancer))?;
    let place = tenancy::place_in(&network);
    let made =
        Placed { meta, place, allocation: Some(allocation.clone()), spec: balancer, holders: Vec::new() };
    let made = call.store.create(made).inspect_err(|_| {
        // What cannot be taken back stays; the service logs it and tells nobody.
        let _ = charging::release(call, &charged, &allocation);
    })?;
    Ok(Reply::json(201, one(&made)).cacheable())
}

pub(super) fn read(call: &mut Call<'_>) -> Answered {
    Ok(Reply::json(200, one(&tenancy::get(call)?)).cacheable())
}

pub(super) fn update(call: &mut Call<'_>) -> Answered {
    let write: Update = body::read(call.body)?;
    let current: LoadBalancer = tenancy::get_for(call, Operation::Update)?;
    if current.meta.deleting.is_some() {
        return Err(Refusal::unprocessable("load balancer is being deleted"));
    }
    let network = current.place.network.clone().unwrap_or_default();
    let network: Network = tenancy::find(call, &network)?;
    let balancer = Balancer {
        address: current.spec.address.clone(),
        public_ip: write.spec.public_ip.unwrap_or_default(),
        listeners: listeners::read(&write.spec.listeners)?,
    };
    listeners::check_unchanged(&current.spec.listeners, &balancer.listeners)?;
    let principal = network_creation::enriched(call.principal, &network.organization, &network.project);
    let mut call = call.acting_for(&principal);
    let call = &mut call;
    let meta = write.metadata.amend(call, &current.meta);

    let charged = charging::of(&current.meta, &current.place.organization, &current.place.project)?;
    let resource = Resource { kind: RESOURCE, id: &current.meta.id };
    let allocation = current.allocation.as_deref();
    charging::recharge(call, &charged, allocation, resource, &amounts(&balancer))?;
    let place = tenancy::place_in(&network);
    let changed = Placed { meta, place, spec: balancer, ..current.clone() };
    let written = call.store.write(Verb::Patch, changed).inspect_err(|_| {
        // As above.
        let _ = charging::recharge(call, &charged, allocation, resource, &amounts(&current.spec));
    });
    Ok(Reply::json(202, one(&written.map_err(or_conflict)?)).cacheable())
}

pub(super) fn delete(call: &mut Call<'_>) -> Answered {
    tenancy::delete::<LoadBalancer>(call, InUse::Deletable)
}

/// What a load balancer takes of the project's quotas.
fn amounts(balancer: &Balancer) -> Vec<(&'static str, i64)> {
    let public = balancer.public_ip.then_some(("publicips", 1));
    [("loadbalancers", 1)].into_iter().chain(public).collect()
}

fn requested_address(text: &str, network: &Network) -> Result<String, Refusal> {
    let address = text.parse::<Ipv4Addr>();
    let address = address
        .map_err(|_said_to_nobody| Refusal::invalid_request("vipAddress must be a valid IPv4 address"))?;
    let prefix = Prefix::parse(&network.prefix).ok_or_else(Refusal::internal)?;
    if prefix.contains(address) {
        Ok(address.to_string())
    } else {
        Err(Refusal::unprocessable("vipAddress must be within the selected network CIDR"))
    }
}

fn one(balancer: &LoadBalancer) -> Value {
    json!({
        "metadata": say(&balancer.meta, Status::Pending, &tenancy::scope(&balancer.place)),
        "spec": {
            "publicIP": balancer.spec.public_ip,
            "listeners": balancer.spec.listeners.iter().map(listeners::one).collect::<Vec<_>>(),
        },
        "status": {
            "regionId": balancer.place.region.as_deref().unwrap_or_default(),
            "networkId": balancer.place.network.as_deref().unwrap_or_default(),
        },
    })
}
