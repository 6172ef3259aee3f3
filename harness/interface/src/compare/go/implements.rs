//! Which types no longer are of an interface that stayed as it was.

use std::collections::{BTreeMap, BTreeSet};

use super::Comparison;
use super::written::{last, owner};
use crate::diff::{Change, What};
use crate::model::Fact;

impl<'a> Comparison<'a> {
    /// Adds, for each type that lost or changed a method, the interfaces that it fitted into and fits into no more. An
    /// interface that demands something else now says so itself.
    pub(super) fn implementations_lost(&self, changes: &mut Vec<Change<'a>>) {
        let mut broken: BTreeMap<&'a str, BTreeSet<&'a str>> = BTreeMap::new();
        let touched = |change: &Change<'a>| match change.what() {
            What::Removed => true,
            What::Changed => {
                change.attributes.iter().any(|it| matches!(it.name, "params" | "results" | "receiver"))
            }
            What::Added => false,
        };
        for fact in changes.iter().filter(|it| it.kind == "method" && touched(it)).filter_map(|it| it.old) {
            broken.entry(owner(&fact.key)).or_default().insert(last(&fact.key));
        }
        for (key, methods) in broken {
            let lost = self.lost(key, &methods);
            let (Some(old), Some(new)) = (self.old.type_(key), self.new.type_(self.names.now(key))) else {
                continue;
            };
            if lost.is_empty() {
                continue;
            }
            let root = format!(
                "{key} is not what it was: {}",
                methods.iter().copied().collect::<Vec<_>>().join(", ")
            );
            let root = changes
                .iter()
                .find_map(|it| (owner(&it.key) == key).then(|| it.note("root").map(str::to_owned))?)
                .unwrap_or(root);
            for change in
                changes.iter_mut().filter(|it| it.kind == "method" && owner(&it.key) == key && touched(it))
            {
                change.notes.entry("root".into()).or_insert_with(|| root.clone());
            }
            let notes = [("implements-lost".into(), lost.join(", ")), ("root".into(), root)].into();
            changes.push(Change {
                kind: "type".into(),
                key: key.into(),
                old: Some(old),
                new: Some(new),
                attributes: Vec::new(),
                notes,
            });
        }
        changes.sort_by(|one, other| (&one.key, &one.kind).cmp(&(&other.key, &other.kind)));
    }

    fn lost(&self, key: &str, methods: &BTreeSet<&str>) -> Vec<&'a str> {
        let plain =
            |fact: &Fact| fact.attribute("typeparams").is_none() && fact.attribute("unexported").is_none();
        if !self.old.type_(key).is_some_and(plain) {
            return Vec::new();
        }
        let now = self.names.now(key);
        let (value, pointer) = ((key.to_owned(), now.to_owned()), (format!("*{key}"), format!("*{now}")));
        let fits = |interface: &str, (old, new): &(String, String)| {
            self.old.assignable(old, interface) && !self.new.assignable(new, self.names.now(interface))
        };
        let interfaces = self.old.types().filter(|(_, fact)| {
            fact.kind == "type" && fact.attribute("form") == Some("interface") && plain(fact)
        });
        interfaces
            .filter(|(name, _)| self.old.members(name).iter().any(|it| methods.contains(last(&it.key))))
            .filter(|(name, _)| self.demands_the_same(name))
            .filter(|(name, _)| fits(name, &value) || fits(name, &pointer))
            .map(|(name, _)| name)
            .collect()
    }

    fn demands_the_same(&self, interface: &str) -> bool {
        let (old, new) = (self.old.members(interface), self.new.members(self.names.now(interface)));
        let same = |old: &&'a Fact| {
            let now = new.iter().find(|it| last(&it.key) == last(&old.key));
            now.is_some_and(|now| {
                ["params", "results"].iter().all(|name| {
                    self.names.same(
                        old.attribute(name).unwrap_or_default(),
                        now.attribute(name).unwrap_or_default(),
                    )
                })
            })
        };
        old.len() == new.len() && old.iter().all(same)
    }
}
