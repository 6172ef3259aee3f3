//! What is known about differences of Rust interfaces.
//!
//! * `renames`: an item is the same under any of its paths
//! * `tree`: what goes with something that went, what nobody promised
//! * `functions`: arguments that take more, results that promise more
//! * `bounds`: demands that follow from others
//! * `impls`: implementations that others cover
//! * `dependencies`: what another line of an exposed dependency does to everything that shows it

mod bounds;
mod dependencies;
mod functions;
mod impls;
mod renames;
mod tree;
pub(crate) mod words;

use crate::diff::Change;
use crate::model::Interface;

/// What rules are to see of what differs.
pub(super) fn relate<'a>(
    old: &'a Interface,
    new: &'a Interface,
    changes: Vec<Change<'a>>,
) -> Vec<Change<'a>> {
    // What is asked of a trait that nobody can name is nobody's to meet.
    let changes = changes.into_iter().filter(|change| change.kind != "unnamed-bound").collect();
    let renames = renames::Renames::between(old, new);
    let changes = renames.apply(changes);
    let changes = tree::prune(old, new, changes);
    let changes = bounds::relate(old, new, changes);
    let changes = changes.into_iter().map(|it| tree::note(old, functions::note(new, it))).collect();
    let changes = impls::relate(old, changes);
    let mut changes = dependencies::relate(old, new, changes);
    changes.sort_by(|one, other| (&one.key, &one.kind).cmp(&(&other.key, &other.kind)));
    changes
}
