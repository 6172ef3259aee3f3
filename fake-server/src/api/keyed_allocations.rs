//! Allocations keyed by what they are for: what the revision of ours does otherwise. See `docs/keyed-allocations.md`.

use crate::acl::Operation;
use crate::api::allocations::{ENDPOINT, Write, find_place, one};
use crate::api::metadata::WrittenTag;
use crate::api::projects::{Named, allowed};
use crate::api::{Answered, Call, Reply};
use crate::middleware::envelope::Refusal;
use crate::store::model::Allocation;

/// The project's rows; those of one kind of resource, or for one id, where the query names them.
pub(super) fn list(call: &mut Call<'_>) -> Answered {
    let named = allowed(call, ENDPOINT, Operation::Read)?;
    find_place(call, &named)?;
    let asked = |name: &str| call.target.query_values(name).into_iter().next();
    let (kind, id) = (asked("kind"), asked("id"));
    let mut rows = rows(call, &named)?;
    rows.retain(|row| {
        kind.as_ref().is_none_or(|kind| *kind == row.resource_kind)
            && id.as_ref().is_none_or(|id| *id == row.resource_id)
    });
    Ok(Reply::json(200, rows.iter().map(one).collect()))
}

/// The row that a creation would double; none: there is none yet. One that says something else is a conflict.
pub(super) fn known(
    call: &mut Call<'_>,
    named: &Named,
    write: &Write,
) -> Result<Option<Allocation>, Refusal> {
    find_place(call, named)?;
    let mut rows = rows(call, named)?;
    rows.retain(|row| row.resource_kind == write.spec.kind && row.resource_id == write.spec.id);
    if rows.is_empty() {
        return Ok(None);
    }
    // A ledger may have begun under the published contract, and hold several.
    match rows.into_iter().find(|row| says_the_same(row, write)) {
        Some(row) => Ok(Some(row)),
        None => Err(Refusal::conflict()),
    }
}

fn rows(call: &mut Call<'_>, named: &Named) -> Result<Vec<Allocation>, Refusal> {
    let mut rows = call.store.list::<Allocation>()?;
    rows.retain(|row| row.organization == named.organization && row.project == named.project);
    Ok(rows)
}

/// Whether a request asks for what a row has. In which order it names amounts does not matter, since those who build
/// it from a map name them in any; for whom it is made does not either, since it is tried again by a controller.
fn says_the_same(row: &Allocation, write: &Write) -> bool {
    let mut had: Vec<_> =
        row.amounts.iter().map(|it| (it.kind.as_str(), it.committed, it.reserved)).collect();
    let mut asked: Vec<_> =
        write.spec.allocations.iter().map(|it| (it.kind.as_str(), it.committed, it.reserved)).collect();
    had.sort_unstable();
    asked.sort_unstable();
    let tags = write.metadata.tags.as_ref().map(|tags| tags.iter().map(WrittenTag::kept).collect());
    had == asked
        && row.meta.name == write.metadata.name
        && row.meta.description == write.metadata.description
        && row.meta.tags == tags
}
