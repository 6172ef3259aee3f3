//! Region's networks (second API), and references to them.

use serde::Deserialize;
use serde_json::{Value, json};
use std::net::{IpAddr, Ipv4Addr};

use crate::acl::Operation;
use crate::api::metadata::{Status, Written, say};
use crate::api::{Answered, Call, Reply, body, network_creation, or_not_found, tenancy};
use crate::middleware::envelope::Refusal;
use crate::middleware::path_parameters;
use crate::store::Verb;
use crate::store::model::{CloudIdentity, Network, Reservations, Route};

const REFERENCES: &str = "region:networks:v2/references";

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Update {
    pub(super) metadata: Written,
    pub(super) spec: Spec,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Spec {
    pub(super) dns_nameservers: Vec<String>,
    #[serde(default)]
    pub(super) routes: Option<Vec<WrittenRoute>>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct WrittenRoute {
    prefix: String,
    nexthop: String,
}

pub(super) fn list(call: &mut Call<'_>) -> Answered {
    tenancy::list(call, one)
}

pub(super) fn create(call: &mut Call<'_>) -> Answered {
    let made = network_creation::create(call)?;
    Ok(Reply::json(201, one(&made)).cacheable())
}

pub(super) fn read(call: &mut Call<'_>) -> Answered {
    Ok(Reply::json(200, one(&tenancy::get(call)?)).cacheable())
}

pub(super) fn update(call: &mut Call<'_>) -> Answered {
    let update: Update = body::read(call.body)?;
    let current: Network = tenancy::get_for(call, Operation::Update)?;
    if current.meta.deleting.is_some() {
        return Err(Refusal::invalid_request("network is being deleted"));
    }
    let (dns_nameservers, routes) = update.spec.read()?;
    let principal = network_creation::enriched(call.principal, &current.organization, &current.project);
    let meta = {
        let mut call = call.acting_for(&principal);
        update.metadata.replace(&mut call, &current.meta)
    };
    // An update writes the annotation anew, empty when there was none.
    let allocation = Some(current.allocation.clone().unwrap_or_default());
    let written =
        call.store.write(Verb::Patch, Network { meta, dns_nameservers, routes, allocation, ..current })?;
    Ok(Reply::json(202, one(&written)).cacheable())
}

pub(super) fn delete(call: &mut Call<'_>) -> Answered {
    let network: Network = tenancy::get_for(call, Operation::Delete)?;
    if network.meta.deleting.is_some() {
        return Ok(Reply::done(202).cacheable());
    }
    if tenancy::is_referred_to(&network) {
        return Err(Refusal::forbidden("network is in use and cannot be deleted"));
    }
    // What is deleted is the service principal; the network goes with it, in the platform's own time.
    let identity = path_parameters::id(&network.cloud_identity).ok_or_else(Refusal::internal)?;
    let owner: CloudIdentity = call.store.get(&identity).map_err(or_not_found)?;
    if (&owner.organization, &owner.project) != (&network.organization, &network.project) {
        return Err(Refusal::not_found());
    }
    call.store.delete::<CloudIdentity>(call.now, &identity, |_| true).map_err(or_not_found)?;
    Ok(Reply::done(202).cacheable())
}

pub(super) fn add_reference(call: &mut Call<'_>) -> Answered {
    let mut network: Network = tenancy::get(call)?;
    call.acl.allow_project(REFERENCES, Operation::Create, &network.organization, &network.project)?;
    if network.meta.deleting.is_some() {
        return Err(Refusal::invalid_request("unable to add reference, resource is being deleted"));
    }
    let reference = call.parameter("reference");
    if !network.holders.contains(&reference) {
        network.holders.push(reference);
        call.store.write(Verb::Update, network)?;
    }
    Ok(Reply::done(201))
}

pub(super) fn remove_reference(call: &mut Call<'_>) -> Answered {
    let mut network: Network = tenancy::get(call)?;
    call.acl.allow_project(REFERENCES, Operation::Delete, &network.organization, &network.project)?;
    let reference = call.parameter("reference");
    if network.holders.contains(&reference) {
        network.holders.retain(|holder| *holder != reference);
        call.store.write(Verb::Update, network)?;
    }
    Ok(Reply::done(204))
}

impl Spec {
    /// Addresses and routes in the spelling in which they are kept.
    pub(super) fn read(&self) -> Result<(Vec<String>, Vec<Route>), Refusal> {
        let routes = self.routes.iter().flatten().map(|route| {
            let prefix = Prefix::parse(&route.prefix);
            let prefix = prefix.ok_or_else(|| Refusal::invalid_request("failed to parse route prefix"))?;
            let next_hop = route.nexthop.parse::<IpAddr>();
            let next_hop = next_hop
                .map_err(|_said_to_nobody| Refusal::invalid_request("failed to parse route next-hop"))?;
            Ok(Route { prefix: prefix.to_string(), next_hop: next_hop.to_canonical().to_string() })
        });
        Ok((addresses(&self.dns_nameservers)?, routes.collect::<Result<_, Refusal>>()?))
    }
}

/// Addresses in the spelling in which they are kept.
pub(super) fn addresses(written: &[String]) -> Result<Vec<String>, Refusal> {
    let kept = written.iter().map(|text| {
        let address = text.parse::<IpAddr>().map(|address| address.to_canonical().to_string());
        address.map_err(|_said_to_nobody| Refusal::invalid_request("unable to parse IPv4 address"))
    });
    kept.collect()
}

/// An IPv4 network; bits beyond its length are dropped. Anything else that is a prefix is kept as such a one never
/// is: the service does not tell the two families apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Prefix {
    address: IpAddr,
    pub(super) length: u8,
}

impl Prefix {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (address, length) = text.split_once('/')?;
        let plain =
            !length.is_empty() && length.len() <= 3 && length.bytes().all(|byte| byte.is_ascii_digit());
        let length: u8 = if plain { length.parse().ok()? } else { return None };
        let address = match address.parse::<IpAddr>().ok()? {
            IpAddr::V4(it) if length <= 32 => {
                let mask = u32::MAX.checked_shl(32 - u32::from(length)).unwrap_or(0);
                IpAddr::V4(Ipv4Addr::from(u32::from(it) & mask))
            }
            IpAddr::V6(it) if length <= 128 => {
                let mask = u128::MAX.checked_shl(128 - u32::from(length)).unwrap_or(0);
                IpAddr::V6((u128::from(it) & mask).into())
            }
            IpAddr::V4(_) | IpAddr::V6(_) => return None,
        };
        Some(Self { address, length })
    }
}

