//! What is known about differences of Go interfaces.
//!
//! Names that mean the same type are found first: where an alias leads, what was moved and left an alias, what users
//! cannot say. Then facts are paired under those names, and what differs is described in notes that rules ask for:
//!
//! | note | on | says |
//! |---|---|---|
//! | `moved-to` | `type` | the name that it stands under now |
//! | `renamed-to` | `const`, `field` removed | the one that took its place |
//! | `ambiguous` | removed | `yes` when two embedded types have the name now |
//! | `typed-variant` | `func`, `type` removed | the one with a type parameter that came |
//! | `implements-lost` | `type` | interfaces that it fitted into, and fits into no more |
//! | `became` | removed | the sort of declaration that has its name now; `still-called` when calls compile |
//! | `params`, `results` | signatures | `wider`, `variadic`, `pointer`, `nominal` or `other` |
//! | `type` | `field`, `var`, `const` | `pointer`, `nominal`, `wider` or `other` |
//! | `tag` | `field` | `wire` when its bytes change |
//! | `constraint` | `type`, `func` | `relaxed` when every type argument still fits |

mod describe;
mod implements;
mod names;
mod roots;
#[cfg(test)]
mod tests;
pub(crate) mod world;
pub(crate) mod written;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::diff::{AttributeChange, Change, What, pairs};
use crate::model::{Fact, Interface};
use names::Names;
use world::{World, plain};
use written::{last, owner, package};

/// Attributes whose change says nothing to users.
const SILENT: [&str; 5] = ["via", "generated", "contents", "module", "read"];

/// What rules are to see of what differs.
pub(super) fn relate<'a>(
    old: &'a Interface,
    new: &'a Interface,
    _changes: Vec<Change<'a>>,
) -> Vec<Change<'a>> {
    let (old, new) = (World::new(old), World::new(new));
    let names = Names::of(&old, &new);
    let comparison = Comparison { old, new, names };
    let mut changes = comparison.changes();
    comparison.drop_derived(&mut changes);
    comparison.renamed(&mut changes);
    comparison.typed_variants(&mut changes);
    roots::shared(&mut changes);
    roots::accessors(&mut changes);
    comparison.accompany(&mut changes);
    comparison.moved(&mut changes);
    comparison.implementations_lost(&mut changes);
    changes
}

/// Both sides, and which names mean the same.
struct Comparison<'a> {
    old: World<'a>,
    new: World<'a>,
    names: Names<'a>,
}

