//! What is known about differences of what a client does.
//!
//! Requests and calls are told apart by their numbers in a case. Where there are more or fewer of them than before, what
//! has another number is another one: then only how many there are is told, and what differs before they part.

use std::collections::{BTreeMap, BTreeSet};

use crate::diff::{Change, What};
use crate::model::Interface;

/// What rules are to see of what differs.
pub(super) fn relate<'a>(
    _old: &'a Interface,
    _new: &'a Interface,
    changes: Vec<Change<'a>>,
) -> Vec<Change<'a>> {
    // A case that only one of them played says nothing of the other.
    let unplayed: BTreeSet<String> = changes
        .iter()
        .filter(|change| change.kind == "case" && change.what() != What::Changed)
        .map(|change| change.key.to_string())
        .collect();
    let mut parted: BTreeMap<(String, String), usize> = BTreeMap::new();
    for change in changes.iter().filter(|change| change.kind != "case") {
        let (case, number) = place(change);
        if change.what() != What::Changed || is_another(change) {
            let first = parted.entry((case.to_owned(), change.kind.to_string())).or_insert(number);
            *first = number.min(*first);
        }
    }
    let tells = |change: &Change<'a>| {
        let (case, number) = place(change);
        let first = parted.get(&(case.to_owned(), change.kind.to_string()));
        !unplayed.contains(case) && first.is_none_or(|first| number <= *first)
    };
    changes.into_iter().filter(|change| change.kind == "case" || tells(change)).map(rooted).collect()
}

/// The case that a change is in, and the number of what changed.
fn place<'c>(change: &'c Change<'_>) -> (&'c str, usize) {
    let (case, number) = change.key.rsplit_once('#').unwrap_or((&change.key, ""));
    (case, number.parse().unwrap_or_default())
}

/// Whether another request stands at this number.
fn is_another(change: &Change<'_>) -> bool {
    ["method", "target", "operation"].iter().any(|name| change.attribute(name).is_some())
}

/// Names what many cases have in common: what was done differently.
fn rooted(change: Change<'_>) -> Change<'_> {
    if change.what() != What::Changed || change.kind == "case" {
        return change;
    }
    let digests = ["values", "body", "tells", "connection"];
    let edits = change.attributes.iter().map(|it| {
        let value = |side: Option<&str>| side.unwrap_or("nothing").to_owned();
        if digests.contains(&it.name) {
            format!("other {}", it.name)
        } else {
            format!("{} {} → {}", it.name, value(it.old), value(it.new))
        }
    });
    let operation = change.new.and_then(|fact| fact.attribute("operation")).map(|it| format!(" of {it}"));
    let root =
        format!("{}{}: {}", change.kind, operation.unwrap_or_default(), edits.collect::<Vec<_>>().join(", "));
    change.noting("root", root)
}
