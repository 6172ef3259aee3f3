//! What components are called: their name, and where documents disagree about it, their file.

use std::collections::{BTreeMap, BTreeSet};

use plumbline_openapi::{Library, Target};
use serde_json::Value;

use super::spot::root_name;
use super::value::PROSE;

/// Sections of `components` that others refer to.
const SECTIONS: [&str; 7] =
    ["schemas", "parameters", "responses", "requestBodies", "headers", "callbacks", "pathItems"];

/// What the components of several documents are called.
///
/// Documents that are generated together repeat their common components. A component that is the same in all of them,
/// with all that it refers to, is one.
#[derive(Debug, Default)]
pub(super) struct Names {
    keys: BTreeMap<*const Value, String>,
}

/// Components by section and name, each with the files that have it.
type Copies<'a> = BTreeMap<(&'static str, &'a str), Vec<(&'a str, &'a Value)>>;

impl Names {
    pub(super) fn of(library: &Library) -> Self {
        let copies = copies(library);
        let shared = shared(&copies);
        let mut keys = BTreeMap::new();
        for (place @ (section, name), values) in &copies {
            let name = if *section == "schemas" {
                root_name(name)
            } else {
                format!("{section}/{}", root_name(name))
            };
            for &(file, value) in values {
                let key =
                    if shared.contains(place) { name.clone() } else { format!("{name}@{}", root_name(file)) };
                keys.insert(std::ptr::from_ref(value), key);
            }
        }
        Self { keys }
    }

    /// What a reference's target is called.
    pub(super) fn key(&self, target: &Target<'_>) -> String {
        let known = self.keys.get(&std::ptr::from_ref(target.located.value)).cloned();
        known.unwrap_or_else(|| format!("{}#{}", target.located.file, target.pointer).replace(' ', "%20"))
    }
}

fn copies(library: &Library) -> Copies<'_> {
    let mut copies = Copies::new();
    for document in library.files().filter_map(|file| library.document(file)) {
        let Some(components) = document.value.get("components") else { continue };
        for section in SECTIONS {
            for (name, value) in components.get(section).and_then(Value::as_object).into_iter().flatten() {
                copies.entry((section, name)).or_default().push((document.file, value));
            }
        }
    }
    copies
}

/// Those that are one: alike in every file, and so is all that they refer to.
fn shared<'a>(copies: &Copies<'a>) -> BTreeSet<(&'static str, &'a str)> {
    let alone = |values: &[(&str, &Value)]| values.len() == 1;
    let alike_everywhere =
        |values: &[(&str, &Value)]| values[1..].iter().all(|(_, value)| alike(values[0].1, value));
    let mut shared: BTreeSet<_> =
        copies.iter().filter(|(_, values)| alike_everywhere(values)).map(|(place, _)| *place).collect();
    loop {
        let diverging = |place: &&(&'static str, &'a str)| {
            let values = &copies[*place];
            let passes = |section: &str, name: &str| {
                SECTIONS.iter().any(|known| *known == section && shared.contains(&(*known, name)))
            };
            !alone(values) && !refers_only(values[0].1, &passes)
        };
        let gone: Vec<_> = shared.iter().filter(diverging).copied().collect();
        if gone.is_empty() {
            return shared;
        }
        for place in gone {
            shared.remove(&place);
        }
    }
}

/// Whether two values say the same, prose apart.
fn alike(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            let said = |name: &&String| !PROSE.contains(&name.as_str());
            one.keys().filter(said).count() == other.keys().filter(said).count()
                && one
                    .iter()
                    .filter(|(name, _)| said(name))
                    .all(|(name, value)| other.get(name).is_some_and(|other| alike(value, other)))
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| alike(one, other))
        }
        _ => one == other,
    }
}

/// Whether all references in a value are to components of its own document that pass.
fn refers_only(value: &Value, passes: &dyn Fn(&str, &str) -> bool) -> bool {
    match value {
        Value::Object(members) => members.iter().all(|(name, value)| match (name.as_str(), value) {
            ("$ref", Value::String(reference)) => {
                let component = reference.strip_prefix("#/components/").and_then(|rest| rest.split_once('/'));
                component.is_some_and(|(section, name)| passes(section, name))
            }
            _ => refers_only(value, passes),
        }),
        Value::Array(values) => values.iter().all(|value| refers_only(value, passes)),
        _ => true,
    }
}
