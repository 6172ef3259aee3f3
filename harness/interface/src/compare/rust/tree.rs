//! What goes with something that went or came, and what nobody has promised.

use std::collections::{BTreeMap, BTreeSet};

use super::renames::ITEMS;
use super::words;
use crate::diff::{Change, What};
use crate::model::{Fact, Interface};

/// Changes without those that say nothing beside another one, or concern what was hidden.
pub(super) fn prune<'a>(old: &'a Interface, new: &'a Interface, changes: Vec<Change<'a>>) -> Vec<Change<'a>> {
    let wholes = Wholes::of(&changes);
    let mut left: Vec<Change<'a>> = changes.into_iter().filter(|change| !wholes.hold(change)).collect();
    left.retain(|change| !nobody_promised(old, new, change));
    left.iter_mut().for_each(own);
    left.retain(|change| change.what() != What::Changed || !change.attributes.is_empty());
    let left = left.into_iter().map(|change| moved(new, change)).collect();
    siblings(left)
}

/// The same field in several types of one module is one decision.
fn siblings(mut changes: Vec<Change<'_>>) -> Vec<Change<'_>> {
    let mut owners: BTreeMap<(What, String), usize> = BTreeMap::new();
    for place in changes.iter().filter_map(sibling) {
        *owners.entry(place).or_default() += 1;
    }
    for change in &mut changes {
        if let Some(place) = sibling(change).filter(|place| owners.get(place).is_some_and(|count| *count > 1))
        {
            change.notes.insert("root".into(), format!("{} {}", place.1, place.0));
        }
    }
    changes
}

/// What is done to a field, by the module of its type, without the type.
fn sibling(change: &Change<'_>) -> Option<(What, String)> {
    let (owner, name) = change.key.rsplit_once('.').filter(|_| change.kind == "field")?;
    let module = owner.rsplit_once("::").map_or("", |(module, _)| module);
    let type_ =
        |fact: Option<&Fact>| fact.and_then(|fact| fact.attribute("type")).unwrap_or_default().to_owned();
    Some((change.what(), format!("field {module}::*.{name} {}{}", type_(change.old), type_(change.new))))
}

/// What a change means by its surroundings.
pub(super) fn note<'a>(old: &'a Interface, change: Change<'a>) -> Change<'a> {
    let change = note_any(change);
    match (&*change.kind, change.what()) {
        ("field" | "variant-field", What::Added) => {
            let owner = change.key.rsplit_once('.').map_or("", |(owner, _)| owner);
            let before = ["struct", "variant", "union"].iter().find_map(|kind| old.fact(kind, owner));
            let literal = before.and_then(|fact| fact.attribute("literal")).unwrap_or("no").to_owned();
            change.noting("owner-literal", literal)
        }
        ("feature", What::Removed) if change.old.is_some_and(|fact| fact.attribute("implicit").is_some()) => {
            change.noting("root", "features that optional dependencies have brought along")
        }
        ("struct" | "variant", What::Changed) if change.attribute("shape").is_some() => {
            let reachable = change.old.is_some_and(|fact| fact.attribute("literal") == Some("yes"));
            change.noting("reachable", if reachable { "yes" } else { "no" })
        }
        _ => change,
    }
}

/// What serde makes of it, and what other parameters mean.
fn note_any(change: Change<'_>) -> Change<'_> {
    if change.what() != What::Changed {
        return change;
    }
    let serde = change.attribute("serde").map(|_| serde_names(change.old) != serde_names(change.new));
    let generics =
        change.attribute("generics").map(|it| (it.old.unwrap_or_default(), it.new.unwrap_or_default()));
    let change = match serde {
        Some(shape) => change.noting("serde", if shape { "shape" } else { "default" }),
        None => change,
    };
    match generics {
        Some((old, new)) => change.noting("generics", parameters(old, new)),
        None => change,
    }
}

/// What other generic parameters mean: more, all with a default; the first ones; or something else.
fn parameters(old: &str, new: &str) -> &'static str {
    let (old, new) = (words::parts(old, ", "), words::parts(new, ", "));
    match new.strip_prefix(old.as_slice()) {
        Some(more) if more.iter().all(|parameter| parameter.contains(" = ")) => "default",
        Some(_) if old.is_empty() => "first",
        Some(_) | None => "other",
    }
}

/// Leaves only what is a fact's own: what its owner is, is told there.
fn own(change: &mut Change<'_>) {
    let of_owner: &[&str] = match &*change.kind {
        "field" | "variant-field" => &["literal"],
        "variant" => &["exhaustive"],
        "trait-method" | "trait-const" | "trait-type" | "supertrait" | "type-bound" => &["sealed"],
        // Whether a feature has its name from a dependency is no matter of its users.
        "feature" => &["implicit"],
        _ => &[],
    };
    change.attributes.retain(|attribute| !of_owner.contains(&attribute.name));
}

/// What came or went as a whole, or got behind a feature.
struct Wholes {
    removed: BTreeSet<String>,
    added: BTreeSet<String>,
    gated: BTreeSet<String>,
    /// Items whose parameters are other ones, so that demands on them cannot be compared.
    parameters: BTreeSet<String>,
    /// Structs and variants that are built in another way.
    reshaped: BTreeSet<String>,
}

impl Wholes {
    fn of(changes: &[Change<'_>]) -> Self {
        let keys = |wanted: &dyn Fn(&Change<'_>) -> bool| {
            let whole =
                |change: &&Change<'_>| wanted(change) && change.kind != "path" && change.kind != "mod";
            changes.iter().filter(whole).map(|change| change.key.to_string()).collect()
        };
        let count = |fact: Option<&Fact>| {
            let generics = fact.and_then(|fact| fact.attribute("generics")).unwrap_or_default();
            words::parts(generics, ", ").len()
        };
        Self {
            removed: keys(&|change| change.what() == What::Removed),
            added: keys(&|change| change.what() == What::Added),
            gated: keys(&|change| change.attribute("gated").is_some()),
            parameters: keys(&|change| {
                change.attribute("generics").is_some() && count(change.old) != count(change.new)
            }),
            reshaped: keys(&|change| change.attribute("shape").is_some()),
        }
    }

    /// Whether a change is part of another.
    fn hold(&self, change: &Change<'_>) -> bool {
        let parents = parents(&change.kind, &change.key);
        let any = |set: &BTreeSet<String>| parents.iter().any(|parent| set.contains(parent));
        let of_parameters = matches!(&*change.kind, "bound" | "unsized" | "auto") && any(&self.parameters);
        let of_shape = matches!(&*change.kind, "field" | "variant-field") && any(&self.reshaped);
        match change.what() {
            What::Removed => any(&self.removed) || of_parameters || of_shape,
            What::Added => any(&self.added) || of_parameters || of_shape,
            What::Changed => {
                let only_gated = change.attributes.iter().all(|attribute| attribute.name == "gated");
                (only_gated && any(&self.gated)) || of_parameters
            }
        }
    }
}

/// What a fact is part of: whatever of these came or went took it along.
fn parents(kind: &str, key: &str) -> Vec<String> {
    let mut parents = Vec::new();
    let owner = match kind {
        "bound" | "unsized" => key.split_once(" where ").map(|(owner, _)| owner),
        "auto" | "supertrait" | "type-bound" => key.split_once(": ").map(|(owner, _)| owner),
        "field" | "variant-field" => key.rsplit_once('.').map(|(owner, _)| owner),
        "feature-enables" => key.split_once(" -> ").map(|(owner, enabled)| {
            parents.push(enabled.to_owned());
            owner
        }),
        "impl" | "reexport" | "glob" | "feature" | "dependency" => None,
        kind if ITEMS.contains(&kind) && kind != "const" => None,
        _ => key.rsplit_once("::").map(|(owner, _)| owner),
    };
    parents.extend(owner.map(str::to_owned));
    if key.starts_with("impl ") {
        let header = key.split(" where ").next().unwrap_or(key);
        words::each_path(header, &mut |path| {
            parents.extend(path.strip_prefix("crate::").map(str::to_owned));
        });
    } else if let Some(owner) = owner {
        // A demand of a method of a type is part of something that is part of something.
        parents.extend(owner.match_indices("::").map(|(end, _)| owner[..end].to_owned()));
        // So is a method of one instance of a type.
        parents.extend(owner.split_once('<').map(|(type_, _)| type_.to_owned()));
    }
    parents
}

/// Hidden items are no promise, nor is what belongs to them.
fn nobody_promised(old: &Interface, new: &Interface, change: &Change<'_>) -> bool {
    let hidden = |fact: &Fact| fact.attribute("hidden") == Some("yes");
    match change.what() {
        What::Added => change.new.is_some_and(hidden) || owner_hidden(new, change),
        What::Removed | What::Changed => change.old.is_some_and(hidden) || owner_hidden(old, change),
    }
}

fn owner_hidden(interface: &Interface, change: &Change<'_>) -> bool {
    let kinds =
        ["struct", "enum", "union", "trait", "variant", "method", "fn", "trait-method", "mod", "macro"];
    let mut owners = parents(&change.kind, &change.key);
    // Modules above: everything below a hidden module is reached through it.
    let mut path = &*change.key;
    if !path.starts_with("impl ") {
        while let Some((above, _)) = path.rsplit_once("::") {
            owners.push(above.to_owned());
            path = above;
        }
    }
    owners.iter().any(|owner| {
        let hidden =
            |kind: &&str| interface.fact(kind, owner).is_some_and(|it| it.attribute("hidden") == Some("yes"));
        kinds.iter().any(hidden)
    })
}

/// An item that is gone as its own, but still to be had: under an alias, or from another crate.
fn moved<'a>(new: &'a Interface, change: Change<'a>) -> Change<'a> {
    if change.what() != What::Removed {
        return change;
    }
    let elsewhere = match &*change.kind {
        kind if ITEMS.contains(&kind) => new.fact("reexport", &change.key),
        "reexport" => ITEMS.iter().find_map(|kind| new.fact(kind, &change.key)),
        _ => None,
    };
    match elsewhere {
        Some(fact) => {
            let to = fact.attribute("item").unwrap_or(&fact.key).to_owned();
            change.noting("moved-to", to)
        }
        None => change,
    }
}

/// Of what serde is told, what decides names and shapes; that a missing value has a default is another matter.
fn serde_names(fact: Option<&Fact>) -> BTreeSet<&str> {
    let parts = fact.and_then(|fact| fact.attribute("serde")).unwrap_or_default();
    parts.split(", ").filter(|part| !part.is_empty() && !part.starts_with("default")).collect()
}
