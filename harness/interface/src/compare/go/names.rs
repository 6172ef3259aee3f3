//! Which names of the two sides mean the same type.

use std::collections::{BTreeMap, BTreeSet};

use super::world::{World, plain};
use super::written::{Written, last, package, substitute, type_, words};
use crate::diff::pairs;
use crate::model::Fact;

/// Pairs of an old and a new name that mean the same type, apart from names that stayed.
#[derive(Debug, Default)]
pub(super) struct Names<'a> {
    forward: BTreeMap<&'a str, &'a str>,
    pairs: BTreeSet<(&'a str, &'a str)>,
    /// Old types that are instances of generic ones now.
    instances: BTreeMap<&'a str, Instance<'a>>,
}

/// An instance of a generic type: as it is written, and its arguments.
#[derive(Debug)]
struct Instance<'a> {
    text: &'a str,
    arguments: Vec<Written<'a>>,
}

/// What of a fact holds types.
pub(super) const TYPED: [&str; 7] =
    ["type", "params", "results", "underlying", "target", "typeparams", "embeds"];

impl<'a> Names<'a> {
    /// Finds out.
    pub(super) fn of(old: &World<'a>, new: &World<'a>) -> Self {
        let mut names = Self::default();
        for (key, before) in old.types() {
            let Some(fact) = new.type_(key) else { continue };
            if before.attribute("target").is_none() && names.is_instance(key, fact, new) {
                continue;
            }
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

    /// Whether a type became an alias of an instance of a generic type, which then is the same.
    fn is_instance(&mut self, key: &'a str, now: &'a Fact, new: &World<'a>) -> bool {
        let Some(text) = now.attribute("target") else { return false };
        let Written::Name(base, arguments) = type_(text) else { return false };
        let known = !arguments.is_empty() && (new.type_(base).is_some() || is_standard(base));
        if known {
            self.forward.insert(key, base);
            self.instances.insert(key, Instance { text, arguments });
        }
        known
    }

    /// Whether an old type is an instance of a generic one now.
    pub(super) fn became_instance(&self, old: &str) -> bool {
        self.instances.contains_key(old)
    }

    fn add(&mut self, old: &'a str, new: &'a str) {
        self.forward.entry(old).or_insert(new);
        self.pairs.insert((old, new));
    }

    /// Names that users cannot say may change: what stands in the same place is the same.
    fn hidden(&mut self, old: &World<'a>, new: &World<'a>) {
        for (before, now) in pairs(old.interface, new.interface) {
            let Some((before, now)) = before.zip(now).filter(|(before, now)| before != now) else { continue };
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
        let fold =
            || self.instances.iter().fold(new.to_owned(), |text, (old, it)| text.replace(it.text, old));
        old == new || self.word_by_word(old, new) || self.word_by_word(old, &fold())
    }

    fn word_by_word(&self, old: &str, new: &str) -> bool {
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
        let mut text = String::with_capacity(old.len());
        for word in words(old) {
            text.push_str(self.instances.get(word).map_or_else(|| self.now(word), |it| it.text));
        }
        text
    }

    /// What the new side says of a type, with the arguments that the old one has now.
    pub(super) fn filled(&self, of: &str, new: &str) -> String {
        self.instances.get(of).map_or_else(|| new.to_owned(), |it| substitute(new, &it.arguments))
    }

    /// Whether an attribute says the same of an old type, or of a member of it.
    pub(super) fn agree(&self, of: &str, name: &str, old: Option<&str>, new: Option<&str>) -> bool {
        match (old, new) {
            (Some(old), Some(new)) if TYPED.contains(&name) => match self.instances.get(of) {
                Some(instance) => self.same(old, &substitute(new, &instance.arguments)),
                None => self.same(old, new),
            },
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
