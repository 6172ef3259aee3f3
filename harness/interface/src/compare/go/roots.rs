//! Which changes follow from one decision.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::Comparison;
use super::names::TYPED;
use super::world::{World, plain};
use super::written::{last, owner, package, words};
use crate::diff::{AttributeChange, Change, What};
use crate::model::Fact;

/// In so many types a member must come, go or change in the same way to be one decision.
const MANY: usize = 3;

/// One decision about many types: members that came, went or changed in the same way in the same types, three of them or
/// more.
pub(super) fn shared(changes: &mut [Change<'_>]) {
    let mut owners: BTreeMap<_, BTreeSet<String>> = BTreeMap::new();
    for change in changes.iter() {
        if let Some(look) = look(change) {
            owners.entry(look).or_default().insert(owner(&change.key).to_owned());
        }
    }
    owners.retain(|_, owners| owners.len() >= MANY);
    let mut together: BTreeMap<(&str, What, &BTreeSet<String>), BTreeSet<&str>> = BTreeMap::new();
    for (look, owners) in &owners {
        together.entry((look.kind.as_str(), look.what, owners)).or_default().insert(look.name.as_str());
    }
    for change in changes.iter_mut() {
        let Some((look, owners)) = look(change).and_then(|look| owners.get_key_value(&look)) else {
            continue;
        };
        let names = &together[&(look.kind.as_str(), look.what, owners)];
        change.notes.insert(Cow::Borrowed("root"), cause(look, names, owners.len()));
    }
}

/// What decides whether two members changed in the same way.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Look {
    kind: String,
    what: What,
    name: String,
    changed: Vec<String>,
}

fn look(change: &Change<'_>) -> Option<Look> {
    let plain_words =
        |text: &str| words(text).map(|word| if word.contains('.') { "T" } else { word }).collect::<String>();
    let of = |it: &AttributeChange<'_>| {
        let (old, new) = (plain_words(it.old.unwrap_or("-")), plain_words(it.new.unwrap_or("-")));
        format!("{} {old} {new}", it.name)
    };
    matches!(plain(&change.kind), "method" | "imethod" | "field").then(|| Look {
        kind: change.kind.to_string(),
        what: change.what(),
        name: last(&change.key).to_owned(),
        changed: change.attributes.iter().map(of).collect(),
    })
}

fn cause(look: &Look, names: &BTreeSet<&str>, count: usize) -> String {
    let all: Vec<&str> = names.iter().copied().collect();
    let (are, subject) = match all.as_slice() {
        [one] => ("is", (*one).to_owned()),
        [one, other] => ("are", format!("{one} and {other}")),
        [one, others @ ..] => ("are", format!("{one} and {} more", others.len())),
        [] => ("is", look.name.clone()),
    };
    let did = match look.what {
        What::Added => format!("{are} new in"),
        What::Removed => format!("{are} gone from"),
        What::Changed => "changed in".to_owned(),
    };
    format!("{} {subject} {did} {count} types", look.kind)
}

