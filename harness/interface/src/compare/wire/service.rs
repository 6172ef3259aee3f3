//! What is said of the service as a whole: versions, servers, groups and resources, references.

use crate::diff::Change;
use crate::model::{Fact, Interface};

/// Kinds that rules judge as they are.
const KINDS: [&str; 6] = ["info", "server", "security-scheme", "group-version", "resource", "ref"];

/// Adds what differs to what the operations differ in.
pub(super) fn compare<'a>(old: &'a Interface, new: &'a Interface, changes: &mut Vec<Change<'a>>) {
    let differs = !changes.is_empty();
    for kind in KINDS {
        let of = |interface: &'a Interface| interface.facts().iter().filter(move |fact| fact.kind == kind);
        for fact in of(old) {
            changes.extend(change(fact, new.fact(kind, &fact.key)));
        }
        let came = of(new).filter(|fact| old.fact(kind, &fact.key).is_none());
        changes.extend(came.filter_map(|fact| Change::between(None, Some(fact))));
    }
    if differs && changes.iter().all(|change| change.kind != "info") {
        changes.extend(unmoved(old, new));
    }
}

fn change<'a>(old: &'a Fact, new: Option<&'a Fact>) -> Option<Change<'a>> {
    let change = Change::between(Some(old), new).filter(|_| Some(old) != new)?;
    if old.kind != "info" {
        return Some(change);
    }
    let versions = (old.attribute("version")?, new?.attribute("version")?);
    Some(change.noting("direction", if older(versions.1, versions.0) { "back" } else { "on" }))
}

/// The version of a document that says something else and is still called the same.
fn unmoved<'a>(old: &'a Interface, new: &'a Interface) -> Option<Change<'a>> {
    let info = |interface: &'a Interface| interface.facts().iter().find(|fact| fact.kind == "info");
    let (old, new) = (info(old)?, info(new)?);
    let mut change =
        Change::between(Some(old), Some(new)).filter(|_| old.attribute("version") != Some(""))?;
    change.kind = "info-unmoved".into();
    Some(change)
}

/// Whether a version comes before another, by its numbers from left to right.
fn older(one: &str, other: &str) -> bool {
    let numbers = |text: &str| -> Vec<u64> {
        let release = text.trim_start_matches('v').split(['-', '+']).next().unwrap_or_default();
        release.split('.').map_while(|piece| piece.parse().ok()).collect()
    };
    let (one, other) = (numbers(one), numbers(other));
    !one.is_empty() && !other.is_empty() && one < other
}

#[cfg(test)]
mod tests {
    use super::older;

    #[test]
    fn versions_are_compared_by_number() {
        assert!(older("1.9.0", "1.10.0"));
        assert!(!older("v2.0", "1.9"));
        assert!(!older("unversioned", "1.0"));
        assert!(!older("1.1.4", "1.1.4"));
    }
}
