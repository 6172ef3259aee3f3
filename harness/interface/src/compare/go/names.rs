//! Which names of the two sides mean the same type.

use std::collections::{BTreeMap, BTreeSet};

use super::world::{World, plain};
use super::written::{last, package, words};
use crate::model::Fact;

/// Pairs of an old and a new name that mean the same type, apart from names that stayed.
#[derive(Debug, Default)]
pub(super) struct Names<'a> {
    forward: BTreeMap<&'a str, &'a str>,
    pairs: BTreeSet<(&'a str, &'a str)>,
}

/// What of a fact holds types.
pub(super) const TYPED: [&str; 7] =
    ["type", "params", "results", "underlying", "target", "typeparams", "embeds"];

impl<'a> Names<'a> {
    /// Finds out.
    pub(super) fn of(old: &World<'a>, new: &World<'a>) -> Self {
        let mut names = Self::default();
        for (key, _) in old.types() {
            let Some(fact) = new.type_(key) else { continue };
            let (before, now) = (old.leads_to(key), new.leads_to(fact.key.as_str()));
            // A name that led to a type which still is another one has been split off from it.
            let split = is_standard(before) || (new.type_(before).is_some() && new.leads_to_itself(before));
            if before != now && !split {
                names.add(before, now);
            }
        }
        names.hidden(old, new);
        names
    }

    fn add(&mut self, old: &'a str, new: &'a str) {
        self.forward.entry(old).or_insert(new);
        self.pairs.insert((old, new));
    }

    /// Names that users cannot say may change: what stands in the same place is the same.
    fn hidden(&mut self, old: &World<'a>, new: &World<'a>) {
        for before in old.interface.facts() {
            let Some(now) = new.interface.fact(&before.kind, &before.key) else { continue };
            for (one, other) in types(before, now) {
                if one == other {
                    continue;
                }
                let pairs: Vec<_> =
                    words(one).zip(words(other)).filter(|(one, other)| one != other).collect();
                let renamed = |(one, other): &(&str, &str)| {
                    let hidden =
                        |name: &str| last(name).starts_with(|it: char| it.is_lowercase() || it == '_');
                    let local = |name: &str| name.starts_with('.') && name.contains('.');
                    hidden(one)
                        && hidden(other)
                        && local(one)
                        && package(one) == package(other)
                        && new.type_(one).is_none()
                        && old.type_(other).is_none()
                };
                if !pairs.is_empty() && pairs.iter().all(renamed) {
                    pairs.into_iter().for_each(|(one, other)| self.add(one, other));
                }
            }
        }
    }

    /// The new name of an old type.
    pub(super) fn now<'b>(&self, old: &'b str) -> &'b str
    where
        'a: 'b,
    {
        self.forward.get(old).copied().unwrap_or(old)
    }

    /// Whether two texts mean the same types.
    pub(super) fn same(&self, old: &str, new: &str) -> bool {
        if old == new {
            return true;
        }
        let (mut olds, mut news) = (words(old), words(new));
        loop {
            match (olds.next(), news.next()) {
                (None, None) => return true,
                (Some(one), Some(other)) if one == other || self.pairs.contains(&(one, other)) => {}
                _ => return false,
            }
        }
    }

    /// An old type as the new side writes it.
    pub(super) fn translate(&self, old: &str) -> String {
        words(old).map(|word| self.now(word)).collect()
    }

    /// Whether an attribute says the same.
    pub(super) fn agree(&self, name: &str, old: Option<&str>, new: Option<&str>) -> bool {
        match (old, new) {
            (Some(old), Some(new)) if TYPED.contains(&name) => self.same(old, new),
            (old, new) => old == new,
        }
    }
}

impl<'a> World<'a> {
    fn leads_to_itself(&self, key: &'a str) -> bool {
        self.leads_to(key) == key
    }
}

/// Whether a type is predeclared or one of the standard library, so that it is always there.
fn is_standard(name: &str) -> bool {
    let first = package(name).split('/').next().unwrap_or_default();
    !first.contains('.')
}

fn types<'a>(old: &'a Fact, new: &'a Fact) -> impl Iterator<Item = (&'a str, &'a str)> {
    let wanted = !matches!(plain(&old.kind), "const");
    let names = TYPED.iter().filter(move |_| wanted);
    names.filter_map(|name| old.attribute(name).zip(new.attribute(name)))
}
