//! Servers as region's first API makes and says them: of a service principal, from an image that is there.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::acl::Operation;
use crate::api::body::Id;
use crate::api::metadata::{Status, Written, say};
use crate::api::networks::Prefix;
use crate::api::projects::{Named, allowed};
use crate::api::servers::{BY_PRINCIPAL, read_user_data};
use crate::api::{Answered, Call, Reply, body, images, tenancy};
use crate::middleware::envelope::Refusal;
use crate::middleware::path_parameters;
use crate::store::Verb;
use crate::store::model::{CloudIdentity, Network};
use crate::store::placed::{Machine, Place, Placed, Server, Source};

pub(super) const ENDPOINT: &str = "region:servers";
pub(super) const PARAMETER: &str = "serverID";

#[derive(Debug, Deserialize)]
struct Write {
    metadata: Written,
    spec: Spec,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Spec {
    flavor_id: Id,
    image_id: Id,
    networks: Vec<WrittenNetwork>,
    #[serde(default, rename = "publicIPAllocation")]
    public_ip: Option<PublicIp>,
    #[serde(default)]
    security_groups: Option<Vec<Reference>>,
    #[serde(default)]
    user_data: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WrittenNetwork {
    id: String,
    #[serde(default)]
    allowed_address_pairs: Option<Vec<Pair>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Pair {
    cidr: String,
    #[serde(default)]
    mac_address: Option<String>,
}

#[derive(Debug, Deserialize)]
struct PublicIp {
    enabled: bool,
}

#[derive(Debug, Deserialize)]
struct Reference {
    id: String,
}

pub(super) fn list(call: &mut Call<'_>) -> Answered {
    let mut listed: Vec<Server> = tenancy::first_list(call, ENDPOINT)?;
    tenancy::retain_tagged(call, &mut listed)?;
    Ok(Reply::json(200, listed.iter().map(one).collect()).cacheable())
}

pub(super) fn create(call: &mut Call<'_>) -> Answered {
    let named = allowed(call, ENDPOINT, Operation::Create)?;
    let write = read_body(call)?;
    let place = place(call, &named, &write)?;
    let machine = write.spec.machine(call, &named)?;
    let meta = write.metadata.create(call);
    let made = Placed { meta, place, allocation: None, spec: machine, holders: Vec::new() };
    Ok(Reply::json(201, one(&call.store.create(made)?)).cacheable())
}

pub(super) fn read(call: &mut Call<'_>) -> Answered {
    Ok(Reply::json(200, one(&tenancy::first_get(call, ENDPOINT, PARAMETER)?)).cacheable())
}

/// Who may make a server may update it: so the service asks.
pub(super) fn update(call: &mut Call<'_>) -> Answered {
    let named = allowed(call, ENDPOINT, Operation::Create)?;
    let write = read_body(call)?;
    let place = place(call, &named, &write)?;
    let id = call.parameter(PARAMETER);
    let current: Server = tenancy::owned(call, &named, &id)?;
    let machine = write.spec.machine(call, &named)?;
    let meta = write.metadata.amend(call, &current.meta);
    let written = call.store.write(Verb::Patch, Placed { meta, place, spec: machine, ..current })?;
    Ok(Reply::json(202, one(&written)).cacheable())
}

pub(super) fn delete(call: &mut Call<'_>) -> Answered {
    tenancy::first_delete::<Server>(call, ENDPOINT, PARAMETER)
}

fn read_body(call: &Call<'_>) -> Result<Write, Refusal> {
    let write: Write = body::read(call.body)?;
    write.spec.user_data.as_deref().map(read_user_data).transpose()?;
    Ok(write)
}

/// Where it is, once its service principal and its image have been found.
fn place(call: &mut Call<'_>, named: &Named, write: &Write) -> Result<Place, Refusal> {
    let owner = call.parameter("identityID");
    let owner: CloudIdentity = tenancy::owned(call, named, &owner)?;
    if !images::is_available(call, &owner.region, &named.organization, &write.spec.image_id.0)? {
        return Err(Refusal::not_found());
    }
    Ok(Place {
        organization: named.organization.clone(),
        project: named.project.clone(),
        region: Some(owner.region),
        cloud_identity: Some(owner.meta.id),
        network: None,
        v2: false,
    })
}

impl Spec {
    fn machine(self, call: &mut Call<'_>, named: &Named) -> Result<Machine, Refusal> {
        let id = |text: &str| path_parameters::id(text).ok_or_else(Refusal::internal);
        let first = self.networks.into_iter().next().ok_or_else(Refusal::internal)?;
        let _: Network = tenancy::owned(call, named, &first.id)?;
        let groups = self.security_groups.map(|groups| groups.iter().map(|group| id(&group.id)).collect());
        // Pairs without a readable prefix are left out.
        let sources = first.allowed_address_pairs.into_iter().flatten().filter_map(|pair| {
            let prefix = Prefix::parse(&pair.cidr)?.to_string();
            Some(Source { prefix, mac: pair.mac_address.filter(|mac| !mac.is_empty()) })
        });
        Ok(Machine {
            flavor: self.flavor_id.0,
            image: self.image_id.0,
            network: id(&first.id)?,
            sources: sources.collect(),
            public_ip: self.public_ip.map(|it| it.enabled),
            security_groups: groups.transpose()?,
            ssh_certificate_authority: None,
            ssh_injection: BY_PRINCIPAL.to_owned(),
            infrastructure: None,
            user_data: self.user_data,
        })
    }
}

fn one(server: &Server) -> Value {
    let machine = &server.spec;
    let mut network = json!({ "id": machine.network });
    if !machine.sources.is_empty() {
        network["allowedAddressPairs"] = machine.sources.iter().map(pair).collect();
    }
    let mut spec = Map::new();
    spec.insert("flavorId".to_owned(), json!(machine.flavor));
    spec.insert("imageId".to_owned(), json!(machine.image));
    spec.insert("networks".to_owned(), json!([network]));
    let public = machine.public_ip.map(|enabled| json!({ "enabled": enabled }));
    spec.extend(public.map(|public| ("publicIPAllocation".to_owned(), public)));
    let groups = machine.security_groups.iter();
    spec.extend(groups.map(|ids| {
        let groups: Vec<Value> = ids.iter().map(|id| json!({ "id": id })).collect();
        ("securityGroups".to_owned(), json!(groups))
    }));
    spec.extend(machine.user_data.iter().map(|data| ("userData".to_owned(), json!(data))));
    json!({
        "metadata": say(&server.meta, Status::Pending, &tenancy::scope(&server.place)),
        "spec": spec,
        "status": {},
    })
}

fn pair(source: &Source) -> Value {
    let mut pair = json!({ "cidr": source.prefix });
    if let Some(mac) = &source.mac {
        pair["macAddress"] = json!(mac);
    }
    pair
}