impl Prefix {
    /// Whether an address is in it.
    pub(super) fn contains(self, address: Ipv4Addr) -> bool {
        Self::parse(&format!("{address}/{}", self.length)) == Some(self)
    }
}

impl std::fmt::Display for Prefix {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.address, self.length)
    }
}

fn one(network: &Network) -> Value {
    /// What is kept back of a network that says nothing about it.
    const DEFAULT: Reservations = Reservations { prefix_length: 25, provider_prefix_length: Some(28) };

    let scope = [("organizationId", network.organization.as_str()), ("projectId", network.project.as_str())];
    let mut spec = json!({ "dnsNameservers": network.dns_nameservers });
    if !network.routes.is_empty() {
        let routes = network.routes.iter().map(|it| json!({ "prefix": it.prefix, "nexthop": it.next_hop }));
        spec["routes"] = routes.collect();
    }
    let kept = network.reservations.as_ref().unwrap_or(&DEFAULT);
    let mut reservations = json!({ "prefixLength": kept.prefix_length });
    if let Some(length) = kept.provider_prefix_length {
        reservations["providerReservedPrefixLength"] = json!(length);
    }
    json!({
        "metadata": say(&network.meta, Status::of(network.provisioned), &scope),
        "spec": spec,
        "status": { "regionId": network.region, "prefix": network.prefix, "reservations": reservations },
    })
}
