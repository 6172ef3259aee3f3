//! Holds the clients to the API's documents.

use plumbline_fake_server::contract::{Contract, document};
use plumbline_fake_server::exchange::Service;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::identity::{
    Allocation, AllocationWrite, Organization, OrganizationWrite, Project, ProjectWrite, Quotas, QuotasWrite,
};
use crate::region::{Network, NetworkCreate, NetworkUpdate};
use crate::rest::Operation;
use crate::{identity, references, region};

/// Which members of an object a sample has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Members {
    All,
    Required,
}

#[test]
fn operations_are_those_of_the_documents() {
    let ours = [
        (Service::Identity, identity::OPERATIONS),
        (Service::Identity, references::IDENTITY_OPERATIONS),
        (Service::Region, region::OPERATIONS),
        (Service::Region, references::REGION_OPERATIONS),
    ];
    for (service, operations) in ours {
        for operation in operations {
            is_declared(Contract::Published, service, operation);
        }
    }
    for operation in identity::KEYED_OPERATIONS {
        is_declared(Contract::Keyed, Service::Identity, operation);
    }
}

#[test]
fn bodies_are_those_of_the_documents() {
    use Service::{Identity, Region};
    answers::<Vec<Organization>>(Identity, "identity.organizations.list", 200);
    asks::<OrganizationWrite>(Identity, "identity.organizations.create");
    answers::<Organization>(Identity, "identity.organizations.create", 202);
    answers::<Organization>(Identity, "identity.organizations.read", 200);
    asks::<OrganizationWrite>(Identity, "identity.organizations.update");
    answers::<Vec<Project>>(Identity, "identity.projects.list", 200);
    asks::<ProjectWrite>(Identity, "identity.projects.create");
    answers::<Project>(Identity, "identity.projects.create", 202);
    answers::<Project>(Identity, "identity.projects.read", 200);
    asks::<ProjectWrite>(Identity, "identity.projects.update");
    answers::<Quotas>(Identity, "identity.quotas.read", 200);
    asks::<QuotasWrite>(Identity, "identity.quotas.update");
    answers::<Quotas>(Identity, "identity.quotas.update", 200);
    asks::<AllocationWrite>(Identity, "identity.allocations.create");
    answers::<Allocation>(Identity, "identity.allocations.create", 201);
    answers::<Allocation>(Identity, "identity.allocations.read", 200);
    asks::<AllocationWrite>(Identity, "identity.allocations.update");
    answers::<Allocation>(Identity, "identity.allocations.update", 200);
    answers::<Vec<Network>>(Region, "region.networks.list", 200);
    asks::<NetworkCreate>(Region, "region.networks.create");
    answers::<Network>(Region, "region.networks.create", 201);
    answers::<Network>(Region, "region.networks.read", 200);
    asks::<NetworkUpdate>(Region, "region.networks.update");
    answers::<Network>(Region, "region.networks.update", 202);
}

#[track_caller]
fn is_declared(contract: Contract, service: Service, ours: &Operation) {
    let name = ours.name;
    let declared = contract
        .document(service)
        .operations()
        .iter()
        .find(|declared| declared.template == ours.path && declared.method == ours.method.as_str())
        .unwrap_or_else(|| panic!("{name}: no document has it"));
    let mut statuses: Vec<u16> = declared.replies.keys().filter_map(|status| status.parse().ok()).collect();
    statuses.sort_unstable();
    let mut expected: Vec<u16> = ours.also.into_iter().chain([ours.success]).collect();
    expected.extend(ours.refusals);
    expected.sort_unstable();
    assert_eq!(expected, statuses, "{name}");
}

#[track_caller]
fn asks<T: Serialize + DeserializeOwned>(service: Service, id: &str) {
    let operation = document(service).operation(id).unwrap();
    let schema = &operation.body.as_ref().unwrap().content["application/json"];
    fits::<T>(id, &schema.source, |sample| schema.check(sample).unwrap());
}

#[track_caller]
fn answers<T: Serialize + DeserializeOwned>(service: Service, id: &str, status: u16) {
    let operation = document(service).operation(id).unwrap();
    let schema = &operation.replies[status.to_string().as_str()].content["application/json"];
    fits::<T>(id, &schema.source, |sample| schema.check(sample).unwrap());
}

/// A type fits a schema when it can say all that the schema has, no less than it requires, and no more.
#[track_caller]
fn fits<T: Serialize + DeserializeOwned>(id: &str, schema: &Value, check: impl Fn(&Value)) {
    for members in [Members::All, Members::Required] {
        let sample = sample(schema, members);
        check(&sample);
        let read: T = serde_json::from_value(sample.clone()).unwrap_or_else(|error| panic!("{id}: {error}"));
        assert_eq!(serde_json::to_value(read).unwrap(), sample, "{id}");
    }
    let whole = sample(schema, Members::Required);
    for member in members_of(&whole) {
        let mut lacking = whole.clone();
        let (parent, name) = member.rsplit_once('/').unwrap();
        lacking.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(name);
        assert!(serde_json::from_value::<T>(lacking).is_err(), "{id}: reads what lacks `{member}`");
    }
}

/// A value that fits a schema.
fn sample(schema: &Value, members: Members) -> Value {
    if let Some(values) = schema["enum"].as_array() {
        return values[0].clone();
    }
    match (schema["type"].as_str(), schema["format"].as_str()) {
        (Some("array"), _) => json!([sample(&schema["items"], members)]),
        (Some("integer"), _) => json!(7),
        (Some("string"), None) => json!("a"),
        (Some("string"), Some("uuid")) => json!("11111111-2222-4333-8444-555555555555"),
        (Some("string"), Some("date-time")) => json!("2026-01-02T03:04:05Z"),
        (Some("string"), Some("ipv4")) => json!("192.0.2.1"),
        (Some("string"), Some("hostname")) => json!("example.test"),
        (Some("object") | None, _) => Value::Object(object(schema, members)),
        other => panic!("no sample for {other:?}"),
    }
}

fn object(schema: &Value, members: Members) -> Map<String, Value> {
    let mut sampled = Map::new();
    for part in schema["allOf"].as_array().into_iter().flatten() {
        sampled.extend(object(part, members));
    }
    let required = |name: &str| {
        schema["required"].as_array().is_some_and(|required| required.iter().any(|one| one == name))
    };
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        if members == Members::All || required(name) {
            sampled.insert(name.clone(), sample(member, members));
        }
    }
    sampled
}

/// Every member of every object in a value, as JSON pointers.
fn members_of(value: &Value) -> Vec<String> {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(members) => members.iter().map(|(name, child)| (format!("/{name}"), child)).collect(),
        Value::Array(items) => {
            let within = items.iter().enumerate().flat_map(|(at, item)| {
                members_of(item).into_iter().map(move |member| format!("/{at}{member}"))
            });
            return within.collect();
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return Vec::new(),
    };
    let mut members = Vec::new();
    for (name, child) in children {
        members.extend(members_of(child).into_iter().map(|member| format!("{name}{member}")));
        members.push(name);
    }
    members
}
