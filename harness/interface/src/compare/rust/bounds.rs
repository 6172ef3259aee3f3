//! Demands that follow from others are no demands.

use std::collections::BTreeSet;

use super::words;
use crate::diff::{Change, What};
use crate::model::Interface;

/// What the standard library's traits and some others bring along.
const BRINGS: &[(&str, &[&str])] = &[
    ("std::marker::Copy", &["std::clone::Clone"]),
    ("std::cmp::Eq", &["std::cmp::PartialEq"]),
    ("std::cmp::PartialOrd", &["std::cmp::PartialEq"]),
    ("std::cmp::Ord", &["std::cmp::Eq", "std::cmp::PartialEq", "std::cmp::PartialOrd"]),
    ("std::error::Error", &["std::fmt::Debug", "std::fmt::Display"]),
    ("std::ops::deref::DerefMut", &["std::ops::deref::Deref"]),
    ("std::iter::traits::double_ended::DoubleEndedIterator", &["std::iter::traits::iterator::Iterator"]),
    ("std::iter::traits::exact_size::ExactSizeIterator", &["std::iter::traits::iterator::Iterator"]),
    ("std::iter::traits::marker::FusedIterator", &["std::iter::traits::iterator::Iterator"]),
    ("serde_core::de::DeserializeOwned", &["for<'h0> serde_core::de::Deserialize<'h0>"]),
    ("serde::de::DeserializeOwned", &["for<'h0> serde::de::Deserialize<'h0>"]),
];

/// Changes without demands that are met anyway, and with those of one `impl` block under one root.
pub(super) fn relate<'a>(
    old: &'a Interface,
    new: &'a Interface,
    changes: Vec<Change<'a>>,
) -> Vec<Change<'a>> {
    let keep = |change: &Change<'a>| {
        if change.kind != "bound" {
            return true;
        }
        match change.what() {
            What::Added => !follows(old, &change.key),
            What::Removed => !follows(new, &change.key),
            What::Changed => false,
        }
    };
    let mut left: Vec<Change<'a>> = changes.into_iter().filter(keep).collect();
    for change in left.iter_mut().filter(|change| change.kind == "bound") {
        let fact = change.new.or(change.old);
        let of_method = fact.and_then(|fact| fact.attribute("on")) == Some("method");
        let (owner, bound) = change.key.split_once(" where ").unwrap_or((&change.key, ""));
        // Parameters of the type itself are asked for by each method alike.
        if let Some((type_, _)) = owner.rsplit_once("::").filter(|_| of_method && !bound.starts_with('F')) {
            let root = format!("{type_} where {bound}");
            change.notes.insert("root".into(), root);
        }
    }
    left
}

/// Whether the other demands of the same owner bring one along.
fn follows(interface: &Interface, key: &str) -> bool {
    let Some((owner, bound)) = key.split_once(" where ") else { return false };
    let start = format!("{owner} where ");
    let facts = interface.facts();
    let first = facts.partition_point(|fact| fact.key.as_str() < start.as_str());
    let others = facts[first..].iter().take_while(|fact| fact.key.starts_with(&start));
    let others: Vec<&str> =
        others.filter(|fact| fact.kind == "bound").map(|fact| &fact.key[start.len()..]).collect();
    let bound = equated(bound, &others);
    let Some((subject, wanted)) = split(&bound) else { return false };
    if REFLEXIVE.iter().any(|name| wanted == format!("{name}<{subject}>")) {
        return true;
    }
    let given = others.iter().filter_map(|other| split(other)).filter(|(other, _)| *other == subject);
    closure(interface, given.map(|(_, bound)| bound.to_owned()).collect()).contains(wanted)
}

/// Traits that every type has with itself.
const REFLEXIVE: &[&str] =
    &["std::borrow::Borrow", "std::borrow::BorrowMut", "std::convert::Into", "std::convert::From"];

/// A demand with types written out that others say are the same: `F0::Item` where `F0: Iterator<Item = F1>`.
fn equated(bound: &str, others: &[&str]) -> String {
    let mut bound = bound.to_owned();
    for (subject, other) in others.iter().filter_map(|other| split(other)) {
        for (name, type_) in constraints(other) {
            bound = bound.replace(&format!("{subject}::{name}"), type_);
            let of = other.split('<').next().unwrap_or(other);
            bound = bound.replace(&format!("<{subject} as {of}>::{name}"), type_);
        }
    }
    bound
}

