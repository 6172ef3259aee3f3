//! Allocations: the ledger that quotas are checked against.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::acl::Operation;
use crate::api::metadata::{self, Status, say};
use crate::api::projects::{Named, allowed};
use crate::api::{Answered, Call, Reply, body, keyed_allocations, or_conflict, or_not_found, quotas};
use crate::contract::Contract;
use crate::middleware::envelope::Refusal;
use crate::store::model::{Allocation, Amount, Meta, Project};
use crate::store::{Kind, Verb};

pub(super) const ENDPOINT: &str = "identity:allocations";

pub(super) type Write = metadata::Write<Spec>;

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Spec {
    pub(super) kind: String,
    pub(super) id: String,
    pub(super) allocations: Vec<WrittenAmount>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct WrittenAmount {
    pub(super) kind: String,
    pub(super) committed: i64,
    pub(super) reserved: i64,
}

pub(super) fn create(call: &mut Call<'_>) -> Answered {
    let named = allowed(call, ENDPOINT, Operation::Create)?;
    let write: Write = body::read(call.body)?;
    let known = match call.contract {
        Contract::Published => None,
        Contract::Keyed => keyed_allocations::known(call, &named, &write)?,
    };
    if let Some(known) = known {
        return Ok(Reply::json(200, one(&known)));
    }
    let made = make(call, &named, write)?;
    Ok(Reply::json(201, one(&made)))
}

pub(super) fn read(call: &mut Call<'_>) -> Answered {
    let named = allowed(call, ENDPOINT, Operation::Read)?;
    find_place(call, &named)?;
    let id = call.parameter("allocationID");
    Ok(Reply::json(200, one(&get(call, &named, &id)?)))
}

pub(super) fn update(call: &mut Call<'_>) -> Answered {
    let named = allowed(call, ENDPOINT, Operation::Update)?;
    let write: Write = body::read(call.body)?;
    let id = call.parameter("allocationID");
    Ok(Reply::json(200, one(&change(call, &named, &id, write)?)))
}

pub(super) fn delete(call: &mut Call<'_>) -> Answered {
    let named = allowed(call, ENDPOINT, Operation::Delete)?;
    remove(call, &named, &call.parameter("allocationID"))?;
    Ok(Reply::done(202))
}

/// Enters a row, unless that would pass a limit. Nothing here keeps a resource from having two.
pub(super) fn make(call: &mut Call<'_>, named: &Named, write: Write) -> Result<Allocation, Refusal> {
    find_place(call, named)?;
    let meta = write.metadata.clone().create(call);
    let candidate = generate(named, meta, write);
    quotas::check_allocation(call, &named.organization, &candidate)?;
    Ok(call.store.create(candidate)?)
}

/// Replaces what a row says, unless that would pass a limit.
pub(super) fn change(
    call: &mut Call<'_>,
    named: &Named,
    id: &str,
    write: Write,
) -> Result<Allocation, Refusal> {
    find_place(call, named)?;
    let current = get(call, named, id)?;
    let mut meta = write.metadata.clone().replace(call, &current.meta);
    meta.modified = Some(call.now);
    let changed = generate(named, meta, write);
    quotas::check_allocation(call, &named.organization, &changed)?;
    call.store.write(Verb::Patch, changed).map_err(or_conflict)
}

/// Strikes a row out.
pub(super) fn remove(call: &mut Call<'_>, named: &Named, id: &str) -> Result<(), Refusal> {
    find_place(call, named)?;
    let belongs = |allocation: &Allocation| allocation.project == named.project;
    call.store.delete(call.now, id, belongs).map_err(or_not_found)
}

/// Rows are kept where their project is; a project that has no place, or is of another organization, is trouble.
pub(super) fn find_place(call: &mut Call<'_>, named: &Named) -> Result<(), Refusal> {
    call.store.ask(Verb::List, Kind::Place)?;
    let project: Option<&Project> = call.store.projects.get(&named.project);
    let found =
        project.is_some_and(|project| project.provisioned && project.organization == named.organization);
    if found { Ok(()) } else { Err(Refusal::internal()) }
}

fn get(call: &mut Call<'_>, named: &Named, id: &str) -> Result<Allocation, Refusal> {
    let allocation: Allocation = call.store.get(id).map_err(or_not_found)?;
    if allocation.project == named.project { Ok(allocation) } else { Err(Refusal::not_found()) }
}

fn generate(named: &Named, meta: Meta, write: Write) -> Allocation {
    let amounts = write.spec.allocations.into_iter().map(|amount| Amount {
        kind: amount.kind,
        committed: amount.committed,
        reserved: amount.reserved,
    });
    Allocation {
        meta,
        organization: named.organization.clone(),
        project: named.project.clone(),
        resource_kind: write.spec.kind,
        resource_id: write.spec.id,
        amounts: amounts.collect(),
    }
}

pub(super) fn one(allocation: &Allocation) -> Value {
    let scope =
        [("organizationId", allocation.organization.as_str()), ("projectId", allocation.project.as_str())];
    let amounts = allocation.amounts.iter().map(
        |amount| json!({ "kind": amount.kind, "committed": amount.committed, "reserved": amount.reserved }),
    );
    json!({
        "metadata": say(&allocation.meta, Status::Immediate, &scope),
        "spec": {
            "kind": allocation.resource_kind,
            "id": allocation.resource_id,
            "allocations": amounts.collect::<Vec<_>>(),
        },
    })
}
