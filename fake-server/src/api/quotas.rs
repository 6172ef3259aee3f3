//! Quotas, and the rule that allocations are held to.

use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::acl::Operation;
use crate::api::metadata::Written;
use crate::api::{Answered, Call, Reply, body, or_conflict, organizations};
use crate::middleware::envelope::Refusal;
use crate::store::model::{Allocation, Limit, Quota};
use crate::store::{Kind, Verb, door};

const ENDPOINT: &str = "identity:quotas";

#[derive(Debug, Deserialize)]
struct Write {
    quotas: Vec<WrittenLimit>,
}

#[derive(Debug, Deserialize)]
struct WrittenLimit {
    kind: String,
    quantity: i64,
}

pub(super) fn read(call: &mut Call<'_>) -> Answered {
    let id = call.parameter("organizationID");
    call.acl.allow_organization(ENDPOINT, Operation::Read, &id)?;
    let effective = effective(call, &id)?;
    Ok(Reply::json(200, say(call, &id, &effective.limits)?))
}

pub(super) fn update(call: &mut Call<'_>) -> Answered {
    let id = call.parameter("organizationID");
    call.acl.allow_organization(ENDPOINT, Operation::Update, &id)?;
    let write: Write = body::read(call.body)?;
    let limits: Vec<Limit> =
        write.quotas.into_iter().map(|limit| Limit { kind: limit.kind, quantity: limit.quantity }).collect();

    let organization = organizations::get(call, &id)?;
    let effective =
        effective(call, &id).map_err(|_whatever| Refusal::invalid_request("unnable to read quota"))?;
    let written = match effective.object {
        None => {
            let meta = Written::unnamed().create(call);
            let made = Quota { meta, organization: id.clone(), limits };
            let refused = || Refusal::invalid_request("unnable to create quota");
            if !organization.provisioned {
                return Err(refused());
            }
            call.store.create(made).map_err(|_whatever| refused())?
        }
        Some(current) => {
            let meta = Written::unnamed().replace(call, &current.meta);
            check(call, &id, &limits, None)?;
            call.store.write(Verb::Patch, Quota { meta, limits, ..current }).map_err(or_conflict)?
        }
    };
    Ok(Reply::json(200, say(call, &id, &written.limits)?))
}

/// Refuses when the organization's allocations, the candidate among them, would pass a limit.
pub(super) fn check_allocation(call: &mut Call<'_>, id: &str, candidate: &Allocation) -> Result<(), Refusal> {
    let effective = effective(call, id)?;
    check(call, id, &effective.limits, Some(candidate))
}

/// An organization's quota object, and the limits in force: where it does not name a kind, the default holds, and
/// kinds that are not known any more do not count.
struct Effective {
    object: Option<Quota>,
    limits: Vec<Limit>,
}

fn effective(call: &mut Call<'_>, id: &str) -> Result<Effective, door::Refusal> {
    let object = call.store.list::<Quota>()?.into_iter().find(|quota| quota.organization == id);
    call.store.ask(Verb::List, Kind::QuotaMetadata)?;
    let known = &call.world.quota_metadata;
    let mut limits = object.as_ref().map(|quota| quota.limits.clone()).unwrap_or_default();
    for (kind, &quantity) in known {
        if !limits.iter().any(|limit| limit.kind == *kind) {
            limits.push(Limit { kind: kind.clone(), quantity });
        }
    }
    limits.retain(|limit| known.contains_key(&limit.kind));
    Ok(Effective { object, limits })
}

fn check(
    call: &mut Call<'_>,
    id: &str,
    limits: &[Limit],
    candidate: Option<&Allocation>,
) -> Result<(), Refusal> {
    let mut rows = rows(call, id)?;
    if let Some(candidate) = candidate {
        rows.retain(|row| row.meta.id != candidate.meta.id);
        rows.push(candidate.clone());
    }
    for (kind, used) in used(&rows) {
        // Of two limits for one kind the later one counts.
        let limit = limits.iter().rev().find(|limit| limit.kind == kind);
        let total = used.committed.saturating_add(used.reserved);
        if let Some(limit) = limit.filter(|limit| total > limit.quantity) {
            let quantity = limit.quantity;
            return Err(Refusal::forbidden(format!(
                "total {kind} allocation of {total} would exceed quota limit of {quantity}"
            )));
        }
    }
    Ok(())
}

#[derive(Debug, Clone, Copy, Default)]
struct Used {
    committed: i64,
    reserved: i64,
}

/// How much of each kind is used, in the order in which kinds come up.
fn used(rows: &[Allocation]) -> IndexMap<String, Used> {
    let mut used = IndexMap::<String, Used>::new();
    for amount in rows.iter().flat_map(|row| &row.amounts) {
        let entry = used.entry(amount.kind.clone()).or_default();
        entry.committed = entry.committed.saturating_add(amount.committed);
        entry.reserved = entry.reserved.saturating_add(amount.reserved);
    }
    used
}

fn rows(call: &mut Call<'_>, id: &str) -> Result<Vec<Allocation>, door::Refusal> {
    let mut rows = call.store.list::<Allocation>()?;
    rows.retain(|row| row.organization == id);
    Ok(rows)
}

fn say(call: &mut Call<'_>, id: &str, limits: &[Limit]) -> Result<Value, Refusal> {
    call.store.ask(Verb::List, Kind::QuotaMetadata)?;
    let used = used(&rows(call, id)?);
    let mut limits: Vec<&Limit> = limits.iter().collect();
    limits.sort_by(|one, other| one.kind.cmp(&other.kind));
    let said = limits.into_iter().map(|limit| {
        // The service falls over a kind that it does not know.
        let default = call.world.quota_metadata.get(&limit.kind).ok_or_else(Refusal::fallen)?;
        let of = used.get(&limit.kind).copied().unwrap_or_default();
        let total = of.committed.saturating_add(of.reserved);
        Ok(json!({
            "kind": limit.kind,
            "quantity": limit.quantity,
            "used": total,
            "free": limit.quantity.saturating_sub(total),
            "committed": of.committed,
            "reserved": of.reserved,
            "displayName": capitalized(&limit.kind),
            "description": format!("All {}.", limit.kind),
            "default": default,
        }))
    });
    Ok(json!({ "quotas": said.collect::<Result<Vec<_>, Refusal>>()? }))
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
