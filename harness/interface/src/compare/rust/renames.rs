//! An item is the same under any of its paths, whichever it is called by.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::words;
use crate::diff::{Change, What};
use crate::model::{Fact, Interface};

/// Sorts of facts that are items with paths of their own.
pub(super) const ITEMS: &[&str] = &[
    "alias",
    "attribute-macro",
    "const",
    "derive-macro",
    "enum",
    "fn",
    "macro",
    "mod",
    "static",
    "struct",
    "trait",
    "union",
];

/// What the new release calls differently, and which paths each release has.
pub(super) struct Renames<'a> {
    /// New names of items, and the old ones.
    names: BTreeMap<&'a str, &'a str>,
    old_paths: BTreeMap<&'a str, &'a str>,
    new_paths: BTreeMap<&'a str, &'a str>,
}

impl<'a> Renames<'a> {
    pub(super) fn between(old: &'a Interface, new: &'a Interface) -> Self {
        let (old_paths, new_paths) = (paths(old), paths(new));
        let new_items: BTreeSet<&str> = new_paths.values().copied().collect();
        let mut names = BTreeMap::new();
        for (path, item) in &new_paths {
            let Some(before) = old_paths.get(path).filter(|before| *before != item) else { continue };
            // It is called as before, or what was called so is still there under its own name.
            let taken = old_paths.get(item) == Some(item) || new_items.contains(before);
            if !taken && same_sort(old, before, new, item) {
                names.entry(*item).or_insert(*before);
            }
        }
        Self { names, old_paths, new_paths }
    }

