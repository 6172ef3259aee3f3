//! The mutants, one file for each part of the client.

mod allocations;
mod answers;
mod bodies;
mod context;
mod impersonation;
mod lifecycles;
mod limits;
mod middle;
mod principal;
mod redirects;
mod references;
mod repeats;
mod resource;
mod rotation;
mod secrets;
mod tokens;
mod transport;

use crate::Mutant;

/// Every table.
pub(crate) const ALL: &[&[Mutant]] = &[
    principal::TABLE,
    resource::TABLE,
    impersonation::TABLE,
    context::TABLE,
    references::TABLE,
    allocations::TABLE,
    bodies::TABLE,
    answers::TABLE,
    redirects::TABLE,
    transport::TABLE,
    secrets::TABLE,
    rotation::TABLE,
    limits::TABLE,
    middle::TABLE,
    tokens::TABLE,
];

/// Every table of mutants that show when something goes wrong, and not before.
pub(crate) const UNDER_FAULTS: &[&[Mutant]] = &[lifecycles::TABLE, repeats::TABLE];