impl<'a> Comparison<'a> {
    fn changes(&self) -> Vec<Change<'a>> {
        let mut changes = Vec::new();
        let mut met: BTreeSet<(&str, &str)> = BTreeSet::new();
        let mut alone: Vec<&'a Fact> = Vec::new();
        for (old, here) in pairs(self.old.interface, self.new.interface) {
            let Some(fact) = old else {
                alone.extend(here);
                continue;
            };
            let now = here.filter(|_| self.is_at_home(fact)).or_else(|| self.counterpart(fact));
            if now.map(Fact::place) != here.map(Fact::place) {
                met.extend(now.map(Fact::place));
                alone.extend(here);
            }
            if now == Some(fact) || (now.is_none() && self.is_part_of_removed(fact)) {
                continue;
            }
            changes.extend(self.change(fact, now, &mut met));
        }
        for fact in alone {
            if !met.contains(&fact.place()) && !self.is_part_of_added(fact) {
                changes.extend(Change::between(None, Some(fact)));
            }
        }
        changes.sort_by(|one, other| (&one.key, &one.kind).cmp(&(&other.key, &other.kind)));
        changes
    }

    /// Whether what a fact is part of is called as before, so that what stands in its place stands for it.
    fn is_at_home(&self, fact: &Fact) -> bool {
        let owner = owner(&fact.key);
        !matches!(plain(&fact.kind), "field" | "method" | "imethod") || self.names.now(owner) == owner
    }

    /// The fact that stands for an old one on the new side.
    fn counterpart(&self, fact: &Fact) -> Option<&'a Fact> {
        match plain(&fact.kind) {
            "field" | "method" | "imethod" => {
                let now = self.names.now(owner(&fact.key));
                let moved = (now != owner(&fact.key)).then(|| format!("{now}.{}", last(&fact.key)));
                let moved = moved.and_then(|key| self.new.member(&fact.kind, &key));
                moved.or_else(|| self.new.member(&fact.kind, &fact.key))
            }
            "type" => {
                let same = self.new.type_(&fact.key);
                let hidden = || {
                    self.new
                        .type_(self.names.now(&fact.key))
                        .filter(|_| fact.attribute("unexported").is_some())
                };
                same.or_else(hidden)
            }
            _ => self.new.interface.fact(&fact.kind, &fact.key),
        }
    }

    fn change(
        &self,
        fact: &'a Fact,
        now: Option<&'a Fact>,
        met: &mut BTreeSet<(&'a str, &'a str)>,
    ) -> Option<Change<'a>> {
        let Some(now) = now else {
            // Whether a type that is not the module's own still is there, nobody can say: it does not occur any more.
            if matches!(&*fact.kind, "dep-type" | "near-type")
                || (fact.kind == "type" && fact.attribute("unexported").is_some())
            {
                return None;
            }
            return Some(self.gone(fact, met));
        };
        let meaning = self.meaning(fact, now);
        let mut change = Change::between(Some(fact), Some(meaning))?;
        change.key = Cow::Borrowed(fact.key.as_str());
        change.attributes.retain(|it| self.matters(fact, meaning, it));
        let moved = !std::ptr::eq(meaning, now);
        if moved {
            met.insert(meaning.place());
            change = change.noting("moved-to", meaning.key.clone());
        }
        if change.attributes.is_empty() && !moved {
            return None;
        }
        Some(self.describe(change))
    }

    /// A type's fact, or the one of the type that its alias leads to when that means the same.
    fn meaning(&self, old: &Fact, new: &'a Fact) -> &'a Fact {
        let alias = |fact: &Fact| fact.attribute("form") == Some("alias");
        if plain(&old.kind) != "type" || alias(old) || !alias(new) {
            return new;
        }
        let target = self.names.now(&old.key);
        self.new.type_(target).filter(|_| target != old.key).unwrap_or(new)
    }

    fn matters(&self, old: &Fact, new: &Fact, attribute: &AttributeChange<'_>) -> bool {
        let name = attribute.name;
        let of = if plain(&old.kind) == "type" { &old.key } else { owner(&old.key) };
        if self.names.agree(of, name, attribute.old, attribute.new) {
            return false;
        }
        match name {
            // A field that is promoted now cannot be set in a literal; a method is called as before.
            "via" => plain(&old.kind) == "field" && (attribute.old.is_none() || self.hides(old, new)),
            // Of what was not known there is nothing to compare.
            "comparable" => attribute.old.is_some() && attribute.new.is_some(),
            "form" => {
                [old, new].iter().all(|it| it.attribute("target").is_none())
                    || !self.alias_means_the_same(old, new)
            }
            "target" => {
                attribute.old.is_some() && attribute.new.is_some() && !self.alias_means_the_same(old, new)
            }
            "tag.json" => describe::json(&self.new, old) != describe::json(&self.new, new),
            "typeparams" => !self.names.became_instance(of),
            "sealed" => plain(&old.kind) == "type",
            "type" => !self.unknown(attribute),
            _ => !SILENT.contains(&name),
        }
    }

    /// The type of a variable that could not be told on a side is not known to have changed.
    fn unknown(&self, attribute: &AttributeChange<'_>) -> bool {
        let untold = |value: Option<&str>| value.is_some_and(|value| value.contains('?'));
        untold(attribute.old) || untold(attribute.new)
    }

    /// Whether a declaration became an alias, or the other way round, of a type that is the same.
    fn alias_means_the_same(&self, old: &Fact, new: &Fact) -> bool {
        let leads = |world: &World<'a>, fact: &Fact| {
            fact.attribute("target").map_or_else(
                || fact.key.clone(),
                |target| world.type_(target).map_or(target, |it| &it.key).to_owned(),
            )
        };
        self.names.same(&leads(&self.old, old), &leads(&self.new, new))
    }

    /// Whether a field hides the one that was promoted under its name: that one still is there.
    fn hides(&self, old: &Fact, new: &Fact) -> bool {
        new.attribute("via").is_none() && self.still_promotes(old)
    }

    /// Whether what a member was promoted from is embedded as before, and has the member.
    fn still_promotes(&self, old: &Fact) -> bool {
        let Some(via) = old.attribute("via").map(|via| via.split('[').next().unwrap_or(via)) else {
            return false;
        };
        let embedding = format!("{}.{}", self.names.now(owner(&old.key)), last(via));
        let embedded =
            self.new.member("field", &embedding).is_some_and(|it| it.attribute("embedded").is_some());
        let origin = format!("{}.{}", self.names.now(via), last(&old.key));
        embedded && self.new.member(&old.kind, &origin).is_some()
    }

    /// Something that is gone, unless its name stands for something else now.
    fn gone(&self, fact: &'a Fact, met: &mut BTreeSet<(&'a str, &'a str)>) -> Change<'a> {
        let mut change = Change::between(Some(fact), None).expect("one side is there");
        if self.still_promotes(fact) {
            change = change.noting("ambiguous", "yes");
        }
        if !matches!(&*fact.kind, "func" | "var" | "const" | "type" | "field" | "method") {
            return change;
        }
        let others =
            ["func", "var", "const", "type", "field", "method"].into_iter().filter(|kind| *kind != fact.kind);
        let Some(now) = others.filter_map(|kind| self.new.interface.fact(kind, &fact.key)).next() else {
            return change;
        };
        met.insert(now.place());
        let change = change.noting("became", now.kind.to_string());
        let called = |fact: &Fact| match &*fact.kind {
            "func" => {
                let results = fact.attribute("results").map(|it| format!(" {it}")).unwrap_or_default();
                Some(format!("func{}{results}", fact.attribute("params").unwrap_or_default()))
            }
            _ => fact.attribute("type").map(str::to_owned),
        };
        match (called(fact), called(now)) {
            (Some(old), Some(new))
                if fact.kind == "func" && now.kind == "var" && self.names.same(&old, &new) =>
            {
                change.noting("still-called", "yes")
            }
            _ => change,
        }
    }

    /// Whether it went with the type or the package that it is part of.
    fn is_part_of_removed(&self, fact: &Fact) -> bool {
        match plain(&fact.kind) {
            "field" | "method" | "imethod" => {
                let key = owner(&fact.key);
                let now = self.names.now(key);
                let there = self.new.type_(now).or_else(|| self.new.type_(key));
                let form = |fact: Option<&Fact>| {
                    fact.and_then(|it| it.attribute("form")).unwrap_or_default().to_owned()
                };
                // Of another form nothing is left to compare, and an alias of what is not known has no members.
                there.is_none_or(|it| form(Some(it)) != form(self.old.type_(key)))
            }
            _ => false,
        }
    }

    /// Whether it came with the type that it is part of, or occurs only now.
    fn is_part_of_added(&self, fact: &Fact) -> bool {
        match plain(&fact.kind) {
            "field" | "method" | "imethod" => {
                let before = self.before(owner(&fact.key));
                let form = |fact: Option<&Fact>| fact.and_then(|it| it.attribute("form")).map(str::to_owned);
                before.is_none() || form(before) != form(self.new.type_(owner(&fact.key)))
            }
            "type" => fact.kind != "type" || fact.attribute("unexported").is_some(),
            _ => false,
        }
    }

    /// The old fact of a type that is called so now.
    fn before(&self, key: &str) -> Option<&'a Fact> {
        let same = self.old.type_(key).filter(|fact| fact.attribute("form") != Some("alias"));
        same.or_else(|| {
            self.old.types().find(|(old, _)| *old != key && self.names.now(old) == key).map(|(_, fact)| fact)
        })
    }

    /// Leaves out what only repeats another change: members that were promoted from a type which has facts of its own.
    fn drop_derived(&self, changes: &mut Vec<Change<'a>>) {
        let places: BTreeSet<(String, What)> =
            changes.iter().map(|it| (it.key.to_string(), it.what())).collect();
        let changed = |key: &str, what: What| places.contains(&(key.to_owned(), what));
        changes.retain(|change| {
            let what = change.what();
            let fact = match what {
                What::Added => change.new,
                What::Removed | What::Changed => change.old,
            };
            let Some((fact, via)) = fact.and_then(|fact| Some((fact, fact.attribute("via")?))) else {
                return true;
            };
            let via = via.split('[').next().unwrap_or(via);
            let origin = format!("{via}.{}", last(&fact.key));
            let exported = last(via).starts_with(char::is_uppercase);
            let embedding = format!("{}.{}", owner(&fact.key), last(via));
            let with_embedding =
                exported && (changed(&embedding, what) || changed(&embedding, What::Changed));
            !(changed(&origin, what) || with_embedding || (what == What::Added))
        });
    }

    /// Notes what has a variant with a type of its own in its place.
    fn typed_variants(&self, changes: &mut [Change<'a>]) {
        for change in changes.iter_mut().filter(|it| matches!(&*it.kind, "func" | "type")) {
            let (package, name) = (package(&change.key), last(&change.key));
            let package = package.trim_end_matches('.');
            let variant = format!("{package}.Typed{name}");
            let came = |world: &World<'a>| world.interface.fact(&change.kind, &variant).is_some();
            if change.what() == What::Removed && came(&self.new) && !came(&self.old) {
                change.notes.insert("typed-variant".into(), variant);
            }
        }
    }

    /// Notes constants and fields that only changed their names.
    fn renamed(&self, changes: &mut [Change<'a>]) {
        let looks = |fact: &Fact| {
            let wanted = match &*fact.kind {
                "const" => Some(package(&fact.key)),
                "field" => Some(owner(&fact.key)),
                _ => None,
            }?;
            let told = fact
                .attributes
                .iter()
                .filter(|(name, _)| *name == "type" || *name == "value" || *name == "tag.json");
            let told: Vec<_> = told.map(|(_, value)| self.names.translate(value)).collect();
            Some((fact.kind.to_string(), wanted.to_owned(), told))
        };
        let mut came: BTreeMap<_, Vec<&str>> = BTreeMap::new();
        for fact in changes.iter().filter(|it| it.what() == What::Added).filter_map(|it| it.new) {
            if let Some(look) = looks(fact) {
                came.entry(look).or_default().push(&fact.key);
            }
        }
        let mut went: BTreeMap<_, usize> = BTreeMap::new();
        for fact in changes.iter().filter(|it| it.what() == What::Removed).filter_map(|it| it.old) {
            if let Some(look) = looks(fact) {
                *went.entry(look).or_default() += 1;
            }
        }
        for change in changes.iter_mut().filter(|it| it.what() == What::Removed) {
            let Some(look) = change.old.and_then(looks) else { continue };
            if let (Some([one]), Some(1)) = (came.get(&look).map(Vec::as_slice), went.get(&look)) {
                change.notes.insert("renamed-to".into(), (*one).to_owned());
            }
        }
    }
}