/// `Item` and `F1` of `Iterator<Item = F1>`.
fn constraints(bound: &str) -> Vec<(&str, &str)> {
    let inner = bound.split_once('<').and_then(|(_, rest)| rest.strip_suffix('>')).unwrap_or_default();
    words::parts(inner, ", ").into_iter().filter_map(|part| part.split_once(" = ")).collect()
}

/// A demand without what it says about the trait's own types.
fn unconstrained(bound: &str) -> Option<String> {
    let (name, rest) = bound.split_once('<')?;
    let inner = words::parts(rest.strip_suffix('>')?, ", ");
    let left: Vec<&str> = inner.iter().copied().filter(|part| !part.contains(" = ")).collect();
    let shorter = left.len() < inner.len();
    let args = if left.is_empty() { String::new() } else { format!("<{}>", left.join(", ")) };
    shorter.then(|| format!("{name}{args}"))
}

fn split(bound: &str) -> Option<(&str, &str)> {
    bound.split_once(": ")
}

/// Demands with all that they bring along.
fn closure(interface: &Interface, given: Vec<String>) -> BTreeSet<String> {
    let mut closure = BTreeSet::new();
    let mut open = given;
    while let Some(bound) = open.pop() {
        if !closure.insert(bound.clone()) {
            continue;
        }
        let name = bound.split('<').next().unwrap_or(&bound);
        open.extend(unconstrained(&bound));
        let brings = BRINGS.iter().find(|(path, _)| *path == name);
        open.extend(brings.into_iter().flat_map(|(_, brings)| brings.iter().map(|it| String::from(*it))));
        if let Some(local) = name.strip_prefix("crate::") {
            let start = format!("{local}: ");
            let supers = interface
                .facts()
                .iter()
                .filter(|fact| fact.kind == "supertrait" && fact.key.starts_with(&start));
            open.extend(supers.map(|fact| fact.key[start.len()..].to_owned()));
        }
    }
    closure
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::diff;
    use crate::text;

    #[track_caller]
    fn left(old: &str, new: &str) -> Vec<String> {
        let interface = |lines: &str| {
            let mut lines: Vec<&str> = lines.lines().collect();
            lines.sort_unstable();
            text::parse(&format!(
                "# plumbline interface 1\n# language rust\n# name x\n{}\n",
                lines.join("\n")
            ))
        };
        let (old, new) = (interface(old).expect("facts"), interface(new).expect("facts"));
        let changes = relate(&old, &new, diff(&old, &new));
        changes.iter().map(|change| format!("{} {}", change.what(), change.key)).collect()
    }

    #[test]
    fn what_another_demand_brings_is_none() {
        let copy = "bound f where F0: std::marker::Copy  on=fn";
        let both = "bound f where F0: std::marker::Copy  on=fn\nbound f where F0: std::clone::Clone  on=fn";
        assert_eq!(left(copy, both), [""; 0]);
        assert_eq!(left(both, copy), [""; 0]);
        let clone = "bound f where F0: std::clone::Clone  on=fn";
        assert_eq!(left(copy, clone), ["removed f where F0: std::marker::Copy"]);
        assert_eq!(left(clone, copy), ["added f where F0: std::marker::Copy"]);
        let equal = "bound f where F0: a::Stream<Ok = F1>  on=fn";
        let looser =
            "bound f where F0: a::Stream  on=fn\nbound f where F0::Ok: std::borrow::Borrow<F1>  on=fn";
        assert_eq!(left(equal, looser), ["removed f where F0: a::Stream<Ok = F1>"]);
    }

    #[test]
    fn traits_of_the_crate_bring_their_supertraits() {
        let one =
            "supertrait A: crate::B\nsupertrait B: std::marker::Send\nbound f where F0: crate::A  on=fn";
        let more = format!("{one}\nbound f where F0: std::marker::Send  on=fn");
        assert_eq!(left(one, &more), [""; 0]);
    }
}
