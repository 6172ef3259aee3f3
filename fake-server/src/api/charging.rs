//! Entering what region makes into identity's ledger, as region does it: with its own certificate and the principal
//! of the request.

use crate::acl::{Acl, Operation};
use crate::api::Call;
use crate::api::allocations::{self, Spec, Write, WrittenAmount};
use crate::api::metadata::Written;
use crate::api::projects::Named;
use crate::middleware::access::{self, Asked};
use crate::middleware::authentication::Caller;
use crate::middleware::envelope::Refusal;
use crate::middleware::path_parameters;
use crate::middleware::principal::Principal;
use crate::store::model::Meta;

/// The common name of region's own certificate, with which it calls identity.
const REGION: &str = "unikorn-region";

/// What a row of the ledger is for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Resource<'a> {
    /// `<plural>.<group>`.
    pub(super) kind: &'a str,
    /// Its id.
    pub(super) id: &'a str,
}

/// Whom what is made for a principal is charged to: its organization and project.
pub(super) fn to(principal: &Principal) -> Result<Named, Refusal> {
    named(&principal.organization, &principal.project)
}

/// Whom what is there already is charged to: the principal for whom it was made, or else where it is.
pub(super) fn of(meta: &Meta, organization: &str, project: &str) -> Result<Named, Refusal> {
    let said = &meta.principal;
    named(said.organization.as_deref().unwrap_or(organization), said.project.as_deref().unwrap_or(project))
}

/// Enters a row, and says its id.
pub(super) fn charge(
    call: &mut Call<'_>,
    charged: &Named,
    resource: Resource<'_>,
    amounts: &[(&str, i64)],
) -> Result<String, Refusal> {
    allow(call, charged, Operation::Create)?;
    let caller = region();
    let made = allocations::make(&mut call.as_caller(&caller), charged, write(resource, amounts))?;
    Ok(made.meta.id)
}

/// Changes a row.
pub(super) fn recharge(
    call: &mut Call<'_>,
    charged: &Named,
    allocation: Option<&str>,
    resource: Resource<'_>,
    amounts: &[(&str, i64)],
) -> Result<(), Refusal> {
    let allocation = allocation.ok_or_else(Refusal::internal)?;
    allow(call, charged, Operation::Update)?;
    let caller = region();
    allocations::change(&mut call.as_caller(&caller), charged, allocation, write(resource, amounts))?;
    Ok(())
}

/// Strikes a row out.
pub(super) fn release(call: &mut Call<'_>, charged: &Named, allocation: &str) -> Result<(), Refusal> {
    allocations::remove(call, charged, allocation)
}

/// What identity lets region do for the caller.
pub(super) fn identity_acl(call: &mut Call<'_>, organization: &str) -> Result<Acl, Refusal> {
    let caller = region();
    let asked = Asked { caller: &caller, principal: call.principal, acting: call.acting, organization };
    access::compute(call.world, call.store, asked).map_err(|_why: access::Incomputable| Refusal::internal())
}

fn named(organization: &str, project: &str) -> Result<Named, Refusal> {
    let id = |text: &str| path_parameters::id(text).ok_or_else(Refusal::internal);
    Ok(Named { organization: id(organization)?, project: id(project)? })
}

fn allow(call: &mut Call<'_>, charged: &Named, operation: Operation) -> Result<(), Refusal> {
    let acl = identity_acl(call, &charged.organization)?;
    acl.allow_project(allocations::ENDPOINT, operation, &charged.organization, &charged.project)
}

fn region() -> Caller {
    Caller::system(REGION)
}

fn write(resource: Resource<'_>, amounts: &[(&str, i64)]) -> Write {
    let amounts = amounts.iter().map(|&(kind, committed)| WrittenAmount {
        kind: kind.to_owned(),
        committed,
        reserved: 0,
    });
    Write {
        metadata: Written::unnamed(),
        spec: Spec {
            kind: resource.kind.to_owned(),
            id: resource.id.to_owned(),
            allocations: amounts.collect(),
        },
    }
}
