//! Security groups. The first API puts them under a service principal, the second one under a network; each says
//! ports in its own way.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::acl::Operation;
use crate::api::body::Id;
use crate::api::metadata::{Status, Written, say};
use crate::api::networks::Prefix;
use crate::api::projects::{Named, allowed};
use crate::api::tenancy::{self, InUse};
use crate::api::{Answered, Call, Reply, body, network_creation};
use crate::middleware::envelope::Refusal;
use crate::store::Verb;
use crate::store::model::{CloudIdentity, Network};
use crate::store::placed::{Place, Placed, Ports, Rule, Rules, SecurityGroup};

const FIRST: &str = "region:securitygroups";
const PARAMETER: &str = "securityGroupID";

#[derive(Debug, Deserialize)]
struct Create {
    metadata: Written,
    spec: CreateSpec,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CreateSpec {
    network_id: Id,
    rules: Vec<WrittenRule>,
}

#[derive(Debug, Deserialize)]
struct Update {
    metadata: Written,
    spec: Spec<WrittenRule>,
}

#[derive(Debug, Deserialize)]
struct FirstWrite {
    metadata: Written,
    spec: Spec<FirstRule>,
}

#[derive(Debug, Deserialize)]
struct Spec<R> {
    rules: Vec<R>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WrittenRule {
    direction: String,
    protocol: String,
    #[serde(default)]
    port: Option<u16>,
    #[serde(default)]
    port_max: Option<u16>,
    #[serde(default)]
    prefix: Option<String>,
}

#[derive(Debug, Deserialize)]
struct FirstRule {
    direction: String,
    protocol: String,
    #[serde(default)]
    port: Option<FirstPort>,
    #[serde(default)]
    cidr: Option<String>,
}

#[derive(Debug, Deserialize)]
struct FirstPort {
    #[serde(default)]
    number: Option<u16>,
    #[serde(default)]
    range: Option<FirstRange>,
}

#[derive(Debug, Deserialize)]
struct FirstRange {
    start: u16,
    end: u16,
}

pub(super) fn list(call: &mut Call<'_>) -> Answered {
    tenancy::list(call, one)
}

pub(super) fn create(call: &mut Call<'_>) -> Answered {
    let Create { metadata, spec } = body::read(call.body)?;
    let (network, principal) = tenancy::beneath::<SecurityGroup>(call, &spec.network_id.0)?;
    let rules = rules(&spec.rules, WrittenRule::read)?;
    let meta = metadata.create(&mut call.acting_for(&principal));
    let place = tenancy::place_in(&network);
    let made =
        call.store.create(Placed { meta, place, allocation: None, spec: rules, holders: Vec::new() })?;
    Ok(Reply::json(201, one(&made)).cacheable())
}

pub(super) fn read(call: &mut Call<'_>) -> Answered {
    Ok(Reply::json(200, one(&tenancy::get(call)?)).cacheable())
}

/// Who may delete a security group may update it: so the service asks.
pub(super) fn update(call: &mut Call<'_>) -> Answered {
    let write: Update = body::read(call.body)?;
    let current: SecurityGroup = tenancy::get_for(call, Operation::Delete)?;
    if current.meta.deleting.is_some() {
        return Err(Refusal::invalid_request("security group is being deleted"));
    }
    let network = current.place.network.clone().unwrap_or_default();
    let network: Network = tenancy::find(call, &network)?;
    let rules = rules(&write.spec.rules, WrittenRule::read)?;
    let principal = network_creation::enriched(call.principal, &network.organization, &network.project);
    let meta = write.metadata.replace(&mut call.acting_for(&principal), &current.meta);
    let changed = Placed { meta, place: tenancy::place_in(&network), spec: rules, ..current };
    let written = call.store.write(Verb::Patch, changed)?;
    Ok(Reply::json(202, one(&written)).cacheable())
}

pub(super) fn delete(call: &mut Call<'_>) -> Answered {
    let in_use = InUse::Refused("security group is in use and cannot be deleted");
    tenancy::delete::<SecurityGroup>(call, in_use)
}

pub(super) fn first_list(call: &mut Call<'_>) -> Answered {
    let mut listed: Vec<SecurityGroup> = tenancy::first_list(call, FIRST)?;
    tenancy::retain_tagged(call, &mut listed)?;
    Ok(Reply::json(200, listed.iter().map(first_one).collect()).cacheable())
}

pub(super) fn first_create(call: &mut Call<'_>) -> Answered {
    let named = allowed(call, FIRST, Operation::Create)?;
    let write: FirstWrite = body::read(call.body)?;
    let place = first_place(call, &named)?;
    let rules = rules(&write.spec.rules, FirstRule::read)?;
    let meta = write.metadata.create(call);
    let made =
        call.store.create(Placed { meta, place, allocation: None, spec: rules, holders: Vec::new() })?;
    Ok(Reply::json(201, first_one(&made)).cacheable())
}

pub(super) fn first_read(call: &mut Call<'_>) -> Answered {
    Ok(Reply::json(200, first_one(&tenancy::first_get(call, FIRST, PARAMETER)?)).cacheable())
}

/// What the first API updates is its own from then on.
pub(super) fn first_update(call: &mut Call<'_>) -> Answered {
    let named = allowed(call, FIRST, Operation::Update)?;
    let write: FirstWrite = body::read(call.body)?;
    let place = first_place(call, &named)?;
    let rules = rules(&write.spec.rules, FirstRule::read)?;
    let id = call.parameter(PARAMETER);
    let current: SecurityGroup = tenancy::owned(call, &named, &id)?;
    let meta = write.metadata.replace(call, &current.meta);
    let written = call.store.write(Verb::Patch, Placed { meta, place, spec: rules, ..current })?;
    Ok(Reply::json(202, first_one(&written)).cacheable())
}

pub(super) fn first_delete(call: &mut Call<'_>) -> Answered {
    tenancy::first_delete::<SecurityGroup>(call, FIRST, PARAMETER)
}

fn first_place(call: &mut Call<'_>, named: &Named) -> Result<Place, Refusal> {
    let id = call.parameter("identityID");
    let owner: CloudIdentity = tenancy::owned(call, named, &id)?;
    Ok(Place {
        organization: named.organization.clone(),
        project: named.project.clone(),
        region: Some(owner.region),
        cloud_identity: Some(owner.meta.id),
        network: None,
        v2: false,
    })
}

fn rules<R>(written: &[R], read: impl Fn(&R) -> Result<Rule, Refusal>) -> Result<Rules, Refusal> {
    written.iter().map(read).collect::<Result<Vec<_>, _>>().map(Rules)
}

fn prefix(written: Option<&str>) -> Result<Option<String>, Refusal> {
    let read = |text| Prefix::parse(text).map(|prefix| prefix.to_string());
    let read =
        written.map(|text| read(text).ok_or_else(|| Refusal::invalid_request("unable to parse prefix")));
    read.transpose()
}

/// Whether a protocol has ports.
fn has_ports(protocol: &str) -> bool {
    matches!(protocol, "tcp" | "udp")
}

impl WrittenRule {
    fn read(&self) -> Result<Rule, Refusal> {
        let prefix = prefix(self.prefix.as_deref())?;
        let ports = match (has_ports(&self.protocol), self.port, self.port_max) {
            (false, Some(_), _) => {
                return Err(Refusal::invalid_request("rule specified ports for a layer 3 protocol"));
            }
            (true, Some(first), Some(last)) if first >= last => {
                return Err(Refusal::invalid_request("rule must have a range where start < end"));
            }
            (true, Some(first), Some(last)) => Some(Ports::Range(first, last)),
            (true, Some(port), None) => Some(Ports::One(port)),
            (_, None, _) => None,
        };
        Ok(Rule { direction: self.direction.clone(), protocol: self.protocol.clone(), ports, prefix })
    }
}

impl FirstRule {
    fn read(&self) -> Result<Rule, Refusal> {
        let ports = self.port.as_ref().and_then(|port| match (port.number, &port.range) {
            (Some(number), _) => Some(Ports::One(number)),
            (None, Some(range)) => Some(Ports::Range(range.start, range.end)),
            (None, None) => None,
        });
        let prefix = prefix(self.cidr.as_deref())?;
        Ok(Rule { direction: self.direction.clone(), protocol: self.protocol.clone(), ports, prefix })
    }
}

fn one(group: &SecurityGroup) -> Value {
    let rules = group.spec.0.iter().map(|rule| {
        let mut said = said(rule);
        match rule.ports.filter(|_| has_ports(&rule.protocol)) {
            Some(Ports::One(port)) => said.extend([("port".to_owned(), json!(port))]),
            Some(Ports::Range(first, last)) => {
                said.extend([("port".to_owned(), json!(first)), ("portMax".to_owned(), json!(last))]);
            }
            None => {}
        }
        said.extend(rule.prefix.iter().map(|prefix| ("prefix".to_owned(), json!(prefix))));
        Value::Object(said)
    });
    json!({
        "metadata": metadata(group),
        "spec": { "rules": rules.collect::<Vec<_>>() },
        "status": {
            "regionId": group.place.region.as_deref().unwrap_or_default(),
            "networkId": group.place.network.as_deref().unwrap_or_default(),
        },
    })
}

fn first_one(group: &SecurityGroup) -> Value {
    let rules = group.spec.0.iter().map(|rule| {
        let mut said = said(rule);
        let port = rule.ports.map(|ports| match ports {
            Ports::One(port) => json!({ "number": port }),
            Ports::Range(start, end) => json!({ "range": { "start": start, "end": end } }),
        });
        said.extend(port.map(|port| ("port".to_owned(), port)));
        said.extend(rule.prefix.iter().map(|prefix| ("cidr".to_owned(), json!(prefix))));
        Value::Object(said)
    });
    json!({ "metadata": metadata(group), "spec": { "rules": rules.collect::<Vec<_>>() } })
}

fn said(rule: &Rule) -> Map<String, Value> {
    let both = [("direction", &rule.direction), ("protocol", &rule.protocol)];
    both.into_iter().map(|(name, value)| (name.to_owned(), json!(value))).collect()
}

fn metadata(group: &SecurityGroup) -> Value {
    say(&group.meta, Status::Pending, &tenancy::scope(&group.place))
}
