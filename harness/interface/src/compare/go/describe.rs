//! In which way a thing changed, as far as it decides whom it hurts.

use super::Comparison;
use std::collections::BTreeSet;

use super::world::{World, plain};
use super::written::{Written, last, list, owner, type_};
use crate::diff::{AttributeChange, Change};
use crate::model::Fact;

/// Keys of tags that decide what is written to others; the rest is for tools at home.
const WIRE_TAGS: [&str; 16] = [
    "json",
    "yaml",
    "xml",
    "toml",
    "form",
    "url",
    "query",
    "header",
    "path",
    "protobuf",
    "bson",
    "cbor",
    "mapstructure",
    "param",
    "uri",
    "schema",
];

impl<'a> Comparison<'a> {
    /// Notes in which way a thing changed.
    pub(super) fn describe(&self, mut change: Change<'a>) -> Change<'a> {
        let attributes = change.attributes.clone();
        let key = change.key.to_string();
        let of = if plain(&change.kind) == "type" { key.as_str() } else { owner(&key) };
        for attribute in &attributes {
            let new = attribute.new.map(|new| self.names.filled(of, new));
            let note = match (attribute.name, attribute.old, new.as_deref()) {
                ("params", Some(old), Some(new)) => Some(("params", self.params(old, new))),
                ("results", old, new) => Some(("results", self.results(old, new))),
                ("type", Some(old), Some(new)) => Some(("type", self.type_(old, new))),
                ("underlying", Some(old), Some(new)) => Some(("underlying", self.type_(old, new))),
                ("typeparams", old, new) => self.constraint(old, new).map(|it| ("constraint", it)),
                _ => tag(attribute),
            };
            if let Some((name, value)) = note {
                change.notes.insert(name.into(), value.to_owned());
            }
        }
        if let Some((old, new)) = change.old.zip(change.new)
            && plain(&change.kind) == "type"
        {
            self.describe_type(&mut change, old, new);
        }
        change
    }

    fn describe_type(&self, change: &mut Change<'a>, old: &Fact, new: &Fact) {
        if change.attribute("comparable").is_some() {
            let contents = old.attribute("contents").unwrap_or("other");
            change.notes.insert("contents".into(), contents.to_owned());
        }
        // Only the spelling: both are the same type under names that mean the same.
        if change.attribute("form").is_none() && old.attribute("form") != new.attribute("form") {
            change.notes.insert("form".into(), "same".to_owned());
        }
    }

    fn params(&self, old: &str, new: &str) -> &'static str {
        let translated = self.names.translate(old);
        let (old, new) = (list(&translated), list(new));
        if self.new.accepts(&old, &new) {
            let added = new.variadic && !old.variadic;
            return if added { "variadic" } else { "wider" };
        }
        self.one_by_one(&old.items, &new.items)
    }

