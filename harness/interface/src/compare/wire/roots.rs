//! Which changes have one cause.
//!
//! One edit of a schema shows in requests and in answers, one edit that was made at several places shows at each, and
//! a path that is gone takes all its operations with it.

use std::collections::{BTreeMap, BTreeSet};

use crate::diff::{Change, What};
use crate::extract::openapi::spot::{Step, parent, root_of};
use crate::model::Interface;

/// Notes on each change what it belongs to.
pub(super) fn name(changes: &mut [Change<'_>], old: &Interface, new: &Interface) {
    let together = values_together(changes);
    let edits: Vec<Option<String>> = changes.iter().map(|change| edit(change, &together)).collect();
    let mut places: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (change, edit) in changes.iter().zip(&edits) {
        if let Some(edit) = edit {
            places.entry(edit).or_default().insert(root_of(place(&change.key)));
        }
    }
    let gone = whole_prefixes(changes, What::Removed, old);
    let came = whole_prefixes(changes, What::Added, new);
    let roots: Vec<String> = changes
        .iter()
        .zip(&edits)
        .map(|(change, edit)| match edit {
            Some(edit) if places[edit.as_str()].len() > 1 => edit.clone(),
            _ => root(change, &gone, &came),
        })
        .collect();
    for (change, root) in changes.iter_mut().zip(roots) {
        change.notes.insert("root".into(), root);
    }
}

/// Attributes whose values say by themselves that two edits are one.
const PARTICULAR: [&str; 2] = ["pattern", "format"];

/// Where values of a list came or went.
type Listed = (String, String, &'static str);

/// All values that came, went or were spelt another way at a place.
fn values_together(changes: &[Change<'_>]) -> BTreeMap<Listed, String> {
    let mut together: BTreeMap<Listed, String> = BTreeMap::new();
    for change in changes.iter().filter(|change| change.kind.ends_with("-enum-value")) {
        let text = together.entry(listed(change)).or_default();
        text.push(' ');
        text.push_str(change.note("value").unwrap_or_default());
    }
    together
}

fn listed(change: &Change<'_>) -> Listed {
    let done = if change.note("respelt").is_some() { "respelt" } else { what(change) };
    (change.kind.to_string(), place(&change.key).to_owned(), done)
}

/// What was done, without where: the same at several places is one decision. None, where the place is all there is.
fn edit(change: &Change<'_>, together: &BTreeMap<Listed, String>) -> Option<String> {
    let kind = directionless(&change.kind);
    let values = || {
        let each = change.attributes.iter().map(|it| {
            format!("{}: {} → {}", it.name, it.old.unwrap_or("nothing"), it.new.unwrap_or("nothing"))
        });
        each.collect::<Vec<_>>().join(", ")
    };
    let step = match parent(place(&change.key)) {
        Some((_, Step::Property(name) | Step::Variant(name))) => name,
        _ => "",
    };
    match &*change.kind {
        // Values that are spelt another way are so together.
        "req-enum-value" | "rsp-enum-value" | "err-enum-value" if !step.is_empty() => {
            let values = together.get(&listed(change)).map_or("", String::as_str);
            Some(format!("{kind} of {step}:{values}"))
        }
        // A generator that writes all bodies another way, or offers one more form everywhere, did so once.
        "req-body" => Some(format!("{kind} {}, {}", what(change), values())),
        "req-media" | "rsp-media" | "err-media" => {
            let media = change.key.rsplit(' ').next().unwrap_or_default();
            Some(format!("{kind} {media} {}, {}", what(change), values()))
        }
        "op" | "hook" | "op-moved" | "op-method" | "info" | "info-unmoved" | "server" | "rsp-status" => None,
        "param" | "security" => {
            let fact = change.new.or(change.old)?;
            let origin = fact.attribute("origin");
            let (_, rest) = change.key.split_once(' ')?.1.split_once(' ')?;
            // What changed of a shared parameter is one with what changed of its schema.
            Some(match (origin, change.what()) {
                (Some(origin), What::Changed) => format!("{origin} changed"),
                (Some(origin), _) => format!("{origin} {}", what(change)),
                (None, _) => format!("{kind} {rest} {}, {}", what(change), values()),
            })
        }
        // Values that are as particular as these are not replaced by each other twice by chance.
        _ if change.attributes.iter().any(|it| PARTICULAR.contains(&it.name)) => {
            Some(format!("{kind}: {}", values()))
        }
        _ if change.what() == What::Changed && !step.is_empty() => {
            Some(format!("{kind} of {step}, {}", values()))
        }
        _ if !step.is_empty() => {
            let fact = change.new.or(change.old)?;
            let said: Vec<_> =
                fact.attributes.iter().map(|(name, value)| format!("{name}={value}")).collect();
            Some(format!("{kind} {step} {}, {}", what(change), said.join(" ")))
        }
        _ => None,
    }
}

fn root(change: &Change<'_>, gone: &BTreeMap<String, String>, came: &BTreeMap<String, String>) -> String {
    let prefixes = if change.what() == What::Removed { gone } else { came };
    match &*change.kind {
        "op" => prefixes.get(&*change.key).cloned().unwrap_or_else(|| format!("op {}", change.key)),
        "group-version" | "resource" => {
            let path = match change.key.split_once('/') {
                Some(_) => format!("/apis/{}", change.key.replace(' ', "/")),
                None => format!("/api/{}", change.key.replace(' ', "/")),
            };
            let within = prefixes.values().find(|prefix| prefix.contains(&path));
            within.cloned().unwrap_or_else(|| format!("{} {}", change.kind, change.key))
        }
        "rsp-status" => format!("{} success", change.note("at").unwrap_or_default()),
        "param" => format!("{} {}", change.key, what(change)),
        _ if is_parameter(&change.key) => format!("{} changed", root_of(place(&change.key))),
        _ => {
            let shift = change.note("shift").unwrap_or_default();
            let kind = directionless(&change.kind);
            let attribute = change.attributes.first().map_or("", |it| it.name);
            let root = root_of(place(&change.key));
            let text = format!("{root} {kind} {} {attribute} {shift}", what(change));
            text.split_whitespace().collect::<Vec<_>>().join(" ")
        }
    }
}

/// For each operation that is only in one release, the shortest path below which all are.
fn whole_prefixes(changes: &[Change<'_>], wanted: What, all: &Interface) -> BTreeMap<String, String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for fact in all.facts().iter().filter(|fact| fact.kind == "op") {
        prefixes(&fact.key, &mut |prefix| *counts.entry(prefix).or_default() += 1);
    }
    let ours = changes.iter().filter(|change| change.kind == "op" && change.what() == wanted);
    let keys: Vec<&str> = ours.map(|change| &*change.key).collect();
    let mut touched: BTreeMap<&str, usize> = BTreeMap::new();
    for key in &keys {
        prefixes(key, &mut |prefix| *touched.entry(prefix).or_default() += 1);
    }
    let mut roots = BTreeMap::new();
    for key in keys {
        let mut whole = None;
        prefixes(key, &mut |prefix| {
            if whole.is_none() && touched.get(prefix) == counts.get(prefix) {
                whole = Some(prefix.to_owned());
            }
        });
        if let Some(prefix) = whole {
            let word = if wanted == What::Removed { "removed" } else { "added" };
            roots.insert(key.to_owned(), format!("{word} {prefix}"));
        }
    }
    roots
}

/// Every beginning of an operation's path, the shortest first.
fn prefixes<'k>(key: &'k str, each: &mut dyn FnMut(&'k str)) {
    let Some((_, path)) = key.split_once(' ') else { return };
    let ends = path.char_indices().skip(1).filter(|(_, character)| *character == '/').map(|(at, _)| at);
    for end in ends.chain([path.len()]) {
        each(&path[..end]);
    }
}

/// The key of a schema, without the value of a list that the change is about.
fn place(key: &str) -> &str {
    key.split_once(" = ").map_or(key, |(place, _)| place)
}

/// Whether a schema is one of a parameter.
fn is_parameter(key: &str) -> bool {
    let root = root_of(place(key));
    let piece = root.split(' ').nth(2).unwrap_or_default();
    root.starts_with("parameters/") || ["path", "query", "header", "cookie"].contains(&piece)
}

fn directionless(kind: &str) -> &str {
    ["req-", "rsp-", "err-"].iter().find_map(|prefix| kind.strip_prefix(prefix)).unwrap_or(kind)
}

fn what(change: &Change<'_>) -> &'static str {
    match change.what() {
        What::Added => "added",
        What::Removed => "removed",
        What::Changed => "changed",
    }
}