impl<'a> Comparison<'a> {
    /// Notes with which type a thing came or went: one that it names, and that did so too.
    pub(super) fn accompany(&self, changes: &mut [Change<'a>]) {
        for (what, world) in [(What::Removed, &self.old), (What::Added, &self.new)] {
            let fact = |change: &Change<'a>| change.new.or(change.old);
            let types: BTreeSet<&'a str> = changes
                .iter()
                .filter(|change| change.what() == what && change.kind == "type")
                .filter_map(fact)
                .map(|fact| fact.key.as_str())
                .collect();
            for change in changes.iter_mut().filter(|change| change.what() == what) {
                let Some(with) = fact(change).and_then(|fact| companion(fact, world, &types)) else {
                    continue;
                };
                change.notes.entry(Cow::Borrowed("parent")).or_insert_with(|| with.to_owned());
            }
        }
    }

    /// Notes types that stand in another package now, under the same name and without an alias, and what only follows
    /// from that.
    pub(super) fn moved(&self, changes: &mut [Change<'a>]) {
        let pairs = self.pairs(changes);
        if pairs.is_empty() {
            return;
        }
        let packages = |what: What| -> BTreeSet<String> {
            let of = changes.iter().filter(|it| it.kind == "package" && it.what() == what);
            of.map(|it| it.key.to_string()).collect()
        };
        let gone = packages(What::Removed);
        let cause = |old: &str, new: &str| match (package(old), package(new)) {
            (from, to) if gone.contains(from) => format!("package {from} moved to {to}"),
            _ => format!("type {old} moved to {new}"),
        };
        let came: BTreeMap<&str, &str> = pairs.iter().map(|(old, new)| (*new, *old)).collect();
        let whole: BTreeMap<String, String> = pairs
            .iter()
            .filter(|(old, _)| gone.contains(package(old)))
            .flat_map(|(old, new)| [package(old), package(new)].map(|it| (it.to_owned(), cause(old, new))))
            .collect();
        for change in changes.iter_mut() {
            let key = change.key.to_string();
            let root = match change.what() {
                What::Removed => pairs.get(key.as_str()).map(|new| cause(&key, new)),
                What::Added => came.get(key.as_str()).map(|old| cause(old, &key)),
                What::Changed => follows(change, &pairs).map(|(old, new)| cause(old, new)),
            };
            let with_package =
                || (change.what() != What::Changed).then(|| whole.get(package(&key)).cloned())?;
            if let Some(root) = root.or_else(with_package) {
                change.notes.insert(Cow::Borrowed("root"), root);
            }
        }
    }

    /// Types that went, with the one of the same name and alike that came in another package.
    fn pairs(&self, changes: &[Change<'a>]) -> BTreeMap<&'a str, &'a str> {
        let mut came: BTreeMap<&str, Vec<&'a Fact>> = BTreeMap::new();
        let of = |what: What| changes.iter().filter(move |it| it.kind == "type" && it.what() == what);
        for fact in of(What::Added).filter_map(|it| it.new) {
            came.entry(last(&fact.key)).or_default().push(fact);
        }
        let mut pairs: BTreeMap<&'a str, &'a str> = BTreeMap::new();
        let mut taken: BTreeSet<&str> = BTreeSet::new();
        for old in of(What::Removed).filter_map(|it| it.old) {
            let alike = came.get(last(&old.key)).into_iter().flatten().filter(|new| self.alike(old, new));
            if let [new] = alike.collect::<Vec<_>>().as_slice()
                && taken.insert(&new.key)
            {
                pairs.insert(&old.key, &new.key);
            }
        }
        pairs
    }

    /// Whether two types are of one form and have most of their members in common.
    fn alike(&self, old: &Fact, new: &Fact) -> bool {
        let names = |world: &World<'a>, key: &str| -> BTreeSet<&'a str> {
            world.members(key).iter().map(|fact| last(&fact.key)).collect()
        };
        let (one, other) = (names(&self.old, &old.key), names(&self.new, &new.key));
        let common = one.intersection(&other).count();
        old.attribute("form") == new.attribute("form")
            && old.attribute("underlying") == new.attribute("underlying")
            && common * 2 >= one.union(&other).count()
    }
}

/// The type with which a thing came or went, if it names one that did.
fn companion<'a>(fact: &'a Fact, world: &World<'a>, types: &BTreeSet<&'a str>) -> Option<&'a str> {
    let named = |fact: &'a Fact| {
        let values = TYPED.iter().filter_map(|name| fact.attribute(name));
        values.flat_map(words).filter_map(|word| types.get(word).copied()).collect::<BTreeSet<_>>()
    };
    match &*fact.kind {
        "func" | "var" | "const" | "field" | "method" | "imethod" => named(fact).first().copied(),
        "type" => {
            // One that is there only for another, as what wraps it: the other one does not know it.
            let of = |key: &str| world.members(key).iter().flat_map(|it| named(it)).collect::<BTreeSet<_>>();
            let mut others = of(&fact.key);
            others.extend(named(fact));
            others.remove(fact.key.as_str());
            let only = others.first().copied().filter(|_| others.len() == 1)?;
            (!of(only).contains(fact.key.as_str())).then_some(only)
        }
        _ => None,
    }
}

/// The move because of which a thing is written otherwise, when that is all that changed.
fn follows<'p>(change: &Change<'_>, pairs: &BTreeMap<&'p str, &'p str>) -> Option<(&'p str, &'p str)> {
    let mut found = None;
    for attribute in &change.attributes {
        let (old, new) = (words(attribute.old?), words(attribute.new?));
        let (old, new): (Vec<_>, Vec<_>) = (old.collect(), new.collect());
        if old.len() != new.len() {
            return None;
        }
        for (one, other) in old.iter().zip(&new).filter(|(one, other)| one != other) {
            let (from, to) = pairs.get_key_value(*one).filter(|(_, to)| *to == other)?;
            found = found.or(Some((*from, *to)));
        }
    }
    found
}

/// Notes what only follows from an edit of a field: methods that read and set it, and the function that makes its type
/// when no other field of it changed.
pub(super) fn accessors(changes: &mut [Change<'_>]) {
    let mut fields: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for change in changes.iter().filter(|change| change.kind == "field") {
        let did = match change.what() {
            What::Added => "is new",
            What::Removed => "is gone",
            What::Changed => "changed",
        };
        let root = change.note("root").map_or_else(|| format!("field {} {did}", change.key), str::to_owned);
        let of = fields.entry(owner(&change.key).to_owned()).or_default();
        of.insert(last(&change.key).to_owned(), root);
    }
    let cause = |change: &Change<'_>| match &*change.kind {
        "field" => fields.get(owner(&change.key))?.get(last(&change.key)),
        "method" => {
            let name = last(&change.key);
            let name = ["Get", "Has", "Set", "Unset"].iter().find_map(|verb| name.strip_prefix(verb))?;
            let of = fields.get(owner(&change.key))?;
            let field = |ending| name.strip_suffix(ending).and_then(|it| of.get(it));
            of.get(name).or_else(|| ["Ok", "Nil"].iter().find_map(|ending| field(*ending)))
        }
        "func" if change.what() == What::Changed => {
            let name = last(&change.key).strip_prefix("New")?;
            let name = name.strip_suffix("WithDefaults").unwrap_or(name);
            let of = fields.get(&format!("{}.{name}", package(&change.key).trim_end_matches('.')))?;
            of.values().next().filter(|_| of.len() == 1)
        }
        _ => None,
    };
    let causes: Vec<Option<String>> = changes.iter().map(|change| cause(change).cloned()).collect();
    // A field by itself needs no other name for what happened to it.
    let alone = |root: &String| causes.iter().flatten().filter(|it| *it == root).count() == 1;
    for (change, root) in changes.iter_mut().zip(&causes) {
        if let Some(root) = root.as_ref().filter(|root| !alone(root)) {
            change.notes.insert(Cow::Borrowed("root"), root.clone());
        }
    }
}