    fn results(&self, old: Option<&str>, new: Option<&str>) -> &'static str {
        let (Some(old), Some(new)) = (old, new) else {
            // A call that stood for itself still does.
            return if old.is_none() { "first" } else { "other" };
        };
        let translated = self.names.translate(old);
        let (before, old, new) = (list(old), list(&translated), list(new));
        if self.new.yields(&old, &new) || self.yields(&before.items, &old.items, &new.items) {
            return "wider";
        }
        self.one_by_one(&old.items, &new.items)
    }

    /// Whether results that differ are interfaces, and the new ones have all that the old ones had: of a type that occurs
    /// no more only the old side knows that.
    fn yields(&self, before: &[&str], old: &[&str], new: &[&str]) -> bool {
        let has_all = |before: &str, new: &str| {
            let Some(wanted) = self.old.interface_methods(&type_(before)) else { return false };
            let has = self.new.methods(&type_(new));
            let same = |(params, results): &(String, String), now: &(String, String)| {
                self.names.same(params, &now.0) && self.names.same(results, &now.1)
            };
            let every = wanted.iter().all(|(name, it)| has.get(name).is_some_and(|now| same(it, now)));
            !wanted.is_empty() && every && self.new.is_interface(new)
        };
        let pairs = || before.iter().zip(old).zip(new);
        old.len() == new.len()
            && before.len() == new.len()
            && pairs().all(|((before, old), new)| old == new || has_all(before, new))
    }

    /// What all differences of two lists have in common.
    fn one_by_one(&self, old: &[&str], new: &[&str]) -> &'static str {
        if old.len() != new.len() {
            return "other";
        }
        let differ = old.iter().zip(new).filter(|(old, new)| old != new);
        let mut ways: Vec<_> = differ.map(|(old, new)| self.type_(old, new)).collect();
        ways.dedup();
        match ways.as_slice() {
            [one] => one,
            _ => "other",
        }
    }

    fn type_(&self, old: &str, new: &str) -> &'static str {
        let translated = self.names.translate(old);
        if self.new.assignable(&translated, new) && self.new.assignable(new, &translated) {
            return "equal";
        }
        let (old, new) = (type_(&translated), type_(new));
        match (&old, &new) {
            (Written::Pointer(to), other) | (other, Written::Pointer(to)) if **to == *other => "pointer",
            (_, Written::Name(name, _)) if self.is_underneath(&old, name) => "nominal",
            (Written::Name(one, _), Written::Name(other, _)) if is_wider(one, other) => "widened",
            _ if self.new.is_interface(&new.to_string())
                && self.new.assignable(&old.to_string(), &new.to_string()) =>
            {
                "wider"
            }
            _ => "other",
        }
    }

    /// Whether a name stands for a type of its own that is the other one underneath.
    fn is_underneath(&self, underneath: &Written<'_>, name: &str) -> bool {
        let fact = self.new.type_(name);
        fact.and_then(|fact| fact.attribute("underlying")).is_some_and(|it| it == underneath.to_string())
    }

    /// Whether whatever fitted still fits.
    fn constraint(&self, old: Option<&str>, new: Option<&str>) -> Option<&'static str> {
        let (old, new) = (old?, new?);
        let inner = |text: &str| format!("({})", text.trim_start_matches('[').trim_end_matches(']'));
        let (old, new) = (inner(&self.names.translate(old)), inner(new));
        let (old, new) = (list(&old), list(&new));
        let fits = |(old, new): (&&str, &&str)| {
            old == new || *new == "any" || (*new == "comparable" && matches!(*old, "string" | "int"))
        };
        let same = old.items.len() == new.items.len();
        (same && old.items.iter().zip(&new.items).all(fits)).then_some("relaxed")
    }
}

/// What a field is called in JSON, and what decides whether and how it is written. Other words in the tag mean nothing to
/// `encoding/json`, and neither does `omitempty` on a struct, which is never empty.
pub(super) fn json<'a>(world: &World<'_>, field: &'a Fact) -> (&'a str, BTreeSet<&'a str>) {
    let tag = field.attribute("tag.json").unwrap_or_default();
    if tag == "-" {
        return (tag, BTreeSet::new());
    }
    let (name, options) = tag.split_once(',').unwrap_or((tag, ""));
    let called = match name {
        "" if field.attribute("embedded").is_none() => last(&field.key),
        name => name,
    };
    let of = field.attribute("type").unwrap_or_default();
    let structure =
        of == "time.Time" || world.type_(of).and_then(|it| it.attribute("form")) == Some("struct");
    let known =
        |option: &&str| matches!(*option, "omitzero" | "string") || (*option == "omitempty" && !structure);
    (called, options.split(',').filter(known).collect())
}

fn tag(attribute: &AttributeChange<'_>) -> Option<(&'static str, &'static str)> {
    let key = attribute.name.strip_prefix("tag.")?;
    WIRE_TAGS.contains(&key).then_some(("tag", "wire"))
}

/// Whether every value of one number fits into the other.
fn is_wider(old: &str, new: &str) -> bool {
    let size = |name: &str| match name {
        "int8" | "uint8" => Some(8),
        "int16" | "uint16" => Some(16),
        "int32" | "uint32" | "float32" => Some(32),
        "int64" | "uint64" | "float64" => Some(64),
        _ => None,
    };
    let family = |name: &str| name.trim_end_matches(|it: char| it.is_ascii_digit()).to_owned();
    family(old) == family(new) && size(old).zip(size(new)).is_some_and(|(old, new)| new > old)
}
