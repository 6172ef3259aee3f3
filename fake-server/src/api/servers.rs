//! Servers, as region's second API makes and says them: in a network, under an id that follows from their name.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::acl::Operation;
use crate::api::body::Id;
use crate::api::metadata::{Status, Written, say};
use crate::api::networks::Prefix;
use crate::api::tenancy::{self, InUse};
use crate::api::user_data::{self, Reader};
use crate::api::{Answered, Call, Reply, body, network_creation};
use crate::middleware::envelope::Refusal;
use crate::store::clock::named_id;
use crate::store::model::{Meta, Network};
use crate::store::placed::{Machine, Placed, SecurityGroup, Server, Source, SshCertificateAuthority};
use crate::store::{Verb, door};

/// Whose key opens a server.
const BY_AUTHORITY: &str = "ca";
pub(super) const BY_PRINCIPAL: &str = "identityKeypair";

#[derive(Debug, Deserialize)]
struct Create {
    metadata: Written,
    spec: CreateSpec,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CreateSpec {
    flavor_id: Id,
    image_id: Id,
    #[serde(default)]
    networking: Option<Networking>,
    #[serde(default)]
    user_data: Option<String>,
    network_id: Id,
    #[serde(default)]
    ssh_certificate_authority_id: Option<String>,
    #[serde(default)]
    ssh_injection: Option<String>,
    #[serde(default)]
    infrastructure_ref: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Update {
    metadata: Written,
    spec: Spec,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Spec {
    flavor_id: Id,
    image_id: Id,
    #[serde(default)]
    networking: Option<Networking>,
    #[serde(default)]
    user_data: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Networking {
    #[serde(default)]
    security_groups: Option<Vec<Id>>,
    #[serde(default, rename = "publicIP")]
    public_ip: Option<bool>,
    #[serde(default)]
    allowed_source_addresses: Option<Vec<String>>,
}

/// What never changes of a server.
struct Fixed {
    authority: Option<String>,
    injection: String,
    infrastructure: Option<String>,
}

pub(super) fn list(call: &mut Call<'_>) -> Answered {
    tenancy::list(call, one)
}

pub(super) fn create(call: &mut Call<'_>) -> Answered {
    let Create { metadata, spec } = body::read(call.body)?;
    let user_data = spec.user_data.as_deref().map(read_user_data).transpose()?;
    let (network, principal) = tenancy::beneath::<Server>(call, &spec.network_id.0)?;
    let fixed = spec.fixed()?;
    let reader = if fixed.authority.is_some() { Reader::Platform } else { Reader::Server };
    user_data::check(user_data.as_deref().unwrap_or_default(), reader)?;
    check_authority(call, &network, fixed.authority.as_deref())?;
    let networking = spec.networking.unwrap_or_default();
    check_security_groups(call, &network.meta.id, &networking)?;
    let spec = Spec {
        flavor_id: spec.flavor_id,
        image_id: spec.image_id,
        networking: None,
        user_data: spec.user_data,
    };
    let machine = spec.machine(&network, networking, fixed)?;

    let id = named_id(&network.meta.id, &metadata.name).ok_or_else(Refusal::internal)?;
    let meta = metadata.create(&mut call.acting_for(&principal));
    let meta = Meta { id, ..meta };
    let place = tenancy::place_in(&network);
    let made = Placed { meta, place, allocation: None, spec: machine, holders: Vec::new() };
    let made = call.store.create(made).map_err(|refusal| match refusal {
        door::Refusal::Exists => Refusal::conflict(),
        door::Refusal::Conflict | door::Refusal::Internal | door::Refusal::NotFound => Refusal::internal(),
    })?;
    Ok(Reply::json(201, one(&made)).cacheable())
}

pub(super) fn read(call: &mut Call<'_>) -> Answered {
    Ok(Reply::json(200, one(&tenancy::get(call)?)).cacheable())
}

pub(super) fn update(call: &mut Call<'_>) -> Answered {
    let Update { metadata, mut spec } = body::read(call.body)?;
    spec.user_data.as_deref().map(read_user_data).transpose()?;
    let current: Server = tenancy::get_for(call, Operation::Update)?;
    if current.meta.deleting.is_some() {
        return Err(Refusal::invalid_request("server is being deleted"));
    }
    if metadata.name != current.meta.name {
        return Err(Refusal::unprocessable("server names are immutable"));
    }
    let networking = spec.networking.take().unwrap_or_default();
    check_security_groups(call, current.place.network.as_deref().unwrap_or_default(), &networking)?;
    let network: Network = tenancy::find(call, &current.spec.network)?;
    let fixed = Fixed {
        authority: current.spec.ssh_certificate_authority.clone(),
        injection: current.spec.ssh_injection.clone(),
        infrastructure: current.spec.infrastructure.clone(),
    };
    let machine = spec.machine(&network, networking, fixed)?;
    let principal = network_creation::enriched(call.principal, &network.organization, &network.project);
    let meta = metadata.replace(&mut call.acting_for(&principal), &current.meta);
    let changed = Placed { meta, place: tenancy::place_in(&network), spec: machine, ..current };
    let written = call.store.write(Verb::Patch, changed)?;
    Ok(Reply::json(202, one(&written)).cacheable())
}

pub(super) fn delete(call: &mut Call<'_>) -> Answered {
    tenancy::delete::<Server>(call, InUse::Deletable)
}

/// What a server runs when it starts; what is no base64 is a malformed body.
pub(super) fn read_user_data(text: &str) -> Result<Vec<u8>, Refusal> {
    let malformed = |_said_to_nobody| Refusal::invalid_request("the request body is missing or malformed");
    STANDARD.decode(text).map_err(malformed)
}

fn check_authority(call: &mut Call<'_>, network: &Network, authority: Option<&str>) -> Result<(), Refusal> {
    let Some(authority) = authority else { return Ok(()) };
    let authority: SshCertificateAuthority = tenancy::find(call, authority)?;
    let there = (&network.organization, &network.project);
    if (&authority.place.organization, &authority.place.project) == there {
        return Ok(());
    }
    Err(Refusal::unprocessable(
        "sshCertificateAuthorityId must reference an SSH certificate authority in the same organization and project as the server",
    ))
}

fn check_security_groups(call: &mut Call<'_>, network: &str, networking: &Networking) -> Result<(), Refusal> {
    for Id(id) in networking.security_groups.iter().flatten() {
        let group: SecurityGroup = tenancy::find(call, id)?;
        if group.place.network.as_deref() != Some(network) {
            return Err(Refusal::unprocessable(
                "a referenced security group must belong to the same network as the server",
            ));
        }
    }
    Ok(())
}

impl CreateSpec {
    fn fixed(&self) -> Result<Fixed, Refusal> {
        let authority = self.ssh_certificate_authority_id.clone();
        let usual = if authority.is_some() { BY_AUTHORITY } else { BY_PRINCIPAL };
        let injection = self.ssh_injection.as_deref().unwrap_or(usual);
        let why = match (injection, authority.is_some()) {
            (BY_AUTHORITY, false) => Some("sshInjection ca requires sshCertificateAuthorityId"),
            (BY_PRINCIPAL, true) => {
                Some("sshInjection identityKeypair cannot be used with sshCertificateAuthorityId")
            }
            ("none", true) => Some("sshInjection none cannot be used with sshCertificateAuthorityId"),
            (BY_PRINCIPAL, false) if self.infrastructure_ref.is_some() => {
                Some("infrastructureRef cannot be used with sshInjection identityKeypair")
            }
            _ => None,
        };
        match why {
            Some(why) => Err(Refusal::unprocessable(why)),
            None => Ok(Fixed {
                authority,
                injection: injection.to_owned(),
                infrastructure: self.infrastructure_ref.clone(),
            }),
        }
    }
}

impl Spec {
    fn machine(self, network: &Network, networking: Networking, fixed: Fixed) -> Result<Machine, Refusal> {
        let sources = networking.allowed_source_addresses.iter().flatten().map(|text| {
            let prefix = Prefix::parse(text).ok_or_else(|| {
                Refusal::unprocessable("allowedSourceAddresses must contain valid CIDR prefixes")
            })?;
            Ok(Source { prefix: prefix.to_string(), mac: None })
        });
        let groups = networking.security_groups.filter(|groups| !groups.is_empty());
        Ok(Machine {
            flavor: self.flavor_id.0,
            image: self.image_id.0,
            network: network.meta.id.clone(),
            sources: sources.collect::<Result<_, Refusal>>()?,
            public_ip: networking.public_ip.filter(|public| *public),
            security_groups: groups.map(|groups| groups.into_iter().map(|Id(id)| id).collect()),
            ssh_certificate_authority: fixed.authority,
            ssh_injection: fixed.injection,
            infrastructure: fixed.infrastructure,
            user_data: self.user_data,
        })
    }
}

fn one(server: &Server) -> Value {
    let machine = &server.spec;
    let mut spec = Map::new();
    spec.insert("flavorId".to_owned(), json!(machine.flavor));
    spec.insert("imageId".to_owned(), json!(machine.image));
    spec.extend(networking(machine).map(|networking| ("networking".to_owned(), networking)));
    spec.extend(machine.user_data.iter().map(|data| ("userData".to_owned(), json!(data))));
    let mut status = Map::new();
    status.insert("regionId".to_owned(), json!(server.place.region));
    status.insert("networkId".to_owned(), json!(machine.network));
    status.insert("sshInjection".to_owned(), json!(machine.ssh_injection));
    let authority = machine.ssh_certificate_authority.iter();
    status.extend(authority.map(|id| ("sshCertificateAuthorityId".to_owned(), json!(id))));
    status.extend(machine.infrastructure.iter().map(|it| ("infrastructureRef".to_owned(), json!(it))));
    json!({
        "metadata": say(&server.meta, Status::Pending, &tenancy::scope(&server.place)),
        "spec": spec,
        "status": status,
    })
}

fn networking(machine: &Machine) -> Option<Value> {
    let mut said = Map::new();
    let groups = machine.security_groups.iter().filter(|groups| !groups.is_empty());
    said.extend(groups.map(|groups| ("securityGroups".to_owned(), json!(groups))));
    said.extend(machine.public_ip.map(|public| ("publicIP".to_owned(), json!(public))));
    if !machine.sources.is_empty() {
        let prefixes: Vec<&str> = machine.sources.iter().map(|source| source.prefix.as_str()).collect();
        said.insert("allowedSourceAddresses".to_owned(), json!(prefixes));
    }
    (!said.is_empty()).then_some(Value::Object(said))
}