    /// Changes that are left when everything is called as it was.
    pub(super) fn apply(&self, changes: Vec<Change<'a>>) -> Vec<Change<'a>> {
        let mut left = match self.names.is_empty() {
            true => changes,
            false => self.paired(changes),
        };
        left.retain(|change| !self.is_still_there(change));
        left.extend(self.gone());
        left.extend(self.came());
        left
    }

    fn paired(&self, changes: Vec<Change<'a>>) -> Vec<Change<'a>> {
        let mut gone: BTreeMap<(String, String), Change<'a>> = BTreeMap::new();
        let mut left = Vec::new();
        let mut came = Vec::new();
        for change in changes {
            match change.what() {
                What::Removed => drop(gone.insert((change.kind.to_string(), change.key.to_string()), change)),
                What::Added => came.push(change),
                What::Changed => left.extend(self.meaning(change)),
            }
        }
        for change in came {
            let place = (change.kind.to_string(), self.as_before(&change.key));
            match gone.remove(&place) {
                Some(before) => {
                    let pair = Change::between(before.old, change.new);
                    left.extend(
                        pair.map(|pair| Change { key: before.key, ..pair }).and_then(|it| self.meaning(it)),
                    );
                }
                None => left.push(change),
            }
        }
        left.extend(gone.into_values());
        left
    }

    /// A change without the attributes that only spell a name differently.
    fn meaning(&self, mut change: Change<'a>) -> Option<Change<'a>> {
        change.attributes.retain(|attribute| match (attribute.old, attribute.new) {
            (Some(old), Some(new)) => self.as_before(new) != old,
            _ => true,
        });
        (!change.attributes.is_empty()).then_some(change)
    }

    /// A text of the new release with the old one's names.
    fn as_before(&self, text: &str) -> String {
        words::paths(text, &|path| {
            let relative = path.strip_prefix("crate::");
            let name = relative.unwrap_or(path);
            let mut end = name.len();
            loop {
                if let Some(before) = self.names.get(&name[..end]) {
                    let krate = if relative.is_some() { "crate::" } else { "" };
                    return Some(format!("{krate}{before}{}", &name[end..]));
                }
                end = name[..end].rfind("::")?;
            }
        })
    }

    /// Whether a path came or went only as another name of something that has both.
    fn is_still_there(&self, change: &Change<'a>) -> bool {
        if change.kind != "path" {
            return false;
        }
        match change.what() {
            What::Removed => self.new_paths.contains_key(&*change.key),
            What::Added => self.old_paths.contains_key(&*change.key),
            What::Changed => change.attributes.is_empty(),
        }
    }

    /// Names by which items are called now, that were no paths before.
    fn came(&self) -> impl Iterator<Item = Change<'a>> {
        let came = self.names.keys().filter(|now| !self.old_paths.contains_key(**now));
        came.map(|now| Change { key: Cow::Borrowed(*now), old: None, new: Some(&*OWN), ..path() })
    }

    /// Names by which items were called, that are paths no more while the items are there under others.
    fn gone(&self) -> impl Iterator<Item = Change<'a>> {
        let gone = self.names.values().filter(|before| !self.new_paths.contains_key(**before));
        gone.map(|before| Change { key: Cow::Borrowed(*before), old: Some(&*OWN), new: None, ..path() })
    }
}

/// What stands for a path that is an item's own name.
static OWN: std::sync::LazyLock<Fact> = std::sync::LazyLock::new(|| Fact::new("path", "its own name"));

fn path<'a>() -> Change<'a> {
    let (kind, key) = (Cow::Borrowed("path"), Cow::Borrowed(""));
    Change { kind, key, old: None, new: None, attributes: Vec::new(), notes: BTreeMap::new() }
}

/// Every path of an interface, and the item that it leads to. An alias with nothing of its own is a path.
fn paths(interface: &Interface) -> BTreeMap<&str, &str> {
    let mut paths = BTreeMap::new();
    for fact in interface.facts() {
        let leads_to = match &*fact.kind {
            "path" => fact.attribute("item"),
            "alias" => alias_of(fact).or(Some(&fact.key)),
            kind if ITEMS.contains(&kind) => Some(fact.key.as_str()),
            _ => None,
        };
        if let Some(item) = leads_to {
            paths.insert(fact.key.as_str(), item);
        }
    }
    paths
}

/// The item of this crate that an alias is another name of.
pub(super) fn alias_of(fact: &Fact) -> Option<&str> {
    let target = fact.attribute("type")?.strip_prefix("crate::")?;
    let (path, args) = target.split_once('<').unwrap_or((target, ">"));
    let parameters = fact.attribute("generics").unwrap_or_default();
    (args == format!("{parameters}>") && !path.starts_with("_::")).then_some(path)
}

fn same_sort(old: &Interface, before: &str, new: &Interface, now: &str) -> bool {
    ITEMS.iter().any(|kind| old.fact(kind, before).is_some() && new.fact(kind, now).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::diff;
    use crate::text;

    fn interface(lines: &str) -> Interface {
        let mut lines: Vec<&str> = lines.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        lines.sort_unstable();
        let head = "# plumbline interface 1\n# language rust\n# name x\n";
        text::parse(&format!("{head}{}\n", lines.join("\n"))).expect("these are facts")
    }

    #[track_caller]
    fn left(old: &str, new: &str) -> Vec<String> {
        let (old, new) = (interface(old), interface(new));
        let changes = Renames::between(&old, &new).apply(diff(&old, &new));
        changes.iter().map(|change| format!("{} {} {}", change.what(), change.kind, change.key)).collect()
    }

    #[test]
    fn an_item_that_moved_and_left_its_path_has_not_changed() {
        let old = "struct a::B  shape=unit\nfn f  params=(crate::a::B)\nmethod a::B::m  returns=crate::a::B";
        let new = "struct c::B  shape=unit\npath a::B  item=c::B\nfn f  params=(crate::c::B)\n\
                   method c::B::m  returns=crate::c::B";
        assert_eq!(left(old, new), ["added path c::B"]);
        let alias = "struct c::B  shape=unit\nalias a::B  type=crate::c::B\nfn f  params=(crate::c::B)\n\
                     method c::B::m  returns=crate::c::B";
        assert_eq!(left(old, alias), ["added alias a::B", "added path c::B"]);
    }

    #[test]
    fn a_path_that_is_gone_is_told_once() {
        let old = "struct B  shape=unit\npath a::B  item=B\nmethod B::m  returns=u8";
        let new = "struct a::B  shape=unit\nmethod a::B::m  returns=u8";
        assert_eq!(left(old, new), ["removed path B"]);
        assert_eq!(
            left("struct B  shape=unit\npath a::B  item=B", "struct B  shape=unit"),
            ["removed path a::B"]
        );
    }
}
