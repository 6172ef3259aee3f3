//! What another line of an exposed dependency does to everything that shows it.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::impls::header;
use super::words;
use crate::diff::{Change, What};
use crate::model::{Fact, Interface};

/// Puts what mentions a dependency that moved under its root, and adds implementations of its traits: they read the same,
/// and are of another trait.
pub(super) fn relate<'a>(
    old: &'a Interface,
    new: &'a Interface,
    changes: Vec<Change<'a>>,
) -> Vec<Change<'a>> {
    let changes = paired(changes);
    let moved: BTreeSet<String> = changes.iter().filter_map(moved).collect();
    if moved.is_empty() {
        return changes;
    }
    let of = |path: &str| moved.iter().find(|name| is_of(path, name)).cloned();
    let mut related: Vec<Change<'a>> = changes.into_iter().map(|change| rooted(change, &of)).collect();
    for change in related.iter_mut().filter(|change| change.kind == "dependency") {
        let shown = old.facts().iter().filter(|fact| shows(fact, &change.key)).count();
        change.notes.insert("shown-by".into(), shown.to_string());
        change.notes.insert("dependency".into(), change.key.to_string());
    }
    related.extend(same_header(old, new, &of));
    related
}

/// One line of a crate that is gone and one that came are one that moved.
fn paired(changes: Vec<Change<'_>>) -> Vec<Change<'_>> {
    let name = |change: &Change<'_>| change.key.split('@').next().unwrap_or_default().to_owned();
    let (mut dependencies, mut left): (Vec<_>, Vec<_>) =
        changes.into_iter().partition(|change| change.kind == "dependency");
    while let Some(change) = dependencies.pop() {
        let other = dependencies.iter().position(|other| {
            name(other) == name(&change)
                && other.old.is_none() != change.old.is_none()
                && other.what() != What::Changed
        });
        let pair = match other.filter(|_| change.what() != What::Changed) {
            Some(at) => {
                let other = dependencies.remove(at);
                Change::between(change.old.or(other.old), change.new.or(other.new))
                    .map(|pair| Change { key: Cow::Owned(name(&change)), ..pair })
            }
            None => Some(change),
        };
        left.extend(pair.filter(|pair| pair.what() != What::Changed || !pair.attributes.is_empty()));
    }
    left
}

fn moved(change: &Change<'_>) -> Option<String> {
    let moved =
        change.kind == "dependency" && change.what() == What::Changed && change.attribute("line").is_some();
    moved.then(|| change.key.to_string())
}

fn is_of(path: &str, name: &str) -> bool {
    path.strip_prefix(name).is_some_and(|rest| rest.starts_with("::") || rest.starts_with('@'))
}

fn shows(fact: &Fact, name: &str) -> bool {
    let mut found = false;
    let mut see = |path: &str| found |= is_of(path, name);
    words::each_path(&fact.key, &mut see);
    fact.attributes.values().for_each(|value| words::each_path(value, &mut see));
    found
}

/// A change that is nothing but another type of a dependency that moved belongs to that.
fn rooted<'a>(change: Change<'a>, of: &dyn Fn(&str) -> Option<String>) -> Change<'a> {
    let mut crates = BTreeSet::new();
    let mut see = |path: &str| crates.extend(of(path));
    match change.what() {
        What::Added | What::Removed => words::each_path(&change.key, &mut see),
        What::Changed => {
            let blank = |text: &str| words::paths(text, &|path| of(path).map(|_| "_".to_owned()));
            let only = change.attributes.iter().all(|attribute| match (attribute.old, attribute.new) {
                (Some(old), Some(new)) => blank(old) == blank(new),
                _ => false,
            });
            if only {
                for attribute in &change.attributes {
                    attribute
                        .old
                        .into_iter()
                        .chain(attribute.new)
                        .for_each(|text| words::each_path(text, &mut see));
                }
            }
        }
    }
    match crates.into_iter().next() {
        Some(name) if change.kind != "dependency" => change.noting("dependency", name),
        Some(_) | None => change,
    }
}

/// Implementations of a moved crate's traits whose headers have not changed.
fn same_header<'a>(
    old: &'a Interface,
    new: &'a Interface,
    of: &dyn Fn(&str) -> Option<String>,
) -> impl Iterator<Item = Change<'a>> {
    let implementations = old.facts().iter().filter(|fact| fact.kind == "impl");
    implementations.filter_map(move |fact| {
        let (trait_, _) = header(&fact.key);
        let name = of(trait_.split('<').next().unwrap_or(trait_))?;
        let now = new.fact("impl", &fact.key)?;
        let notes = BTreeMap::from([
            (Cow::Borrowed("dependency"), name),
            (Cow::Borrowed("trait"), "of another line".to_owned()),
        ]);
        let (kind, key) = (Cow::Borrowed("impl"), Cow::Borrowed(fact.key.as_str()));
        Some(Change { kind, key, old: Some(fact), new: Some(now), attributes: Vec::new(), notes })
    })
}
